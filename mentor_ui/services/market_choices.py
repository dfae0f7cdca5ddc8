"""The filters in force, one by one: each in words, and the marketplace without it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.models import Course, Person
from mentor_ui.services.market_filters import COMPLETED, TODAY, MarketFilters
from mentor_ui.services.marketplace import effective, find_offerings

MINE_WORDS = {True: "Courses I completed", False: "Courses I'm taking"}
WHEN_WORDS = {True: "Free today", False: "Free this week"}
GONE_COURSE = "A course that is no longer here"
GONE_MENTOR = "A mentor who is no longer here"


@dataclass(frozen=True, slots=True)
class Chosen:
    """One filter in force.

    Attributes:
        label: What is filtered for.
        without: All filters but this one, from the first page on.
    """

    label: str
    without: MarketFilters


@dataclass(frozen=True, slots=True)
class Loosening:
    """The filter whose removal brings most.

    Attributes:
        total_words: How many offerings there are without it, as it is shown.
    """

    label: str
    without: MarketFilters
    total_words: str


def chosen(session: Session, actor: Actor | None, filters: MarketFilters) -> tuple[Chosen, ...]:
    """Return the filters in force, in the order of the address."""
    return tuple(_chosen(session, replace(effective(filters, actor), after="")))


def loosest(session: Session, actor: Actor | None, filters: MarketFilters, now: datetime) -> Loosening | None:
    """Return the one filter to take away when nothing matches all of them; None when no single one helps.

    Of several courses or durations any was enough, so that one of them hides nothing: they go as one.

    Args:
        session: For reading.
        actor: Who looks; None for a visitor.
        filters: What found nothing.
        now: The present moment.
    """
    best, most = None, 0
    for choice in _kinds(session, replace(effective(filters, actor), after="")):
        found = find_offerings(session, actor, choice.without, now, limit=1)
        if found.total > most:
            best, most = Loosening(choice.label, choice.without, found.total_words), found.total
    return best


def mentor_name(session: Session, mentor: str) -> str:
    """Return the name that a `mentor` filter means: of the person with that identifier, else the text."""
    person_id = parse_id(mentor)
    if person_id is None:
        return mentor
    return session.exec(select(Person.name).where(Person.id == person_id)).first() or GONE_MENTOR


def course_titles(session: Session, course_ids: tuple[int, ...]) -> dict[int, str]:
    """Return the titles of courses, also of those that are gone."""
    found: dict[int, str] = {}
    if course_ids:
        rows = session.exec(select(Course.id, Course.title).where(col(Course.id).in_(course_ids)))
        found = dict(rows.all())
    return {course_id: found.get(course_id, GONE_COURSE) for course_id in course_ids}


def price_words(lowest_kobo: int | None, highest_kobo: int | None) -> str:
    """Return a price range in words: `₦3,000 – ₦20,000`, or `From …`, or `Up to …`."""  # noqa: RUF002
    if lowest_kobo is None:
        return f"Up to {show_naira(highest_kobo or 0)}"
    if highest_kobo is None:
        return f"From {show_naira(lowest_kobo)}"
    return f"{show_naira(lowest_kobo)} – {show_naira(highest_kobo)}"  # noqa: RUF001  (an en dash, as on the page)


def _kinds(session: Session, filters: MarketFilters) -> Iterator[Chosen]:
    """Yield the filters in force, courses and durations each as one."""
    several: list[Chosen] = []
    if len(filters.durations) > 1:
        words = " or ".join(map(str, filters.durations))
        several.append(Chosen(f"{words} min", replace(filters, durations=())))
    if len(filters.course_ids) > 1:
        several.append(Chosen(f"these {len(filters.course_ids)} courses", replace(filters, course_ids=())))
    ones = _chosen(session, filters, several_of_a_kind=False)
    yield from (*ones, *several)


def _chosen(session: Session, filters: MarketFilters, *, several_of_a_kind: bool = True) -> Iterator[Chosen]:
    if filters.q:
        yield Chosen(f"“{filters.q}”", replace(filters, q=""))
    if filters.mentor:
        yield Chosen(mentor_name(session, filters.mentor), replace(filters, mentor=""))
    if filters.min_kobo is not None or filters.max_kobo is not None:
        yield Chosen(
            price_words(filters.min_kobo, filters.max_kobo), replace(filters, min_kobo=None, max_kobo=None)
        )
    for minutes in filters.durations if several_of_a_kind or len(filters.durations) == 1 else ():
        others = tuple(other for other in filters.durations if other != minutes)
        yield Chosen(f"{minutes} min", replace(filters, durations=others))
    courses = filters.course_ids if several_of_a_kind or len(filters.course_ids) == 1 else ()
    for course_id, title in course_titles(session, courses).items():
        rest = tuple(other for other in filters.course_ids if other != course_id)
        yield Chosen(title, replace(filters, course_ids=rest))
    if filters.mine:
        yield Chosen(MINE_WORDS[filters.mine == COMPLETED], replace(filters, mine=""))
    if filters.when:
        yield Chosen(WHEN_WORDS[filters.when == TODAY], replace(filters, when=""))
