"""Refunds on their way: asked for one at a time, followed until they have arrived, tried again."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.money import show_money
from mentor_ui.models import IncidentKind, Payment, Refund, RefundState
from mentor_ui.services import ledger, ledger_lines, refunds
from mentor_ui.services.incidents import end_of_itself, raise_incident
from mentor_ui.services.turns import take_turns

SHORTEST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
"""Between two of our questions about one refund."""

LONGEST_TRY = timedelta(minutes=2)
"""How long a refund that was taken to be sent is left to who took it: to list, to ask and to write down."""

ENDED = frozenset({RefundState.PROCESSED, RefundState.FAILED})
WITH_PAYSTACK = frozenset(
    {RefundState.ASKED, RefundState.PENDING, RefundState.PROCESSING, RefundState.NEEDS_ATTENTION}
)


def ask(session: Session, refund_id: int, now: datetime) -> bool:
    """Take a queued refund to be sent, unless another one of its payment is with Paystack.

    Paystack knows no idempotency key of refunds, and two under way of one payment cannot be told apart.
    While the payer's bank questions the payment it waits, too: the bank may take the same money.
    Whoever took it has it for `LONGEST_TRY`, or until `let_go`: of two who list and then ask side by side,
    neither would find the other's refund.

    Args:
        session: Of a writing transaction.
        refund_id: Which one.
        now: The present moment; for `let_go`, what tells this try from others.

    Returns:
        Whether Paystack is to be asked; also when it was taken long ago and what came of it is not known.
    """
    # The payment's row decides between two refunds that begin at the same moment.
    refund = _taken(session, refund_id)
    if refund.state == RefundState.ASKED:
        if refund.updated_at > now - LONGEST_TRY:
            return False
        refund.updated_at = now
        session.add(refund)
        return True
    others = session.exec(
        select(Refund.id).where(
            Refund.payment_id == refund.payment_id,
            Refund.id != refund.id,
            col(Refund.state).in_(WITH_PAYSTACK),
        )
    ).first()
    if (
        refund.state != RefundState.DUE
        or others is not None
        or refunds.is_disputed(session, refund.payment_id)
    ):
        return False
    refund.state, refund.updated_at = RefundState.ASKED, now
    session.add(refund)
    return True


def let_go(session: Session, refund_id: int, taken_at: datetime) -> None:
    """Let the next try begin at once, since this one has ended without an answer.

    Args:
        session: Of a writing transaction.
        refund_id: Which one.
        taken_at: What `ask` was told as the present moment; a later try's refund stays taken.
    """
    session.connection().execute(
        update(Refund)
        .where(
            col(Refund.id) == refund_id,
            col(Refund.state) == RefundState.ASKED,
            col(Refund.updated_at) == taken_at,
        )
        .values(updated_at=taken_at - LONGEST_TRY)
    )


def _taken(session: Session, refund_id: int) -> Refund:
    """Return a refund that nobody else changes until this transaction has ended, as others of its payment."""
    whose = (
        select(Payment.id, Payment.tutor_id, Payment.student_id)
        .join(Refund, col(Refund.payment_id) == col(Payment.id))
        .where(Refund.id == refund_id)
    )
    payment_id, *people = session.exec(whose).one()
    # Before the payment, as everybody does: whoever gives back keeps both people's turns, then refers to it.
    take_turns(session, people)
    session.get_one(Payment, payment_id, with_for_update=True)
    return session.get_one(Refund, refund_id, populate_existing=True, with_for_update=True)


def refuse(session: Session, refund_id: int, why: str, *, waits: bool, now: datetime) -> None:
    """Note that Paystack refuses a refund: others of its payment go on, and a person hears of it.

    Args:
        session: Of a writing transaction.
        refund_id: Which one.
        why: What Paystack said.
        waits: It is tried again by itself, as when there is too little money; else by an operator.
        now: The present moment.
    """
    refund = _taken(session, refund_id)
    if refund.state != RefundState.ASKED:
        return  # another try of ours got through
    refund.state = RefundState.DUE if waits else RefundState.FAILED
    refund.next_check_at, refund.updated_at = None, now
    session.add(refund)
    session.flush()
    payment = session.get_one(Payment, refund.payment_id)
    amount = show_money(refund.amount_kobo, payment.paid_currency or payment.currency)
    raise_incident(
        session,
        IncidentKind.REFUND_FAILED,
        key=f"refund-held-up-{refund.id}" if waits else f"refund-refused-{refund.id}-{int(now.timestamp())}",
        summary=f"{payment.reference}: {amount} cannot be given back. Paystack says: {why}",
        subject_id=refund.id,
        now=now,
    )
    if not waits:
        send_next(session, payment.id, after=refund.id)


def try_again(session: Session, refund_id: int, now: datetime) -> bool:
    """Queue a failed refund anew; return whether it was failed."""
    again = session.connection().execute(
        update(Refund)
        .where(col(Refund.id) == refund_id, col(Refund.state) == RefundState.FAILED)
        .values(state=RefundState.DUE, next_check_at=None, updated_at=now)
    )
    if again.rowcount == 1:
        end_of_itself(
            session,
            IncidentKind.REFUND_FAILED,
            subject_id=refund_id,
            resolution="It was tried again.",
            now=now,
        )
        enqueue(session, refunds.SEND_REFUND, f"refund-{refund_id}-{int(now.timestamp())}", str(refund_id))
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
    refund = _taken(session, refund_id)
    if refund.state == RefundState.PROCESSED:
        return
    refund.state = state
    refund.provider_refund_id = provider_refund_id or refund.provider_refund_id
    refund.updated_at = now
    refund.next_check_at = None if state in ENDED else _next_check(refund, now)
    session.add(refund)
    session.flush()
    payment = session.get_one(Payment, refund.payment_id)
    if state in {RefundState.FAILED, RefundState.NEEDS_ATTENTION}:
        _raise_failed(session, payment, refund, now)
    if state in ENDED:
        send_next(session, payment.id, after=refund.id)
    if state != RefundState.PROCESSED:
        return
    end_of_itself(
        session,
        IncidentKind.REFUND_FAILED,
        subject_id=refund_id,
        resolution="The money has arrived after all.",
        now=now,
    )
    if payment.session_id is not None:
        refunds.tell_booking(session, payment, payment.session_id)
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


def send_next(session: Session, payment_id: int, *, after: int) -> None:
    """Enqueue the oldest refund of a payment that had to wait.

    Args:
        session: Of a writing transaction.
        payment_id: Whose money.
        after: What it waited for, a refund or a dispute.
    """
    waiting = session.exec(
        select(Refund.id)
        .where(Refund.payment_id == payment_id, Refund.state == RefundState.DUE, Refund.id != after)
        .order_by(col(Refund.id))
    ).first()
    if waiting is not None:
        enqueue(session, refunds.SEND_REFUND, f"refund-{waiting}-after-{after}", str(waiting))


def _raise_failed(session: Session, payment: Payment, refund: Refund, now: datetime) -> None:
    amount = show_money(refund.amount_kobo, payment.paid_currency or payment.currency)
    what = (
        "could not be given back"
        if refund.state == RefundState.FAILED
        else "need the payer's bank account to be given back"
    )
    raise_incident(
        session,
        IncidentKind.REFUND_FAILED,
        key=f"refund-{refund.id}-{refund.provider_refund_id}-{refund.state}",
        summary=f"{payment.reference}: {amount} {what}.",
        subject_id=refund.id,
        now=now,
    )


def look_soon(session: Session, refund_id: int, now: datetime) -> None:
    """Ask about a refund at the next sweep."""
    refund = session.get_one(Refund, refund_id, with_for_update=True)
    refund.next_check_at = now
    session.add(refund)


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
