"""Money on its way back to its payer: owed, sent once, followed until it has arrived."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.money import share_agreed, split_price
from mentor_ui.domain.session_state import PaymentStatus
from mentor_ui.models import MentorshipSession, Payment, PaymentState, Refund, RefundState
from mentor_ui.services import earnings, ledger, ledger_lines

SEND_REFUND = "send_refund"
"""Name of the job that asks Paystack to return one payment."""

SHORTEST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
"""Between two of our questions about one refund."""

ENDED = frozenset({RefundState.PROCESSED, RefundState.FAILED, RefundState.NEEDS_ATTENTION})


def owe(session: Session, payment: Payment, *, amount_kobo: int, reason: str, now: datetime) -> Refund:
    """Write down that a payment is to be returned, or a part of it, and enqueue its sending.

    One refund a payment: the table's unique key refuses a second.

    Raises:
        ValueError: It is more than was paid.
    """
    if amount_kobo > (payment.paid_kobo or payment.amount_kobo):
        raise ValueError(f"{amount_kobo} kobo are more than payment {payment.reference} brought")
    refund = Refund(
        payment_id=payment.id, amount_kobo=amount_kobo, reason=reason, created_at=now, updated_at=now
    )
    session.add(refund)
    session.flush()
    enqueue(session, SEND_REFUND, f"refund-{refund.id}", str(refund.id))
    return refund


def bought_with(session: Session, booking_id: int) -> Payment | None:
    """Return the payment that bought a session, or None when none did."""
    return session.exec(
        select(Payment).where(Payment.session_id == booking_id, Payment.state == PaymentState.PAID)
    ).first()


def back_kobo(booking: MentorshipSession, payment: Payment | None, of_price_kobo: int) -> int:
    """Return what the payer gets when a part of the price goes back.

    With all of the price goes back what was paid above it, where the payer bore Paystack's fee.
    """
    if payment is None:
        return 0
    return payment.paid_kobo or of_price_kobo if of_price_kobo == booking.price_kobo else of_price_kobo


def tutor_keeps_kobo(
    session: Session, booking: MentorshipSession, payment: Payment, of_price_kobo: int
) -> int:
    """Return what the tutor keeps of a sold session when a part of its price goes back."""
    share_percent = share_agreed(booking.price_kobo, ledger.sold_tutor_kobo(session, payment.id))
    return split_price(booking.price_kobo - of_price_kobo, share_percent).tutor_kobo


def owed_kobo(session: Session, payment: Payment) -> int:
    """Return how much of a payment goes back, or went; 0 for nothing."""
    return session.exec(select(Refund.amount_kobo).where(Refund.payment_id == payment.id)).first() or 0


def give_back(
    session: Session, booking: MentorshipSession, *, of_price_kobo: int, reason: str, now: datetime
) -> int:
    """Owe the payer of a session a part of its price, or all, and take it back from tutor and platform.

    Args:
        session: Of a writing transaction that keeps the booking to itself.
        booking: Paid for, and given back for the first time.
        of_price_kobo: How much of the price goes back.
        reason: Ends the sentence "goes back, because ...".
        now: The present moment.

    Returns:
        What the payer gets, in kobo.

    Raises:
        IntegrityError: The session's payment was given back before.
    """
    payment = bought_with(session, booking.id)
    amount_kobo = back_kobo(booking, payment, of_price_kobo)
    if payment is None or amount_kobo == 0:
        return 0
    sold_tutor_kobo = ledger.sold_tutor_kobo(session, payment.id)
    share_percent = share_agreed(booking.price_kobo, sold_tutor_kobo)
    kept = split_price(booking.price_kobo - of_price_kobo, share_percent)
    share_is_in = earnings.take_back(session, booking, share_kobo=sold_tutor_kobo - kept.tutor_kobo, now=now)
    ledger.post(
        session,
        ledger_lines.taken_back_lines(
            price_kobo=booking.price_kobo,
            of_price_kobo=of_price_kobo,
            back_kobo=amount_kobo,
            sold_tutor_kobo=sold_tutor_kobo,
            share_is_in=share_is_in,
            tutor_id=booking.tutor_id,
            student_id=payment.student_id,
        ),
        idempotency_key=f"taken-back-{payment.reference}",
        kind="taken_back",
        now=now,
        session_id=booking.id,
        payment_id=payment.id,
    )
    owe(session, payment, amount_kobo=amount_kobo, reason=reason, now=now)
    booking.payment_status = PaymentStatus.REFUNDING
    session.add(booking)
    return amount_kobo


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
    payment = session.get_one(Payment, refund.payment_id)
    booking = session.get_one(MentorshipSession, payment.session_id)
    # Of a session paid twice, only the money that bought it says where the session's money is.
    is_of_booking = payment.state == PaymentState.PAID or bought_with(session, booking.id) is None
    if booking.payment_status == PaymentStatus.REFUNDING and is_of_booking:
        whole = refund.amount_kobo >= (payment.paid_kobo or payment.amount_kobo)
        booking.payment_status = PaymentStatus.REFUNDED if whole else PaymentStatus.PARTLY_REFUNDED
        session.add(booking)
    if payment.paid_currency == payment.currency:
        ledger.post(
            session,
            ledger_lines.returned_lines(amount_kobo=refund.amount_kobo, student_id=payment.student_id),
            idempotency_key=f"refund-{refund.id}",
            kind="refund",
            now=now,
            session_id=payment.session_id,
            payment_id=payment.id,
        )


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
    """Return refunds that Paystack was not asked for yet."""
    # By chance, so that those which Paystack goes on refusing keep no other from its turn.
    owed = select(Refund.id).where(Refund.state == RefundState.DUE)
    return list(session.exec(owed.order_by(func.random()).limit(limit)))


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
