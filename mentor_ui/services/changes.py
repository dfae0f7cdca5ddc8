"""Changing a paid session before it begins: moving it, and cancelling it with what its policy gives back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from mentor_ui.domain.cancellation import CancellationPolicy, next_step, student_refund_kobo
from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import Mover, SessionStatus
from mentor_ui.models import MentorshipSession
from mentor_ui.services import (
    availability,
    claims,
    followups,
    meetings,
    package_returns,
    package_uses,
    refund_parts,
    refunds,
)
from mentor_ui.services.announcements import Happening, announce
from mentor_ui.services.moves import (
    booking_to_change,
    can_still_change,
    end_proposals,
    move,
    own_booking,
    side_of,
    times_of,
)

LONGEST_REASON = 500
_NOT_TO_CANCEL = "Only a paid session that has not begun can be cancelled."
_UNPAID = (SessionStatus.HELD, SessionStatus.PENDING_MENTOR_REVIEW)


@dataclass(frozen=True, slots=True)
class RescheduleTerms:
    """How a student may move a session.

    Attributes:
        left: How many times more.
        until: UTC; the last moment at which it can be moved.
        refusal: Why it cannot be moved, in a sentence; empty when it can.
    """

    left: int
    until: datetime
    refusal: str


@dataclass(frozen=True, slots=True)
class CancelTerms:
    """What cancelling a session at this moment would do to the money, in kobo.

    Attributes:
        refund_kobo: What the student gets back.
        to_credit_kobo: How much of that becomes credit, and does not go back to the bank.
        paid_kobo: What the student paid.
        tutor_kobo: What the tutor keeps.
        until: UTC; up to then it is so, and afterwards the student gets less. None when it stays so.
        refusal: Why it cannot be cancelled, in a sentence; empty when it can.
        of_package: Whether it is one of a package: what goes back of it is not money but the session itself,
            all of it or nothing.
        fee_kobo: What of Paystack's fee is the student's cost, and left out of what comes back.
    """

    refund_kobo: int
    to_credit_kobo: int
    paid_kobo: int
    tutor_kobo: int
    until: datetime | None
    refusal: str
    of_package: bool = False
    fee_kobo: int = 0


def reschedule_preview(session: Session, actor: Actor, *, booking_id: int, now: datetime) -> RescheduleTerms:
    """Return how the student may move a session.

    Raises:
        NotFound: `session_not_found`.
    """
    return _reschedule_terms(session, own_booking(session, actor, booking_id), now)


def _reschedule_terms(session: Session, booking: MentorshipSession, now: datetime) -> RescheduleTerms:
    rules = availability.tutor_rules(session, booking.tutor_id)
    starts_at, _ = times_of(booking)
    until = starts_at - timedelta(hours=rules.reschedule_notice_hours)
    left = max(0, rules.most_reschedules - booking.reschedules)
    refusal = ""
    if not can_still_change(booking, now):
        refusal = "Only a paid session that has not begun can be moved."
    elif not left:
        refusal = "This session was moved as often as the tutor allows."
    elif now > until:
        refusal = (
            f"It starts in less than {rules.reschedule_notice_hours} hours, which is too near to move it."
        )
    return RescheduleTerms(left, until, refusal)


def times_to_choose(
    session: Session, actor: Actor, *, booking_id: int, now: datetime
) -> tuple[datetime, ...]:
    """Return the starts to which a session could be moved, in order, aware UTC; its own is not among them.

    Raises:
        NotFound: `session_not_found`.
        CannotFindOut: A calendar of the tutor's cannot be read.
    """
    booking = own_booking(session, actor, booking_id)
    starts = availability.free_times(
        session, terms_of(session, booking), viewer_id=booking.student_id, now=now, ignoring=booking.id
    )
    return tuple(start for start in starts if start != booking.starts_at)


def terms_of(session: Session, booking: MentorshipSession) -> MentorshipSession:
    """Return a booking's own terms in the shape of an offering, for asking when the tutor is free.

    Hours and notice are those of the offering as it is; when that is gone, the tutor's usual ones.
    """
    offering = session.get(MentorshipSession, booking.offering_id) if booking.offering_id else None
    return MentorshipSession(
        id=new_id(),
        is_offering=True,
        tutor_id=booking.tutor_id,
        student_id=booking.tutor_id,
        title=booking.title,
        duration=booking.duration,
        price_kobo=booking.price_kobo,
        schedule_id=offering.schedule_id if offering else None,
        notice_minutes=offering.notice_minutes if offering else None,
        buffer_before_minutes=booking.buffer_before_minutes,
        buffer_after_minutes=booking.buffer_after_minutes,
    )


def reschedule(
    session: Session, actor: Actor, *, booking_id: int, starts_at: datetime, public_url: str, now: datetime
) -> MentorshipSession:
    """Move a paid session to another free time of the tutor's, as its student.

    The new time is claimed and the old one let go in one transaction: when somebody else takes the new time
    first, the session stays where it was.

    Args:
        session: Of a writing transaction.
        actor: The student.
        booking_id: Which session.
        starts_at: Aware start, one of `times_to_choose`.
        public_url: Base of the links in mails.
        now: The present moment.

    Raises:
        NotFound: `session_not_found`.
        NotAllowed: `not_the_student`.
        Conflict: `not_reschedulable`, `same_time`, `time_passed`, `time_not_open`, `time_taken`.
        CannotFindOut: A calendar of the tutor's cannot be read.
    """
    booking = booking_to_change(session, actor, booking_id)
    if side_of(booking, actor) != Mover.STUDENT:
        raise NotAllowed(
            "Students move a session themselves; a tutor proposes other times.", code="not_the_student"
        )
    terms = _reschedule_terms(session, booking, now)
    if terms.refusal:
        raise Conflict(terms.refusal, code="not_reschedulable")
    if starts_at == booking.starts_at:
        raise Conflict("The session is at this time already.", code="same_time")
    if starts_at <= now:
        raise Conflict("This time has passed. Please choose a later one.", code="time_passed")
    terms_now = terms_of(session, booking)
    if not availability.is_open(session, terms_now, starts_at=starts_at, now=now, ignoring=booking.id):
        raise Conflict(
            "The tutor cannot be booked at this time. Please choose one of the free times.",
            code="time_not_open",
        )
    booking.reschedules += 1
    move_time(session, booking, starts_at=starts_at, by=actor.person_id, public_url=public_url, now=now)
    return booking


def move_time(
    session: Session,
    booking: MentorshipSession,
    *,
    starts_at: datetime,
    by: int,
    public_url: str,
    now: datetime,
) -> None:
    """Give a paid session another time and do all that follows from it.

    Args:
        session: Of a writing transaction that has its people's turns.
        booking: Paid, and still ahead.
        starts_at: Aware start.
        by: Whose doing it is.
        public_url: Base of the links in mails.
        now: The present moment.

    Raises:
        Conflict: `illegal_transition` when it has begun or ended, `time_taken`.
    """
    if not can_still_change(booking, now):
        raise Conflict("Only a paid session that has not begun can be moved.", code="illegal_transition")
    claims.release(session, booking.id)
    booking.starts_at, booking.ends_at = starts_at, starts_at + timedelta(minutes=booking.duration)
    booking.revision += 1
    booking.updated_at = now
    session.add(booking)
    session.flush()
    claims.claim(session, booking, now)
    end_proposals(session, booking.id)
    meetings.plan_anew(session, booking, now)
    availability.refresh_next_free(session, booking.tutor_id, now)
    followups.after_change(session, booking, now)
    announce(session, booking, Happening.RESCHEDULED, public_url=public_url, by=by)


def cancel_preview(session: Session, actor: Actor, *, booking_id: int, now: datetime) -> CancelTerms:
    """Return what it would mean if the actor cancelled a session now.

    Raises:
        NotFound: `session_not_found`.
    """
    booking = own_booking(session, actor, booking_id)
    side = side_of(booking, actor)
    return _cancel_terms(session, booking, Mover.STUDENT if side is None else side, now)


def _cancel_terms(session: Session, booking: MentorshipSession, by: Mover, now: datetime) -> CancelTerms:
    of_price_kobo, until = _given_back(booking, by, now)
    refusal = "" if can_still_change(booking, now) else _NOT_TO_CANCEL
    if booking.purchase_id is not None:
        kept_kobo = _tutor_keeps_kobo(session, booking, of_price_kobo)
        return CancelTerms(of_price_kobo, 0, booking.price_kobo, kept_kobo, until, refusal, of_package=True)
    payment = refunds.bought_with(session, booking.id)
    if payment is None:
        return CancelTerms(0, 0, 0, 0, until, refusal)
    back = refunds.back_of(session, booking, payment, of_price_kobo, by_student=by == Mover.STUDENT)
    return CancelTerms(
        refund_kobo=back.parts.total_kobo,
        to_credit_kobo=back.parts.to_credit_kobo,
        paid_kobo=refund_parts.worth_kobo(payment),
        tutor_kobo=back.tutor_keeps_kobo,
        fee_kobo=back.withheld_kobo,
        until=until,
        refusal=refusal,
    )


def _tutor_keeps_kobo(session: Session, booking: MentorshipSession, of_price_kobo: int) -> int:
    if booking.purchase_id is not None:
        return 0 if of_price_kobo else package_returns.tutor_share_kobo(session, booking)
    payment = refunds.bought_with(session, booking.id)
    return refunds.back_of(session, booking, payment, of_price_kobo).tutor_keeps_kobo if payment else 0


def _given_back(booking: MentorshipSession, by: Mover, now: datetime) -> tuple[int, datetime | None]:
    """Return how much of the price goes back, and until when that is so."""
    if by in {Mover.TUTOR, Mover.PAYMENT}:
        return booking.price_kobo, None
    if booking.purchase_id is not None:
        return package_returns.comes_back(booking, now)
    policy, (starts_at, _) = CancellationPolicy(booking.cancellation_policy), times_of(booking)
    of_price_kobo = student_refund_kobo(policy, price_kobo=booking.price_kobo, starts_at=starts_at, now=now)
    return of_price_kobo, next_step(policy, starts_at, now)


def cancel(
    session: Session,
    actor: Actor,
    *,
    booking_id: int,
    refund_seen_kobo: int,
    reason: str = "",
    public_url: str,
    now: datetime,
) -> int:
    """Cancel a paid session that has not begun.

    A student gets back what the policy says that stood when the time was taken, everything when the tutor
    cancels. Nothing is done when that is no longer what the person saw.

    Args:
        session: Of a writing transaction.
        actor: The student or the tutor.
        booking_id: Which session.
        refund_seen_kobo: What the person was shown that the student gets back.
        reason: What the other one reads; may be empty.
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        What goes back to the student, in kobo.

    Raises:
        NotFound: `session_not_found`.
        InvalidInput: The reason is too long.
        Conflict: `consequence_changed`, `illegal_transition`.
    """
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Please keep it to {LONGEST_REASON} characters.", field="reason")
    booking = booking_to_change(session, actor, booking_id)
    by = side_of(booking, actor) or Mover.STUDENT
    if can_still_change(booking, now):
        refund_kobo = _cancel_terms(session, booking, by, now).refund_kobo
        if refund_kobo != refund_seen_kobo:
            meanwhile = (
                f"Meanwhile it is {show_naira(refund_kobo)} that would go back, and not "
                f"{show_naira(refund_seen_kobo)}."
                if booking.purchase_id is None
                else "Meanwhile cancelling means something else for the package."
            )
            raise Conflict(
                f"{meanwhile} Nothing was done. Look once more, then decide.", code="consequence_changed"
            )
    return call_off(
        session, booking, by=by, person_id=actor.person_id, reason=reason, public_url=public_url, now=now
    )


def call_off(
    session: Session,
    booking: MentorshipSession,
    *,
    by: Mover,
    person_id: int | None,
    reason: str,
    public_url: str,
    now: datetime,
) -> int:
    """End a paid session before its start and do all that follows from it.

    Args:
        session: Of a writing transaction that has its people's turns.
        booking: Paid, and still ahead.
        by: On whose side the cause lies. Everything goes back when it is the tutor's, or when the payer's
            bank has taken it.
        person_id: Who that is; None for nobody.
        reason: What the others read.
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        What goes back to the student, in kobo.

    Raises:
        Conflict: `illegal_transition`.
    """
    if booking.status in _UNPAID:
        # Letting a hold go and withdrawing a request are other things: nobody has a session to lose by them.
        raise Conflict(_NOT_TO_CANCEL, code="illegal_transition")
    of_price_kobo, _ = _given_back(booking, by, now)
    tutor_kobo = _tutor_keeps_kobo(session, booking, of_price_kobo)
    move(session, booking, SessionStatus.CANCELLED, by=by, now=now)
    booking.cancelled_by, booking.cancel_reason = person_id, reason
    booking.revision += 1
    session.flush()
    refund_kobo = refunds.give_back(
        session,
        booking,
        of_price_kobo=of_price_kobo,
        reason="the session was cancelled.",
        now=now,
        by_student=by == Mover.STUDENT,
    )
    payment = refunds.bought_with(session, booking.id)
    if by == Mover.TUTOR:
        package_uses.give_time(session, booking, now)
    claims.release(session, booking.id)
    availability.refresh_next_free(session, booking.tutor_id, now)
    followups.after_change(session, booking, now)
    announce(
        session,
        booking,
        Happening.CANCELLED,
        public_url=public_url,
        by=person_id,
        note=reason,
        refund_kobo=refund_kobo,
        credit_kobo=refund_parts.credited_kobo(session, payment.id) if payment else 0,
        tutor_kobo=tutor_kobo,
    )
    return refund_kobo
