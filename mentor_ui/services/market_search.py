"""Finding the live offerings of a page by as few steps through an index as the filters allow.

Two ways lead to a page. Either the list's own order is walked until the page is full, which is fast when many
offerings pass; or all that one filter lets through are gathered from its index and sorted, which is fast when
they are few. The market's figures tell which is shorter. Every index of live offerings holds what the
filters ask for, so that neither way touches the table.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

from sqlalchemy import Connection

from mentor_ui.db.live_offerings import fts_query, ts_query
from mentor_ui.db.raw_sql import RawSql, Value, moment_of
from mentor_ui.models.mentorship import LIVE_POSTGRESQL, LIVE_SQLITE
from mentor_ui.services.market_cursor import Cursor, Kind
from mentor_ui.services.market_figures import Figures
from mentor_ui.services.market_filters import NEWEST, SOONEST
from mentor_ui.services.market_wanted import Found, Wanted
from mentor_ui.services.market_ways import COLUMNS, INDEXES, NARROWED_BY, ORDERS, WALKS, Filter, Way

MOST_COUNTED = 1000
"""Beyond this many, a total is only known to be more."""

MOST_STEPS = 5000
"""Through so many entries of an index a total is counted at most."""

LOOK_UP, READ_WORDS = 12, 24
"""What one step costs that has to look the row up, or to search its words, in steps within an index."""

UNKNOWN_MARKET = 3000
SOME, FEW = 0.3, 0.01
OFFERINGS_OF_TUTOR = 50
"""Guesses, where nothing was counted."""

MOST_REMEMBERED = 10_000
"""So many words that many offerings have are remembered, until the market is counted again."""


@dataclass(slots=True)
class _Condition:
    text: str
    values: list[Value] = field(default_factory=list[Value])


_ALL = _Condition("TRUE")


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
        self._market = figures.live if figures else UNKNOWN_MARKET
        self._live = LIVE_SQLITE if self._sql.on_sqlite else LIVE_POSTGRESQL
        self._by_text = bool(wanted.words) and wanted.sort == NEWEST and self._sql.on_sqlite
        self._order: Way = "words" if self._by_text else WALKS[wanted.sort]
        self._conditions = dict(self._make_conditions())

    def page(self, limit: int) -> Found:
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

    # What is asked for.

    def _make_conditions(self) -> Iterator[tuple[Filter, _Condition]]:
        wanted = self._wanted
        if wanted.words:
            yield "words", self._words()
        if wanted.tutor_ids is not None:
            yield "tutors", _Condition(_in("tutor_id", wanted.tutor_ids))
        if wanted.course_ids is not None:
            yield "courses", _Condition(_in("course_id", wanted.course_ids))
        limits = (("price_kobo >=", wanted.lowest_kobo), ("price_kobo <=", wanted.highest_kobo))
        given = [(text, kobo) for text, kobo in limits if kobo is not None]
        if given:
            yield "price", self._condition(*given)
        if wanted.durations:
            yield "duration", _Condition(_in("duration", wanted.durations))
        if wanted.free_until is not None:
            yield (
                "free",
                self._condition(("next_free_at >", wanted.now), ("next_free_at <", wanted.free_until)),
            )
        if wanted.not_tutor:
            yield "others", self._condition(("tutor_id <>", wanted.not_tutor))

    def _condition(self, *parts: tuple[str, Value]) -> _Condition:
        values: list[Value] = []
        text = " AND ".join(f"{left} {self._sql.value(values, value)}" for left, value in parts)
        return _Condition(text, values)

    def _words(self) -> _Condition:
        wanted = self._wanted
        if not self._sql.on_sqlite:
            values: list[Value] = []
            query = self._sql.value(values, ts_query(wanted.words))
            return _Condition(f"fts_words @@ to_tsquery('simple', {query})", values)
        # The text holds the words one blank apart, folded like these.
        parts = [
            ("0 < instr(' ' || search_text || ' ',", f" {word} " if word in self._whole else f" {word}")
            for word in wanted.words
        ]
        condition = self._condition(*parts)
        return _Condition(condition.text.replace("?", "?)"), condition.values)

    @cached_property
    def _whole(self) -> frozenset[str]:
        """Words so frequent as they are that they mean themselves and begin no other.

        SQLite gives the rows of a whole word one by one, but of a beginning only when it has gathered all.
        """
        if self._figures is None or not self._sql.on_sqlite:
            return frozenset()
        words = self._wanted.words
        return frozenset(word for word in words if self._with_words((word,), (word,)) > MOST_COUNTED)

    def _with_words(self, words: tuple[str, ...], whole: Collection[str]) -> int:
        """Return how many have the words, or one more than `MOST_COUNTED` when there are more."""
        query = fts_query(words, whole)
        known = self._figures.with_words if self._figures else {}
        if query not in known:
            some = f"SELECT 1 FROM fts_offering WHERE fts_offering MATCH ? LIMIT {MOST_COUNTED + 1}"  # noqa: S608
            count = self._sql.number(f"SELECT count(*) FROM ({some})", [query])  # noqa: S608
            if count <= MOST_COUNTED or len(known) > MOST_REMEMBERED:
                return count
            known[query] = count
        return known[query]

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
            count = self._matches
        elif figures is None:
            return FEW if name == "courses" else SOME
        elif name == "price":
            count = figures.priced(wanted.lowest_kobo, wanted.highest_kobo)
        elif name == "duration":
            count = figures.lasting(wanted.durations)
        elif name == "courses":
            count = figures.of_courses(wanted.course_ids or ())
        else:
            ahead = (wanted.free_until or wanted.now) - wanted.now
            count = figures.free_today if ahead.days < 2 else figures.free_this_week
        return min(max(count, 1) / max(self._market, 1), 1.0)

    @cached_property
    def _matches(self) -> int:
        """How many have the words; many when it was not counted to the end."""
        if not self._sql.on_sqlite:
            return self._market // 50
        count = self._with_words(self._wanted.words, self._whole)
        return count if count <= MOST_COUNTED else max(self._market // 50, MOST_COUNTED + 1)

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

    def _steps(self, way: Way, rows: int | None = None) -> float:
        """Return about how many steps along a way find so many rows, or are all of it."""
        narrowing = [share for name, share in self._shares.items() if NARROWED_BY.get(name) == way]
        steps = self._market * prod(narrowing)
        if rows is not None:
            steps = min(steps, rows / prod(self._shares[name] for name in self._others(way)))
        return steps

    def _ways(self) -> list[Way]:
        """Return the ways that gather all that one filter lets through."""
        if not self._sql.on_sqlite and "words" in self._conditions:
            return []  # its own planner knows how frequent the words are
        return [NARROWED_BY[name] for name in self._conditions if name in NARROWED_BY]

    def _shortest(self, rows: int) -> Way:
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
            more = [self._condition((f"{key} <", cursor.id))] if cursor else []
            return self._run(way, key, more, f"ORDER BY {key} DESC LIMIT {limit}")
        column, kind, sign = ORDERS[self._wanted.sort]
        cursor = Cursor.parse(self._wanted.after, kind)
        more = [self._beyond(column, sign, cursor)] if cursor else []
        direction = "" if sign == ">" else " DESC"
        tail = f"ORDER BY {column}{direction}, id{direction} LIMIT {limit}"
        return self._run(way, f"id, {column}", more, tail)

    def _beyond(self, column: str, sign: str, cursor: Cursor) -> _Condition:
        values: list[Value] = []
        value = cursor.value if column == "price_kobo" else cursor.moment or self._wanted.now
        there = f"{self._sql.value(values, value)}, {self._sql.value(values, cursor.id)}"
        return _Condition(f"({column}, id) {sign} ({there})", values)

    def _soonest_rows(self, way: Way, limit: int) -> list[Any]:
        # Three ranges of one index: times ahead, times that passed and are about to be renewed, and none.
        cursor = Cursor.parse(self._wanted.after, "soon", "passed", "later")
        now = self._wanted.now
        parts: list[tuple[Kind, _Condition, str]] = [
            ("soon", self._condition(("next_free_at >", now)), "next_free_at, id")
        ]
        if self._wanted.free_until is None:
            parts.append(("passed", self._condition(("next_free_at <=", now)), "next_free_at, id"))
            parts.append(("later", _Condition("next_free_at IS NULL"), "id DESC"))
        rows: list[Any] = []
        for kind, part, order in parts:
            conditions = [part]
            if cursor is not None:
                if cursor.kind != kind:
                    continue
                conditions.append(
                    self._condition(("id <", cursor.id))
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
            tail = f"LIMIT {MOST_COUNTED + 1}"
            return self._counted(self._statement(self._order, "1", [], tail))
        if list(self._conditions) == ["words"]:
            count = self._with_words(self._wanted.words, self._whole)
            return min(count, MOST_COUNTED), count > MOST_COUNTED
        most = MOST_COUNTED + 1
        costs: dict[Way, float] = {
            way: self._steps(way, most) * self._step(way, counting=True)
            for way in (self._order, *self._ways())
        }
        way: Way = min(costs, key=lambda one: costs[one])
        if costs[way] <= MOST_STEPS or not self._others(way):
            return self._counted(self._statement(way, "1", [], f"LIMIT {most}"))
        # Of so mixed filters a part is counted, and there may be more.
        total, _ = self._counted(self._part(way, MOST_STEPS // self._step(way, counting=True)))
        return total, True

    def _is_known_to_be_many(self, filters: list[Filter]) -> bool:
        if not filters:
            return self._market >= 2 * MOST_COUNTED
        if not self._sql.on_sqlite and "words" in filters:
            plan, values = self._statement(self._order, "1", [], "")
            estimate = self._sql.rows(f"EXPLAIN (FORMAT JSON) {plan}", values)[0][0]
            shown = json.loads(estimate) if isinstance(estimate, str) else estimate
            return shown[0]["Plan"]["Plan Rows"] > 2 * MOST_COUNTED
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

    def _run(self, way: Way, what: str, more: list[_Condition], tail: str) -> list[Any]:
        return self._sql.rows(*self._statement(way, what, more, tail))

    def _statement(self, way: Way, what: str, more: list[_Condition], tail: str) -> tuple[str, list[Value]]:
        source, conditions = self._source(way, counting=what == "1")
        conditions += [self._conditions[name] for name in self._others(way)] + more
        where = " AND ".join(condition.text for condition in conditions)
        values = [value for condition in conditions for value in condition.values]
        return f"SELECT {what} FROM {source} WHERE {where} {tail}", values  # noqa: S608

    def _narrowing(self, way: Way) -> list[_Condition]:
        return [one for name, one in self._conditions.items() if NARROWED_BY.get(name) == way]

    def _source(self, way: Way, *, counting: bool) -> tuple[str, list[_Condition]]:
        """Return from where a way leads, and what narrows it."""
        narrowing, live = self._narrowing(way), _Condition(self._live)
        if not self._sql.on_sqlite:
            if way == self._order:
                return "mentorship_sessions", [live, *narrowing]
            where = " AND ".join(condition.text for condition in (live, *narrowing))
            # Without the offset it would be taken apart, and answered by another index.
            return f"(SELECT * FROM mentorship_sessions WHERE {where} OFFSET 0) AS gathered", [_ALL]  # noqa: S608
        if way != "words":
            return f"mentorship_sessions INDEXED BY {INDEXES[way]}", [live, *narrowing]
        matching = self._condition(("fts_offering MATCH", fts_query(self._wanted.words, self._whole)))
        if self._step(way, counting=counting) == 1:
            return "fts_offering", [matching]
        return "fts_offering CROSS JOIN mentorship_sessions ON id = fts_offering.rowid", [matching]

    def _part(self, way: Way, entries: int) -> tuple[str, list[Value]]:
        """Return what finds the rows among so many entries of a way."""
        names = self._others(way)
        narrowing = [_Condition(self._live), *self._narrowing(way)]
        source = "mentorship_sessions"
        if self._sql.on_sqlite:
            source, narrowing = self._source(way, counting=True)
        others = [self._conditions[name] for name in names]
        columns = sorted({COLUMNS[name] for name in names})
        where = " AND ".join(condition.text for condition in narrowing)
        values = [value for condition in (*narrowing, *others) for value in condition.values]
        entry = f"SELECT {', '.join(columns)} FROM {source} WHERE {where} LIMIT {entries}"  # noqa: S608
        wanted = " AND ".join(condition.text for condition in others)
        most = MOST_COUNTED + 1
        return f"SELECT 1 FROM ({entry}) AS entry WHERE {wanted} LIMIT {most}", values  # noqa: S608


def _in(column: str, numbers: tuple[int, ...]) -> str:
    return f"{column} IN ({', '.join(map(str, numbers))})"
