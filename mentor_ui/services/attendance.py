"""Who came to a session: an append-only record that both sides see."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.db.insert_once import insert_once
from mentor_ui.domain.attendance import Party, Proposal, Sight, Sighting, propose
from mentor_ui.domain.door import DOOR_OPENS, LEFT_OPEN
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import AttendanceEvent, AttendanceKind, MentorshipSession, Person
from mentor_ui.services.moves import own_booking, times_of

LED_IN = "led into the room"
WAITED = "saw the waiting page"
"""What a followed join link came to, as the detail of a `JOIN_CLICK`."""


def record(
    session: Session,
    booking: MentorshipSession,
    kind: AttendanceKind,
    *,
    source: str,
    key: str,
    happened_at: datetime,
    person_id: int | None = None,
    detail: str = "",
) -> bool:
    """Add one thing that was seen of a session; return False when it was reported before.

    Args:
        session: Of a writing transaction.
        booking: The session.
        kind: What was seen.
        source: `zoom`, `link`, `page`, `person` or `system`.
        key: What makes the report unique.
        happened_at: By the clock of whoever saw it.
        person_id: Whose doing it was, where that is known.
        detail: In words; cut at 200 characters.
    """
    return insert_once(
        session,
        AttendanceEvent(
            session_id=booking.id,
            tutor_id=booking.tutor_id,
            person_id=person_id,
            kind=kind,
            source=source,
            detail=detail[:200],
            dedupe_key=key,
            happened_at=happened_at,
        ),
    )


def timeline(session: Session, booking_id: int) -> list[AttendanceEvent]:
    """Return what was seen of a session, in the order in which it happened."""
    return list(
        session.exec(
            select(AttendanceEvent)
            .where(AttendanceEvent.session_id == booking_id)
            .order_by(col(AttendanceEvent.happened_at), col(AttendanceEvent.id))
        )
    )


def beat(session: Session, actor: Actor, *, booking_id: int, now: datetime) -> bool:
    """Note that a participant has the session's page open; one row a minute, and only while the door is.

    Args:
        session: Of a writing transaction.
        actor: Whose page it is.
        booking_id: The session.
        now: The present moment.

    Returns:
        Whether this was the first sign of life of its minute.

    Raises:
        NotFound: The actor is not one of the two.
    """
    booking = own_booking(session, actor, booking_id)
    if not _counts(booking, now):
        return False
    return record(
        session,
        booking,
        AttendanceKind.HEARTBEAT,
        source="page",
        key=f"beat-{booking.id}-{actor.person_id}-{int(now.timestamp()) // 60}",
        happened_at=now,
        person_id=actor.person_id,
    )


def _counts(booking: MentorshipSession, now: datetime) -> bool:
    starts_at, ends_at = times_of(booking)
    return _takes_place(booking) and starts_at - DOOR_OPENS <= now < ends_at + LEFT_OPEN


def _takes_place(booking: MentorshipSession) -> bool:
    return booking.payment_status == PaymentStatus.PAID and booking.status in (
        SessionStatus.SCHEDULED,
        SessionStatus.IN_PROGRESS,
        SessionStatus.COMPLETED,
    )


def proposed_verdict(session: Session, booking: MentorshipSession, now: datetime) -> Proposal | None:
    """Return what the timeline says of a session; None as long as it is too early.

    Args:
        session: For reading.
        booking: A booking with a time.
        now: The present moment.
    """
    starts_at, ends_at = times_of(booking)
    seen = sightings(booking, timeline(session, booking.id))
    return propose(seen, starts_at=starts_at, ends_at=ends_at, now=now)


@dataclass(frozen=True, slots=True)
class Report:
    """All that was seen of a session, for its two participants.

    Attributes:
        beats_until: When the door closes and signs of life stop to count; they begin to at `beats_from`.
        names: Of the two, by identifier.
    """

    events: list[AttendanceEvent]
    proposal: Proposal | None
    names: dict[int, str]
    tutor_id: int
    student_id: int
    beats_from: datetime
    beats_until: datetime
    is_shown: bool


def report(session: Session, actor: Actor, booking_id: int, now: datetime) -> Report:
    """Return what was seen of a session.

    Raises:
        NotFound: `session_not_found`: there is none, or the actor is not one of the two.
    """
    booking = own_booking(session, actor, booking_id)
    starts_at, ends_at = times_of(booking)
    two = [session.get_one(Person, person_id) for person_id in (booking.tutor_id, booking.student_id)]
    events = timeline(session, booking.id)
    took_place = _takes_place(booking) or booking.status == SessionStatus.NO_SHOW
    return Report(
        events=events,
        proposal=proposed_verdict(session, booking, now) if took_place else None,
        names={person.id: person.name for person in two},
        tutor_id=booking.tutor_id,
        student_id=booking.student_id,
        beats_from=starts_at - DOOR_OPENS,
        beats_until=ends_at + LEFT_OPEN if _takes_place(booking) else starts_at - DOOR_OPENS,
        is_shown=bool(events) or (took_place and now >= ends_at),
    )


def sightings(booking: MentorshipSession, events: list[AttendanceEvent]) -> list[Sighting]:
    """Return what of a timeline is evidence of somebody's presence."""
    parties = {booking.tutor_id: Party.TUTOR, booking.student_id: Party.STUDENT}
    found: list[Sighting] = []
    for event in events:
        sight = _SIGHTS.get(event.kind)
        if event.kind == AttendanceKind.JOIN_CLICK and event.detail != LED_IN:
            sight = Sight.KNOCKED
        # Whoever followed the link without signing in may be anybody: a mail program, too.
        if sight is None or (event.person_id is None and sight in (Sight.LED_IN, Sight.KNOCKED)):
            continue
        who = parties.get(event.person_id or 0, Party.GUEST)
        found.append(Sighting(sight, who, event.happened_at, event.detail if who == Party.GUEST else ""))
    return found


_SIGHTS: dict[str, Sight] = {
    AttendanceKind.JOINED: Sight.JOINED,
    AttendanceKind.LEFT: Sight.LEFT,
    AttendanceKind.MEETING_ENDED: Sight.ENDED,
    AttendanceKind.JOIN_CLICK: Sight.LED_IN,
    AttendanceKind.HEARTBEAT: Sight.PAGE,
}
