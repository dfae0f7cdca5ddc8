"""The room of a booking, and the one link that leads to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, Person

ROOM_NEEDED = (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS)

LEFT_OPEN = timedelta(minutes=30)
"""After its end, so that a session that runs over can be entered again."""


class Door(StrEnum):
    """What a join link leads to at a moment."""

    OPEN = "open"
    ROOM_BEING_MADE = "room_being_made"
    NOT_BOOKED = "not_booked"
    CANCELLED = "cancelled"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class RoomOrder:
    """What a meeting is made from."""

    booking_id: int
    topic: str
    agenda: str
    starts_at: datetime
    duration_minutes: int


@dataclass(frozen=True, slots=True)
class JoinLink:
    """What stands behind `/j/{token}`.

    Attributes:
        guest_url: The guest's way in, or None while the room is being made.
        zoom_meeting_id: From which the host's own way in is fetched when it is asked for.
    """

    booking_id: int
    title: str
    status: SessionStatus
    starts_at: datetime
    ends_at: datetime
    tutor_id: int
    guest_url: str | None
    zoom_meeting_id: int | None

    def door(self, now: datetime) -> Door:
        """Return what the link leads to now."""
        match self.status:
            case SessionStatus.HELD | SessionStatus.PENDING_MENTOR_REVIEW | SessionStatus.EXPIRED:
                return Door.NOT_BOOKED
            case SessionStatus.CANCELLED | SessionStatus.REJECTED:
                return Door.CANCELLED
            case SessionStatus.NO_SHOW:
                return Door.OVER
            case SessionStatus.SCHEDULED | SessionStatus.IN_PROGRESS | SessionStatus.COMPLETED:
                if now >= self.ends_at + LEFT_OPEN:
                    return Door.OVER
                return Door.OPEN if self.guest_url is not None else Door.ROOM_BEING_MADE


def room_order(session: Session, booking_id: int) -> RoomOrder | None:
    """Return what to make the room from, or None when none is needed or it is there already."""
    booking = session.get(MentorshipSession, booking_id)
    if (
        booking is None
        or booking.is_offering
        or booking.payment_status != PaymentStatus.PAID
        or booking.status not in ROOM_NEEDED
        or booking.zoom_meeting_id is not None
        or booking.starts_at is None
    ):
        return None
    tutor = session.exec(select(Person.name).where(Person.id == booking.tutor_id)).one()
    student = session.exec(select(Person.name).where(Person.id == booking.student_id)).one()
    return RoomOrder(
        booking_id=booking.id,
        topic=f"{booking.title}: {tutor} and {student}",
        agenda="One-to-one mentorship session.",
        starts_at=booking.starts_at,
        duration_minutes=booking.duration,
    )


def store_room(
    session: Session, booking_id: int, *, zoom_meeting_id: int, meeting_url: str, now: datetime
) -> None:
    """Keep the room that was made for a booking. The host's start link is never kept."""
    booking = session.get_one(MentorshipSession, booking_id)
    booking.zoom_meeting_id = str(zoom_meeting_id)
    booking.meeting_url = meeting_url
    booking.updated_at = now
    session.add(booking)


def roomless(session: Session, now: datetime, limit: int = 50) -> list[int]:
    """Return paid bookings ahead that still have no room."""
    return list(
        session.exec(
            select(MentorshipSession.id)
            .where(
                ~col(MentorshipSession.is_offering),
                col(MentorshipSession.status).in_(ROOM_NEEDED),
                MentorshipSession.payment_status == PaymentStatus.PAID,
                col(MentorshipSession.zoom_meeting_id).is_(None),
                col(MentorshipSession.ends_at) > now,
            )
            .order_by(col(MentorshipSession.starts_at))
            .limit(limit)
        )
    )


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
    return JoinLink(
        booking_id=booking.id,
        title=booking.title,
        status=SessionStatus(booking.status),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        tutor_id=booking.tutor_id,
        guest_url=booking.meeting_url,
        zoom_meeting_id=int(booking.zoom_meeting_id) if booking.zoom_meeting_id else None,
    )
