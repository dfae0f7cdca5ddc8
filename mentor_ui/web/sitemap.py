"""What search engines are told: where the public pages are, and which are none of their business."""

import threading
import time
from collections.abc import Callable, Iterable
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from mentor_ui.db.current import current_database
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.services.public_pages import Kind, paths, starts
from mentor_ui.settings import Settings

PER_FILE = 10_000
"""A fifth of what the protocol allows: half a megabyte, a few milliseconds of the database."""

KEPT_SECONDS = 3600
FIXED_PATHS = ("/", "/mentorship", "/courses", "/signup")
CLOSED = (
    "/account", "/admin", "/api", "/j/", "/login", "/mentorship/checkout", "/mentorship/session",
    "/mentorship/verify-payment", "/sandbox", "/student", "/tutor",
)  # fmt: skip
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"


class Sitemap:
    """The routes `/robots.txt`, `/sitemap.xml` and, in a large market, its parts.

    Args:
        settings: The application's settings.
        per_file: Addresses in one file.
    """

    def __init__(self, settings: Settings, *, per_file: int = PER_FILE) -> None:
        self._public_url = settings.public_url.rstrip("/")
        self._per_file = per_file
        self._kept: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route("/robots.txt", self._robots, methods=["GET"]),
            Route("/sitemap.xml", self._whole, methods=["GET"]),
            Route("/sitemap-{kind}-{start}.xml", self._part, methods=["GET"]),
        ]

    async def _robots(self, _request: Request) -> Response:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED)]
        return PlainTextResponse("\n".join([*lines, f"Sitemap: {self._public_url}/sitemap.xml", ""]))

    async def _whole(self, _request: Request) -> Response:
        return _xml(await run_in_threadpool(self._once, "whole", self._make_whole))

    async def _part(self, request: Request) -> Response:
        start = parse_id(request.path_params["start"])
        kind = next((kind for kind in Kind if kind == request.path_params["kind"]), None)
        if kind is None or start is None:
            return PlainTextResponse("There is no such part.", 404)

        def make() -> str:
            with current_database().reading() as session:
                return self._urls(paths(session, kind, start=start, limit=self._per_file))

        return _xml(await run_in_threadpool(make))

    def _make_whole(self) -> str:
        with current_database().reading() as session:
            found = {kind: paths(session, kind, limit=self._per_file) for kind in Kind}
            together = [*FIXED_PATHS, *(path for some in found.values() for path in some)]
            if len(together) <= self._per_file:
                return self._urls(together)
            parts = [
                f"/sitemap-{kind}-{start}.xml"
                for kind in Kind
                for start in starts(session, kind, every=self._per_file)
            ]
        places = "".join(f"<sitemap><loc>{escape(self._public_url + part)}</loc></sitemap>" for part in parts)
        return f'<sitemapindex xmlns="{_SCHEMA}">{places}</sitemapindex>'

    def _urls(self, found: Iterable[str]) -> str:
        places = "".join(f"<url><loc>{escape(self._public_url + path)}</loc></url>" for path in found)
        return f'<urlset xmlns="{_SCHEMA}">{places}</urlset>'

    def _once(self, name: str, make: Callable[[], str]) -> str:
        """Make a text at most once in `KEPT_SECONDS`: in a large market it reads all of an index."""
        with self._lock:
            made_at, text = self._kept.get(name, (0.0, ""))
            if not text or time.monotonic() - made_at > KEPT_SECONDS:
                text = make()
                # A small market costs nothing to read anew, and what is new in it is listed at once.
                if "<sitemapindex" in text:
                    self._kept[name] = (time.monotonic(), text)
            return text


def _xml(text: str) -> Response:
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n',
        media_type="application/xml",
        headers={"cache-control": "public, max-age=300"},
    )
