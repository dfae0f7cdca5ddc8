"""Reminders of a booked session: a day, an hour and a quarter of an hour before, to both of its people.

Each is a job that waits until its moment. It was made for one start, reads the booking anew when it runs, and
does nothing when the session has moved, ended or is not paid for. The key of what it writes holds the
booking's revision, so however often the job runs, a person hears of it once. A mail that has not left by the
time the session moves or ends does not leave any more.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlmodel import Session, col

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.local_time import clock, day
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, OutgoingMessage, Person
from mentor_ui.services import notifications
from mentor_ui.services.announcements import session_page, time_of, way_in
from mentor_ui.services.letters import session_letter
from mentor_ui.services.turns import take_turns

REMIND = "remind"
"""Name of the job that sends one reminder of one booking."""


TUTOR, STUDENT = "tutor", "student"


class Reminder(StrEnum):
    """The kinds, by how long before the start they are sent."""

    DAY = "24h"
    HOUR = "1h"
    QUARTER = "15min"


LEADS = {
    Reminder.DAY: timedelta(hours=24),
    Reminder.HOUR: timedelta(hours=1),
    Reminder.QUARTER: timedelta(minutes=15),
}

ENDS = {
    Reminder.DAY: LEADS[Reminder.HOUR],
    Reminder.HOUR: LEADS[Reminder.QUARTER],
    Reminder.QUARTER: timedelta(),
}
"""How long before the start a reminder has become useless: the next one says it better."""


def schedule(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Enqueue the reminders of a booking as it stands now; those whose moment has passed are left out.

    Mails that remind of it as it stood before are kept back, unless they have left.

    Args:
        session: Of the transaction that booked, moved or ended it.
        booking: Anything but a paid session that lies ahead gets none.
        now: The present moment.
    """
    _keep_back(session, booking, now)
    starts_at = booking.starts_at
    if starts_at is None or not _is_ahead(booking):
        return
    for kind, lead in LEADS.items():
        wait = starts_at - lead - now
        if wait > timedelta():
            enqueue(
                session,
                REMIND,
                f"remind-{kind}-{booking.id}-{booking.revision}",
                str(booking.id),
                kind.value,
                _seconds(starts_at),
                delay_seconds=wait.total_seconds(),
            )


def remind(
    session: Session, *, booking_id: int, kind: Reminder, starts_at: datetime, public_url: str, now: datetime
) -> bool:
    """Remind both people of a session, unless it is no longer what the reminder was made for.

    Args:
        session: Of a writing transaction.
        booking_id: Which booking.
        kind: Which of its reminders.
        starts_at: The start for which the reminder was made.
        public_url: Base of the links.
        now: The present moment.

    Returns:
        Whether the session still is as it was.
    """
    booking = session.get(MentorshipSession, booking_id)
    if booking is None:
        return False
    # Whoever moves or cancels it takes this turn as well, so what is read next holds until we have told.
    take_turns(session, (booking.tutor_id, booking.student_id))
    session.refresh(booking)
    if not is_wanted(booking, kind, starts_at, now):
        return False
    tutor, student = session.get_one(Person, booking.tutor_id), session.get_one(Person, booking.student_id)
    for reader, other, role in ((tutor, student, TUTOR), (student, tutor, STUDENT)):
        subject, lines = _words(booking, kind, reader, other, now)
        page = session_page(booking)
        way = way_in(booking, reader, public_url)
        notifications.tell_and_mail(
            session,
            reader,
            session_letter(subject, reader.name, lines, way, f"{public_url}{page}"),
            key=_key(kind, role, booking.id, booking.revision),
            kind=f"reminder_{kind}",
            body=" ".join(lines),
            link=page,
            useful_until=starts_at - ENDS[kind],
        )
    return True


def _keep_back(session: Session, booking: MentorshipSession, now: datetime) -> None:
    outdated = [
        _key(kind, role, booking.id, booking.revision - 1) for kind in Reminder for role in (TUTOR, STUDENT)
    ]
    session.connection().execute(
        update(OutgoingMessage)
        .where(col(OutgoingMessage.dedupe_key).in_(outdated), col(OutgoingMessage.sent_at).is_(None))
        .values(useful_until=now)
    )


def _key(kind: Reminder, role: str, booking_id: int, revision: int) -> str:
    return f"remind-{kind}-{role}-{booking_id}-{revision}"


def is_wanted(booking: MentorshipSession | None, kind: Reminder, starts_at: datetime, now: datetime) -> bool:
    """Return whether a reminder made for `starts_at` still has something true and useful to say."""
    return (
        booking is not None
        and _is_ahead(booking)
        and booking.starts_at is not None
        and _seconds(booking.starts_at) == _seconds(starts_at)
        and now < starts_at - ENDS[kind]
    )


def _is_ahead(booking: MentorshipSession) -> bool:
    return booking.status == SessionStatus.SCHEDULED and booking.payment_status == PaymentStatus.PAID


def _words(
    booking: MentorshipSession, kind: Reminder, reader: Person, other: Person, now: datetime
) -> tuple[str, list[str]]:
    starts_at = booking.starts_at or now
    at = clock(starts_at, reader.timezone)
    what = f"{booking.title} with {other.name}"
    is_at = f"Your session “{booking.title}” with {other.name} is {time_of(booking, reader.timezone)}."
    if kind == Reminder.DAY:
        return f"{day(starts_at, reader.timezone)} at {at}: {what}", [
            is_at,
            "If your plans have changed, the session's page says what moving or cancelling it means.",
        ]
    return f"{_in(starts_at - now)}, at {at}: {what}", [is_at, "The link takes you to the room."]


def _in(remaining: timedelta) -> str:
    minutes = max(1, round(remaining / timedelta(minutes=1)))
    if minutes == 60:
        return "In 1 hour"
    return "In 1 minute" if minutes == 1 else f"In {minutes} minutes"


def first_job_id(job_id: str) -> str:
    """Return the identifier of a reminder's first job; later lives of it have a number behind that."""
    return "-".join(job_id.split("-")[:4])


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def start_of(epoch_seconds: int) -> datetime:
    """Return the moment that a job was given as seconds since 1970."""
    return datetime.fromtimestamp(epoch_seconds, UTC)
