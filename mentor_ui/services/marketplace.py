"""The marketplace: finding live offerings, page by page."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    TextClause,
    column,
    false,
    func,
    literal,
    select,
    table,
    text,
    tuple_,
)
from sqlmodel import Session, col

from mentor_ui.db.live_offerings import free_column, fts_query, live, matching, on_sqlite, price_column
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import zone_named
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.words import words_of
from mentor_ui.models import Course, Enrolment, EnrolmentStatus, MentorshipSession, Person
from mentor_ui.models.columns import UtcMoment, WideInteger
from mentor_ui.services.market_cursor import Cursor, Kind
from mentor_ui.services.market_filters import (
    CHEAPEST,
    COMPLETED,
    DEAREST,
    NEWEST,
    SOONEST,
    TODAY,
    MarketFilters,
)

__all__ = ["MOST_COUNTED", "Card", "MarketFilters", "Page", "effective", "find_offerings", "sessions_held"]

MOST_COUNTED = 1000
"""Beyond this many, a total is only known to be more."""

MOST_NAMESAKES = 200
MOST_MATCHES = 1000
WEEK_DAYS = 7

Condition = ColumnElement[bool] | TextClause

_OFFERING = MentorshipSession
_TABLE = cast("FromClause", vars(MentorshipSession)["__table__"])
_ID = col(_OFFERING.id)
_SEARCH = table("fts_offering", column("rowid"))

_COLUMNS: list[Any] = [
    _ID,
    col(_OFFERING.title),
    col(_OFFERING.description),
    col(_OFFERING.duration),
    col(_OFFERING.price_kobo),
    col(_OFFERING.created_at),
    col(_OFFERING.next_free_at),
    col(_OFFERING.next_free_unknown),
    col(_OFFERING.tutor_id),
    cast("Any", col(Person.name)).label("tutor_name"),
    cast("Any", col(Person.headline)).label("tutor_headline"),
    cast("Any", col(Person.avatar)).label("tutor_avatar"),
    col(_OFFERING.course_id),
    cast("Any", col(Course.title)).label("course_title"),
    cast("Any", col(Course.slug)).label("course_slug"),
]


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
        total: Of all pages, at most `MOST_COUNTED`.
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
    filters = effective(filters, actor)
    words = words_of(filters.q)
    source: FromClause = _TABLE
    conditions = _conditions(session, actor, filters)
    by_text: Any = None
    if words and filters.sort == NEWEST and on_sqlite(session):
        # Driven by the search index, which gives the newest rows first and stops after a page.
        by_text = _SEARCH.c.rowid
        source = _SEARCH.join(_TABLE, by_text == _ID)
        conditions.append(text("fts_offering MATCH :words").bindparams(words=fts_query(words)))
    elif words:
        by_text = _ID if filters.sort == NEWEST else None
        conditions.append(matching(session, words))
    free = cast("ColumnElement[Any]", col(_OFFERING.next_free_at))
    total = _count(session, source, [*conditions, *_in_time(free, actor, filters, now)])
    if total > MOST_COUNTED and filters.sort != SOONEST:
        # So many are free then that the list's own order comes across a page of them soon; few are sorted.
        free = free_column(session)
    conditions += _in_time(free, actor, filters, now)
    rows = _rows(session, source, conditions, filters, now=now, by_text=by_text, limit=limit + 1)
    shown = rows[:limit]
    held = sessions_held(session, {row.tutor_id for row in shown})
    return Page(
        cards=tuple(_card(row, held, now) for row in shown),
        next_cursor=str(_cursor_at(shown[-1], filters, now, by_text=by_text is not None))
        if len(rows) > limit
        else "",
        total=min(total, MOST_COUNTED),
        more_than_total=total > MOST_COUNTED,
    )


def _conditions(session: Session, actor: Actor | None, filters: MarketFilters) -> list[Condition]:
    conditions: list[Condition] = [live(session)]
    by_price = filters.sort in {CHEAPEST, DEAREST}
    price = col(_OFFERING.price_kobo) if by_price else price_column(session)
    if filters.min_kobo is not None:
        conditions.append(price >= filters.min_kobo)
    if filters.max_kobo is not None:
        conditions.append(price <= filters.max_kobo)
    if filters.durations:
        conditions.append(col(_OFFERING.duration).in_(filters.durations))
    if filters.course_ids:
        conditions.append(col(_OFFERING.course_id).in_(filters.course_ids))
    if filters.mine and actor is not None:
        courses = _own_courses(session, actor, filters.mine)
        conditions.append(col(_OFFERING.course_id).in_(courses) if courses else false())
    if filters.mentor:
        people = _mentors(session, filters.mentor)
        conditions.append(col(_OFFERING.tutor_id).in_(people) if people else false())
    if actor is not None:
        conditions.append(col(_OFFERING.tutor_id) != actor.person_id)
    return conditions


def _in_time(
    free: ColumnElement[Any], actor: Actor | None, filters: MarketFilters, now: datetime
) -> list[Condition]:
    if not filters.when:
        return []
    zone = actor.timezone if actor is not None else filters.zone
    return [free > now, free < _end_of(filters.when, zone, now)]


def _end_of(when: str, zone_name: str, now: datetime) -> datetime:
    zone = zone_named(zone_name)
    days = 1 if when == TODAY else WEEK_DAYS
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time.min, tzinfo=zone)


def _own_courses(session: Session, actor: Actor, mine: str) -> list[int]:
    status = EnrolmentStatus.COMPLETED if mine == COMPLETED else EnrolmentStatus.ACTIVE
    return list(
        session.connection().scalars(
            select(col(Enrolment.course_id)).where(
                col(Enrolment.student_id) == actor.person_id, col(Enrolment.status) == status
            )
        )
    )


def _mentors(session: Session, wanted: str) -> list[int]:
    number = parse_id(wanted)
    if number is not None:
        return [number]
    words = words_of(wanted)
    if not words:
        return []
    # Names stand in the search words without their accents; the words alone could also be of a title.
    people = select(col(Person.id), col(Person.name)).limit(MOST_MATCHES)
    by_name = people.where(col(Person.name).icontains(wanted, autoescape=True))
    by_words = people.where(col(Person.id).in_(_tutors_by_words(session, words)))
    together = " ".join(words)
    found = {
        number: name
        for query in (by_name, by_words)
        for number, name in _all(session, query)
        if _called(words_of(name), words, together)
    }
    return list(found)[:MOST_NAMESAKES]


def _tutors_by_words(session: Session, words: tuple[str, ...]) -> list[int]:
    # Only so many of the newest: a common first name must not cost more than a rare one.
    matches: list[Condition] = [live(session)]
    if on_sqlite(session):
        newest = (
            select(_SEARCH.c.rowid)
            .where(text("fts_offering MATCH :words").bindparams(words=fts_query(words)))
            .order_by(_SEARCH.c.rowid.desc())
            .limit(MOST_MATCHES)
        )
        matches.append(_ID.in_(newest))
    else:
        matches.append(matching(session, words))
    query = select(col(_OFFERING.tutor_id)).where(*matches).limit(MOST_MATCHES)
    return list(set(session.connection().scalars(query)))


def _called(name: tuple[str, ...], words: tuple[str, ...], together: str) -> bool:
    if together in " ".join(name):
        return True
    return all(any(part.startswith(word) for part in name) for word in words)


def _rows(
    session: Session,
    source: FromClause,
    conditions: list[Condition],
    filters: MarketFilters,
    *,
    now: datetime,
    by_text: Any,
    limit: int,
) -> list[Any]:
    query: Any = (
        select(*_COLUMNS)
        # Outer joins stay behind the offerings, whatever the planner thinks of the others' size.
        .select_from(
            source.outerjoin(Person, col(Person.id) == col(_OFFERING.tutor_id)).outerjoin(
                Course, col(Course.id) == col(_OFFERING.course_id)
            )
        )
        .where(*conditions)
        .limit(limit)
    )
    if filters.sort == SOONEST:
        return _soonest_rows(session, query, filters.after, now, limit)
    return _all(session, _ordered(query, filters, by_text))


def _all(session: Session, query: Any) -> list[Any]:
    return list(cast("Any", session.connection().execute(query)))


def _after(first: Any, value: ColumnElement[Any], cursor: Cursor) -> tuple[Any, Any]:
    return tuple_(first, _ID), tuple_(value, literal(cursor.id, WideInteger))


def _ordered(query: Any, filters: MarketFilters, by_text: Any) -> Any:
    if by_text is not None:
        cursor = Cursor.parse(filters.after, "text")
        return (query.where(by_text < cursor.id) if cursor else query).order_by(by_text.desc())
    if filters.sort in {CHEAPEST, DEAREST}:
        price = col(_OFFERING.price_kobo)
        cursor = Cursor.parse(filters.after, "cheap" if filters.sort == CHEAPEST else "dear")
        if cursor is not None:
            here, there = _after(price, literal(cursor.value, WideInteger), cursor)
            query = query.where(here > there if filters.sort == CHEAPEST else here < there)
        order = (price, _ID) if filters.sort == CHEAPEST else (price.desc(), _ID.desc())
        return query.order_by(*order)
    made = col(_OFFERING.created_at)
    cursor = Cursor.parse(filters.after, "recent")
    if cursor is not None:
        here, there = _after(made, literal(cursor.moment, UtcMoment), cursor)
        query = query.where(here < there)
    return query.order_by(made.desc(), _ID.desc())


def _soonest_rows(session: Session, query: Any, after: str, now: datetime, limit: int) -> list[Any]:
    # Three ranges of one index: times ahead, times that passed and are about to be renewed, and none.
    free = col(_OFFERING.next_free_at)
    cursor = Cursor.parse(after, "soon", "passed", "later")
    parts: tuple[tuple[Kind, Any], ...] = (
        ("soon", query.where(free > now).order_by(free, _ID)),
        ("passed", query.where(free <= now).order_by(free, _ID)),
        ("later", query.where(free.is_(None)).order_by(free.desc(), _ID.desc())),
    )
    rows: list[Any] = []
    for kind, part in parts:
        if cursor is not None:
            if cursor.kind != kind:
                continue
            here, there = _after(free, literal(cursor.moment, UtcMoment), cursor)
            part = part.where(cursor.id > _ID if kind == "later" else here > there)  # noqa: PLW2901
            cursor = None
        if len(rows) < limit:
            rows += _all(session, part.limit(limit - len(rows)))
    return rows


def _cursor_at(row: Any, filters: MarketFilters, now: datetime, *, by_text: bool) -> Cursor:
    if by_text:
        return Cursor.at("text", None, row.id)
    match filters.sort:
        case "price":
            return Cursor.at("cheap", row.price_kobo, row.id)
        case "price_desc":
            return Cursor.at("dear", row.price_kobo, row.id)
        case "soonest":
            if row.next_free_at is None:
                return Cursor.at("later", None, row.id)
            return Cursor.at("soon" if row.next_free_at > now else "passed", row.next_free_at, row.id)
        case _:
            return Cursor.at("recent", row.created_at, row.id)


def sessions_held(session: Session, tutors: set[int]) -> dict[int, int]:
    """Return how many sessions each of these tutors has completed; one without any is left out."""
    if not tutors:
        return {}
    rows = session.connection().execute(
        select(col(_OFFERING.tutor_id), func.count())
        .where(
            # A literal, as in the index of bookings.
            text("is_offering = 0" if on_sqlite(session) else "NOT is_offering"),
            col(_OFFERING.tutor_id).in_(tutors),
            col(_OFFERING.status) == SessionStatus.COMPLETED,
        )
        .group_by(col(_OFFERING.tutor_id))
    )
    return {tutor_id: count for tutor_id, count in rows}  # noqa: C416  (rows are not pairs to a checker)


def _count(session: Session, source: FromClause, conditions: list[Condition]) -> int:
    some = select(_ID).select_from(source).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    return session.connection().execute(select(func.count()).select_from(some)).scalar_one()


def _card(row: Any, held: dict[int, int], now: datetime) -> Card:
    # A time that has passed was not renewed yet, so nobody knows; that is better than a wrong one.
    passed = row.next_free_at is not None and row.next_free_at <= now
    return Card(
        id=str(row.id),
        title=row.title,
        description=row.description,
        duration_minutes=row.duration,
        price_kobo=row.price_kobo,
        tutor_id=str(row.tutor_id),
        tutor_name=row.tutor_name,
        tutor_headline=row.tutor_headline,
        tutor_avatar=row.tutor_avatar,
        sessions_held=held.get(row.tutor_id, 0),
        course_id=str(row.course_id or ""),
        course_title=row.course_title or "",
        course_slug=row.course_slug or "",
        next_free_at=None if passed else row.next_free_at,
        times_unknown=passed or row.next_free_unknown,
    )
