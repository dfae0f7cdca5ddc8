"""Claims on people's time: the rows of `booked_quarters` that holds and bookings live by."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, not_, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.slots import quarters_between
from mentor_ui.models import BookedQuarter, MentorshipSession

TAKEN = "time_taken"


def _expired_holds(people: Collection[int], quarters: range, now: datetime):  # noqa: ANN202  (a SELECT of ids)
    return (
        select(MentorshipSession.id)
        .join(BookedQuarter, col(BookedQuarter.session_id) == col(MentorshipSession.id))
        .where(
            col(BookedQuarter.person_id).in_(people),
            col(BookedQuarter.quarter) >= quarters.start,
            col(BookedQuarter.quarter) < quarters.stop,
            MentorshipSession.status == SessionStatus.HELD,
            col(MentorshipSession.hold_expires_at) <= now,
        )
    )


def free_expired(session: Session, people: Collection[int], quarters: range, now: datetime) -> None:
    """End the holds that have run out and stand in the way of these people and quarters."""
    lapsed = session.exec(_expired_holds(people, quarters, now)).unique().all()
    for session_id in sorted(set(lapsed)):
        lapse(session, session_id, now)


def lapse(session: Session, session_id: int, now: datetime) -> bool:
    """End one hold and free its time; return whether it still was a hold.

    The status is compared and set in one statement, so a payment that confirms the booking at the same moment
    and a sweeper that ends it cannot both win.
    """
    ended = session.connection().execute(
        update(MentorshipSession)
        .where(col(MentorshipSession.id) == session_id, col(MentorshipSession.status) == SessionStatus.HELD)
        .values(status=SessionStatus.EXPIRED, updated_at=now)
    )
    if ended.rowcount != 1:
        return False
    release(session, session_id)
    return True


def release(session: Session, session_id: int) -> None:
    """Free all quarters that a session claims."""
    session.connection().execute(delete(BookedQuarter).where(col(BookedQuarter.session_id) == session_id))


def _claimed_by(booking: MentorshipSession) -> dict[int, range]:
    """Return the quarters of each person of a booking: the tutor's have the buffers around the session."""
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError("an offering claims no time")
    return {
        booking.student_id: quarters_between(booking.starts_at, booking.ends_at),
        booking.tutor_id: quarters_between(
            booking.starts_at - timedelta(minutes=booking.buffer_before_minutes or 0),
            booking.ends_at + timedelta(minutes=booking.buffer_after_minutes or 0),
        ),
    }


def is_taken(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    """Return whether another session claims time of this booking's two people that it would need."""
    lapsed = and_(
        col(MentorshipSession.status) == SessionStatus.HELD,
        col(MentorshipSession.hold_expires_at).is_not(None),
        col(MentorshipSession.hold_expires_at) <= now,
    )
    in_the_way = [
        and_(
            col(BookedQuarter.person_id) == person,
            col(BookedQuarter.quarter) >= quarters.start,
            col(BookedQuarter.quarter) < quarters.stop,
        )
        for person, quarters in _claimed_by(booking).items()
    ]
    found = session.exec(
        select(BookedQuarter.session_id)
        .join(MentorshipSession, col(MentorshipSession.id) == col(BookedQuarter.session_id))
        .where(or_(*in_the_way), not_(lapsed), BookedQuarter.session_id != booking.id)
    )
    return found.first() is not None


def claim(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Claim the booking's quarters for its student, and with its buffers for its tutor, or nothing.

    Expired holds in the way are ended first. Rows are written in one order, so that two takers of one time
    wait for each other instead of locking each other out.

    Raises:
        Conflict: With code `time_taken`, when one of the two people is taken.
    """
    claimed = _claimed_by(booking)
    people = sorted(claimed)
    free_expired(session, people, claimed[booking.tutor_id], now)
    try:
        with session.begin_nested():
            session.add_all(
                BookedQuarter(person_id=person, quarter=quarter, session_id=booking.id)
                for person in people
                for quarter in claimed[person]
            )
    except IntegrityError:
        raise Conflict(
            "Somebody just took this time. Nothing was charged. Please choose another.", code=TAKEN
        ) from None
