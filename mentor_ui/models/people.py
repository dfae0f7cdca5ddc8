"""People, what they may be, and the browsers in which they are signed in."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now


class Person(SQLModel, table=True):
    """Somebody with an account.

    Attributes:
        email: Lower case, unique.
        headline: One line a tutor shows under the name.
        timezone: IANA name in which the person reads times and, as a tutor, keeps hours.
    """

    __tablename__ = "person"

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=80)
    password_hash: str = Field(max_length=255)
    headline: str = Field(default="", max_length=160)
    avatar: str = Field(default="", max_length=500)
    timezone: str = Field(default="Africa/Lagos", max_length=64)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class PersonRole(SQLModel, table=True):
    """One role of one person: student, tutor, mentor or admin."""

    __tablename__ = "person_role"

    person_id: int = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    role: str = Field(primary_key=True, max_length=16)


class WebSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds the secret; the row only its SHA-256."""

    __tablename__ = "web_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    person_id: int = Field(index=True, foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    expires_at: datetime = Field(index=True, sa_type=UtcMoment)
    browser: str = Field(default="", max_length=200)


class PasswordReset(SQLModel, table=True):
    """A link that lets its holder choose a new password once, for an hour."""

    __tablename__ = "password_reset"

    token_hash: str = Field(primary_key=True, max_length=64)
    person_id: int = Field(index=True, foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    expires_at: datetime = Field(sa_type=UtcMoment)
    used_at: datetime | None = Field(default=None, sa_type=UtcMoment)
