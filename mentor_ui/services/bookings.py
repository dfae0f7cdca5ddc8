"""Taking a time: a hold on both people's quarters while the student pays."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, NotAllowed, NotFound
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, Mover, PaymentStatus, SessionStatus
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES
from mentor_ui.models import MentorshipSession
from mentor_ui.models.mentorship import new_join_token
from mentor_ui.services import availability, claims, moves, package_uses
from mentor_ui.services.turns import take_turns

MOST_LIVE_HOLDS = 3
"""Of one student at a time, so that nobody can fence off a tutor's week."""


# Made once: making a statement takes longer than running it.
_LIVE_HOLDS = (
    select(MentorshipSession)
    .where(
        col(MentorshipSession.student_id) == bindparam("student"),
        ~col(MentorshipSession.is_offering),
        MentorshipSession.status == SessionStatus.HELD,
        MentorshipSession.booking_mode != BookingMode.REQUEST,
        col(MentorshipSession.hold_expires_at) > bindparam("moment"),
    )
    .order_by(col(MentorshipSession.id))
)


@dataclass(frozen=True, slots=True)
class Hold:
    """A time kept for a student who is about to pay.

    Attributes:
        expires_at: UTC; afterwards the time is anybody's.
    """

    booking_id: int
    offering_id: int
    starts_at: datetime
    ends_at: datetime
    price_kobo: int
    expires_at: datetime


def bookable(session: Session, actor: Actor, offering_id: int, *, keep: bool = False) -> MentorshipSession:
    """Return the offering if the actor may book it.

    Args:
        session: For reading, unless it is kept.
        actor: Who wants to book.
        offering_id: Which offering.
        keep: Whether it must stay as it is until the transaction ends.

    Raises:
        NotFound: `offering_gone`.
        NotAllowed: `own_offering`, `not_a_student`.
        Conflict: `offering_hidden`.
    """
    if keep:
        of_it = select(MentorshipSession.tutor_id).where(MentorshipSession.id == offering_id)
        # A tutor who deletes or edits the offering waits for us, or we for them.
        take_turns(session, {actor.person_id, *session.exec(of_it)})
    offering = session.get(MentorshipSession, offering_id, populate_existing=True)
    if offering is None or not offering.is_offering:
        raise NotFound(
            "This session is no longer offered. The marketplace has others like it.", code="offering_gone"
        )
    if offering.tutor_id == actor.person_id:
        raise NotAllowed("This is your own offering. Students book it; you cannot.", code="own_offering")
    if Role.STUDENT not in actor.roles:
        raise NotAllowed(
            "Booking needs a student account. Sign in as a student to go on.", code="not_a_student"
        )
    if not offering.published:
        raise Conflict(
            "The tutor has paused this session. Nothing was charged. The marketplace has others like it.",
            code="offering_hidden",
        )
    return offering


def check_price(offering: MentorshipSession, price_seen_kobo: int) -> None:
    """Refuse to go on at another price than the one on the student's screen.

    Raises:
        Conflict: `price_changed`.
    """
    if offering.price_kobo != price_seen_kobo:
        raise Conflict(
            f"The price changed from {show_naira(price_seen_kobo)} to {show_naira(offering.price_kobo)} "
            "while you were choosing. Nothing was charged. Look once more, then go on if it suits you.",
            code="price_changed",
        )


def check_time(
    session: Session,
    offering: MentorshipSession,
    starts_at: datetime,
    now: datetime,
    *,
    ignoring: int | None = None,
) -> None:
    """Refuse a start at which the tutor cannot be booked, whether or not the time is claimed.

    Args:
        session: Of a transaction that took its turn.
        offering: What is to be booked.
        starts_at: Aware start.
        now: The present moment.
        ignoring: The student's own booking that this one takes the place of.

    Raises:
        Conflict: `time_passed`, `time_not_open`.
        CannotFindOut: `availability_unknown`.
    """
    if starts_at <= now:
        raise Conflict("This time has passed. Please choose a later one.", code="time_passed")
    if not availability.is_open(session, offering, starts_at=starts_at, now=now, ignoring=ignoring):
        raise Conflict(
            "The tutor cannot be booked at this time. Please choose one of the free times.",
            code="time_not_open",
        )


