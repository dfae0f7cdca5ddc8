"""Bought packages as their student and their tutor see them."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.roles import Actor
from mentor_ui.models import MentorshipSession, Package, PackagePurchase, Person, PurchaseState
from mentor_ui.services import package_ends

MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class OwnedPackage:
    """A package of a student's that still counts.

    Attributes:
        offering_id: Whose times it can be used for; None once that is deleted.
        on_offer: Whether times can be chosen now; a hidden offering has none.
        left: How many of its sessions have no time yet.
        expires_at: UTC; until when they can be given one.
        back_kobo: What its student gets who gives the rest back now.
        to_credit_kobo: How much of that becomes credit, since it was paid with credit.
        fee_kobo: What of Paystack's fee is left out of it.
    """

    id: int
    title: str
    tutor_name: str
    offering_id: int | None
    on_offer: bool
    sessions: int
    left: int
    expires_at: datetime
    back_kobo: int
    to_credit_kobo: int
    fee_kobo: int


@dataclass(frozen=True, slots=True)
class SoldPackage:
    """A package that a tutor sold and still owes sessions of.

    Attributes:
        owed_kobo: What its unused sessions are worth, the platform's share included.
    """

    id: int
    title: str
    student_name: str
    sessions: int
    left: int
    owed_kobo: int
    expires_at: datetime


def owned(session: Session, actor: Actor, now: datetime) -> tuple[OwnedPackage, ...]:
    """Return the actor's packages with sessions left, the one that runs out first before the others."""
    rows = session.exec(
        select(PackagePurchase, Person.name)
        .join(Person, col(Person.id) == col(PackagePurchase.tutor_id))
        .where(
            PackagePurchase.student_id == actor.person_id,
            PackagePurchase.state == PurchaseState.ACTIVE,
            col(PackagePurchase.used) < col(PackagePurchase.sessions),
            col(PackagePurchase.expires_at) > now,
        )
        .order_by(col(PackagePurchase.expires_at), col(PackagePurchase.id))
        .limit(MOST_ROWS)
    ).all()
    return tuple(_owned(session, actor, purchase, name, now) for purchase, name in rows)


def _owned(
    session: Session, actor: Actor, purchase: PackagePurchase, tutor_name: str, now: datetime
) -> OwnedPackage:
    offering = session.get(MentorshipSession, purchase.offering_id) if purchase.offering_id else None
    rest = package_ends.rest_preview(session, actor, purchase_id=purchase.id)
    return OwnedPackage(
        id=purchase.id,
        title=purchase.title,
        tutor_name=tutor_name,
        offering_id=purchase.offering_id,
        on_offer=offering is not None and offering.published,
        sessions=purchase.sessions,
        left=purchase.sessions - purchase.used,
        expires_at=purchase.expires_at or now,
        back_kobo=rest.refund_kobo,
        to_credit_kobo=rest.credit_kobo,
        fee_kobo=rest.fee_kobo,
    )


def sold(session: Session, actor: Actor) -> tuple[SoldPackage, ...]:
    """Return the packages of which the actor still owes sessions, the one that runs out first before others.

    Raises:
        NotAllowed: The actor does not teach.
    """
    if not actor.teaches:
        raise NotAllowed("This page is for tutors and mentors.")
    rows = session.exec(
        select(PackagePurchase, Person.name)
        .join(Person, col(Person.id) == col(PackagePurchase.student_id))
        .where(
            PackagePurchase.tutor_id == actor.person_id,
            PackagePurchase.state == PurchaseState.ACTIVE,
            col(PackagePurchase.used) < col(PackagePurchase.sessions),
        )
        .order_by(col(PackagePurchase.expires_at), col(PackagePurchase.id))
        .limit(MOST_ROWS)
    ).all()
    return tuple(
        SoldPackage(
            id=purchase.id,
            title=purchase.title,
            student_name=name,
            sessions=purchase.sessions,
            left=purchase.sessions - purchase.used,
            owed_kobo=purchase.left_kobo,
            expires_at=purchase.expires_at or purchase.created_at,
        )
        for purchase, name in rows
    )


def times_sold(session: Session, offering_id: int) -> dict[int, int]:
    """Return how often each package of an offering was bought."""
    rows = session.exec(
        select(Package.id, func.count())
        .join(PackagePurchase, col(PackagePurchase.package_id) == col(Package.id))
        .where(
            Package.offering_id == offering_id,
            col(PackagePurchase.state).not_in((PurchaseState.AWAITING, PurchaseState.LAPSED)),
        )
        .group_by(col(Package.id))
    )
    return dict(rows.all())
