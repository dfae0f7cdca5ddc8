"""Gives each HTTP request a name that all its log lines carry, and measures it."""

import re
import secrets
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from mentor_ui.metrics import REQUESTS
from mentor_ui.web.headers import FOR_EVER

HEADER = "x-request-id"
USABLE = re.compile(r"[\w-]{8,64}")
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestNames:
    """Wraps an application.

    Args:
        app: The application within.
        trusts_proxies: Whether a name that came with the request counts; else anybody could choose it.
    """

    def __init__(self, app: ASGIApp, *, trusts_proxies: bool) -> None:
        self._app = app
        self._trusts_proxies = trusts_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on.

        Args:
            scope: The ASGI scope.
            receive: Where the request's body comes from.
            send: Where the answer goes.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came = Headers(scope=scope).get(HEADER, "") if self._trusts_proxies else ""
        name = came if USABLE.fullmatch(came) else secrets.token_hex(8)
        began, answer = perf_counter(), "none"

        async def named(message: Message) -> None:
            nonlocal answer
            if message["type"] == "http.response.start":
                answer = f"{message['status'] // 100}xx"
                headers = MutableHeaders(scope=message)
                # A file that everybody has may be met years later, and each page loads nine of them.
                if headers.get("cache-control") != FOR_EVER:
                    headers[HEADER] = name
            await send(message)

        with bound_contextvars(request_id=name):
            try:
                await self._app(scope, receive, named)
            finally:
                method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
                REQUESTS.labels(method, answer).observe(perf_counter() - began)
