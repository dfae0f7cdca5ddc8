"""What was called, for tests that assert on traffic: counts per route and the latest calls."""

from collections import Counter, deque
from typing import Any


class RequestLog:
    """In-memory log; a restart empties it."""

    def __init__(self, length: int = 500) -> None:
        """Keep the latest `length` calls in full."""
        self._counts: Counter[str] = Counter()
        self._recent: deque[dict[str, Any]] = deque(maxlen=length)

    def add(self, **entry: Any) -> None:
        """Remember one call; `route` is required."""
        self._counts[entry["route"]] += 1
        self._recent.append(entry)

    def listing(self) -> dict[str, Any]:
        """`{counts: {route: n}, recent: [call, …]}`, newest last."""
        return {"counts": dict(self._counts), "recent": list(self._recent)}

    def clear(self) -> None:
        """Forget all calls."""
        self._counts.clear()
        self._recent.clear()
