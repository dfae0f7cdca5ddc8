"""Money owed back to its payer: how much, what that takes from whom, and its sending enqueued."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.fees import FeeBearer
from mentor_ui.domain.money import Split, share_agreed, split_price
from mentor_ui.domain.session_state import UNFINISHED, PaymentStatus
from mentor_ui.models import (
    Dispute,
    DisputeState,
    MentorshipSession,
    PackageUse,
    Payment,
    PaymentState,
    Refund,
    RefundOrigin,
    RefundState,
)
from mentor_ui.services import (
    credit,
    fee_shares,
    ledger,
    ledger_lines,
    package_returns,
    refund_parts,
)
from mentor_ui.services.refund_parts import RefundParts

SEND_REFUND = "send_refund"
"""Name of the job that asks Paystack to return one payment."""

IN_DISPUTE = (DisputeState.OPEN, DisputeState.ANSWERED)


@dataclass(frozen=True, slots=True)
class Back:
    """What giving a part of a sold session's price back means.

    Attributes:
        parts: What the payer gets, and where.
        had: How what is left of the price is shared before, in kobo.
        kept: How it is shared afterwards, in kobo.
        had_borne_kobo: What of Paystack's fee the tutor bears before.
        borne_kobo: What of it the tutor bears afterwards.
        withheld_kobo: What of it the payer bears of what goes back, with what was paid on top of the price.
    """

    parts: RefundParts
    had: Split
    kept: Split
    had_borne_kobo: int
    borne_kobo: int
    withheld_kobo: int

    @property
    def tutor_kobo(self) -> int:
        """What the tutor loses, with what the tutor bears more, or less, of the fee."""
        return self.had.tutor_kobo - self.kept.tutor_kobo + self.more_borne_kobo

    @property
    def more_borne_kobo(self) -> int:
        """What the tutor bears more of the fee; below zero for less."""
        return self.borne_kobo - self.had_borne_kobo

    @property
    def tutor_keeps_kobo(self) -> int:
        """What the tutor has of the session afterwards; below zero when the fee is more than that."""
        return self.kept.tutor_kobo - self.borne_kobo


def owe(
    session: Session,
    payment: Payment,
    *,
    amount_kobo: int,
    reason: str,
    now: datetime,
    origin: RefundOrigin = RefundOrigin.RETURNED,
    asked_by: int | None = None,
    send: bool = True,
) -> Refund:
    """Write down that a payment is to be returned, or a part of it, and enqueue its sending.

    Args:
        session: Of a writing transaction that keeps the payment to itself.
        payment: Whose money.
        amount_kobo: How much of it.
        reason: Ends the sentence "goes back, because ...".
        now: The present moment.
        origin: Why.
        asked_by: The person who decided it, if one did.
        send: Paystack is to be asked for it; not when it is on its way already.

    Raises:
        ValueError: Together with what went back before it is more than was paid.
    """
    if gone_kobo(session, payment.id) + amount_kobo > (payment.paid_kobo or payment.amount_kobo):
        raise ValueError(f"{amount_kobo} kobo are more than payment {payment.reference} has left")
    refund = Refund(
        payment_id=payment.id,
        amount_kobo=amount_kobo,
        reason=reason,
        origin=origin,
        asked_by=asked_by,
        created_at=now,
        updated_at=now,
    )
    session.add(refund)
    session.flush()
    if send:
        enqueue(session, SEND_REFUND, f"refund-{refund.id}", str(refund.id))
    return refund


def gone_kobo(session: Session, payment_id: int) -> int:
    """Return how much of a payment is owed back, or was taken by the payer's bank, in kobo."""
    return owed_kobo(session, payment_id) + charged_back_kobo(session, payment_id)


def charged_back_kobo(session: Session, payment_id: int) -> int:
    """Return how much of a payment its payer's bank has taken, beyond what was owed back, in kobo."""
    taken = session.exec(
        select(func.coalesce(func.sum(Dispute.taken_kobo), 0)).where(Dispute.payment_id == payment_id)
    ).one()
    return int(taken)


def is_disputed(session: Session, payment_id: int) -> bool:
    """Return whether the payer's bank questions a payment and has not decided."""
    open_one = select(Dispute.id).where(Dispute.payment_id == payment_id, col(Dispute.state).in_(IN_DISPUTE))
    return session.exec(open_one).first() is not None


def is_purchase_disputed(session: Session, purchase_id: int) -> bool:
    """Return whether the payer's bank questions the payment for a package and has not decided."""
    open_one = (
        select(Dispute.id)
        .join(Payment, col(Payment.id) == col(Dispute.payment_id))
        .where(
            Payment.purchase_id == purchase_id,
            Payment.state == PaymentState.PAID,
            col(Dispute.state).in_(IN_DISPUTE),
        )
    )
    return session.exec(open_one).first() is not None


