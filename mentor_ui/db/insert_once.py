"""Inserting a row unless an equal one is there, in one statement, on either database."""

from functools import cache
from typing import cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from mentor_ui.db.prepared import Prepared


def insert_once(session: Session, row: SQLModel) -> bool:
    """Insert `row` unless one of its unique keys exists; return whether it was inserted.

    Unlike a caught `IntegrityError`, this leaves the transaction alive.
    """
    inserting = _inserting(cast("str", type(row).__tablename__), session.get_bind().dialect.name)
    return inserting.change(session, row.model_dump()) == 1


@cache
def _inserting(table: str, dialect: str) -> Prepared:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return Prepared(insert(SQLModel.metadata.tables[table]).on_conflict_do_nothing())
