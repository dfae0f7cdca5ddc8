"""The receipt of one payment: what is truly known, for whoever holds the reference."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, select

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import MentorshipSession, Payment, PaymentState, Person, Refund, RefundState
from mentor_ui.models.payments import RETURNED_STATES

NOT_YET_PAID = "abandoned"
"""Paystack's word for a payer who left its page; the payment can still be made."""


class ReceiptState(StrEnum):
    """What the receipt page says.

    `WAITING`: nothing heard from the bank yet. `NOT_PAID`: the payer left Paystack's page. `FAILED`: the bank
    said no. `BOOKED`: paid, and the session is theirs. `CANCELLED`: paid, and called off without a refund.
    `REFUNDING`, `REFUNDED`: money on its way back, arrived; all of it or a part.
    """

    WAITING = "waiting"
    NOT_PAID = "not_paid"
    FAILED = "failed"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What anybody with the reference may see; no address, no join link.

    Attributes:
        tutor_zone: IANA name, for readers who have none.
        hold_expires_at: While it lies ahead, the same time can still be paid for.
        refund: What goes back, in the smallest unit of `currency`; 0 for nothing.
        reason: Why money goes back; empty otherwise.
    """

    reference: str
    state: ReceiptState
    amount_kobo: int
    currency: str
    title: str
    tutor_name: str
    tutor_zone: str
    booking_id: int
    offering_id: int | None
    student_id: int
    starts_at: datetime
    ends_at: datetime
    hold_expires_at: datetime | None
    paid_at: datetime | None
    refund: int
    reason: str


def receipt(session: Session, reference: str, now: datetime) -> Receipt:
    """Return the receipt of a reference.

    Raises:
        NotFound: `payment_not_found`.
    """
    payment = session.exec(select(Payment).where(Payment.reference == reference)).first()
    if payment is None:
        raise NotFound(
            "We do not know this payment reference. Check the link, or look into your sessions.",
            code="payment_not_found",
        )
    booking = session.get_one(MentorshipSession, payment.session_id)
    refund = session.exec(select(Refund).where(Refund.payment_id == payment.id)).first()
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    tutor = session.get_one(Person, booking.tutor_id)
    held_until = booking.hold_expires_at if booking.status == SessionStatus.HELD else None
    return Receipt(
        reference=payment.reference,
        state=_state(payment, refund, booking),
        amount_kobo=payment.paid_kobo or payment.amount_kobo,
        currency=payment.paid_currency or payment.currency,
        title=booking.title,
        tutor_name=tutor.name,
        tutor_zone=tutor.timezone,
        booking_id=booking.id,
        offering_id=booking.offering_id,
        student_id=booking.student_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        hold_expires_at=held_until if held_until is not None and held_until > now else None,
        paid_at=payment.paid_at,
        refund=refund.amount_kobo if refund is not None else 0,
        reason=refund.reason if refund is not None else "",
    )


def _state(payment: Payment, refund: Refund | None, booking: MentorshipSession) -> ReceiptState:
    state = PaymentState(payment.state)
    if state in RETURNED_STATES or refund is not None:
        arrived = refund is not None and refund.state == RefundState.PROCESSED
        return ReceiptState.REFUNDED if arrived else ReceiptState.REFUNDING
    if state == PaymentState.PAID:
        called_off = booking.status == SessionStatus.CANCELLED
        return ReceiptState.CANCELLED if called_off else ReceiptState.BOOKED
    if state == PaymentState.FAILED:
        return ReceiptState.FAILED
    return ReceiptState.NOT_PAID if payment.provider_word == NOT_YET_PAID else ReceiptState.WAITING
