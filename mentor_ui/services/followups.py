"""What has to be done after a paid booking came to be, moved or ended: jobs, enqueued in its transaction."""

from datetime import datetime

from sqlmodel import Session

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.models import MentorshipSession
from mentor_ui.services import reminders

FULFIL_BOOKING = "fulfil_booking"
"""Name of the job that makes the meeting of a paid booking."""


def after_change(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Enqueue what follows from the booking as it stands now.

    Every use case that books, moves or cancels a paid session calls this once, after `revision` was raised.

    Args:
        session: Of the writing transaction.
        booking: As it stands afterwards.
        now: The present moment.
    """
    reminders.schedule(session, booking, now)
    if booking.revision == 0:
        enqueue(session, FULFIL_BOOKING, f"fulfil-{booking.id}", str(booking.id))
