"""Offerings and bookings, which share one table, the time they claim, and times proposed instead."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now

LIVE_SQLITE = "is_offering = 1 AND status = 'SCHEDULED' AND published = 1"
LIVE_POSTGRESQL = "is_offering AND status = 'SCHEDULED' AND published"
BOOKING_SQLITE = "is_offering = 0"
BOOKING_POSTGRESQL = "NOT is_offering"
HELD_SQLITE = f"{BOOKING_SQLITE} AND status = 'COMPLETED'"
HELD_POSTGRESQL = f"{BOOKING_POSTGRESQL} AND status = 'COMPLETED'"


# An index of some rows serves only conditions spelt like its own: `col(is_offering)` and `~col(is_offering)`,
# never `.is_(True)`.


LIVE_COLUMNS = ("is_offering", "status", "published")
"""SQLite leaves the table alone only if these are in the index, though its condition says what they are."""


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
        schedule_id: Of an offering: whose hours apply; None for the tutor's usual hours.
        notice_minutes: Of an offering: shortest notice, or None for the tutor's rule.
        buffer_before_minutes: Kept free before a session: of an offering an override of the tutor's rule or
            None, of a booking as it was when the time was taken.
        buffer_after_minutes: The same after it.
        next_free_at: Of an offering: its soonest free start, or None when there is none.
        next_free_unknown: Of an offering: its free times cannot be found out, as a calendar cannot be read.
        next_free_due_at: Of an offering: when these two have to be worked out anew, though nothing changed.
        search_text: Of an offering: lower-case words of title, description, tutor and course.
        join_token: Of a booking: the secret of `/j/{token}`.
        room_kind: Of a booking: what its room is, empty until there is one.
        room_due: Of a booking: Zoom has yet to be brought in line with it.
        news_due: Of a booking: its sale has yet to be told, and what follows from it to be enqueued.
        zoom_meeting_id: Zoom's number as text, once the room exists.
        meeting_url: The guest's way into the room, once it exists.
        revision: Counts the changes a participant must hear of (calendar SEQUENCE).
        purchase_id: Of a booking: the bought package that it is, or while it is asked for will be, one of.
        cancellation_policy: Of a booking: the tutor's preset as it was when the time was taken.
        request_message: What the student wrote when asking for the time.
        request_expires_at: Until when the tutor can answer a request.
        decline_reason: Why the tutor declined.
        reschedules: How often the student moved it.
        cancelled_by: The person who cancelled; None when the clock or the operator did.
        cancel_reason: What that person said.
        marked_at: When the tutor said what became of the session.
        contested_at: When the student disagreed.
        contest_reason: What the student said.
        contest_outcome: What an operator decided, empty until then.
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
        _live(
            "ix_live_recent",
            *("created_at", "id", "price_kobo", "duration", "course_id", "tutor_id", *LIVE_COLUMNS),
        ),
        _live(
            "ix_live_course",
            *("course_id", "created_at", "id", "price_kobo", "duration", "tutor_id", *LIVE_COLUMNS),
        ),
        _live(
            "ix_live_tutor",
            *("tutor_id", "created_at", "id", "price_kobo", "duration", "course_id", *LIVE_COLUMNS),
        ),
        _live(
            "ix_live_price",
            *("price_kobo", "id", "created_at", "duration", "course_id", "tutor_id", *LIVE_COLUMNS),
        ),
        _live(
            "ix_live_soonest",
            *("next_free_at", "id", "created_at", "price_kobo", "duration", "course_id", "tutor_id"),
            *LIVE_COLUMNS,
        ),
        _live("ix_live_due", "next_free_due_at", "tutor_id"),
        _booking("ix_booking_student", "student_id", "starts_at"),
        _booking("ix_booking_tutor", "tutor_id", "starts_at"),
        _booking("ix_booking_offering", "offering_id", "status"),
        _booking("ix_booking_status", "status", "starts_at"),
        Index(
            "ix_booking_held",
            *("tutor_id", "is_offering", "status"),
            sqlite_where=text(HELD_SQLITE),
            postgresql_where=text(HELD_POSTGRESQL),
        ),
        Index(
            "ix_booking_room_due",
            "room_due",
            "starts_at",
            sqlite_where=text("room_due = 1"),
            postgresql_where=text("room_due"),
        ),
        Index(
            "ix_booking_news_due",
            "news_due",
            "updated_at",
            sqlite_where=text("news_due = 1"),
            postgresql_where=text("news_due"),
        ),
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
    schedule_id: int | None = Field(default=None, foreign_key="hours_schedule.id", sa_type=WideInteger)
    notice_minutes: int | None = Field(default=None)
    buffer_before_minutes: int | None = Field(default=None)
    buffer_after_minutes: int | None = Field(default=None)
    next_free_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    next_free_unknown: bool = Field(default=False)
    next_free_due_at: datetime | None = Field(default_factory=utc_now, sa_type=UtcMoment)
    search_text: str = Field(default="")
    starts_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    ends_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    hold_expires_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    join_token: str | None = Field(default=None, unique=True, max_length=64)
    room_kind: str = Field(default="", max_length=8)
    room_due: bool = Field(default=False)
    news_due: bool = Field(default=False)
    zoom_meeting_id: str | None = Field(default=None, index=True, max_length=32)
    meeting_url: str | None = Field(default=None, max_length=500)
    revision: int = Field(default=0)
    purchase_id: int | None = Field(default=None, sa_type=WideInteger)
    cancellation_policy: str = Field(default=CancellationPolicy.FLEXIBLE, max_length=16)
    request_message: str = Field(default="", max_length=1000)
    request_expires_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    decline_reason: str = Field(default="", max_length=500)
    reschedules: int = Field(default=0)
    cancelled_by: int | None = Field(default=None, sa_type=WideInteger)
    cancel_reason: str = Field(default="", max_length=500)
    marked_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    contested_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    contest_reason: str = Field(default="", max_length=500)
    contest_outcome: str = Field(default="", max_length=16)
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


class RoomKind(StrEnum):
    """What the room of a booking is: Zoom's, the spare one, or a link of the tutor's own."""

    ZOOM = "ZOOM"
    SPARE = "SPARE"
    OWN = "OWN"


class ProposalState(StrEnum):
    """What became of a time that a tutor proposed."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class TimeProposal(SQLModel, table=True):
    """A time that the tutor proposes instead of the one that was asked for or booked.

    Of the open ones of a booking the student accepts one, or declines all. A proposal claims no time: the
    acceptance does, if it still can.

    Attributes:
        revision: Of the booking when it was proposed; a later change of the booking ends it.
        message: What the tutor wrote.
    """

    __tablename__ = "time_proposal"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ck_time_proposal"),
        Index("ix_time_proposal_session", "session_id", "state"),
        Index("ix_time_proposal_expiry", "state", "expires_at"),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    session_id: int = Field(foreign_key="mentorship_sessions.id", ondelete="CASCADE", sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", sa_type=WideInteger)
    revision: int
    starts_at: datetime = Field(sa_type=UtcMoment)
    ends_at: datetime = Field(sa_type=UtcMoment)
    message: str = Field(default="", max_length=500)
    state: str = Field(default=ProposalState.OPEN, max_length=16)
    expires_at: datetime = Field(sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
