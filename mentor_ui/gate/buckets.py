"""Token buckets: how many events a tab or a person may send."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import cast

from mentor_ui.db.shared import UNREACHABLE, shared_redis
from mentor_ui.settings import get_settings

KEPT = 50_000
"""Buckets in a process; the one unused longest goes first."""

LEASE_SHARE = 10
LEASE_SECONDS = 5.0

# KEYS: the bucket. ARGV: tokens per second, most of them, how many are wanted. The clock is Redis's own, as
# those of several hosts differ. Returns how many were taken.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
local kept = redis.call('HMGET', KEYS[1], 'level', 'seen')
local level = math.min(ARGV[2], (tonumber(kept[1]) or ARGV[2]) + (now - (tonumber(kept[2]) or now)) * ARGV[1])
local taken = math.min(math.floor(level), tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'level', level - taken, 'seen', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[2] / ARGV[1]) + 1)
return taken
"""


class Buckets:
    """One bucket per key, in this process.

    Args:
        per_second: How fast a bucket refills.
        burst: How much it holds.
        kept: How many buckets are kept.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        *,
        per_second: float,
        burst: float,
        kept: int = KEPT,
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


class SharedBuckets:
    """One bucket per key for all processes, in Redis when there is one, else in this process.

    A process takes a tenth of a bucket at once and gives it out itself, so that not every event asks Redis.
    What it has not given out after some seconds is lost to the key.

    Args:
        name: Keeps buckets of different kinds apart.
        per_second: How fast a bucket refills.
        burst: How much it holds.
        redis_url: Where the buckets are; unless given, as the settings say.
    """

    def __init__(self, name: str, *, per_second: float, burst: float, redis_url: str | None = None) -> None:
        self._name = name
        self._per_second = per_second
        self._burst = burst
        self._redis_url = redis_url
        self._own = Buckets(per_second=per_second, burst=burst)
        self._at_once = max(1, int(burst / LEASE_SHARE))
        self._leases: OrderedDict[str | int, tuple[int, float]] = OrderedDict()

    async def take(self, key: str | int) -> bool:
        """Take one token from the key's bucket; False when it is empty.

        When Redis is away, this process alone counts.
        """
        url = get_settings().redis_url if self._redis_url is None else self._redis_url
        if not url:
            return self._own.take(key)
        left, ends = self._leases.pop(key, (0, 0.0))
        if left == 0 or time.monotonic() > ends:
            try:
                left, ends = await self._lease(url, key), time.monotonic() + LEASE_SECONDS
            except UNREACHABLE:
                return self._own.take(key)
        if left == 0:
            return False
        self._leases[key] = (left - 1, ends)
        if len(self._leases) > KEPT:
            self._leases.popitem(last=False)
        return True

    async def _lease(self, url: str, key: str | int) -> int:
        bucket = f"mentor:bucket:{self._name}:{key}"
        numbers = (str(self._per_second), str(self._burst), str(self._at_once))
        taken = cast("Awaitable[int]", shared_redis(url).eval(_TAKE, 1, bucket, *numbers))
        return await taken
