"""Times in which somebody is busy by a calendar of theirs, and why a calendar could not be read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


class CalendarTrouble(Exception):
    """A calendar could not be read or written; nothing is known about its times.

    Attributes:
        words: One or two sentences for its owner, saying what is the matter and what helps.
        connect_anew: Whether only its owner can mend it, by linking it again.
    """

    def __init__(self, words: str, *, connect_anew: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.connect_anew = connect_anew


@dataclass(frozen=True, slots=True, order=True)
class Busy:
    """A stretch of time, aware UTC, its end not included."""

    starts_at: datetime
    ends_at: datetime


def merged(times: Iterable[Busy], *, since: datetime, until: datetime) -> list[Busy]:
    """Return the same times within a window, in order, as few stretches that do not touch.

    Args:
        times: In any order, overlapping as they like; empty and backward ones count for nothing.
        since: Begin of the window.
        until: Its end, not included.
    """
    result: list[Busy] = []
    for time in sorted(times):
        starts_at, ends_at = max(time.starts_at, since), min(time.ends_at, until)
        if starts_at >= ends_at:
            continue
        if result and starts_at <= result[-1].ends_at:
            result[-1] = Busy(result[-1].starts_at, max(result[-1].ends_at, ends_at))
        else:
            result.append(Busy(starts_at, ends_at))
    return result
