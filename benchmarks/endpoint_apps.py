"""Two applications for one granian: a route that only answers, and the API as the product serves it."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mentor_ui.front_end import STATIC_FOLDER
from mentor_ui.settings import get_settings
from mentor_ui.web.api import Api
from mentor_ui.web.headers import HeadersMiddleware


async def _hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


bare = Starlette(routes=[Route("/", _hello)])


def api() -> HeadersMiddleware:
    """Return the public API within our headers, on the database of the settings."""
    return HeadersMiddleware(
        Starlette(routes=Api(get_settings()).routes()), https=True, static_folder=STATIC_FOLDER
    )
