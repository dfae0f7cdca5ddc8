"""Who came to a session, as it was seen: rows are only ever added."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now


class AttendanceKind(StrEnum):
    """What was seen."""

    MEETING_STARTED = "MEETING_STARTED"
    MEETING_ENDED = "MEETING_ENDED"
    JOINED = "JOINED"
    LEFT = "LEFT"
    JOIN_CLICK = "JOIN_CLICK"
    HEARTBEAT = "HEARTBEAT"
    ROOM_CHANGED = "ROOM_CHANGED"
    MARKED = "MARKED"
    CONTESTED = "CONTESTED"
    RULED = "RULED"


class AttendanceEvent(SQLModel, table=True):
    """One thing that was seen of a session; the database refuses to change or delete it.

    Attributes:
        person_id: Whose doing it was, where that is known.
        source: `zoom`, `link`, `page`, `person` or `system`.
        detail: In words, such as the name that Zoom gave, or why somebody left.
        dedupe_key: Ours; the same thing reported twice is one row.
        happened_at: By the clock of whoever saw it.
    """

    __tablename__ = "attendance_event"
    __table_args__ = (Index("ix_attendance_event_session", "session_id", "happened_at"),)

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    session_id: int = Field(foreign_key="mentorship_sessions.id", sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", sa_type=WideInteger)
    person_id: int | None = Field(default=None, foreign_key="person.id", sa_type=WideInteger)
    kind: str = Field(max_length=20)
    source: str = Field(max_length=8)
    detail: str = Field(default="", max_length=200)
    dedupe_key: str = Field(unique=True, max_length=120)
    happened_at: datetime = Field(sa_type=UtcMoment)
    recorded_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
