"""The receipt of one payment: what is truly known, for whoever holds the reference."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, select

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.fees import FeeBearer
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import Choice, MentorshipSession, Payment, PaymentState, Person, Refund, RefundState
from mentor_ui.models.payments import RETURNED_STATES
from mentor_ui.services import refund_parts, refunds, unspent_money, unspent_news
from mentor_ui.services.payments import surplus_kobo
from mentor_ui.services.unspent_money import Standing

TAKEN_BY_BANK = "your bank has taken it back."

NOT_YET_PAID = "abandoned"
"""Paystack's word for a payer who left its page; the payment can still be made."""


class ReceiptState(StrEnum):
    """What the receipt page says.

    `WAITING`: nothing heard from the bank yet. `NOT_PAID`: the payer left Paystack's page. `FAILED`: the bank
    said no. `BOOKED`: paid, and the session is theirs. `CANCELLED`: paid, and called off without a refund.
    `CHOOSE`: the money bought nothing, and the payer says what becomes of it. `TOPPING_UP`: it is kept while
    the payer pays what is missing. `CREDITED`: it is the payer's credit. `REFUNDING`, `REFUNDED`: money on
    its way back, arrived; all of it or a part. `ATTENTION`: the bank did not take it back, and we see to it.
    """

    WAITING = "waiting"
    NOT_PAID = "not_paid"
    FAILED = "failed"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    CHOOSE = "choose"
    TOPPING_UP = "topping_up"
    CREDITED = "credited"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    ATTENTION = "attention"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What anybody with the reference may see; no address, no join link.

    Attributes:
        tutor_zone: IANA name, for readers who have none.
        amount_kobo: What was paid at Paystack, or is to be; in the smallest unit of `currency`.
        price_kobo: What the session costs.
        credit_kobo: What the payer's credit pays beside it.
        fee_kobo: What Paystack kept of it.
        fee_on_top_kobo: How much of the amount is that fee, paid above the price.
        fee_bearer: Whose cost that fee is.
        surplus_kobo: What was paid too much and became credit.
        hold_expires_at: While it lies ahead, the same time can still be paid for.
        refund: What goes back to the bank, in the smallest unit of `currency`; 0 for nothing.
        to_credit_kobo: What went back to the payer's credit; 0 for nothing.
        reason: Why the money bought nothing, or goes back; empty otherwise.
        choose_by: Until when the payer can choose.
        standing: What can be done with money that bought nothing.
    """

    reference: str
    state: ReceiptState
    amount_kobo: int
    currency: str
    price_kobo: int
    credit_kobo: int
    fee_kobo: int
    fee_on_top_kobo: int
    fee_bearer: FeeBearer
    surplus_kobo: int
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
    to_credit_kobo: int
    reason: str
    choose_by: datetime | None
    standing: Standing


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
    back = session.exec(select(Refund).where(Refund.payment_id == payment.id)).all()
    taken_kobo = refunds.charged_back_kobo(session, payment.id)
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    tutor = session.get_one(Person, booking.tutor_id)
    unspent = payment.state in RETURNED_STATES
    surplus = surplus_kobo(payment) if payment.state == PaymentState.PAID else 0
    held_until = booking.hold_expires_at if booking.status == SessionStatus.HELD else None
    return Receipt(
        reference=payment.reference,
        state=ReceiptState.REFUNDED
        if taken_kobo and not back
        else _state(session, payment, back, booking, now),
        amount_kobo=payment.amount_kobo if payment.paid_kobo is None else payment.paid_kobo,
        currency=payment.paid_currency or payment.currency,
        price_kobo=booking.price_kobo,
        credit_kobo=payment.credit_kobo,
        fee_kobo=payment.fees_kobo or 0,
        fee_on_top_kobo=_on_top_kobo(payment, booking, surplus),
        fee_bearer=FeeBearer(payment.fee_bearer),
        surplus_kobo=surplus,
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
        refund=sum(one.amount_kobo for one in back) + taken_kobo,
        to_credit_kobo=refund_parts.credited_kobo(session, payment.id),
        reason=unspent_news.reason_of(payment, booking)
        if unspent and not taken_kobo
        else next((one.reason for one in back), TAKEN_BY_BANK if taken_kobo else ""),
        choose_by=payment.choose_by,
        standing=unspent_money.standing(session, payment, booking, now),
    )


def _on_top_kobo(payment: Payment, booking: MentorshipSession, surplus: int) -> int:
    """Return what of an amount is Paystack's fee, passed on to the payer by us or by Paystack's account."""
    paid_kobo = (payment.paid_kobo or payment.amount_kobo) - surplus
    if payment.fee_bearer == FeeBearer.STUDENT:
        return max(0, paid_kobo + payment.credit_kobo - booking.price_kobo)
    return max(0, paid_kobo - payment.amount_kobo)


def _state(
    session: Session, payment: Payment, back: Sequence[Refund], booking: MentorshipSession, now: datetime
) -> ReceiptState:
    if back:
        return _of_refunds({RefundState(one.state) for one in back})
    state = PaymentState(payment.state)
    if state in RETURNED_STATES:
        return _of_unspent(session, payment, booking, now)
    if state == PaymentState.PAID:
        if booking.status != SessionStatus.CANCELLED:
            return ReceiptState.BOOKED
        to_credit = refund_parts.credited_kobo(session, payment.id)
        return ReceiptState.CREDITED if to_credit else ReceiptState.CANCELLED
    if state == PaymentState.FAILED:
        return ReceiptState.FAILED
    return ReceiptState.NOT_PAID if payment.provider_word == NOT_YET_PAID else ReceiptState.WAITING


def _of_refunds(states: AbstractSet[RefundState]) -> ReceiptState:
    if states & {RefundState.FAILED, RefundState.NEEDS_ATTENTION}:
        return ReceiptState.ATTENTION
    return ReceiptState.REFUNDED if states == {RefundState.PROCESSED} else ReceiptState.REFUNDING


def _of_unspent(
    session: Session, payment: Payment, booking: MentorshipSession, now: datetime
) -> ReceiptState:
    if not payment.choice and payment.choose_by is not None and payment.choose_by > now:
        return ReceiptState.CHOOSE
    if payment.choice == Choice.TOP_UP:
        if booking.status == SessionStatus.HELD and booking.hold_expires_at and booking.hold_expires_at > now:
            return ReceiptState.TOPPING_UP
        sold_for = refunds.bought_with(session, booking.id)
        if sold_for is not None and sold_for.credit_kobo and booking.status != SessionStatus.CANCELLED:
            return ReceiptState.BOOKED
    if payment.choice in unspent_money.CHANGEABLE:
        return ReceiptState.CREDITED
    return ReceiptState.REFUNDING
