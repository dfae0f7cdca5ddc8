"""Money that an operator gives back: shown to the kobo first, done once, tried again, sent to an account."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, or_, select

from mentor_ui.domain.errors import Conflict, InvalidInput, NotFound
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.roles import Actor
from mentor_ui.models import (
    AccountKind,
    MentorshipSession,
    Payment,
    PaymentState,
    Person,
    Refund,
    RefundOrigin,
    RefundState,
)
from mentor_ui.services import audit, earnings, ledger, letters, notifications, refund_progress, refunds
from mentor_ui.services.turns import take_turns

LONGEST_REASON = 140
MOST_FOUND = 20
QUERY_MAXIMUM = 100


@dataclass(frozen=True, slots=True)
class Refundable:
    """A payment that bought a session.

    Attributes:
        left_kobo: What is left of the price to give back.
        disputed: The payer's bank questions it, so nothing is given back meanwhile.
    """

    payment_id: int
    reference: str
    title: str
    student_name: str
    tutor_name: str
    paid_kobo: int
    left_kobo: int
    disputed: bool
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Consequence:
    """What giving an amount back means, in kobo.

    Attributes:
        left_kobo: What is left of the price before.
        student_kobo: What the student gets.
        credit_kobo: How much of that becomes credit, since it was paid with credit.
        tutor_kobo: What the tutor loses.
        platform_kobo: What the platform loses.
        from_escrow: The tutor's part is still kept for the tutor; else it leaves the wallet.
        wallet_kobo: What the tutor's wallet holds afterwards; below zero when it owes.
    """

    left_kobo: int
    student_kobo: int
    credit_kobo: int
    tutor_kobo: int
    platform_kobo: int
    from_escrow: bool
    wallet_kobo: int


@dataclass(frozen=True, slots=True)
class TroubledRefund:
    """A refund that does not go on by itself.

    Attributes:
        state: `FAILED`, or `NEEDS_ATTENTION`: Paystack wants the payer's bank account.
        amount: In the smallest unit of `currency`: kobo for NGN.
    """

    id: int
    reference: str
    student_name: str
    amount: int
    currency: str
    state: RefundState
    updated_at: datetime


def find(
    session: Session, actor: Actor, *, query: str = "", limit: int = MOST_FOUND
) -> tuple[Refundable, ...]:
    """Return payments that bought sessions, newest first, by reference, title, or a person's name or e-mail.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    audit.check_operator(actor)
    statement = (
        select(Payment, MentorshipSession, Person.name)
        .join(MentorshipSession, col(MentorshipSession.id) == col(Payment.session_id))
        .join(Person, col(Person.id) == col(Payment.student_id))
        .where(Payment.state == PaymentState.PAID, Payment.paid_currency == Payment.currency)
        .order_by(col(Payment.id).desc())
        .limit(limit)
    )
    wanted = query.strip()[:QUERY_MAXIMUM].lower()
    if wanted:
        statement = statement.where(
            or_(
                Payment.reference == wanted,
                func.lower(col(MentorshipSession.title)).contains(wanted, autoescape=True),
                func.lower(col(Person.name)).contains(wanted, autoescape=True),
                col(Person.email).contains(wanted, autoescape=True),
            )
        )
    found = session.exec(statement).all()
    tutors = {payment.tutor_id for payment, _, _ in found}
    names = dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(tutors))).all())
    return tuple(
        Refundable(
            payment_id=payment.id,
            reference=payment.reference,
            title=booking.title,
            student_name=student_name,
            tutor_name=names[payment.tutor_id],
            paid_kobo=payment.paid_kobo or payment.amount_kobo,
            left_kobo=_left_of_price(session, booking, payment),
            disputed=refunds.is_disputed(session, payment.id),
            paid_at=payment.paid_at or payment.created_at,
        )
        for payment, booking, student_name in found
    )


def consequence(session: Session, actor: Actor, *, payment_id: int, amount_kobo: int) -> Consequence:
    """Return what giving an amount of a payment back would mean now.

    Args:
        session: Any.
        actor: An operator.
        payment_id: Whose money.
        amount_kobo: How much of the price goes back.

    Raises:
        NotAllowed: The actor does not run the platform.
        NotFound: `payment_not_found`: none that bought a session.
        InvalidInput: More than is left, or nothing.
        Conflict: `disputed`.
    """
    audit.check_operator(actor)
    payment, booking = _bought(session, payment_id)
    return _consequence(session, payment, booking, amount_kobo)


def _consequence(
    session: Session, payment: Payment, booking: MentorshipSession, amount_kobo: int
) -> Consequence:
    left_kobo = _left_of_price(session, booking, payment)
    if left_kobo <= 0:
        raise Conflict("All of it has gone back already.", code="nothing_left")
    if not 0 < amount_kobo <= left_kobo:
        raise InvalidInput(f"Between ₦0.01 and {show_naira(left_kobo)} can go back.", field="amount")
    if refunds.is_disputed(session, payment.id):
        raise Conflict(
            "The payer's bank questions this payment. Wait for its decision, or the money may go back twice.",
            code="disputed",
        )
    back = refunds.back_of(session, booking, payment, amount_kobo)
    kept_kobo = earnings.kept_kobo(session, booking.id)
    wallet_kobo = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, booking.tutor_id)
    return Consequence(
        left_kobo=left_kobo,
        student_kobo=back.parts.total_kobo,
        credit_kobo=back.parts.to_credit_kobo,
        tutor_kobo=back.tutor_kobo,
        platform_kobo=back.parts.total_kobo - back.tutor_kobo,
        from_escrow=kept_kobo > 0,
        wallet_kobo=wallet_kobo - (max(0, back.tutor_kobo - kept_kobo) if kept_kobo else back.tutor_kobo),
    )


