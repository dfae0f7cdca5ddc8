"""What everybody may see is read from the replica, and from the database itself while that is away."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, text

from mentor_ui.db.engine import Database
from tests.databases import PostgresqlDatabases
from tests.sandbox_process import free_port


@dataclass(frozen=True)
class Two:
    """A database, and another in the place of its copy."""

    url: str
    replica_url: str


@pytest.fixture
def two(postgresql_databases: PostgresqlDatabases) -> Iterator[Two]:
    with postgresql_databases.fresh() as url, postgresql_databases.fresh() as replica_url:
        yield Two(url, replica_url)


def name(connection: Connection) -> str:
    return str(connection.execute(text("SELECT current_database()")).scalar_one())


def test_browsing_asks_the_replica_and_nothing_else_does(two: Two) -> None:
    database = Database(two.url, replica_url=two.replica_url)
    copied = database.browse(name)
    with database.reading() as session:
        read = name(session.connection())
    with database.transaction() as session:
        written = name(session.connection())
    assert copied in two.replica_url
    assert read == written
    assert read in two.url
    database.dispose()


def test_the_replica_is_only_read(two: Two) -> None:
    database = Database(two.url, replica_url=two.replica_url)

    def read_only(connection: Connection) -> str:
        return str(connection.execute(text("SHOW transaction_read_only")).scalar_one())

    assert database.browse(read_only) == "on"
    database.dispose()


def test_the_database_itself_answers_while_the_replica_is_away(two: Two) -> None:
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    database = Database(two.url, replica_url=away)
    assert database.browse(name) in two.url
    assert database.browse(name) in two.url
    database.dispose()
