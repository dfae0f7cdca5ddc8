"""What stands behind `/j/{token}`, the one link of a session."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from mentor_ui.domain.door import Door, door_at
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import AttendanceKind, MentorshipSession, RoomKind
from mentor_ui.services import attendance

ROOM_PATIENCE = timedelta(seconds=90)
"""How long a room may be in the making once people stand before the open door; then the spare one is used."""


@dataclass(frozen=True, slots=True)
class JoinLink:
    """What stands behind a join link.

    Attributes:
        guest_url: The guest's way in, or None while the room is being made.
        zoom_meeting_id: From which the host's own way in is fetched when it is asked for; None where the room
            is not Zoom's.
        changed_at: Since when it is as it is.
    """

    booking_id: int
    title: str
    status: SessionStatus
    starts_at: datetime
    ends_at: datetime
    tutor_id: int
    student_id: int
    guest_url: str | None
    zoom_meeting_id: int | None
    changed_at: datetime

    def door(self, now: datetime) -> Door:
        """Return what the link leads to now."""
        return door_at(
            self.status, self.starts_at, self.ends_at, has_room=self.guest_url is not None, now=now
        )

    def has_waited(self, now: datetime) -> bool:
        """Return whether people have waited for the room long enough; at the start there is no more time."""
        return now >= min(self.changed_at + ROOM_PATIENCE, self.starts_at)


def join_link(session: Session, token: str) -> JoinLink:
    """Return what a join token opens.

    Raises:
        NotFound: `join_link_unknown`.
    """
    booking = session.exec(select(MentorshipSession).where(MentorshipSession.join_token == token)).first()
    if booking is None or booking.starts_at is None or booking.ends_at is None:
        raise NotFound(
            "This link leads to no session. Open the session from “My sessions” instead.",
            code="join_link_unknown",
        )
    on_zoom = booking.room_kind in ("", RoomKind.ZOOM)
    return JoinLink(
        booking_id=booking.id,
        title=booking.title,
        status=SessionStatus(booking.status),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        tutor_id=booking.tutor_id,
        student_id=booking.student_id,
        guest_url=booking.meeting_url,
        zoom_meeting_id=int(booking.zoom_meeting_id) if booking.zoom_meeting_id and on_zoom else None,
        changed_at=booking.updated_at,
    )


def record_click(
    session: Session, booking_id: int, *, person_id: int | None, led_in: bool, now: datetime
) -> None:
    """Note that somebody followed the link; the same within a minute is one row.

    Args:
        session: Of a writing transaction.
        booking_id: The session.
        person_id: Who is signed in; None for whoever holds the link.
        led_in: Whether the link led into the room, and not to the waiting page.
        now: The present moment.
    """
    booking = session.get_one(MentorshipSession, booking_id)
    known = person_id if person_id in (booking.tutor_id, booking.student_id) else None
    minute = int(now.timestamp()) // 60
    attendance.record(
        session,
        booking,
        AttendanceKind.JOIN_CLICK,
        source="link",
        key=f"click-{booking_id}-{known or 'guest'}-{'in' if led_in else 'waits'}-{minute}",
        happened_at=now,
        person_id=known,
        detail=attendance.LED_IN if led_in else attendance.WAITED,
    )
