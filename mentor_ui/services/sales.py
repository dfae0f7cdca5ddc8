"""A session sold: its time is the student's, its price is shared, and all that follows is set going."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.money import split_price
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import AccountKind, MentorshipSession, Payment, PaymentState
from mentor_ui.services import (
    availability,
    claims,
    credit,
    earnings,
    followups,
    ledger,
    ledger_lines,
    payments,
)
from mentor_ui.services.announcements import Happening, announce


@dataclass(frozen=True, slots=True)
class SettlementRules:
    """What selling depends on beside the database.

    Attributes:
        platform_share_percent: The rest is the tutor's.
        domain: Paystack's word for our mode, `test` or `live`.
        public_url: Base of the links in mails.
    """

    platform_share_percent: int
    domain: str
    public_url: str


def is_sold(session: Session, booking: MentorshipSession, payment: Payment) -> bool:
    """Return whether another payment bought this session, whatever became of it since."""
    if booking.payment_status == PaymentStatus.PAID:
        return True
    other = select(Payment.id).where(
        Payment.session_id == booking.id, Payment.state == PaymentState.PAID, Payment.id != payment.id
    )
    return session.exec(other).first() is not None


def give_time(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    """Give the student the time that is held, or that was and is still free; return whether it could be.

    Args:
        session: Of a writing transaction that has the turns of both people.
        booking: Held, or let go; it is refreshed.
        now: The present moment.
    """
    if _confirm_running_hold(session, booking, now):
        session.refresh(booking)
        return True
    session.refresh(booking)
    taken = _take_time_again(session, booking, now)
    session.refresh(booking)
    availability.refresh_next_free(session, booking.tutor_id, now)
    return taken


def _confirm_running_hold(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    won = session.connection().execute(
        update(MentorshipSession)
        .where(
            col(MentorshipSession.id) == booking.id,
            col(MentorshipSession.status) == SessionStatus.HELD,
            col(MentorshipSession.hold_expires_at) > now,
        )
        .values(**_paid_values(now))
    )
    return won.rowcount == 1


def _take_time_again(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    if booking.starts_at is None or booking.starts_at <= now:
        return False
    claims.lapse(session, booking.id, now)
    if not availability.still_fits(session, booking, now):
        return False
    try:
        claims.claim(session, booking, now)
    except Conflict:
        return False
    won = session.connection().execute(
        update(MentorshipSession)
        .where(
            col(MentorshipSession.id) == booking.id, col(MentorshipSession.status) == SessionStatus.EXPIRED
        )
        .values(**_paid_values(now))
    )
    if won.rowcount != 1:
        claims.release(session, booking.id)
    return won.rowcount == 1


def _paid_values(now: datetime) -> dict[str, object]:
    return {
        "status": SessionStatus.SCHEDULED,
        "payment_status": PaymentStatus.PAID,
        "hold_expires_at": None,
        "updated_at": now,
    }


def record(
    session: Session,
    rules: SettlementRules,
    payment: Payment,
    booking: MentorshipSession,
    now: datetime,
    *,
    with_owed_money: bool = False,
) -> None:
    """Write a sale into the ledger, tell both people, and enqueue what follows.

    Args:
        session: Of a writing transaction that has the turns of both people.
        rules: The platform's share.
        payment: What bought it, with its credit part.
        booking: Scheduled and paid.
        now: The present moment.
        with_owed_money: Whether the money had bought nothing at first, and so is owed to the student.
    """
    split = split_price(booking.price_kobo, rules.platform_share_percent)
    credit.use(session, booking, payment, now)
    source = AccountKind.REFUNDS if with_owed_money else AccountKind.CUSTOMER_CLEARING
    surplus = payments.credit_surplus(session, payment, source=source, now=now)
    ledger.post(
        session,
        ledger_lines.sale_lines(
            paid_kobo=(payment.paid_kobo or 0) - surplus,
            price_kobo=booking.price_kobo,
            fee_kobo=0 if with_owed_money else payment.fees_kobo or 0,
            split=split,
            tutor_id=booking.tutor_id,
            credit_kobo=payment.credit_kobo,
            owed_to=payment.student_id if with_owed_money else None,
        ),
        idempotency_key=f"sale-{payment.reference}",
        kind="rebooked" if with_owed_money else "sale",
        now=now,
        session_id=booking.id,
        payment_id=payment.id,
    )
    earnings.keep(session, booking, share_kobo=split.tutor_kobo, payment_id=payment.id, now=now)
    announce(
        session,
        booking,
        Happening.BOOKED,
        public_url=rules.public_url,
        by=booking.student_id,
        tutor_kobo=split.tutor_kobo,
    )
    followups.after_change(session, booking, now)
