"""Moving a booking from one status to the next: the one way in which services do it."""

from datetime import datetime

from sqlmodel import Session

from mentor_ui.domain.session_state import Mover, SessionStatus, Timing, check_move, may_move
from mentor_ui.models import MentorshipSession


def move(
    session: Session, booking: MentorshipSession, target: SessionStatus, *, by: Mover, now: datetime
) -> None:
    """Give a booking its next status.

    Args:
        session: Of a writing transaction that keeps the booking to itself.
        booking: As it stands.
        target: Where it goes.
        by: Who or what moves it.
        now: The present moment.

    Raises:
        Conflict: `illegal_transition`.
    """
    check_move(SessionStatus(booking.status), target, by, _timing(booking, now))
    booking.status = target
    booking.updated_at = now
    session.add(booking)


def can_move(booking: MentorshipSession, target: SessionStatus, *, by: Mover, now: datetime) -> bool:
    """Return whether `move` would do it."""
    return may_move(SessionStatus(booking.status), target, by, _timing(booking, now))


def _timing(booking: MentorshipSession, now: datetime) -> Timing:
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    return Timing(booking.starts_at, booking.ends_at, now)
