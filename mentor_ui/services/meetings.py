"""The room of a booking: what it has to be, what it is, and what takes its place when Zoom fails.

A booking's row says what should be; the room jobs bring Zoom in line with it and keep here what came of it.
`room_due` holds as long as that is not done. Whatever happens, the booking has one way in, and only one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.errors import Conflict, NotFound
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.room_links import checked_room_link
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import AttendanceKind, MentorshipSession, Person, RoomKind
from mentor_ui.services import attendance
from mentor_ui.services.announcements import Happening, announce
from mentor_ui.services.followups import SYNC_ROOM, room_job
from mentor_ui.services.moves import booking_to_change, own_booking

ROOM_NEEDED = (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS)

SPARE_WITHIN = timedelta(hours=24)
"""So near its start a session whose room cannot be made gets the spare one at once. One that lies further
ahead waits for Zoom, which mostly is back, or has begun a new day's limit, before its check at 24 hours."""

SPARE_WORDS = (
    "Zoom cannot make a room right now, so the session uses a spare one. "
    "The first person in may be asked there to sign in."
)
BACK_WORDS = "The session is on Zoom again."


@dataclass(frozen=True, slots=True)
class RoomOrder:
    """What Zoom should hold for a booking.

    Attributes:
        wanted: One meeting with the time of the booking; otherwise none at all.
        due: Whether it is known to hold something else.
        revision: Of the booking that this was read from.
        zoom_meeting_id: The meeting that it has, as far as we know.
    """

    booking_id: int
    topic: str
    agenda: str
    starts_at: datetime
    duration_minutes: int
    wanted: bool
    due: bool
    revision: int
    zoom_meeting_id: int | None


@dataclass(frozen=True, slots=True)
class RoomView:
    """A booking's room, as its two participants may see it. The way in is the one link, and no other.

    Attributes:
        kind: What it is; None while it is being made.
        place: Host of its address, empty for Zoom's.
        is_ahead: Whether the session still needs one.
        is_tutor: Whether the reader may change it.
    """

    kind: RoomKind | None
    place: str
    tutor_name: str
    is_ahead: bool
    is_tutor: bool


def room_of(session: Session, actor: Actor, booking_id: int, now: datetime) -> RoomView:
    """Return the room of a booking.

    Raises:
        NotFound: `session_not_found`: there is none, or the actor is not one of the two.
    """
    booking = own_booking(session, actor, booking_id)
    kind = RoomKind(booking.room_kind or RoomKind.ZOOM) if booking.meeting_url else None
    elsewhere = kind in (RoomKind.SPARE, RoomKind.OWN)
    return RoomView(
        kind=kind,
        place=(urlsplit(booking.meeting_url or "").hostname or "") if elsewhere else "",
        tutor_name=session.get_one(Person, booking.tutor_id).name,
        is_ahead=_is_ahead(booking, now),
        is_tutor=actor.person_id == booking.tutor_id,
    )


def room_order(session: Session, booking_id: int, now: datetime) -> RoomOrder | None:
    """Return what Zoom should hold for a booking; None for one that never had to do with it, or is over."""
    booking = session.get(MentorshipSession, booking_id)
    if booking is None or booking.is_offering or booking.starts_at is None:
        return None
    wanted = _uses_zoom(booking, now)
    elsewhere = booking.room_kind in (RoomKind.SPARE, RoomKind.OWN)
    if not (wanted or elsewhere or booking.status == SessionStatus.CANCELLED):
        return None
    tutor, student = session.get_one(Person, booking.tutor_id), session.get_one(Person, booking.student_id)
    return RoomOrder(
        booking_id=booking.id,
        topic=f"{booking.title}: {tutor.name} and {student.name}",
        agenda="One-to-one mentorship session.",
        starts_at=booking.starts_at,
        duration_minutes=booking.duration,
        wanted=wanted,
        due=booking.room_due,
        revision=booking.revision,
        zoom_meeting_id=int(booking.zoom_meeting_id) if booking.zoom_meeting_id else None,
    )


def is_revision(session: Session, booking_id: int, revision: int) -> bool:
    """Return whether a booking is still as it was at a revision."""
    booking = session.get(MentorshipSession, booking_id)
    return booking is not None and booking.revision == revision


def _uses_zoom(booking: MentorshipSession, now: datetime) -> bool:
    return _is_ahead(booking, now) and booking.room_kind in ("", RoomKind.ZOOM)


