"""Money on its way back to its payer: owed, sent once, followed until it has arrived."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.money import share_agreed, split_price
from mentor_ui.domain.session_state import UNFINISHED, PaymentStatus
from mentor_ui.models import (
    MentorshipSession,
    Payment,
    PaymentState,
    Refund,
    RefundOrigin,
    RefundState,
)
from mentor_ui.services import earnings, ledger, ledger_lines, package_returns, refund_parts
from mentor_ui.services.refund_parts import RefundParts

SEND_REFUND = "send_refund"
"""Name of the job that asks Paystack to return one payment."""

SHORTEST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
"""Between two of our questions about one refund."""

ENDED = frozenset({RefundState.PROCESSED, RefundState.FAILED, RefundState.NEEDS_ATTENTION})
WITH_PAYSTACK = frozenset(
    {RefundState.ASKED, RefundState.PENDING, RefundState.PROCESSING, RefundState.NEEDS_ATTENTION}
)


def owe(
    session: Session,
    payment: Payment,
    *,
    amount_kobo: int,
    reason: str,
    now: datetime,
    origin: RefundOrigin = RefundOrigin.RETURNED,
    asked_by: int | None = None,
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

    Raises:
        ValueError: Together with what went back before it is more than was paid.
    """
    if owed_kobo(session, payment.id) + amount_kobo > (payment.paid_kobo or payment.amount_kobo):
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
    enqueue(session, SEND_REFUND, f"refund-{refund.id}", str(refund.id))
    return refund


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


def back_kobo(booking: MentorshipSession, payment: Payment | None, of_price_kobo: int) -> int:
    """Return what the payer gets, at the bank and as credit, when a part of the price goes back."""
    if booking.purchase_id is not None:
        return of_price_kobo
    return refund_parts.divide(booking, payment, of_price_kobo).total_kobo if payment else 0


def parts(session: Session, booking: MentorshipSession, payment: Payment, of_price_kobo: int) -> RefundParts:
    """Return where so much more of a session's price goes back to, after what went back before."""
    before = RefundParts(owed_kobo(session, payment.id), refund_parts.credited_kobo(session, payment.id))
    return refund_parts.divide(booking, payment, of_price_kobo, before=before)


def tutor_keeps_kobo(
    session: Session, booking: MentorshipSession, payment: Payment, of_price_kobo: int
) -> int:
    """Return what the tutor keeps of a sold session when a part of its price goes back."""
    share_percent = share_agreed(booking.price_kobo, ledger.sold_tutor_kobo(session, payment.id))
    return split_price(booking.price_kobo - of_price_kobo, share_percent).tutor_kobo


