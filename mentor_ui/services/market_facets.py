"""What the marketplace's filter panel offers to choose from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from mentor_ui.domain.roles import Actor
from mentor_ui.models import Course, Enrolment, EnrolmentStatus
from mentor_ui.services.market_figures import figures

BARS = 16
NEARLY_ALL = 0.97


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
class PriceBar:
    """A range of prices, and how many live offerings lie in it.

    Attributes:
        lowest_kobo: Included.
        below_kobo: Not included; of the last bar, which holds all dearer ones too, None.
    """

    lowest_kobo: int
    below_kobo: int | None
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
        prices: How the prices are spread, at most `BARS`, ascending; none when all are the same.
    """

    completed: tuple[OwnCourse, ...]
    taking: tuple[OwnCourse, ...]
    courses: tuple[CourseChoice, ...]
    mentors: tuple[MentorChoice, ...]
    lowest_kobo: int
    highest_kobo: int
    prices: tuple[PriceBar, ...]


def facets(session: Session, actor: Actor | None) -> Facets:
    """Return the choices of the filter panel, in a large market those of about a minute ago."""
    market = figures(session)
    own = actor.person_id if actor is not None else 0
    prices = market.price_counts
    return Facets(
        completed=_enrolled(session, actor, EnrolmentStatus.COMPLETED),
        taking=_enrolled(session, actor, EnrolmentStatus.ACTIVE),
        courses=tuple(
            CourseChoice(str(number), title, offerings) for number, title, offerings in market.courses
        ),
        mentors=tuple(
            MentorChoice(str(number), name, offerings)
            for number, name, offerings in market.tutors
            if number != own
        ),
        lowest_kobo=prices[0][0] if prices else 0,
        highest_kobo=prices[-1][0] if prices else 0,
        prices=price_bars(prices),
    )


def price_bars(price_counts: Sequence[tuple[int, int]]) -> tuple[PriceBar, ...]:
    """Return how prices are spread: bars of one round width, up to what nearly all cost.

    Args:
        price_counts: Each price in kobo, ascending, and how many have it.
    """
    total = sum(offerings for _, offerings in price_counts)
    if len(price_counts) < 2:
        return ()
    seen, nearly_all = 0, price_counts[-1][0]
    for price, offerings in price_counts:
        seen += offerings
        if seen >= NEARLY_ALL * total:
            nearly_all = price
            break
    lowest = price_counts[0][0]
    width = next(one for one in _widths() if (nearly_all - lowest // one * one) / one < BARS)
    first = lowest // width
    last = max(nearly_all // width, first)
    counts = [0] * (last - first + 1)
    for price, offerings in price_counts:
        counts[min(price // width, last) - first] += offerings
    return tuple(
        PriceBar(
            (first + place) * width,
            (first + place + 1) * width if first + place < last else None,
            offerings,
        )
        for place, offerings in enumerate(counts)
    )


def _widths() -> Iterator[int]:
    for power in count(4):
        yield from (digit * 10**power for digit in (1, 2, 5))


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
