"""The schema: made by Alembic alone, the same on both databases, with its guards."""

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.db.engine import Database
from mentor_ui.db.migrations import alembic_config, is_behind, migrate
from mentor_ui.domain.identifiers import new_id
from mentor_ui.models import AccountKind, LedgerAccount, LedgerEntry, LedgerTransaction, Person


def test_models_and_migrations_agree(database: Database) -> None:
    command.check(alembic_config(database.url))


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database.url)
    command.check(alembic_config(database.url))


def test_downgrade_and_upgrade_again(database: Database) -> None:
    command.downgrade(alembic_config(database.url), "base")
    command.upgrade(alembic_config(database.url), "head")
    command.check(alembic_config(database.url))


def test_an_older_database_is_behind_and_a_newer_one_is_not(database: Database) -> None:
    assert not is_behind(database.url)
    command.downgrade(alembic_config(database.url), "-1")
    assert is_behind(database.url)
    command.downgrade(alembic_config(database.url), "base")
    assert is_behind(database.url)
    command.upgrade(alembic_config(database.url), "head")
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'of the next version'"))
    assert not is_behind(database.url)


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(text("INSERT INTO person_role (person_id, role) VALUES (1, 'tutor')"))


def test_a_job_exists_exactly_when_its_transaction_commits(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        enqueue(session, "some_job", "rolled-back", 1)
        raise RuntimeError
    with database.transaction() as session:
        enqueue(session, "some_job", "kept", 1)
        enqueue(session, "some_job", "kept", 1)
    found = [status.workflow_id for status in database.queue.list_workflows()]
    assert found == ["kept"]


def test_nothing_of_a_failed_transaction_remains(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        session.add(Person(email="a@b.test", name="A", password_hash=""))
        session.flush()
        raise RuntimeError
    with database.reading() as session:
        assert session.exec(select(Person)).all() == []


def test_a_transaction_inside_another_is_refused_at_once(database: Database) -> None:
    with database.transaction(), pytest.raises(RuntimeError, match="inside another"), database.transaction():
        pass
    with database.transaction():
        pass


def _account(database: Database) -> int:
    with database.transaction() as session:
        account = LedgerAccount(kind=AccountKind.PLATFORM_REVENUE)
        session.add(account)
    return account.id


def _post(database: Database, account_id: int, *amounts: int) -> int:
    transaction_id = new_id()
    with database.transaction() as session:
        session.add_all(
            LedgerEntry(transaction_id=transaction_id, account_id=account_id, amount_kobo=amount)
            for amount in amounts
        )
        session.flush()
        session.add(LedgerTransaction(id=transaction_id, idempotency_key=str(transaction_id), kind="test"))
    return transaction_id


def test_the_database_refuses_an_unbalanced_ledger_transaction(database: Database) -> None:
    account = _account(database)
    _post(database, account, 100, -100)
    for amounts in ((100, -99), (100,), ()):
        with pytest.raises(DBAPIError, match="does not sum to zero"):
            _post(database, account, *amounts)


def test_the_database_refuses_entries_without_their_transaction(database: Database) -> None:
    account = _account(database)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(LedgerEntry(transaction_id=new_id(), account_id=account, amount_kobo=5))


def test_a_ledger_transaction_takes_no_later_entry(database: Database) -> None:
    account = _account(database)
    posted = _post(database, account, 100, -100)
    with pytest.raises(DBAPIError, match="sealed"), database.transaction() as session:
        session.add(LedgerEntry(transaction_id=posted, account_id=account, amount_kobo=5))


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_transaction"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_ledger_rows_are_never_changed(database: Database, table: str, statement: str) -> None:
    _post(database, _account(database), 100, -100)
    with pytest.raises(DBAPIError, match="never changed"), database.transaction() as session:
        session.execute(text(statement.format(table)))
