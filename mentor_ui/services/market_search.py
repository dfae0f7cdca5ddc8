"""Finding the live offerings of a page by as few steps through an index as the filters allow.

Two ways lead to a page. Either the list's own order is walked until the page is full, which is fast when many
offerings pass; or all that one filter lets through are gathered from its index and sorted, which is fast when
they are few. The market's figures tell which is shorter. Every index of live offerings holds what the
filters ask for, so that neither way touches the table.
"""

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Any

from sqlalchemy import Connection

from mentor_ui.db.raw_sql import Condition, RawSql, Value, moment_of
from mentor_ui.models.mentorship import LIVE_POSTGRESQL, LIVE_SQLITE
from mentor_ui.services.market_conditions import condition, conditions_of, one_of
from mentor_ui.services.market_cursor import Cursor, Kind
from mentor_ui.services.market_figures import Figures
from mentor_ui.services.market_filters import NEWEST, SOONEST
from mentor_ui.services.market_marks import (
    end_of,
    limits_of,
    marks,
    places,
    price_steps,
    stretches,
    week_marks,
)
from mentor_ui.services.market_wanted import Found, Wanted
from mentor_ui.services.market_ways import (
    COLUMNS,
    FEW,
    INDEXES,
    LOOK_UP,
    NARROWED_BY,
    OFFERINGS_OF_TUTOR,
    ORDERS,
    READ_INDEX,
    READ_WORDS,
    SOME,
    UNKNOWN_MARKET,
    WALKS,
    Filter,
    Way,
    is_answered,
)
from mentor_ui.services.market_words import MOST_COUNTED, Words

MOST_STEPS = 5000
"""Through so many entries of an index a total is counted at most."""

MOST_NEAR = 2500
"""Among so many entries of a list words that are frequent are sought first."""

MOST_LOOKED_UP = MOST_STEPS // LOOK_UP
"""So many rows that have words are looked up for a total at most."""

MOST_OF_COURSES = 2000
"""So many offerings of courses that are not popular are counted before a way is chosen."""

_ALL = Condition("TRUE")


def find(connection: Connection, wanted: Wanted, figures: Figures | None, limit: int) -> Found:
    """Return one page of live offerings.

    Args:
        connection: For reading.
        wanted: What to find.
        figures: The market's numbers; None in a small market, where every way is short.
        limit: At most so many.
    """
    if wanted.tutor_ids == () or wanted.course_ids == ():
        return Found((), "", 0, more_than_total=False)
    return _Search(connection, wanted, figures).page(limit)


