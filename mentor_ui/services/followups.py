"""What has to be done after a paid booking came to be, moved or ended.

Whoever moves or ends one does it in the same transaction. A sale only marks it as due: telling two people and
enqueueing a dozen jobs takes longer than the money, and need not be one with it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import MentorshipSession, PendingKind
from mentor_ui.services import earnings, pending_transfers, reminders
from mentor_ui.services.announcements import Happening, announce
from mentor_ui.services.calendar_files import BOUGHT, CALLED_OFF
from mentor_ui.services.calendar_writing import enqueue_writing
from mentor_ui.services.turns import take_turns

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

_DUE = (
    select(MentorshipSession.id)
    .where(
        col(MentorshipSession.news_due),
        col(MentorshipSession.id).not_in(bindparam("without", expanding=True)),
    )
    .order_by(col(MentorshipSession.updated_at))
    .limit(bindparam("most"))
)


DUE = {"news_due": True, "room_due": True}
"""Values of a booking's columns with which a sale asks for all that follows."""


def due(session: Session, *, leaving_out: Sequence[int] = (), limit: int = 50) -> list[int]:
    """Return bookings whose sale has yet to be told, in the order in which they were sold.

    Args:
        session: For reading.
        leaving_out: Bookings that are not wanted now.
        limit: How many at most.
    """
    rows = session.connection().execute(_DUE, {"without": list(leaving_out), "most": limit})
    return [booking_id for (booking_id,) in rows]


def follow_sale(session: Session, booking_id: int, *, public_url: str, now: datetime) -> bool:
    """Tell both people of a sale, enqueue what follows from it, and mark it as done, once.

    Args:
        session: Of a writing transaction.
        booking_id: One of `due`.
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        Whether nobody else had done it.
    """
    booking = session.get_one(MentorshipSession, booking_id)
    # Whoever moves or cancels it takes this turn as well.
    take_turns(session, (booking.tutor_id, booking.student_id))
    session.refresh(booking)
    if not booking.news_due:
        return False
    booking.news_due = False
    session.add(booking)
    if booking.status in CALLED_OFF or booking.payment_status not in BOUGHT:
        # It was over before it was told, and its people know of the end.
        return True
    share = pending_transfers.open_of(session, PendingKind.EARNING, booking_id)
    announce(
        session,
        booking,
        Happening.BOOKED,
        public_url=public_url,
        by=booking.student_id,
        tutor_kobo=share.amount_kobo if share else 0,
    )
    after_change(session, booking, now)
    return True


def room_job(booking: MentorshipSession) -> str:
    """Return what the identifiers of all room jobs of a booking as it stands begin with."""
    return f"room-{booking.id}-{booking.revision}"


def after_change(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Enqueue what follows from the booking as it stands now.

    Every use case that moves or cancels a paid session calls this once, after `revision` was raised.

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
