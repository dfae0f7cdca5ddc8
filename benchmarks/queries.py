"""What the reads of the marketplace cost at a million offerings, beside a look-up by primary key.

Every read is measured twice in one call: the statements alone, as the driver sees them, and the service that
a page calls. Each round asks for something else, popular things more often, as people do.
"""

import gc
import random
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

from sqlmodel import Session

from benchmarks.market import Kept, kept_on_postgresql, kept_on_sqlite
from benchmarks.market_words import FIRST, TOPICS
from benchmarks.result import Result
from benchmarks.world import SEED
from mentor_ui.db.raw_sql import RawSql
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.services import analytics, market_facets, own_offerings, sessions
from mentor_ui.services.marketplace import MarketFilters, find_offerings
from mentor_ui.services.suggestions import newest_for_anybody

OFFERINGS = 1_000_000
ROUNDS = 300
WARM_UP = 30
BUDGET_MS = {"SQLite": 1.0, "PostgreSQL": 5.0}
SUGGESTIONS_TO_KEY = 3.0
DASHBOARD_MS = 50.0

Ask = Callable[[], object]


class Asker:
    """Makes up what visitors ask for.

    Args:
        session: For reading.
        kept: The market.
    """

    def __init__(self, session: Session, kept: Kept) -> None:
        self._chance = random.Random(SEED)
        self._session = session
        self._now = kept.now
        self.database = kept.database
        sql = RawSql(session.connection())
        rows = sql.rows(
            "SELECT id, course_id, tutor_id FROM mentorship_sessions WHERE is_offering"
            # From all over the table, or the look-ups would find all they need in the cache.
            " AND course_id IS NOT NULL AND published AND id % 41 = 0",
            [],
        )
        self.offerings = [int(row[0]) for row in rows]
        self.courses = [int(row[1]) for row in rows]
        self.tutors = [int(row[2]) for row in rows]
        self.students = [
            int(row[0])
            for row in sql.rows(
                "SELECT student_id FROM mentorship_sessions WHERE NOT is_offering AND id % 41 = 0", []
            )
        ]
        self.learner = int(
            sql.rows(
                "SELECT student_id FROM enrolment GROUP BY student_id"
                # Somebody who is taking courses and has completed some, or nothing would be looked for.
                " HAVING count(DISTINCT status) > 1 ORDER BY count(*) DESC, student_id LIMIT 1",
                [],
            )[0][0]
        )
        self._pages: dict[str, str] = {}

    def any_of(self, numbers: Sequence[int]) -> int:
        """Return one of them, those that stand there more often with a greater chance."""
        return self._chance.choice(numbers)

    def find(self, query: str, actor: Actor | None = None) -> Ask:
        """Return what asks the marketplace for a query, in which words in braces are made up."""

        def ask() -> object:
            filters = MarketFilters.from_query(self._made_up(query))
            return find_offerings(self._session, actor, filters, self._now)

        return ask

    def page_after_page(self, query: str) -> Ask:
        """Return what asks for one page after the other, so that most lie deep in the list."""

        def ask() -> object:
            filters = replace(MarketFilters.from_query(query), after=self._pages.get(query, ""))
            page = find_offerings(self._session, None, filters, self._now)
            self._pages[query] = page.next_cursor
            return page

        return ask

    def _made_up(self, query: str) -> str:
        chance = self._chance
        lowest = chance.randrange(1_000, 12_000, 500)
        return query.format(
            topic=chance.choice(TOPICS).replace(" ", "+"),
            beginning=chance.choice(TOPICS)[: chance.randint(1, 4)].strip(),
            name=chance.choice(FIRST),
            rare=self._syllables(),
            lowest=lowest,
            highest=lowest + chance.randrange(500, 15_000, 500),
            minutes=chance.choice((30, 45, 60, 90, 120)),
            course=self.any_of(self.courses),
            other=self.any_of(self.courses),
            tutor=self.any_of(self.tutors),
        )

    def _syllables(self) -> str:
        return "".join(self._chance.choices(("ba", "ko", "lu", "mi", "na", "po", "ri", "sa"), k=4))


SEARCHES = {
    "newest first": "",
    "cheapest first": "sort=price",
    "dearest first": "sort=price_desc",
    "soonest first": "sort=soonest",
    "by price": "minPrice={lowest}&maxPrice={highest}",
    "by price, cheapest first": "minPrice={lowest}&maxPrice={highest}&sort=price",
    "by price, soonest first": "minPrice={lowest}&maxPrice={highest}&sort=soonest",
    "by length": "duration={minutes}",
    "by length, cheapest first": "duration={minutes}&sort=price",
    "two lengths and price": "duration=60&duration=90&minPrice={lowest}&maxPrice={highest}",
    "by course": "courseId={course}",
    "two courses, length and price": "courseId={course}&courseId={other}&duration=60&maxPrice={highest}",
    "by course, cheapest first": "courseId={course}&sort=price",
    "free today": "when=today",
    "free this week, soonest first": "when=week&sort=soonest",
    "free today, length and price": "when=today&duration={minutes}&minPrice={lowest}&maxPrice={highest}",
    "by mentor": "mentor={tutor}",
    "by mentor's name": "mentor={name}",
    "by common words": "q={topic}",
    "by the beginning of a word": "q={beginning}",
    "by a rare word": "q={rare}",
    "words, length and price": "q={topic}&duration={minutes}&minPrice={lowest}&maxPrice={highest}",
    "words, cheapest first": "q={topic}&sort=price",
}


