"""Which sessions lie outside a tutor's hours or limits, after those were changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from mentor_ui.domain.availability_rules import BookingLimits, DateException, ExceptionKind, Stay
from mentor_ui.domain.local_time import zone_named
from mentor_ui.domain.slots import WeeklyRange


class OutsideReason(StrEnum):
    """Why a session lies outside."""

    HOURS = "HOURS"
    AWAY = "AWAY"
    DAY_LIMIT = "DAY_LIMIT"
    WEEK_LIMIT = "WEEK_LIMIT"


@dataclass(frozen=True, slots=True)
class TutorPlan:
    """All that says when a tutor works.

    Attributes:
        timezone: IANA name of the tutor's own zone.
        hours: The weekly ranges by set; None is the key of the usual ones.
    """

    timezone: str
    hours: Mapping[int | None, Sequence[WeeklyRange]]
    exceptions: Sequence[DateException] = ()
    stays: Sequence[Stay] = ()
    limits: BookingLimits = field(default_factory=BookingLimits)


@dataclass(frozen=True, slots=True)
class PlacedSession:
    """A session in time.

    Attributes:
        schedule_id: Whose hours apply, as in `TutorPlan.hours`.
        counts: Whether it counts towards the limits; a request does not.
    """

    session_id: int
    starts_at: datetime
    ends_at: datetime
    schedule_id: int | None
    counts: bool = True


def zone_on(plan: TutorPlan, day: date) -> str:
    """Return the zone in which the hours of a day are meant."""
    return next(
        (stay.timezone for stay in plan.stays if stay.first_day <= day <= stay.last_day), plan.timezone
    )


def day_of(plan: TutorPlan, moment: datetime) -> date:
    """Return the tutor's own day in which a moment lies."""
    home = moment.astimezone(zone_named(plan.timezone)).date()
    for stay in plan.stays:
        there = moment.astimezone(zone_named(stay.timezone)).date()
        if stay.first_day <= there <= stay.last_day:
            return there
    return home


def outside_reasons(plan: TutorPlan, sessions: Iterable[PlacedSession]) -> dict[int, OutsideReason]:
    """Return why sessions lie outside, by their identifiers; those inside are not there.

    Of several sessions over a limit the earlier ones are inside.

    Args:
        plan: The tutor's hours, exceptions, zones and limits.
        sessions: All of the tutor's in the weeks concerned.
    """
    ordered = sorted(sessions, key=lambda placed: (placed.starts_at, placed.session_id))
    reasons = _over_limits(plan, ordered)
    for placed in ordered:
        if not _open(plan, placed, plan.exceptions):
            extra = [one for one in plan.exceptions if one.kind == ExceptionKind.EXTRA]
            away = _open(plan, placed, extra)
            reasons[placed.session_id] = OutsideReason.AWAY if away else OutsideReason.HOURS
    return reasons


def _open(plan: TutorPlan, placed: PlacedSession, exceptions: Sequence[DateException]) -> bool:
    first = day_of(plan, placed.starts_at) - timedelta(days=1)
    spans = sorted(
        span
        for offset in range((placed.ends_at - placed.starts_at).days + 3)
        for span in _open_spans(plan, first + timedelta(days=offset), placed.schedule_id, exceptions)
    )
    reached = placed.starts_at
    for begins, ends in spans:
        if begins <= reached < ends:
            reached = ends
    return reached >= placed.ends_at


def _open_spans(
    plan: TutorPlan, day: date, schedule_id: int | None, exceptions: Sequence[DateException]
) -> list[tuple[datetime, datetime]]:
    spans = [
        (span.starts_minute, span.ends_minute)
        for span in plan.hours.get(schedule_id, ())
        if span.weekday == day.weekday()
    ]
    todays = [one for one in exceptions if one.first_day <= day <= one.last_day]
    spans += [(one.starts_minute, one.ends_minute) for one in todays if one.kind == ExceptionKind.EXTRA]
    for one in todays:
        if one.kind == ExceptionKind.AWAY:
            spans = [part for span in spans for part in _without(span, one.starts_minute, one.ends_minute)]
    zone = zone_named(zone_on(plan, day))
    midnight = datetime.combine(day, time.min)
    return [
        (
            (midnight + timedelta(minutes=begins)).replace(tzinfo=zone),
            (midnight + timedelta(minutes=ends)).replace(tzinfo=zone),
        )
        for begins, ends in spans
    ]


def _without(span: tuple[int, int], starts: int, ends: int) -> list[tuple[int, int]]:
    parts = (span[0], min(span[1], starts)), (max(span[0], ends), span[1])
    return [part for part in parts if part[0] < part[1]]


def _over_limits(plan: TutorPlan, ordered: Sequence[PlacedSession]) -> dict[int, OutsideReason]:
    limits = plan.limits
    reasons: dict[int, OutsideReason] = {}
    count: dict[date, int] = defaultdict(int)
    minutes: dict[date, int] = defaultdict(int)
    weekly_count: dict[date, int] = defaultdict(int)
    weekly_minutes: dict[date, int] = defaultdict(int)
    for placed in ordered:
        if not placed.counts:
            continue
        day = day_of(plan, placed.starts_at)
        monday = day - timedelta(days=day.weekday())
        length = int((placed.ends_at - placed.starts_at).total_seconds()) // 60
        count[day] += 1
        minutes[day] += length
        weekly_count[monday] += 1
        weekly_minutes[monday] += length
        if _beyond(count[day], limits.sessions_day) or _beyond(minutes[day], limits.minutes_day):
            reasons[placed.session_id] = OutsideReason.DAY_LIMIT
        elif _beyond(weekly_count[monday], limits.sessions_week) or _beyond(
            weekly_minutes[monday], limits.minutes_week
        ):
            reasons[placed.session_id] = OutsideReason.WEEK_LIMIT
    return reasons


def _beyond(number: int, limit: int | None) -> bool:
    return limit is not None and number > limit
