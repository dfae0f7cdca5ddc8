"""The demo's window to the sandbox process: `/sandbox/*` on our own port.

So that the hosted checkout and the mailbox work wherever the application itself can be reached. The
sandbox's fault switches (`/control`) are not passed on.
"""

import posixpath
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from mentor_ui.web.requests import BodyTooLarge, body_of

PREFIX = "/sandbox"
METHODS = ["GET", "HEAD", "POST"]
MOST_BYTES = 1_000_000
# RFC 9110 section 7.6.1, and the length that the server counts itself.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
FORWARDED = frozenset({"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix"})
# Of no business to a payment page, as on the real one's own domain.
WITHHELD = frozenset({"cookie", "host"})


class SandboxProxy:
    """Passes requests on to the sandbox.

    Args:
        sandbox_url: Address of the sandbox process, without a closing slash.
    """

    def __init__(self, sandbox_url: str) -> None:
        self._sandbox_url = sandbox_url
        self._client: httpx.AsyncClient | None = None

    def routes(self) -> list[BaseRoute]:
        """The routes to put into the application's Starlette part.

        Returns:
            One route for everything below the prefix.
        """
        return [Route(f"{PREFIX}/{{path:path}}", self._pass_on, methods=METHODS)]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Hold connections to the sandbox open for as long as the application runs."""
        async with httpx.AsyncClient(base_url=self._sandbox_url, timeout=60, trust_env=False) as client:
            self._client = client
            try:
                yield
            finally:
                self._client = None

    async def _pass_on(self, request: Request) -> Response:
        path = posixpath.normpath(f"/{request.path_params['path']}")
        # What is still encoded here would be decoded once more over there.
        if self._client is None or "%" in path or path.strip("/").split("/")[0] == "control":
            return PlainTextResponse("There is no such page.", status_code=404)
        try:
            body = await body_of(request, MOST_BYTES)
        except BodyTooLarge:
            return PlainTextResponse("This is more than any of our forms holds.", status_code=413)
        outgoing = self._client.build_request(
            request.method,
            httpx.URL(self._sandbox_url).copy_with(path=path, query=request.url.query.encode() or None),
            headers=_forwarded(request),
            content=body,
        )
        try:
            answer = await self._client.send(outgoing, stream=True)
        except httpx.TransportError:
            return PlainTextResponse(
                "The sandbox does not answer. Start the application again.", status_code=502
            )
        passed = StreamingResponse(
            answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose)
        )
        passed.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.lower().decode("latin-1") not in HOP_BY_HOP
        ]
        return passed


def _forwarded(request: Request) -> list[tuple[str, str]]:
    dropped = HOP_BY_HOP | FORWARDED | WITHHELD
    kept = [(name, value) for name, value in request.headers.items() if name not in dropped]
    return [
        *kept,
        ("x-forwarded-for", request.client.host if request.client else "unknown"),
        ("x-forwarded-host", request.headers.get("host", "")),
        ("x-forwarded-proto", request.url.scheme),
        ("x-forwarded-prefix", PREFIX),
    ]
