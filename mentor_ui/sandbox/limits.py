"""Request rates over fixed windows, as the providers count them."""

import time


class RateWindows:
    """Counts calls per key in windows of a fixed length."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, int]] = {}

    def count(self, key: str, *, window_seconds: int) -> tuple[int, int]:
        """Count one call; return calls in this window so far and seconds until the next one."""
        clock = int(time.time())
        window = clock // window_seconds
        started, calls = self._windows.get(key, (window, 0))
        calls = calls + 1 if started == window else 1
        self._windows[key] = (window, calls)
        return calls, window_seconds - clock % window_seconds

    def clear(self) -> None:
        """Start all windows afresh."""
        self._windows.clear()
