"""Sessions in tutors' own calendars: what should stand there, and what we know to stand there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.slots import quarter_of
from mentor_ui.models import LinkedCalendar, MentorshipSession, Person, WrittenEvent
from mentor_ui.providers.calendars import SessionEvent
from mentor_ui.services.calendar_files import session_uid

WRITE_SESSION = "write_session"
"""Name of the job that makes one session stand in one calendar as it should."""

STANDS = (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED, SessionStatus.NO_SHOW)
"""Statuses in which a session's event stays in the calendar."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a calendar should be made to hold of a session.

    Attributes:
        wanted: The event as it should be; None when there should be none.
        written: The event that we know to be there; None for none.
    """

    calendar: LinkedCalendar
    wanted: SessionEvent | None
    written: WrittenEvent | None

    @property
    def is_done(self) -> bool:
        """Whether the calendar holds it already."""
        if self.wanted is None or self.written is None:
            return self.wanted is None and self.written is None
        return self.written.revision == self.wanted.revision and not self.is_misplaced

    @property
    def is_misplaced(self) -> bool:
        """Whether the event is in another calendar of the account than it should be now."""
        return self.written is not None and self.written.written_to != self.calendar.writes_to


def enqueue_writing(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Enqueue the writing of a session into every calendar that holds it or should."""
    calendars = session.exec(
        select(LinkedCalendar.id)
        .outerjoin(
            WrittenEvent,
            and_(
                col(WrittenEvent.calendar_id) == col(LinkedCalendar.id),
                col(WrittenEvent.session_id) == booking.id,
            ),
        )
        .where(
            LinkedCalendar.tutor_id == booking.tutor_id,
            or_(col(LinkedCalendar.writes_to) != "", col(WrittenEvent.session_id).is_not(None)),
        )
    )
    for calendar_id in calendars:
        _enqueue(session, booking.id, booking.revision, calendar_id, now)


def unwritten(session: Session, now: datetime, limit: int = 50) -> list[tuple[int, int, int]]:
    """Return sessions ahead that do not stand in a calendar as they should.

    Args:
        session: For reading.
        now: The present moment.
        limit: How many at most.

    Returns:
        Booking, revision and calendar of each, the soonest session first.
    """
    written = and_(
        col(WrittenEvent.calendar_id) == col(LinkedCalendar.id),
        col(WrittenEvent.session_id) == col(MentorshipSession.id),
    )
    stands = and_(
        col(MentorshipSession.status).in_(STANDS),
        col(MentorshipSession.payment_status) == PaymentStatus.PAID,
        col(LinkedCalendar.writes_to) != "",
    )
    as_it_should = and_(
        col(WrittenEvent.revision) == col(MentorshipSession.revision),
        col(WrittenEvent.written_to) == col(LinkedCalendar.writes_to),
    )
    rows = session.exec(
        select(MentorshipSession.id, MentorshipSession.revision, LinkedCalendar.id)
        .join(LinkedCalendar, col(LinkedCalendar.tutor_id) == col(MentorshipSession.tutor_id))
        .outerjoin(WrittenEvent, written)
        .where(
            ~col(MentorshipSession.is_offering),
            col(MentorshipSession.ends_at) > now,
            col(LinkedCalendar.next_check_at).is_not(None),
            or_(
                and_(stands, or_(col(WrittenEvent.session_id).is_(None), ~as_it_should)),
                and_(~stands, col(WrittenEvent.session_id).is_not(None)),
            ),
        )
        .order_by(col(MentorshipSession.starts_at), col(MentorshipSession.id))
        .limit(limit)
    )
    return list(rows)


def enqueue_again(session: Session, booking_id: int, revision: int, calendar_id: int, now: datetime) -> None:
    """Enqueue one writing again, at most once in a quarter of an hour."""
    _enqueue(session, booking_id, revision, calendar_id, now)


def _enqueue(session: Session, booking_id: int, revision: int, calendar_id: int, now: datetime) -> None:
    job_id = f"calendar-write-{calendar_id}-{booking_id}-{revision}-{quarter_of(now)}"
    enqueue(session, WRITE_SESSION, job_id, str(booking_id), str(calendar_id))


def order_for(session: Session, booking_id: int, calendar_id: int, public_url: str) -> Order | None:
    """Return what a calendar should be made to hold of a session; None when it is linked no more.

    Args:
        session: For reading.
        booking_id: Which session.
        calendar_id: Which linked calendar.
        public_url: Base of the join link.
    """
    calendar = session.get(LinkedCalendar, calendar_id)
    booking = session.get(MentorshipSession, booking_id)
    if calendar is None or booking is None or booking.starts_at is None or booking.ends_at is None:
        return None
    wanted = None
    paid = booking.payment_status == PaymentStatus.PAID
    if calendar.writes_to and paid and booking.status in STANDS:
        student = session.exec(select(Person.name).where(Person.id == booking.student_id)).one()
        wanted = SessionEvent(
            booking_id=booking.id,
            uid=session_uid(booking.id),
            revision=booking.revision,
            title=f"{booking.title} with {student}",
            notes=f"Your session on mentor. Join: {public_url}/j/{booking.join_token}",
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            join_url=f"{public_url}/j/{booking.join_token}",
        )
    return Order(calendar, wanted, session.get(WrittenEvent, (calendar_id, booking_id)))


def record_written(
    session: Session, calendar_id: int, *, written_to: str, event: SessionEvent, external_id: str
) -> bool:
    """Keep that a session stands in a calendar now; return False when the calendar was removed meanwhile."""
    if session.get(LinkedCalendar, calendar_id) is None:
        return False
    row = session.get(WrittenEvent, (calendar_id, event.booking_id)) or WrittenEvent(
        calendar_id=calendar_id,
        session_id=event.booking_id,
        written_to=written_to,
        external_id=external_id,
        revision=event.revision,
    )
    row.written_to, row.external_id, row.revision = written_to, external_id, event.revision
    session.add(row)
    return True


def record_deleted(session: Session, calendar_id: int, booking_id: int) -> None:
    """Keep that a session stands in a calendar no more."""
    row = session.get(WrittenEvent, (calendar_id, booking_id))
    if row is not None:
        session.delete(row)
