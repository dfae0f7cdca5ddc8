"""How we talk to SQLite and PostgreSQL.

SQLite: WAL, `synchronous=FULL`, foreign keys, and `BEGIN IMMEDIATE` for every writing transaction, because a
deferred one that reads first fails with "database is locked" the moment it writes. PostgreSQL: psycopg 3.
Engines are made on first use and never at import, since the server imports the application and then forks.
"""

import os
import threading
from collections import ChainMap
from collections.abc import Generator, Hashable, MutableMapping
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import Any

from dbos import DBOSClient
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlmodel import Session

WEB_CONNECTIONS = 16
JOB_CONNECTIONS = 24
"""Of all kinds of job together. Each running job may hold one connection while it asks for another."""

MOST_KNOWN = 200_000
"""Identifiers that a process keeps in mind; then it begins anew."""


def sqlalchemy_url(database_url: str) -> str:
    """Return the URL with the driver we use: psycopg 3 for PostgreSQL."""
    url = make_url(database_url)
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


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

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)


class Database:
    """One database: its engines, its transactions and its durable queue.

    Args:
        url: `sqlite:///…` or `postgresql://…`.
    """

    def __init__(self, url: str) -> None:
        self.url = sqlalchemy_url(url)
        self.is_sqlite = make_url(self.url).get_backend_name() == "sqlite"
        # SQLite's own waiting is unfair; a lock in the process keeps the slowest writer's wait short.
        self._writer = threading.Lock()
        self._thread = threading.local()
        self._readers: list[PoolProxiedConnection] = []
        self._known: dict[Hashable, int] = {}

    @cached_property
    def engine(self) -> Engine:
        """The engine for transactions that write."""
        return self._make_engine(read_only=False)

    @cached_property
    def read_engine(self) -> Engine:
        """The engine for transactions that only read."""
        return self._make_engine(read_only=True) if self.is_sqlite else self.engine

    @cached_property
    def queue(self) -> DBOSClient:
        """The client that enqueues jobs inside our own transactions."""
        return DBOSClient(system_database_engine=self.engine, lazy=True)

    def _make_engine(self, *, read_only: bool) -> Engine:
        size = WEB_CONNECTIONS + 2 * JOB_CONNECTIONS
        engine = create_engine(self.url, pool_size=size, max_overflow=size, pool_pre_ping=not self.is_sqlite)
        if self.is_sqlite:
            _prepare_sqlite(engine, read_only=read_only)
        return engine

    @contextmanager
    def transaction(self) -> Generator[Session]:
        """Yield a session that commits when the block ends and rolls back when it raises.

        Raises:
            RuntimeError: This thread is inside another transaction, which would wait for itself.
        """
        if getattr(self._thread, "writes", False):
            raise RuntimeError("a transaction was begun inside another one")
        lock = self._writer if self.is_sqlite else nullcontext()
        found: dict[Hashable, int] = {}
        with lock, self._marked(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.info["queue"] = self
            session.info["known"] = ChainMap(found, self._known)
            yield session
        # Only what was committed may be known to others.
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        self._known.update(found)

    @contextmanager
    def _marked(self) -> Generator[None]:
        self._thread.writes = True
        try:
            yield
        finally:
            self._thread.writes = False

    @contextmanager
    def reading(self) -> Generator[Session]:
        """Yield a session for reading; nothing it does is kept."""
        with Session(self.read_engine, expire_on_commit=False) as session:
            yield session

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

    def quick_rows(self, statement: str, values: tuple[int, ...]) -> list[Any]:
        """Return the rows of one statement that only reads, on SQLite, without a transaction's cost.

        By a connection that each thread keeps; it begins nothing, so that it always sees the newest rows.
        """
        connection: Any = getattr(self._thread, "reader", None)
        if connection is None:
            kept = self.read_engine.raw_connection()
            self._readers.append(kept)
            connection = self._thread.reader = kept.driver_connection
        return connection.execute(statement, values).fetchall()

    def dispose(self) -> None:
        """Close every connection."""
        while self._readers:
            self._readers.pop().invalidate()
        self._thread = threading.local()
        for name in ("read_engine", "engine"):
            engine = self.__dict__.pop(name, None)
            if engine is not None:
                engine.dispose()
        self.__dict__.pop("queue", None)


def known(session: Session) -> MutableMapping[Hashable, int]:
    """Return identifiers that never change once they are committed, by what they identify.

    What is added becomes known to later transactions of the process when this one commits.

    Args:
        session: From `Database.transaction()`; any other knows nothing, and keeps nothing.
    """
    return {} if session.in_nested_transaction() else session.info.get("known", {})


_databases: dict[tuple[int, str], Database] = {}
_databases_lock = threading.Lock()


def get_database(url: str) -> Database:
    """Return this process's database for `url`, made on first use.

    Keyed by process, so that a forked worker never shares a socket with its parent.
    """
    key = (os.getpid(), url)
    with _databases_lock:
        if key not in _databases:
            _databases[key] = Database(url)
        return _databases[key]
