"""People's own calendars: what is read from them, what is written into them, and the feed of sessions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now


class CalendarKind(StrEnum):
    """How a calendar is reached."""

    ICS = "ICS"
    GOOGLE = "GOOGLE"
    MICROSOFT = "MICROSOFT"


class LinkedCalendar(SQLModel, table=True):
    """A calendar, or an account of calendars, that a tutor linked.

    Attributes:
        name: What the tutor calls it, or the account's address.
        secret: The ICS address, or the tokens of the account; enciphered.
        offers: The account's calendars as they were seen last, as a JSON list of objects.
        reads: Identifiers of the account's calendars whose busy times count, as a JSON list.
        writes_to: Identifier of the calendar into which sessions are written; empty for none.
        etag: Of the last whole answer.
        last_modified: The same as a date, as the server wrote it.
        read_zone: Zone in which times without one were meant when it was read last.
        known_until: To where the last whole answer was worked out; a repeat further on is not known.
        succeeded_at: When its busy times were last known to be true.
        trouble: Why the last try failed, in words for the tutor; empty when it did not.
        failures: Failed tries since the last good one.
        next_check_at: When to look again; None when the tutor has to connect it anew.
    """

    __tablename__ = "linked_calendar"
    __table_args__ = (
        Index("ix_linked_calendar_tutor", "tutor_id"),
        Index("ix_linked_calendar_check", "next_check_at"),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    kind: str = Field(max_length=12)
    name: str = Field(max_length=120)
    secret: str
    offers: str = Field(default="[]")
    reads: str = Field(default="[]")
    writes_to: str = Field(default="", max_length=400)
    etag: str = Field(default="", max_length=300)
    last_modified: str = Field(default="", max_length=80)
    read_zone: str = Field(default="", max_length=64)
    known_until: datetime | None = Field(default=None, sa_type=UtcMoment)
    succeeded_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    trouble: str = Field(default="", max_length=300)
    failures: int = Field(default=0)
    next_check_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class BusyTime(SQLModel, table=True):
    """A time in which a tutor is busy by a linked calendar, replaced whole at each good look."""

    __tablename__ = "busy_time"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ck_busy_time"),
        Index("ix_busy_time_tutor", "tutor_id", "starts_at"),
        Index("ix_busy_time_calendar", "calendar_id"),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    calendar_id: int = Field(foreign_key="linked_calendar.id", ondelete="CASCADE", sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    starts_at: datetime = Field(sa_type=UtcMoment)
    ends_at: datetime = Field(sa_type=UtcMoment)


class WrittenEvent(SQLModel, table=True):
    """A session as we wrote it into a linked calendar; its own event must not make its tutor busy.

    Attributes:
        written_to: The calendar of the account that it is in.
        external_id: The calendar's identifier of the event.
        revision: Of the booking when it was written last.
    """

    __tablename__ = "written_event"

    calendar_id: int = Field(
        primary_key=True, foreign_key="linked_calendar.id", ondelete="CASCADE", sa_type=WideInteger
    )
    session_id: int = Field(
        primary_key=True, foreign_key="mentorship_sessions.id", ondelete="CASCADE", sa_type=WideInteger
    )
    written_to: str = Field(max_length=400)
    external_id: str = Field(max_length=1024)
    revision: int


class LeftCalendar(SQLModel, table=True):
    """An account that its tutor disconnected, until the sessions ahead are out of it.

    Attributes:
        name: The account's address.
        secret: Its tokens, enciphered; needed for that and for giving them back.
        events: What still stands in it, as a JSON list of objects.
        next_try_at: When to go on.
        created_at: When it was disconnected.
    """

    __tablename__ = "left_calendar"
    __table_args__ = (Index("ix_left_calendar_try", "next_try_at"),)

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    kind: str = Field(max_length=12)
    name: str = Field(max_length=120)
    secret: str
    events: str = Field(default="[]")
    next_try_at: datetime = Field(sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class CalendarFeed(SQLModel, table=True):
    """A person's private subscription feed; without a row there is none.

    Attributes:
        generation: Part of the signed address; a new one ends the old address.
    """

    __tablename__ = "calendar_feed"

    person_id: int = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    generation: int
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
