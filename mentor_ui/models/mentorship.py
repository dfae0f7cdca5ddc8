"""Offerings and bookings, which share one table, and the time they claim."""

import secrets
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now

LIVE_SQLITE = "is_offering = 1 AND status = 'SCHEDULED' AND published = 1"
LIVE_POSTGRESQL = "is_offering AND status = 'SCHEDULED' AND published"
BOOKING_SQLITE = "is_offering = 0"
BOOKING_POSTGRESQL = "NOT is_offering"


# An index of some rows serves only conditions spelt like its own: `col(is_offering)` and `~col(is_offering)`,
# never `.is_(True)`.


def _live(name: str, *columns: str) -> Index:
    # Newest first reads these backwards, which costs nothing on either database.
    return Index(
        name,
        *columns,
        sqlite_where=text(LIVE_SQLITE),
        postgresql_where=text(LIVE_POSTGRESQL),
    )


def _booking(name: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(BOOKING_SQLITE), postgresql_where=text(BOOKING_POSTGRESQL))


def new_join_token() -> str:
    """Return an unguessable token for a session's one join link."""
    return secrets.token_urlsafe(18)


class MentorshipSession(SQLModel, table=True):
    """An offering (`is_offering`) or a booking.

    A booking copies title, price, duration and course from its offering, so later edits never touch it.

    Attributes:
        student_id: Of an offering: the tutor, as a placeholder.
        duration: Minutes.
        price_kobo: What one session costs.
        published: Whether an offering is shown; tutors hide it without deleting.
        starts_at: UTC; None for offerings.
        hold_expires_at: Until when an unpaid booking keeps its time.
        next_free_at: Of an offering: its soonest free start, or None when there is none.
        search_text: Of an offering: lower-case words of title, description, tutor and course.
        join_token: Of a booking: the secret of `/j/{token}`.
        zoom_meeting_id: Zoom's number as text, once the room exists.
        meeting_url: The guest's way into the room, once it exists.
        revision: Counts the changes a participant must hear of (calendar SEQUENCE).
    """

    __tablename__ = "mentorship_sessions"
    __table_args__ = (
        CheckConstraint("NOT is_offering OR student_id = tutor_id", name="ck_offering_placeholder"),
        CheckConstraint("NOT is_offering OR status = 'SCHEDULED'", name="ck_offering_status"),
        CheckConstraint("is_offering OR student_id <> tutor_id", name="ck_booking_two_people"),
        CheckConstraint(
            "is_offering OR (starts_at IS NOT NULL AND ends_at > starts_at)", name="ck_booking_time"
        ),
        CheckConstraint("price_kobo >= 0", name="ck_price"),
        CheckConstraint("duration > 0", name="ck_duration"),
        _live("ix_live_recent", "created_at", "id", "price_kobo", "duration", "course_id"),
        _live("ix_live_course", "course_id", "created_at", "id", "price_kobo", "duration"),
        _live("ix_live_tutor", "tutor_id", "created_at", "id"),
        _live("ix_live_price", "price_kobo", "id"),
        _live("ix_live_soonest", "next_free_at", "id"),
        _booking("ix_booking_student", "student_id", "starts_at"),
        _booking("ix_booking_tutor", "tutor_id", "starts_at"),
        _booking("ix_booking_offering", "offering_id", "status"),
        _booking("ix_booking_status", "status", "starts_at"),
        Index(
            "ix_offering_tutor",
            "tutor_id",
            sqlite_where=text("is_offering = 1"),
            postgresql_where=text("is_offering"),
        ),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    is_offering: bool = Field(default=False)
    tutor_id: int = Field(foreign_key="person.id", sa_type=WideInteger)
    student_id: int = Field(foreign_key="person.id", sa_type=WideInteger)
    course_id: int | None = Field(
        default=None, index=True, foreign_key="course.id", ondelete="SET NULL", sa_type=WideInteger
    )
    offering_id: int | None = Field(
        default=None, foreign_key="mentorship_sessions.id", ondelete="SET NULL", sa_type=WideInteger
    )
    title: str = Field(max_length=120)
    description: str = Field(default="", max_length=2000)
    duration: int
    price_kobo: int = Field(sa_type=WideInteger)
    status: str = Field(default=SessionStatus.SCHEDULED, max_length=32)
    payment_status: str = Field(default=PaymentStatus.NONE, max_length=16)
    booking_mode: str = Field(default=BookingMode.INSTANT, max_length=16)
    published: bool = Field(default=True)
    next_free_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    search_text: str = Field(default="")
    starts_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    ends_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    hold_expires_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    join_token: str | None = Field(default=None, unique=True, max_length=64)
    zoom_meeting_id: str | None = Field(default=None, max_length=32)
    meeting_url: str | None = Field(default=None, max_length=500)
    revision: int = Field(default=0)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class BookedQuarter(SQLModel, table=True):
    """One person is taken for one quarter of an hour.

    The primary key is the guard against double booking: holds and bookings write a row per quarter for the
    tutor and for the student, in their own transaction.
    """

    __tablename__ = "booked_quarters"

    person_id: int = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    quarter: int = Field(primary_key=True, sa_type=WideInteger)
    session_id: int = Field(
        index=True, foreign_key="mentorship_sessions.id", ondelete="CASCADE", sa_type=WideInteger
    )


class WeeklyHours(SQLModel, table=True):
    """A range of hours in which a tutor can be booked, on one weekday, in the tutor's zone."""

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint(
            "weekday BETWEEN 0 AND 6 AND starts_minute >= 0 "
            "AND ends_minute > starts_minute AND ends_minute <= 1440",
            name="ck_weekly_hours",
        ),
        Index("ix_weekly_hours_tutor", "tutor_id"),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    weekday: int
    starts_minute: int
    ends_minute: int
