"""A tutor's rules about being booked, as values: what the tables hold and the slots are worked out from."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DEFAULT_NOTICE_MINUTES = 120
DEFAULT_HORIZON_DAYS = 28
LONGEST_HORIZON_DAYS = 90
DEFAULT_RESCHEDULE_NOTICE_HOURS = 12
DEFAULT_MOST_RESCHEDULES = 2

CALENDAR_TRUSTED = timedelta(hours=3)
"""So long after the last good look (`LinkedCalendar.succeeded_at`) a calendar's busy times count as known.

After it, or without any good look, a tutor's free times cannot be found out.
"""


class ExceptionKind(StrEnum):
    """What an exception does to the weekly hours of its days."""

    AWAY = "AWAY"
    EXTRA = "EXTRA"


@dataclass(frozen=True, slots=True)
class DateException:
    """Days, both included, on which a tutor is away or open in a range of minutes after local midnight."""

    kind: ExceptionKind
    first_day: date
    last_day: date
    starts_minute: int = 0
    ends_minute: int = 1440


@dataclass(frozen=True, slots=True)
class Stay:
    """Days, both included, on which the weekly hours are meant in another zone."""

    first_day: date
    last_day: date
    timezone: str


@dataclass(frozen=True, slots=True)
class BookingLimits:
    """At most so much on one local day and in one week from Monday; None for no limit."""

    sessions_day: int | None = None
    minutes_day: int | None = None
    sessions_week: int | None = None
    minutes_week: int | None = None


@dataclass(frozen=True, slots=True)
class BookingRules:
    """What applies to one offering: the tutor's rules with the offering's own in their place.

    Attributes:
        notice_minutes: Nobody is booked at shorter notice.
        horizon_days: How far ahead a session can be booked, in days.
        buffer_before_minutes: Kept free before a session.
        buffer_after_minutes: Kept free after it.
    """

    notice_minutes: int = DEFAULT_NOTICE_MINUTES
    horizon_days: int = DEFAULT_HORIZON_DAYS
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    limits: BookingLimits = BookingLimits()
