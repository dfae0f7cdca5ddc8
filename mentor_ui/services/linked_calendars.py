"""The calendars that a tutor linked: linking one, choosing what counts of it, and removing it.

Nothing here talks to a provider: jobs do, and hand in what they saw.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.models import CalendarKind, LinkedCalendar
from mentor_ui.services import availability, calendar_leaving
from mentor_ui.services.calendar_looks import (
    Offer,
    Seen,
    counts,
    is_known,
    offers_of,
    reads_of,
    record_success,
)
from mentor_ui.services.turns import take_turns

MOST_CALENDARS = 10
"""That one tutor can link."""

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked calendar as its tutor sees it.

    Attributes:
        name: What it is called, or the account's address.
        looked_at: The last good look; None before the first.
        trouble: What is the matter, in words; empty for nothing.
        is_known: Whether its busy times count as known now.
        has_ended: Whether the connection ended, so that it has to be made anew.
        written_ahead: How many sessions that have not ended we wrote into it.
    """

    id: int
    kind: CalendarKind
    name: str
    looked_at: datetime | None
    trouble: str
    is_known: bool
    has_ended: bool
    offers: tuple[Offer, ...]
    reads: frozenset[str]
    writes_to: str
    written_ahead: int


def mine(session: Session, actor: Actor, now: datetime) -> list[Linked]:
    """Return the actor's calendars, the oldest first.

    Raises:
        NotAllowed: The actor does not teach.
    """
    require_teaching(actor)
    rows = session.exec(
        select(LinkedCalendar)
        .where(LinkedCalendar.tutor_id == actor.person_id)
        .order_by(col(LinkedCalendar.created_at), col(LinkedCalendar.id))
    )
    return [_shown(session, row, now) for row in rows]


def _shown(session: Session, row: LinkedCalendar, now: datetime) -> Linked:
    return Linked(
        id=row.id,
        kind=CalendarKind(row.kind),
        name=row.name,
        looked_at=row.succeeded_at,
        trouble=row.trouble,
        is_known=is_known(row, now) or not counts(row),
        has_ended=row.next_check_at is None,
        offers=offers_of(row),
        reads=frozenset(reads_of(row)),
        writes_to=row.writes_to,
        written_ahead=len(calendar_leaving.written_ahead(session, row.id, now)),
    )


def require_teaching(actor: Actor) -> None:
    """Refuse whoever has no times to offer.

    Raises:
        NotAllowed: The actor does not teach.
    """
    if not actor.teaches:
        raise NotAllowed("Calendars are for people who teach.")


def require_room(session: Session, actor: Actor) -> None:
    """Refuse one calendar more than anybody needs.

    Raises:
        NotAllowed: The actor does not teach.
        Conflict: `too_many_calendars`.
    """
    require_teaching(actor)
    linked = session.exec(select(LinkedCalendar.id).where(LinkedCalendar.tutor_id == actor.person_id)).all()
    if len(linked) >= MOST_CALENDARS:
        raise Conflict(
            f"You have linked {MOST_CALENDARS} calendars. Remove one first.", code="too_many_calendars"
        )


def secrets_of(session: Session, actor: Actor, kind: CalendarKind) -> list[str]:
    """Return the sealed secrets of the actor's calendars of a kind."""
    return list(
        session.exec(
            select(LinkedCalendar.secret).where(
                LinkedCalendar.tutor_id == actor.person_id, LinkedCalendar.kind == kind
            )
        )
    )


def link(
    session: Session,
    actor: Actor,
    *,
    kind: CalendarKind,
    name: str,
    sealed: str,
    seen: Seen,
    writes_to: str = "",
    now: datetime,
) -> int:
    """Link a calendar that was looked into just now, or connect an account of the same name anew.

    Args:
        session: Of the writing transaction.
        actor: Whose calendar it is.
        kind: How it is reached.
        name: Of the calendar, or the account's address.
        sealed: Its secret, enciphered.
        seen: What was found in it.
        writes_to: Calendar of the account into which sessions go; empty for none.
        now: When it was looked into.

    Returns:
        The identifier of the linked calendar.

    Raises:
        NotAllowed: The actor does not teach.
        Conflict: `too_many_calendars`.
    """
    require_teaching(actor)
    take_turns(session, (actor.person_id,))
    row = None if kind == CalendarKind.ICS else _account(session, actor, kind, name)
    if row is None:
        require_room(session, actor)
        row = LinkedCalendar(tutor_id=actor.person_id, kind=kind, name=name[:LONGEST_NAME], secret=sealed)
        row.reads, row.writes_to = seen.reads, writes_to
    else:
        # What was chosen for this account before stays chosen.
        row.secret, row.etag, row.last_modified = sealed, "", ""
        seen = replace(seen, reads=row.reads)
    row.next_check_at = now
    session.add(row)
    session.flush()
    calendar_leaving.come_back(session, row)
    record_success(session, row.id, seen, now)
    return row.id


def _account(session: Session, actor: Actor, kind: CalendarKind, name: str) -> LinkedCalendar | None:
    return session.exec(
        select(LinkedCalendar).where(
            LinkedCalendar.tutor_id == actor.person_id,
            LinkedCalendar.kind == kind,
            LinkedCalendar.name == name[:LONGEST_NAME],
        )
    ).first()


def own(session: Session, actor: Actor, calendar_id: int) -> LinkedCalendar:
    """Return one of the actor's calendars.

    Raises:
        NotFound: There is none of this number, or it is somebody else's.
    """
    row = session.get(LinkedCalendar, calendar_id)
    if row is None or row.tutor_id != actor.person_id:
        raise NotFound("This calendar is not linked any more.", code="calendar_not_found")
    return row


def choose(
    session: Session,
    actor: Actor,
    *,
    calendar_id: int,
    reads: Sequence[str],
    writes_to: str,
    now: datetime,
) -> None:
    """Choose which calendars of an account are read, and into which sessions are written.

    Its busy times are unknown until it has been looked into once more.

    Raises:
        NotFound: The calendar is not the actor's.
        InvalidInput: A chosen calendar is not one of the account's, or cannot be written to.
    """
    take_turns(session, (actor.person_id,))
    row = own(session, actor, calendar_id)
    offers = {offer.id: offer for offer in offers_of(row)}
    if not set(reads) <= offers.keys():
        raise InvalidInput("Choose from the calendars of this account.", field="reads")
    if writes_to and not (writes_to in offers and offers[writes_to].writable):
        raise InvalidInput("Choose a calendar that you may change.", field="writes_to")
    chosen = json.dumps(sorted(set(reads)))
    if chosen != row.reads:
        row.reads, row.succeeded_at = chosen, None
    row.writes_to = writes_to
    row.next_check_at = now
    session.add(row)
    session.flush()
    availability.refresh_next_free(session, actor.person_id, now)


def remove(session: Session, actor: Actor, *, calendar_id: int, now: datetime) -> None:
    """Forget a calendar and its busy times; the sessions ahead are taken out of an account afterwards.

    Raises:
        NotFound: It is not the actor's.
    """
    take_turns(session, (actor.person_id,))
    row = own(session, actor, calendar_id)
    if row.kind != CalendarKind.ICS and row.next_check_at is not None:
        calendar_leaving.begin(session, row, now)
    session.delete(row)
    session.flush()
    availability.refresh_next_free(session, actor.person_id, now)
