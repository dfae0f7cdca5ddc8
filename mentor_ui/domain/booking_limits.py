"""What a tutor takes at most in a day and in a week, and whether one session more would go over it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from mentor_ui.domain.availability_rules import BookingLimits


@dataclass(frozen=True, slots=True)
class LimitReached:
    """A limit that one session more would go over.

    Attributes:
        most: Sessions, or minutes.
        of_minutes: Whether it is minutes.
        a_day: Of one local day, or else of a week from Monday.
    """

    most: int
    of_minutes: bool
    a_day: bool

    @property
    def words(self) -> str:
        """Return `at most 2 sessions a day`, or `at most 4.5 hours a week`."""
        number, unit = (f"{self.most / 60:g}", "hour") if self.of_minutes else (str(self.most), "session")
        return f"at most {number} {unit}{'' if number == '1' else 's'} a {'day' if self.a_day else 'week'}"


class Load:
    """How much is booked, by local day and by week."""

    def __init__(self, sessions: Iterable[tuple[date, int]] = ()) -> None:
        """Count sessions.

        Args:
            sessions: The local day on which each starts, and its length in minutes.
        """
        self._days: dict[date, list[int]] = {}
        self._weeks: dict[date, list[int]] = {}
        for day, minutes in sessions:
            self.add(day, minutes)

    def add(self, day: date, minutes: int) -> None:
        """Count one session more."""
        self._days.setdefault(day, []).append(minutes)
        self._weeks.setdefault(_monday(day), []).append(minutes)

    def limit_reached(self, limits: BookingLimits, day: date, minutes: int) -> LimitReached | None:
        """Return the limit that a session of `minutes` on this day would go over, or None."""
        for booked, most_sessions, most_minutes, a_day in (
            (self._days.get(day, ()), limits.sessions_day, limits.minutes_day, True),
            (self._weeks.get(_monday(day), ()), limits.sessions_week, limits.minutes_week, False),
        ):
            if most_sessions is not None and len(booked) >= most_sessions:
                return LimitReached(most_sessions, of_minutes=False, a_day=a_day)
            if most_minutes is not None and sum(booked) + minutes > most_minutes:
                return LimitReached(most_minutes, of_minutes=True, a_day=a_day)
        return None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
