"""Statements handed to the driver do what SQLAlchemy does with them, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.db.prepared import Prepared, fixed
from mentor_ui.db.shared import Announcer
from mentor_ui.domain.identifiers import new_id
from mentor_ui.models import MentorshipSession, Person
from tests.world import make_pair

LAGOS = timezone(timedelta(hours=1))
NOON = datetime(2031, 5, 6, 12, 30, 15, 250_000, LAGOS)

ADD = Prepared(insert(Person))
FIND = Prepared(
    select(Person.id, Person.name, Person.created_at, col(Person.id) == bindparam("other")).where(
        col(Person.email) == bindparam("email"), col(Person.password_hash) == fixed("none")
    )
)
RENAME = Prepared(
    update(Person).where(col(Person.id) == bindparam("person"), col(Person.name) == "Ada").values(name="Obi")
)


def person() -> dict[str, Any]:
    """Return the values of a new person's row."""
    number = new_id()
    made = Person(id=number, email=f"{number}@demo.test", name="Ada", password_hash="none")
    return made.model_dump() | {"created_at": NOON}


def test_values_come_back_as_they_went_in(database: Database) -> None:
    ada, obi = person(), person()
    with database.transaction() as session:
        assert ADD.change(session, ada, obi) == 2
        number, name, created_at, is_other = FIND.row(session, {"email": ada["email"], "other": obi["id"]})
        read = session.get_one(Person, ada["id"])
    assert (number, name, is_other) == (ada["id"], "Ada", False)
    assert created_at == read.created_at == NOON
    assert created_at.tzinfo is UTC


def test_a_change_says_how_many_rows_it_found(database: Database) -> None:
    ada = person()
    with database.transaction() as session:
        ADD.change(session, ada)
        assert RENAME.change(session, {"person": ada["id"]}) == 1
        assert RENAME.change(session, {"person": ada["id"]}) == 0


def test_other_columns_can_be_set_by_other_values(database: Database) -> None:
    ada = person()
    change = Prepared(update(Person).where(col(Person.id) == bindparam("person")))
    with database.transaction() as session:
        ADD.change(session, ada)
        change.change(session, {"person": ada["id"], "name": "Obi"})
        change.change(session, {"person": ada["id"], "password_hash": "other"})
        read = session.get_one(Person, ada["id"])
    assert (read.name, read.password_hash) == ("Obi", "other")


def test_no_row_where_one_is_wanted_is_an_error(database: Database) -> None:
    with database.transaction() as session, pytest.raises(NoResultFound):
        FIND.row(session, {"email": "nobody@demo.test", "other": 1})


def test_an_error_is_sqlalchemys_and_undoes_the_transaction(database: Database) -> None:
    ada = person()
    with pytest.raises(IntegrityError), database.transaction() as session:
        ADD.change(session, ada)
        ADD.change(session, ada)
    with database.reading() as session:
        assert session.get(Person, ada["id"]) is None


def test_a_savepoint_undoes_what_was_run_inside_it(database: Database) -> None:
    ada, obi = person(), person()
    with database.transaction() as session:
        ADD.change(session, ada)
        with session.begin_nested() as nested:
            ADD.change(session, obi)
            nested.rollback()
    with database.reading() as session:
        assert [session.get(Person, one["id"]) is not None for one in (ada, obi)] == [True, False]


def test_a_statement_that_needs_values_made_in_python_is_refused(database: Database) -> None:
    listed = Prepared(select(Person.id).where(col(Person.id).in_((1, 2))))
    with database.transaction() as session, pytest.raises(ValueError, match="needs more"):
        listed.rows(session, {})


class Heard(Announcer):
    """Counts what would be told to other processes."""

    def __init__(self) -> None:
        super().__init__("redis://nowhere.invalid")
        self.times = 0

    def announce(self) -> None:
        """Count."""
        self.times += 1


def test_open_pages_are_told_of_a_table_that_they_follow_and_of_no_other(sqlite_database: Database) -> None:
    pair = make_pair(sqlite_database)
    heard = Heard()
    database = Database(sqlite_database.url, announcer=heard)
    rename = Prepared(update(MentorshipSession).where(col(MentorshipSession.id) == bindparam("one")))
    with database.transaction() as session:
        ADD.change(session, person())
    assert heard.times == 0
    with database.transaction() as session:
        rename.change(session, {"one": pair.offering_id, "title": "Go"})
    assert heard.times == 1
    database.dispose()
