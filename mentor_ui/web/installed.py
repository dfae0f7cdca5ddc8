"""What makes the application installable: its manifest, its service worker, its offline page."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from mentor_ui.components.document import LIGHT_PAPER
from mentor_ui.web.plain_pages import Action, plain_list

WORKER = Path(__file__).with_name("client") / "service_worker.js"
OFFLINE = "/offline"

MANIFEST = {
    "id": "/",
    "name": "mentor",
    "short_name": "mentor",
    "description": "Book a mentor for what you are learning.",
    "lang": "en",
    "start_url": "/mentorship",
    "scope": "/",
    "display": "standalone",
    # The page's own theme-color meta elements have the dark one.
    "background_color": LIGHT_PAPER,
    "theme_color": LIGHT_PAPER,
    "categories": ["education"],
    "icons": [
        {"src": "/favicon.svg", "type": "image/svg+xml", "sizes": "any"},
        {"src": "/icons/icon-192.png", "type": "image/png", "sizes": "192x192"},
        {"src": "/icons/icon-512.png", "type": "image/png", "sizes": "512x512"},
        {"src": "/icons/maskable-512.png", "type": "image/png", "sizes": "512x512", "purpose": "maskable"},
    ],
    "shortcuts": [
        {"name": "Your next sessions", "url": "/sessions"},
        {"name": "Find a mentor", "url": "/mentorship"},
    ],
}


async def _manifest(_request: Request) -> Response:
    return JSONResponse(
        MANIFEST,
        headers={"cache-control": "public, max-age=3600"},
        media_type="application/manifest+json",
    )


async def _offline(_request: Request) -> Response:
    """Answer with what is shown where neither the network nor a kept page is there."""
    return plain_list(
        "You are offline",
        "This page needs a connection. It opens as soon as there is one again.",
        [],
        nothing="Nothing that you did before is lost. What you have booked stays booked.",
        actions=(Action("Try again", ""), Action("Your next sessions", "/sessions")),
    )


def installed_routes(build_stamp: Path) -> list[BaseRoute]:
    """Return the routes; the service worker carries the mark of this build, so that a new one replaces it.

    Args:
        build_stamp: A file that changes with each build of the front end.
    """
    source = WORKER.read_text(encoding="utf-8")
    build = build_stamp.read_text(encoding="ascii") if build_stamp.is_file() else "unbuilt"
    mark = hashlib.sha256(f"{build} {source}".encode()).hexdigest()[:12]
    script = source.replace("__BUILD__", mark)

    async def worker(_request: Request) -> Response:
        return Response(script, headers={"cache-control": "no-cache"}, media_type="text/javascript")

    return [
        Route("/manifest.webmanifest", _manifest),
        Route("/sw.js", worker),
        Route(OFFLINE, _offline),
    ]
