"""Fixtures shared by all tests: databases of both kinds."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from mentor_ui.db.engine import Database
from tests.databases import PostgresqlDatabases, SqliteDatabases, opened, quick_folder

pytest_plugins = (
    "tests.app_process",
    "tests.browser",
    "tests.many_processes",
    "tests.parallel",
    "tests.redis_server",
)

# How long one example takes says more about what else the machine does than about the code.
settings.register_profile("mentor", deadline=None)
settings.load_profile("mentor")


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[SqliteDatabases]:
    """The maker of SQLite files."""
    with tempfile.TemporaryDirectory(prefix="mentor-sqlite-", dir=quick_folder()) as folder:
        yield SqliteDatabases(Path(folder))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresqlDatabases]:
    """The maker of PostgreSQL databases."""
    with tempfile.TemporaryDirectory(
        prefix="mentor-pg-", dir=quick_folder(), ignore_cleanup_errors=True
    ) as folder:
        databases = PostgresqlDatabases(Path(folder))
        yield databases
        databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated database; the test runs once on each kind."""
    with opened(request.getfixturevalue(f"{request.param}_databases")) as fresh:
        yield fresh


@pytest.fixture
def sqlite_database(sqlite_databases: SqliteDatabases) -> Iterator[Database]:
    """An empty, migrated SQLite database, where the kind does not matter."""
    with opened(sqlite_databases) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop of asynchronous tests."""
    return "asyncio"
