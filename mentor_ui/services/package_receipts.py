"""The receipt of a payment for a package: what is truly known, for whoever holds the reference."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from mentor_ui.domain.fees import FeeBearer
from mentor_ui.models import PackagePurchase, Payment, PaymentState, Person, Refund, RefundState
from mentor_ui.models.payments import RETURNED_STATES
from mentor_ui.services import refund_parts, refunds
from mentor_ui.services.payments import surplus_kobo
from mentor_ui.services.receipts import TAKEN_BY_BANK


class PackageReceiptState(StrEnum):
    """What the receipt page says of a package.

    `BOUGHT`: paid, and its sessions are the student's. `REFUNDING`, `REFUNDED`: money on its way back,
    arrived; all of it or a part. `CREDITED`: what was left of it is the payer's credit again. `FAILED`: the
    bank said no. `WAITING`: nothing final is known.
    """

    WAITING = "waiting"
    FAILED = "failed"
    BOUGHT = "bought"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CREDITED = "credited"


@dataclass(frozen=True, slots=True)
class PackageReceipt:
    """What anybody with the reference may see.

    Attributes:
        tutor_zone: IANA name, for readers who have none.
        expires_at: Until when its sessions can be given a time; None before it was paid.
        surplus_kobo: What was paid too much and became credit.
        credit_kobo: How much of the amount the payer's credit paid.
        fee_on_top_kobo: How much of the amount is Paystack's fee, paid above the price.
        to_credit_kobo: What went back to the payer's credit; 0 for nothing.
        refund: What goes back to the bank, in the smallest unit of `currency`; 0 for nothing.
        reason: Why money goes back; empty otherwise.
    """

    reference: str
    state: PackageReceiptState
    amount_kobo: int
    currency: str
    title: str
    sessions: int
    tutor_name: str
    tutor_zone: str
    offering_id: int | None
    student_id: int
    expires_at: datetime | None
    paid_at: datetime | None
    surplus_kobo: int
    credit_kobo: int
    fee_on_top_kobo: int
    to_credit_kobo: int
    refund: int
    reason: str


def package_receipt(session: Session, reference: str) -> PackageReceipt | None:
    """Return the receipt of a reference, or None when it is not of a package."""
    payment = session.exec(select(Payment).where(Payment.reference == reference)).first()
    if payment is None or payment.purchase_id is None:
        return None
    purchase = session.get_one(PackagePurchase, payment.purchase_id)
    tutor = session.get_one(Person, purchase.tutor_id)
    back = session.exec(select(Refund).where(Refund.payment_id == payment.id).order_by(col(Refund.id))).all()
    taken_kobo = refunds.charged_back_kobo(session, payment.id)
    to_credit_kobo = refund_parts.credited_kobo(session, payment.id)
    return PackageReceipt(
        reference=payment.reference,
        state=PackageReceiptState.REFUNDED
        if taken_kobo and not back
        else _state(payment, [refund.state for refund in back], to_credit_kobo),
        amount_kobo=(payment.paid_kobo or payment.amount_kobo) + payment.credit_kobo,
        currency=payment.paid_currency or payment.currency,
        title=purchase.title,
        sessions=purchase.sessions,
        tutor_name=tutor.name,
        tutor_zone=tutor.timezone,
        offering_id=purchase.offering_id,
        student_id=purchase.student_id,
        expires_at=purchase.expires_at,
        paid_at=payment.paid_at,
        surplus_kobo=surplus_kobo(payment) if payment.state == PaymentState.PAID else 0,
        credit_kobo=payment.credit_kobo,
        fee_on_top_kobo=_on_top_kobo(payment, purchase),
        to_credit_kobo=to_credit_kobo,
        refund=sum(refund.amount_kobo for refund in back) + taken_kobo,
        reason=back[-1].reason if back else TAKEN_BY_BANK if taken_kobo else "",
    )


def _on_top_kobo(payment: Payment, purchase: PackagePurchase) -> int:
    if payment.fee_bearer != FeeBearer.STUDENT or payment.state != PaymentState.PAID:
        return 0
    return max(0, refund_parts.worth_kobo(payment) - purchase.price_kobo)


def _state(payment: Payment, back: list[str], to_credit_kobo: int) -> PackageReceiptState:
    state = PaymentState(payment.state)
    if back or state in RETURNED_STATES:
        arrived = bool(back) and set(back) == {RefundState.PROCESSED}
        return PackageReceiptState.REFUNDED if arrived else PackageReceiptState.REFUNDING
    match state:
        case PaymentState.PAID:
            return PackageReceiptState.CREDITED if to_credit_kobo else PackageReceiptState.BOUGHT
        case PaymentState.FAILED:
            return PackageReceiptState.FAILED
        case _:
            return PackageReceiptState.WAITING