def live_holds(session: Session, student_id: int, now: datetime) -> list[MentorshipSession]:
    """Return the student's holds that still run, oldest first; approved requests are none."""
    return list(session.exec(_LIVE_HOLDS, params={"student": student_id, "moment": now}))


def _as_hold(booking: MentorshipSession) -> Hold:
    if booking.offering_id is None or booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} is not a hold")
    return Hold(
        booking_id=booking.id,
        offering_id=booking.offering_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        price_kobo=booking.price_kobo,
        expires_at=booking.hold_expires_at or booking.starts_at,
    )


def draft(
    session: Session, offering: MentorshipSession, student_id: int, starts_at: datetime, now: datetime
) -> MentorshipSession:
    """Return a new booking with the terms as they are now, so that later edits do not touch it.

    The caller sets where it stands and adds it.
    """
    of_tutor = availability.tutor_rules(session, offering.tutor_id)
    rules = availability.applied(of_tutor, offering)
    return MentorshipSession(
        is_offering=False,
        tutor_id=offering.tutor_id,
        student_id=student_id,
        course_id=offering.course_id,
        offering_id=offering.id,
        title=offering.title,
        description=offering.description,
        duration=offering.duration,
        price_kobo=offering.price_kobo,
        buffer_before_minutes=rules.buffer_before_minutes,
        buffer_after_minutes=rules.buffer_after_minutes,
        cancellation_policy=of_tutor.cancellation_policy,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=offering.duration),
        join_token=new_join_token(),
        created_at=now,
        updated_at=now,
    )


def hold(
    session: Session,
    actor: Actor,
    *,
    offering_id: int,
    starts_at: datetime,
    price_seen_kobo: int,
    now: datetime,
    purchase_id: int | None = None,
) -> Hold:
    """Keep a time of an offering for the student for `HOLD_MINUTES`.

    Asking again for the same time returns the hold that runs; asking for another time of the same tutor
    moves the hold.

    Args:
        session: Of a writing transaction.
        actor: The student.
        offering_id: What is booked.
        starts_at: Aware start, one of the offering's free times.
        price_seen_kobo: The price on the student's screen.
        now: The present moment.
        purchase_id: The bought package of which it is to be one, which says how long it is.

    Raises:
        NotFound: `offering_gone`, `package_not_found`.
        NotAllowed: `own_offering`, `not_a_student`.
        Conflict: `package_spent`, `package_disputed`, `offering_hidden`, `ask_first`, `price_changed`,
            `time_passed`, `time_not_open`, `time_taken`, `too_many_holds`.
        CannotFindOut: `availability_unknown`.
    """
    offering = bookable(session, actor, offering_id, keep=True)
    if offering.booking_mode == BookingMode.REQUEST:
        raise Conflict(
            "The tutor now answers first before this session is booked. Nothing was charged. "
            "Choose a time and ask for it.",
            code="ask_first",
        )
    if purchase_id is None:
        check_price(offering, price_seen_kobo)
        kept_for = None
    else:
        bought = package_uses.as_bought(session, actor.person_id, offering, purchase_id, now)
        # Of another length than what a single one costs, it can be nothing else.
        kept_for = purchase_id if bought.duration != offering.duration else None
        offering = bought
    running = live_holds(session, actor.person_id, now)
    with_tutor = [other for other in running if other.tutor_id == offering.tutor_id]
    for other in with_tutor:
        same_terms = (other.price_kobo, other.duration) == (offering.price_kobo, offering.duration)
        if other.offering_id == offering.id and other.starts_at == starts_at and same_terms:
            # It is kept whatever became of notice and hours meanwhile.
            return _as_hold(other)
    check_time(session, offering, starts_at, now, ignoring=with_tutor[0].id if with_tutor else None)
    if len(running) - len(with_tutor) >= MOST_LIVE_HOLDS:
        raise Conflict(
            f"You are holding {MOST_LIVE_HOLDS} times already. Pay for one or let it go first.",
            code="too_many_holds",
        )
    for other in with_tutor:
        claims.lapse(session, other.id, now)
    booking = draft(session, offering, actor.person_id, starts_at, now)
    booking.status = SessionStatus.HELD
    booking.payment_status = PaymentStatus.AWAITING
    booking.hold_expires_at = now + timedelta(minutes=HOLD_MINUTES)
    booking.purchase_id = kept_for
    session.add(booking)
    session.flush()
    claims.claim(session, booking, now)
    availability.refresh_next_free(session, offering.tutor_id, now)
    return _as_hold(booking)


