"""A tutor's own offerings, with what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func
from sqlmodel import Session, col, select

from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models import Course, LedgerAccount, LedgerEntry, LedgerTransaction, MentorshipSession
from mentor_ui.services.analytics import EARNING, TUTORS_MONEY
from mentor_ui.services.courses import graduates


@dataclass(frozen=True, slots=True)
class OwnOffering:
    """One of the tutor's offerings.

    Attributes:
        course_id: Empty when it stands alone.
        booked: Paid bookings, past and coming.
        earned_kobo: The tutor's share of all that was sold, less that of what was given back.
        next_free_at: UTC; None when there is no free time.
        next_free_unknown: It cannot be found out, as a calendar cannot be read.
        schedule_id: Whose hours apply; empty for the usual ones.
        notice_minutes: None for the tutor's rule, like the buffers.
    """

    id: str
    title: str
    description: str
    duration_minutes: int
    price_kobo: int
    course_id: str
    published: bool
    booked: int
    earned_kobo: int
    next_free_at: datetime | None
    next_free_unknown: bool
    booking_mode: BookingMode
    schedule_id: str
    notice_minutes: int | None
    buffer_before_minutes: int | None
    buffer_after_minutes: int | None


@dataclass(frozen=True, slots=True)
class CourseGroup:
    """The offerings linked to one course."""

    course_id: str
    title: str
    slug: str
    graduates: int
    booked: int
    offerings: tuple[OwnOffering, ...]


@dataclass(frozen=True, slots=True)
class OwnOfferings:
    """All of a tutor's offerings, newest first, and their totals."""

    linked: tuple[CourseGroup, ...]
    standalone: tuple[OwnOffering, ...]
    live: int
    hidden: int
    booked: int
    earned_kobo: int


def list_own(session: Session, actor: Actor) -> OwnOfferings:
    """Return the person's own offerings, linked ones by course, with paid bookings and earnings of each.

    Args:
        session: For reading.
        actor: The tutor.
    """
    rows = session.exec(
        select(MentorshipSession, Course)
        .join(Course, col(Course.id) == col(MentorshipSession.course_id), isouter=True)
        .where(
            MentorshipSession.tutor_id == actor.person_id,
            col(MentorshipSession.is_offering),
            MentorshipSession.status == SessionStatus.SCHEDULED,
        )
        .order_by(col(MentorshipSession.created_at).desc(), col(MentorshipSession.id).desc())
    ).all()
    paid, earned = _paid(session, actor.person_id), _earned(session, actor.person_id)
    courses: dict[int, Course] = {}
    grouped: dict[int, list[OwnOffering]] = {}
    standalone: list[OwnOffering] = []
    for offering, linked in cast("Sequence[tuple[MentorshipSession, Course | None]]", rows):
        own = OwnOffering(
            id=str(offering.id),
            title=offering.title,
            description=offering.description,
            duration_minutes=offering.duration,
            price_kobo=offering.price_kobo,
            course_id=str(offering.course_id or ""),
            published=offering.published,
            booked=paid.get(offering.id, 0),
            earned_kobo=earned.get(offering.id, 0),
            next_free_at=offering.next_free_at,
            next_free_unknown=offering.next_free_unknown,
            booking_mode=BookingMode(offering.booking_mode),
            schedule_id=str(offering.schedule_id or ""),
            notice_minutes=offering.notice_minutes,
            buffer_before_minutes=offering.buffer_before_minutes,
            buffer_after_minutes=offering.buffer_after_minutes,
        )
        if linked is None:
            standalone.append(own)
        else:
            courses[linked.id] = linked
            grouped.setdefault(linked.id, []).append(own)
    finished = graduates(session, frozenset(courses))
    everything = [*standalone, *(own for group in grouped.values() for own in group)]
    return OwnOfferings(
        linked=tuple(
            CourseGroup(
                course_id=str(course_id),
                title=courses[course_id].title,
                slug=courses[course_id].slug,
                graduates=finished.get(course_id, 0),
                booked=sum(own.booked for own in group),
                offerings=tuple(group),
            )
            for course_id, group in grouped.items()
        ),
        standalone=tuple(standalone),
        live=sum(own.published for own in everything),
        hidden=sum(not own.published for own in everything),
        booked=sum(own.booked for own in everything),
        earned_kobo=sum(own.earned_kobo for own in everything),
    )


def _paid(session: Session, tutor_id: int) -> dict[int, int]:
    """Return how many paid bookings each offering has."""
    rows = session.exec(
        select(MentorshipSession.offering_id, func.count())
        .where(
            MentorshipSession.tutor_id == tutor_id,
            ~col(MentorshipSession.is_offering),
            MentorshipSession.payment_status == PaymentStatus.PAID,
            col(MentorshipSession.offering_id).is_not(None),
        )
        .group_by(col(MentorshipSession.offering_id))
    )
    return {offering_id: count for offering_id, count in rows if offering_id is not None}


def _earned(session: Session, tutor_id: int) -> dict[int, int]:
    """Return what the ledger says that bookings of each offering left to the tutor, in kobo."""
    rows = session.exec(
        select(MentorshipSession.offering_id, func.sum(LedgerEntry.amount_kobo))
        .join(LedgerTransaction, col(LedgerTransaction.session_id) == col(MentorshipSession.id))
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(
            MentorshipSession.tutor_id == tutor_id,
            ~col(MentorshipSession.is_offering),
            col(MentorshipSession.offering_id).is_not(None),
            col(LedgerTransaction.kind).in_(EARNING),
            col(LedgerAccount.kind).in_(TUTORS_MONEY),
            LedgerAccount.owner_id == tutor_id,
        )
        .group_by(col(MentorshipSession.offering_id))
    )
    return {offering_id: int(kobo) for offering_id, kobo in rows if offering_id is not None}
