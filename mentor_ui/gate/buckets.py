"""Token buckets: how many events a tab or a person may send."""

import time
from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """One bucket per key, in this process.

    Args:
        per_second: How fast a bucket refills.
        burst: How much it holds.
        kept: How many buckets are kept; the one unused longest goes first.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        *,
        per_second: float,
        burst: float,
        kept: int = 50_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._kept = kept
        self._clock = clock
        self._levels: OrderedDict[str | int, tuple[float, float]] = OrderedDict()

    def take(self, key: str | int) -> bool:
        """Take one token from the key's bucket; False when it is empty."""
        now = self._clock()
        level, seen = self._levels.pop(key, (self._burst, now))
        level = min(self._burst, level + (now - seen) * self._per_second)
        enough = level >= 1
        self._levels[key] = (level - 1 if enough else level, now)
        if len(self._levels) > self._kept:
            self._levels.popitem(last=False)
        return enough
