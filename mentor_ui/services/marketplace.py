"""The marketplace: finding live offerings, page by page."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import Session, col

from mentor_ui.db.live_offerings import MOST_WORDS
from mentor_ui.db.raw_sql import RawSql, moment_of
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import zone_named
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.words import words_of
from mentor_ui.models import Enrolment, EnrolmentStatus
from mentor_ui.models.mentorship import HELD_POSTGRESQL, HELD_SQLITE, LIVE_POSTGRESQL, LIVE_SQLITE
from mentor_ui.services.market_figures import kept, tutor_names
from mentor_ui.services.market_filters import COMPLETED, TODAY, MarketFilters
from mentor_ui.services.market_search import find
from mentor_ui.services.market_wanted import Wanted

__all__ = ["Card", "MarketFilters", "Page", "effective", "find_offerings", "sessions_held"]

MOST_NAMESAKES = 200
WEEK_DAYS = 7

_CARDS = """SELECT s.id, s.title, s.description, duration, price_kobo, next_free_at, next_free_unknown,
 s.tutor_id, p.name, p.headline, p.avatar, course_id, c.title, c.slug,
 (SELECT count(*) FROM mentorship_sessions AS held WHERE held.tutor_id = s.tutor_id AND {held})
 FROM mentorship_sessions AS s LEFT JOIN person AS p ON p.id = s.tutor_id
 LEFT JOIN course AS c ON c.id = course_id WHERE s.id IN ({ids})"""


@dataclass(frozen=True, slots=True)
class Card:
    """A live offering in a list.

    Attributes:
        sessions_held: Completed sessions of the tutor, of any offering.
        course_id: Empty, like the other course fields, when the offering stands alone.
        next_free_at: UTC, ahead; None when there is no free time, or none is known.
        times_unknown: Whether nobody can tell now when the tutor is free.
    """

    id: str
    title: str
    description: str
    duration_minutes: int
    price_kobo: int
    tutor_id: str
    tutor_name: str
    tutor_headline: str
    tutor_avatar: str
    sessions_held: int
    course_id: str
    course_title: str
    course_slug: str
    next_free_at: datetime | None
    times_unknown: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the marketplace.

    Attributes:
        next_cursor: For `after`; empty on the last page.
        total: Of all pages, at most a thousand.
        more_than_total: Whether there are more than `total` says.
    """

    cards: tuple[Card, ...]
    next_cursor: str
    total: int
    more_than_total: bool

    @property
    def total_words(self) -> str:
        """The total as it is shown: `128`, or `1,000+`."""
        return f"{self.total:,}{'+' if self.more_than_total else ''}"


def effective(filters: MarketFilters, actor: Actor | None) -> MarketFilters:
    """Return the filters that apply: `mine` means nothing for a visitor."""
    return replace(filters, mine="") if actor is None and filters.mine else filters


def find_offerings(
    session: Session, actor: Actor | None, filters: MarketFilters, now: datetime, limit: int = 24
) -> Page:
    """Return one page of live offerings, never the viewer's own.

    Newest first unless sorted otherwise. With free text, the newest are those made last. Those without a free
    time end the list of the soonest, after those whose time passed just now. A cursor that does not fit means
    the first page.

    Args:
        session: For reading.
        actor: Who looks; None for a visitor.
        filters: What is looked for.
        now: The present moment.
        limit: Cards on a page.
    """
    connection = session.connection()
    wanted = _wanted(session, actor, effective(filters, actor), now)
    found = find(connection, wanted, kept(session), limit)
    return Page(
        cards=_cards(connection, found.ids, now),
        next_cursor=found.next_cursor,
        total=found.total,
        more_than_total=found.more_than_total,
    )


def _wanted(session: Session, actor: Actor | None, filters: MarketFilters, now: datetime) -> Wanted:
    courses = filters.course_ids or None
    if filters.mine and actor is not None:
        own = _own_courses(session, actor, filters.mine)
        courses = tuple(number for number in own if courses is None or number in courses)
    zone = actor.timezone if actor is not None else filters.zone
    return Wanted(
        words=words_of(filters.q)[:MOST_WORDS],
        tutor_ids=_mentors(session, filters.mentor) if filters.mentor else None,
        course_ids=courses,
        lowest_kobo=filters.min_kobo,
        highest_kobo=filters.max_kobo,
        durations=filters.durations,
        free_until=_end_of(filters.when, zone, now) if filters.when else None,
        not_tutor=actor.person_id if actor is not None and _offers(session, actor) else 0,
        sort=filters.sort,
        after=filters.after,
        now=now,
    )


def _offers(session: Session, actor: Actor) -> bool:
    # Most viewers offer nothing, and without this filter a search of words need not look rows up.
    sql = RawSql(session.connection())
    live = LIVE_SQLITE if sql.on_sqlite else LIVE_POSTGRESQL
    own = f"SELECT 1 FROM mentorship_sessions WHERE {live} AND tutor_id = {actor.person_id} LIMIT 1"  # noqa: S608
    return bool(sql.rows(own, []))


def _end_of(when: str, zone_name: str, now: datetime) -> datetime:
    zone = zone_named(zone_name)
    days = 1 if when == TODAY else WEEK_DAYS
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time.min, tzinfo=zone)


def _own_courses(session: Session, actor: Actor, mine: str) -> tuple[int, ...]:
    status = EnrolmentStatus.COMPLETED if mine == COMPLETED else EnrolmentStatus.ACTIVE
    return tuple(
        session.connection().scalars(
            select(col(Enrolment.course_id)).where(
                col(Enrolment.student_id) == actor.person_id, col(Enrolment.status) == status
            )
        )
    )


def _mentors(session: Session, wanted: str) -> tuple[int, ...]:
    number = parse_id(wanted)
    return (number,) if number is not None else tutor_names(session).called(wanted, MOST_NAMESAKES)


def sessions_held(session: Session, tutor_id: int) -> int:
    """Return how many sessions this tutor has completed."""
    sql = RawSql(session.connection())
    held = HELD_SQLITE if sql.on_sqlite else HELD_POSTGRESQL
    return sql.number(
        f"SELECT count(*) FROM mentorship_sessions WHERE {held} AND tutor_id = {tutor_id}",  # noqa: S608
        [],
    )


def _cards(connection: Connection, ids: tuple[int, ...], now: datetime) -> tuple[Card, ...]:
    if not ids:
        return ()
    sql = RawSql(connection)
    held = HELD_SQLITE if sql.on_sqlite else HELD_POSTGRESQL
    marks: list[Any] = []
    statement = _CARDS.format(held=held, ids=", ".join(sql.value(marks, number) for number in ids))
    cards = {row[0]: _card(row, now) for row in sql.rows(statement, marks)}
    # A row that was deleted a moment ago is missing.
    return tuple(cards[number] for number in ids if number in cards)


def _card(row: Any, now: datetime) -> Card:
    free = moment_of(row[5])
    # A time that has passed was not renewed yet, so nobody knows; that is better than a wrong one.
    passed = free is not None and free <= now
    return Card(
        id=str(row[0]),
        title=row[1],
        description=row[2],
        duration_minutes=row[3],
        price_kobo=row[4],
        next_free_at=None if passed else free,
        times_unknown=passed or bool(row[6]),
        tutor_id=str(row[7]),
        tutor_name=row[8],
        tutor_headline=row[9],
        tutor_avatar=row[10],
        course_id=str(row[11] or ""),
        course_title=row[12] or "",
        course_slug=row[13] or "",
        sessions_held=row[14],
    )
