"""SQL about live offerings that the planners recognise: index predicates as literals, and text search."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, TextClause, literal_column, text
from sqlmodel import Session

from mentor_ui.models.columns import UtcMoment
from mentor_ui.models.mentorship import LIVE_POSTGRESQL, LIVE_SQLITE

MOST_WORDS = 8


def on_sqlite(session: Session) -> bool:
    """Return whether the session talks to SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def live(session: Session) -> TextClause:
    """Return the condition of an offering that is shown, spelt as in the partial indexes."""
    return text(f"({LIVE_SQLITE if on_sqlite(session) else LIVE_POSTGRESQL})")


def price_column(session: Session) -> ColumnElement[int]:
    """Return the price for a range filter under another order than by price.

    On SQLite it is written `+price_kobo`, or the planner takes the price index and sorts everything.
    """
    if on_sqlite(session):
        return literal_column("+mentorship_sessions.price_kobo", BigInteger())
    return literal_column("mentorship_sessions.price_kobo", BigInteger())


def free_column(session: Session) -> ColumnElement[datetime]:
    """Return the next free time for a range filter that most rows pass, under another order than by it.

    On SQLite it is written `+next_free_at`, or the planner reads the whole range and sorts it.
    """
    sign = "+" if on_sqlite(session) else ""
    return literal_column(f"{sign}mentorship_sessions.next_free_at", UtcMoment)


def fts_query(words: Sequence[str]) -> str:
    """Return the FTS5 query that each word begins some word; quoted, so that none is an operator."""
    return " ".join(f'"{word}"*' for word in words[:MOST_WORDS])


def matching(session: Session, words: Sequence[str]) -> TextClause:
    """Return the condition that each word begins some word of the offering.

    Args:
        session: Decides the dialect.
        words: Folded words of letters and digits only, as `words_of` gives them; at least one.
    """
    if on_sqlite(session):
        query = fts_query(words)
        condition = (
            "mentorship_sessions.id IN (SELECT rowid FROM fts_offering WHERE fts_offering MATCH :words)"
        )
    else:
        query = " & ".join(f"{word}:*" for word in words[:MOST_WORDS])
        condition = "to_tsvector('simple', mentorship_sessions.search_text) @@ to_tsquery('simple', :words)"
    return text(condition).bindparams(words=query)
