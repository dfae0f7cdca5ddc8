"""Identifiers made by the application, ordered by time, 63 bits wide.

Made here and not by a database sequence, so that rows can move between shards and a caller knows the
identifier before it writes. Outside the process (URLs, JSON, Reflex state) they are decimal strings, because
JavaScript numbers end at 53 bits.
"""

import secrets
import threading
import time

EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
_RANDOM_BITS = 22


class _Clock:
    """The last identifier given out by this process; two in one millisecond stay distinct."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last = 0


_clock = _Clock()


def new_id() -> int:
    """Return a positive 63-bit integer, greater than every earlier one of this process.

    Layout: 41 bits of milliseconds since 2025 (until 2094), then 22 random bits; within one millisecond the
    previous value plus one.
    """
    millis = time.time_ns() // 1_000_000 - EPOCH_MS
    candidate = (millis << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _clock.lock:
        if candidate <= _clock.last:
            candidate = _clock.last + 1
        _clock.last = candidate
    return candidate


def parse_id(text: object) -> int | None:
    """Return the identifier written in `text`, or None when it is not one.

    Args:
        text: What a browser or a caller sent; anything.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        return text if 0 < text < 2**63 else None
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 19:
        value = int(text)
        return value if 0 < value < 2**63 else None
    return None
