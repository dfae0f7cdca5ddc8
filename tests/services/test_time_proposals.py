"""Times that a tutor proposes: for a request and for a paid session, chosen, declined, lapsed, overtaken."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, ProposalState, TimeProposal, TutorRules
from mentor_ui.services import bookings, requests, time_proposals
from tests.paid import booking_in, books, buy, refunds_of
from tests.services.test_bookings import refusal, take
from tests.services.test_changes import cancel, claimed, reschedule, told
from tests.services.test_lock_order import side_by_side
from tests.world import FREE_TIME, NOON, Pair, make_offering, make_pair, make_person

URL = "http://localhost:3000"
HOUR = timedelta(hours=1)
TIMES = [FREE_TIME + timedelta(days=days) for days in (2, 3, 4)]


def propose(
    database: Database,
    actor: Actor,
    booking_id: int,
    starts: Sequence[datetime] = TIMES,
    now: datetime = NOON,
) -> list[int]:
    with database.transaction() as session:
        made = time_proposals.propose(
            session, actor, booking_id=booking_id, starts=starts, message="Sorry.", public_url=URL, now=now
        )
        return [proposal.id for proposal in made]


def accept(database: Database, actor: Actor, proposal_id: int, now: datetime = NOON) -> None:
    with database.transaction() as session:
        time_proposals.accept(session, actor, proposal_id=proposal_id, public_url=URL, now=now)


def decline(database: Database, actor: Actor, booking_id: int, now: datetime = NOON) -> int:
    with database.transaction() as session:
        return time_proposals.decline(session, actor, booking_id=booking_id, public_url=URL, now=now)


def ask(database: Database, pair: Pair, starts_at: datetime = FREE_TIME) -> int:
    with database.transaction() as session:
        session.get_one(MentorshipSession, pair.offering_id).booking_mode = BookingMode.REQUEST
    with database.transaction() as session:
        return requests.ask(
            session,
            pair.student,
            offering_id=pair.offering_id,
            starts_at=starts_at,
            message="May I?",
            price_seen_kobo=pair.price_kobo,
            now=NOON,
            public_url=URL,
        ).booking_id


def states(database: Database, booking_id: int) -> list[str]:
    with database.reading() as session:
        return list(
            session.exec(
                select(TimeProposal.state)
                .where(TimeProposal.session_id == booking_id)
                .order_by(col(TimeProposal.starts_at), col(TimeProposal.id))
            )
        )


def open_count(database: Database, booking_id: int, now: datetime = NOON) -> int:
    with database.reading() as session:
        return len(time_proposals.open_for(session, booking_id, now))


def test_a_student_chooses_a_time_for_a_request_and_can_pay_for_it(database: Database) -> None:
    pair = make_pair(database)
    booking_id = ask(database, pair)
    proposals = propose(database, pair.tutor, booking_id)
    assert told(database, "times_proposed") == 1
    assert claimed(database, booking_id) == []
    accept(database, pair.student, proposals[1])
    booking = booking_in(database, booking_id)
    assert (booking.status, booking.starts_at) == (SessionStatus.HELD, TIMES[1])
    assert booking.hold_expires_at == NOON + requests.PAY_TIME
    assert len(claimed(database, booking_id)) == 8
    assert states(database, booking_id) == [
        ProposalState.WITHDRAWN,
        ProposalState.ACCEPTED,
        ProposalState.WITHDRAWN,
    ]


def test_a_request_waits_for_the_student_while_times_are_proposed(database: Database) -> None:
    pair = make_pair(database)
    booking_id = ask(database, pair, TIMES[0] - HOUR)
    before = booking_in(database, booking_id).request_expires_at
    assert before is not None
    propose(database, pair.tutor, booking_id, now=before - HOUR)
    after = booking_in(database, booking_id).request_expires_at
    assert after is not None
    assert after > before


def test_a_student_whom_no_time_suits_leaves_a_request_as_it_was(database: Database) -> None:
    pair = make_pair(database)
    booking_id = ask(database, pair)
    for times in range(1, 3):
        propose(database, pair.tutor, booking_id)
        assert decline(database, pair.student, booking_id) == 0
        assert (told(database, "times_proposed"), told(database, "proposal_declined")) == (times, times)
    booking = booking_in(database, booking_id)
    assert (booking.status, booking.starts_at) == (SessionStatus.PENDING_MENTOR_REVIEW, FREE_TIME)
    assert refusal(lambda: decline(database, pair.student, booking_id)) == "proposal_over"


def test_a_student_chooses_a_time_for_a_paid_session_and_it_moves(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    proposals = propose(database, pair.tutor, booking_id)
    accept(database, pair.student, proposals[0])
    booking = booking_in(database, booking_id)
    assert (booking.status, booking.starts_at, booking.revision) == (SessionStatus.SCHEDULED, TIMES[0], 1)
    assert booking.reschedules == 0, "a move that the tutor asked for counts for nobody"
    assert told(database, "rescheduled") == 2
    assert open_count(database, booking_id) == 0
    assert refusal(lambda: accept(database, pair.student, proposals[1])) == "proposal_over"


def test_a_student_whom_no_time_suits_gets_all_the_money_of_a_paid_session_back(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    late = FREE_TIME - HOUR
    propose(database, pair.tutor, booking_id, now=late)
    assert decline(database, pair.student, booking_id, late) == 500_000
    booking = booking_in(database, booking_id)
    assert (booking.status, booking.payment_status) == (SessionStatus.CANCELLED, PaymentStatus.REFUNDING)
    assert booking.cancelled_by == pair.tutor.person_id
    assert [refund.amount_kobo for refund in refunds_of(database, booking_id)] == [500_000]
    assert books(database, pair).tutor == 0
    assert states(database, booking_id) == [ProposalState.DECLINED] * 3


def test_when_nobody_chooses_a_paid_session_stays_where_it_is(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, TIMES[0] + timedelta(days=5), now=NOON)
    propose(database, pair.tutor, booking_id)
    end = NOON + time_proposals.ANSWER_TIME
    assert FREE_TIME + timedelta(days=2) == end
    assert (open_count(database, booking_id, end - HOUR), open_count(database, booking_id, end)) == (3, 0)
    for expected in (1, 0):
        with database.transaction() as session:
            assert time_proposals.lapse_unanswered(session, end, public_url=URL) == expected
    assert states(database, booking_id) == [ProposalState.EXPIRED] * 3
    assert booking_in(database, booking_id).status == SessionStatus.SCHEDULED
    assert told(database, "proposal_lapsed") == 2
    assert refusal(lambda: decline(database, pair.student, booking_id, end)) == "proposal_over"


def test_proposals_for_a_paid_session_end_with_its_start(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    propose(database, pair.tutor, booking_id)
    assert (
        open_count(database, booking_id, FREE_TIME - HOUR),
        open_count(database, booking_id, FREE_TIME),
    ) == (
        3,
        0,
    )


def test_any_other_change_ends_what_was_proposed(database: Database) -> None:
    moved, cancelled, approved = make_pair(database), make_pair(database), make_pair(database)
    one = buy(database, moved, FREE_TIME, now=NOON)
    other = buy(database, cancelled, FREE_TIME, now=NOON)
    asked = ask(database, approved)
    for pair, booking_id in ((moved, one), (cancelled, other), (approved, asked)):
        propose(database, pair.tutor, booking_id)
    reschedule(database, moved.student, one, FREE_TIME + timedelta(days=1))
    cancel(database, cancelled.student, other, 500_000)
    with database.transaction() as session:
        requests.approve(session, approved.tutor, booking_id=asked, now=NOON, public_url=URL)
    for booking_id in (one, other, asked):
        assert states(database, booking_id) == [ProposalState.WITHDRAWN] * 3
        assert open_count(database, booking_id) == 0


def test_proposing_anew_takes_the_place_of_what_was_proposed(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    old = propose(database, pair.tutor, booking_id)
    propose(database, pair.tutor, booking_id, [TIMES[0] + HOUR])
    assert open_count(database, booking_id) == 1
    assert refusal(lambda: accept(database, pair.student, old[0])) == "proposal_over"


@pytest.mark.parametrize(
    "starts",
    [
        [],
        [FREE_TIME + timedelta(hours=hours) for hours in range(1, 5)],
        [FREE_TIME],
        [NOON - HOUR],
        [NOON + timedelta(days=91)],
        [FREE_TIME + timedelta(minutes=7)],
    ],
)
def test_times_that_nobody_could_choose_are_refused(database: Database, starts: list[datetime]) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    assert refusal(lambda: propose(database, pair.tutor, booking_id, starts)) == "invalid_input"


def test_a_time_at_which_one_of_the_two_is_taken_is_refused_then_and_when_chosen(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    proposals = propose(database, pair.tutor, booking_id)
    take(database, make_person(database, Role.STUDENT), pair.offering_id, starts_at=TIMES[0])
    assert refusal(lambda: accept(database, pair.student, proposals[0])) == "time_taken"
    assert booking_in(database, booking_id).starts_at == FREE_TIME
    assert open_count(database, booking_id) == 3, "the others can still be chosen"
    assert refusal(lambda: propose(database, pair.tutor, booking_id)) == "invalid_input"


def test_limits_are_kept_when_times_are_proposed_and_when_one_is_chosen(database: Database) -> None:
    pair = make_pair(database)
    offering = make_offering(database, pair.tutor)
    asked, paid = ask(database, pair), buy(database, pair, FREE_TIME + 3 * HOUR, now=NOON)
    with database.transaction() as session:
        session.add(TutorRules(tutor_id=pair.tutor.person_id, most_sessions_day=1))
    same_day = FREE_TIME + 6 * HOUR
    assert refusal(lambda: propose(database, pair.tutor, asked, [same_day])) == "invalid_input"
    # What is moved does not count where it stands.
    propose(database, pair.tutor, paid, [same_day])
    for booking_id in (asked, paid):
        proposals = propose(database, pair.tutor, booking_id)
        take(database, make_person(database, Role.STUDENT), offering, starts_at=TIMES[0] + 5 * HOUR)
        assert refusal(lambda: accept(database, pair.student, proposals[0])) == requests.OVER_LIMIT  # noqa: B023
        assert open_count(database, booking_id) == 3
        with database.transaction() as session:
            bookings.lapse_expired(session, NOON + HOUR)
    accept(database, pair.student, proposals[1])
    assert booking_in(database, paid).starts_at == TIMES[1]


def test_only_the_tutor_proposes_and_only_the_student_answers(database: Database) -> None:
    pair = make_pair(database)
    stranger = make_person(database, Role.TUTOR)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    assert refusal(lambda: propose(database, pair.student, booking_id)) == "not_the_tutor"
    assert refusal(lambda: propose(database, stranger, booking_id)) == "session_not_found"
    proposals = propose(database, pair.tutor, booking_id)
    assert refusal(lambda: accept(database, pair.tutor, proposals[0])) == "not_the_student"
    assert refusal(lambda: accept(database, stranger, proposals[0])) == "proposal_not_found"
    assert refusal(lambda: accept(database, pair.student, 1)) == "proposal_not_found"
    assert refusal(lambda: decline(database, pair.tutor, booking_id)) == "not_the_student"
    assert refusal(lambda: decline(database, stranger, booking_id)) == "session_not_found"


@pytest.mark.parametrize(
    "status",
    [SessionStatus.HELD, SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED, SessionStatus.CANCELLED],
)
def test_nothing_is_proposed_for_what_cannot_move(database: Database, status: SessionStatus) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    with database.transaction() as session:
        session.get_one(MentorshipSession, booking_id).status = status
    assert refusal(lambda: propose(database, pair.tutor, booking_id)) == "cannot_propose"


def test_choosing_and_declining_at_once_have_one_outcome(database: Database) -> None:
    for _ in range(10):
        pair = make_pair(database)
        booking_id = buy(database, pair, FREE_TIME, now=NOON)
        proposals = propose(database, pair.tutor, booking_id)
        assert not side_by_side(
            partial(accept, database, pair.student, proposals[0]),
            partial(accept, database, pair.student, proposals[1]),
            partial(decline, database, pair.student, booking_id),
        )
        booking = booking_in(database, booking_id)
        if booking.status == SessionStatus.CANCELLED:
            assert (booking.starts_at, len(refunds_of(database, booking_id))) == (FREE_TIME, 1)
        else:
            assert booking.starts_at in TIMES[:2]
            assert refunds_of(database, booking_id) == []
        assert booking.revision == 1
        books(database, pair)
