"""The market at a million: indexes that answer alone, and words of live offerings only.

Revision ID: 0006
Revises: 0005
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LIVE_SQLITE = "is_offering = 1 AND status = 'SCHEDULED' AND published = 1"
LIVE_POSTGRESQL = "is_offering AND status = 'SCHEDULED' AND published"
LIVE_COLUMNS = ["is_offering", "status", "published"]

FORMER = {
    "ix_live_recent": ["created_at", "id", "price_kobo", "duration", "course_id"],
    "ix_live_course": ["course_id", "created_at", "id", "price_kobo", "duration"],
    "ix_live_tutor": ["tutor_id", "created_at", "id"],
    "ix_live_price": ["price_kobo", "id"],
    "ix_live_soonest": ["next_free_at", "id"],
}
COVERING = {
    "ix_live_recent": ["created_at", "id", "price_kobo", "duration", "course_id", "tutor_id"],
    "ix_live_course": ["course_id", "created_at", "id", "price_kobo", "duration", "tutor_id"],
    "ix_live_tutor": ["tutor_id", "created_at", "id", "price_kobo", "duration", "course_id"],
    "ix_live_price": ["price_kobo", "id", "created_at", "duration", "course_id", "tutor_id"],
    "ix_live_soonest": [
        "next_free_at",
        "id",
        "created_at",
        "price_kobo",
        "duration",
        "course_id",
        "tutor_id",
    ],
}

TRIGGERS = ("fts_offering_insert", "fts_offering_delete", "fts_offering_update")


def _live_row(row: str) -> str:
    return f"{row}.is_offering AND {row}.status = 'SCHEDULED' AND {row}.published"


CHANGED = " OR ".join(
    f"NEW.{column} IS NOT OLD.{column}" for column in ("search_text", "is_offering", "status", "published")
)
TABLE_SQLITE = """CREATE VIRTUAL TABLE fts_offering USING fts5(search_text, content='fts_offering_live',
    content_rowid='id', detail=none, prefix='1 2 3 4 5', tokenize="unicode61 remove_diacritics 2")"""
# The words of a hidden offering are not in the index, so that a search need not look its rows up.
WORDS_SQLITE = (
    f"CREATE VIEW fts_offering_live AS SELECT id, search_text FROM mentorship_sessions WHERE {LIVE_SQLITE}",  # noqa: S608
    TABLE_SQLITE,
    f"""CREATE TRIGGER fts_offering_insert AFTER INSERT ON mentorship_sessions WHEN {_live_row("NEW")}
    BEGIN INSERT INTO fts_offering(rowid, search_text) VALUES (NEW.id, NEW.search_text); END""",  # noqa: S608
    f"""CREATE TRIGGER fts_offering_delete AFTER DELETE ON mentorship_sessions WHEN {_live_row("OLD")}
    BEGIN INSERT INTO fts_offering(fts_offering, rowid, search_text)
    VALUES ('delete', OLD.id, OLD.search_text); END""",  # noqa: S608
    f"""CREATE TRIGGER fts_offering_update AFTER UPDATE OF search_text, is_offering, status, published
    ON mentorship_sessions WHEN {CHANGED}
    BEGIN INSERT INTO fts_offering(fts_offering, rowid, search_text)
    SELECT 'delete', OLD.id, OLD.search_text WHERE {_live_row("OLD")};
    INSERT INTO fts_offering(rowid, search_text) SELECT NEW.id, NEW.search_text WHERE {_live_row("NEW")}; END""",
)
FORMER_WORDS_SQLITE = (
    """CREATE VIRTUAL TABLE fts_offering USING fts5(
    search_text, content='mentorship_sessions', content_rowid='id', tokenize="unicode61 remove_diacritics 2")""",
    """CREATE TRIGGER fts_offering_insert AFTER INSERT ON mentorship_sessions WHEN NEW.is_offering
    BEGIN INSERT INTO fts_offering(rowid, search_text) VALUES (NEW.id, NEW.search_text); END""",
    """CREATE TRIGGER fts_offering_delete AFTER DELETE ON mentorship_sessions WHEN OLD.is_offering
    BEGIN INSERT INTO fts_offering(fts_offering, rowid, search_text)
    VALUES ('delete', OLD.id, OLD.search_text); END""",
    """CREATE TRIGGER fts_offering_update AFTER UPDATE OF search_text ON mentorship_sessions WHEN NEW.is_offering
    BEGIN INSERT INTO fts_offering(fts_offering, rowid, search_text)
    VALUES ('delete', OLD.id, OLD.search_text);
    INSERT INTO fts_offering(rowid, search_text) VALUES (NEW.id, NEW.search_text); END""",
    "INSERT INTO fts_offering(rowid, search_text) SELECT id, search_text FROM mentorship_sessions WHERE is_offering = 1",
)

# A stored vector: to make it of the text again for every row that a search passes costs more than the search.
WORDS_POSTGRESQL = (
    "DROP INDEX fts_offering",
    "ALTER TABLE mentorship_sessions ADD COLUMN fts_words tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED",
    f"CREATE INDEX fts_offering ON mentorship_sessions USING gin (fts_words) WITH (fastupdate = off) WHERE {LIVE_POSTGRESQL}",
)
FORMER_WORDS_POSTGRESQL = (
    "DROP INDEX fts_offering",
    "ALTER TABLE mentorship_sessions DROP COLUMN fts_words",
    f"CREATE INDEX fts_offering ON mentorship_sessions USING gin (to_tsvector('simple', search_text)) WITH (fastupdate = off) WHERE {LIVE_POSTGRESQL}",
)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _live(columns: dict[str, list[str]], more: list[str]) -> None:
    where: dict[str, Any] = {
        "sqlite_where": sa.text(LIVE_SQLITE),
        "postgresql_where": sa.text(LIVE_POSTGRESQL),
    }
    for name, names in columns.items():
        op.drop_index(name, table_name="mentorship_sessions")
        op.create_index(name, "mentorship_sessions", [*names, *more], unique=False, **where)


def _drop_words() -> None:
    for trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE fts_offering")


def upgrade() -> None:
    _live(COVERING, LIVE_COLUMNS)
    op.create_index(
        "ix_booking_held",
        "mentorship_sessions",
        ["tutor_id", "is_offering", "status"],
        unique=False,
        sqlite_where=sa.text("is_offering = 0 AND status = 'COMPLETED'"),
        postgresql_where=sa.text("NOT is_offering AND status = 'COMPLETED'"),
    )
    if _is_sqlite():
        _drop_words()
        for statement in WORDS_SQLITE:
            op.execute(statement)
        op.execute("INSERT INTO fts_offering(fts_offering) VALUES ('rebuild')")
    else:
        for statement in WORDS_POSTGRESQL:
            op.execute(statement)


def downgrade() -> None:
    if _is_sqlite():
        _drop_words()
        op.execute("DROP VIEW fts_offering_live")
        for statement in FORMER_WORDS_SQLITE:
            op.execute(statement)
    else:
        for statement in FORMER_WORDS_POSTGRESQL:
            op.execute(statement)
    op.drop_index("ix_booking_held", table_name="mentorship_sessions")
    _live(FORMER, [])
