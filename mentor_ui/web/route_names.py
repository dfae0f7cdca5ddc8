"""What an address is called where others read of it: by its route, never by the secrets that stand in it."""

from collections.abc import Callable, Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

OF_REFLEX = frozenset({"/_event", "/_health", "/_upload", "/ping"})
STATIC = "/assets"
OTHERS = "/…"
"""Any address that nobody knows: it may be a known one that was spelled wrongly."""

_WHOLE = "mentor_whole_scope"


class RouteNames:
    """Knows which route an address belongs to.

    Args:
        routes: The HTTP routes.
        page_of: Returns the route of the page that a path without a closing slash names, if there is one.
    """

    def __init__(self, routes: Sequence[BaseRoute], page_of: Callable[[str], str | None]) -> None:
        self._routes = routes
        self._page_of = page_of

    def name(self, scope: Scope) -> str:
        """Return the route's template, like `/j/{token}`."""
        path = "/" + str(scope["path"]).strip("/")
        if path in OF_REFLEX:
            return path
        if scope["type"] == "http":
            for route in self._routes:
                if route.matches(scope)[0] is not Match.NONE:
                    return str(getattr(route, "path_format", OTHERS))
        if path.startswith(f"{STATIC}/"):
            return STATIC
        return self._page_of(path) or OTHERS


class Untold:
    """Puts a watcher around an application that is told of routes, and of no path and no query.

    Args:
        app: The application within; it gets each request as it came.
        watcher: Wraps an application and tells others of its requests.
        names: What the watcher is told instead of a path.
    """

    def __init__(self, app: ASGIApp, watcher: Callable[[ASGIApp], ASGIApp], names: RouteNames) -> None:
        self._app = app
        self._watched = watcher(self._whole)
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on.

        Args:
            scope: The ASGI scope.
            receive: Where the request's body comes from.
            send: Where the answer goes.
        """
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        name = self._names.name(scope)
        told = {**scope, "path": name, "raw_path": name.encode(), "query_string": b"", _WHOLE: scope}
        await self._watched(told, receive, send)

    async def _whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope[_WHOLE], receive, send)
