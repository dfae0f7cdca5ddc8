"""Single statements on a server, by connections that are kept for them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text

from mentor_ui.db.engine import Database
from mentor_ui.db.quick_reads import MOST_KEPT
from mentor_ui.services.suggestions import newest_for_anybody
from tests.catalogue import course, offering, tutor
from tests.databases import PostgresqlDatabases
from tests.sandbox_process import free_port
from tests.waiting import within

BACKEND = "SELECT pg_backend_pid()"


@pytest.fixture
def server(postgresql_databases: PostgresqlDatabases) -> Iterator[Database]:
    with postgresql_databases.fresh() as url:
        database = Database(url)
        yield database
        database.dispose()


def test_what_was_just_committed_is_read(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        react = course(session, teacher)
        first = offering(session, teacher, "First", linked_to=react)
    assert [row.id for row in newest_for_anybody(database, react.id)] == [str(first)]
    with database.transaction() as session:
        offering(session, teacher, "Second", linked_to=react)
    found = newest_for_anybody(database, react.id)
    assert {row.title for row in found} == {"First", "Second"}
    assert {row.tutor_name for row in found} == {"Tunde Bakare"}


def test_a_connection_is_kept_and_anew_when_the_server_closed_it(server: Database) -> None:
    before = server.quick_rows(BACKEND, ())
    assert server.quick_rows(BACKEND, ()) == before
    with server.transaction() as session:
        session.connection().execute(text("SELECT pg_terminate_backend(:pid, 60000)"), {"pid": before[0][0]})
    assert server.quick_rows(BACKEND, ()) != before


def test_a_wrong_statement_spoils_nothing(server: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        server.quick_rows("SELECT 1 FROM nothing_of_this_name", ())
    assert server.quick_rows("SELECT 1", ()) == [(1,)]


def test_no_transaction_stays_open_and_few_connections_are_kept(server: Database) -> None:
    def slow(number: int) -> list[tuple[int, str]]:
        return server.quick_rows(f"SELECT {number}, pg_sleep(0.1)::text", ())

    with ThreadPoolExecutor(3 * MOST_KEPT) as threads:
        answers = list(threads.map(slow, range(3 * MOST_KEPT)))
    assert [rows[0][0] for rows in answers] == list(range(3 * MOST_KEPT))

    def states() -> list[str]:
        with server.reading() as session:
            others = "datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'"
            found = session.connection().execute(text(f"SELECT state FROM pg_stat_activity WHERE {others}"))  # noqa: S608
            return [str(state) for (state,) in found]

    assert within(60, lambda: 1 <= len(states()) <= MOST_KEPT)
    assert set(states()) == {"idle"}


def test_the_database_itself_answers_while_the_replica_is_away(
    postgresql_databases: PostgresqlDatabases,
) -> None:
    with postgresql_databases.fresh() as url:
        away = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
        database = Database(url, replica_url=away)
        for _ in range(2):
            assert database.quick_rows("SELECT current_database()", ())[0][0] in url
        database.dispose()
