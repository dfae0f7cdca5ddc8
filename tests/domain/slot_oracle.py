"""The slow, plain way to free times: one candidate after the other, on clocks and in minutes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from mentor_ui.domain.availability_rules import BookingRules, ExceptionKind
from mentor_ui.domain.slots import Booked, Taken, TutorHours

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Case:
    """One question: all that free times depend on."""

    hours: TutorHours
    rules: BookingRules
    duration_minutes: int
    earliest: datetime
    latest: datetime
    taken: tuple[Taken, ...] = ()
    student: tuple[Taken, ...] = ()
    booked: tuple[Booked, ...] = ()


def _zone_of(hours: TutorHours, day: date) -> ZoneInfo | None:
    """Return the zone of the stay that covers a date; None at home."""
    covering = [stay for stay in hours.stays if stay.first_day <= day <= stay.last_day]
    if not covering:
        return None
    return ZoneInfo(max(enumerate(covering), key=lambda pair: (pair[1].first_day, pair[0]))[1].timezone)


def wall_clock(hours: TutorHours, moment: datetime) -> datetime | None:
    """Return what the tutor's clock shows, where the tutor is; None between two local days."""
    elsewhere = [moment.astimezone(ZoneInfo(stay.timezone)) for stay in hours.stays]
    elsewhere = [
        shown for shown in elsewhere if str(_zone_of(hours, shown.date()) or "") == str(shown.tzinfo)
    ]
    if elsewhere:
        return max(elsewhere, key=lambda shown: shown.date())
    at_home = moment.astimezone(hours.zone)
    return at_home if _zone_of(hours, at_home.date()) is None else None


def local_day(hours: TutorHours, moment: datetime) -> date:
    """Return the day that a moment counts as."""
    shown = wall_clock(hours, moment)
    while shown is None:
        moment -= QUARTER
        shown = wall_clock(hours, moment)
    return shown.date()


def is_working(hours: TutorHours, moment: datetime) -> bool:
    """Return whether the clock shows working hours."""
    shown = wall_clock(hours, moment)
    if shown is None:
        return False
    minute = shown.hour * 60 + shown.minute
    of_day = [one for one in hours.exceptions if one.first_day <= shown.date() <= one.last_day]
    in_exception = {one.kind for one in of_day if one.starts_minute <= minute < one.ends_minute}
    if ExceptionKind.AWAY in in_exception:
        return False
    return ExceptionKind.EXTRA in in_exception or any(
        span.weekday == shown.weekday() and span.starts_minute <= minute < span.ends_minute
        for span in hours.weekly
    )


def _on_the_half_hour(hours: TutorHours, start: datetime) -> bool:
    day, begins = local_day(hours, start), start
    while is_working(hours, begins - QUARTER) and local_day(hours, begins - QUARTER) == day:
        begins -= QUARTER
    return (start - begins) % timedelta(minutes=30) == timedelta()


def _clear(rules: BookingRules, start: datetime, end: datetime, other: Taken) -> bool:
    if start >= other.ends_at:
        return start - other.ends_at >= timedelta(
            minutes=max(rules.buffer_before_minutes, other.after_minutes)
        )
    if end <= other.starts_at:
        return other.starts_at - end >= timedelta(
            minutes=max(rules.buffer_after_minutes, other.before_minutes)
        )
    return False


def _within_limits(case: Case, start: datetime) -> bool:
    day, limits = local_day(case.hours, start), case.rules.limits
    days = [(local_day(case.hours, one.starts_at), one.minutes) for one in case.booked]
    on_day = [minutes for other, minutes in days if other == day]
    in_week = [minutes for other, minutes in days if other.isocalendar()[:2] == day.isocalendar()[:2]]
    return _fits(limits.sessions_day, limits.minutes_day, on_day, case.duration_minutes) and _fits(
        limits.sessions_week, limits.minutes_week, in_week, case.duration_minutes
    )


def _fits(sessions: int | None, minutes: int | None, booked: Collection[int], more: int) -> bool:
    return (sessions is None or len(booked) + 1 <= sessions) and (
        minutes is None or sum(booked) + more <= minutes
    )


def is_free(case: Case, start: datetime) -> bool:
    """Return whether a session may start at a moment."""
    end = start + timedelta(minutes=case.duration_minutes)
    minutes = (start + timedelta(minutes=place) for place in range(0, case.duration_minutes, 5))
    return (
        case.earliest <= start <= case.latest
        and all(_clear(case.rules, start, end, other) for other in case.taken)
        and all(end <= other.starts_at or start >= other.ends_at for other in case.student)
        and all(is_working(case.hours, minute) for minute in minutes)
        and _on_the_half_hour(case.hours, start)
        and _within_limits(case, start)
    )


def every_free_start(case: Case) -> list[datetime]:
    """Return all quarters at which a session may start, in order."""
    start = case.earliest.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    found: list[datetime] = []
    while start <= case.latest:
        if is_free(case, start):
            found.append(start)
        start += QUARTER
    return found
