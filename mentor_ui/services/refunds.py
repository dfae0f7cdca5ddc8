"""Money on its way back to its payer: owed, sent once, followed until it has arrived."""

from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.session_state import PaymentStatus
from mentor_ui.models import MentorshipSession, Payment, Refund, RefundState
from mentor_ui.services import ledger

SEND_REFUND = "send_refund"
"""Name of the job that asks Paystack to return one payment."""

ENDED = frozenset({RefundState.PROCESSED, RefundState.FAILED, RefundState.NEEDS_ATTENTION})


def owe(session: Session, payment: Payment, *, amount_kobo: int, reason: str, now: datetime) -> Refund:
    """Write down that a payment is to be returned and enqueue its sending.

    One refund a payment: the table's unique key refuses a second.
    """
    refund = Refund(
        payment_id=payment.id, amount_kobo=amount_kobo, reason=reason, created_at=now, updated_at=now
    )
    session.add(refund)
    session.flush()
    enqueue(session, SEND_REFUND, f"refund-{refund.id}", str(refund.id))
    return refund


def record(
    session: Session,
    refund_id: int,
    *,
    state: RefundState,
    provider_refund_id: int | None,
    now: datetime,
) -> None:
    """Take over what Paystack says of a refund; when it was processed, book the money as gone, once."""
    refund = session.exec(select(Refund).where(Refund.id == refund_id).with_for_update()).one()
    if refund.state == RefundState.PROCESSED:
        return
    refund.state = state
    refund.provider_refund_id = provider_refund_id or refund.provider_refund_id
    refund.updated_at = now
    session.add(refund)
    if state != RefundState.PROCESSED:
        return
    payment = session.get_one(Payment, refund.payment_id)
    booking = session.get_one(MentorshipSession, payment.session_id)
    if booking.payment_status == PaymentStatus.REFUNDING:
        booking.payment_status = PaymentStatus.REFUNDED
        session.add(booking)
    if payment.paid_currency == payment.currency:
        ledger.post(
            session,
            ledger.returned_lines(amount_kobo=refund.amount_kobo, student_id=payment.student_id),
            idempotency_key=f"refund-{refund.id}",
            kind="refund",
            session_id=payment.session_id,
            payment_id=payment.id,
        )


def unfinished(session: Session, limit: int = 50) -> list[int]:
    """Return the refunds that Paystack was asked for and that have not ended."""
    return list(
        session.exec(
            select(Refund.id)
            .where(col(Refund.state).in_((RefundState.PENDING, RefundState.PROCESSING)))
            .order_by(col(Refund.updated_at))
            .limit(limit)
        )
    )
