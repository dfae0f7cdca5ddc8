"""The one way from an HTTP request to a handler: guard, fault, transaction, log."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from mentor_ui.sandbox import accounts, paystack_wire, zoom_wire
from mentor_ui.sandbox.faults import Fault
from mentor_ui.sandbox.wire import Call, Json, RefusedError, RouteSpec, Sandbox

_log = logging.getLogger(__name__)


class CutReply(Response):
    """Closes the connection in the middle of a reply, so that the client cannot know what happened."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise 4096 bytes and send one: the server then has to drop the connection."""
        del scope, receive
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def endpoint(sandbox: Sandbox, route: RouteSpec) -> Callable[[Request], Awaitable[Response]]:
    """Starlette endpoint of one line of the route table."""

    async def respond(request: Request) -> Response:
        call = Call(
            route=route.name,
            path=dict(request.path_params),
            query=request.query_params,
            headers=request.headers,
            body=await request.body(),
            client_host=request.client.host if request.client else "",
        )
        begun = time.perf_counter()
        fault = None if route.name.startswith("control.") else sandbox.faults.take(route.name)
        response = await _answer(sandbox, route, call, fault)
        sandbox.wake.set()
        if not route.name.startswith("control."):
            sandbox.requests.add(
                route=route.name,
                method=request.method,
                path=request.url.path,
                query=str(request.url.query),
                body=_loggable(call),
                status=None if isinstance(response, CutReply) else response.status_code,
                fault=fault.kind if fault else None,
                at=time.time(),
                milliseconds=round((time.perf_counter() - begun) * 1000, 1),
            )
        return response

    return respond


def _loggable(call: Call) -> Json | None:
    return call.json_object() if call.route != "zoom.token" and call.body.lstrip().startswith(b"{") else None


async def _answer(sandbox: Sandbox, route: RouteSpec, call: Call, fault: Fault | None) -> Response:
    if fault and fault.kind in {"delay", "429", "500_before", "reply"}:
        await asyncio.sleep(fault.seconds)
        instead = _instead(route.name, fault)
        return instead or _perform(sandbox, route, call)
    response = _perform(sandbox, route, call)
    if fault is None:
        return response
    await asyncio.sleep(fault.seconds)
    match fault.kind:
        case "500_after":
            return _server_error(route.name)
        case "lost_reply":
            return CutReply()
        case _:
            return Response("<html><body>Bad gateway</body></html>", 200, media_type="text/html")


def _instead(route: str, fault: Fault) -> Response | None:
    """The reply of a fault that keeps the effect from happening."""
    match fault.kind:
        case "429":
            return _refused(_rate_limited(route))
        case "500_before":
            return _server_error(route)
        case "reply":
            return JSONResponse(fault.body, fault.status)
        case _:
            return None


def _perform(sandbox: Sandbox, route: RouteSpec, call: Call) -> Response:
    try:
        if route.guard:
            route.guard(sandbox, call)
        with sandbox.store.transaction():
            response = route.handler(sandbox, call)
    except RefusedError as refused:
        response = _refused(refused)
    except Exception:  # noqa: BLE001 (becomes the provider's 500, with the cause in the log)
        _log.exception("%s failed", route.name)
        return _server_error(route.name)
    for name, value in call.reply_headers.items():
        response.headers.setdefault(name, value)
    return response


def _refused(refused: RefusedError) -> Response:
    return JSONResponse(refused.body, refused.status, refused.headers)


def _rate_limited(route: str) -> RefusedError:
    provider = route.split(".", 1)[0]
    if provider in accounts.ACCOUNTS:
        return accounts.rate_limited(provider)
    return zoom_wire.rate_limited() if route.startswith("zoom.") else paystack_wire.rate_limited(5, 100)


def _server_error(route: str) -> Response:
    if route.startswith("zoom."):
        body: Json = {"code": 500, "message": "Internal server error."}
    elif route.startswith("paystack."):
        message = "An error occurred"
        body = {
            "status": False,
            "message": message,
            "meta": {"nextStep": "Try again later"},
            "type": "api_error",
            "code": "unknown",
        }
    else:
        body = {"message": "Something broke in the sandbox."}
    return Response(json.dumps(body), 500, media_type="application/json")
