"""What became of a session: by its meeting, by the tutor's word, by the student's objection and a ruling."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from mentor_ui.domain.attendance import Verdict
from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import CONTEST_WITHIN, MARK_WITHIN, Mover, SessionStatus
from mentor_ui.models import AttendanceKind, MentorshipSession, Person, RefundOrigin
from mentor_ui.services import attendance, audit, claims, followups, package_uses, refunds
from mentor_ui.services.announcements import Happening, announce
from mentor_ui.services.moves import booking_to_change, can_move, move, own_booking, side_of, times_of
from mentor_ui.services.turns import take_turns

SHORTEST_REASON = 10
LONGEST_REASON = 500
MOST_CONTESTED = 50

MARKS = frozenset({SessionStatus.COMPLETED, SessionStatus.NO_SHOW})
"""What a tutor can say of a session."""

_HELD_OR_MISSED = (SessionStatus.COMPLETED, SessionStatus.NO_SHOW)


class Ruling(StrEnum):
    """What an operator decides about a contested session."""

    HELD = "HELD"
    MISSED = "MISSED"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True, slots=True)
class VerdictTerms:
    """What one of the two may still say about a session.

    Attributes:
        may_mark: Whether the reader is its tutor and may say what became of it.
        mark_until: UTC; the end of that.
        may_contest: Whether the reader is its student and may disagree.
        contest_until: UTC; the end of that.
        contested: Whether the student disagreed.
        ruling: What was decided about it; None before.
    """

    may_mark: bool
    mark_until: datetime
    may_contest: bool
    contest_until: datetime
    contested: bool
    ruling: Ruling | None


@dataclass(frozen=True, slots=True)
class Contested:
    """A session that waits for an operator's ruling.

    Attributes:
        status: As it stands by the clock or the tutor's mark.
        paid_kobo: What the student would get back.
        proposed: What all that was seen says; None when nothing was.
        seen: What was seen of it, oldest first: when, what, by whom where that is known, and details; signs
            of life of open pages are left out.
    """

    id: int
    title: str
    tutor_name: str
    student_name: str
    starts_at: datetime
    ends_at: datetime
    paid_kobo: int
    status: SessionStatus
    marked: bool
    reason: str
    contested_at: datetime
    proposed: Verdict | None
    seen: tuple[tuple[datetime, AttendanceKind, str, str], ...]


def begin_by_meeting(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    """Let a paid session begin because its meeting did; return whether that changed anything.

    A meeting opened long before, or after the end, begins nothing.

    Args:
        session: Of a writing transaction.
        booking: Which session.
        now: When the meeting began.
    """
    return _by_meeting(session, booking, SessionStatus.IN_PROGRESS, now)


def end_by_meeting(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    """Let a running session end because its meeting did; return whether that changed anything.

    A meeting that ends well before the set end ends nothing, since people come back after a lost connection.

    Args:
        session: Of a writing transaction.
        booking: Which session.
        now: When the meeting ended.
    """
    ended = _by_meeting(session, booking, SessionStatus.COMPLETED, now)
    if ended:
        claims.release(session, booking.id)
    return ended


def _by_meeting(session: Session, booking: MentorshipSession, target: SessionStatus, now: datetime) -> bool:
    session.refresh(booking, with_for_update={"key_share": True})
    if not can_move(booking, target, by=Mover.MEETING, now=now):
        return False
    move(session, booking, target, by=Mover.MEETING, now=now)
    return True


def terms(session: Session, actor: Actor, *, booking_id: int, now: datetime) -> VerdictTerms:
    """Return what the actor may still say about a session.

    Raises:
        NotFound: `session_not_found`.
    """
    booking = own_booking(session, actor, booking_id)
    side, (_, ends_at) = side_of(booking, actor), times_of(booking)
    contested = booking.contested_at is not None
    settled = contested or not refunds.can_be_contested(session, booking)
    return VerdictTerms(
        may_mark=side == Mover.TUTOR and not settled and _can_be_marked(booking, now),
        mark_until=ends_at + MARK_WITHIN,
        may_contest=side == Mover.STUDENT and not settled and _can_be_contested(booking, now),
        contest_until=ends_at + CONTEST_WITHIN,
        contested=contested,
        ruling=Ruling(booking.contest_outcome) if booking.contest_outcome else None,
    )


def _can_be_marked(booking: MentorshipSession, now: datetime) -> bool:
    return any(can_move(booking, mark, by=Mover.TUTOR, now=now) for mark in MARKS)


def _can_be_contested(booking: MentorshipSession, now: datetime) -> bool:
    _, ends_at = times_of(booking)
    return booking.status in MARKS and now < ends_at + CONTEST_WITHIN


def mark(
    session: Session, actor: Actor, *, booking_id: int, verdict: SessionStatus, public_url: str, now: datetime
) -> None:
    """Say as the tutor, within a day of the end, that a session was held or that the student did not come.

    The tutor may think again within that day. Saying the same twice changes nothing.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        booking_id: Which session.
        verdict: `COMPLETED` or `NO_SHOW`.
        public_url: Base of the links in mails.
        now: The present moment.

    Raises:
        NotFound: `session_not_found`.
        NotAllowed: `not_the_tutor`.
        InvalidInput: `verdict` is something else.
        Conflict: `contested`, `illegal_transition`.
    """
    if verdict not in MARKS:
        raise InvalidInput("A session is marked as completed or as a no-show.", field="verdict")
    booking = booking_to_change(session, actor, booking_id)
    if side_of(booking, actor) != Mover.TUTOR:
        raise NotAllowed("Only its tutor says what became of a session.", code="not_the_tutor")
    if booking.contested_at is not None:
        raise Conflict("The student disagreed, so we look at it. We tell you both.", code="contested")
    if booking.status == verdict and booking.marked_at is not None:
        return
    if booking.status != verdict:
        move(session, booking, verdict, by=Mover.TUTOR, now=now)
    elif not _can_be_marked(booking, now):
        raise Conflict("The time to do this is over.", code="illegal_transition")
    booking.marked_at = booking.updated_at = now
    session.add(booking)
    claims.release(session, booking.id)
    attendance.record(
        session,
        booking,
        AttendanceKind.MARKED,
        source="person",
        key=f"marked-{booking.id}-{now.isoformat()}",
        happened_at=now,
        person_id=actor.person_id,
        detail="Completed" if verdict == SessionStatus.COMPLETED else "No-show",
    )
    if verdict == SessionStatus.NO_SHOW:
        _, ends_at = times_of(booking)
        announce(
            session,
            booking,
            Happening.MARKED_NO_SHOW,
            public_url=public_url,
            by=actor.person_id,
            until=ends_at + CONTEST_WITHIN,
            again=now.isoformat(),
        )


def contest(
    session: Session, actor: Actor, *, booking_id: int, reason: str, public_url: str, now: datetime
) -> None:
    """Disagree as the student, within three days of the end, with what became of a session.

    Args:
        session: Of a writing transaction.
        actor: The student.
        booking_id: Which session.
        reason: What happened, in the student's words.
        public_url: Base of the links in mails.
        now: The present moment.

    Raises:
        NotFound: `session_not_found`.
        NotAllowed: `not_the_student`.
        InvalidInput: The reason is too short or too long.
        Conflict: `cannot_contest`.
    """
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput("Please say in a sentence what happened, so that we can judge.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Please keep it to {LONGEST_REASON} characters.", field="reason")
    booking = booking_to_change(session, actor, booking_id)
    if side_of(booking, actor) != Mover.STUDENT:
        raise NotAllowed("Only its student disagrees with what became of a session.", code="not_the_student")
    if booking.contested_at is not None:
        raise Conflict("You told us already. We look at it and tell you both.", code="cannot_contest")
    if not refunds.can_be_contested(session, booking) or not _can_be_contested(booking, now):
        raise Conflict(
            "This is possible within three days of the end of a paid session.", code="cannot_contest"
        )
    booking.contested_at = booking.updated_at = now
    booking.contest_reason = reason
    session.add(booking)
    attendance.record(
        session,
        booking,
        AttendanceKind.CONTESTED,
        source="person",
        key=f"contested-{booking.id}",
        happened_at=now,
        person_id=actor.person_id,
        detail=reason,
    )
    announce(session, booking, Happening.CONTESTED, public_url=public_url, by=actor.person_id, note=reason)


def contested(
    session: Session, actor: Actor, *, now: datetime, limit: int = MOST_CONTESTED
) -> tuple[Contested, ...]:
    """Return the sessions that wait for a ruling, the longest waiting first.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    audit.check_operator(actor)
    booking, tutor, student = MentorshipSession, aliased(Person), aliased(Person)
    rows = session.exec(
        select(booking, tutor.name, student.name)
        .join(tutor, col(tutor.id) == col(booking.tutor_id))
        .join(student, col(student.id) == col(booking.student_id))
        .where(
            ~col(booking.is_offering),
            col(booking.status).in_(_HELD_OR_MISSED),
            col(booking.contested_at).is_not(None),
            booking.contest_outcome == "",
        )
        .order_by(col(booking.contested_at), col(booking.id))
        .limit(limit)
    ).all()
    return tuple(
        _contested(session, row, {row.tutor_id: tutor_name, row.student_id: student_name}, now)
        for row, tutor_name, student_name in rows
    )