class _Search:
    def __init__(self, connection: Connection, wanted: Wanted, figures: Figures | None) -> None:
        self._sql = RawSql(connection)
        self._wanted = wanted
        self._figures = figures
        self._words = Words(self._sql, wanted.words, figures)
        self._market = figures.live if figures else UNKNOWN_MARKET
        self._live = LIVE_SQLITE if self._sql.on_sqlite else LIVE_POSTGRESQL
        self._by_text = bool(wanted.words) and wanted.sort == NEWEST and self._sql.on_sqlite
        self._order: Way = "words" if self._by_text else WALKS[wanted.sort]
        self._conditions = conditions_of(self._sql, wanted, self._words)

    def page(self, limit: int) -> Found:
        if "courses" in self._conditions and self._figures and not self._in_courses:
            return Found((), "", 0, more_than_total=False)
        rows = self._rows(limit + 1)
        shown = rows[:limit]
        has_more = len(rows) > limit
        if has_more or self._wanted.after:
            total, more = self._total()
            total, more = max(total, len(shown)), more or total < len(shown)
        else:
            total, more = len(rows), False
        return Found(
            ids=tuple(row[0] for row in shown),
            next_cursor=str(self._cursor_at(shown[-1])) if has_more else "",
            total=min(total, MOST_COUNTED),
            more_than_total=more or total > MOST_COUNTED,
        )

    # Which way is the shortest.

    @cached_property
    def _shares(self) -> dict[Filter, float]:
        """About which share of the market passes each filter."""
        return {name: self._share(name) for name in self._conditions}

    def _share(self, name: Filter) -> float:
        figures, wanted = self._figures, self._wanted
        if name == "others":
            return 1.0
        if name == "tutors":
            count = OFFERINGS_OF_TUTOR * len(wanted.tutor_ids or ())
        elif name == "words":
            count = self._words.about
        elif figures is None:
            return FEW if name == "courses" else SOME
        elif name == "price":
            count = figures.priced(wanted.lowest_kobo, wanted.highest_kobo)
        elif name == "duration":
            count = figures.lasting(wanted.durations)
        elif name == "courses":
            count = self._in_courses
        else:
            ahead = (wanted.free_until or wanted.now) - wanted.now
            count = figures.free_today if ahead.days < 2 else figures.free_this_week
        return min(max(count, 1) / max(self._market, 1), 1.0)

    @cached_property
    def _in_courses(self) -> int:
        """How many belong to the courses; of invented ones the whole market would be walked in vain."""
        wanted = self._wanted.course_ids or ()
        known, others = self._figures.of_courses(wanted) if self._figures else (0, wanted)
        if not others:
            return known
        index = f" INDEXED BY {INDEXES['courses']}" if self._sql.on_sqlite else ""
        some = f"{self._live} AND {one_of('course_id', others)} LIMIT {MOST_OF_COURSES}"
        counted, _ = self._counted((f"SELECT 1 FROM mentorship_sessions{index} WHERE {some}", []))  # noqa: S608
        return known + counted

    def _others(self, way: Way) -> list[Filter]:
        """Return the filters that are asked of every entry along a way."""
        return [name for name in self._conditions if NARROWED_BY.get(name) != way]

    def _step(self, way: Way, *, counting: bool = False) -> int:
        """Return what one step along a way costs, for a page or only for counting."""
        others = self._others(way)
        if way == "words":
            return LOOK_UP if others or not (counting or self._by_text) else 1
        if "words" in others:
            return READ_WORDS
        needs_free = "free" in others or (self._wanted.sort == SOONEST and not counting)
        return LOOK_UP if needs_free and way != "soonest" else 1

    def _steps(self, way: Way, rows: int | None = None, *, marked: bool = True) -> float:
        """Return about how many steps along a way find so many rows, or are all of it."""
        answered = {
            name: share
            for name, share in self._shares.items()
            if (is_answered(way, name) if marked else NARROWED_BY.get(name) == way)
        }
        steps = self._market * prod(answered.values())
        if rows is not None:
            steps = min(
                steps, rows / prod(self._shares[name] for name in self._conditions if name not in answered)
            )
        return steps

    def _ways(self) -> list[Way]:
        """Return the ways that gather all that one filter lets through."""
        if not self._sql.on_sqlite and "words" in self._conditions:
            return []  # its own planner knows how frequent the words are
        return [NARROWED_BY[name] for name in self._conditions if name in NARROWED_BY]

    def _shortest(self, rows: int) -> Way:
        if not set(self._ways()) - {self._order}:
            return self._order
        best, least = self._order, self._steps(self._order, rows) * self._step(self._order)
        for way in self._ways():
            cost = self._steps(way) * self._step(way)
            if way != self._order and cost < least:
                best, least = way, cost
        return best

    # The page.

    def _rows(self, limit: int) -> list[Any]:
        way = self._shortest(limit)
        if self._wanted.sort == SOONEST:
            return self._soonest_rows(way, limit)
        if self._by_text:
            cursor = Cursor.parse(self._wanted.after, "text")
            key = "fts_offering.rowid" if way == "words" else "id"
            more = [condition(self._sql, (f"{key} <", cursor.id))] if cursor else []
            return self._run(way, key, more, f"ORDER BY {key} DESC LIMIT {limit}")
        column, kind, sign = ORDERS[self._wanted.sort]
        cursor = Cursor.parse(self._wanted.after, kind)
        more = [self._beyond(column, sign, cursor)] if cursor else []
        direction = "" if sign == ">" else " DESC"
        what, order = f"id, {column}", f"ORDER BY {column}{direction}, id{direction}"
        if not self._wanted.words or self._figures is None:
            return self._run(way, what, more, f"{order} LIMIT {limit}")
        if self._sql.on_sqlite:
            # Where another filter lets fewer through, or a walk meets the words soon, that is shorter.
            walk = self._steps(self._order, limit) * self._step(self._order)
            if way not in {self._order, "words"} or walk < self._words.entries * READ_INDEX:
                return self._run(way, what, more, f"{order} LIMIT {limit}")
        elif self._words.are_frequent:
            near = self._sql.rows(self._nearest(what, more, order, limit), [])
            if len(near) == limit:
                return near
        return self._rows_by_stretches(self._figures, what, more, order, limit)

    def _nearest(self, what: str, more: list[Condition], order: str, limit: int) -> str:
        """Return what finds rows that have the words among the first entries of the list."""
        others = [one for name, one in self._conditions.items() if name != "words"]
        where = " AND ".join(one.text for one in (Condition(self._live), *others, *more))
        entry = f"SELECT {what}, fts_words FROM mentorship_sessions WHERE {where} {order} LIMIT {MOST_NEAR}"  # noqa: S608
        words = self._conditions["words"].text
        return f"SELECT {what} FROM ({entry}) AS entry WHERE {words} {order} LIMIT {limit}"  # noqa: S608

    def _rows_by_stretches(
        self, figures: Figures, what: str, more: list[Condition], order: str, limit: int
    ) -> list[Any]:
        """Return the rows of a page that have the words, in an order that is not that of their index."""
        wanted = self._wanted
        by_week = wanted.sort == NEWEST
        passing = prod(share for name, share in self._shares.items() if by_week or name != "price")
        priced = price_steps(wanted.lowest_kobo, wanted.highest_kobo)

        def expected(place: int) -> float:
            there = figures.week_counts.get(place, 0) if by_week else figures.priced(*limits_of((place,)))
            return there * passing

        rows: list[Any] = []
        for some, is_last in stretches(places(wanted, figures.week_counts), expected, limit):
            bound: list[Condition] = []
            if not by_week:
                cut = [marks(wanted.durations, some)]
            elif is_last:
                cut = [marks(wanted.durations, priced)]
                bound = [condition(self._sql, ("created_at <", end_of(some[0])))]
            else:
                cut = [marks(wanted.durations, priced), week_marks(some)]
            tail = f"{order} LIMIT {limit - len(rows)}"
            rows += self._sql.rows(*self._statement("words", what, [*more, *bound], tail, cut))
            if len(rows) == limit:
                break
        return rows

    def _beyond(self, column: str, sign: str, cursor: Cursor) -> Condition:
        values: list[Value] = []
        value = cursor.value if column == "price_kobo" else cursor.moment or self._wanted.now
        there = f"{self._sql.value(values, value)}, {self._sql.value(values, cursor.id)}"
        return Condition(f"({column}, id) {sign} ({there})", values)

    def _soonest_rows(self, way: Way, limit: int) -> list[Any]:
        # Three ranges of one index: times ahead, times that passed and are about to be renewed, and none.
        cursor = Cursor.parse(self._wanted.after, "soon", "passed", "later")
        now = self._wanted.now
        parts: list[tuple[Kind, Condition, str]] = [
            ("soon", condition(self._sql, ("next_free_at >", now)), "next_free_at, id")
        ]
        if self._wanted.free_until is None:
            parts.append(("passed", condition(self._sql, ("next_free_at <=", now)), "next_free_at, id"))
            parts.append(("later", Condition("next_free_at IS NULL"), "id DESC"))
        rows: list[Any] = []
        for kind, part, order in parts:
            conditions = [part]
            if cursor is not None:
                if cursor.kind != kind:
                    continue
                conditions.append(
                    condition(self._sql, ("id <", cursor.id))
                    if kind == "later"
                    else self._beyond("next_free_at", ">", cursor)
                )
                cursor = None
            if len(rows) < limit:
                tail = f"ORDER BY {order} LIMIT {limit - len(rows)}"
                rows += self._run(way, "id, next_free_at", conditions, tail)
        return rows

    def _cursor_at(self, row: Any) -> Cursor:
        if self._by_text:
            return Cursor.at("text", None, row[0])
        _, kind, _ = ORDERS[self._wanted.sort]
        if kind in {"cheap", "dear"}:
            return Cursor.at(kind, row[1], row[0])
        moment = moment_of(row[1])
        if moment is None:
            return Cursor.at("later", None, row[0])
        return Cursor.at("passed" if kind == "soon" and moment <= self._wanted.now else kind, moment, row[0])

    # The total.

    def _total(self) -> tuple[int, bool]:
        filters: list[Filter] = [name for name in self._conditions if name != "others"]
        if self._figures is not None and self._is_known_to_be_many(filters):
            return MOST_COUNTED, True
        if not self._sql.on_sqlite and "words" in filters:
            return self._counted_part("words", MOST_LOOKED_UP if self._others("words") else MOST_COUNTED + 1)
        if list(self._conditions) == ["words"]:
            count = self._words.matches
            return min(count, MOST_COUNTED), count > MOST_COUNTED
        most = MOST_COUNTED + 1
        costs: dict[Way, float] = {
            way: self._steps(way, most, marked=False) * self._step(way, counting=True)
            for way in (self._order, *self._ways())
        }
        way: Way = min(costs, key=lambda one: costs[one])
        if costs[way] <= MOST_STEPS or not self._others(way):
            return self._counted(self._statement(way, "1", [], f"LIMIT {most}"))
        # Of so mixed filters a part is counted, and there may be more.
        return self._counted_part(way, MOST_STEPS // self._step(way, counting=True))

    def _is_known_to_be_many(self, filters: list[Filter]) -> bool:
        if not filters:
            return self._market >= 2 * MOST_COUNTED
        if not self._sql.on_sqlite and "words" in filters:
            return self._words.planned_rows(list(self._conditions.values())) > 2 * MOST_COUNTED
        return (
            len(filters) == 1
            and filters[0] in {"price", "duration"}
            and self._shares[filters[0]] * self._market >= 2 * MOST_COUNTED
        )

    def _counted(self, statement: tuple[str, list[Value]]) -> tuple[int, bool]:
        text, values = statement
        count = self._sql.number(f"SELECT count(*) FROM ({text}) AS found", values)  # noqa: S608
        return min(count, MOST_COUNTED), count > MOST_COUNTED

    # Statements.

    def _run(self, way: Way, what: str, more: list[Condition], tail: str) -> list[Any]:
        return self._sql.rows(*self._statement(way, what, more, tail))

    def _statement(
        self,
        way: Way,
        what: str,
        more: list[Condition],
        tail: str,
        cut: Sequence[Sequence[str]] | None = None,
    ) -> tuple[str, list[Value]]:
        source, conditions = self._source(way, counting=what == "1", cut=cut)
        conditions += [self._conditions[name] for name in self._others(way)] + more
        where = " AND ".join(condition.text for condition in conditions)
        values = [value for condition in conditions for value in condition.values]
        return f"SELECT {what} FROM {source} WHERE {where} {tail}", values  # noqa: S608

    def _narrowing(self, way: Way, cut: Sequence[Sequence[str]]) -> list[Condition]:
        if way == "words" and not self._sql.on_sqlite:
            return [self._words.condition(*cut)]
        return [one for name, one in self._conditions.items() if NARROWED_BY.get(name) == way]

    def _source(
        self, way: Way, *, counting: bool, cut: Sequence[Sequence[str]] | None = None
    ) -> tuple[str, list[Condition]]:
        """Return from where a way leads, and what narrows it.

        Args:
            way: One of them.
            counting: Whether only to count.
            cut: Marks to ask for, besides the words; otherwise those of the wanted lengths and prices.
        """
        if cut is None:
            steps = price_steps(self._wanted.lowest_kobo, self._wanted.highest_kobo)
            # A few rows are looked up sooner than all marks are passed, which SQLite does one by one.
            cut = [] if counting and self._sql.on_sqlite else [marks(self._wanted.durations, steps)]
        narrowing, live = self._narrowing(way, cut), Condition(self._live)
        if not self._sql.on_sqlite:
            if way == self._order:
                return "mentorship_sessions", [live, *narrowing]
            where = " AND ".join(condition.text for condition in (live, *narrowing))
            # Without the offset it would be taken apart, and answered by another index.
            return f"(SELECT * FROM mentorship_sessions WHERE {where} OFFSET 0) AS gathered", [_ALL]  # noqa: S608
        if way != "words":
            return f"mentorship_sessions INDEXED BY {INDEXES[way]}", [live, *narrowing]
        matching = condition(self._sql, ("fts_offering MATCH", self._words.query(*cut)))
        if self._step(way, counting=counting) == 1:
            return "fts_offering", [matching]
        return "fts_offering CROSS JOIN mentorship_sessions ON id = fts_offering.rowid", [matching]

    def _counted_part(self, way: Way, entries: int) -> tuple[int, bool]:
        """Return how many rows there are among so many entries of a way, and whether there may be more."""
        names = self._others(way)
        source, narrowing = self._source(way, counting=True)
        others = [self._conditions[name] for name in names]
        columns = sorted({COLUMNS[name] for name in names}) or ["1"]
        where = " AND ".join(condition.text for condition in narrowing)
        values = [value for condition in (*others, *narrowing) for value in condition.values]
        entry = f"SELECT {', '.join(columns)} FROM {source} WHERE {where} LIMIT {entries}"  # noqa: S608
        wanted = " AND ".join(condition.text for condition in others) or "TRUE"
        found, read = self._sql.rows(
            f"SELECT count(CASE WHEN {wanted} THEN 1 END), count(*) FROM ({entry}) AS entry",  # noqa: S608
            values,
        )[0]
        return min(found, MOST_COUNTED), read == entries