def refund(
    session: Session,
    actor: Actor,
    *,
    payment_id: int,
    amount_kobo: int,
    seen: Consequence,
    reason: str,
    public_url: str,
    now: datetime,
) -> int:
    """Give back a part of a payment, or all of it.

    Nothing is done when the consequence is no longer the one that was seen; so a second click does nothing.

    Args:
        session: Of a writing transaction.
        actor: An operator.
        payment_id: Whose money.
        amount_kobo: How much of the price goes back.
        seen: What the operator was shown.
        reason: A sentence that the student reads.
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        What the student gets, in kobo.

    Raises:
        NotAllowed: The actor does not run the platform.
        NotFound: `payment_not_found`.
        InvalidInput: The amount or the reason.
        Conflict: `consequence_changed`, `nothing_left`, `disputed`.
    """
    audit.check_operator(actor)
    reason = checked_reason(reason)
    payment, booking = _bought(session, payment_id)
    take_turns(session, (payment.tutor_id, payment.student_id))
    session.refresh(booking, with_for_update={"key_share": True})
    found = _consequence(session, payment, booking, amount_kobo)
    if found != seen:
        raise Conflict(
            f"Meanwhile {show_naira(found.left_kobo)} are left of it. Nothing was done. "
            "Look once more, then decide.",
            code="consequence_changed",
        )
    given_kobo = refunds.give_back(
        session,
        booking,
        of_price_kobo=amount_kobo,
        reason=reason,
        now=now,
        origin=RefundOrigin.OPERATOR,
        asked_by=actor.person_id,
    )
    _tell_student(session, payment, booking, found, reason=reason, public_url=public_url)
    detail = f"{show_naira(given_kobo)}: {reason}"
    audit.note(session, actor, "refund", subject=f"payment {payment.reference}", detail=detail, now=now)
    return given_kobo


def checked_reason(reason: str) -> str:
    """Return an operator's reason as its reader sees it.

    Raises:
        InvalidInput: It is empty or too long; beside the field `reason`.
    """
    reason = reason.strip()
    if not reason:
        raise InvalidInput("Please say why, in a sentence. The student reads it.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Please keep it to {LONGEST_REASON} characters.", field="reason")
    return reason


def _tell_student(
    session: Session,
    payment: Payment,
    booking: MentorshipSession,
    given: Consequence,
    *,
    reason: str,
    public_url: str,
) -> None:
    student, amount = session.get_one(Person, payment.student_id), show_naira(given.student_kobo)
    to_bank_kobo = given.student_kobo - given.credit_kobo
    page = receipt_path(payment.reference)
    notifications.tell_and_mail(
        session,
        student,
        letters.part_on_its_way_back(
            student.name,
            booking.title,
            amount=amount,
            credit=show_naira(given.credit_kobo) if given.credit_kobo else "",
            to_bank=show_naira(to_bank_kobo) if to_bank_kobo else "",
            reason=reason,
            receipt_url=f"{public_url}{page}",
        ),
        key=f"giving-back-{payment.id}-{given.left_kobo}",
        kind="returning",
        body=f"Of your payment for “{booking.title}”: {reason}",
        link=page,
    )


def troubled(session: Session, actor: Actor, *, limit: int = MOST_FOUND) -> tuple[TroubledRefund, ...]:
    """Return refunds that need an operator, the longest waiting first.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    audit.check_operator(actor)
    rows = session.exec(
        select(Refund, Payment, Person.name)
        .join(Payment, col(Payment.id) == col(Refund.payment_id))
        .join(Person, col(Person.id) == col(Payment.student_id))
        .where(col(Refund.state).in_((RefundState.FAILED, RefundState.NEEDS_ATTENTION)))
        .order_by(col(Refund.updated_at))
        .limit(limit)
    )
    return tuple(
        TroubledRefund(
            id=refund.id,
            reference=payment.reference,
            student_name=name,
            amount=refund.amount_kobo,
            currency=payment.paid_currency or payment.currency,
            state=RefundState(refund.state),
            updated_at=refund.updated_at,
        )
        for refund, payment, name in rows
    )


def retry(session: Session, actor: Actor, *, refund_id: int, now: datetime) -> None:
    """Ask Paystack once more for a refund that failed.

    Args:
        session: Of a writing transaction.
        actor: An operator.
        refund_id: Which one.
        now: The present moment.

    Raises:
        NotAllowed: The actor does not run the platform.
        Conflict: `not_failed`: it is being tried, or has arrived.
    """
    audit.check_operator(actor)
    if not refund_progress.try_again(session, refund_id, now):
        raise Conflict("This refund is not a failed one any more. Nothing was done.", code="not_failed")
    audit.note(session, actor, "retry_refund", subject=f"refund {refund_id}", now=now)


def _bought(session: Session, payment_id: int) -> tuple[Payment, MentorshipSession]:
    payment = session.get(Payment, payment_id)
    if payment is None or payment.state != PaymentState.PAID or payment.session_id is None:
        raise NotFound("There is no such payment for a session.", code="payment_not_found")
    return payment, session.get_one(MentorshipSession, payment.session_id)


def _left_of_price(session: Session, booking: MentorshipSession, payment: Payment) -> int:
    left_kobo = booking.price_kobo - ledger.taken_back_kobo(session, payment.id)
    back = refunds.back_of(session, booking, payment, left_kobo)
    return left_kobo if back.parts.total_kobo > 0 else 0
