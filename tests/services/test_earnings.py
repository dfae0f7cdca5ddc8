"""The tutor's share: in escrow until the session was held and nobody can contest it any more."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.models import AccountKind, Dispute, MentorshipSession, Payment, PendingKind, PendingTransfer
from mentor_ui.services import earnings, ledger, ledger_proof, pending_transfers, refunds
from tests.paid import booking_in, buy
from tests.world import Pair, make_pair

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
START = NOW + timedelta(days=2)
END = START + timedelta(hours=1)
WAIT = timedelta(hours=72)
SHARE_KOBO = 350_000


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def balances(database: Database, pair: Pair) -> tuple[int, int]:
    """Return what the tutor has in escrow and in the wallet, in a ledger that adds up."""
    with database.reading() as session:
        assert ledger_proof.verify(session) == []
        return (
            ledger.balance_kobo(session, AccountKind.TUTOR_ESCROW, pair.tutor.person_id),
            ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id),
        )


def release(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        return earnings.release_due(session, now, wait=WAIT)


def test_a_share_reaches_the_wallet_once_the_waiting_is_over(database: Database, pair: Pair) -> None:
    buy(database, pair, START, now=NOW)
    assert balances(database, pair) == (SHARE_KOBO, 0)
    assert release(database, END + WAIT - timedelta(seconds=1)) == 0
    assert release(database, END + WAIT) == 1
    assert release(database, END + WAIT) == 0
    assert balances(database, pair) == (0, SHARE_KOBO)


def test_a_moved_session_is_due_after_its_new_end(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        booking.starts_at, booking.ends_at = START + timedelta(days=7), END + timedelta(days=7)
        session.add(booking)
        session.flush()
        earnings.follow_time(session, booking)
    assert release(database, END + WAIT) == 0
    assert release(database, END + WAIT + timedelta(days=7)) == 1


def test_a_contested_share_waits_for_the_ruling(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        booking.contested_at = END + timedelta(hours=1)
        session.add(booking)
    assert release(database, END + WAIT) == 0
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        booking.contest_outcome = "HELD"
        session.add(booking)
    assert release(database, END + WAIT) == 1


def test_a_disputed_share_waits_for_the_bank(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    with database.transaction() as session:
        payment = session.exec(select(Payment).where(Payment.session_id == booking_id)).one()
        session.add(
            Dispute(
                provider_dispute_id=1,
                payment_id=payment.id,
                tutor_id=payment.tutor_id,
                amount_kobo=payment.amount_kobo,
            )
        )
    assert release(database, END + WAIT) == 0
    assert balances(database, pair) == (SHARE_KOBO, 0)


@pytest.mark.parametrize(("back_kobo", "left_kobo"), [(250_000, 175_000), (500_000, 0), (1, 349_999)])
def test_what_goes_back_is_taken_from_escrow_first(
    database: Database, pair: Pair, back_kobo: int, left_kobo: int
) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        refunds.give_back(session, booking, of_price_kobo=back_kobo, reason="a test.", now=NOW)
    assert balances(database, pair) == (left_kobo, 0)
    release(database, END + WAIT)
    assert balances(database, pair) == (0, left_kobo)


def test_what_goes_back_later_is_taken_from_the_wallet(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    release(database, END + WAIT)
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        refunds.give_back(session, booking, of_price_kobo=500_000, reason="a test.", now=END + WAIT)
    assert balances(database, pair) == (0, 0)


def test_of_release_and_refund_at_the_same_moment_nothing_is_lost(database: Database, pair: Pair) -> None:
    """Whichever is first, the share is moved or taken back whole, never both from one place."""
    for number in range(4):
        booking_id = buy(database, pair, START + timedelta(hours=2 * number), now=NOW)
        barrier = threading.Barrier(2)

        def let_go(barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            release(database, END + WAIT + timedelta(days=1))

        def give_back(barrier: threading.Barrier = barrier, booking_id: int = booking_id) -> None:
            barrier.wait()
            with database.transaction() as session:
                booking = session.get_one(MentorshipSession, booking_id)
                refunds.give_back(session, booking, of_price_kobo=500_000, reason="a test.", now=END + WAIT)

        threads = [threading.Thread(target=let_go), threading.Thread(target=give_back)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert balances(database, pair) == (0, 0)


def test_a_promise_keeps_its_terms_and_ends_once(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    with database.reading() as session:
        promised = session.exec(select(PendingTransfer)).one()
    assert (promised.kind, promised.session_id) == (PendingKind.EARNING, booking_id)
    for change in ("amount_kobo = 1", "source_id = target_id"):
        with pytest.raises(DBAPIError, match="keeps its terms"), database.transaction() as session:
            session.execute(text(f"UPDATE pending_transfer SET {change}"))  # noqa: S608
    with pytest.raises(DBAPIError, match="never changed"), database.transaction() as session:
        session.execute(text("DELETE FROM pending_transfer"))
    with database.transaction() as session:
        assert pending_transfers.void(session, promised.id, NOW)
        assert not pending_transfers.void(session, promised.id, NOW)
        assert not pending_transfers.post(session, promised.id, kind="earned", now=NOW)
    with pytest.raises(DBAPIError, match="keeps its terms"), database.transaction() as session:
        session.execute(text("UPDATE pending_transfer SET state = 'OPEN', ended_at = NULL"))
    with database.reading() as session:
        assert ledger_proof.verify(session) == [
            f"Tutor {pair.tutor.person_id} has {SHARE_KOBO} kobo in escrow, of which 0 are promised."
        ]


def test_the_balance_of_an_earlier_moment_can_be_told(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    release(database, END + WAIT)
    wallet, owner = AccountKind.TUTOR_WALLET, pair.tutor.person_id
    assert booking_in(database, booking_id).ends_at == END
    with database.reading() as session:
        assert ledger.balance_kobo(session, wallet, owner, until=END + WAIT) == 0
        assert (
            ledger.balance_kobo(session, wallet, owner, until=END + WAIT + timedelta(seconds=1)) == SHARE_KOBO
        )
        escrow = AccountKind.TUTOR_ESCROW
        assert ledger.balance_kobo(session, escrow, owner, until=END + WAIT) == SHARE_KOBO
        assert ledger.available_kobo(session, escrow, owner) == 0
