"""What is told of requests to others: the route, and nothing that stands in the address."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mentor_ui.mentor_ui import drawn_pages, routes
from mentor_ui.tracing import tell_host, tell_host_of_async
from mentor_ui.web.route_names import OTHERS, RouteNames, Untold

pytestmark = pytest.mark.anyio

SECRET = "tok3nOfSomebody"

NAMES = RouteNames(routes, drawn_pages.route_of)


class Watched:
    """An application that keeps what it is told of requests, as what sends traces does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.told: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        self.told.append(f"{request.url} {scope['raw_path'].decode()} {scope['query_string'].decode()}")
        await self._app(scope, receive, send)


async def whole(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(str(Request(scope).url))(scope, receive, send)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"/j/{SECRET}?as=host", "/j/{token}"),
        (f"/j/{SECRET}/", OTHERS),
        (f"/J/{SECRET}", OTHERS),
        (f"/api/calendar/{SECRET}.ics", "/api/calendar/{token}.ics"),
        (f"/mentorship/verify-payment?reference={SECRET}", "/mentorship/verify-payment"),
        (f"/mentorship/offering/{SECRET}", "/mentorship/offering/[id]"),
        (f"/login/reset?token={SECRET}", "/login/reset"),
        (f"/api/mentorship/offerings?q={SECRET}", "/api/mentorship/offerings"),
        (f"/assets/{SECRET}.js", "/assets"),
        (f"/ping?{SECRET}", "/ping"),
        (f"/{SECRET}", OTHERS),
        ("/", "/"),
    ],
)
async def test_a_request_is_told_of_by_its_route(address: str, name: str) -> None:
    watched: list[Watched] = []

    def watcher(app: ASGIApp) -> ASGIApp:
        watched.append(Watched(app))
        return watched[-1]

    transport = httpx.ASGITransport(app=Untold(whole, watcher, NAMES))
    async with httpx.AsyncClient(transport=transport, base_url="http://mentor.test") as client:
        answer = await client.get(address)
    assert answer.text == f"http://mentor.test{address}"
    (told,) = watched[0].told
    assert SECRET not in told
    assert told.split(" ")[1] == name


class Span:
    """A span as far as it is written to."""

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}

    def set_attribute(self, name: str, value: str) -> None:
        self.attributes[name] = value


async def test_a_call_is_told_of_by_its_host() -> None:
    request = httpx.Request("GET", f"https://somebody:{SECRET}@calendar.test:8443/ical/{SECRET}?key={SECRET}")
    here, later = Span(), Span()
    tell_host(here, request)
    await tell_host_of_async(later, request)
    assert set(here.attributes.values()) == {"https://calendar.test:8443/"}
    assert later.attributes == here.attributes
