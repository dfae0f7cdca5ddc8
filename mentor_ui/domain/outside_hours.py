"""Which sessions lie outside a tutor's hours or limits, after those were changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mentor_ui.domain.availability_rules import BookingLimits, ExceptionKind
from mentor_ui.domain.booking_limits import Load
from mentor_ui.domain.slots import OpenTime, TutorHours, is_inside, open_time


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
        hours: By set; None is the key of the usual ones, which are always there.
    """

    hours: Mapping[int | None, TutorHours]
    limits: BookingLimits

    def of_set(self, schedule_id: int | None) -> TutorHours:
        """Return the hours of a set; one without any ranges has the exceptions alone."""
        return self.hours.get(schedule_id) or replace(self.hours[None], weekly=())


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


def outside_reasons(plan: TutorPlan, sessions: Iterable[PlacedSession]) -> dict[int, OutsideReason]:
    """Return why sessions lie outside, by their identifiers; those inside are not there.

    Of several sessions over a limit the earlier ones are inside.

    Args:
        plan: The tutor's hours, exceptions, zones and limits.
        sessions: All of the tutor's in the weeks concerned.
    """
    ordered = sorted(sessions, key=lambda placed: (placed.starts_at, placed.session_id))
    if not ordered:
        return {}
    first, last = ordered[0].starts_at, ordered[-1].starts_at
    reasons = _over_limits(open_time(plan.of_set(None), first, last), plan.limits, ordered)
    for schedule_id in {placed.schedule_id for placed in ordered}:
        hours = plan.of_set(schedule_id)
        extra = tuple(one for one in hours.exceptions if one.kind == ExceptionKind.EXTRA)
        time = open_time(hours, first, last)
        never_away = open_time(replace(hours, exceptions=extra), first, last)
        for placed in ordered:
            if placed.schedule_id == schedule_id and not is_inside(time, placed.starts_at, placed.ends_at):
                away = is_inside(never_away, placed.starts_at, placed.ends_at)
                reasons[placed.session_id] = OutsideReason.AWAY if away else OutsideReason.HOURS
    return reasons


def _over_limits(
    time: OpenTime, limits: BookingLimits, ordered: Sequence[PlacedSession]
) -> dict[int, OutsideReason]:
    reasons: dict[int, OutsideReason] = {}
    load = Load()
    for placed in ordered:
        day = time.day_of(placed.starts_at)
        if day is None or not placed.counts:
            continue
        minutes = int((placed.ends_at - placed.starts_at) / timedelta(minutes=1))
        reached = load.limit_reached(limits, day, minutes)
        if reached is not None:
            reasons[placed.session_id] = (
                OutsideReason.DAY_LIMIT if reached.a_day else OutsideReason.WEEK_LIMIT
            )
        load.add(day, minutes)
    return reasons