def _is_ahead(booking: MentorshipSession, now: datetime) -> bool:
    return (
        not booking.is_offering
        and booking.payment_status == PaymentStatus.PAID
        and booking.status in ROOM_NEEDED
        and booking.ends_at is not None
        and booking.ends_at > now
    )


def store_room(
    session: Session, order: RoomOrder, *, zoom_meeting_id: int, meeting_url: str, now: datetime
) -> bool:
    """Keep the room that was made for a booking. The host's start link is never kept.

    Returns:
        False when the booking has changed meanwhile, so that something else may be wanted now.
    """
    booking = _unchanged(session, order)
    if booking is None or not _uses_zoom(booking, now):
        return False
    booking.room_kind = RoomKind.ZOOM
    booking.zoom_meeting_id = str(zoom_meeting_id)
    booking.meeting_url = meeting_url
    booking.room_due = False
    booking.updated_at = now
    session.add(booking)
    return True


def store_cleared(session: Session, order: RoomOrder, now: datetime) -> bool:
    """Note that Zoom holds no meeting of a booking that wants none; see `store_room` for the return."""
    booking = _unchanged(session, order)
    if booking is None or _uses_zoom(booking, now):
        return False
    booking.zoom_meeting_id = None
    if booking.status == SessionStatus.CANCELLED:
        booking.room_kind, booking.meeting_url = "", None
    booking.room_due = False
    session.add(booking)
    return True


def lose_room(session: Session, booking_id: int, zoom_meeting_id: int, now: datetime) -> bool:
    """Note that a booking's meeting is gone from Zoom; return whether a new one is wanted."""
    booking = _locked(session, booking_id)
    if booking.zoom_meeting_id != str(zoom_meeting_id):
        return False
    booking.zoom_meeting_id = None
    session.add(booking)
    if not _uses_zoom(booking, now):
        return False
    booking.meeting_url, booking.room_kind, booking.room_due = None, "", True
    # Whoever stands before the door waits for the new room from now on, and not since the last change.
    booking.updated_at = now
    _record(session, booking, "The Zoom room was deleted and is made anew.", now)
    return True


def ask_for_room(session: Session, booking_id: int) -> None:
    """Enqueue the job that brings Zoom in line with a booking, once more."""
    booking = session.get_one(MentorshipSession, booking_id)
    enqueue(session, SYNC_ROOM, f"{room_job(booking)}-again-{new_id()}", str(booking_id))


def rooms_due(session: Session, limit: int = 50) -> list[tuple[int, str]]:
    """Return bookings with which Zoom has yet to be brought in line, and how their jobs' names begin."""
    rows = session.exec(
        select(MentorshipSession)
        .where(col(MentorshipSession.room_due))
        .order_by(col(MentorshipSession.starts_at))
        .limit(limit)
    )
    return [(booking.id, room_job(booking)) for booking in rows]


def give_up_room(session: Session, booking_id: int, now: datetime) -> bool:
    """Ask no more for the room of a booking that wants nothing of Zoom; return whether that is so."""
    booking = session.get(MentorshipSession, booking_id, with_for_update={"key_share": True})
    if booking is None:
        return True
    if room_order(session, booking_id, now) is not None:
        return False
    booking.room_due = False
    session.add(booking)
    return True


def use_spare(
    session: Session, booking_id: int, *, spare_room_url: str, public_url: str, now: datetime, doubted: bool
) -> bool:
    """Give a booking the spare room, since Zoom's cannot be made, and tell both.

    Nobody is moved out of a room in which the session has begun, nor because Zoom did not answer a question
    about a room that was in order.

    Args:
        session: Of a writing transaction.
        booking_id: Which booking.
        spare_room_url: Base of the spare room's address.
        public_url: Base of our own links.
        now: The present moment.
        doubted: Whether a room that was in order when it was last seen counts for nothing, as this is the
            last moment to change it.

    Returns:
        Whether the booking has a way in afterwards, or needs none.
    """
    booking = _locked(session, booking_id)
    if not _uses_zoom(booking, now):
        return True
    if booking.starts_at is None or booking.starts_at - now > SPARE_WITHIN:
        return False
    if booking.meeting_url is not None:
        in_use = booking.status == SessionStatus.IN_PROGRESS or booking.starts_at <= now
        if in_use or not (doubted or booking.room_due):
            return True
    booking.room_kind = RoomKind.SPARE
    # Jitsi's names know no capitals, hence no other alphabet; 128 bits cannot be guessed.
    booking.meeting_url = f"{spare_room_url}/mentor-{secrets.token_hex(16)}"
    _move(session, booking, SPARE_WORDS, public_url=public_url, by=None, now=now)
    return True


