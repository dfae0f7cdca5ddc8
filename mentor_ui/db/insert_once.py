"""Inserting a row unless an equal one is there, in one statement, on either database."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_once(session: Session, row: SQLModel) -> bool:
    """Insert `row` unless one of its unique keys exists; return whether it was inserted.

    Unlike a caught `IntegrityError`, this leaves the transaction alive.
    """
    table = type(row)
    values = row.model_dump()
    if session.get_bind().dialect.name == "sqlite":
        statement = sqlite.insert(table).values(**values).on_conflict_do_nothing()
    else:
        statement = postgresql.insert(table).values(**values).on_conflict_do_nothing()
    # Without the option SQLAlchemy leaves an INSERT's count unread on PostgreSQL.
    counted = statement.execution_options(preserve_rowcount=True)
    return session.connection().execute(counted).rowcount == 1
