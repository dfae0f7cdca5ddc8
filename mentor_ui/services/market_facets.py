"""What the marketplace's filter panel offers to choose from."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from mentor_ui.domain.roles import Actor
from mentor_ui.models import Course, Enrolment, EnrolmentStatus
from mentor_ui.services.market_figures import figures


@dataclass(frozen=True, slots=True)
class CourseChoice:
    """A course with live offerings, and how many."""

    id: str
    title: str
    offerings: int


@dataclass(frozen=True, slots=True)
class OwnCourse:
    """A course of the viewer's."""

    id: str
    title: str


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
        courses: At most a hundred.
        mentors: At most a hundred, without the viewer.
        lowest_kobo: Of all live offerings; 0 when there are none.
        highest_kobo: Of all live offerings; 0 when there are none.
    """

    completed: tuple[OwnCourse, ...]
    taking: tuple[OwnCourse, ...]
    courses: tuple[CourseChoice, ...]
    mentors: tuple[MentorChoice, ...]
    lowest_kobo: int
    highest_kobo: int


def facets(session: Session, actor: Actor | None) -> Facets:
    """Return the choices of the filter panel, in a large market those of about a minute ago."""
    market = figures(session)
    own = actor.person_id if actor is not None else 0
    prices = market.price_counts
    return Facets(
        completed=_enrolled(session, actor, EnrolmentStatus.COMPLETED),
        taking=_enrolled(session, actor, EnrolmentStatus.ACTIVE),
        courses=tuple(CourseChoice(str(number), title, count) for number, title, count in market.courses),
        mentors=tuple(
            MentorChoice(str(number), name, count) for number, name, count in market.tutors if number != own
        ),
        lowest_kobo=prices[0][0] if prices else 0,
        highest_kobo=prices[-1][0] if prices else 0,
    )


def _enrolled(session: Session, actor: Actor | None, status: EnrolmentStatus) -> tuple[OwnCourse, ...]:
    if actor is None:
        return ()
    # Enrolments have a status too, so they stay in a query of their own.
    mine = select(col(Enrolment.course_id)).where(
        col(Enrolment.student_id) == actor.person_id, col(Enrolment.status) == status
    )
    rows: Any = session.connection().execute(
        select(col(Course.id), col(Course.title))
        .where(col(Course.id).in_(mine))
        .order_by(col(Course.title), col(Course.id))
    )
    return tuple(OwnCourse(str(number), title) for number, title in rows)
