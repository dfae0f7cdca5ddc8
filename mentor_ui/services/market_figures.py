"""The whole market in numbers, counted now and then and never for a request.

A small market is counted on the spot. From a large one the numbers are kept, and counted anew by a thread of
their own while requests still get the old ones.
"""

import logging
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from mentor_ui.db.raw_sql import RawSql
from mentor_ui.domain.words import words_of
from mentor_ui.models.mentorship import LIVE_POSTGRESQL, LIVE_SQLITE
from mentor_ui.services.market_marks import week_of

MOST_LISTED = 100
KEPT_SECONDS = 60.0
LARGE_MARKET = 3000
"""From so many live offerings on, counting all of them is not done for every visitor."""

MOST_SAMPLED = 10_000
"""So many of the newest tell how frequent words are."""

POPULAR = 200
"""Courses and tutors with fewer live offerings are not remembered one by one in a large market."""


class TutorNames:
    """Names to be searched for a part, as the folded words of each on a line of one text.

    Args:
        people: Identifier and name, those to be found first at the beginning.
    """

    def __init__(self, people: Iterable[tuple[int, str]]) -> None:
        self._ids: list[int] = []
        self._begins: list[int] = []
        lines: list[str] = []
        place = 0
        for number, name in people:
            line = f" {' '.join(words_of(name))}\n"
            self._ids.append(number)
            self._begins.append(place)
            lines.append(line)
            place += len(line)
        self._text = "".join(lines)

    def called(self, wanted: str, most: int) -> tuple[int, ...]:
        """Return whose name holds `wanted`, or has words that begin like all of its words."""
        words = words_of(wanted)
        if not words:
            return ()
        longest = max(words, key=len)
        found: dict[int, None] = {}
        for part in (" ".join(words), f" {longest}"):
            at = self._text.find(part)
            while at >= 0 and len(found) < most:
                line = bisect_right(self._begins, at) - 1
                end = self._text.index("\n", at)
                name = self._text[self._begins[line] : end]
                if part == f" {longest}" and not all(f" {word}" in name for word in words):
                    at = self._text.find(part, at + 1)
                    continue
                found[self._ids[line]] = None
                at = self._text.find(part, end)
        return tuple(found)


