"""Looks into linked calendars: when they are due, what they found, and what is known from them.

Nothing here talks to a provider: jobs do, and hand in what they saw.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from mentor_ui.domain.availability_rules import CALENDAR_TRUSTED, LONGEST_HORIZON_DAYS
from mentor_ui.domain.busy_times import Busy
from mentor_ui.models import BusyTime, CalendarKind, LinkedCalendar, Person
from mentor_ui.services import availability, notifications
from mentor_ui.services.letters import plain_letter
from mentor_ui.services.turns import take_turns

LOOK_EVERY = timedelta(minutes=20)
SHORTEST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
"""After a look that failed; the pause doubles each time in between."""

LOOK_BEHIND = timedelta(days=1)
LOOK_AHEAD = timedelta(days=LONGEST_HORIZON_DAYS + 3)
"""How far busy times are worked out."""

SEEN_ENOUGH = timedelta(days=LONGEST_HORIZON_DAYS + 1)
"""While they are known so far ahead, an unchanged file need not be read again."""

PAGE = "/tutor/calendars"
LONGEST_TROUBLE = 300


@dataclass(frozen=True, slots=True)
class Offer:
    """One calendar of a connected account, as it can be chosen."""

    id: str
    name: str
    writable: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What a good look found.

    Attributes:
        reads: Which calendars of the account were looked into.
        busy: When the tutor is busy; None when nothing changed since the last look.
        known_until: To where it was worked out; None when nothing changed.
        zone: In which times without a zone were meant; empty when nothing changed.
        offers: The account's calendars; None for those of an address.
    """

    reads: str
    busy: Sequence[Busy] | None
    known_until: datetime | None
    etag: str = ""
    last_modified: str = ""
    zone: str = ""
    offers: Sequence[Offer] | None = None


def is_known(row: LinkedCalendar, now: datetime) -> bool:
    """Return whether the calendar's busy times count as known."""
    return row.succeeded_at is not None and now - row.succeeded_at <= CALENDAR_TRUSTED


def offers_of(row: LinkedCalendar) -> tuple[Offer, ...]:
    """Return the calendars of a connected account, as they were seen last."""
    return tuple(Offer(one["id"], one["name"], one["writable"]) for one in json.loads(row.offers))


def reads_of(row: LinkedCalendar) -> list[str]:
    """Return which calendars of a connected account are read."""
    found: list[str] = json.loads(row.reads)
    return found


def counts(row: LinkedCalendar) -> bool:
    """Return whether anything of it is read, so that it says when the tutor is busy."""
    return row.kind == CalendarKind.ICS or bool(reads_of(row))


def due(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Return the calendars that should be looked into now, those waiting longest first."""
    return list(
        session.exec(
            select(LinkedCalendar.id)
            .where(col(LinkedCalendar.next_check_at) <= now)
            .order_by(col(LinkedCalendar.next_check_at), col(LinkedCalendar.id))
            .limit(limit)
        )
    )


def record_success(session: Session, calendar_id: int, seen: Seen, now: datetime) -> None:
    """Keep what a good look found, in the place of everything known before."""
    row = _turn(session, calendar_id)
    if row is None:
        return
    if row.reads != seen.reads:
        # Its tutor chose other calendars while this look was under way.
        row.next_check_at = now
        session.add(row)
        return
    was_known = is_known(row, now)
    changed = seen.busy is not None and _replace(session, row, seen.busy)
    if seen.offers is not None:
        row.offers = json.dumps(
            [{"id": one.id, "name": one.name, "writable": one.writable} for one in seen.offers]
        )
    row.etag, row.last_modified = seen.etag, seen.last_modified
    row.known_until = seen.known_until or row.known_until
    row.read_zone = seen.zone or row.read_zone
    row.succeeded_at, row.trouble, row.failures = now, "", 0
    row.next_check_at = now + LOOK_EVERY
    session.add(row)
    session.flush()
    if changed or not was_known:
        availability.refresh_next_free(session, row.tutor_id, now)


def record_failure(
    session: Session,
    calendar_id: int,
    *,
    words: str,
    connect_anew: bool = False,
    wait: timedelta | None = None,
    public_url: str,
    now: datetime,
) -> None:
    """Keep that a look failed; tell the tutor once, when it matters.

    Args:
        session: Of the writing transaction.
        calendar_id: Which calendar.
        words: What is the matter, for the tutor.
        connect_anew: The connection has ended; nobody looks again before it is made anew.
        wait: How long the provider asks us to stay away at least.
        public_url: Base of the link in the mail.
        now: When it failed.
    """
    row = _turn(session, calendar_id)
    if row is None:
        return
    row.failures += 1
    row.trouble = words[:LONGEST_TROUBLE]
    pause = min(SHORTEST_PAUSE * 2 ** min(row.failures - 1, 10), LONGEST_PAUSE)
    row.next_check_at = None if connect_anew else now + max(pause, wait or pause)
    session.add(row)
    session.flush()
    if connect_anew:
        _tell(session, row, "ended", f"Connect {row.name} again", public_url)
    elif counts(row) and not is_known(row, now):
        _tell(session, row, "unknown", f"We cannot look into {row.name}", public_url)
    else:
        return
    availability.refresh_next_free(session, row.tutor_id, now)


def _tell(session: Session, row: LinkedCalendar, what: str, title: str, public_url: str) -> None:
    """Tell the tutor, once for each time that looking stopped working."""
    since = int(row.succeeded_at.timestamp()) if row.succeeded_at else 0
    key = f"calendar-{what}-{row.id}-{since}"
    lines = [
        row.trouble,
        "Until we can look into it again, students cannot see your free times, as we do not know them."
        if counts(row)
        else "Until then your sessions are not written into it.",
    ]
    tutor = session.get_one(Person, row.tutor_id)
    letter = plain_letter(title, tutor.name, lines, ("Your calendars", f"{public_url}{PAGE}"))
    notifications.tell(
        session,
        tutor.id,
        key=key,
        kind=f"calendar_{what}",
        title=letter.subject,
        body=" ".join(lines),
        link=PAGE,
    )
    notifications.owe_mail(
        session,
        tutor.email,
        key=key,
        kind=f"calendar_{what}",
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )


def _turn(session: Session, calendar_id: int) -> LinkedCalendar | None:
    """Wait for others who change this tutor's times; None when the calendar was removed meanwhile."""
    tutor_id = session.exec(select(LinkedCalendar.tutor_id).where(LinkedCalendar.id == calendar_id)).first()
    if tutor_id is None:
        return None
    take_turns(session, (tutor_id,))
    return session.get(LinkedCalendar, calendar_id, populate_existing=True)


def _replace(session: Session, row: LinkedCalendar, busy: Sequence[Busy]) -> bool:
    """Put these busy times in the place of the known ones; return whether they differ."""
    known = session.exec(
        select(BusyTime.starts_at, BusyTime.ends_at).where(BusyTime.calendar_id == row.id)
    ).all()
    if {Busy(*pair) for pair in known} == set(busy):
        return False
    session.connection().execute(delete(BusyTime).where(col(BusyTime.calendar_id) == row.id))
    session.add_all(
        BusyTime(calendar_id=row.id, tutor_id=row.tutor_id, starts_at=one.starts_at, ends_at=one.ends_at)
        for one in busy
    )
    session.flush()
    return True
