"""Booked sessions and requests that lie outside a tutor's hours or limits. They stay; the tutor is told."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from mentor_ui.domain.availability_rules import DateException
from mentor_ui.domain.outside_hours import OutsideReason, PlacedSession, TutorPlan, outside_reasons
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.slots import WeeklyRange
from mentor_ui.models import MentorshipSession, Person
from mentor_ui.services import availability
from mentor_ui.services.diaries import TIME_SPENT, running

_WEEK = timedelta(days=8)
"""Sessions of the present week that are over count towards its limits."""


@dataclass(frozen=True, slots=True)
class OutsideSession:
    """One session or request that lies outside.

    Attributes:
        starts_at: UTC.
        ends_at: UTC.
        booked: False for a request that waits for the tutor's answer.
    """

    session_id: int
    title: str
    student_name: str
    starts_at: datetime
    ends_at: datetime
    booked: bool
    reason: OutsideReason


@dataclass(frozen=True, slots=True)
class _Booking:
    placed: PlacedSession
    title: str
    student_name: str


def outside_sessions(session: Session, actor: Actor, now: datetime) -> tuple[OutsideSession, ...]:
    """Return the tutor's coming sessions and requests that lie outside, soonest first."""
    return _outside(_plan(session, actor, now), _bookings(session, actor, now), now)


def after_hours_changed(session: Session, actor: Actor, now: datetime) -> tuple[OutsideSession, ...]:
    """Write changed hours, find the tutor's next free times anew, and return what lies outside."""
    session.flush()
    availability.refresh_next_free(session, actor.person_id, now)
    return outside_sessions(session, actor, now)


def outside_with(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    exception: DateException | None = None,
    instead_of: DateException | None = None,
    schedule_id: int | None = None,
    ranges: Collection[WeeklyRange] | None = None,
) -> tuple[OutsideSession, ...]:
    """Return what would lie outside if something were saved that is not yet.

    Args:
        session: For reading.
        actor: The tutor.
        now: The present moment.
        exception: Beside those that are there.
        instead_of: One of those, in whose place it stands.
        schedule_id: Of the set of hours that `ranges` would replace; None for the usual ones.
        ranges: The hours that would be saved; None to leave all as they are.
    """
    plan = _plan(session, actor, now)
    if exception is not None:
        with_it = {
            key: replace(hours, exceptions=(*_without(hours.exceptions, instead_of), exception))
            for key, hours in plan.hours.items()
        }
        plan = replace(plan, hours=with_it)
    if ranges is not None:
        changed = replace(plan.hours[None], weekly=tuple(ranges))
        plan = replace(plan, hours={**plan.hours, schedule_id: changed})
    return _outside(plan, _bookings(session, actor, now), now)


def _without(exceptions: tuple[DateException, ...], one: DateException | None) -> tuple[DateException, ...]:
    if one not in exceptions:
        return exceptions
    place = exceptions.index(one)
    return exceptions[:place] + exceptions[place + 1 :]


def _outside(plan: TutorPlan, bookings: list[_Booking], now: datetime) -> tuple[OutsideSession, ...]:
    reasons = outside_reasons(plan, [booking.placed for booking in bookings])
    return tuple(
        OutsideSession(
            session_id=booking.placed.session_id,
            title=booking.title,
            student_name=booking.student_name,
            starts_at=booking.placed.starts_at,
            ends_at=booking.placed.ends_at,
            booked=booking.placed.counts,
            reason=reasons[booking.placed.session_id],
        )
        for booking in bookings
        if booking.placed.session_id in reasons and booking.placed.starts_at > now
    )


def _plan(session: Session, actor: Actor, now: datetime) -> TutorPlan:
    rules = availability.tutor_rules(session, actor.person_id)
    return TutorPlan(
        hours=availability.hours_by_set(session, actor.person_id, now - _WEEK),
        limits=availability.limits_of(rules),
    )


def _bookings(session: Session, actor: Actor, now: datetime) -> list[_Booking]:
    offering = aliased(MentorshipSession)
    status = col(MentorshipSession.status)
    rows = session.exec(
        select(MentorshipSession, Person.name, offering.schedule_id)
        .join(Person, col(Person.id) == col(MentorshipSession.student_id))
        .join(offering, col(offering.id) == col(MentorshipSession.offering_id), isouter=True)
        .where(
            MentorshipSession.tutor_id == actor.person_id,
            ~col(MentorshipSession.is_offering),
            col(MentorshipSession.starts_at) > now - _WEEK,
            or_(
                and_(status.in_(TIME_SPENT), running(now)),
                and_(status == SessionStatus.PENDING_MENTOR_REVIEW, col(MentorshipSession.starts_at) > now),
            ),
        )
        .order_by(col(MentorshipSession.starts_at), col(MentorshipSession.id))
    )
    return [
        _Booking(
            placed=PlacedSession(
                session_id=booking.id,
                starts_at=booking.starts_at,
                ends_at=booking.ends_at,
                schedule_id=schedule_id,
                counts=booking.status != SessionStatus.PENDING_MENTOR_REVIEW,
            ),
            title=booking.title,
            student_name=name,
        )
        for booking, name, schedule_id in rows
        if booking.starts_at is not None and booking.ends_at is not None
    ]
