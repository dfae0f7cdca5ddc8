"""How we talk to SQLite and PostgreSQL.

SQLite: WAL, every commit on the disk before its caller goes on (see `shared_sync`), foreign keys, and
`BEGIN IMMEDIATE` for every writing transaction, because a deferred one that reads first fails with "database
is locked" the moment it writes. PostgreSQL: psycopg 3.
Engines are made on first use and never at import, since the server imports the application and then forks.
"""

import os
import threading
import time
from collections import ChainMap
from collections.abc import Callable, Generator, Hashable, MutableMapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from dbos import DBOSClient
from sqlalchemy import Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExecutionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlmodel import Session

from mentor_ui.db.measured import measure, ran
from mentor_ui.db.quick_reads import QuickReads
from mentor_ui.db.shared import Announcer, concerns_pages
from mentor_ui.db.shared_sync import SharedSync

WEB_CONNECTIONS = 16
JOB_CONNECTIONS = 24
"""Of all kinds of job together. Each running job may hold one connection while it asks for another."""

MOST_KNOWN = 200_000
"""Identifiers that a process keeps in mind; then it begins anew."""

REPLICA_PATIENCE_SECONDS = 2
REPLICA_REST_SECONDS = 10.0

Result = TypeVar("Result")


def sqlalchemy_url(database_url: str) -> str:
    """Return the URL with the driver we use: psycopg 3 for PostgreSQL."""
    url = make_url(database_url)
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A writing transaction of SQLite, as it began."""

    driver: Any
    changes: int

    @property
    def changed(self) -> bool:
        """Whether rows were written since."""
        return self.driver.total_changes != self.changes


def _prepare_sqlite(engine: Engine, *, read_only: bool) -> None:
    pragmas = [
        "journal_mode=wal",
        "synchronous=full",
        "busy_timeout=30000",
        "foreign_keys=on",
        "cache_size=-65536",
    ]
    if read_only:
        pragmas.append("query_only=on")

    def connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", connect)


class Database:
    """One database: its engines, its transactions and its durable queue.

    Args:
        url: `sqlite:///…` or `postgresql://…`.
        announcer: Told after a commit that changed what open pages follow; None where one process serves.
        replica_url: A copy for what everybody may read, which may be moments behind; empty for none.
    """

    def __init__(self, url: str, *, announcer: Announcer | None = None, replica_url: str = "") -> None:
        self.url = sqlalchemy_url(url)
        self._replica_url = sqlalchemy_url(replica_url) if replica_url else ""
        self._replica_rests_until = 0.0
        self._announcer = announcer
        self.is_sqlite = make_url(self.url).get_backend_name() == "sqlite"
        # SQLite's own waiting is unfair; a lock in the process keeps the slowest writer's wait short.
        self._writer = threading.Lock()
        self._sync = SharedSync(Path(f"{make_url(self.url).database}-wal"))
        self._thread = threading.local()
        self._readers: list[PoolProxiedConnection] = []
        self._known: dict[Hashable, int] = {}
        self._commits = 0
        self._quick_reads: dict[Engine, QuickReads] = {}

    @cached_property
    def engine(self) -> Engine:
        """The engine for transactions that write."""
        return self._make_engine(read_only=False)

    @cached_property
    def read_engine(self) -> Engine:
        """The engine for transactions that only read."""
        return self._make_engine(read_only=True) if self.is_sqlite else self.engine

    @cached_property
    def replica_engine(self) -> Engine:
        """The engine for what may be read moments late."""
        if not self._replica_url:
            return self.read_engine
        engine = create_engine(
            self._replica_url,
            pool_size=WEB_CONNECTIONS,
            pool_pre_ping=True,
            connect_args={"connect_timeout": REPLICA_PATIENCE_SECONDS},
            execution_options={"postgresql_readonly": True},
        )
        measure(engine)
        return engine

    @cached_property
    def queue(self) -> DBOSClient:
        """The client that enqueues jobs inside our own transactions."""
        return DBOSClient(system_database_engine=self.engine, lazy=True)

    def _make_engine(self, *, read_only: bool) -> Engine:
        # Beyond the first few, a server's connections are given back: it has few, and many processes.
        most = 2 * (WEB_CONNECTIONS + 2 * JOB_CONNECTIONS)
        kept = most // 2 if self.is_sqlite else WEB_CONNECTIONS
        engine = create_engine(
            self.url, pool_size=kept, max_overflow=most - kept, pool_pre_ping=not self.is_sqlite
        )
        if self.is_sqlite:
            _prepare_sqlite(engine, read_only=read_only)
            event.listen(engine, "begin", self._begin_reading if read_only else self._begin_writing)
        if self._announcer is not None and not read_only:
            event.listen(engine, "after_cursor_execute", self._note_news)
        measure(engine)
        return engine

    @staticmethod
    def _begin_reading(connection: Connection) -> None:
        _driver(connection).execute("BEGIN")

    def _begin_writing(self, connection: Connection) -> None:
        driver = _driver(connection)
        # Who writes by other means than `transaction` does not sync, so each commit does it.
        syncs_later = getattr(self._thread, "writes", False)
        driver.execute(f"PRAGMA synchronous={'normal' if syncs_later else 'full'}")
        driver.execute("BEGIN IMMEDIATE")
        if syncs_later:
            self._thread.begun = _Begun(driver, driver.total_changes)

    def _note_news(
        self,
        connection: Connection,
        _cursor: Any,
        _statement: str,
        _parameters: Any,
        context: ExecutionContext | None,
        _many: bool,  # noqa: FBT001 - SQLAlchemy's order
    ) -> None:
        if concerns_pages(connection, context):
            self.note_news()

    def note_news(self) -> None:
        """Let open pages be told of this thread's transaction when it is committed."""
        self._thread.news = True

    @contextmanager
    def transaction(self) -> Generator[Session]:
        """Yield a session that commits when the block ends and rolls back when it raises.

        Raises:
            RuntimeError: This thread is inside another transaction, which would wait for itself.
        """
        if getattr(self._thread, "writes", False):
            raise RuntimeError("a transaction was begun inside another one")
        found: dict[Hashable, int] = {}
        with (
            self._on_disk_afterwards() if self.is_sqlite else nullcontext(),
            self._marked(),
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.info["queue"] = self
            session.info["known"] = ChainMap(found, self._known)
            session.info["driver"] = None
            yield session
        # Only what was committed may be known to others.
        if len(self._known) > MOST_KNOWN:
            # Others are reading the old one, and go on doing so.
            self._known = {}
        self._known.update(found)
        self._commits += 1
        if self._announcer is not None and self._thread.news:
            self._announcer.announce()

    @contextmanager
    def _on_disk_afterwards(self) -> Generator[None]:
        """Be the one writer of SQLite, and wait for the disk when the next one may begin."""
        with self._writer:
            self._thread.begun = None
            yield
            begun: _Begun | None = self._thread.begun
            commit = self._sync.count(changed=begun is not None and begun.changed)
        # Who only looked may have seen what another has yet to put on the disk, and answers by it.
        self._sync.wait(commit)

    @contextmanager
    def _marked(self) -> Generator[None]:
        self._thread.writes = True
        self._thread.news = False
        try:
            yield
        finally:
            self._thread.writes = False

    @contextmanager
    def reading(self) -> Generator[Session]:
        """Yield a session for reading; nothing it does is kept."""
        with Session(self.read_engine, expire_on_commit=False) as session:
            yield session

    def browse(self, work: Callable[[Connection], Result]) -> Result:
        """Return what `work` reads, from the replica if there is one and it answers.

        Only for what everybody may see: a replica can be moments behind, and nobody may miss the own change.
        """

        def connected(engine: Engine) -> Result:
            with engine.connect() as connection:
                return work(connection)

        return self._browse(connected)

    def _browse(self, work: Callable[[Engine], Result]) -> Result:
        if self._replica_url and time.monotonic() >= self._replica_rests_until:
            try:
                return work(self.replica_engine)
            except (OperationalError, psycopg.OperationalError):
                # Away, or it gave the query up to keep pace: the primary answers, and is asked for a while.
                self._replica_rests_until = time.monotonic() + REPLICA_REST_SECONDS
        return work(self.read_engine)

    @contextmanager
    def snapshot(self) -> Generator[Session]:
        """Yield a session for reading whose every query sees the database as it was at one moment.

        A single `reading` on PostgreSQL sees what others commit between two of its queries. No writer waits.
        """
        with self.reading() as session:
            if not self.is_sqlite:
                one_moment = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                session.connection(execution_options=one_moment)
            yield session

    def quick_rows(self, statement: str, values: tuple[int | list[int], ...]) -> list[Any]:
        """Return the rows of one statement that only reads, without a transaction's cost.

        By connections that are kept for it and begin nothing, so that they always see the newest rows. On a
        server the statement is sent alone, and prepared when it comes often. Only for what everybody may see,
        as with `browse`.
        """
        began = time.perf_counter()
        try:
            rows = self._quick_rows(statement, values)
        except Exception as error:
            ran(statement, began, type(error).__name__)
            raise
        ran(statement, began)
        return rows

    def _quick_rows(self, statement: str, values: tuple[int | list[int], ...]) -> list[Any]:
        if not self.is_sqlite:
            return self._browse(lambda engine: self._quick(engine).rows(statement, values))
        connection: Any = getattr(self._thread, "reader", None)
        if connection is None:
            kept = self.read_engine.raw_connection()
            self._readers.append(kept)
            connection = self._thread.reader = kept.driver_connection
        return connection.execute(statement, values).fetchall()

    def _quick(self, engine: Engine) -> QuickReads:
        return self._quick_reads.setdefault(engine, QuickReads(engine))

    def version(self) -> tuple[int, int]:
        """Return what changes with every commit: on SQLite with anybody's, on PostgreSQL with this process's.

        Only to be compared with what the same thread was told.
        """
        seen = self._quick_rows("PRAGMA data_version", ())[0][0] if self.is_sqlite else 0
        return self._commits, seen

    def dispose(self) -> None:
        """Close every connection."""
        # A new connection counts the commits anew.
        self._commits += 1
        while self._readers:
            self._readers.pop().invalidate()
        while self._quick_reads:
            self._quick_reads.popitem()[1].close()
        self._thread = threading.local()
        for name in ("replica_engine", "read_engine", "engine"):
            engine = self.__dict__.pop(name, None)
            if engine is not None:
                engine.dispose()
        self.__dict__.pop("queue", None)
        if self._announcer is not None:
            self._announcer.close()


def known(session: Session) -> MutableMapping[Hashable, int]:
    """Return identifiers that never change once they are committed, by what they identify.

    What is added becomes known to later transactions of the process when this one commits.

    Args:
        session: From `Database.transaction()`; any other knows nothing, and keeps nothing.
    """
    return {} if session.in_nested_transaction() else session.info.get("known", {})


def _driver(connection: Connection) -> Any:
    # SQLAlchemy's way takes longer than a small statement, and each transaction begins with some.
    return connection.connection.driver_connection


def driver_of(session: Session) -> tuple[Dialect, Any]:
    """Return the dialect of a session's database, and the driver's connection of its running transaction."""
    # A savepoint is made when the session is asked for its connection inside of it.
    kept: tuple[Dialect, Any] | None = None if session.in_nested_transaction() else session.info.get("driver")
    if kept is None:
        connection = session.connection()
        kept = connection.dialect, _driver(connection)
        # Another session than of `Database.transaction()` may go on with another connection.
        if "driver" in session.info:
            session.info["driver"] = kept
    return kept


_databases: dict[tuple[int, str, str, str], Database] = {}
_databases_lock = threading.Lock()


def get_database(url: str, *, redis_url: str = "", replica_url: str = "") -> Database:
    """Return this process's database for `url`, made on first use.

    Keyed by process, so that a forked worker never shares a socket with its parent.

    Args:
        url: `sqlite:///…` or `postgresql://…`.
        redis_url: Where other processes are told of changes; empty for nowhere.
        replica_url: A copy for what everybody may read; empty for none.
    """
    key = (os.getpid(), url, redis_url, replica_url)
    with _databases_lock:
        if key not in _databases:
            announcer = Announcer(redis_url) if redis_url else None
            _databases[key] = Database(url, announcer=announcer, replica_url=replica_url)
        return _databases[key]
