"""Free times, worked out in UTC quarters of an hour.

A quarter is the number of whole 15-minute steps since 1970-01-01T00:00Z. Zones are asked once per range of
hours, never once per slot.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

QUARTER_SECONDS = 900
QUARTER_MINUTES = 15
START_STEP_QUARTERS = 2
"""Sessions start on the half hour, counted from the start of a range of hours."""

DURATIONS_MINUTES = (30, 45, 60, 90, 120, 180)
"""Lengths that a session may have."""


@dataclass(frozen=True, slots=True)
class WeeklyRange:
    """Working hours on one weekday, in minutes after local midnight.

    Attributes:
        weekday: 0 is Monday.
        starts_minute: 0 to 1425, a multiple of 15.
        ends_minute: Up to 1440, a multiple of 15, after the start.
    """

    weekday: int
    starts_minute: int
    ends_minute: int


DEFAULT_WEEKLY_RANGES = tuple(WeeklyRange(day, 9 * 60, 12 * 60) for day in range(5)) + tuple(
    WeeklyRange(day, 16 * 60, 20 * 60) for day in range(6)
)
"""Hours a new tutor starts with, so that a first offering can be booked at once."""


def quarter_of(moment: datetime) -> int:
    """Return the quarter in which an aware moment lies."""
    return int(moment.timestamp()) // QUARTER_SECONDS


def quarter_start(quarter: int) -> datetime:
    """Return the aware UTC moment at which a quarter begins."""
    return datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC)


def quarters_between(starts_at: datetime, ends_at: datetime) -> range:
    """Return the quarters that a session touches, from `starts_at` up to `ends_at`."""
    return range(quarter_of(starts_at), -(-int(ends_at.timestamp()) // QUARTER_SECONDS))


def _local_moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(day, time.min)
    return (midnight + timedelta(minutes=minute)).replace(tzinfo=zone).astimezone(UTC)


def open_ranges(
    hours: Collection[WeeklyRange], zone: ZoneInfo, first_day: date, days: int
) -> Iterator[tuple[int, int]]:
    """Yield the tutor's working hours as (first quarter, quarter after the last), in order of time.

    Args:
        hours: The weekly pattern, in the tutor's zone.
        zone: The tutor's zone.
        first_day: Local day to begin with.
        days: How many local days to cover.
    """
    ordered = sorted(hours, key=lambda span: (span.weekday, span.starts_minute))
    for offset in range(days):
        day = first_day + timedelta(days=offset)
        for span in ordered:
            if span.weekday == day.weekday():
                starts_at = _local_moment(day, span.starts_minute, zone)
                ends_at = _local_moment(day, span.ends_minute, zone)
                yield -(-int(starts_at.timestamp()) // QUARTER_SECONDS), quarter_of(ends_at)


def free_starts(
    ranges: Iterable[tuple[int, int]],
    *,
    claimed: Collection[int],
    duration_minutes: int,
    earliest: datetime,
    latest: datetime,
) -> Iterator[int]:
    """Yield the quarters at which a session of this length may start, in order.

    Args:
        ranges: Open hours as half-open quarter ranges.
        claimed: Quarters in which the tutor or the student is taken.
        duration_minutes: Length of the session.
        earliest: No start before this moment.
        latest: No start after this moment.
    """
    length = -(-duration_minutes // QUARTER_MINUTES)
    first = -(-int(earliest.timestamp()) // QUARTER_SECONDS)
    last = quarter_of(latest)
    taken = claimed if isinstance(claimed, (set, frozenset)) else set(claimed)
    seen = -1
    for begins, ends in ranges:
        for start in range(begins, ends - length + 1, START_STEP_QUARTERS):
            if start < first or start > last or start <= seen:
                continue
            if all(quarter not in taken for quarter in range(start, start + length)):
                seen = start
                yield start
