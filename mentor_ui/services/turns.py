"""Turns: whoever changes somebody's times, holds or offerings waits until the one before has finished.

The person's own row is the lock. A transaction takes it before any other row of that person's and takes all
that it needs at once, in the order of identifiers, so no two transactions ever wait for each other.
"""

from collections.abc import Collection

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from mentor_ui.db.live_offerings import on_sqlite
from mentor_ui.models import Person

_IN_ORDER = (
    select(Person.id)
    .where(col(Person.id).in_(bindparam("people", expanding=True)))
    .order_by(col(Person.id))
    .with_for_update(key_share=True)
)


def take_turns(session: Session, people: Collection[int]) -> None:
    """Wait for other transactions about these people, and make later ones wait for this one.

    Rows read before may have changed meanwhile: read them afterwards.

    Args:
        session: Of a writing transaction.
        people: Identifiers; all that the transaction is about.
    """
    if on_sqlite(session):
        return  # it has one writer at a time
    session.flush()
    session.connection().execute(_IN_ORDER, {"people": list(people)}).all()
