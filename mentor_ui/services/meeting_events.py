"""What Zoom saw of a session: who was in the room and when, and whether the room is still there."""

from datetime import datetime

from sqlmodel import Session, select

from mentor_ui.models import AttendanceKind, MentorshipSession, Person
from mentor_ui.providers.zoom_webhooks import Participant, ZoomEvent
from mentor_ui.services import attendance, meetings, verdicts

_KINDS = {
    "meeting.started": AttendanceKind.MEETING_STARTED,
    "meeting.ended": AttendanceKind.MEETING_ENDED,
    "meeting.participant_joined": AttendanceKind.JOINED,
    "meeting.participant_left": AttendanceKind.LEFT,
}
DELETED = "meeting.deleted"


def take_in(session: Session, event: ZoomEvent, received_at: datetime, now: datetime) -> str:
    """Do what one event of Zoom's asks for.

    Args:
        session: Of a writing transaction.
        event: As it was read.
        received_at: When it came, for an event without a time of its own.
        now: The present moment.

    Returns:
        What came of it, in a few words.
    """
    kind = _KINDS.get(event.name)
    if event.meeting_id is None or (kind is None and event.name != DELETED):
        return "kept"
    booking = session.exec(
        select(MentorshipSession)
        .where(MentorshipSession.zoom_meeting_id == str(event.meeting_id))
        .with_for_update(key_share=True)
    ).first()
    if booking is None:
        # The account has other meetings, and ours are forgotten once the room is another.
        return "unknown meeting"
    if kind is None:
        return _deleted(session, booking, event.meeting_id, now)
    happened_at = event.happened_at or received_at
    who = event.participant
    attendance.record(
        session,
        booking,
        kind,
        source="zoom",
        key=f"zoom-{event.dedupe_key}",
        happened_at=happened_at,
        person_id=None if who is None else _person(session, booking, event.host_id, who),
        detail="" if who is None else who.name,
    )
    match kind:
        case AttendanceKind.MEETING_STARTED if verdicts.begin_by_meeting(session, booking, happened_at):
            return "session begun"
        case AttendanceKind.MEETING_ENDED if verdicts.end_by_meeting(session, booking, happened_at):
            return "session ended"
        case _:
            return "recorded"


def _deleted(session: Session, booking: MentorshipSession, meeting_id: int, now: datetime) -> str:
    if not meetings.lose_room(session, booking.id, meeting_id, now):
        return "deleted as wished"
    meetings.ask_for_room(session, booking.id)
    return "made anew"


def _person(session: Session, booking: MentorshipSession, host_id: str, who: Participant) -> int | None:
    """Say which of the two somebody in the room is; None for a guest whom nothing names.

    All meetings are held under the platform's own Zoom user, whose start link the tutor alone gets: who comes
    as that user is the tutor. Others are known by the key of a join that we made, by their e-mail address,
    which Zoom tells of people in its account only, or by the name that they gave.
    """
    if who.user_id and who.user_id == host_id:
        return booking.tutor_id
    two = [session.get_one(Person, booking.tutor_id), session.get_one(Person, booking.student_id)]
    for person in two:
        if who.customer_key == str(person.id) or (who.email and who.email == person.email.lower()):
            return person.id
    named = [person.id for person in two if _same_name(person.name, who.name)]
    return named[0] if len(named) == 1 else None


def _same_name(known: str, given: str) -> bool:
    ours, theirs = known.casefold().split(), given.casefold().split()
    return bool(theirs) and (ours == theirs or theirs == ours[:1])
