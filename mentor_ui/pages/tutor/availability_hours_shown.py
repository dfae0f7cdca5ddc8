"""Weekly hours in words, as the editor shows them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from mentor_ui.domain.slots import WeeklyRange
from mentor_ui.domain.weekly_hours import (
    MOST_RANGES_A_DAY,
    WEEKDAYS,
    clock_of,
)
from mentor_ui.pages.tutor.offering_rows import counted
from mentor_ui.services.weekly_hours import HoursSet


@dataclass(frozen=True)
class RangeRow:
    """One range on the screen; `number` counts within its day, `key` is new for each new value."""

    key: str
    number: str
    starts: str
    ends: str


@dataclass(frozen=True)
class DayRow:
    """One weekday; `copy` is what the dialog of copying begins with (JSON)."""

    weekday: int
    name: str
    ranges: list[RangeRow]
    error: str
    full: bool
    copy: str


@dataclass(frozen=True)
class ChosenSet:
    """The set on the screen: what can be done to it, and what its dialogs begin with (JSON)."""

    named: bool = False
    name: str = ""
    followers: str = ""
    rename: str = "{}"


@dataclass(frozen=True)
class ShownRange:
    """A range as it is being edited; `key` as in `RangeRow`."""

    key: str
    weekday: int
    starts_minute: int
    ends_minute: int


def plain_ranges(shown: Sequence[ShownRange]) -> list[WeeklyRange]:
    """Return the ranges without their keys."""
    return [WeeklyRange(one.weekday, one.starts_minute, one.ends_minute) for one in shown]


def day_row(weekday: int, shown: Sequence[ShownRange], error: str) -> DayRow:
    """Return one weekday for the editor.

    Args:
        weekday: 0 for Monday.
        shown: The ranges of all days.
        error: What is wrong with this day; empty for nothing.
    """
    todays = [one for one in shown if one.weekday == weekday]
    fill: dict[str, object] = {"source": str(weekday), "copied": WEEKDAYS[weekday]}
    fill |= {f"day-{day}": False for day in range(len(WEEKDAYS))}
    return DayRow(
        weekday=weekday,
        name=WEEKDAYS[weekday],
        ranges=[
            RangeRow(
                key=one.key,
                number=f", range {number}" if len(todays) > 1 else "",
                starts=clock_of(one.starts_minute),
                ends=clock_of(one.ends_minute),
            )
            for number, one in enumerate(todays, start=1)
        ],
        error=error,
        full=len(todays) >= MOST_RANGES_A_DAY,
        copy=json.dumps(fill),
    )


def about_set(stored: HoursSet) -> ChosenSet:
    """Return what the editor says of a set; nothing of the usual hours."""
    if stored.schedule_id is None:
        return ChosenSet()
    followers = (
        f"{counted(stored.offerings, 'offering')} will follow your usual hours instead."
        if stored.offerings
        else "No offering follows them."
    )
    return ChosenSet(
        named=True,
        name=stored.name,
        followers=followers,
        rename=json.dumps({"schedule": str(stored.schedule_id), "name": stored.name}),
    )
