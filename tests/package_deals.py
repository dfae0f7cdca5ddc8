"""Packages that were bought, for tests of what happens to them afterwards."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.money import paystack_fee
from mentor_ui.models import (
    AccountKind,
    MentorshipSession,
    PackagePurchase,
    Payment,
    PaymentState,
    PendingState,
    PendingTransfer,
    PurchaseState,
    Refund,
)
from mentor_ui.providers.paystack_replies import Charge, ChargeStatus
from mentor_ui.services import (
    bookings,
    changes,
    ledger,
    ledger_proof,
    package_ends,
    package_purchases,
    package_uses,
    packages,
)
from mentor_ui.services.packages import PackageDraft, PackageOnSale
from mentor_ui.services.settlement import SettlementRules, apply_charge
from tests.world import NOON, Pair

URL = "http://localhost:3000"
RULES = SettlementRules(platform_share_percent=30, domain="test", public_url=URL)
PRICE_KOBO = 1_200_001
"""Of three sessions; it divides by nothing that the tests divide it by."""

SESSIONS = 3


def code_of(act: Callable[[], object]) -> str:
    """Return the code with which an act is refused, or nothing."""
    try:
        act()
    except DomainError as error:
        return error.code
    return ""


def offer(
    database: Database,
    pair: Pair,
    *,
    sessions: object = SESSIONS,
    price: object = "12,000.01",
    valid_days: object = 180,
    now: datetime = NOON,
) -> PackageOnSale:
    """Put a package on sale."""
    with database.transaction() as session:
        return packages.offer(
            session,
            pair.tutor,
            offering_id=pair.offering_id,
            draft=PackageDraft(sessions, price, valid_days),
            now=now,
        )


def begin(database: Database, pair: Pair, package: PackageOnSale, now: datetime = NOON) -> tuple[int, str]:
    """Begin to buy a package; return the purchase and the reference of its payment."""
    with database.transaction() as session:
        purchase_id = package_purchases.buy(
            session, pair.student, package_id=package.id, price_seen_kobo=package.price_kobo, now=now
        )
        attempt = package_purchases.open_attempt(session, pair.student, purchase_id=purchase_id, now=now)
    return purchase_id, attempt.reference


def charge(
    reference: str,
    amount_kobo: int,
    *,
    currency: str = "NGN",
    requested_kobo: int | None = None,
    fee_kobo: int | None = None,
) -> Charge:
    """Return what Paystack says of money that came."""
    return Charge(
        id=zlib.crc32(reference.encode()),
        reference=reference,
        status=ChargeStatus.SUCCESS,
        status_word="success",
        amount_kobo=amount_kobo,
        requested_amount_kobo=amount_kobo if requested_kobo is None else requested_kobo,
        fees_kobo=paystack_fee(amount_kobo) if fee_kobo is None else fee_kobo,
        currency=currency,
        paid_at=None,
        created_at=None,
        channel="card",
        domain="test",
        customer_email="",
        gateway_response="",
        metadata={},
        raw={},
    )


def pay(database: Database, reference: str, told: Charge, now: datetime = NOON) -> PaymentState:
    """Settle a payment as Paystack's word says."""
    with database.transaction() as session:
        return apply_charge(session, RULES, reference, told, now)


def bought(
    database: Database,
    pair: Pair,
    package: PackageOnSale | None = None,
    *,
    now: datetime = NOON,
    paid_kobo: int | None = None,
) -> int:
    """Buy a package and return the purchase."""
    package = package or offer(database, pair, now=now)
    purchase_id, reference = begin(database, pair, package, now)
    told = charge(reference, paid_kobo or package.price_kobo, requested_kobo=package.price_kobo)
    assert pay(database, reference, told, now) == PaymentState.PAID
    return purchase_id


def hold(database: Database, pair: Pair, purchase_id: int, starts_at: datetime, now: datetime = NOON) -> int:
    """Keep a time for a session of a package and return its booking."""
    with database.transaction() as session:
        return bookings.hold(
            session,
            pair.student,
            offering_id=pair.offering_id,
            starts_at=starts_at,
            price_seen_kobo=pair.price_kobo,
            purchase_id=purchase_id,
            now=now,
        ).booking_id


