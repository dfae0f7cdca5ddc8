"""Accounts that a tutor disconnected, while the sessions ahead are taken out of their calendars.

The tokens are kept for that alone, and for a day at most.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from mentor_ui.models import LeftCalendar, LinkedCalendar, MentorshipSession, WrittenEvent
from mentor_ui.services import notifications
from mentor_ui.services.calendar_looks import PAGE

TRY_EVERY = timedelta(minutes=10)
TRIES_END = timedelta(days=1)
_NEVER_WRITTEN = -1


@dataclass(frozen=True, slots=True)
class Standing:
    """A session's event that still stands in an account's calendar."""

    session_id: int
    calendar_id: str
    event_id: str


def written_ahead(session: Session, calendar_id: int, now: datetime) -> list[Standing]:
    """Return the events that we wrote into a linked calendar, of sessions that have not ended."""
    rows = session.exec(
        select(WrittenEvent)
        .join(MentorshipSession, col(MentorshipSession.id) == col(WrittenEvent.session_id))
        .where(col(WrittenEvent.calendar_id) == calendar_id, col(MentorshipSession.ends_at) > now)
        .order_by(col(MentorshipSession.starts_at), col(MentorshipSession.id))
    )
    return [Standing(row.session_id, row.written_to, row.external_id) for row in rows]


def begin(session: Session, row: LinkedCalendar, now: datetime) -> None:
    """Keep what has to be done about an account before it can be forgotten.

    Args:
        session: Of the transaction that removes it.
        row: The account.
        now: The present moment.
    """
    left = LeftCalendar(
        id=row.id, tutor_id=row.tutor_id, kind=row.kind, name=row.name, secret=row.secret, next_try_at=now
    )
    left.created_at = now
    keep(left, written_ahead(session, row.id, now))
    session.add(left)


def standing_in(left: LeftCalendar) -> list[Standing]:
    """Return what still stands in a disconnected account."""
    return [Standing(**one) for one in json.loads(left.events)]


def keep(left: LeftCalendar, standing: list[Standing]) -> None:
    """Put down what still stands in it."""
    left.events = json.dumps([asdict(one) for one in standing])


def come_back(session: Session, row: LinkedCalendar) -> None:
    """Take over what an account that is connected again still holds from before.

    Some of it may be gone by now, so all of it counts as not written as it should be.
    """
    earlier = session.exec(
        select(LeftCalendar).where(
            LeftCalendar.tutor_id == row.tutor_id,
            LeftCalendar.kind == row.kind,
            LeftCalendar.name == row.name,
        )
    )
    for left in earlier:
        for one in standing_in(left):
            session.merge(
                WrittenEvent(
                    calendar_id=row.id,
                    session_id=one.session_id,
                    written_to=one.calendar_id,
                    external_id=one.event_id,
                    revision=_NEVER_WRITTEN,
                )
            )
        session.delete(left)
    session.flush()


def due(session: Session, now: datetime, limit: int = 20) -> list[int]:
    """Return the disconnected accounts about which something should be done now."""
    return list(
        session.exec(
            select(LeftCalendar.id)
            .where(col(LeftCalendar.next_try_at) <= now)
            .order_by(col(LeftCalendar.next_try_at), col(LeftCalendar.id))
            .limit(limit)
        )
    )


def postpone(session: Session, left_id: int, now: datetime) -> None:
    """Try again later; after a day of tries tell the tutor what stays, and forget the account."""
    left = session.get(LeftCalendar, left_id)
    if left is None:
        return
    if now - left.created_at >= TRIES_END:
        give_up(session, left_id)
        return
    left.next_try_at = now + TRY_EVERY
    session.add(left)


def give_up(session: Session, left_id: int) -> None:
    """Forget a disconnected account, and tell its tutor when sessions stay in it."""
    left = session.get(LeftCalendar, left_id)
    if left is None:
        return
    count = len(standing_in(left))
    if count:
        what, them = ("a session", "it") if count == 1 else (f"{count} sessions", "them")
        notifications.tell(
            session,
            left.tutor_id,
            key=f"calendar-left-{left.id}",
            kind="calendar_left",
            title=f"Sessions stay in {left.name}",
            body=f"We could not take {what} out of it. Please delete {them} there by hand.",
            link=PAGE,
        )
    session.delete(left)


def is_shared(session: Session, left: LeftCalendar) -> bool:
    """Return whether the same account is still in use, by this tutor or by another.

    Giving its grant back would end all of them: at Google it is one for each account.
    """
    linked = select(LinkedCalendar.id).where(
        LinkedCalendar.kind == left.kind, LinkedCalendar.name == left.name
    )
    leaving = select(LeftCalendar.id).where(
        LeftCalendar.kind == left.kind, LeftCalendar.name == left.name, LeftCalendar.id != left.id
    )
    return any(session.exec(query).first() is not None for query in (linked, leaving))
