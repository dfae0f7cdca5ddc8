"""What people are told: inside the application, and by mail."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now


class AppMessage(SQLModel, table=True):
    """A message shown in the application; its arrival also wakes the person's open pages."""

    __tablename__ = "app_message"
    __table_args__ = (Index("ix_app_message_person", "person_id", "id"),)

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    person_id: int = Field(foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    dedupe_key: str = Field(unique=True, max_length=80)
    kind: str = Field(max_length=40)
    title: str = Field(max_length=160)
    body: str = Field(default="", max_length=500)
    link: str = Field(default="", max_length=300)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    read_at: datetime | None = Field(default=None, sa_type=UtcMoment)


class OutgoingMessage(SQLModel, table=True):
    """A mail that is owed, written in the transaction of what it tells of, sent by a job.

    Attributes:
        dedupe_key: One mail of each kind about one thing; also the provider's idempotency key.
        calendar_file: The session as iCalendar text, or empty.
        calendar_method: Its METHOD: `REQUEST` or `CANCEL`.
        useful_until: A mail that is not sent by then stays unsent; None for ever.
    """

    __tablename__ = "mail_outbox"

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    dedupe_key: str = Field(unique=True, max_length=80)
    kind: str = Field(max_length=40)
    recipient: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    text: str
    html: str = Field(default="")
    calendar_file: str = Field(default="")
    calendar_method: str = Field(default="", max_length=12)
    useful_until: datetime | None = Field(default=None, sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    sent_at: datetime | None = Field(default=None, index=True, sa_type=UtcMoment)
    attempts: int = Field(default=0)
    last_error: str = Field(default="", max_length=300)