def use_own_link(
    session: Session,
    actor: Actor,
    *,
    booking_id: int,
    link: str,
    own_hosts: frozenset[str],
    public_url: str,
    now: datetime,
) -> None:
    """Let a session take place in a room of the tutor's own, and tell both.

    Raises:
        NotFound: The actor is not the tutor of such a session.
        InvalidInput: The link is none that both can follow.
        Conflict: `session_not_ahead`.
    """
    booking = _of_tutor(session, actor, booking_id, now)
    address = checked_room_link(link, own_hosts=own_hosts)
    if booking.room_kind == RoomKind.OWN and booking.meeting_url == address:
        return
    booking.room_kind, booking.meeting_url = RoomKind.OWN, address
    tutor = session.get_one(Person, booking.tutor_id)
    words = f"{tutor.name} chose another room for the session."
    _move(session, booking, words, public_url=public_url, by=actor.person_id, now=now)
    ask_for_room(session, booking_id)


def use_zoom_again(
    session: Session, actor: Actor, *, booking_id: int, public_url: str, now: datetime
) -> None:
    """Let a session take place on Zoom after all, and tell both.

    Raises:
        NotFound: The actor is not the tutor of such a session.
        Conflict: `session_not_ahead`.
    """
    booking = _of_tutor(session, actor, booking_id, now)
    if booking.room_kind in ("", RoomKind.ZOOM):
        return
    booking.room_kind, booking.meeting_url = "", None
    _move(session, booking, BACK_WORDS, public_url=public_url, by=actor.person_id, now=now)
    ask_for_room(session, booking_id)


def plan_anew(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Let a session that moved take place on Zoom again where it had the spare room, if there is time for it.

    Args:
        session: Of the writing transaction that moved it.
        booking: With its new time; the caller lets the room jobs follow, and tells both.
        now: The present moment.
    """
    far_ahead = booking.starts_at is not None and booking.starts_at - now > SPARE_WITHIN
    if booking.room_kind == RoomKind.SPARE and far_ahead:
        booking.room_kind, booking.meeting_url = "", None
        session.add(booking)
        _record(session, booking, BACK_WORDS, now)


def _of_tutor(session: Session, actor: Actor, booking_id: int, now: datetime) -> MentorshipSession:
    booking = booking_to_change(session, actor, booking_id)
    if booking.tutor_id != actor.person_id:
        raise NotFound("We cannot find this session among yours.", code="session_not_found")
    if not _is_ahead(booking, now):
        raise Conflict("Only a session that lies ahead has a room.", code="session_not_ahead")
    return booking


def _move(
    session: Session,
    booking: MentorshipSession,
    words: str,
    *,
    public_url: str,
    by: int | None,
    now: datetime,
) -> None:
    """Note that the room is another one, and tell both.

    The revision stays: nobody's calendar changes, as the one link leads wherever the room is.
    """
    booking.room_due = True
    booking.updated_at = now
    session.add(booking)
    mark = _record(session, booking, words, now, person_id=by)
    announce(session, booking, Happening.ROOM_CHANGED, public_url=public_url, by=by, note=words, again=mark)


def _record(
    session: Session, booking: MentorshipSession, words: str, now: datetime, *, person_id: int | None = None
) -> str:
    mark = str(new_id())
    attendance.record(
        session,
        booking,
        AttendanceKind.ROOM_CHANGED,
        source="system" if person_id is None else "person",
        key=f"room-{mark}",
        happened_at=now,
        person_id=person_id,
        detail=words,
    )
    return mark


def _locked(session: Session, booking_id: int) -> MentorshipSession:
    return session.get_one(
        MentorshipSession, booking_id, with_for_update={"key_share": True}, populate_existing=True
    )


def _unchanged(session: Session, order: RoomOrder) -> MentorshipSession | None:
    booking = _locked(session, order.booking_id)
    known = str(order.zoom_meeting_id) if order.zoom_meeting_id else None
    same = booking.revision == order.revision and booking.zoom_meeting_id == known
    return booking if same else None
