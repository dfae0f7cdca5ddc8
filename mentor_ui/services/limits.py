"""How often somebody may try: counted here, or in Redis when several processes serve."""

import math
import time
from collections.abc import Callable
from typing import TypeVar

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from mentor_ui.db.shared import PATIENCE_SECONDS, UNREACHABLE
from mentor_ui.domain.account_rules import REFUSALS, waiting_time
from mentor_ui.domain.errors import TooManyAttempts

Answer = TypeVar("Answer")


class Wait(TooManyAttempts):
    """A limit is used up.

    Attributes:
        seconds: After how long a try is counted as new.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        self.minutes = math.ceil(self.seconds / 60)
        _, sentence = REFUSALS[self.code]
        super().__init__(sentence.format(minutes=waiting_time(self.minutes)))


class Limit:
    """A number of tries per time and key. While Redis is away, each process counts by itself.

    Args:
        words: As the `limits` library reads them: `10 per 15 minutes`.
        name: Keeps the counts of different limits apart.
        redis_url: Where counts are shared; empty for this process alone.
    """

    def __init__(self, words: str, *, name: str, redis_url: str = "") -> None:
        self._item: RateLimitItem = parse(words)
        self._name = name
        self._own = MovingWindowRateLimiter(storage_from_string("memory://"))
        self._shared = _shared(redis_url) if redis_url else None

    def check(self, key: str) -> None:
        """Raise when nothing is left, without counting.

        Raises:
            Wait: Nothing is left.
        """
        if not self._ask(lambda limiter: limiter.test(self._item, self._name, key)):
            raise self._wait(key)

    def count(self, key: str) -> None:
        """Count a try.

        Raises:
            Wait: It was one too many.
        """
        if not self.has_room(key):
            raise self._wait(key)

    def has_room(self, key: str) -> bool:
        """Count a try and return whether it was still within the limit."""
        return self._ask(lambda limiter: limiter.hit(self._item, self._name, key))

    def forgive(self, key: str) -> None:
        """Forget what was counted."""
        self._ask(lambda limiter: limiter.clear(self._item, self._name, key))

    def _wait(self, key: str) -> Wait:
        ends = self._ask(lambda limiter: limiter.get_window_stats(self._item, self._name, key).reset_time)
        return Wait(ends - time.time())

    def _ask(self, question: Callable[[MovingWindowRateLimiter], Answer]) -> Answer:
        if self._shared is not None:
            try:
                return question(self._shared)
            except UNREACHABLE:
                pass
        return question(self._own)


def _shared(redis_url: str) -> MovingWindowRateLimiter:
    # The library's name for a socket in the file system is another than the client's.
    known = redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix:") else redis_url
    patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    return MovingWindowRateLimiter(storage_from_string(known, **patience))
