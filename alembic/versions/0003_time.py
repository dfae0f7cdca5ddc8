"""Hours and exceptions, requests and proposals, rooms and attendance, calendars in and out.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

ATTENDANCE_SQLITE = tuple(
    f"""CREATE TRIGGER attendance_event_no_{verb.lower()} BEFORE {verb} ON attendance_event
    BEGIN SELECT RAISE(ABORT, 'attendance rows are never changed'); END"""
    for verb in ("UPDATE", "DELETE")
)

ATTENDANCE_POSTGRESQL = (
    """CREATE FUNCTION attendance_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'attendance rows are never changed' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    """CREATE TRIGGER attendance_event_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON attendance_event
    FOR EACH STATEMENT EXECUTE FUNCTION attendance_unchanged()""",
)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _add_schedule(table: str) -> None:
    # Alembic would add the foreign key by a statement of its own, which SQLite does not know.
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN schedule_id {'INTEGER' if _is_sqlite() else 'BIGINT'} "
        "REFERENCES hours_schedule (id)"
    )


def upgrade() -> None:
    """Add what times, requests, changes, rooms and calendars need."""
    op.create_table(
        "availability_exception",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts_minute", sa.Integer(), nullable=False),
        sa.Column("ends_minute", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "last_day >= first_day AND starts_minute >= 0 AND ends_minute > starts_minute AND ends_minute <= 1440",
            name="ck_availability_exception",
        ),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_availability_exception_tutor", "availability_exception", ["tutor_id", "last_day"], unique=False
    )
    op.create_table(
        "calendar_feed",
        sa.Column("person_id", WIDE, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "hours_schedule",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_hours_schedule_tutor", "hours_schedule", ["tutor_id"], unique=False)
    op.create_table(
        "linked_calendar",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("offers", sa.String(), nullable=False),
        sa.Column("reads", sa.String(), nullable=False),
        sa.Column("writes_to", sa.String(length=400), nullable=False),
        sa.Column("etag", sa.String(length=300), nullable=False),
        sa.Column("last_modified", sa.String(length=80), nullable=False),
        sa.Column("read_zone", sa.String(length=64), nullable=False),
        sa.Column("known_until", MOMENT, nullable=True),
        sa.Column("succeeded_at", MOMENT, nullable=True),
        sa.Column("trouble", sa.String(length=300), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_check_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_linked_calendar_check", "linked_calendar", ["next_check_at"], unique=False)
    op.create_index("ix_linked_calendar_tutor", "linked_calendar", ["tutor_id"], unique=False)
    op.create_table(
        "tutor_rules",
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("most_sessions_day", sa.Integer(), nullable=True),
        sa.Column("most_minutes_day", sa.Integer(), nullable=True),
        sa.Column("most_sessions_week", sa.Integer(), nullable=True),
        sa.Column("most_minutes_week", sa.Integer(), nullable=True),
        sa.Column("cancellation_policy", sa.String(length=16), nullable=False),
        sa.Column("reschedule_notice_hours", sa.Integer(), nullable=False),
        sa.Column("most_reschedules", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tutor_id"),
    )
    op.create_table(
        "zone_stay",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name="ck_zone_stay"),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_zone_stay_tutor", "zone_stay", ["tutor_id", "last_day"], unique=False)
    op.create_table(
        "busy_time",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("calendar_id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_busy_time"),
        sa.ForeignKeyConstraint(["calendar_id"], ["linked_calendar.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_busy_time_calendar", "busy_time", ["calendar_id"], unique=False)
    op.create_index("ix_busy_time_tutor", "busy_time", ["tutor_id", "starts_at"], unique=False)
    op.create_table(
        "attendance_event",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("session_id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("person_id", WIDE, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["mentorship_sessions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tutor_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key"),
    )
    op.create_index(
        "ix_attendance_event_session", "attendance_event", ["session_id", "happened_at"], unique=False
    )
    op.create_table(
        "time_proposal",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("session_id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_time_proposal"),
        sa.ForeignKeyConstraint(["session_id"], ["mentorship_sessions.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tutor_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_time_proposal_expiry", "time_proposal", ["state", "expires_at"], unique=False)
    op.create_index("ix_time_proposal_session", "time_proposal", ["session_id", "state"], unique=False)
    op.create_table(
        "written_event",
        sa.Column("calendar_id", WIDE, nullable=False),
        sa.Column("session_id", WIDE, nullable=False),
        sa.Column("written_to", sa.String(length=400), nullable=False),
        sa.Column("external_id", sa.String(length=1024), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["calendar_id"], ["linked_calendar.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["mentorship_sessions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("calendar_id", "session_id"),
    )
    op.add_column("mail_outbox", sa.Column("calendar_file", sa.String(), nullable=False, server_default=""))
    op.add_column(
        "mail_outbox", sa.Column("calendar_method", sa.String(length=12), nullable=False, server_default="")
    )
    op.add_column("mail_outbox", sa.Column("useful_until", MOMENT, nullable=True))
    _add_schedule("mentorship_sessions")
    op.add_column("mentorship_sessions", sa.Column("notice_minutes", sa.Integer(), nullable=True))
    op.add_column("mentorship_sessions", sa.Column("buffer_before_minutes", sa.Integer(), nullable=True))
    op.add_column("mentorship_sessions", sa.Column("buffer_after_minutes", sa.Integer(), nullable=True))
    op.add_column(
        "mentorship_sessions",
        sa.Column("next_free_unknown", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "mentorship_sessions", sa.Column("room_kind", sa.String(length=8), nullable=False, server_default="")
    )
    op.add_column(
        "mentorship_sessions",
        sa.Column("room_due", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "mentorship_sessions",
        sa.Column("cancellation_policy", sa.String(length=16), nullable=False, server_default="FLEXIBLE"),
    )
    op.add_column(
        "mentorship_sessions",
        sa.Column("request_message", sa.String(length=1000), nullable=False, server_default=""),
    )
    op.add_column("mentorship_sessions", sa.Column("request_expires_at", MOMENT, nullable=True))
    op.add_column(
        "mentorship_sessions",
        sa.Column("decline_reason", sa.String(length=500), nullable=False, server_default=""),
    )
    op.add_column(
        "mentorship_sessions", sa.Column("reschedules", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("mentorship_sessions", sa.Column("cancelled_by", WIDE, nullable=True))
    op.add_column(
        "mentorship_sessions",
        sa.Column("cancel_reason", sa.String(length=500), nullable=False, server_default=""),
    )
    op.add_column("mentorship_sessions", sa.Column("marked_at", MOMENT, nullable=True))
    op.add_column("mentorship_sessions", sa.Column("contested_at", MOMENT, nullable=True))
    op.add_column(
        "mentorship_sessions",
        sa.Column("contest_reason", sa.String(length=500), nullable=False, server_default=""),
    )
    op.add_column(
        "mentorship_sessions",
        sa.Column("contest_outcome", sa.String(length=16), nullable=False, server_default=""),
    )
    op.add_column("mentorship_sessions", sa.Column("next_free_due_at", MOMENT, nullable=True))
    op.execute("UPDATE mentorship_sessions SET next_free_due_at = created_at")
    op.create_index(
        "ix_live_due",
        "mentorship_sessions",
        ["next_free_due_at", "tutor_id"],
        unique=False,
        sqlite_where=sa.text("is_offering = 1 AND status = 'SCHEDULED' AND published = 1"),
        postgresql_where=sa.text("is_offering AND status = 'SCHEDULED' AND published"),
    )
    op.create_index(
        "ix_mentorship_sessions_zoom_meeting_id", "mentorship_sessions", ["zoom_meeting_id"], unique=False
    )
    op.create_index(
        "ix_booking_room_due",
        "mentorship_sessions",
        ["room_due", "starts_at"],
        unique=False,
        sqlite_where=sa.text("room_due = 1"),
        postgresql_where=sa.text("room_due"),
    )
    op.add_column("payment", sa.Column("way", sa.String(length=12), nullable=False, server_default="card"))
    _add_schedule("weekly_hours")
    op.execute("UPDATE mentorship_sessions SET room_kind = 'ZOOM' WHERE zoom_meeting_id IS NOT NULL")
    op.execute(
        "UPDATE mentorship_sessions SET room_due = TRUE WHERE NOT is_offering AND zoom_meeting_id IS NULL "
        "AND payment_status = 'PAID' AND status IN ('SCHEDULED', 'IN_PROGRESS')"
    )
    for statement in ATTENDANCE_SQLITE if _is_sqlite() else ATTENDANCE_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("weekly_hours", "schedule_id")
    op.drop_column("payment", "way")
    op.drop_index("ix_booking_room_due", table_name="mentorship_sessions")
    op.drop_index("ix_mentorship_sessions_zoom_meeting_id", table_name="mentorship_sessions")
    op.drop_column("mentorship_sessions", "contest_outcome")
    op.drop_column("mentorship_sessions", "contest_reason")
    op.drop_column("mentorship_sessions", "contested_at")
    op.drop_column("mentorship_sessions", "marked_at")
    op.drop_column("mentorship_sessions", "cancel_reason")
    op.drop_column("mentorship_sessions", "cancelled_by")
    op.drop_column("mentorship_sessions", "reschedules")
    op.drop_column("mentorship_sessions", "decline_reason")
    op.drop_column("mentorship_sessions", "request_expires_at")
    op.drop_column("mentorship_sessions", "request_message")
    op.drop_column("mentorship_sessions", "cancellation_policy")
    op.drop_column("mentorship_sessions", "room_due")
    op.drop_column("mentorship_sessions", "room_kind")
    op.drop_index("ix_live_due", table_name="mentorship_sessions")
    op.drop_column("mentorship_sessions", "next_free_due_at")
    op.drop_column("mentorship_sessions", "next_free_unknown")
    op.drop_column("mentorship_sessions", "buffer_after_minutes")
    op.drop_column("mentorship_sessions", "buffer_before_minutes")
    op.drop_column("mentorship_sessions", "notice_minutes")
    op.drop_column("mentorship_sessions", "schedule_id")
    op.drop_column("mail_outbox", "useful_until")
    op.drop_column("mail_outbox", "calendar_method")
    op.drop_column("mail_outbox", "calendar_file")
    op.drop_table("written_event")
    op.drop_index("ix_time_proposal_session", table_name="time_proposal")
    op.drop_index("ix_time_proposal_expiry", table_name="time_proposal")
    op.drop_table("time_proposal")
    op.drop_index("ix_attendance_event_session", table_name="attendance_event")
    op.drop_table("attendance_event")
    if not _is_sqlite():
        op.execute("DROP FUNCTION attendance_unchanged()")
    op.drop_index("ix_busy_time_tutor", table_name="busy_time")
    op.drop_index("ix_busy_time_calendar", table_name="busy_time")
    op.drop_table("busy_time")
    op.drop_index("ix_zone_stay_tutor", table_name="zone_stay")
    op.drop_table("zone_stay")
    op.drop_table("tutor_rules")
    op.drop_index("ix_linked_calendar_tutor", table_name="linked_calendar")
    op.drop_index("ix_linked_calendar_check", table_name="linked_calendar")
    op.drop_table("linked_calendar")
    op.drop_index("ix_hours_schedule_tutor", table_name="hours_schedule")
    op.drop_table("hours_schedule")
    op.drop_table("calendar_feed")
    op.drop_index("ix_availability_exception_tutor", table_name="availability_exception")
    op.drop_table("availability_exception")
