"""Throw-away databases, each a copy of one that was migrated once."""

import shutil
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from mentor_ui.db.migrations import migrate
from mentor_ui.domain.identifiers import new_id


class Databases(Protocol):
    """Makes databases that end with their block."""

    def fresh(self) -> AbstractContextManager[str]:
        """Yield the URL of an empty, migrated database."""
        ...


class _Files:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        migrate(f"sqlite:///{self._template}")

    @contextmanager
    def fresh(self) -> Generator[str]:
        path = self._folder / f"{new_id()}.db"
        for suffix in ("", "-wal"):
            source = self._template.with_name(self._template.name + suffix)
            if source.exists():
                shutil.copyfile(source, path.with_name(path.name + suffix))
        try:
            yield f"sqlite:///{path}"
        finally:
            for leftover in self._folder.glob(f"{path.name}*"):
                leftover.unlink()


class _Server:
    def __init__(self, url: str) -> None:
        self._url = url
        self._template = f"mentor_prove_{new_id()}"
        self._run(sql.SQL("CREATE DATABASE {}"), self._template)
        try:
            migrate(self._url_of(self._template))
        except BaseException:
            self.close()
            raise

    def _url_of(self, name: str) -> str:
        return make_url(self._url).set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: sql.SQL, *names: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement.format(*(sql.Identifier(name) for name in names)))

    @contextmanager
    def fresh(self) -> Generator[str]:
        name = f"mentor_prove_{new_id()}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, self._template)
        try:
            yield self._url_of(name)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)"), name)

    def close(self) -> None:
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)"), self._template)


@contextmanager
def throw_away(folder: Path, server_url: str) -> Generator[Databases]:
    """Yield a maker of databases: SQLite files in a folder, or databases on a PostgreSQL server.

    Args:
        folder: For files.
        server_url: `postgresql://…` of a server on which databases may be made; the one that it names is not
            touched. Empty for SQLite.
    """
    if not server_url:
        yield _Files(folder)
        return
    server = _Server(server_url)
    try:
        yield server
    finally:
        server.close()
