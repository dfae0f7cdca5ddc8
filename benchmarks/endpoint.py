"""How many requests a second the suggestions answer at a million offerings, beside a route that only answers.

One granian worker each, as many kept connections for both, taking turns. Client and server share the machine.
"""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.market import Kept, kept_on_postgresql, kept_on_sqlite
from benchmarks.queries import OFFERINGS
from benchmarks.result import Result
from benchmarks.world import SEED
from mentor_ui.db.raw_sql import RawSql
from mentor_ui.processes import answers, free_port

CONNECTIONS = 32
SECONDS = 2.0
TURNS = 3
LEAST_SHARE = 0.25
START_SECONDS = 120


class _Visitor(asyncio.Protocol):
    """One connection that asks for the next address as soon as it has its answer."""

    def __init__(self, path: Callable[[], str], until: float) -> None:
        self._path = path
        self._until = until
        self._transport: asyncio.Transport | None = None
        self._waiting = b""
        self.answered = 0
        self.failed = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._ask()

    def _ask(self) -> None:
        if self._transport is not None:
            self._transport.write(f"GET {self._path()} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Count a whole answer and ask again."""
        self._waiting += data
        head, gap, body = self._waiting.partition(b"\r\n\r\n")
        if not gap:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._waiting = b""
        self.answered += 1
        self.failed += not head.startswith(b"HTTP/1.1 200")
        if time.perf_counter() < self._until:
            self._ask()
        elif self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.failed += exc is not None
        if not self.done.done():
            self.done.set_result(None)


async def _visit(port: int, path: Callable[[], str]) -> float:
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    visitors = [
        (await loop.create_connection(lambda: _Visitor(path, started + SECONDS), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(visitor.done for visitor in visitors))
    if failed := sum(visitor.failed for visitor in visitors):
        raise RuntimeError(f"{failed} requests failed")
    return sum(visitor.answered for visitor in visitors) / (time.perf_counter() - started)


@contextmanager
def _serving(target: str, database_url: str = "") -> Generator[int]:
    """Yield the port of a granian worker that serves one of `endpoint_apps`."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asginl", "--workers", "1"]
    command += [
        "--no-ws",
        "--log-level",
        "error",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        *target.split(),
    ]
    environment = {**os.environ, **({"DATABASE_URL": database_url} if database_url else {})}
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own words
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{target} did not start")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def measure(_folder: Path) -> list[Result]:
    """Measure the suggestions on both databases and the bare route, turn by turn."""
    chance = random.Random(SEED)
    with ExitStack() as stack:
        bare = stack.enter_context(_serving("benchmarks.endpoint_apps:bare"))
        ports: dict[str, int] = {}
        courses: list[int] = []
        for name, kept in (("SQLite", kept_on_sqlite), ("PostgreSQL", kept_on_postgresql)):
            market = stack.enter_context(kept(OFFERINGS))
            courses = courses or _courses(market)
            url = market.database.url
            ports[name] = stack.enter_context(_serving("--factory benchmarks.endpoint_apps:api", url))

        def suggestions() -> str:
            return f"/api/mentorship/suggestions?courseId={chance.choice(courses)}"

        rates: dict[str, list[float]] = {name: [] for name in ("bare", *ports)}
        for _ in range(TURNS):
            rates["bare"].append(asyncio.run(_visit(bare, lambda: "/")))
            for name, port in ports.items():
                rates[name].append(asyncio.run(_visit(port, suggestions)))
    limit = median(rates["bare"])
    return [
        Result(f"A bare route, one worker, {CONNECTIONS} clients", limit, "per second"),
        *(
            Result(
                f"Suggestions at {OFFERINGS:,}, {name}, one worker",
                median(rates[name]),
                "per second",
                median(rates[name]) / limit,
                budget=LEAST_SHARE * limit,
                at_least=True,
            )
            for name in ports
        ),
    ]


def _courses(kept: Kept) -> list[int]:
    with kept.database.reading() as session:
        sql = RawSql(session.connection())
        rows = sql.rows("SELECT id FROM course ORDER BY id LIMIT 20000", [])
    return [int(row[0]) for row in rows]