def owed_kobo(session: Session, payment_id: int, state: RefundState | None = None) -> int:
    """Return the sum of a payment's refunds, of all or of those in one state, in kobo."""
    total = select(func.coalesce(func.sum(Refund.amount_kobo), 0)).where(Refund.payment_id == payment_id)
    if state is not None:
        total = total.where(Refund.state == state)
    return int(session.exec(total).one())


def bought_with(session: Session, booking_id: int) -> Payment | None:
    """Return the payment that bought a session, or None when none did."""
    return session.exec(
        select(Payment).where(Payment.session_id == booking_id, Payment.state == PaymentState.PAID)
    ).first()


def is_bought(session: Session, booking_id: int) -> bool:
    """Return whether a payment or a package bought a session, whatever became of it since."""
    return bought_with(session, booking_id) is not None or session.get(PackageUse, booking_id) is not None


def left_kobo(session: Session, booking: MentorshipSession) -> int:
    """Return what the payer of a session would get, at the bank and as credit, if all that is left went back.

    Of a session of a package it is what the session is worth in it.
    """
    if booking.purchase_id is not None:
        return booking.price_kobo if booking.payment_status == PaymentStatus.PAID else 0
    payment = bought_with(session, booking.id)
    if payment is None:
        return 0
    return back_of(session, booking, payment, booking.price_kobo).parts.total_kobo


def can_be_contested(session: Session, booking: MentorshipSession) -> bool:
    """Return whether there is money of a session's left to disagree about."""
    if booking.payment_status == PaymentStatus.PAID:
        return True
    partly = booking.payment_status in {PaymentStatus.REFUNDING, PaymentStatus.PARTLY_REFUNDED}
    return partly and left_kobo(session, booking) > 0


def tutor_keeps_kobo(session: Session, booking: MentorshipSession, payment: Payment) -> int:
    """Return what the tutor has of a sold session, after what went back and what is borne of the fee."""
    return back_of(session, booking, payment, 0).tutor_keeps_kobo


def back_of(
    session: Session,
    booking: MentorshipSession,
    payment: Payment,
    of_price_kobo: int,
    *,
    by_student: bool = False,
) -> Back:
    """Return what giving a part of a session's price back means; no more than is left of it.

    Args:
        session: Any.
        booking: Paid for.
        payment: What bought it.
        of_price_kobo: How much of the price goes back.
        by_student: Its student gives it up, and may bear Paystack's fee of what goes back.
    """
    price_kobo, before_kobo = booking.price_kobo, ledger.taken_back_kobo(session, payment.id)
    of_price_kobo = min(of_price_kobo, price_kobo - before_kobo)
    gone_kobo = before_kobo + of_price_kobo
    sold_kobo = ledger.sold_tutor_kobo(session, payment.id)
    share_percent = share_agreed(price_kobo, sold_kobo)
    had_borne_kobo, borne_kobo = (
        fee_shares.borne_kobo(payment, share_kobo=sold_kobo, gone_kobo=gone, whole_kobo=price_kobo)
        for gone in (before_kobo, gone_kobo)
    )
    bears = by_student and fee_shares.terms_of(payment).refund == FeeBearer.STUDENT
    withheld_kobo = _withheld_kobo(payment, price_kobo, before_kobo, gone_kobo) if bears else None
    stays = bears and gone_kobo == price_kobo
    on_top_kobo = fee_shares.on_top_kobo(payment, price_kobo) if stays else 0
    return Back(
        _parts(session, payment, of_price_kobo, is_rest=gone_kobo == price_kobo, withheld_kobo=withheld_kobo),
        had=split_price(price_kobo - before_kobo, share_percent),
        kept=split_price(price_kobo - gone_kobo, share_percent),
        had_borne_kobo=had_borne_kobo,
        borne_kobo=borne_kobo,
        withheld_kobo=(withheld_kobo or 0) + on_top_kobo,
    )


def _withheld_kobo(payment: Payment, price_kobo: int, before_kobo: int, gone_kobo: int) -> int:
    """Return what of the fee its payer bears of this part; what was paid on top of the price is that fee."""
    if fee_shares.on_top_kobo(payment, price_kobo):
        return 0
    before, after = (
        fee_shares.fee_of_kobo(payment, gone_kobo=gone, whole_kobo=price_kobo)
        for gone in (before_kobo, gone_kobo)
    )
    return after - before


