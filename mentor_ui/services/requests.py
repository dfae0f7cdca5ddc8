"""Asking first: a student asks for a time, the tutor answers, and a yes keeps the time until it is paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from mentor_ui.domain.errors import Conflict, InvalidInput, NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import BookingMode, Mover, PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession
from mentor_ui.services import availability, bookings, claims, credit, moves, package_uses
from mentor_ui.services.announcements import Happening, announce
from mentor_ui.services.turns import take_turns

ANSWER_TIME = timedelta(hours=72)
"""What the tutor has to answer, unless the session is nearer."""

PAY_TIME = timedelta(hours=24)
"""What the student has to pay after a yes, unless the session is nearer."""

PAY_MARGIN = timedelta(minutes=15)
"""Paid for later than this before its start, a session would begin before both know of it."""

SHORTEST_PAY_TIME = timedelta(minutes=30)
"""A yes that leaves less than this to pay would be none."""

SHORTEST_ANSWER_TIME = timedelta(minutes=30)
"""A request that nobody has the time to read would only disappoint."""

MOST_OPEN_REQUESTS = 5
"""Of one student at a time, so that asking costs a thought and tutors are not flooded."""

LONGEST_MESSAGE = 1000
LONGEST_REASON = 500

OVER_LIMIT = "over_limit"


@dataclass(frozen=True, slots=True)
class Request:
    """A time that a student asked for.

    Attributes:
        expires_at: UTC; until then the tutor can answer.
    """

    booking_id: int
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime


def answer_until(starts_at: datetime, *, notice_minutes: int, now: datetime) -> datetime:
    """Return until when the tutor can answer: 72 hours, unless notice or the time to pay end it sooner."""
    nearest = max(timedelta(minutes=notice_minutes), PAY_MARGIN + SHORTEST_PAY_TIME)
    return min(now + ANSWER_TIME, starts_at - nearest)


def soonest_start(*, notice_minutes: int, now: datetime) -> datetime:
    """Return the soonest start that can be asked for, so that the tutor has the time to answer."""
    return now + SHORTEST_ANSWER_TIME + max(timedelta(minutes=notice_minutes), PAY_MARGIN + SHORTEST_PAY_TIME)


def pay_until(starts_at: datetime, now: datetime) -> datetime:
    """Return until when an approved time is kept for paying: 24 hours, but never up to the very start."""
    return min(now + PAY_TIME, starts_at - PAY_MARGIN)


def ask(
    session: Session,
    actor: Actor,
    *,
    offering_id: int,
    starts_at: datetime,
    message: str,
    price_seen_kobo: int,
    now: datetime,
    public_url: str,
    purchase_id: int | None = None,
) -> Request:
    """Ask the tutor for a free time. It claims nothing: others can still take or ask for the time.

    Args:
        session: Of a writing transaction.
        actor: The student.
        offering_id: What is asked for.
        starts_at: Aware start, one of the offering's free times.
        message: What the tutor should know; may be empty.
        price_seen_kobo: The price on the student's screen.
        now: The present moment.
        public_url: Base of the links in mails.
        purchase_id: The bought package of which it will be one, once the tutor says yes.

    Raises:
        NotFound: `offering_gone`, `package_not_found`.
        NotAllowed: `own_offering`, `not_a_student`.
        InvalidInput: The message is too long.
        Conflict: `package_spent`, `package_disputed`, `offering_hidden`, `book_at_once`, `price_changed`,
            `time_passed`, `time_not_open`, `too_soon_to_ask`, `time_taken`, `already_asked`,
            `too_many_requests`.
    """
    message = _text(message, LONGEST_MESSAGE, field="message")
    offering = bookings.bookable(session, actor, offering_id, keep=True)
    if offering.booking_mode == BookingMode.INSTANT:
        raise Conflict(
            "This session is booked at once, without asking first. Choose a time and pay for it.",
            code="book_at_once",
        )
    if purchase_id is None:
        bookings.check_price(offering, price_seen_kobo)
    else:
        offering = package_uses.as_bought(session, actor.person_id, offering, purchase_id, now)
    bookings.check_time(session, offering, starts_at, now)
    booking = bookings.draft(session, offering, actor.person_id, starts_at, now)
    notice_minutes = availability.booking_rules(session, offering).notice_minutes
    if starts_at < soonest_start(notice_minutes=notice_minutes, now=now):
        raise Conflict(
            "This time is too near for the tutor to answer first. Please choose a later one.",
            code="too_soon_to_ask",
        )
    _check_own_requests(session, booking, now)
    if claims.is_taken(session, booking, now):
        raise Conflict("Somebody just took this time. Please choose another to ask for.", code=claims.TAKEN)
    expires_at = answer_until(starts_at, notice_minutes=notice_minutes, now=now)
    booking.booking_mode = BookingMode.REQUEST
    booking.purchase_id = purchase_id
    booking.status = SessionStatus.PENDING_MENTOR_REVIEW
    booking.request_message = message
    booking.request_expires_at = expires_at
    session.add(booking)
    session.flush()
    announce(
        session,
        booking,
        Happening.REQUESTED,
        public_url=public_url,
        by=actor.person_id,
        note=message,
        until=expires_at,
    )
    return Request(booking.id, starts_at, starts_at + timedelta(minutes=offering.duration), expires_at)


def keep_for_payment(
    session: Session, booking: MentorshipSession, *, now: datetime, public_url: str, by: int | None = None
) -> datetime | None:
    """Claim the present time of a request and keep it while its student pays; both are told.

    One that was asked for as a session of a package is booked at once, as long as the package has one left.

    The tutor's yes and the student's choice of a proposed time end here. Turns of both people have to be
    taken before.

    Args:
        session: Of a writing transaction.
        booking: A request that waits for an answer.
        now: The present moment.
        public_url: Base of the links in mails.
        by: Whose doing it was; the tutor's unless given.

    Returns:
        Until when the student can pay, UTC; None when it is booked.

    Raises:
        Conflict: `time_taken`, `other_terms`, `too_late_to_pay`, `illegal_transition`.
    """
    if booking.starts_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    mover = Mover.STUDENT if by == booking.student_id else Mover.TUTOR
    moves.move(session, booking, SessionStatus.HELD, by=mover, now=now)
    if booking.purchase_id is not None and package_uses.can_pay_for(session, booking, now):
        claims.claim(session, booking, now)
        package_uses.spend(session, booking, booking.purchase_id, now=now, public_url=public_url)
        availability.refresh_next_free(session, booking.tutor_id, now)
        return None
    if booking.purchase_id is not None:
        package_uses.check_single_terms(session, booking)
    booking.purchase_id = None
    until = pay_until(booking.starts_at, now)
    if until < now + SHORTEST_PAY_TIME:
        raise Conflict(
            "This time is too near: the student could no longer pay for it. Please agree on a later one.",
            code="too_late_to_pay",
        )
    claims.claim(session, booking, now)
    booking.payment_status = PaymentStatus.AWAITING
    booking.hold_expires_at = until
    session.add(booking)
    session.flush()
    availability.refresh_next_free(session, booking.tutor_id, now)
    announce(
        session,
        booking,
        Happening.APPROVED,
        public_url=public_url,
        by=booking.tutor_id if by is None else by,
        until=until,
    )
    return until


def approve(
    session: Session,
    actor: Actor,
    *,
    booking_id: int,
    over_limit_seen: bool = False,
    now: datetime,
    public_url: str,
) -> datetime | None:
    """Say yes to a request: its time is claimed for the student, if it still can be.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        booking_id: The request.
        over_limit_seen: Whether the tutor was told that this goes over a limit; a yes says that it may.
        now: The present moment.
        public_url: Base of the links in mails.

    Returns:
        Until when the student can pay, UTC; None when it is booked, as one of a package.

    Raises:
        NotFound: `request_not_found`.
        Conflict: `request_over`, `request_lapsed`, `over_limit`, `time_taken`, `other_terms`,
            `too_late_to_pay`.
    """
    booking = _waiting(session, actor, booking_id, now, as_tutor=True)
    if not over_limit_seen and booking.starts_at is not None:
        reached = availability.limit_reached(session, booking, booking.starts_at, now)
        if reached is not None:
            raise Conflict(
                f"This goes over your limit: {reached.words}. Nothing is decided yet. "
                "Approve once more to take it all the same.",
                code=OVER_LIMIT,
            )
    try:
        return keep_for_payment(session, booking, now=now, public_url=public_url)
    except Conflict as error:
        if error.code != claims.TAKEN:
            raise
        raise Conflict(
            "This time cannot be given any more: you or the student are taken then. "
            "Propose other times, or decline.",
            code=claims.TAKEN,
        ) from error


def decline(
    session: Session, actor: Actor, *, booking_id: int, reason: str, now: datetime, public_url: str
) -> None:
    """Say no to a request, with a reason that the student reads.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        booking_id: The request.
        reason: Not empty.
        now: The present moment.
        public_url: Base of the links in mails.

    Raises:
        NotFound: `request_not_found`.
        InvalidInput: There is no reason, or too long a one.
        Conflict: `request_over`, `request_lapsed`.
    """
    reason = _text(reason, LONGEST_REASON, field="reason")
    if not reason:
        raise InvalidInput("Please say in a few words why. The student reads it.", field="reason")
    booking = _waiting(session, actor, booking_id, now, as_tutor=True)
    moves.move(session, booking, SessionStatus.REJECTED, by=Mover.TUTOR, now=now)
    booking.decline_reason = reason
    announce(session, booking, Happening.DECLINED, public_url=public_url, by=actor.person_id, note=reason)


def withdraw(session: Session, actor: Actor, *, booking_id: int, now: datetime, public_url: str) -> None:
    """Take a request back, whether it still waits for an answer or was approved and not paid for.

    Args:
        session: Of a writing transaction.
        actor: The student.
        booking_id: The request.
        now: The present moment.
        public_url: Base of the links in mails.

    Raises:
        NotFound: `request_not_found`.
        Conflict: `request_over`.
    """
    booking = _request(session, actor, booking_id, as_tutor=False)
    if booking.status not in {SessionStatus.PENDING_MENTOR_REVIEW, SessionStatus.HELD}:
        raise _over(booking)
    was_kept = booking.status == SessionStatus.HELD
    moves.move(session, booking, SessionStatus.CANCELLED, by=Mover.STUDENT, now=now)
    booking.payment_status = PaymentStatus.NONE
    booking.cancelled_by = actor.person_id
    session.flush()
    if was_kept:
        credit.let_go(session, booking.id, now)
        claims.release(session, booking.id)
        availability.refresh_next_free(session, booking.tutor_id, now)
    announce(session, booking, Happening.WITHDRAWN, public_url=public_url, by=actor.person_id)


def open_of(session: Session, actor: Actor, *, offering_id: int, now: datetime) -> list[Request]:
    """Return what the student has asked for of an offering and waits for, soonest first."""
    rows = session.exec(
        select(MentorshipSession)
        .where(
            ~col(MentorshipSession.is_offering),
            MentorshipSession.student_id == actor.person_id,
            MentorshipSession.offering_id == offering_id,
            MentorshipSession.status == SessionStatus.PENDING_MENTOR_REVIEW,
            col(MentorshipSession.request_expires_at) > now,
        )
        .order_by(col(MentorshipSession.starts_at))
    )
    return [
        Request(row.id, row.starts_at, row.ends_at, row.request_expires_at)
        for row in rows
        if row.starts_at and row.ends_at and row.request_expires_at
    ]


def _text(text: str, longest: int, *, field: str) -> str:
    text = text.strip()
    if len(text) > longest:
        raise InvalidInput(
            f"Please keep it to {longest} characters; it has {len(text)}.", field=field, code="too_long"
        )
    return text


def _check_own_requests(session: Session, booking: MentorshipSession, now: datetime) -> None:
    mine = (
        ~col(MentorshipSession.is_offering),
        MentorshipSession.student_id == booking.student_id,
        MentorshipSession.status == SessionStatus.PENDING_MENTOR_REVIEW,
        col(MentorshipSession.request_expires_at) > now,
    )
    same = session.exec(
        select(MentorshipSession.id).where(
            *mine,
            MentorshipSession.offering_id == booking.offering_id,
            MentorshipSession.starts_at == booking.starts_at,
        )
    ).first()
    if same is not None:
        raise Conflict(
            "You have asked for this time already. The answer comes by mail and in your sessions.",
            code="already_asked",
        )
    if session.exec(select(func.count()).select_from(MentorshipSession).where(*mine)).one() >= (
        MOST_OPEN_REQUESTS
    ):
        raise Conflict(
            f"{MOST_OPEN_REQUESTS} of your requests wait for an answer already. Withdraw one first.",
            code="too_many_requests",
        )


def _request(session: Session, actor: Actor, booking_id: int, *, as_tutor: bool) -> MentorshipSession:
    """Return a request of the actor's after taking the turns of both people."""
    seen = session.get(MentorshipSession, booking_id)
    is_mine = seen is not None and actor.person_id == (seen.tutor_id if as_tutor else seen.student_id)
    if seen is None or seen.is_offering or seen.booking_mode != BookingMode.REQUEST or not is_mine:
        raise NotFound("We cannot find this request among yours.", code="request_not_found")
    take_turns(session, (seen.tutor_id, seen.student_id))
    session.refresh(seen)
    return seen


def _waiting(
    session: Session, actor: Actor, booking_id: int, now: datetime, *, as_tutor: bool
) -> MentorshipSession:
    """Return a request that can still be answered."""
    booking = _request(session, actor, booking_id, as_tutor=as_tutor)
    if booking.status != SessionStatus.PENDING_MENTOR_REVIEW:
        raise _over(booking)
    if booking.request_expires_at is not None and booking.request_expires_at <= now:
        raise Conflict(
            "The time to answer this request is over. The student was told so.", code="request_lapsed"
        )
    return booking


def _over(booking: MentorshipSession) -> Conflict:
    match SessionStatus(booking.status):
        case SessionStatus.CANCELLED:
            text = "This request was withdrawn."
        case SessionStatus.REJECTED:
            text = "This request was declined."
        case SessionStatus.EXPIRED:
            text = "This request has ended: its time ran out."
        case _:
            text = "This request was approved already."
    return Conflict(f"{text} There is nothing more to do.", code="request_over")
