"""Waiting for what other processes do."""

import time
from collections.abc import Callable

from mentor_ui.proving.interruption import obey

PAUSE_SECONDS = 0.1


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Wait until something holds; False when it never does.

    Raises:
        KeyboardInterrupt: We were told to stop.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        obey()
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
