"""Answers in JSON that are made once and given to whoever asks for the same in the next seconds."""

import hashlib
import json
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import Response

# Made once: `json.dumps` makes an encoder at each call.
_written = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of an answer, and what marks them."""

    content: bytes
    etag: str

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """Write the content as JSON."""
        body = _written(content).encode()
        # Weak: a proxy that compresses may keep it.
        return cls(body, f'W/"{hashlib.blake2b(body, digest_size=8).hexdigest()}"')

    def answer(self, request: Request, headers: dict[str, str]) -> Response:
        """Return the answer, without the content for one who has it already."""
        headers = {**headers, "etag": self.etag}
        known = request.headers.get("if-none-match")
        if known is not None and self.etag in (tag.strip() for tag in known.split(",")):
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers=headers, media_type="application/json")


class KeptBodies:
    """The bodies of the last seconds, and older ones while nothing has changed; the oldest leave first.

    Args:
        seconds: How long one is kept in any case.
        most: How many are kept.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._bodies: dict[int, tuple[float, Hashable, Body]] = {}

    def get(self, key: int, version: Callable[[], Hashable] = lambda: None) -> Body | None:
        """Return the body kept under a key, unless it is too old.

        Args:
            key: What it was kept under.
            version: Returns what a body was kept with if nothing it is made of has changed; None if unknown.
        """
        kept = self._bodies.get(key)
        if kept is None:
            return None
        made_at, before, body = kept
        if time.monotonic() - made_at < self._seconds:
            return body
        return body if before is not None and before == version() else None

    def put(self, key: int, body: Body, version: Hashable = None) -> None:
        """Keep a body, made of what had this version."""
        self._bodies.pop(key, None)
        while len(self._bodies) >= self._most:
            self._bodies.pop(next(iter(self._bodies)))
        self._bodies[key] = (time.monotonic(), version, body)
