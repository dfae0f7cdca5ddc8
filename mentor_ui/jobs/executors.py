"""Names of the processes that run jobs.

After a crash a process takes up the work begun under its own name, so a name has to be the same in its next
life; and two that live must never share one, or the second runs the first one's live steps once more. Each
process therefore takes the lowest number that is free, by a lock that ends with it, however it ends.
"""

import fcntl
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, create_engine, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from mentor_ui.db.engine import Database

MOST_PROCESSES = 256
LOCK_SPACE = 0x6D656E74
"""First half of our advisory locks on PostgreSQL; the second is a hash of the name."""

ANSWERS_WITHIN = {"tcp_user_timeout": 20_000, "keepalives_idle": 10, "keepalives_interval": 5}
"""Of the connection that holds a lock, in ms and s: it ends when its server is out of reach."""

log = structlog.get_logger()
_kept: dict[str, Callable[[], bool]] = {}
"""Of the names that this process has: whether it still has them."""


@contextmanager
def own_name(database: Database, kind: str) -> Generator[str]:
    """Yield a name that no other living process on this database has, such as `web-0`.

    Args:
        database: Whose jobs are run.
        kind: What the process is.

    Raises:
        RuntimeError: `MOST_PROCESSES` of this kind live already.
    """
    with ExitStack() as kept:
        take, is_kept = _taking(database, kept)
        for number in range(MOST_PROCESSES):
            name = f"{kind}-{number}"
            if take(name):
                _kept[name] = is_kept
                kept.callback(_kept.pop, name, None)
                yield name
                return
    raise RuntimeError(f"{MOST_PROCESSES} processes of the kind {kind} run already")


@contextmanager
def name_of_the_dead(database: Database, name: str) -> Generator[bool]:
    """Yield whether no living process has this name; none can take it until the block ends."""
    with ExitStack() as kept:
        take, _ = _taking(database, kept)
        yield take(name)


def is_kept(name: str) -> bool:
    """Return whether nobody else can have taken a name from this process, as when its connection broke.

    Not by two threads at once. Of a name that was never taken here it is true.
    """
    return _kept.get(name, _always)()


def _always() -> bool:
    return True


Taking = tuple[Callable[[str], bool], Callable[[], bool]]
"""Takes a name and says whether it was free; says later whether what was taken is kept."""


def _taking(database: Database, kept: ExitStack) -> Taking:
    return _by_file(database, kept) if database.is_sqlite else _by_server(database, kept)


def _by_file(database: Database, kept: ExitStack) -> Taking:
    path = Path(make_url(database.url).database or "")

    def take(name: str) -> bool:
        lock = path.with_name(f"{path.name}.{name}.lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        kept.callback(lock.close)
        return True

    return take, _always


def _by_server(database: Database, kept: ExitStack) -> Taking:
    # A connection of its own: the pool would hand the lock on to somebody else.
    engine = create_engine(
        database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=ANSWERS_WITHIN
    )
    connection = kept.enter_context(engine.connect())
    server_process = _server_process(connection)

    def take(name: str) -> bool:
        lock = func.pg_try_advisory_lock(LOCK_SPACE, func.hashtext(name))
        return bool(connection.execute(select(lock)).scalar_one())

    def is_kept() -> bool:
        # The lock lasts as long as the server's side of the very connection on which it was taken.
        try:
            return _server_process(connection) == server_process
        except SQLAlchemyError:
            log.exception("the connection that keeps this process's name is gone")
            return False

    return take, is_kept


def _server_process(connection: Connection) -> int:
    return connection.execute(select(func.pg_backend_pid())).scalar_one()
