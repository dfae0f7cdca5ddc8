"""Answers in JSON that are made once and given to whoever asks for the same in the next seconds."""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of an answer, and what marks them."""

    content: bytes
    etag: str

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """Write the content as JSON."""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
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
    """The bodies of the last seconds; the oldest leave first.

    Args:
        seconds: How long one is kept.
        most: How many are kept.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._bodies: dict[int, tuple[float, Body]] = {}

    def get(self, key: int) -> Body | None:
        """Return the body kept under a key, unless it is too old."""
        made_at, body = self._bodies.get(key, (0.0, None))
        return body if time.monotonic() - made_at < self._seconds else None

    def put(self, key: int, body: Body) -> None:
        """Keep a body."""
        self._bodies.pop(key, None)
        while len(self._bodies) >= self._most:
            self._bodies.pop(next(iter(self._bodies)))
        self._bodies[key] = (time.monotonic(), body)
