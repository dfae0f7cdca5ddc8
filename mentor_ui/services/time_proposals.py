"""Times that a tutor proposes instead of the one that was asked for, or booked.

Proposals claim nothing: accepting one does, if the time is still free. They end at a stated moment, and when
the booking changes otherwise.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import Mover, SessionStatus
from mentor_ui.domain.slots import quarter_of, quarter_start
from mentor_ui.models import MentorshipSession, ProposalState, TimeProposal
from mentor_ui.services import availability, changes, claims, requests
from mentor_ui.services.announcements import Happening, announce
from mentor_ui.services.moves import booking_to_change, can_still_change, end_proposals, side_of, times_of
from mentor_ui.services.turns import take_turns

MOST_TIMES = 3
ANSWER_TIME = timedelta(hours=72)
"""How long the student has to choose, unless one of the times comes sooner."""

FARTHEST = timedelta(days=90)
LONGEST_MESSAGE = 500
_NONE_SUITED = "None of the other times suited."


def propose(
    session: Session,
    actor: Actor,
    *,
    booking_id: int,
    starts: Sequence[datetime],
    message: str,
    public_url: str,
    now: datetime,
) -> list[TimeProposal]:
    """Propose other times for a request that waits, or a paid session that lies ahead, as its tutor.

    They take the place of what was proposed before.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        booking_id: Which request or session.
        starts: One to three aware starts, on quarters of an hour, at which the tutor is free and no limit is
            gone over; they may lie outside the hours.
        message: What the student reads; may be empty.
        public_url: Base of the links in mails.
        now: The present moment.

    Raises:
        NotFound: `session_not_found`.
        NotAllowed: `not_the_tutor`.
        InvalidInput: `starts` or `message` cannot be used; the field is named.
        Conflict: `cannot_propose`.
    """
    booking = booking_to_change(session, actor, booking_id)
    if side_of(booking, actor) != Mover.TUTOR:
        raise NotAllowed("Only the tutor of a session proposes times.", code="not_the_tutor")
    if not can_propose(booking, now):
        raise Conflict(
            "Other times can be proposed for a request that waits, or for a paid session before it begins.",
            code="cannot_propose",
        )
    message = message.strip()
    if len(message) > LONGEST_MESSAGE:
        raise InvalidInput(f"Please keep it to {LONGEST_MESSAGE} characters.", field="message")
    times = sorted(set(starts))
    _check_times(session, booking, times, now)
    expires_at = _until(booking, times, now)
    end_proposals(session, booking.id)
    length = timedelta(minutes=booking.duration)
    proposals = [
        TimeProposal(
            session_id=booking.id,
            tutor_id=booking.tutor_id,
            revision=booking.revision,
            starts_at=start,
            ends_at=start + length,
            message=message,
            expires_at=expires_at,
            created_at=now,
        )
        for start in times
    ]
    session.add_all(proposals)
    if booking.status == SessionStatus.PENDING_MENTOR_REVIEW:
        # The tutor has answered: the request waits for the student now.
        booking.request_expires_at = max(booking.request_expires_at or expires_at, expires_at)
        session.add(booking)
    session.flush()
    announce(
        session,
        booking,
        Happening.TIMES_PROPOSED,
        public_url=public_url,
        by=actor.person_id,
        note=message,
        until=expires_at,
        again=str(proposals[0].id),
    )
    return proposals


def can_propose(booking: MentorshipSession, now: datetime) -> bool:
    """Return whether the tutor may propose other times for a booking now."""
    return _is_request(booking, now) or can_still_change(booking, now)


def open_for(session: Session, booking_id: int, now: datetime) -> list[TimeProposal]:
    """Return what a student can still choose for a booking, soonest first."""
    rows = session.exec(
        select(TimeProposal)
        .join(MentorshipSession, col(MentorshipSession.id) == col(TimeProposal.session_id))
        .where(
            TimeProposal.session_id == booking_id,
            TimeProposal.state == ProposalState.OPEN,
            TimeProposal.revision == MentorshipSession.revision,
            col(TimeProposal.expires_at) > now,
        )
        .order_by(col(TimeProposal.starts_at))
    )
    return list(rows)


def accept(session: Session, actor: Actor, *, proposal_id: int, public_url: str, now: datetime) -> None:
    """Choose a proposed time, as the student: a request is kept for paying then, a paid session moves.

    Args:
        session: Of a writing transaction.
        actor: The student.
        proposal_id: Which time.
        public_url: Base of the links in mails.
        now: The present moment.

    Raises:
        NotFound: `proposal_not_found`.
        NotAllowed: `not_the_student`.
        Conflict: `proposal_over`, `over_limit`, `time_taken`, `too_late_to_pay`, `illegal_transition`.
    """
    chosen = session.get(TimeProposal, proposal_id)
    booking = session.get(MentorshipSession, chosen.session_id) if chosen else None
    if chosen is None or booking is None or side_of(booking, actor) is None:
        raise NotFound("We cannot find this proposal among yours.", code="proposal_not_found")
    booking = booking_to_change(session, actor, booking.id)
    _check_is_student(booking, actor)
    if chosen.id not in {proposal.id for proposal in open_for(session, booking.id, now)}:
        raise Conflict("These times are no longer proposed.", code="proposal_over")
    if availability.limit_reached(session, booking, chosen.starts_at, now):
        # The tutor kept the limits when proposing, and took others since.
        raise Conflict(
            "The tutor takes no more sessions around this time: others were booked meanwhile. "
            "Please choose another.",
            code=requests.OVER_LIMIT,
        )
    end_proposals(session, booking.id)
    session.refresh(chosen)
    chosen.state = ProposalState.ACCEPTED
    session.add(chosen)
    if _is_request(booking, now):
        booking.starts_at, booking.ends_at = chosen.starts_at, chosen.ends_at
        booking.revision += 1
        booking.updated_at = now
        session.add(booking)
        session.flush()
        requests.keep_for_payment(session, booking, now=now, public_url=public_url, by=actor.person_id)
        return
    changes.move_time(
        session, booking, starts_at=chosen.starts_at, by=actor.person_id, public_url=public_url, now=now
    )


def decline(session: Session, actor: Actor, *, booking_id: int, public_url: str, now: datetime) -> int:
    """Say that none of the proposed times suits, as the student.

    A request stays as it was asked, and the tutor hears of it. A paid session ends with all of its money on
    its way back, as if the tutor had cancelled it.

    Args:
        session: Of a writing transaction.
        actor: The student.
        booking_id: Which request or session.
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        What goes back to the student, in kobo; 0 for a request.

    Raises:
        NotFound: `session_not_found`.
        NotAllowed: `not_the_student`.
        Conflict: `proposal_over`, `illegal_transition`.
    """
    booking = booking_to_change(session, actor, booking_id)
    _check_is_student(booking, actor)
    proposals = open_for(session, booking.id, now)
    if not proposals:
        raise Conflict("These times are no longer proposed.", code="proposal_over")
    end_proposals(session, booking.id, ProposalState.DECLINED)
    if _is_request(booking, now):
        announce(
            session,
            booking,
            Happening.PROPOSAL_DECLINED,
            public_url=public_url,
            by=actor.person_id,
            again=str(proposals[0].id),
        )
        return 0
    return changes.call_off(
        session,
        booking,
        by=Mover.TUTOR,
        person_id=booking.tutor_id,
        reason=_NONE_SUITED,
        public_url=public_url,
        now=now,
    )


def lapse_unanswered(session: Session, now: datetime, *, public_url: str, limit: int = 200) -> int:
    """End proposals that nobody chose from in time; a paid session simply stays where it is.

    Returns:
        Of how many bookings.
    """
    due = select(TimeProposal.session_id).where(
        TimeProposal.state == ProposalState.OPEN, col(TimeProposal.expires_at) <= now
    )
    found = session.exec(
        select(MentorshipSession)
        .where(col(MentorshipSession.id).in_(due))
        .order_by(col(MentorshipSession.id))
        .limit(limit)
    ).all()
    take_turns(session, {person for row in found for person in (row.tutor_id, row.student_id)})
    ended = 0
    for booking in found:
        session.refresh(booking)
        lapsed = session.exec(
            select(TimeProposal).where(
                TimeProposal.session_id == booking.id,
                TimeProposal.state == ProposalState.OPEN,
                col(TimeProposal.expires_at) <= now,
            )
        ).all()
        for proposal in lapsed:
            proposal.state = ProposalState.EXPIRED
            session.add(proposal)
        if not lapsed:
            continue
        ended += 1
        if can_still_change(booking, now) and lapsed[0].revision == booking.revision:
            announce(
                session,
                booking,
                Happening.PROPOSAL_LAPSED,
                public_url=public_url,
                again=str(lapsed[0].id),
            )
    return ended


def _is_request(booking: MentorshipSession, now: datetime) -> bool:
    waits = booking.request_expires_at is None or booking.request_expires_at > now
    return booking.status == SessionStatus.PENDING_MENTOR_REVIEW and waits


def _check_is_student(booking: MentorshipSession, actor: Actor) -> None:
    if side_of(booking, actor) != Mover.STUDENT:
        raise NotAllowed("Only the student of a session answers proposed times.", code="not_the_student")


def _until(booking: MentorshipSession, times: Sequence[datetime], now: datetime) -> datetime:
    nearest = [times[0]]
    if booking.status == SessionStatus.SCHEDULED:
        nearest.append(times_of(booking)[0])
    else:
        # Whoever accepts has to pay before the start as well.
        nearest = [times[0] - requests.PAY_MARGIN - requests.SHORTEST_PAY_TIME]
    return min(now + ANSWER_TIME, *nearest)


def _check_times(
    session: Session, booking: MentorshipSession, times: Sequence[datetime], now: datetime
) -> None:
    def refuse(message: str) -> InvalidInput:
        return InvalidInput(message, field="starts")

    if not 1 <= len(times) <= MOST_TIMES:
        raise refuse(f"Choose one to {MOST_TIMES} times.")
    if any(quarter_start(quarter_of(start)) != start for start in times):
        raise refuse("Times begin on a quarter of an hour.")
    if times[0] <= now or times[-1] > now + FARTHEST:
        raise refuse("Choose times that lie ahead, within 90 days.")
    if booking.starts_at in times:
        raise refuse("This is the present time. Choose others.")
    if _until(booking, times, now) <= now:
        raise refuse("The first time is too near for the student to answer. Choose later ones.")
    probes = [
        MentorshipSession(
            id=booking.id,
            tutor_id=booking.tutor_id,
            student_id=booking.student_id,
            title=booking.title,
            duration=booking.duration,
            price_kobo=booking.price_kobo,
            buffer_before_minutes=booking.buffer_before_minutes,
            buffer_after_minutes=booking.buffer_after_minutes,
            starts_at=start,
            ends_at=start + timedelta(minutes=booking.duration),
        )
        for start in times
    ]
    if any(claims.is_taken(session, probe, now) for probe in probes):
        raise refuse("One of you has another session at one of these times. Choose others.")
    for start in times:
        reached = availability.limit_reached(session, booking, start, now)
        if reached is not None:
            raise refuse(f"One of these times goes over your limit: {reached.words}. Choose others.")