def _parts(
    session: Session, payment: Payment, of_price_kobo: int, *, is_rest: bool, withheld_kobo: int | None
) -> RefundParts:
    if of_price_kobo <= 0:
        return refund_parts.NOTHING
    of_price_gone_kobo = gone_kobo(session, payment.id) - credit.charged_back_kobo(session, payment.id)
    before = RefundParts(of_price_gone_kobo, refund_parts.credited_kobo(session, payment.id))
    return refund_parts.divide(
        payment, of_price_kobo, is_rest=is_rest, before=before, withheld_kobo=withheld_kobo
    )


def give_back(
    session: Session,
    booking: MentorshipSession,
    *,
    of_price_kobo: int,
    reason: str,
    now: datetime,
    origin: RefundOrigin = RefundOrigin.POLICY,
    asked_by: int | None = None,
    send: bool = True,
    by_student: bool = False,
) -> int:
    """Owe the payer of a session a part of its price, or all, and take it back from tutor and platform.

    Args:
        session: Of a writing transaction that keeps the booking to itself.
        booking: Paid for.
        of_price_kobo: How much of the price goes back; no more than is left of it.
        reason: Ends the sentence "goes back, because ...".
        now: The present moment.
        origin: Why.
        asked_by: The person who decided it, if one did.
        send: See `owe`.
        by_student: See `back_of`.

    Returns:
        What the payer gets, in kobo.
    """
    if booking.purchase_id is not None:
        return package_returns.give_back(session, booking, of_price_kobo=of_price_kobo, now=now)
    payment = bought_with(session, booking.id)
    if payment is None:
        return 0
    before_kobo = ledger.taken_back_kobo(session, payment.id)
    back = back_of(session, booking, payment, of_price_kobo, by_student=by_student)
    if back.parts.total_kobo <= 0:
        return 0
    key = f"{payment.reference}-{before_kobo}"
    place = fee_shares.take_back(
        session,
        payment,
        booking,
        share_kobo=back.tutor_kobo,
        more_kobo=back.more_borne_kobo,
        key=f"fee-{key}",
        now=now,
    )
    if back.parts.to_bank_kobo:
        owe(
            session,
            payment,
            amount_kobo=back.parts.to_bank_kobo,
            reason=reason,
            now=now,
            origin=origin,
            asked_by=asked_by,
            send=send,
        )
    ledger.post(
        session,
        ledger_lines.taken_back_lines(
            had=back.had,
            kept=back.kept,
            back_kobo=back.parts.total_kobo,
            credit_kobo=back.parts.to_credit_kobo,
            share_is_in=place.account,
            short_kobo=place.short_kobo,
            tutor_id=booking.tutor_id,
            student_id=payment.student_id,
        ),
        idempotency_key=f"taken-back-{key}",
        kind="taken_back",
        now=now,
        session_id=booking.id,
        payment_id=payment.id,
    )
    if booking.status not in UNFINISHED:
        booking.payment_status = PaymentStatus.REFUNDING
        session.add(booking)
        if not back.parts.to_bank_kobo:
            tell_booking(session, payment, booking.id)
    return back.parts.total_kobo


def follow_status(session: Session, booking: MentorshipSession) -> None:
    """Let a session that has ended say what went back of its money while it still lay ahead.

    Args:
        session: Of a writing transaction that keeps the booking to itself.
        booking: In its new status.
    """
    lies_ahead = booking.status in UNFINISHED
    if lies_ahead or booking.payment_status != PaymentStatus.PAID or booking.purchase_id is not None:
        return
    payment = bought_with(session, booking.id)
    if payment is None or not (
        gone_kobo(session, payment.id) or refund_parts.credited_kobo(session, payment.id)
    ):
        return
    booking.payment_status = PaymentStatus.REFUNDING
    session.add(booking)
    session.flush()
    tell_booking(session, payment, booking.id)


def tell_booking(session: Session, payment: Payment, booking_id: int) -> None:
    """Let a session's word on its money follow what has gone back, once all that is owed has arrived."""
    booking = session.get_one(MentorshipSession, booking_id)
    # Of a session paid twice, only the money that bought it says where the session's money is.
    is_of_booking = payment.state == PaymentState.PAID or not is_bought(session, booking.id)
    under_way = owed_kobo(session, payment.id) > owed_kobo(session, payment.id, RefundState.PROCESSED)
    if booking.payment_status != PaymentStatus.REFUNDING or not is_of_booking or under_way:
        return
    arrived_kobo = owed_kobo(session, payment.id, RefundState.PROCESSED)
    arrived_kobo += refund_parts.credited_kobo(session, payment.id) + charged_back_kobo(session, payment.id)
    arrived_kobo -= credit.charged_back_kobo(session, payment.id)
    whole = arrived_kobo >= refund_parts.worth_kobo(payment)
    booking.payment_status = PaymentStatus.REFUNDED if whole else PaymentStatus.PARTLY_REFUNDED
    session.add(booking)
