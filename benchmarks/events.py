"""How long an event takes and how many a core does, from a client's socket and back, on memory and on Redis.

The server is the real one, with all that stands before a handler: the gate, its limits, the numbers of taps.
An event opens another page of filters, as a visitor's click on one does: it reads the database and brings
another 24 cards. Clients and server share this machine's processors, so that latencies are upper bounds; the
server's own time per event is what the system counted for its process.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.event_clients import Page
from benchmarks.result import Result
from benchmarks.world import add_courses, add_offerings, add_people, make_database
from mentor_ui.domain.roles import Role
from mentor_ui.processes import free_port
from mentor_ui.settings import PROJECT_FOLDER, Settings

OFFERINGS = 5_000
CLIENTS = (1, 50, 200, 500)
PAUSE_SECONDS = 2.0
"""Between two clicks of one client."""

PACED_SECONDS = 8.0
CEILING_CLIENTS = 20
CEILING_SECONDS = 6.0
PATIENCE_SECONDS = 3.0
"""For one click among those without a pause."""

READY_SECONDS = 120.0
RESTING_SHARE = 0.25
"""Of a core: what a server takes while nobody comes. Until it has made its pages ready, it takes more."""
REDIS_SERVERS = ("redis-server", "valkey-server")
NAVIGATION = "reflex___state____state.reflex___state____on_load_internal_state.on_load_internal"
ANSWER = "answer_rx_state_"
PATHS = ("/mentorship/?sort=price", "/mentorship/?sort=newest", "/mentorship/?maxPrice=9000")
P99_BUDGET_MS = {"memory": 15.0, "Redis": 110.0}
PER_CORE_BUDGET = {"memory": 1_300.0, "Redis": 700.0}


def measure(folder: Path) -> Iterator[Result]:
    """Click filters with 1, 50, 200 and 500 clients at a human pace, then with 20 without a pause."""
    _fill(folder)
    for kind in ("memory", "Redis"):
        with ExitStack() as beside:
            redis_url = beside.enter_context(_redis()) if kind == "Redis" else ""
            if redis_url is None:
                continue
            server = beside.enter_context(_serving(folder, redis_url))
            yield from asyncio.run(_measure(kind, server))


def _fill(folder: Path) -> None:
    database = make_database(folder)
    tutors = add_people(database, 200, Role.TUTOR)
    add_offerings(database, OFFERINGS, tutors, add_courses(database, 50, tutors[0]))
    database.dispose()


async def _measure(kind: str, server: "Server") -> list[Result]:
    results: list[Result] = []
    for clients in CLIENTS:
        async with _pages(server.url, clients) as pages:
            times = await _click_at_a_human_pace(pages)
        budget = P99_BUDGET_MS[kind] if clients == CLIENTS[-1] else None
        results += [
            Result(f"Filter, {kind}, {clients} clients, median", _quantile(times, 0.5), "ms"),
            Result(f"Filter, {kind}, {clients} clients, p99", _quantile(times, 0.99), "ms", budget=budget),
        ]
    async with _pages(server.url, CEILING_CLIENTS) as pages:
        before = server.busy_seconds()
        count, lost = await _click_without_pause(pages)
        busy = server.busy_seconds() - before
    return [
        *results,
        Result(
            f"Filter events per core, {kind}",
            count / busy,
            "per second",
            budget=PER_CORE_BUDGET[kind],
            at_least=True,
        ),
        Result(f"Clicks without a pause that had no answer, {kind}", lost, "", budget=0),
    ]


@asynccontextmanager
async def _pages(url: str, count: int) -> AsyncGenerator[list["Clicking"]]:
    pages = [Clicking(url, place) for place in range(count)]
    for few in range(0, count, 20):
        await asyncio.gather(*(page.connect() for page in pages[few : few + 20]))
    await asyncio.gather(*(page.click() for page in pages))
    try:
        yield pages
    finally:
        await asyncio.gather(*(page.close() for page in pages))


class Clicking(Page):
    """A visitor of the marketplace who clicks one filter after another.

    Args:
        url: The application's address.
        place: Where among the filters it begins.
    """

    def __init__(self, url: str, place: int) -> None:
        super().__init__(url, PATHS[place % len(PATHS)], on_update=self._note)
        self._place = place
        self._asked = ""
        self._answered = asyncio.Event()

    async def click(self, patience: float = READY_SECONDS) -> float:
        """Click once and return how long the new cards took, in milliseconds.

        Raises:
            TimeoutError: They did not come in time.
        """
        self._place += 1
        path = PATHS[self._place % len(PATHS)]
        self._asked = path.partition("?")[2]
        self._answered.clear()
        began = time.perf_counter()
        await self.send(NAVIGATION, path=path)
        await asyncio.wait_for(self._answered.wait(), patience)
        return (time.perf_counter() - began) * 1000

    def _note(self, update: dict[str, Any]) -> None:
        for values in update.get("delta", {}).values():
            # The query asked for, and that which the fields show. Cards may be those of the query before.
            if str(values.get(ANSWER, "")).partition(" ")[0] == self._asked:
                self._answered.set()


async def _click_at_a_human_pace(pages: Sequence[Clicking]) -> list[float]:
    times: list[float] = []

    async def live(place: int, page: Clicking) -> None:
        ends = time.perf_counter() + PACED_SECONDS
        # Spread over the pause, as people are.
        await asyncio.sleep(PAUSE_SECONDS * place / len(pages))
        while time.perf_counter() < ends:
            took = await page.click()
            times.append(took)
            await asyncio.sleep(max(0.0, PAUSE_SECONDS - took / 1000))

    await asyncio.gather(*(live(place, page) for place, page in enumerate(pages)))
    return times


async def _click_without_pause(pages: Sequence[Clicking]) -> tuple[int, int]:
    """Return how many clicks were answered, and how many were not."""
    ends, answered, lost = time.perf_counter() + CEILING_SECONDS, 0, 0

    async def live(page: Clicking) -> None:
        nonlocal answered, lost
        while time.perf_counter() < ends:
            try:
                await page.click(PATIENCE_SECONDS)
                answered += 1
            except TimeoutError:
                lost += 1

    await asyncio.gather(*(live(page) for page in pages))
    return answered, lost


def _quantile(times: Sequence[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Server:
    """A server that was started for the benchmark.

    Args:
        url: Its address.
        process: What was started.
    """

    def __init__(self, url: str, process: "subprocess.Popen[bytes]") -> None:
        self.url = url
        self._process = process

    def busy_seconds(self) -> float:
        """Return the processor time of the serving processes until now."""
        ticks = os.sysconf("SC_CLK_TCK")
        return sum(_ticks(number) for number in _children(self._process.pid)) / ticks


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(number) for number in text.split()]


def _ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@contextmanager
def _serving(folder: Path, redis_url: str) -> Generator[Server]:
    port, sandbox_port = free_port(), free_port()
    inherited = {
        name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields
    }
    environment = {
        **inherited,
        "MENTOR_HOME": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "SANDBOX_PORT": str(sandbox_port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "mentor_ui", "serve"],
        cwd=PROJECT_FOLDER,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    server = Server(f"http://127.0.0.1:{port}", process)
    try:
        _await(f"{server.url}/api/health")
        _await_rest(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@contextmanager
def _redis() -> Generator[str | None]:
    """Run a Redis of our own, or yield None where there is none to run."""
    program = next((found for name in REDIS_SERVERS if (found := shutil.which(name))), None)
    if program is None:
        sys.stderr.write("No redis-server here: what is measured on Redis is left out.\n")
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mentor-redis-") as kept:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", kept]
        with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as server:  # noqa: S603
            try:
                _await_port(port)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                server.terminate()


def _await(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer from {url}")
        time.sleep(0.1)


def _await_rest(server: Server) -> None:
    deadline, seconds = time.monotonic() + READY_SECONDS, 3.0
    while time.monotonic() < deadline:
        before = server.busy_seconds()
        time.sleep(seconds)
        if server.busy_seconds() - before < RESTING_SHARE * seconds:
            return
    raise TimeoutError("the server does not come to rest")


def _await_port(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("Redis does not answer")
