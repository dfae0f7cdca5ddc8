"""What the marketplace's filter panel offers to choose from."""

import threading
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from mentor_ui.db.live_offerings import live
from mentor_ui.domain.roles import Actor
from mentor_ui.models import Course, Enrolment, EnrolmentStatus, MentorshipSession, Person

MOST_LISTED = 100
KEPT_SECONDS = 30.0
LARGE_MARKET = 5000
"""From so many live offerings on, counting all of them is not done for every visitor."""


@dataclass(frozen=True, slots=True)
class CourseChoice:
    """A course with live offerings, and how many."""

    id: str
    title: str
    offerings: int


@dataclass(frozen=True, slots=True)
class MentorChoice:
    """A tutor with live offerings, and how many."""

    id: str
    name: str
    offerings: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Choices of the filter panel, those with most offerings first.

    Attributes:
        completed: Courses the viewer has finished, with offerings or without.
        taking: Courses the viewer is taking, with offerings or without.
        courses: At most `MOST_LISTED`.
        mentors: At most `MOST_LISTED`, without the viewer.
        lowest_kobo: Of all live offerings; 0 when there are none.
        highest_kobo: Of all live offerings; 0 when there are none.
    """

    completed: tuple[CourseChoice, ...]
    taking: tuple[CourseChoice, ...]
    courses: tuple[CourseChoice, ...]
    mentors: tuple[MentorChoice, ...]
    lowest_kobo: int
    highest_kobo: int


@dataclass(frozen=True, slots=True)
class _Market:
    courses: tuple[CourseChoice, ...]
    mentors: tuple[MentorChoice, ...]
    lowest_kobo: int
    highest_kobo: int


_kept: dict[str, tuple[float, _Market]] = {}
_kept_lock = threading.Lock()


def facets(session: Session, actor: Actor | None) -> Facets:
    """Return the choices of the filter panel. In a large market they may be `KEPT_SECONDS` old."""
    market = _market(session)
    own = str(actor.person_id) if actor is not None else ""
    return Facets(
        completed=_enrolled(session, actor, EnrolmentStatus.COMPLETED),
        taking=_enrolled(session, actor, EnrolmentStatus.ACTIVE),
        courses=market.courses,
        mentors=tuple(mentor for mentor in market.mentors if mentor.id != own),
        lowest_kobo=market.lowest_kobo,
        highest_kobo=market.highest_kobo,
    )


def _market(session: Session) -> _Market:
    connection = session.connection()
    some = select(col(MentorshipSession.id)).where(live(session)).limit(LARGE_MARKET).subquery()
    if connection.execute(select(func.count()).select_from(some)).scalar_one() < LARGE_MARKET:
        return _counted(session)
    key = connection.engine.url.render_as_string()
    with _kept_lock:
        made_at, market = _kept.get(key, (0.0, None))
    if market is None or time.monotonic() - made_at > KEPT_SECONDS:
        market = _counted(session)
        with _kept_lock:
            _kept[key] = (time.monotonic(), market)
    return market


def _counted(session: Session) -> _Market:
    connection = session.connection()
    price = func.coalesce(func.min(MentorshipSession.price_kobo), 0)
    highest = func.coalesce(func.max(MentorshipSession.price_kobo), 0)
    return _Market(
        courses=_by_course(session),
        mentors=_by_mentor(session),
        # Two statements: the ends of an index each, where one for both would read all of it.
        lowest_kobo=int(connection.execute(select(price).where(live(session))).scalar_one()),
        highest_kobo=int(connection.execute(select(highest).where(live(session))).scalar_one()),
    )


def _by_course(session: Session) -> tuple[CourseChoice, ...]:
    counted = (
        select(col(MentorshipSession.course_id), func.count().label("offerings"))
        .where(live(session), col(MentorshipSession.course_id).is_not(None))
        .group_by(col(MentorshipSession.course_id))
        .order_by(func.count().desc(), col(MentorshipSession.course_id))
        .limit(MOST_LISTED)
        .subquery()
    )
    rows: Any = session.connection().execute(
        select(col(Course.id), col(Course.title), counted.c.offerings)
        .join(counted, counted.c.course_id == col(Course.id))
        .order_by(counted.c.offerings.desc(), col(Course.title), col(Course.id))
    )
    return tuple(CourseChoice(str(number), title, count) for number, title, count in rows)


def _by_mentor(session: Session) -> tuple[MentorChoice, ...]:
    counted = (
        select(col(MentorshipSession.tutor_id), func.count().label("offerings"))
        .where(live(session))
        .group_by(col(MentorshipSession.tutor_id))
        .order_by(func.count().desc(), col(MentorshipSession.tutor_id))
        .limit(MOST_LISTED)
        .subquery()
    )
    rows: Any = session.connection().execute(
        select(col(Person.id), col(Person.name), counted.c.offerings)
        .join(counted, counted.c.tutor_id == col(Person.id))
        .order_by(counted.c.offerings.desc(), col(Person.name), col(Person.id))
    )
    return tuple(MentorChoice(str(number), name, count) for number, name, count in rows)


def _enrolled(session: Session, actor: Actor | None, status: EnrolmentStatus) -> tuple[CourseChoice, ...]:
    if actor is None:
        return ()
    offered = (
        select(func.count())
        .where(
            live(session),
            col(MentorshipSession.course_id) == col(Course.id),
            col(MentorshipSession.tutor_id) != actor.person_id,
        )
        .correlate(Course)
        .scalar_subquery()
    )
    # Enrolments have a status too, so they stay in a query of their own.
    mine = select(col(Enrolment.course_id)).where(
        col(Enrolment.student_id) == actor.person_id, col(Enrolment.status) == status
    )
    rows: Any = session.connection().execute(
        select(col(Course.id), col(Course.title), offered)
        .where(col(Course.id).in_(mine))
        .order_by(col(Course.title), col(Course.id))
    )
    return tuple(CourseChoice(str(number), title, count) for number, title, count in rows)
