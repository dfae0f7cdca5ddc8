"""Sessions that were bought with the sandbox's money, for tests of what happens to them afterwards."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.money import paystack_fee, split_price
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import AccountKind, MentorshipSession, Payment, PaymentState, Refund
from mentor_ui.models.mentorship import new_join_token
from mentor_ui.services import claims, earnings, ledger, ledger_lines, ledger_proof
from mentor_ui.services.payments import reference_for
from tests.world import Pair

SHARE_PERCENT = 30


def buy(
    database: Database,
    pair: Pair,
    starts_at: datetime,
    *,
    now: datetime,
    policy: CancellationPolicy = CancellationPolicy.FLEXIBLE,
    share_percent: int = SHARE_PERCENT,
    paid_kobo: int | None = None,
    provider_id: int | None = None,
    duration_minutes: int = 60,
) -> int:
    """Add a session that its student paid for, as settling leaves it, and return its identifier."""
    booking = MentorshipSession(
        tutor_id=pair.tutor.person_id,
        student_id=pair.student.person_id,
        offering_id=pair.offering_id,
        title="React Mastery 1:1",
        duration=duration_minutes,
        price_kobo=pair.price_kobo,
        status=SessionStatus.SCHEDULED,
        payment_status=PaymentStatus.PAID,
        cancellation_policy=policy,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=duration_minutes),
        join_token=new_join_token(),
        created_at=now,
        updated_at=now,
    )
    paid_kobo = pair.price_kobo if paid_kobo is None else paid_kobo
    fee_kobo = paystack_fee(paid_kobo)
    with database.transaction() as session:
        session.add(booking)
        session.flush()
        claims.claim(session, booking, now)
        payment = Payment(
            reference=reference_for(booking.id, 1),
            session_id=booking.id,
            student_id=booking.student_id,
            tutor_id=booking.tutor_id,
            amount_kobo=booking.price_kobo,
            state=PaymentState.PAID,
            provider_id=provider_id,
            paid_kobo=paid_kobo,
            paid_currency="NGN",
            fees_kobo=fee_kobo,
            paid_at=now,
            settled_at=now,
            created_at=now,
        )
        session.add(payment)
        session.flush()
        ledger.post(
            session,
            ledger_lines.sale_lines(
                paid_kobo=paid_kobo,
                price_kobo=booking.price_kobo,
                fee_kobo=fee_kobo,
                split=split_price(booking.price_kobo, share_percent),
                tutor_id=booking.tutor_id,
            ),
            idempotency_key=f"sale-{payment.reference}",
            kind="sale",
            now=now,
            session_id=booking.id,
            payment_id=payment.id,
        )
        share_kobo = split_price(booking.price_kobo, share_percent).tutor_kobo
        earnings.keep(session, booking, share_kobo=share_kobo, payment_id=payment.id, now=now)
    return booking.id


@dataclass(frozen=True)
class Books:
    """What the ledger says, in kobo, once it has been proven to add up."""

    tutor: int
    platform: int
    fees: int
    owed_back: int
    with_paystack: int


def books(database: Database, pair: Pair) -> Books:
    """Verify the ledger and return the balances that a sale between the two touches."""
    with database.reading() as session:
        assert ledger_proof.verify(session) == []
        assert sum(ledger.totals_kobo(session).values()) == 0
        return Books(
            tutor=ledger.balance_kobo(session, AccountKind.TUTOR_ESCROW, pair.tutor.person_id)
            + ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id),
            platform=ledger.balance_kobo(session, AccountKind.PLATFORM_REVENUE),
            fees=ledger.balance_kobo(session, AccountKind.PROVIDER_FEES),
            owed_back=ledger.balance_kobo(session, AccountKind.REFUNDS, pair.student.person_id),
            with_paystack=-ledger.balance_kobo(session, AccountKind.CUSTOMER_CLEARING),
        )


def booking_in(database: Database, booking_id: int) -> MentorshipSession:
    """Return a booking as it stands."""
    with database.reading() as session:
        return session.get_one(MentorshipSession, booking_id)


def refunds_of(database: Database, booking_id: int) -> list[Refund]:
    """Return the refunds of all payments for a booking."""
    with database.reading() as session:
        return list(
            session.exec(
                select(Refund)
                .join(Payment, col(Payment.id) == col(Refund.payment_id))
                .where(Payment.session_id == booking_id)
            )
        )