def measure(_folder: Path) -> Iterator[Result]:
    """Measure on both databases; the market is made at the first time and kept."""
    with kept_on_sqlite(OFFERINGS) as kept:
        yield from _measure_on("SQLite", kept)
    with kept_on_postgresql(OFFERINGS) as kept:
        yield from _measure_on("PostgreSQL", kept)


def _measure_on(name: str, kept: Kept) -> Iterator[Result]:
    yield Result(f"{name}: making the market of {OFFERINGS:,} (once)", kept.made_in_seconds, "s")
    with kept.database.reading() as session:
        started = time.perf_counter()
        market_facets.facets(session, None)
        counted = time.perf_counter() - started
        yield Result(f"{name}: counting the whole market, in a thread of its own", counted, "s")
        asker = Asker(session, kept)
        key, _ = _percentiles(lambda: _by_key(session, asker.any_of(asker.offerings)))
        yield Result(f"{name}: look-up by primary key, p99", key, "ms")
        asks: dict[str, Ask] = {what: asker.find(query) for what, query in SEARCHES.items()}
        asks |= {
            "page after page, newest": asker.page_after_page(""),
            "page after page, cheapest": asker.page_after_page("sort=price"),
            "page after page, words": asker.page_after_page("q=python"),
        }
        student = Actor(asker.learner, frozenset({Role.STUDENT}))
        asks |= {
            f"courses {verb}, {order}": asker.find(f"mine={mine}&sort={order}", student)
            for verb, mine in (("completed", "completed"), ("taken", "enrolled"))
            for order in ("newest", "price")
        }
        for what, ask in asks.items():
            statement, service = _percentiles(ask)
            yield Result(f"{name}: {what}, p99", statement, "ms", statement / key, budget=BUDGET_MS[name])
            yield Result(f"{name}: {what}, with the service, p99", service, "ms", service / key)
        yield from _others(name, session, asker, kept.now, key)


def _others(name: str, session: Session, asker: Asker, now: datetime, key: float) -> Iterator[Result]:
    key_half, suggested = (
        _typical(lambda: _by_key(session, asker.any_of(asker.offerings))),
        _typical(lambda: newest_for_anybody(asker.database, asker.any_of(asker.courses))),
    )
    yield Result(
        f"{name}: suggestions for a course, p50",
        suggested,
        "ms",
        suggested / key_half,
        budget=SUGGESTIONS_TO_KEY * key_half,
    )

    def tutors_page() -> None:
        actor = Actor(asker.any_of(asker.tutors), frozenset({Role.TUTOR}))
        own_offerings.list_own(session, actor)
        sessions.tutor_counts(session, actor, now)
        sessions.tutor_sessions(session, actor, sessions.TutorTab.UPCOMING, now)
        analytics.tutor_month(session, actor, now=now)

    def students_page() -> None:
        actor = Actor(asker.any_of(asker.students), frozenset({Role.STUDENT}))
        sessions.student_counts(session, actor, now)
        sessions.student_sessions(session, actor, sessions.StudentTab.UPCOMING, now)
        sessions.student_sessions(session, actor, sessions.StudentTab.HISTORY, now)
        sessions.next_session(session, actor, now)

    for what, page in (("tutor's", tutors_page), ("student's", students_page)):
        _, service = _percentiles(page)
        yield Result(f"{name}: a {what} dashboard, p99", service, "ms", service / key, budget=DASHBOARD_MS)


def _by_key(session: Session, number: int) -> list[Any]:
    sql = RawSql(session.connection())
    values: list[Any] = []
    mark = sql.value(values, number)
    return sql.rows(f"SELECT id, title, price_kobo FROM mentorship_sessions WHERE id = {mark}", values)  # noqa: S608


@contextmanager
def _statements() -> Generator[list[float]]:
    """Yield a list that gets the milliseconds of every statement of a search."""
    taken: list[float] = []
    run = RawSql.rows

    def timed(self: RawSql, statement: str, values: Sequence[Any]) -> list[Any]:
        started = time.perf_counter()
        rows = run(self, statement, values)
        taken.append((time.perf_counter() - started) * 1000)
        return rows

    with mock.patch.object(RawSql, "rows", timed):
        yield taken


def _rounds(ask: Ask, rounds: int = ROUNDS) -> Iterable[tuple[float, float]]:
    with _statements() as taken:
        for turn in range(WARM_UP + rounds):
            taken.clear()
            started = time.perf_counter()
            ask()
            service = (time.perf_counter() - started) * 1000
            if turn >= WARM_UP:
                yield max(taken, default=service), service


def _percentiles(ask: Ask) -> tuple[float, float]:
    """Return the 99th percentile of the slowest statement and of the whole call, in milliseconds."""
    gc.collect()
    pairs = list(_rounds(ask))
    place = len(pairs) * 99 // 100
    return sorted(one for one, _ in pairs)[place], sorted(one for _, one in pairs)[place]


def _typical(ask: Ask) -> float:
    """Return the median of the call, in milliseconds."""
    return sorted(service for _, service in _rounds(ask))[ROUNDS // 2]
