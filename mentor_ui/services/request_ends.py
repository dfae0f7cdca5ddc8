"""Requests whose time ran out: those that nobody answered, and those that were approved and not paid for."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from mentor_ui.domain.session_state import BookingMode, Mover, PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession
from mentor_ui.services import moves
from mentor_ui.services.announcements import Happening, announce
from mentor_ui.services.turns import take_turns

TELL_WITHIN = timedelta(days=2)
"""How long after its start an unpaid session is still looked at; sweeps run every few seconds."""


def lapse_unanswered(session: Session, now: datetime, *, public_url: str, limit: int = 200) -> int:
    """End requests that were not answered in time, and tell both; return how many."""
    due = (
        select(MentorshipSession)
        .where(
            ~col(MentorshipSession.is_offering),
            MentorshipSession.status == SessionStatus.PENDING_MENTOR_REVIEW,
            col(MentorshipSession.request_expires_at) <= now,
        )
        .order_by(col(MentorshipSession.id))
        .limit(limit)
    )
    people = {person for row in session.exec(due) for person in (row.tutor_id, row.student_id)}
    take_turns(session, people)
    ended = 0
    for booking in session.exec(due.execution_options(populate_existing=True)).all():
        if not {booking.tutor_id, booking.student_id} <= people:
            continue  # it came up meanwhile; the next sweep takes its people's turns
        moves.move(session, booking, SessionStatus.EXPIRED, by=Mover.CLOCK, now=now)
        announce(session, booking, Happening.LAPSED, public_url=public_url)
        ended += 1
    return ended


def tell_unpaid(session: Session, now: datetime, *, public_url: str, limit: int = 200) -> int:
    """Tell both people of approved requests that were not paid for in time; return of how many.

    Whoever finds such a hold in the way ends it, sweeper or next taker; `hold_expires_at` stays until this.
    """
    untold = session.exec(
        select(MentorshipSession)
        .where(
            ~col(MentorshipSession.is_offering),
            MentorshipSession.status == SessionStatus.EXPIRED,
            col(MentorshipSession.starts_at) > now - TELL_WITHIN,
            MentorshipSession.booking_mode == BookingMode.REQUEST,
            col(MentorshipSession.hold_expires_at).is_not(None),
        )
        .order_by(col(MentorshipSession.starts_at), col(MentorshipSession.id))
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    for booking in untold:
        booking.hold_expires_at = None
        session.add(booking)
        # Late money is on its way back by then, and its payer has been told so.
        paid_late = booking.payment_status == PaymentStatus.REFUNDING
        note = "" if paid_late else "Nothing was charged."
        announce(session, booking, Happening.PAYMENT_LAPSED, public_url=public_url, note=note)
    return len(untold)
