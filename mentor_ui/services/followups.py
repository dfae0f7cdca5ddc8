"""What has to be done after a paid booking came to be, moved or ended: jobs, enqueued in its transaction."""

from datetime import datetime, timedelta

from sqlmodel import Session

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import MentorshipSession
from mentor_ui.services import earnings, reminders
from mentor_ui.services.calendar_writing import enqueue_writing

SYNC_ROOM = "sync_room"
"""Name of the job that makes, moves or deletes the meeting of a booking, as the booking stands."""

CHECK_ROOM = "check_room"
"""Name of the job that looks whether the meeting is still there."""

LAST_CHECK = "15m"

CHECKS = {
    "24h": timedelta(hours=24),
    "1h": timedelta(hours=1),
    # Begun two minutes early, so that what it has to do is done when the door opens.
    LAST_CHECK: timedelta(minutes=17),
}
"""How long before the start the room is looked at."""


def room_job(booking: MentorshipSession) -> str:
    """Return what the identifiers of all room jobs of a booking as it stands begin with."""
    return f"room-{booking.id}-{booking.revision}"


def after_change(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Enqueue what follows from the booking as it stands now.

    Every use case that books, moves or cancels a paid session calls this once, after `revision` was raised.

    Args:
        session: Of the writing transaction.
        booking: As it stands afterwards.
        now: The present moment.
    """
    earnings.follow_time(session, booking)
    reminders.schedule(session, booking, now)
    enqueue_writing(session, booking, now)
    _follow_with_room(session, booking, now)


def _follow_with_room(session: Session, booking: MentorshipSession, now: datetime) -> None:
    booking.room_due = True
    session.add(booking)
    enqueue(session, SYNC_ROOM, room_job(booking), str(booking.id))
    if booking.status != SessionStatus.SCHEDULED or booking.starts_at is None:
        return
    for name, before in CHECKS.items():
        delay_seconds = (booking.starts_at - before - now).total_seconds()
        if delay_seconds > 0:
            job_id = f"check-room-{name}-{booking.id}-{booking.revision}"
            arguments = (str(booking.id), booking.revision, name)
            enqueue(session, CHECK_ROOM, job_id, *arguments, delay_seconds=delay_seconds)