def use(database: Database, pair: Pair, purchase_id: int, starts_at: datetime, now: datetime = NOON) -> int:
    """Book a session of a package and return it."""
    booking_id = hold(database, pair, purchase_id, starts_at, now)
    with database.transaction() as session:
        return package_uses.book(
            session, pair.student, booking_id=booking_id, purchase_id=purchase_id, now=now, public_url=URL
        )


def cancel(
    database: Database, pair: Pair, booking_id: int, *, by_tutor: bool = False, now: datetime = NOON
) -> int:
    """Cancel a session, with what cancelling means at that moment before one's eyes."""
    actor = pair.tutor if by_tutor else pair.student
    with database.transaction() as session:
        terms = changes.cancel_preview(session, actor, booking_id=booking_id, now=now)
        return changes.cancel(
            session,
            actor,
            booking_id=booking_id,
            refund_seen_kobo=terms.refund_kobo,
            public_url=URL,
            now=now,
        )


def give_back(database: Database, pair: Pair, purchase_id: int, now: datetime = NOON) -> int:
    """Give the rest of a package back, with what it gives before one's eyes."""
    with database.transaction() as session:
        terms = package_ends.rest_preview(session, pair.student, purchase_id=purchase_id)
        return package_ends.return_rest(
            session,
            pair.student,
            purchase_id=purchase_id,
            refund_seen_kobo=terms.refund_kobo,
            public_url=URL,
            now=now,
        )


def sweep(database: Database, now: datetime) -> list[int]:
    """End what is due, as the sweeper does; return what went back of each."""
    with database.transaction() as session:
        package_ends.lapse_unpaid(session, now)
        due = package_ends.due(session, now)
        return [package_ends.end(session, one, public_url=URL, now=now) for one in due]


def purchase_in(database: Database, purchase_id: int) -> PackagePurchase:
    """Return a purchase as it stands."""
    with database.reading() as session:
        return session.get_one(PackagePurchase, purchase_id)


def booking_in(database: Database, booking_id: int) -> MentorshipSession:
    """Return a booking as it stands."""
    with database.reading() as session:
        return session.get_one(MentorshipSession, booking_id)


def refunds_of(database: Database, purchase_id: int) -> list[Refund]:
    """Return the refunds of all payments for a package."""
    with database.reading() as session:
        found = session.exec(
            select(Refund).join(Payment).where(Payment.purchase_id == purchase_id).order_by(Refund.id)  # pyright: ignore[reportArgumentType]
        )
        return list(found)


@dataclass(frozen=True)
class Accounts:
    """What the ledger says, in kobo, once it has been proven to add up."""

    credits: int
    escrow: int
    wallet: int
    platform: int
    fees: int
    owed_back: int
    with_paystack: int


def accounts(database: Database, pair: Pair) -> Accounts:
    """Verify the ledger and return the balances that a package touches."""
    with database.reading() as session:
        assert ledger_proof.verify(session) == []
        assert sum(ledger.totals_kobo(session).values()) == 0
        tutor = pair.tutor.person_id
        return Accounts(
            credits=ledger.balance_kobo(session, AccountKind.PACKAGE_CREDITS, tutor),
            escrow=ledger.balance_kobo(session, AccountKind.TUTOR_ESCROW, tutor),
            wallet=ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, tutor),
            platform=ledger.balance_kobo(session, AccountKind.PLATFORM_REVENUE),
            fees=ledger.balance_kobo(session, AccountKind.PROVIDER_FEES),
            owed_back=ledger.balance_kobo(session, AccountKind.REFUNDS, pair.student.person_id),
            with_paystack=-ledger.balance_kobo(session, AccountKind.CUSTOMER_CLEARING),
        )


def promises_of(database: Database, booking_id: int) -> list[int]:
    """Return what is promised to the tutor of a session, in kobo."""
    with database.reading() as session:
        return list(
            session.exec(
                select(PendingTransfer.amount_kobo).where(
                    PendingTransfer.session_id == booking_id, PendingTransfer.state == PendingState.OPEN
                )
            )
        )


def at(days: int, hour: int = 0) -> datetime:
    """Return a moment so many days after `NOON`."""
    return NOON + timedelta(days=days, hours=hour)


STATES = PurchaseState