@dataclass(frozen=True)
class Figures:
    """The live offerings in numbers.

    Attributes:
        live: How many there are.
        price_counts: Each price in kobo, ascending, and how many have it.
        duration_counts: How many there are of each length in minutes.
        course_counts: Of each popular course.
        week_counts: How many were made in each week, by its number in `market_marks`; empty on SQLite.
        newest: How many are among the newest, a sample.
        newest_from: The identifier of the oldest of them.
        free_today: How many have their soonest free time within a day.
        free_this_week: How many have it within seven days.
        courses: Identifier, title and count of the `MOST_LISTED` with most.
        tutors: Identifier, name and count of the `MOST_LISTED` with most.
        names: Of all tutors with live offerings.
        with_words: Filled by searches: words that many offerings have, so that they are not counted again.
    """

    live: int
    price_counts: tuple[tuple[int, int], ...]
    duration_counts: dict[int, int]
    course_counts: dict[int, int]
    week_counts: dict[int, int]
    newest: int
    newest_from: int
    free_today: int
    free_this_week: int
    courses: tuple[tuple[int, str, int], ...]
    tutors: tuple[tuple[int, str, int], ...]
    names: TutorNames
    with_words: dict[str, int] = field(default_factory=dict[str, int])

    @cached_property
    def _prices(self) -> list[int]:
        return [price for price, _ in self.price_counts]

    @cached_property
    def _up_to(self) -> list[int]:
        return [0, *accumulate(count for _, count in self.price_counts)]

    def priced(self, lowest_kobo: int | None, highest_kobo: int | None) -> int:
        """Return how many cost neither less nor more."""
        first = 0 if lowest_kobo is None else bisect_left(self._prices, lowest_kobo)
        last = len(self._prices) if highest_kobo is None else bisect_right(self._prices, highest_kobo)
        return max(self._up_to[last] - self._up_to[first], 0) if last > first else 0

    def lasting(self, durations: tuple[int, ...]) -> int:
        """Return how many last one of these many minutes."""
        return sum(self.duration_counts.get(minutes, 0) for minutes in durations)

    def of_courses(self, course_ids: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        """Return how many belong to the popular ones of these courses, and the others, uncounted."""
        others = tuple(course_id for course_id in course_ids if course_id not in self.course_counts)
        return sum(self.course_counts.get(course_id, 0) for course_id in course_ids), others


@dataclass
class _Kept:
    made_at: float
    figures: Figures
    renewing: threading.Lock


_kept: dict[str, _Kept] = {}
_kept_lock = threading.Lock()
_counting: dict[str, threading.Lock] = {}


def figures(session: Session) -> Figures:
    """Return the market's numbers; those of a large market may be a little over `KEPT_SECONDS` old."""
    return kept(session) or _counted(session.connection())


def kept(session: Session) -> Figures | None:
    """Return the numbers of a large market without counting, if it can be helped; None for a small one."""
    connection = session.connection()
    key = connection.engine.url.render_as_string()
    with _kept_lock:
        found = _kept.get(key)
    if found is None:
        if not _is_large(connection):
            return None
        found = _first(key, connection)
    elif time.monotonic() - found.made_at > KEPT_SECONDS and found.renewing.acquire(blocking=False):
        threading.Thread(target=_renew, args=(key, connection.engine, found), daemon=True).start()
    return found.figures


def _first(key: str, connection: Connection) -> _Kept:
    """Count a large market for the first time, once for all requests that wait for it."""
    with _kept_lock:
        counting = _counting.setdefault(key, threading.Lock())
    with counting:
        with _kept_lock:
            found = _kept.get(key)
        return found or _keep(key, _counted(connection))


def _keep(key: str, counted: Figures) -> _Kept:
    made = _Kept(time.monotonic(), counted, threading.Lock())
    with _kept_lock:
        _kept[key] = made
    return made


def _renew(key: str, engine: Engine, old: _Kept) -> None:
    try:
        with engine.connect() as connection:
            counted = _counted(connection) if _is_large(connection) else None
        if counted is not None:
            _keep(key, counted)
        else:
            with _kept_lock:
                _kept.pop(key, None)
    except SQLAlchemyError:
        logging.getLogger(__name__).exception("the market could not be counted; the old numbers stay")
    finally:
        old.renewing.release()


def _is_large(connection: Connection) -> bool:
    sql = RawSql(connection)
    some = f"SELECT 1 FROM mentorship_sessions WHERE {_live(sql)} LIMIT {LARGE_MARKET}"  # noqa: S608
    return sql.number(f"SELECT count(*) FROM ({some}) AS found", []) >= LARGE_MARKET  # noqa: S608


def tutor_names(session: Session) -> "TutorNames":
    """Return the names of all tutors with live offerings."""
    found = kept(session)
    if found is not None:
        return found.names
    return TutorNames((number, name) for number, name, _ in _tutors(RawSql(session.connection())))


def _live(sql: RawSql) -> str:
    return LIVE_SQLITE if sql.on_sqlite else LIVE_POSTGRESQL


def _counted(connection: Connection) -> Figures:
    sql = RawSql(connection)

    def by(column: str, more: str = "") -> list[Any]:
        return sql.rows(
            f"SELECT {column}, count(*) FROM mentorship_sessions"  # noqa: S608
            f" WHERE {_live(sql)} AND {column} IS NOT NULL GROUP BY {column} {more}",
            [],
        )

    prices = sorted((int(price), int(count)) for price, count in by("price_kobo"))
    courses = {int(number): int(count) for number, count in by("course_id")}
    tutors = _tutors(sql)
    now = datetime.now(UTC)
    live = sum(count for _, count in prices)
    newest = min(max(live, 1), MOST_SAMPLED)
    oldest = sql.rows(
        f"SELECT id FROM mentorship_sessions WHERE {_live(sql)}"  # noqa: S608
        f" ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET {newest - 1}",
        [],
    )
    return Figures(
        live=live,
        newest=newest,
        newest_from=int(oldest[0][0]) if oldest else 0,
        price_counts=tuple(prices),
        duration_counts={int(minutes): int(count) for minutes, count in by("duration")},
        course_counts={number: count for number, count in courses.items() if count >= POPULAR},
        week_counts={} if sql.on_sqlite else _by_week(by),
        free_today=_free_until(sql, now, now + timedelta(days=1)),
        free_this_week=_free_until(sql, now, now + timedelta(days=7)),
        courses=_titled(sql, courses),
        tutors=tutors[:MOST_LISTED],
        names=TutorNames((number, name) for number, name, _ in tutors),
    )


def _by_week(by: Callable[[str], list[Any]]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for day, count in by("date_trunc('day', created_at, 'UTC')"):
        week = week_of(day)
        counts[week] = counts.get(week, 0) + int(count)
    return counts


def _tutors(sql: RawSql) -> tuple[tuple[int, str, int], ...]:
    rows = sql.rows(
        "SELECT id, name, offerings FROM (SELECT tutor_id, count(*) AS offerings"  # noqa: S608
        f" FROM mentorship_sessions WHERE {_live(sql)} GROUP BY tutor_id) AS counted"
        " JOIN person ON person.id = tutor_id ORDER BY offerings DESC, name, id",
        [],
    )
    return tuple((int(number), str(name), int(count)) for number, name, count in rows)


def _free_until(sql: RawSql, now: datetime, end: datetime) -> int:
    values: list[Any] = []
    after, before = sql.value(values, now), sql.value(values, end)
    return sql.number(
        f"SELECT count(*) FROM mentorship_sessions WHERE {_live(sql)}"  # noqa: S608
        f" AND next_free_at > {after} AND next_free_at < {before}",
        values,
    )


def _titled(sql: RawSql, counts: dict[int, int]) -> tuple[tuple[int, str, int], ...]:
    most = sorted(counts, key=lambda number: (-counts[number], number))[:MOST_LISTED]
    if not most:
        return ()
    rows = sql.rows(f"SELECT id, title FROM course WHERE id IN ({', '.join(map(str, most))})", [])  # noqa: S608
    named = [(int(number), str(title), counts[number]) for number, title in rows]
    return tuple(sorted(named, key=lambda row: (-row[2], row[1], row[0])))
