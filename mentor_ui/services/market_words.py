"""The words of a search: what they ask of an offering, and how many offerings have them."""

import json
from functools import cached_property

from mentor_ui.db.live_offerings import fts_query, ts_query
from mentor_ui.db.raw_sql import Condition, RawSql, Value
from mentor_ui.models.mentorship import LIVE_POSTGRESQL
from mentor_ui.services.market_figures import Figures

MOST_COUNTED = 1000
"""Beyond this many, a total is only known to be more."""

MOST_REMEMBERED = 10_000
"""So many words that many offerings have are remembered, until the market is counted again."""

FREQUENT = 0.005
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
        """Those so frequent as they are that they mean themselves and begin no other, on SQLite.

        It gives the rows of a whole word one by one, but of a beginning only when it has gathered all.
        """
        if self._figures is None or not self._sql.on_sqlite:
            return frozenset()
        return frozenset(
            word for word in self._words if self._count(fts_query((word,), (word,))) > MOST_COUNTED
        )

    @cached_property
    def query(self) -> str:
        """The query for SQLite's index of words."""
        return fts_query(self._words, self.whole)

    @cached_property
    def matches(self) -> int:
        """How many have them, on SQLite: one more than `MOST_COUNTED` when there are more."""
        return self._count(self.query)

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
    def are_frequent(self) -> bool:
        """Whether PostgreSQL knows each of them to be in so many rows that a page of all of them is near.

        Of words together it thinks that they seldom meet, and gathers all rows of two that always do.
        """
        if self._figures is None or self._sql.on_sqlite or not self._words:
            return False
        return min(map(self._planned, self._words)) > FREQUENT * self._figures.live

    def _planned(self, word: str) -> int:
        known = self._figures.with_words if self._figures else {}
        if word in known:
            return known[word]
        rows = self.planned_rows([self._having((word,))])
        if len(known) < MOST_REMEMBERED:
            known[word] = rows
        return rows

    def condition(self) -> Condition:
        """Return the condition that each word begins some word of an offering's row."""
        if not self._sql.on_sqlite:
            return self._having(self._words)
        # The text holds the words one blank apart, folded like these.
        values: list[Value] = []
        parts = [
            "0 < instr(' ' || search_text || ' ', "
            + self._sql.value(values, f" {word} " if word in self.whole else f" {word}")
            + ")"
            for word in self._words
        ]
        return Condition(" AND ".join(parts), values)

    def _having(self, words: tuple[str, ...]) -> Condition:
        return Condition(f"fts_words @@ to_tsquery('simple', {self._sql.value([], ts_query(words))})")

    def planned_rows(self, conditions: list[Condition]) -> int:
        """Return how many live offerings PostgreSQL expects to pass, without looking."""
        where = " AND ".join(condition.text for condition in (Condition(LIVE_POSTGRESQL), *conditions))
        plan = f"EXPLAIN (FORMAT JSON) SELECT 1 FROM mentorship_sessions WHERE {where}"  # noqa: S608
        shown = self._sql.rows(plan, [])[0][0]
        return (json.loads(shown) if isinstance(shown, str) else shown)[0]["Plan"]["Plan Rows"]
