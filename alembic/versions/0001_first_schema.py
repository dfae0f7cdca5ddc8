"""The first schema: people, courses, mentorship, money, messages.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

LEDGER_SQLITE = (
    """CREATE TRIGGER ledger_entry_sealed BEFORE INSERT ON ledger_entry
    WHEN EXISTS (SELECT 1 FROM ledger_transaction WHERE id = NEW.transaction_id)
    BEGIN SELECT RAISE(ABORT, 'ledger transaction is sealed'); END""",
    """CREATE TRIGGER ledger_transaction_balanced BEFORE INSERT ON ledger_transaction
    WHEN (SELECT count(*) < 2 OR sum(amount_kobo) <> 0 FROM ledger_entry WHERE transaction_id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'ledger transaction does not sum to zero'); END""",
    *(
        f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed'); END"""
        for table in ("ledger_entry", "ledger_transaction")
        for verb in ("UPDATE", "DELETE")
    ),
)

LEDGER_POSTGRESQL = (
    """CREATE FUNCTION ledger_entry_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM ledger_transaction WHERE id = NEW.transaction_id) THEN
        RAISE EXCEPTION 'ledger transaction is sealed' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER ledger_entry_sealed BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_sealed()""",
    """CREATE FUNCTION ledger_transaction_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT count(*) < 2 OR sum(amount_kobo) <> 0 FROM ledger_entry WHERE transaction_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger transaction does not sum to zero'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER ledger_transaction_balanced BEFORE INSERT ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION ledger_transaction_balanced()""",
    """CREATE FUNCTION ledger_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'ledger rows are never changed' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    """CREATE TRIGGER ledger_entry_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_unchanged()""",
    """CREATE TRIGGER ledger_transaction_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_unchanged()""",
)

SEARCH_SQLITE = (
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
)

SEARCH_POSTGRESQL = (
    """CREATE INDEX fts_offering ON mentorship_sessions USING gin (to_tsvector('simple', search_text))
    WITH (fastupdate = off) WHERE is_offering AND status = 'SCHEDULED' AND published""",
)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("owner_id", WIDE, nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "owner_id", "shard", name="uq_ledger_account"),
    )
    op.create_table(
        "ledger_transaction",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("session_id", WIDE, nullable=True),
        sa.Column("payment_id", WIDE, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("idempotency_key"),
    )
    op.create_index("ix_ledger_transaction_payment_id", "ledger_transaction", ["payment_id"], unique=False)
    op.create_index("ix_ledger_transaction_session_id", "ledger_transaction", ["session_id"], unique=False)
    op.create_table(
        "mail_outbox",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("dedupe_key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key"),
    )
    op.create_index("ix_mail_outbox_sent_at", "mail_outbox", ["sent_at"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("headline", sa.String(length=160), nullable=False),
        sa.Column("avatar", sa.String(length=500), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "provider_event",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("dedupe_key", sa.String(length=80), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("handled_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key"),
    )
    op.create_index("ix_provider_event_handled_at", "provider_event", ["handled_at"], unique=False)
    op.create_table(
        "app_message",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("person_id", WIDE, nullable=False),
        sa.Column("dedupe_key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("body", sa.String(length=500), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key"),
    )
    op.create_index("ix_app_message_person", "app_message", ["person_id", "id"], unique=False)
    op.create_table(
        "course",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("description", sa.String(length=4000), nullable=False),
        sa.Column("thumbnail", sa.String(length=500), nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("creator_id", WIDE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["creator_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tutor_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_index("ix_course_creator_id", "course", ["creator_id"], unique=False)
    op.create_index("ix_course_tutor_id", "course", ["tutor_id"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("transaction_id", WIDE, nullable=False),
        sa.Column("account_id", WIDE, nullable=False),
        sa.Column("amount_kobo", WIDE, nullable=False),
        sa.CheckConstraint("amount_kobo <> 0", name="ck_ledger_amount"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_account.id"],
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transaction.id"],
            name="fk_ledger_entry_transaction",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ledger_entry_account", "ledger_entry", ["account_id", "id"], unique=False)
    op.create_index("ix_ledger_entry_transaction_id", "ledger_entry", ["transaction_id"], unique=False)
    op.create_table(
        "password_reset",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", WIDE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_password_reset_person_id", "password_reset", ["person_id"], unique=False)
    op.create_table(
        "person_role",
        sa.Column("person_id", WIDE, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "role"),
    )
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", WIDE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_web_session_expires_at", "web_session", ["expires_at"], unique=False)
    op.create_index("ix_web_session_person_id", "web_session", ["person_id"], unique=False)
    op.create_table(
        "weekly_hours",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts_minute", sa.Integer(), nullable=False),
        sa.Column("ends_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "weekday BETWEEN 0 AND 6 AND starts_minute >= 0 AND ends_minute > starts_minute AND ends_minute <= 1440",
            name="ck_weekly_hours",
        ),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_weekly_hours_tutor", "weekly_hours", ["tutor_id"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("student_id", WIDE, nullable=False),
        sa.Column("course_id", WIDE, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["student_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("student_id", "course_id"),
    )
    op.create_index("ix_enrolment_course_status", "enrolment", ["course_id", "status"], unique=False)
    op.create_table(
        "lesson",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("course_id", WIDE, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("course_id", "position", name="uq_lesson_place"),
    )
    op.create_table(
        "mentorship_sessions",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("is_offering", sa.Boolean(), nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("student_id", WIDE, nullable=False),
        sa.Column("course_id", WIDE, nullable=True),
        sa.Column("offering_id", WIDE, nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=2000), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("price_kobo", WIDE, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("payment_status", sa.String(length=16), nullable=False),
        sa.Column("booking_mode", sa.String(length=16), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("next_free_at", MOMENT, nullable=True),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("hold_expires_at", MOMENT, nullable=True),
        sa.Column("join_token", sa.String(length=64), nullable=True),
        sa.Column("zoom_meeting_id", sa.String(length=32), nullable=True),
        sa.Column("meeting_url", sa.String(length=500), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("NOT is_offering OR status = 'SCHEDULED'", name="ck_offering_status"),
        sa.CheckConstraint("NOT is_offering OR student_id = tutor_id", name="ck_offering_placeholder"),
        sa.CheckConstraint("duration > 0", name="ck_duration"),
        sa.CheckConstraint(
            "is_offering OR (starts_at IS NOT NULL AND ends_at > starts_at)", name="ck_booking_time"
        ),
        sa.CheckConstraint("is_offering OR student_id <> tutor_id", name="ck_booking_two_people"),
        sa.CheckConstraint("price_kobo >= 0", name="ck_price"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["offering_id"], ["mentorship_sessions.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tutor_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("join_token"),
    )
    op.create_index(
        "ix_booking_offering",
        "mentorship_sessions",
        ["offering_id", "status"],
        unique=False,
        sqlite_where=sa.text("is_offering = 0"),
        postgresql_where=sa.text("NOT is_offering"),
    )
    op.create_index(
        "ix_booking_student",
        "mentorship_sessions",
        ["student_id", "starts_at"],
        unique=False,
        sqlite_where=sa.text("is_offering = 0"),
        postgresql_where=sa.text("NOT is_offering"),
    )
    op.create_index(
        "ix_booking_tutor",
        "mentorship_sessions",
        ["tutor_id", "starts_at"],
        unique=False,
        sqlite_where=sa.text("is_offering = 0"),
        postgresql_where=sa.text("NOT is_offering"),
    )
    op.create_index(
        "ix_live_course",
        "mentorship_sessions",
        ["course_id", "created_at", "id", "price_kobo", "duration"],
        unique=False,
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.create_index(
        "ix_live_price",
        "mentorship_sessions",
        ["price_kobo", "id"],
        unique=False,
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.create_index(
        "ix_live_recent",
        "mentorship_sessions",
        ["created_at", "id", "price_kobo", "duration", "course_id"],
        unique=False,
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.create_index(
        "ix_live_soonest",
        "mentorship_sessions",
        ["next_free_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.create_index(
        "ix_live_tutor",
        "mentorship_sessions",
        ["tutor_id", "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.create_index("ix_mentorship_sessions_course_id", "mentorship_sessions", ["course_id"], unique=False)
    op.create_table(
        "suggestion_dismissal",
        sa.Column("student_id", WIDE, nullable=False),
        sa.Column("course_id", WIDE, nullable=False),
        sa.Column("dismissed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["student_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("student_id", "course_id"),
    )
    op.create_table(
        "booked_quarters",
        sa.Column("person_id", WIDE, nullable=False),
        sa.Column("quarter", WIDE, nullable=False),
        sa.Column("session_id", WIDE, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["mentorship_sessions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "quarter"),
    )
    op.create_index("ix_booked_quarters_session_id", "booked_quarters", ["session_id"], unique=False)
    op.create_table(
        "lesson_completion",
        sa.Column("student_id", WIDE, nullable=False),
        sa.Column("lesson_id", WIDE, nullable=False),
        sa.Column("completed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["student_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("student_id", "lesson_id"),
    )
    op.create_table(
        "payment",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("reference", sa.String(length=50), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("session_id", WIDE, nullable=False),
        sa.Column("student_id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("amount_kobo", WIDE, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("authorization_url", sa.String(length=500), nullable=True),
        sa.Column("provider_word", sa.String(length=60), nullable=False),
        sa.Column("provider_id", WIDE, nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("paid_kobo", WIDE, nullable=True),
        sa.Column("paid_currency", sa.String(length=8), nullable=True),
        sa.Column("fees_kobo", WIDE, nullable=True),
        sa.Column("paid_at", MOMENT, nullable=True),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("next_check_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_kobo > 0", name="ck_payment_amount"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["mentorship_sessions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tutor_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("ix_payment_check", "payment", ["next_check_at"], unique=False)
    op.create_index("ix_payment_session", "payment", ["session_id", "attempt"], unique=False)
    op.create_index("ix_payment_student_id", "payment", ["student_id"], unique=False)
    op.create_index("ix_payment_tutor_id", "payment", ["tutor_id"], unique=False)
    op.create_table(
        "refund",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("payment_id", WIDE, nullable=False),
        sa.Column("amount_kobo", WIDE, nullable=False),
        sa.Column("reason", sa.String(length=160), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("provider_refund_id", WIDE, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("amount_kobo > 0", name="ck_refund_amount"),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("payment_id"),
        sa.UniqueConstraint("provider_refund_id"),
    )
    op.create_index("ix_refund_state", "refund", ["state"], unique=False)
    statements = LEDGER_SQLITE + SEARCH_SQLITE if _is_sqlite() else LEDGER_POSTGRESQL + SEARCH_POSTGRESQL
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    if _is_sqlite():
        op.execute("DROP TABLE fts_offering")
    op.drop_index("ix_refund_state", table_name="refund")
    op.drop_table("refund")
    op.drop_index("ix_payment_tutor_id", table_name="payment")
    op.drop_index("ix_payment_student_id", table_name="payment")
    op.drop_index("ix_payment_session", table_name="payment")
    op.drop_index("ix_payment_check", table_name="payment")
    op.drop_table("payment")
    op.drop_table("lesson_completion")
    op.drop_index("ix_booked_quarters_session_id", table_name="booked_quarters")
    op.drop_table("booked_quarters")
    op.drop_table("suggestion_dismissal")
    op.drop_index("ix_mentorship_sessions_course_id", table_name="mentorship_sessions")
    op.drop_index(
        "ix_live_tutor",
        table_name="mentorship_sessions",
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.drop_index(
        "ix_live_soonest",
        table_name="mentorship_sessions",
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.drop_index(
        "ix_live_recent",
        table_name="mentorship_sessions",
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.drop_index(
        "ix_live_price",
        table_name="mentorship_sessions",
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.drop_index(
        "ix_live_course",
        table_name="mentorship_sessions",
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.drop_index(
        "ix_booking_tutor",
        table_name="mentorship_sessions",
        sqlite_where=sa.text("is_offering = 0"),
        postgresql_where=sa.text("NOT is_offering"),
    )
    op.drop_index(
        "ix_booking_student",
        table_name="mentorship_sessions",
        sqlite_where=sa.text("is_offering = 0"),
        postgresql_where=sa.text("NOT is_offering"),
    )
    op.drop_index(
        "ix_booking_offering",
        table_name="mentorship_sessions",
        sqlite_where=sa.text("is_offering = 0"),
        postgresql_where=sa.text("NOT is_offering"),
    )
    op.drop_table("mentorship_sessions")
    op.drop_table("lesson")
    op.drop_index("ix_enrolment_course_status", table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index("ix_weekly_hours_tutor", table_name="weekly_hours")
    op.drop_table("weekly_hours")
    op.drop_index("ix_web_session_person_id", table_name="web_session")
    op.drop_index("ix_web_session_expires_at", table_name="web_session")
    op.drop_table("web_session")
    op.drop_table("person_role")
    op.drop_index("ix_password_reset_person_id", table_name="password_reset")
    op.drop_table("password_reset")
    op.drop_index("ix_ledger_entry_transaction_id", table_name="ledger_entry")
    op.drop_index("ix_ledger_entry_account", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_index("ix_course_tutor_id", table_name="course")
    op.drop_index("ix_course_creator_id", table_name="course")
    op.drop_table("course")
    op.drop_index("ix_app_message_person", table_name="app_message")
    op.drop_table("app_message")
    op.drop_index("ix_provider_event_handled_at", table_name="provider_event")
    op.drop_table("provider_event")
    op.drop_table("person")
    op.drop_index("ix_mail_outbox_sent_at", table_name="mail_outbox")
    op.drop_table("mail_outbox")
    op.drop_index("ix_ledger_transaction_session_id", table_name="ledger_transaction")
    op.drop_index("ix_ledger_transaction_payment_id", table_name="ledger_transaction")
    op.drop_table("ledger_transaction")
    op.drop_table("ledger_account")
    if not _is_sqlite():
        for name in ("ledger_entry_sealed", "ledger_transaction_balanced", "ledger_unchanged"):
            op.execute(f"DROP FUNCTION {name}()")
