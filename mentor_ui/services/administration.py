"""What the people who run the platform look at: sessions, money and accounts. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    AccountKind,
    MentorshipSession,
    PackagePurchase,
    Payment,
    PaymentState,
    Person,
    PersonRole,
    Refund,
    RefundState,
)
from mentor_ui.models.payments import RETURNED_STATES
from mentor_ui.services.audit import check_operator
from mentor_ui.services.ledger import totals_kobo

_TITLE = func.coalesce(MentorshipSession.title, PackagePurchase.title)
"""Of what a payment was for."""

MOST_ROWS = 50
QUERY_MAXIMUM = 100
"""Characters of a search."""


@dataclass(frozen=True, slots=True)
class BookedSession:
    """A booking with both its people."""

    id: str
    title: str
    tutor_id: str
    tutor_name: str
    student_name: str
    starts_at: datetime
    ends_at: datetime
    price_kobo: int
    status: SessionStatus
    payment_status: PaymentStatus


@dataclass(frozen=True, slots=True)
class WaitingPayment:
    """An attempt to pay of which Paystack has said nothing final.

    Attributes:
        checks: How often we have asked Paystack.
        next_check_at: UTC, when we ask again; None when nobody will.
    """

    reference: str
    title: str
    student_name: str
    amount_kobo: int
    created_at: datetime
    checks: int
    next_check_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReturnedPayment:
    """Money that came but bought nothing, or was given back, and how far its way back has come.

    Attributes:
        amount: In the smallest unit of `currency`: kobo for NGN.
        state: What the payment came to.
        refund_state: None when no refund was written yet.
    """

    reference: str
    title: str
    student_name: str
    amount: int
    currency: str
    state: PaymentState
    refund_state: RefundState | None
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Money:
    """The platform's money at one moment.

    Attributes:
        totals_kobo: By kind of account, above zero is a credit; together they are zero.
        waiting: Newest first.
        returned: Newest first.
    """

    totals_kobo: dict[AccountKind, int]
    waiting: tuple[WaitingPayment, ...]
    returned: tuple[ReturnedPayment, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A person as the platform's people see one."""

    id: str
    name: str
    email: str
    roles: tuple[Role, ...]
    created_at: datetime


def latest_sessions(
    session: Session, actor: Actor, *, only: int | None = None, limit: int = MOST_ROWS
) -> tuple[BookedSession, ...]:
    """Return the newest bookings; offerings are never among them.

    Args:
        session: Any.
        actor: An operator.
        only: The one booking that is asked for; None for the newest.
        limit: At most so many.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    check_operator(actor)
    booking, tutor, student = MentorshipSession, aliased(Person), aliased(Person)
    statement = (
        select(booking, tutor.name, student.name)
        .join(tutor, col(tutor.id) == col(booking.tutor_id))
        .join(student, col(student.id) == col(booking.student_id))
        .where(~col(booking.is_offering))
        .order_by(col(booking.id).desc())
        .limit(limit)
    )
    rows = session.exec(statement if only is None else statement.where(booking.id == only))
    return tuple(_booked(row, tutor_name, student_name) for row, tutor_name, student_name in rows)


def money(session: Session, actor: Actor, *, limit: int = MOST_ROWS) -> Money:
    """Return what the ledger holds, and which payments and refunds are under way.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    check_operator(actor)
    return Money(totals_kobo(session), _waiting(session, limit), _returned(session, limit))


def people(session: Session, actor: Actor, *, query: str = "", limit: int = MOST_ROWS) -> tuple[Account, ...]:
    """Return accounts whose name or e-mail contains `query`, newest first.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    check_operator(actor)
    statement = select(Person).order_by(col(Person.id).desc()).limit(limit)
    wanted = query.strip()[:QUERY_MAXIMUM].lower()
    if wanted:
        statement = statement.where(
            or_(
                func.lower(col(Person.name)).contains(wanted, autoescape=True),
                col(Person.email).contains(wanted, autoescape=True),
            )
        )
    found = session.exec(statement).all()
    roles = _roles(session, [row.id for row in found])
    return tuple(
        Account(str(row.id), row.name, row.email, roles.get(row.id, ()), row.created_at) for row in found
    )


def _booked(row: MentorshipSession, tutor_name: str, student_name: str) -> BookedSession:
    if row.starts_at is None or row.ends_at is None:
        raise ValueError(f"booking {row.id} has no time")
    return BookedSession(
        id=str(row.id),
        title=row.title,
        tutor_id=str(row.tutor_id),
        tutor_name=tutor_name,
        student_name=student_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        price_kobo=row.price_kobo,
        status=SessionStatus(row.status),
        payment_status=PaymentStatus(row.payment_status),
    )


def _waiting(session: Session, limit: int) -> tuple[WaitingPayment, ...]:
    rows = session.exec(
        select(Payment, _TITLE, Person.name)
        .join(MentorshipSession, col(MentorshipSession.id) == col(Payment.session_id), isouter=True)
        .join(PackagePurchase, col(PackagePurchase.id) == col(Payment.purchase_id), isouter=True)
        .join(Person, col(Person.id) == col(Payment.student_id))
        .where(Payment.state == PaymentState.AWAITING)
        .order_by(col(Payment.id).desc())
        .limit(limit)
    )
    return tuple(
        WaitingPayment(
            reference=payment.reference,
            title=title,
            student_name=name,
            amount_kobo=payment.amount_kobo,
            created_at=payment.created_at,
            checks=payment.checks,
            next_check_at=payment.next_check_at,
        )
        for payment, title, name in rows
    )


def _returned(session: Session, limit: int) -> tuple[ReturnedPayment, ...]:
    rows = session.exec(
        select(Payment, Refund, _TITLE, Person.name)
        .join(MentorshipSession, col(MentorshipSession.id) == col(Payment.session_id), isouter=True)
        .join(PackagePurchase, col(PackagePurchase.id) == col(Payment.purchase_id), isouter=True)
        .join(Person, col(Person.id) == col(Payment.student_id))
        .join(Refund, col(Refund.payment_id) == col(Payment.id), isouter=True)
        .where(or_(col(Payment.state).in_(RETURNED_STATES), col(Refund.id).is_not(None)))
        .order_by(col(Payment.id).desc())
        .limit(limit)
    )
    return tuple(
        ReturnedPayment(
            reference=payment.reference,
            title=title,
            student_name=name,
            amount=refund.amount_kobo if refund else payment.paid_kobo or payment.amount_kobo,
            currency=payment.paid_currency or payment.currency,
            state=PaymentState(payment.state),
            refund_state=RefundState(refund.state) if refund else None,
            reason=refund.reason if refund else "",
            created_at=refund.created_at if refund else payment.created_at,
        )
        for payment, refund, title, name in rows
    )


def _roles(session: Session, person_ids: list[int]) -> dict[int, tuple[Role, ...]]:
    held: dict[int, set[str]] = {}
    for row in session.exec(select(PersonRole).where(col(PersonRole.person_id).in_(person_ids))):
        held.setdefault(row.person_id, set()).add(row.role)
    return {person_id: tuple(role for role in Role if role in names) for person_id, names in held.items()}
