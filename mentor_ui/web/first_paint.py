"""Answers a page's address with the page itself, drawn from the database, before any script has run.

The States are filled by the page's own loaders, its components are drawn by `first_paint_markup`, and the
scripts begin with the same values, so React takes over what is there and changes nothing. See docs/speed.md.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mentor_ui.domain.local_path import local_path
from mentor_ui.domain.roles import Actor
from mentor_ui.gate.acting import resolve
from mentor_ui.gate.cookies import session_token
from mentor_ui.pages.heads import Head
from mentor_ui.pages.registry import NOT_FOUND
from mentor_ui.web.compression import QUALITY, compressed
from mentor_ui.web.first_paint_document import Document, data_of, documents, meta
from mentor_ui.web.first_paint_pages import Drawing, Pages, Prepared
from mentor_ui.web.first_paint_values import Asked, Filled, Values, changed, defaults_of, filled
from mentor_ui.web.headers import NOT_KEPT, security_policy
from mentor_ui.web.well_squeezed import WellSqueezed

log = logging.getLogger(__name__)

LOGIN = "/login"
NO_PAGES = ("/api/", "/assets/")
"""No page begins like this, so that none has to be looked for."""

ASK_AGAIN = "no-cache"
BLANK = "private, no-cache"


@dataclass(frozen=True, slots=True)
class _Painted:
    """A page as it goes out.

    Attributes:
        caching: Who may keep it, and how.
    """

    html: str
    status: int
    policy: str
    caching: str


class FirstPaint:
    """Answers requests for pages; everything else goes to the application within.

    Args:
        app: The application within.
        pages: All pages.
        static_folder: The built front end.
        public_url: Base of every address that leaves the application.
    """

    def __init__(self, app: ASGIApp, *, pages: Pages, static_folder: Path, public_url: str) -> None:
        self._app = app
        self._pages = pages
        self._static_folder = static_folder
        self._public_url = public_url.rstrip("/")
        self._squeezed = WellSqueezed(QUALITY)

    @cached_property
    def _documents(self) -> dict[str, Document]:
        return documents(self._static_folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Args:
            scope: The ASGI scope.
            receive: Where the request's body comes from.
            send: Where the answer goes.
        """
        if (
            scope["type"] != "http"
            or scope["method"] not in {"GET", "HEAD"}
            or scope["path"].startswith(NO_PAGES)
        ):
            await self._app(scope, receive, send)
            return
        path = "/" + str(scope["path"]).strip("/")
        route = self._pages.route_of(path)
        answer = None
        if route is not None:
            answer = await self._answer(Request(scope, receive), path, route)
        await (answer or self._app)(scope, receive, send)

    async def _answer(self, request: Request, path: str, route: str) -> Response | None:
        cookie = request.headers.get("cookie", "")
        asked = Asked(path, request.url.query, cookie, self._public_url)
        actor = await resolve(session_token(cookie))
        admitted = self._pages.policy(route).admits(actor)
        if not admitted and actor is None:
            here = f"{path}?{asked.query}" if asked.query else path
            return RedirectResponse(f"{LOGIN}?next={quote(here, safe='/')}", 303)
        page = await self._pages.wanted(route)
        if page is None:
            return None
        if not admitted:
            return await asyncio.to_thread(self._response, request, self._blank, page, asked, None)
        try:
            found = await filled(route, page.handlers, page.states, asked, actor)
        except Exception:  # the page's own scripts load it once more, and say what is wrong
            log.exception("a page could not be filled for its first paint")
            return await asyncio.to_thread(self._response, request, self._blank, page, asked, None)
        if found.goes_to:
            return RedirectResponse(local_path(found.goes_to, "/"), 303)
        return await asyncio.to_thread(self._response, request, self._painted, page, asked, (found, actor))

    def _response(self, request: Request, paint: Any, page: Prepared, asked: Asked, found: Any) -> Response:
        painted = cast("_Painted", paint(page, asked, found))
        body = painted.html.encode()
        headers = {
            "cache-control": painted.caching,
            "content-security-policy": painted.policy,
            "vary": "Accept-Encoding, Cookie",
        }
        with_brotli = None
        if painted.caching != NOT_KEPT:
            mark = hashlib.sha256(body).hexdigest()[:20]
            headers["etag"] = f'W/"{mark}"'
            if headers["etag"] in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=headers)
            with_brotli = partial(self._squeezed.of, mark)
        encoding, body = compressed(body, request.headers.get("accept-encoding", ""), with_brotli)
        if encoding:
            headers["content-encoding"] = encoding
        headers["content-length"] = str(len(body))
        content = b"" if request.method == "HEAD" else body
        response = Response(content, painted.status, media_type="text/html")
        response.headers.update(headers)
        return response

    def _blank(self, page: Prepared, asked: Asked, _found: None) -> _Painted:
        """Draw a page with what its scripts begin with, as the build knows it."""
        values = defaults_of(
            frozenset(one.get_full_name() for one in page.states) | {"reflex___state____state"}
        )
        drawing = page.draw(values, path=asked.path, query=asked.query, fields={})
        document = self._documents[page.page.route]
        head = self._head(drawing, Head(indexed=False), asked.path)
        return _Painted(
            document.filled(head=head, body=drawing.body, state=None), 200, _policy(document), BLANK
        )

    def _painted(self, page: Prepared, asked: Asked, made: tuple[Filled, Actor | None]) -> _Painted:
        found, actor = made
        fields = parse_qs(_fields_shown(found.values))
        drawing = page.draw(found.values, path=asked.path, query=asked.query, fields=fields)
        document = self._documents[page.page.route]
        status = 404 if page.page.route == NOT_FOUND else found.head.status
        html = document.filled(
            head=self._head(drawing, found.head, asked.path), body=drawing.body, state=changed(found.values)
        )
        return _Painted(html, status, _policy(document), NOT_KEPT if actor else ASK_AGAIN)

    def _head(self, drawing: Drawing, head: Head, path: str) -> str:
        address = self._public_url + (head.canonical or path)
        parts = [
            f"<title>{escape(drawing.title, quote=False)}</title>",
            meta("description", drawing.description),
            meta("og:title", drawing.title),
            meta("og:description", drawing.description),
            meta("og:type", head.kind),
            meta("og:site_name", "mentor"),
            meta("og:url", address),
        ]
        if head.image:
            parts.append(meta("og:image", self._absolute(head.image)))
        if head.indexed:
            parts.append(f'<link rel="canonical" href="{escape(address)}"/>')
        else:
            parts.append(meta("robots", "noindex"))
        if head.facts:
            facts = [{"@context": "https://schema.org", **self._absolute(one)} for one in head.facts]
            parts.append(f'<script type="application/ld+json">{data_of(facts)}</script>')
        return "".join(parts)

    def _absolute(self, value: Any) -> Any:
        """Put our own address before every path in a value."""
        if isinstance(value, str):
            return self._public_url + value if value.startswith("/") else value
        if isinstance(value, dict):
            return {key: self._absolute(one) for key, one in cast("dict[str, Any]", value).items()}
        if isinstance(value, list | tuple):
            return [self._absolute(one) for one in cast("list[Any]", value)]
        return value


def _fields_shown(values: Values) -> str:
    """Return the query that the fields of a filter form show; see `components.filter_form`."""
    answers = (found.get("answer_rx_state_") for found in values.values())
    return next(
        (answer.partition(" ")[2] for answer in answers if isinstance(answer, str) and " " in answer), ""
    )


def _policy(document: Document) -> str:
    return security_policy(document.script_hashes)
