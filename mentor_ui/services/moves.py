"""Moving a booking from one status to the next: the one way in which services do it."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import Mover, PaymentStatus, SessionStatus, Timing, check_move, may_move
from mentor_ui.models import MentorshipSession, ProposalState, TimeProposal
from mentor_ui.services import refunds
from mentor_ui.services.turns import take_turns


def move(
    session: Session, booking: MentorshipSession, target: SessionStatus, *, by: Mover, now: datetime
) -> None:
    """Give a booking its next status; times that were proposed for it end, and it says what has gone back.

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
    end_proposals(session, booking.id)
    refunds.follow_status(session, booking)


def can_move(booking: MentorshipSession, target: SessionStatus, *, by: Mover, now: datetime) -> bool:
    """Return whether `move` would do it."""
    return may_move(SessionStatus(booking.status), target, by, _timing(booking, now))


def can_still_change(booking: MentorshipSession, now: datetime) -> bool:
    """Return whether a booking is paid for and has not begun, so that it may be moved or cancelled."""
    paid = (booking.status, booking.payment_status) == (SessionStatus.SCHEDULED, PaymentStatus.PAID)
    return paid and now < times_of(booking)[0]


def end_proposals(session: Session, booking_id: int, state: ProposalState = ProposalState.WITHDRAWN) -> None:
    """End the times that a tutor proposed for a booking, as far as they are open."""
    session.connection().execute(
        update(TimeProposal)
        .where(col(TimeProposal.session_id) == booking_id, col(TimeProposal.state) == ProposalState.OPEN)
        .values(state=state)
    )


def own_booking(session: Session, actor: Actor, booking_id: int) -> MentorshipSession:
    """Return a booking to one of its two participants, for reading.

    Raises:
        NotFound: `session_not_found`: there is none, or the actor is not one of the two.
    """
    booking = session.get(MentorshipSession, booking_id)
    if booking is None or booking.is_offering or side_of(booking, actor) is None:
        raise NotFound("We cannot find this session among yours.", code="session_not_found")
    return booking


def booking_to_change(session: Session, actor: Actor, booking_id: int) -> MentorshipSession:
    """Return a booking to one of its two participants, as it stands once their turn has come.

    Raises:
        NotFound: `session_not_found`: there is none, or the actor is not one of the two.
    """
    booking = own_booking(session, actor, booking_id)
    take_turns(session, (booking.tutor_id, booking.student_id))
    # The clock passes over what somebody is changing.
    session.refresh(booking, with_for_update={"key_share": True})
    return booking


def side_of(booking: MentorshipSession, actor: Actor) -> Mover | None:
    """Return on which side of a booking a person is; None on neither."""
    sides = {booking.tutor_id: Mover.TUTOR, booking.student_id: Mover.STUDENT}
    return sides.get(actor.person_id)


def times_of(booking: MentorshipSession) -> tuple[datetime, datetime]:
    """Return a booking's start and end.

    Raises:
        ValueError: It is an offering, which has none.
    """
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    return booking.starts_at, booking.ends_at


def _timing(booking: MentorshipSession, now: datetime) -> Timing:
    return Timing(*times_of(booking), now)
