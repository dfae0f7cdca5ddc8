"""SQL about live offerings that the planners recognise: index predicates as literals, and text search."""

from collections.abc import Collection, Sequence

from sqlalchemy import TextClause, text
from sqlmodel import Session

from mentor_ui.models.mentorship import LIVE_POSTGRESQL, LIVE_SQLITE

MOST_WORDS = 8


def on_sqlite(session: Session) -> bool:
    """Return whether the session talks to SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def live(session: Session) -> TextClause:
    """Return the condition of an offering that is shown, spelt as in the partial indexes."""
    return text(f"({LIVE_SQLITE if on_sqlite(session) else LIVE_POSTGRESQL})")


def fts_query(words: Sequence[str], whole: Collection[str] = ()) -> str:
    """Return the FTS5 query that each word begins some word; quoted, so that none is an operator.

    Args:
        words: At least one.
        whole: Those of them that have to stand as they are.
    """
    return " ".join(f'"{word}"' + ("" if word in whole else "*") for word in words[:MOST_WORDS])


def ts_query(words: Sequence[str], whole: Collection[str] = ()) -> str:
    """Return the same for PostgreSQL; the words are letters and digits only, as `words_of` gives them."""
    return " & ".join(word if word in whole else f"{word}:*" for word in words[:MOST_WORDS])
