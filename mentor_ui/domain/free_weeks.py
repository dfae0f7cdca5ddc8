"""Free times laid out as people choose among them: by week and day of their own zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mentor_ui.domain.local_time import zone_named

DAYS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class FreeDay:
    """One local day and the starts that are free on it.

    Attributes:
        starts: Aware UTC, in order.
    """

    day: date
    starts: tuple[datetime, ...]


def local_date(moment: datetime, zone_name: str) -> date:
    """Return the day on which a moment falls in a zone."""
    return moment.astimezone(zone_named(zone_name)).date()


def week_of(moment: datetime, zone_name: str, now: datetime) -> int:
    """Return in which week a moment lies, counted in sevens of local days from today; 0 is the first."""
    days = (local_date(moment, zone_name) - local_date(now, zone_name)).days
    return max(0, days // DAYS_SHOWN)


def week_count(starts: Sequence[datetime], zone_name: str, now: datetime) -> int:
    """Return how many weeks there are to look through; one at least."""
    return 1 + (week_of(starts[-1], zone_name, now) if starts else 0)


def free_days(starts: Sequence[datetime], zone_name: str, now: datetime, week: int) -> tuple[FreeDay, ...]:
    """Return the seven days of a week with what is free on each.

    Args:
        starts: Free starts, in order.
        zone_name: The reader's zone.
        now: The present moment; the first week begins today.
        week: See `week_of`.
    """
    zone = zone_named(zone_name)
    first = local_date(now, zone_name) + timedelta(days=DAYS_SHOWN * week)
    by_day: dict[date, list[datetime]] = {first + timedelta(days=offset): [] for offset in range(DAYS_SHOWN)}
    for start in starts:
        free = by_day.get(start.astimezone(zone).date())
        if free is not None:
            free.append(start)
    return tuple(FreeDay(day, tuple(free)) for day, free in by_day.items())


def nearest(starts: Sequence[datetime], wanted: datetime, count: int = 3) -> tuple[datetime, ...]:
    """Return the free starts closest to a wanted one, in order of time."""
    closest = sorted(starts, key=lambda start: (abs(start - wanted), start))[:count]
    return tuple(sorted(closest))


def week_title(days: Sequence[FreeDay]) -> str:
    """Return `22 – 28 Nov`, or `29 Nov – 5 Dec`."""  # noqa: RUF002  (an en dash, as on the page)
    first, last = days[0].day, days[-1].day
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"{begins} – {last.day} {last:%b}"  # noqa: RUF001