def give_back(
    session: Session,
    booking: MentorshipSession,
    *,
    of_price_kobo: int,
    reason: str,
    now: datetime,
    origin: RefundOrigin = RefundOrigin.POLICY,
    asked_by: int | None = None,
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

    Returns:
        What the payer gets, in kobo.
    """
    if booking.purchase_id is not None:
        return package_returns.give_back(session, booking, of_price_kobo=of_price_kobo, now=now)
    payment = bought_with(session, booking.id)
    if payment is None:
        return 0
    before_kobo = ledger.taken_back_kobo(session, payment.id)
    of_price_kobo = min(of_price_kobo, booking.price_kobo - before_kobo)
    back = parts(session, booking, payment, of_price_kobo)
    if back.total_kobo <= 0:
        return 0
    if back.to_bank_kobo:
        owe(
            session,
            payment,
            amount_kobo=back.to_bank_kobo,
            reason=reason,
            now=now,
            origin=origin,
            asked_by=asked_by,
        )
    share_percent = share_agreed(booking.price_kobo, ledger.sold_tutor_kobo(session, payment.id))
    had = split_price(booking.price_kobo - before_kobo, share_percent)
    kept = split_price(booking.price_kobo - before_kobo - of_price_kobo, share_percent)
    share_is_in = earnings.take_back(session, booking, share_kobo=had.tutor_kobo - kept.tutor_kobo, now=now)
    ledger.post(
        session,
        ledger_lines.taken_back_lines(
            had=had,
            kept=kept,
            back_kobo=back.total_kobo,
            credit_kobo=back.to_credit_kobo,
            share_is_in=share_is_in,
            tutor_id=booking.tutor_id,
            student_id=payment.student_id,
        ),
        idempotency_key=f"taken-back-{payment.reference}-{before_kobo}",
        kind="taken_back",
        now=now,
        session_id=booking.id,
        payment_id=payment.id,
    )
    if booking.status not in UNFINISHED:
        booking.payment_status = PaymentStatus.REFUNDING
        session.add(booking)
        if not back.to_bank_kobo:
            _tell_booking(session, payment, booking.id)
    return back.total_kobo


def ask(session: Session, refund_id: int, now: datetime) -> bool:
    """Take a queued refund to be sent, unless another one of its payment is with Paystack.

    Paystack knows no idempotency key of refunds, and two under way of one payment cannot be told apart.

    Args:
        session: Of a writing transaction.
        refund_id: Which one.
        now: The present moment.

    Returns:
        Whether Paystack is to be asked; also when it was taken before and what came of it is not known.
    """
    refund = session.exec(select(Refund).where(Refund.id == refund_id).with_for_update()).one()
    # The payment's row decides between two refunds that begin at the same moment.
    session.get_one(Payment, refund.payment_id, with_for_update=True)
    if refund.state == RefundState.ASKED:
        return True
    others = session.exec(
        select(Refund.id).where(
            Refund.payment_id == refund.payment_id,
            Refund.id != refund.id,
            col(Refund.state).in_(WITH_PAYSTACK),
        )
    ).first()
    if refund.state != RefundState.DUE or others is not None:
        return False
    refund.state, refund.updated_at = RefundState.ASKED, now
    session.add(refund)
    return True


def try_again(session: Session, refund_id: int, now: datetime) -> bool:
    """Queue a failed refund anew; return whether it was failed."""
    again = session.connection().execute(
        update(Refund)
        .where(col(Refund.id) == refund_id, col(Refund.state) == RefundState.FAILED)
        .values(state=RefundState.DUE, next_check_at=None, updated_at=now)
    )
    if again.rowcount == 1:
        enqueue(session, SEND_REFUND, f"refund-{refund_id}-{int(now.timestamp())}", str(refund_id))
    return again.rowcount == 1


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
    refund.next_check_at = None if state in ENDED else _next_check(refund, now)
    session.add(refund)
    if state != RefundState.PROCESSED:
        return
    session.flush()
    payment = session.get_one(Payment, refund.payment_id)
    if payment.session_id is not None:
        _tell_booking(session, payment, payment.session_id)
    if payment.paid_currency == payment.currency:
        ledger.post(
            session,
            ledger_lines.returned_lines(amount_kobo=refund.amount_kobo, student_id=payment.student_id),
            idempotency_key=f"refund-{refund.id}",
            kind="refund",
            now=now,
            session_id=payment.session_id,
            payment_id=payment.id,
            purchase_id=payment.purchase_id,
        )


def _tell_booking(session: Session, payment: Payment, booking_id: int) -> None:
    booking = session.get_one(MentorshipSession, booking_id)
    # Of a session paid twice, only the money that bought it says where the session's money is.
    is_of_booking = payment.state == PaymentState.PAID or bought_with(session, booking.id) is None
    under_way = owed_kobo(session, payment.id) > owed_kobo(session, payment.id, RefundState.PROCESSED)
    if booking.payment_status != PaymentStatus.REFUNDING or not is_of_booking or under_way:
        return
    arrived_kobo = owed_kobo(session, payment.id, RefundState.PROCESSED)
    arrived_kobo += refund_parts.credited_kobo(session, payment.id)
    whole = arrived_kobo >= refund_parts.worth_kobo(payment)
    booking.payment_status = PaymentStatus.REFUNDED if whole else PaymentStatus.PARTLY_REFUNDED
    session.add(booking)


def _next_check(refund: Refund, now: datetime) -> datetime:
    # Banks take days: the older a refund, the longer the pause.
    return now + min(max((now - refund.created_at) / 4, SHORTEST_PAUSE), LONGEST_PAUSE)


def postpone(session: Session, refund_id: int, now: datetime) -> None:
    """Ask about a refund later, since nothing was learnt of it now."""
    refund = session.get_one(Refund, refund_id)
    if refund.next_check_at is not None:
        refund.next_check_at = _next_check(refund, now)
        session.add(refund)


def not_asked_for(session: Session, limit: int = 50) -> list[int]:
    """Return refunds that Paystack was not asked for yet, or not with a known end."""
    # By chance, so that those which Paystack goes on refusing keep no other from its turn.
    owed = select(Refund.id).where(col(Refund.state).in_((RefundState.DUE, RefundState.ASKED)))
    return list(session.exec(owed.order_by(func.random()).limit(limit)))


def known_at_paystack(session: Session, payment_id: int, *, beside: int) -> set[int]:
    """Return Paystack's numbers of a payment's refunds other than one of them."""
    numbers = session.exec(
        select(Refund.provider_refund_id).where(Refund.payment_id == payment_id, Refund.id != beside)
    )
    return {number for number in numbers if number is not None}


def due_for_check(session: Session, now: datetime, limit: int = 50) -> list[int]:
    """Return the refunds that Paystack should be asked about now, the longest waiting first."""
    return list(
        session.exec(
            select(Refund.id)
            .where(col(Refund.next_check_at) <= now)
            .order_by(col(Refund.next_check_at))
            .limit(limit)
        )
    )
