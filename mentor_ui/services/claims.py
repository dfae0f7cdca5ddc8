"""Claims on people's time: the rows of `booked_quarters` that holds and bookings live by."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.slots import Taken, quarters_between, too_near
from mentor_ui.models import BookedQuarter, MentorshipSession
from mentor_ui.services import credit
from mentor_ui.services.diaries import own_sessions, running

_CLAIM = insert(BookedQuarter)

TAKEN = "time_taken"
NEAR = timedelta(days=1)
"""Further away no session's buffers reach."""


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
        lapse_expired(session, session_id, now)


def lapse_expired(session: Session, session_id: int, now: datetime) -> bool:
    """End one hold whose time is over, as `lapse` does; one that was prolonged meanwhile stays."""
    return _end(session, session_id, now, col(MentorshipSession.hold_expires_at) <= now)


def lapse(session: Session, session_id: int, now: datetime) -> bool:
    """End one hold and free its time, and the credit kept for it; return whether it still was a hold.

    The status is compared and set in one statement, so a payment that confirms the booking at the same moment
    and a sweeper that ends it cannot both win.
    """
    return _end(session, session_id, now)


def _end(session: Session, session_id: int, now: datetime, *only_if: ColumnElement[bool]) -> bool:
    is_held = col(MentorshipSession.status) == SessionStatus.HELD
    ended = session.connection().execute(
        update(MentorshipSession)
        .where(col(MentorshipSession.id) == session_id, is_held, *only_if)
        .values(status=SessionStatus.EXPIRED, updated_at=now)
    )
    if ended.rowcount != 1:
        return False
    credit.let_go(session, session_id, now)
    release(session, session_id)
    return True


def release(session: Session, session_id: int) -> None:
    """Free all quarters that a session claims."""
    session.connection().execute(delete(BookedQuarter).where(col(BookedQuarter.session_id) == session_id))


def _claimed_by(booking: MentorshipSession) -> dict[int, range]:
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError("an offering claims no time")
    quarters = quarters_between(booking.starts_at, booking.ends_at)
    return dict.fromkeys(sorted((booking.tutor_id, booking.student_id)), quarters)


def _is_too_near(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    """Return whether the tutor's buffers leave no room for the booking beside what is booked."""
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError("an offering claims no time")
    wanted = Taken(
        booking.starts_at,
        booking.ends_at,
        booking.buffer_before_minutes or 0,
        booking.buffer_after_minutes or 0,
    )
    around = booking.starts_at - NEAR, booking.ends_at + NEAR
    others = own_sessions(session, booking.tutor_id, *around, now=now, ignoring=booking.id)
    return any(too_near(wanted, other) for other in others)


def is_taken(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    """Return whether another session takes time that this booking's two people would need for it."""
    claimed = _claimed_by(booking)
    quarters = claimed[booking.tutor_id]
    found = session.exec(
        select(BookedQuarter.session_id)
        .join(MentorshipSession, col(MentorshipSession.id) == col(BookedQuarter.session_id))
        .where(
            col(BookedQuarter.person_id).in_(claimed),
            col(BookedQuarter.quarter) >= quarters.start,
            col(BookedQuarter.quarter) < quarters.stop,
            running(now, booking.id),
        )
    )
    return found.first() is not None or _is_too_near(session, booking, now)


def claim(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Claim the booking's quarters for its tutor and its student, or nothing.

    Expired holds in the way are ended first. Rows are written in one order, so that two takers of one time
    wait for each other instead of locking each other out. Buffers are no rows, as of two between neighbours
    only the larger counts; they hold when the caller has taken the tutor's turn.

    Raises:
        Conflict: With code `time_taken`, when one of the two people is taken.
    """
    claimed = _claimed_by(booking)
    free_expired(session, claimed, claimed[booking.tutor_id], now)
    if _is_too_near(session, booking, now):
        raise _taken()
    try:
        with session.begin_nested():
            session.connection().execute(
                _CLAIM,
                [
                    {"person_id": person, "quarter": quarter, "session_id": booking.id}
                    for person, quarters in claimed.items()
                    for quarter in quarters
                ],
            )
    except IntegrityError:
        raise _taken() from None


def _taken() -> Conflict:
    return Conflict("Somebody just took this time. Nothing was charged. Please choose another.", code=TAKEN)
