"""When a tutor can be booked: hours, exceptions, rules, and zones while travelling."""

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from mentor_ui.domain.availability_rules import (
    DEFAULT_HORIZON_DAYS,
    DEFAULT_MOST_RESCHEDULES,
    DEFAULT_NOTICE_MINUTES,
    DEFAULT_RESCHEDULE_NOTICE_HOURS,
)
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import WideInteger

_MINUTES = "starts_minute >= 0 AND ends_minute > starts_minute AND ends_minute <= 1440"


class HoursSchedule(SQLModel, table=True):
    """A named set of weekly hours beside the usual ones, for offerings that ask for it."""

    __tablename__ = "hours_schedule"
    __table_args__ = (Index("ix_hours_schedule_tutor", "tutor_id"),)

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    name: str = Field(max_length=60)


class WeeklyHours(SQLModel, table=True):
    """A range of hours in which a tutor can be booked, on one weekday, in the tutor's zone.

    Attributes:
        schedule_id: None for the usual hours.
    """

    __tablename__ = "weekly_hours"
    __table_args__ = (
        CheckConstraint(f"weekday BETWEEN 0 AND 6 AND {_MINUTES}", name="ck_weekly_hours"),
        Index("ix_weekly_hours_tutor", "tutor_id"),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    schedule_id: int | None = Field(default=None, foreign_key="hours_schedule.id", sa_type=WideInteger)
    weekday: int
    starts_minute: int
    ends_minute: int


class AvailabilityException(SQLModel, table=True):
    """Dates on which the weekly hours do not tell the truth, for all of a tutor's offerings.

    Attributes:
        kind: Of `ExceptionKind`: away, or open beyond the weekly hours.
        first_day: Local day.
        last_day: Local day, included.
        starts_minute: On each of these days, in minutes after local midnight.
        ends_minute: Up to 1440.
    """

    __tablename__ = "availability_exception"
    __table_args__ = (
        CheckConstraint(f"last_day >= first_day AND {_MINUTES}", name="ck_availability_exception"),
        Index("ix_availability_exception_tutor", "tutor_id", "last_day"),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    kind: str = Field(max_length=8)
    first_day: date
    last_day: date
    starts_minute: int = Field(default=0)
    ends_minute: int = Field(default=1440)
    note: str = Field(default="", max_length=120)


class TutorRules(SQLModel, table=True):
    """One tutor's rules about being booked; a tutor without a row has the defaults.

    Attributes:
        most_sessions_day: At most so many sessions on one local day; None for no limit. The same for the
            other three, by minutes and by week from Monday.
        cancellation_policy: Preset that new bookings pin.
        reschedule_notice_hours: A student moves a session up to this long before its start.
        most_reschedules: A student moves a session so often.
    """

    __tablename__ = "tutor_rules"

    tutor_id: int = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    buffer_before_minutes: int = Field(default=0)
    buffer_after_minutes: int = Field(default=0)
    notice_minutes: int = Field(default=DEFAULT_NOTICE_MINUTES)
    horizon_days: int = Field(default=DEFAULT_HORIZON_DAYS)
    most_sessions_day: int | None = Field(default=None)
    most_minutes_day: int | None = Field(default=None)
    most_sessions_week: int | None = Field(default=None)
    most_minutes_week: int | None = Field(default=None)
    cancellation_policy: str = Field(default=CancellationPolicy.FLEXIBLE, max_length=16)
    reschedule_notice_hours: int = Field(default=DEFAULT_RESCHEDULE_NOTICE_HOURS)
    most_reschedules: int = Field(default=DEFAULT_MOST_RESCHEDULES)


class ZoneStay(SQLModel, table=True):
    """Days that a tutor spends in another zone: the weekly hours of these days are meant there.

    Attributes:
        last_day: Included.
    """

    __tablename__ = "zone_stay"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="ck_zone_stay"),
        Index("ix_zone_stay_tutor", "tutor_id", "last_day"),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger)
    first_day: date
    last_day: date
    timezone: str = Field(max_length=64)
