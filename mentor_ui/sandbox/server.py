"""The sandbox process: a Starlette application in an embedded granian, and the runner of its later work."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mentor_ui.sandbox.config import SandboxConfig, config_from_arguments
from mentor_ui.sandbox.faults import FaultBoard
from mentor_ui.sandbox.gateway import endpoint
from mentor_ui.sandbox.request_log import RequestLog
from mentor_ui.sandbox.routes import ROUTES, TASK_STEPS
from mentor_ui.sandbox.storage import Store
from mentor_ui.sandbox.tasks import TaskRunner
from mentor_ui.sandbox.webhooks import validate_zoom_endpoint
from mentor_ui.sandbox.wire import Sandbox, comes_from_here, random_code
from mentor_ui.sandbox.zoom_wire import seed_users


class _PrefixStripper:
    """Takes the public path off, so that links work with and without the application's proxy in front."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._prefix and scope["type"] == "http" and scope["path"].startswith(self._prefix + "/"):
            scope = {**scope, "path": scope["path"].removeprefix(self._prefix)}
        await self._app(scope, receive, send)


def build_app(config: SandboxConfig) -> ASGIApp:
    """The ASGI application; its store opens when its lifespan starts."""
    faults = FaultBoard([route.name for route in ROUTES if not route.name.startswith("control.")])
    store = Store(config.database)
    sandbox = Sandbox(config=config, store=store, faults=faults, requests=RequestLog())
    seed_users(sandbox)
    client = httpx.AsyncClient(timeout=30, trust_env=False)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        runner = asyncio.create_task(TaskRunner(sandbox, client, TASK_STEPS).run())
        runner.add_done_callback(_stop_when_broken)
        yield
        runner.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await runner
        await client.aclose()
        store.close()

    async def validate(request: Request) -> Response:
        if not comes_from_here(request.headers, request.client.host if request.client else ""):
            return JSONResponse({"message": "Only from this machine, on the sandbox's own port."}, 403)
        return JSONResponse(await validate_zoom_endpoint(sandbox, client, random_code("", 22)))

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok", "pid": os.getpid()})

    routes = [
        Route(route.path, endpoint(sandbox, route), methods=[route.method], name=route.name)
        for route in ROUTES
    ]
    routes.append(Route("/control/zoom/validate", validate, methods=["POST"], name="control.zoom.validate"))
    routes.append(Route("/health", health, methods=["GET"], name="health"))
    return _PrefixStripper(Starlette(routes=routes, lifespan=lifespan), config.public_path)


def _stop_when_broken(runner: asyncio.Task[None]) -> None:
    """A sandbox that no longer delivers is worse than none: say why and end."""
    if not runner.cancelled() and (error := runner.exception()):
        logging.getLogger(__name__).critical("the sandbox's task runner broke", exc_info=error)
        signal.raise_signal(signal.SIGTERM)


def _require_free_port(host: str, port: int) -> None:
    """End with one clear line when somebody listens there already; granian prints pages.

    Raises:
        SystemExit: the port is taken, or the address is not of this machine.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SystemExit(f"sandbox: cannot listen on {host}:{port}: {error.strerror}") from error


async def _serve(config: SandboxConfig) -> None:
    _require_free_port(config.host, config.port)
    server = Server(
        build_app(config),
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    sys.stdout.write(f"Provider sandbox on http://{config.host}:{config.port}\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


def serve(
    *,
    host: str,
    port: int,
    database: Path,
    public_url: str,
    paystack_webhook_url: str,
    zoom_webhook_url: str,
    paystack_secret_key: str,
    zoom_account_id: str,
    zoom_client_id: str,
    zoom_client_secret: str,
    zoom_webhook_secret: str,
) -> None:
    """Run the sandbox until SIGINT or SIGTERM; see `SandboxConfig` for the meaning of each argument."""
    config = SandboxConfig(
        host=host,
        port=port,
        database=database,
        public_url=public_url.rstrip("/"),
        paystack_webhook_url=paystack_webhook_url,
        zoom_webhook_url=zoom_webhook_url,
        paystack_secret_key=paystack_secret_key,
        zoom_account_id=zoom_account_id,
        zoom_client_id=zoom_client_id,
        zoom_client_secret=zoom_client_secret,
        zoom_webhook_secret=zoom_webhook_secret,
    )
    asyncio.run(_serve(config))


def main() -> None:
    """Command line: `python -m mentor_ui.sandbox --database FILE …`."""
    config = config_from_arguments()
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(levelname)s %(message)s")
    asyncio.run(_serve(config))