def release_hold(session: Session, actor: Actor, *, booking_id: int, now: datetime) -> None:
    """Let a hold go before it runs out. A hold that is over already is no error.

    Raises:
        NotFound: The booking is not this student's, or a request, which is withdrawn.
    """
    booking = session.get(MentorshipSession, booking_id)
    asked = booking is not None and booking.booking_mode == BookingMode.REQUEST
    if booking is None or booking.is_offering or asked or booking.student_id != actor.person_id:
        raise NotFound("We cannot find this booking among yours.", code="booking_not_found")
    take_turns(session, (booking.tutor_id, booking.student_id))
    if claims.lapse(session, booking.id, now):
        availability.refresh_next_free(session, booking.tutor_id, now)


def current_hold(session: Session, actor: Actor, *, offering_id: int, now: datetime) -> Hold | None:
    """Return the student's running hold on an offering, so that a reloaded page finds it again."""
    for booking in live_holds(session, actor.person_id, now):
        if booking.offering_id == offering_id:
            return _as_hold(booking)
    return None


def lapse_expired(session: Session, now: datetime, limit: int = 200) -> int:
    """End holds that have run out; return how many. The next taker need not wait for this."""
    rows = session.exec(
        select(MentorshipSession.id, MentorshipSession.tutor_id, MentorshipSession.student_id)
        .where(
            MentorshipSession.status == SessionStatus.HELD,
            ~col(MentorshipSession.is_offering),
            col(MentorshipSession.hold_expires_at) <= now,
        )
        .order_by(col(MentorshipSession.id))
        .limit(limit)
    ).all()
    if not rows:
        return 0
    tutors = {tutor for _, tutor, _ in rows}
    take_turns(session, tutors | {student for _, _, student in rows})
    ended = sum(claims.lapse_expired(session, session_id, now) for session_id, _, _ in rows)
    for tutor_id in sorted(tutors):
        availability.refresh_next_free(session, tutor_id, now)
    return ended


def advance_clock(session: Session, now: datetime, limit: int = 200) -> int:
    """Move paid sessions on by the clock: started at their start, completed at their end.

    Returns:
        How many sessions moved.
    """
    rows = session.exec(
        select(MentorshipSession)
        .where(
            ~col(MentorshipSession.is_offering),
            col(MentorshipSession.status).in_((SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS)),
            col(MentorshipSession.starts_at) <= now,
            # One that goes on as it is would take the place of one that has to move.
            or_(
                col(MentorshipSession.status) == SessionStatus.SCHEDULED,
                col(MentorshipSession.ends_at) <= now,
            ),
        )
        .order_by(col(MentorshipSession.starts_at), col(MentorshipSession.id))
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    moved = 0
    for booking in rows:
        over = booking.ends_at is not None and booking.ends_at <= now
        target = SessionStatus.COMPLETED if over else SessionStatus.IN_PROGRESS
        if booking.status != target:
            moves.move(session, booking, target, by=Mover.CLOCK, now=now)
            moved += 1
        if over:
            claims.release(session, booking.id)
    return moved
