"""Presses of a page that were written: each is, once.

A page sends a press again when it has not heard of it, also to another process or to the next server. That it
was written stands in the same transaction as what was written.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from mentor_ui.db.insert_once import insert_once
from mentor_ui.models import DoneTap

REMEMBERED = timedelta(hours=3)
"""A page gives up a press after half an hour."""


def is_first_write(session: Session, key: str) -> bool:
    """Note that a press is written with this transaction; False when one that was committed did so.

    Another transaction that is at the same press is waited for.

    Args:
        session: The transaction that the press makes.
        key: What tells the press from all others, at most 32 characters.
    """
    return insert_once(session, DoneTap(key=key))


def forget_old(session: Session, now: datetime) -> None:
    """Forget presses that no page sends again."""
    session.exec(delete(DoneTap).where(col(DoneTap.done_at) < now - REMEMBERED))
