"""Packages whose rest an operator gives back: what that means is shown first, then it is done once."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, or_, select

from mentor_ui.domain.errors import Conflict, NotFound
from mentor_ui.domain.money import show_naira, split_price
from mentor_ui.domain.roles import Actor
from mentor_ui.models import PackagePurchase, Payment, PaymentState, Person
from mentor_ui.services import audit, package_ends, refunds
from mentor_ui.services.operator_refunds import MOST_FOUND, QUERY_MAXIMUM, checked_reason
from mentor_ui.services.turns import take_turns


@dataclass(frozen=True, slots=True)
class OwedRest:
    """What giving the rest of a package back means.

    Attributes:
        left: How many of its sessions have no time.
        refund_kobo: What its payer gets for them.
        credit_kobo: How much of that becomes credit, since it was paid with credit.
        tutor_kobo: What the tutor would have earned with them.
        refusal: Why it cannot be given back now, in a sentence; empty when it can.
    """

    left: int
    refund_kobo: int
    credit_kobo: int
    tutor_kobo: int
    refusal: str


@dataclass(frozen=True, slots=True)
class BoughtPackage:
    """A package that was paid for."""

    purchase_id: int
    reference: str
    title: str
    student_name: str
    tutor_name: str
    sessions: int
    paid_kobo: int
    paid_at: datetime
    rest: OwedRest


def find(
    session: Session, actor: Actor, *, query: str = "", limit: int = MOST_FOUND
) -> tuple[BoughtPackage, ...]:
    """Return packages that were paid for, newest first, by reference, title, or the payer's name or e-mail.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    audit.check_operator(actor)
    statement = (
        select(Payment, PackagePurchase, Person.name)
        .join(PackagePurchase, col(PackagePurchase.id) == col(Payment.purchase_id))
        .join(Person, col(Person.id) == col(Payment.student_id))
        .where(Payment.state == PaymentState.PAID)
        .order_by(col(Payment.id).desc())
        .limit(limit)
    )
    wanted = query.strip()[:QUERY_MAXIMUM].lower()
    if wanted:
        statement = statement.where(
            or_(
                Payment.reference == wanted,
                func.lower(col(PackagePurchase.title)).contains(wanted, autoescape=True),
                func.lower(col(Person.name)).contains(wanted, autoescape=True),
                col(Person.email).contains(wanted, autoescape=True),
            )
        )
    found = session.exec(statement).all()
    tutors = {purchase.tutor_id for _, purchase, _ in found}
    names = dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(tutors))).all())
    return tuple(
        BoughtPackage(
            purchase_id=purchase.id,
            reference=payment.reference,
            title=purchase.title,
            student_name=student_name,
            tutor_name=names[purchase.tutor_id],
            sessions=purchase.sessions,
            paid_kobo=(payment.paid_kobo or 0) + payment.credit_kobo,
            paid_at=payment.paid_at or payment.created_at,
            rest=_rest(session, purchase, payment),
        )
        for payment, purchase, student_name in found
    )


def give_rest_back(
    session: Session,
    actor: Actor,
    *,
    purchase_id: int,
    seen: OwedRest,
    reason: str,
    public_url: str,
    now: datetime,
) -> int:
    """End a package and give its payer what the unused sessions are worth; those with a time stay.

    Nothing is done when that is no longer what was seen; so a second click does nothing.

    Args:
        session: Of a writing transaction.
        actor: An operator.
        purchase_id: Which package.
        seen: What the operator was shown.
        reason: A sentence that the student reads.
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        What the payer gets, in kobo.

    Raises:
        NotAllowed: The actor does not run the platform.
        NotFound: `package_not_found`.
        InvalidInput: The reason.
        Conflict: `package_over`, `disputed`, `consequence_changed`.
    """
    audit.check_operator(actor)
    reason = checked_reason(reason)
    purchase = session.get(PackagePurchase, purchase_id)
    if purchase is None:
        raise NotFound("There is no such package.", code="package_not_found")
    take_turns(session, (purchase.tutor_id, purchase.student_id))
    session.refresh(purchase)
    payment = session.exec(
        select(Payment).where(Payment.purchase_id == purchase.id, Payment.state == PaymentState.PAID)
    ).first()
    if payment is None:
        raise NotFound("This package was not paid for.", code="package_not_found")
    found = _rest(session, purchase, payment)
    if found.refusal:
        raise Conflict(found.refusal, code="package_over")
    if found != seen:
        raise Conflict(
            f"Meanwhile {found.left} of its sessions are left, worth {show_naira(found.refund_kobo)}. "
            "Nothing was done. Look once more, then decide.",
            code="consequence_changed",
        )
    given_kobo = package_ends.return_for(
        session, purchase, operator_id=actor.person_id, reason=reason, public_url=public_url, now=now
    )
    detail = f"{show_naira(given_kobo)} for {found.left} unused sessions: {reason}"
    audit.note(
        session, actor, "refund_package", subject=f"payment {payment.reference}", detail=detail, now=now
    )
    return given_kobo


def _rest(session: Session, purchase: PackagePurchase, payment: Payment) -> OwedRest:
    terms = package_ends.terms(session, purchase)
    refusal = terms.refusal
    if not refusal and refunds.is_disputed(session, payment.id):
        refusal = "The payer's bank questions this payment. Wait for its decision."
    tutor_kobo = split_price(purchase.left_kobo, purchase.platform_share_percent).tutor_kobo
    return OwedRest(
        left=terms.left,
        refund_kobo=terms.refund_kobo,
        credit_kobo=terms.credit_kobo,
        tutor_kobo=tutor_kobo if terms.left else 0,
        refusal=refusal,
    )
