"""The application object: pages, middleware, HTTP routes and lifespan are put together here."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import reflex as rx
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from mentor_ui.components import document
from mentor_ui.front_end import SOURCES_STAMP, STATIC_FOLDER
from mentor_ui.gate.finishing import finishing
from mentor_ui.gate.live import forget, watching
from mentor_ui.gate.middleware import Gate
from mentor_ui.gate.notice import on_backend_error
from mentor_ui.gate.sockets import keep_pages
from mentor_ui.gate.taps import hearing
from mentor_ui.pages.registry import add_pages, all_pages
from mentor_ui.settings import get_settings
from mentor_ui.tracing import traced, tracing
from mentor_ui.web import calendar, join, webhooks
from mentor_ui.web.api import Api
from mentor_ui.web.auth import Authentication
from mentor_ui.web.calendar_oauth import CalendarConnections
from mentor_ui.web.first_paint import FirstPaint
from mentor_ui.web.first_paint_pages import Pages
from mentor_ui.web.headers import HeadersMiddleware
from mentor_ui.web.heartbeats import Heartbeats
from mentor_ui.web.installed import installed_routes
from mentor_ui.web.jobs import jobs_running
from mentor_ui.web.lifespan import Lifespan, Part, shared_closed
from mentor_ui.web.plain_sessions import plain_sessions_route
from mentor_ui.web.proxies import behind_proxies
from mentor_ui.web.request_names import RequestNames
from mentor_ui.web.route_names import RouteNames
from mentor_ui.web.sandbox_proxy import SandboxProxy
from mentor_ui.web.sitemap import Sitemap
from mentor_ui.web.statements import Statements

settings = get_settings()

routes: list[BaseRoute] = [
    *Authentication(settings).routes(),
    *Api(settings).routes(),
    *webhooks.routes,
    *join.routes,
    plain_sessions_route,
    *installed_routes(SOURCES_STAMP),
    *CalendarConnections(settings).routes(),
    *calendar.CalendarFiles(settings).routes(),
    *Heartbeats(settings).routes(),
    *Statements(settings).routes(),
    *Sitemap(settings).routes(),
]
drawn_pages = Pages(all_pages())
parts: list[Part] = [shared_closed, drawn_pages.warming]

if settings.demo:
    sandbox = SandboxProxy(settings.sandbox_url)
    routes += sandbox.routes()
    parts.append(sandbox.running)


def with_headers(inner: ASGIApp) -> ASGIApp:
    """Wrap the whole application, the front end included: pages drawn at once, and our headers on everything.

    Outermost stands what puts the visitor's address in the place of a trusted proxy's.

    Args:
        inner: The application within.

    Returns:
        The wrapped application.
    """
    painting = FirstPaint(
        inner, pages=drawn_pages, static_folder=STATIC_FOLDER, public_url=settings.public_url
    )
    headed = HeadersMiddleware(painting, https=settings.secure_cookies, static_folder=STATIC_FOLDER)
    named = RequestNames(headed, trusts_proxies=bool(settings.proxies))
    told = traced(named, settings, RouteNames(routes, drawn_pages.route_of))
    return behind_proxies(told, settings.proxies) if settings.proxies else told


app = rx.App(
    # Our own frame shows messages and a lost connection, for 11 KB less on every page.
    toaster=None,
    app_wraps={},
    html_lang="en",
    backend_exception_handler=on_backend_error,
    api_transformer=[Starlette(routes=routes), with_headers],
    stylesheets=document.STYLESHEETS,
    head_components=document.head(),
    # Tailwind brings the same reset.
    reset_style=False,
)


@asynccontextmanager
async def traces_sent() -> AsyncGenerator[None]:
    """Send traces, if the settings ask for it."""
    with tracing(settings, "web"):
        yield


keep_pages(app)
parts += [traces_sent, jobs_running, partial(finishing, app), partial(hearing, app), partial(watching, app)]
app.register_lifespan_task(Lifespan(settings, *parts))

app.add_middleware(Gate(on_navigation=forget))
add_pages(app)