def _contested(
    session: Session, booking: MentorshipSession, names: Mapping[int, str], now: datetime
) -> Contested:
    starts_at, ends_at = times_of(booking)
    proposal = attendance.proposed_verdict(session, booking, now)
    return Contested(
        id=booking.id,
        title=booking.title,
        tutor_name=names[booking.tutor_id],
        student_name=names[booking.student_id],
        starts_at=starts_at,
        ends_at=ends_at,
        paid_kobo=refunds.left_kobo(session, booking),
        status=SessionStatus(booking.status),
        marked=booking.marked_at is not None,
        reason=booking.contest_reason,
        contested_at=booking.contested_at or ends_at,
        proposed=proposal.verdict if proposal else None,
        seen=tuple(
            (event.happened_at, AttendanceKind(event.kind), names.get(event.person_id or 0, ""), event.detail)
            for event in attendance.timeline(session, booking.id)
            if event.kind != AttendanceKind.HEARTBEAT
        ),
    )


def rule(
    session: Session, actor: Actor, *, booking_id: int, ruling: Ruling, public_url: str, now: datetime
) -> int:
    """Decide about a contested session, once and for both.

    Args:
        session: Of a writing transaction.
        actor: An operator.
        booking_id: Which session.
        ruling: It was held, the student missed it, or the student gets everything back.
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        What goes back to the student, in kobo.

    Raises:
        NotAllowed: The actor does not run the platform.
        NotFound: `session_not_found`.
        Conflict: `not_contested`: it is not, or it was decided already.
    """
    audit.check_operator(actor)
    booking = session.get(MentorshipSession, booking_id)
    if booking is None or booking.is_offering:
        raise NotFound("There is no such session.", code="session_not_found")
    take_turns(session, (booking.tutor_id, booking.student_id))
    session.refresh(booking, with_for_update={"key_share": True})
    if booking.contested_at is None or booking.contest_outcome or booking.status not in MARKS:
        raise Conflict("There is nothing to decide about this session any more.", code="not_contested")
    target = {
        Ruling.HELD: SessionStatus.COMPLETED,
        Ruling.MISSED: SessionStatus.NO_SHOW,
        Ruling.REFUNDED: SessionStatus.CANCELLED,
    }[ruling]
    if booking.status != target:
        move(session, booking, target, by=Mover.OPERATOR, now=now)
    booking.contest_outcome = ruling
    booking.updated_at = now
    session.add(booking)
    refund_kobo = 0
    if ruling == Ruling.REFUNDED:
        # Calendars hear of it as of any other session that is off.
        booking.revision += 1
        refund_kobo = refunds.give_back(
            session,
            booking,
            of_price_kobo=booking.price_kobo,
            reason="we looked at the session and decided so.",
            now=now,
            origin=RefundOrigin.RULING,
            asked_by=actor.person_id,
        )
        package_uses.give_time(session, booking, now)
        followups.after_change(session, booking, now)
    words = _words(ruling, refund_kobo, of_package=booking.purchase_id is not None)
    attendance.record(
        session,
        booking,
        AttendanceKind.RULED,
        source="person",
        key=f"ruled-{booking.id}",
        happened_at=now,
        detail=words,
    )
    audit.note(session, actor, "rule", subject=f"session {booking.id}", detail=words, now=now)
    announce(session, booking, Happening.RULED, public_url=public_url, note=words, refund_kobo=refund_kobo)
    return refund_kobo


def _words(ruling: Ruling, refund_kobo: int, *, of_package: bool) -> str:
    match ruling:
        case Ruling.HELD:
            return "It was held, and nothing is refunded."
        case Ruling.MISSED:
            return "The student missed it, and nothing is refunded."
        case Ruling.REFUNDED if of_package:
            return "The session counts as unused in the student's package again."
        case Ruling.REFUNDED:
            return f"The student gets {show_naira(refund_kobo)} back in full."
