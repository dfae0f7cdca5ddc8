"""Waiting for what other processes do."""

import time
from collections.abc import Callable

PAUSE_SECONDS = 0.1


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Wait until something holds; False when it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
