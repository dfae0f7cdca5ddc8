"""Marks beside the words of an offering, so that a search for words keeps to lengths and prices by its index.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LIVE_SQLITE = "is_offering = 1 AND status = 'SCHEDULED' AND published = 1"
LIVE_POSTGRESQL = "is_offering AND status = 'SCHEDULED' AND published"
PRICE_STEPS_NAIRA = (
    *(1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 5_000, 6_000, 7_500, 8_000, 9_000, 10_000),
    *(12_000, 15_000, 17_500, 20_000, 25_000, 30_000, 40_000, 50_000, 75_000, 100_000, 200_000),
)
WEEKS_SINCE = "1970-01-01 00:00:00+00"
TRIGGERS = ("fts_offering_insert", "fts_offering_delete", "fts_offering_update")
WORDS = ("search_text", "is_offering", "status", "published")
MARKED = (*WORDS, "duration", "price_kobo")


def _live_row(row: str) -> str:
    return f"{row}.is_offering AND {row}.status = 'SCHEDULED' AND {row}.published"


def _words_sqlite(row: str, *, marked: bool) -> str:
    text = f"{row}search_text"
    if not marked:
        return text
    step = " + ".join(f"({row}price_kobo >= {naira * 100})" for naira in PRICE_STEPS_NAIRA)
    length, price = f"'l' || {row}duration", f"'p' || ({step})"
    return f"{text} || ' _' || {length} || ' _' || {price} || ' _' || {length} || {price}"


def _make_sqlite(*, marked: bool) -> None:
    """Make the index of words anew; it is filled from the view, and kept by triggers."""
    for trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE fts_offering")
    op.execute("DROP VIEW fts_offering_live")
    tokens = "unicode61 remove_diacritics 2" + (" tokenchars '_'" if marked else "")
    old, new = _words_sqlite("OLD.", marked=marked), _words_sqlite("NEW.", marked=marked)
    columns = MARKED if marked else WORDS
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
    for statement in (
        f"""CREATE VIEW fts_offering_live AS SELECT id, {_words_sqlite("", marked=marked)} AS search_text
        FROM mentorship_sessions WHERE {LIVE_SQLITE}""",  # noqa: S608
        f"""CREATE VIRTUAL TABLE fts_offering USING fts5(search_text, content='fts_offering_live',
        content_rowid='id', detail=none, prefix='1 2 3 4 5', tokenize="{tokens}")""",
        f"""CREATE TRIGGER fts_offering_insert AFTER INSERT ON mentorship_sessions WHEN {_live_row("NEW")}
        BEGIN INSERT INTO fts_offering(rowid, search_text) VALUES (NEW.id, {new}); END""",  # noqa: S608
        f"""CREATE TRIGGER fts_offering_delete AFTER DELETE ON mentorship_sessions WHEN {_live_row("OLD")}
        BEGIN INSERT INTO fts_offering(fts_offering, rowid, search_text)
        VALUES ('delete', OLD.id, {old}); END""",  # noqa: S608
        f"""CREATE TRIGGER fts_offering_update AFTER UPDATE OF {", ".join(columns)}
        ON mentorship_sessions WHEN {changed}
        BEGIN INSERT INTO fts_offering(fts_offering, rowid, search_text)
        SELECT 'delete', OLD.id, {old} WHERE {_live_row("OLD")};
        INSERT INTO fts_offering(rowid, search_text) SELECT NEW.id, {new} WHERE {_live_row("NEW")}; END""",
        "INSERT INTO fts_offering(fts_offering) VALUES ('rebuild')",
    ):
        op.execute(statement)


def _make_postgresql(*, marked: bool) -> None:
    words = "to_tsvector('simple', search_text)"
    if marked:
        steps = ", ".join(str(naira * 100) for naira in PRICE_STEPS_NAIRA)
        length = "'l' || duration::text"
        price = f"'p' || width_bucket(price_kobo, ARRAY[{steps}]::bigint[])::text"
        since = f"created_at - timestamptz '{WEEKS_SINCE}'"
        week = f"floor(extract(epoch FROM {since}) / 604800)::text"
        marks = f"'_' || {length}, '_' || {price}, '_' || {length} || {price}, '_w' || {week}"
        # A booking has no words, and is never searched.
        words += f" || CASE WHEN is_offering THEN array_to_tsvector(ARRAY[{marks}]) ELSE '' END"
    for statement in (
        "DROP INDEX fts_offering",
        f"""ALTER TABLE mentorship_sessions DROP COLUMN fts_words,
        ADD COLUMN fts_words tsvector GENERATED ALWAYS AS ({words}) STORED""",
        f"""CREATE INDEX fts_offering ON mentorship_sessions USING gin (fts_words)
        WITH (fastupdate = off) WHERE {LIVE_POSTGRESQL}""",
        "ANALYZE mentorship_sessions",
    ):
        op.execute(statement)


def _make(*, marked: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_sqlite(marked=marked)
    else:
        _make_postgresql(marked=marked)


def upgrade() -> None:
    """Add the marks of an offering's length, its price and both, and on PostgreSQL of the week it was made in."""
    _make(marked=True)


def downgrade() -> None:
    """Leave the words alone."""
    _make(marked=False)
