"""What every route handler works with: the call, the world it acts on, and refusals."""

import asyncio
import json
import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response

from mentor_ui.sandbox.config import SandboxConfig
from mentor_ui.sandbox.faults import FaultBoard
from mentor_ui.sandbox.limits import RateWindows
from mentor_ui.sandbox.request_log import RequestLog
from mentor_ui.sandbox.storage import Store

Json = dict[str, Any]

_CODE_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(slots=True)
class Sandbox:
    """The whole stand-in world, handed to every handler."""

    config: SandboxConfig
    store: Store
    faults: FaultBoard
    requests: RequestLog
    rates: RateWindows = field(default_factory=RateWindows)
    wake: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class Call:
    """One HTTP request, its body already read."""

    route: str
    path: dict[str, str]
    query: QueryParams
    headers: Headers
    body: bytes
    client_host: str
    reply_headers: dict[str, str] = field(default_factory=dict)

    def json_object(self) -> Json | None:
        """The body as a JSON object, `{}` when empty, or None when it is anything else."""
        if not self.body.strip():
            return {}
        try:
            value = json.loads(self.body)
        except ValueError:
            return None
        return cast("Json", value) if isinstance(value, dict) else None

    def form(self) -> dict[str, str]:
        """The body as a URL-encoded form (the last value of a repeated field wins)."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


class RefusedError(Exception):
    """A provider's answer that is not a success; the handler's changes are rolled back."""

    def __init__(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


Handler = Callable[[Sandbox, Call], Response]
Guard = Callable[[Sandbox, Call], None]


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """One line of the route table: the name is what faults and the request log speak of."""

    name: str
    method: str
    path: str
    handler: Handler
    guard: Guard | None = None


def iso_millis(epoch: float | None) -> str | None:
    """`2026-11-22T10:15:02.000Z`, as Paystack writes times; None stays None."""
    if epoch is None:
        return None
    moment = datetime.fromtimestamp(epoch, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def iso_seconds(epoch: float | None) -> str | None:
    """`2026-11-22T10:15:02Z`, as Zoom writes times; None stays None."""
    return None if epoch is None else f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"


def now() -> float:
    """Seconds since 1970."""
    return time.time()


def random_code(prefix: str, length: int = 15) -> str:
    """An identifier such as `RCP_2x5j67tnnw1t98k`."""
    return prefix + "".join(secrets.choice(_CODE_ALPHABET) for _ in range(length))


def whole_number(text: str | None, default: int, *, low: int = 1, high: int = 2**62) -> int:
    """A query parameter as a number inside a range; `default` when missing or not a number."""
    if text is None or not text.isdecimal() or len(text) > 18:
        return default
    return max(low, min(high, int(text)))


def comes_from_here(headers: Headers, client_host: str) -> bool:
    """Whether this machine calls directly; a proxy's caller is somebody else."""
    forwarded = "x-forwarded-for" in headers or "forwarded" in headers
    return not forwarded and client_host in {"127.0.0.1", "::1"}


def require_loopback(_sandbox: Sandbox, call: Call) -> None:
    """Guard of what only this machine may do.

    Raises:
        RefusedError: 403 for calls through a proxy or from another machine.
    """
    if not comes_from_here(call.headers, call.client_host):
        raise RefusedError(403, {"message": "Only from this machine, on the sandbox's own port."})
