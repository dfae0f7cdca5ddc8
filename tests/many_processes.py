"""The application as many processes: two that serve and two that work, on PostgreSQL and Redis."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
import redis

from mentor_ui.settings import PROJECT_FOLDER
from tests.app_process import AppProcess, start_app
from tests.databases import PostgresqlDatabases

PATIENCE_SECONDS = 120
StartMany = Callable[[Path], AbstractContextManager[AppProcess]]


def processes_of(app: AppProcess) -> dict[int, str]:
    """Every process that belongs to this start, by number, with its command line.

    They all have its home folder in their environment.
    """
    marker = f"MENTOR_HOME={app.home}".encode()
    found: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if marker in environment.split(b"\0"):
            found[int(folder.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def serving(app: AppProcess) -> list[int]:
    """The processes that serve: each holds an open socket on the port and was made by the supervisor."""
    assert app.process is not None
    return sorted(
        number
        for number, command in processes_of(app).items()
        if "spawn_main" in command and _parent(number) == app.process.pid
    )


def workers(app: AppProcess) -> list[int]:
    """The processes that run jobs."""
    return sorted(number for number, command in processes_of(app).items() if "mentor_ui worker" in command)


def _parent(number: int) -> int:
    try:
        status = Path(f"/proc/{number}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


@contextmanager
def another_worker(app: AppProcess) -> Iterator[subprocess.Popen[str]]:
    """Run one more worker beside an application; it has begun to work when the block does."""
    command = [sys.executable, "-m", "mentor_ui", "worker"]
    with subprocess.Popen(
        command, cwd=PROJECT_FOLDER, env=app.environment, stdout=subprocess.PIPE, text=True
    ) as worker:
        try:
            assert worker.stdout is not None
            assert "is running" in worker.stdout.readline()
            yield worker
        finally:
            worker.terminate()


@pytest.fixture(scope="session")
def start_many(postgresql_databases: PostgresqlDatabases, redis_url: str) -> StartMany:
    """Start two serving processes, two workers and the sandbox, with data of their own in a folder."""

    @contextmanager
    def start(folder: Path) -> Iterator[AppProcess]:
        with ExitStack() as kept:
            database_url = kept.enter_context(postgresql_databases.fresh())
            with redis.Redis.from_url(redis_url) as client:
                client.flushdb()
            env = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "WEB_PROCESSES": "2"}
            app = kept.enter_context(start_app(folder, env=env))
            kept.enter_context(another_worker(app))
            yield app

    return start


def wait_until(ready: Callable[[], object], what: str) -> None:
    """Wait until something is so.

    Args:
        ready: Whether it is.
        what: What is waited for, for the message.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def end_at_once(process: int) -> None:
    """Kill a process, as a lack of memory does."""
    os.kill(process, 9)
