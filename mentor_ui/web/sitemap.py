"""What search engines are told: where the public pages are, and which are none of their business."""

import threading
import time
from collections import OrderedDict
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
"""In a large market, where a text reads all of an index."""

KEPT_OF_SMALL_SECONDS = 60
"""What is new in a small market is listed soon."""

MOST_PARTS = 16
"""So many parts are kept, of half a megabyte each."""

NO_PART = "There is no such part."
FIXED_PATHS = ("/", "/mentorship", "/courses", "/signup")
CLOSED = (
    "/account", "/admin", "/api", "/j/", "/login", "/mentorship/checkout", "/mentorship/session",
    "/mentorship/verify-payment", "/sandbox", "/student", "/tutor",
)  # fmt: skip
WHOLE = "/sitemap.xml"
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
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

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
        return _xml(await run_in_threadpool(self._whole_text))

    async def _part(self, request: Request) -> Response:
        start = parse_id(request.path_params["start"])
        kind = next((kind for kind in Kind if kind == request.path_params["kind"]), None)
        if kind is None or start is None:
            return PlainTextResponse(NO_PART, 404)
        text = await run_in_threadpool(self._part_text, kind, start)
        return _xml(text) if text else PlainTextResponse(NO_PART, 404)

    def _whole_text(self) -> str:
        return self._once(WHOLE, self._make_whole)

    def _part_text(self, kind: Kind, start: int) -> str:
        """Return a part that the index names; nothing of any other."""
        path = f"/sitemap-{kind}-{start}.xml"
        if f"<loc>{escape(self._public_url + path)}</loc>" not in self._whole_text():
            return ""

        def make() -> str:
            with current_database().reading() as session:
                return self._urls(paths(session, kind, start=start, limit=self._per_file))

        return self._once(path, make)

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
        """Return a text that one request makes anew now and then, while the others get the old one."""
        with self._lock:
            made_at, text = self._kept.get(name, (0.0, ""))
            making = self._making.setdefault(name, threading.Lock())
        if text and (time.monotonic() - made_at < _kept_seconds(name, text) or making.locked()):
            return text
        with making:
            with self._lock:
                now_made_at, now_text = self._kept.get(name, (0.0, ""))
            if now_text and now_made_at != made_at:
                return now_text  # made while this one waited
            text = make()
            with self._lock:
                self._kept[name] = (time.monotonic(), text)
                self._kept.move_to_end(name)
                while len(self._kept) > MOST_PARTS + 1:
                    oldest = next(one for one in self._kept if one != WHOLE)
                    del self._kept[oldest]
                    self._making.pop(oldest, None)
        return text


def _kept_seconds(name: str, text: str) -> float:
    return KEPT_OF_SMALL_SECONDS if name == WHOLE and "<sitemapindex" not in text else KEPT_SECONDS


def _xml(text: str) -> Response:
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n',
        media_type="application/xml",
        headers={"cache-control": "public, max-age=300"},
    )
