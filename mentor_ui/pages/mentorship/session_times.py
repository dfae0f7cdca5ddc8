"""Free times by day to choose from, for moving a session or proposing others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mentor_ui.domain.free_weeks import free_days, week_count, week_of, week_title
from mentor_ui.domain.local_time import clock, place_and_offset


@dataclass(frozen=True)
class TimeToChoose:
    """A start in ISO 8601, and the words on its button."""

    start: str
    label: str


@dataclass(frozen=True)
class DayToChoose:
    """A day with free times; `key` names its heading."""

    key: str
    name: str
    times: list[TimeToChoose]


@dataclass(frozen=True)
class TimesToChoose:
    """The free days of one week; `none_at_all` when there are none in any."""

    number: int = 0
    title: str = ""
    zone: str = ""
    days: tuple[DayToChoose, ...] = ()
    has_later: bool = False
    none_at_all: bool = False


def times_to_choose(
    starts: Sequence[datetime], zone: str, now: datetime, *, week: int | None
) -> TimesToChoose:
    """Return one week of free times.

    Args:
        starts: Free starts, in order.
        zone: The reader's zone.
        now: The present moment; the first week begins today.
        week: Which week; None for that of the first free time.
    """
    last = week_count(starts, zone, now) - 1
    first = starts[0] if starts else now
    number = week_of(first, zone, now) if week is None else min(max(week, 0), last)
    days = free_days(starts, zone, now, number)
    return TimesToChoose(
        number=number,
        title=week_title(days),
        zone=place_and_offset(zone, next((one.starts[0] for one in days if one.starts), first)),
        days=tuple(
            DayToChoose(
                key=f"choose-{one.day:%Y%m%d}",
                name=f"{one.day:%a} {one.day.day} {one.day:%b}",
                times=[TimeToChoose(start.isoformat(), clock(start, zone)) for start in one.starts],
            )
            for one in days
            if one.starts
        ),
        has_later=number < last,
        none_at_all=not starts,
    )
