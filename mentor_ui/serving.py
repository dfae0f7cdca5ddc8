"""Serving the whole application on one port, with the sandbox beside it in the demo."""

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from mentor_ui import front_end, processes
from mentor_ui.settings import PROJECT_FOLDER, Settings
from mentor_ui.watching import exposed

DEMO_HOST = "127.0.0.1"
"""The demo's passwords are known to everybody, so only this machine reaches it unless told otherwise."""

PRODUCTION_HOST = "0.0.0.0"  # noqa: S104 - behind a proxy, often in a container of its own
KILL_SECONDS = 10
READY_SECONDS = 60
RESPAWN_SECONDS = 6.0
"""Between two processes that are replaced one after the other: longer than a process takes to start."""

# Names that Reflex's own server starter sets; the leading underscores mark them as internal.
REFLEX_ENVIRONMENT = {
    "REFLEX_ENV_MODE": "prod",
    "REFLEX_TELEMETRY_ENABLED": "false",
    "REFLEX_CHECK_LATEST_VERSION": "false",
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
}
LOG_CONFIG = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"level": "WARNING"}}}

Report = Callable[[str], None]


def serve(
    settings: Settings, *, report: Report, ready: Callable[[], None], host: str = "", with_jobs: bool = False
) -> None:
    """Serve until interrupted; everything started here has ended when this returns.

    SIGHUP starts the serving processes anew, one after the other.

    Args:
        settings: The application's settings.
        report: Told in a few words what is going on.
        ready: Called once people can come.
        host: The address to listen on; empty for the one that suits the mode.
        with_jobs: Whether to start a worker beside, where the serving processes do not run the jobs.

    Raises:
        StartError: A port is taken, or the sandbox did not start.
        BuildError: The front end could not be built.
    """
    host = host or (DEMO_HOST if settings.demo else PRODUCTION_HOST)
    processes.refuse_taken(settings.port, "PORT", host=host)
    front_end.build(report=report, log=settings.mentor_home / "front-end.log")
    os.chdir(PROJECT_FOLDER)
    os.environ.update(REFLEX_ENVIRONMENT)
    with ExitStack() as beside:
        beside.enter_context(exposed(settings, starts_others=True))
        beside.enter_context(_sandbox(settings, report))
        if with_jobs and settings.many:
            beside.enter_context(_worker(settings, report))
        # A fresh process has none of our threads and connections, and none of Reflex's compiler.
        multiprocessing.set_start_method("spawn", force=True)
        server = Server(
            "mentor_ui.mentor_ui:app",
            address=host,
            port=settings.port,
            interface=Interfaces.ASGI,
            factory=True,
            workers=settings.processes,
            workers_kill_timeout=KILL_SECONDS,
            respawn_failed_workers=True,
            respawn_interval=RESPAWN_SECONDS,
            log_level=LogLevels.warning,
            log_dictconfig=LOG_CONFIG,
        )
        threading.Thread(target=_tell_when_ready, args=(settings.port, ready), daemon=True).start()
        server.serve()


def _tell_when_ready(port: int, ready: Callable[[], None]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not processes.answers(port):
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)
    ready()


def _opening_balance_kobo(settings: Settings) -> int:
    from mentor_ui.db.engine import get_database  # noqa: PLC0415 - loads the database library
    from mentor_ui.seed import paid_before_kobo  # noqa: PLC0415

    database = get_database(settings.database_url)
    try:
        return paid_before_kobo(database)
    finally:
        database.dispose()


def _worker(settings: Settings, report: Report) -> AbstractContextManager[None]:
    return processes.kept_running(
        [sys.executable, "-m", "mentor_ui", "worker"],
        cwd=PROJECT_FOLDER,
        log=settings.mentor_home / "worker.log",
        name="The worker",
        report=report,
    )


def _sandbox(settings: Settings, report: Report) -> AbstractContextManager[None]:
    if not settings.uses_sandbox:
        return nullcontext()
    processes.refuse_taken(settings.sandbox_port, "SANDBOX_PORT", host="127.0.0.1")
    here = f"http://127.0.0.1:{settings.port}"
    options = {
        "--port": str(settings.sandbox_port),
        "--database": str(settings.mentor_home / "sandbox.db"),
        "--public-url": f"{settings.public_url}/sandbox",
        "--paystack-webhook": f"{here}/api/paystack/webhook",
        "--zoom-webhook": f"{here}/api/zoom/webhook",
        "--paystack-secret-key": settings.paystack_secret_key,
        "--zoom-account-id": settings.zoom_account_id,
        "--zoom-client-id": settings.zoom_client_id,
        "--zoom-client-secret": settings.zoom_client_secret,
        "--zoom-webhook-secret": settings.zoom_webhook_secret,
        "--google-client-id": settings.google_client_id,
        "--google-client-secret": settings.google_client_secret,
        "--microsoft-client-id": settings.microsoft_client_id,
        "--microsoft-client-secret": settings.microsoft_client_secret,
        "--opening-balance-kobo": str(_opening_balance_kobo(settings)),
    }
    return processes.kept_running(
        [sys.executable, "-m", "mentor_ui.sandbox", *(word for pair in options.items() for word in pair)],
        cwd=PROJECT_FOLDER,
        log=settings.mentor_home / "sandbox.log",
        port=settings.sandbox_port,
        name="The provider sandbox",
        report=report,
    )
