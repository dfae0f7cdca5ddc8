"""The words of a search: what they ask of an offering, and how many offerings have them."""

import json
from collections.abc import Collection, Sequence
from functools import cached_property

from mentor_ui.db.live_offerings import fts_query, ts_query
from mentor_ui.db.raw_sql import Condition, RawSql, Value
from mentor_ui.models.mentorship import LIVE_POSTGRESQL
from mentor_ui.services.market_figures import Figures

MOST_COUNTED = 1000
"""Beyond this many, a total is only known to be more."""

MOST_REMEMBERED = 10_000
"""So many words that many offerings have are remembered, until the market is counted again."""

FREQUENT = 0.02
"""A page of words of such a share is near, wherever in the list one begins."""


class Words:
    """The words of one search.

    Args:
        sql: For reading.
        words: Folded, of letters and digits only.
        figures: The market's numbers; None in a small market, where nothing need be known of words.
    """

    def __init__(self, sql: RawSql, words: tuple[str, ...], figures: Figures | None) -> None:
        self._sql = sql
        self._words = words
        self._figures = figures

    @cached_property
    def whole(self) -> frozenset[str]:
        """Those so frequent as they are that they mean themselves and begin no other.

        Of a whole word the index gives row by row, but of a beginning only when it has gathered all.
        """
        if self._figures is None:
            return frozenset()
        if not self._sql.on_sqlite:
            return frozenset(word for word in self._words if self._planned(word, whole=True) > MOST_COUNTED)
        return frozenset(
            word for word in self._words if self._count(fts_query((word,), (word,))) > MOST_COUNTED
        )

    def query(self, *marks: Sequence[str]) -> str:
        """Return the query for SQLite's index of words.

        Args:
            marks: Of each of these, one mark is asked for too, unless there is none.
        """
        any_of = (" OR ".join(f'"{mark}"' for mark in some) for some in marks if some)
        return " AND ".join((fts_query(self._words, self.whole), *(f"({some})" for some in any_of)))

    @cached_property
    def matches(self) -> int:
        """How many have them, on SQLite: one more than `MOST_COUNTED` when there are more."""
        return self._count(self.query())

    def _count(self, query: str) -> int:
        known = self._figures.with_words if self._figures else {}
        if query not in known:
            some = f"SELECT 1 FROM fts_offering WHERE fts_offering MATCH ? LIMIT {MOST_COUNTED + 1}"  # noqa: S608
            count = self._sql.number(f"SELECT count(*) FROM ({some})", [query])  # noqa: S608
            if count <= MOST_COUNTED or len(known) >= MOST_REMEMBERED:
                return count
            known[query] = count
        return known[query]

    @cached_property
    def about(self) -> int:
        """About how many have them.

        Of words together PostgreSQL thinks that they seldom meet, while those of one search often do.
        """
        if self._sql.on_sqlite:
            return self._about(self.query())
        if self._figures is None:
            return MOST_COUNTED
        return min(self._planned(word, whole=word in self.whole) for word in self._words)

    @cached_property
    def entries(self) -> int:
        """About how many entries the index of words has for all of them, on SQLite."""
        return sum(self._about(fts_query((word,), self.whole)) for word in self._words)

    def _about(self, query: str) -> int:
        figures, counted = self._figures, self._count(query)
        if figures is None or counted <= MOST_COUNTED:
            return counted
        known, key = figures.with_words, f"newest: {query}"
        if key not in known and len(known) < MOST_REMEMBERED:
            some = "SELECT count(*) FROM fts_offering WHERE fts_offering MATCH ? AND rowid >= ?"
            known[key] = self._sql.number(some, [query, figures.newest_from])
        return max(known.get(key, 0) * figures.live // figures.newest, counted)

    @property
    def are_frequent(self) -> bool:
        """Whether each of them is in so many rows that a page of all of them is probably near."""
        return self._figures is not None and self.about > FREQUENT * self._figures.live

    def _planned(self, word: str, *, whole: bool) -> int:
        known = self._figures.with_words if self._figures else {}
        key = word if whole else f"{word}*"
        if key not in known:
            rows = self.planned_rows([self._having((word,), whole=(word,) if whole else ())])
            if len(known) >= MOST_REMEMBERED:
                return rows
            known[key] = rows
        return known[key]

    def condition(self, *marks: Sequence[str]) -> Condition:
        """Return the condition that each word begins some word of an offering's row.

        Args:
            marks: On PostgreSQL, of each of these, one mark is asked for too, unless there is none.
        """
        if not self._sql.on_sqlite:
            return self._having(self._words, *marks, whole=self.whole)
        # The text holds the words one blank apart, folded like these.
        values: list[Value] = []
        parts = [
            "0 < instr(' ' || search_text || ' ', "
            + self._sql.value(values, f" {word} " if word in self.whole else f" {word}")
            + ")"
            for word in self._words
        ]
        return Condition(" AND ".join(parts), values)

    def _having(
        self, words: tuple[str, ...], *marks: Sequence[str], whole: Collection[str] = ()
    ) -> Condition:
        query = f"to_tsquery('simple', {self._sql.value([], ts_query(words, whole))})"
        for some in marks:
            if some:
                # Not `to_tsquery`, which would take the marks apart.
                query += f" && {self._sql.value([], ' | '.join(some))}::tsquery"
        return Condition(f"fts_words @@ ({query})")

    def planned_rows(self, conditions: list[Condition]) -> int:
        """Return how many live offerings PostgreSQL expects to pass, without looking."""
        where = " AND ".join(condition.text for condition in (Condition(LIVE_POSTGRESQL), *conditions))
        plan = f"EXPLAIN (FORMAT JSON) SELECT 1 FROM mentorship_sessions WHERE {where}"  # noqa: S608
        shown = self._sql.rows(plan, [])[0][0]
        return (json.loads(shown) if isinstance(shown, str) else shown)[0]["Plan"]["Plan Rows"]
