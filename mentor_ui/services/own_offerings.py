"""A tutor's own offerings, with what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as select_columns
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
    paid, earned = _paid(session, actor.person_id), _earned(session, actor.person_id)
    titles: dict[int, tuple[str, str]] = {}
    grouped: dict[int, list[OwnOffering]] = {}
    standalone: list[OwnOffering] = []
    for row in _rows(session, actor.person_id):
        own = OwnOffering(
            id=str(row.id),
            title=row.title,
            description=row.description,
            duration_minutes=row.duration,
            price_kobo=row.price_kobo,
            course_id=str(row.course_id or ""),
            published=row.published,
            booked=paid.get(row.id, 0),
            earned_kobo=earned.get(row.id, 0),
            next_free_at=row.next_free_at,
            next_free_unknown=row.next_free_unknown,
            booking_mode=BookingMode(row.booking_mode),
            schedule_id=str(row.schedule_id or ""),
            notice_minutes=row.notice_minutes,
            buffer_before_minutes=row.buffer_before_minutes,
            buffer_after_minutes=row.buffer_after_minutes,
        )
        if row.course_id is None:
            standalone.append(own)
        else:
            titles[row.course_id] = (row.course_title, row.course_slug)
            grouped.setdefault(row.course_id, []).append(own)
    finished = graduates(session, frozenset(titles))
    everything = [*standalone, *(own for group in grouped.values() for own in group)]
    return OwnOfferings(
        linked=tuple(
            CourseGroup(
                course_id=str(course_id),
                title=titles[course_id][0],
                slug=titles[course_id][1],
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


def _rows(session: Session, tutor_id: int) -> Sequence[Any]:
    """Return the columns that are shown: to make whole rows of thousands of offerings takes much longer."""
    offering = MentorshipSession
    wanted = (
        *(offering.id, offering.title, offering.description, offering.duration, offering.price_kobo),
        *(offering.course_id, offering.published, offering.next_free_at, offering.next_free_unknown),
        *(offering.booking_mode, offering.schedule_id, offering.notice_minutes),
        *(offering.buffer_before_minutes, offering.buffer_after_minutes),
    )
    session.flush()
    return (
        session.connection()
        .execute(
            select_columns(
                *map(col, wanted),
                col(Course.title).label("course_title"),
                col(Course.slug).label("course_slug"),
            )
            .join(Course, col(Course.id) == col(offering.course_id), isouter=True)
            .where(
                col(offering.tutor_id) == tutor_id,
                col(offering.is_offering),
                col(offering.status) == SessionStatus.SCHEDULED,
            )
            .order_by(col(offering.created_at).desc(), col(offering.id).desc())
        )
        .all()
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
