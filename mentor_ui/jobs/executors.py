"""Names of the processes that run jobs.

After a crash a process takes up the work begun under its own name, so a name has to be the same in its next
life; and two that live must never share one, or the second runs the first one's live steps once more. Each
process therefore takes the lowest number that is free, by a lock that ends with it, however it ends.
"""

import fcntl
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, func, make_url, select
from sqlalchemy.pool import NullPool

from mentor_ui.db.engine import Database

MOST_PROCESSES = 256
LOCK_SPACE = 0x6D656E74
"""First half of our advisory locks on PostgreSQL; the second is a hash of the name."""


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
        take = _taking(database, kept)
        for number in range(MOST_PROCESSES):
            if take(f"{kind}-{number}"):
                yield f"{kind}-{number}"
                return
    raise RuntimeError(f"{MOST_PROCESSES} processes of the kind {kind} run already")


@contextmanager
def name_of_the_dead(database: Database, name: str) -> Generator[bool]:
    """Yield whether no living process has this name; none can take it until the block ends."""
    with ExitStack() as kept:
        yield _taking(database, kept)(name)


def _taking(database: Database, kept: ExitStack) -> Callable[[str], bool]:
    return _by_file(database, kept) if database.is_sqlite else _by_server(database, kept)


def _by_file(database: Database, kept: ExitStack) -> Callable[[str], bool]:
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

    return take


def _by_server(database: Database, kept: ExitStack) -> Callable[[str], bool]:
    # A connection of its own: the pool would hand the lock on to somebody else.
    engine = create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    connection = kept.enter_context(engine.connect())

    def take(name: str) -> bool:
        lock = func.pg_try_advisory_lock(LOCK_SPACE, func.hashtext(name))
        return bool(connection.execute(select(lock)).scalar_one())

    return take
