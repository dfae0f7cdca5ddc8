"""Tutors with money in the wallet and a bank account at the sandbox, for tests of payouts."""

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.payout_fees import PayoutCharges, payout_fee_kobo
from mentor_ui.domain.roles import Actor
from mentor_ui.models import Payout, PendingKind
from mentor_ui.services import bank_accounts, earnings, ledger_proof, payouts, pending_transfers, wallet
from mentor_ui.services.bank_accounts import NewAccount
from mentor_ui.services.payouts import PayoutRules
from mentor_ui.services.wallet import Balances
from tests.paid import buy
from tests.world import Pair

RULES = PayoutRules(minimum_kobo=100_000, charges=PayoutCharges())
PUBLIC_URL = "http://localhost:3000"
KUDA = NewAccount("50211", "Kuda Bank", "0123456789", "EZE ADA BOLA", "RCP_0")
WAIT = timedelta(hours=72)


def earn(database: Database, pair: Pair, *, sessions: int = 1, now: datetime | None = None) -> list[int]:
    """Put shares of sessions held a week ago into the tutor's wallet, and return the sessions."""
    now = now or datetime.now(UTC)
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=7)
    held = [
        buy(database, pair, first + timedelta(hours=2 * number), now=first - timedelta(days=1))
        for number in range(sessions)
    ]
    with database.transaction() as session:
        # A running application releases them by itself, too.
        earnings.release_due(session, now, wait=WAIT)
        assert [pending_transfers.open_of(session, PendingKind.EARNING, one) for one in held] == [
            None
        ] * sessions
    return held


def set_account(database: Database, tutor: Actor, account: NewAccount = KUDA) -> None:
    """Give a tutor a bank account."""
    with database.transaction() as session:
        bank_accounts.replace(session, tutor, account, public_url=PUBLIC_URL, now=datetime.now(UTC))


def withdraw(database: Database, tutor: Actor, amount_kobo: int, *, now: datetime | None = None) -> Payout:
    """Ask for a payout."""
    with database.transaction() as session:
        return payouts.request(
            session,
            tutor,
            amount_kobo=amount_kobo,
            fee_seen_kobo=payout_fee_kobo(amount_kobo, RULES.charges),
            rules=RULES,
            now=now or datetime.now(UTC),
        )


def payouts_of(database: Database, tutor: Actor) -> list[Payout]:
    """Return a tutor's payouts, the oldest first."""
    with database.reading() as session:
        return list(
            session.exec(select(Payout).where(Payout.tutor_id == tutor.person_id).order_by(Payout.id))
        )


def proven(database: Database, tutor: Actor) -> Balances:
    """Return what a tutor has, in a ledger that adds up."""
    with database.reading() as session:
        assert ledger_proof.verify(session) == []
        return wallet.balances(session, tutor)
