"""What became of a session: meeting and clock, the tutor's mark, the student's objection, the ruling."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import (
    CONTEST_WITHIN,
    MARK_WITHIN,
    MEETING_EARLY,
    PaymentStatus,
    SessionStatus,
)
from mentor_ui.models import AttendanceKind, MentorshipSession
from mentor_ui.services import attendance, bookings, verdicts
from mentor_ui.services.verdicts import Ruling
from tests.paid import booking_in, books, buy, refunds_of
from tests.services.test_bookings import refusal
from tests.services.test_changes import claimed, told
from tests.services.test_lock_order import side_by_side
from tests.world import FREE_TIME, NOON, Pair, make_pair, make_person

URL = "http://localhost:3000"
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
START, END = FREE_TIME, FREE_TIME + HOUR
COMPLETED, NO_SHOW = SessionStatus.COMPLETED, SessionStatus.NO_SHOW
REASON = "I waited for half an hour and nobody came."


def mark(
    database: Database, actor: Actor, booking_id: int, verdict: SessionStatus = NO_SHOW, now: datetime = END
) -> None:
    with database.transaction() as session:
        verdicts.mark(session, actor, booking_id=booking_id, verdict=verdict, public_url=URL, now=now)


def contest(
    database: Database, actor: Actor, booking_id: int, now: datetime = END + HOUR, reason: str = REASON
) -> None:
    with database.transaction() as session:
        verdicts.contest(session, actor, booking_id=booking_id, reason=reason, public_url=URL, now=now)


def rule(database: Database, actor: Actor, booking_id: int, ruling: Ruling) -> int:
    with database.transaction() as session:
        return verdicts.rule(
            session, actor, booking_id=booking_id, ruling=ruling, public_url=URL, now=END + 2 * HOUR
        )


def by_meeting(database: Database, booking_id: int, now: datetime, *, begins: bool) -> bool:
    act = verdicts.begin_by_meeting if begins else verdicts.end_by_meeting
    with database.transaction() as session:
        return act(session, session.get_one(MentorshipSession, booking_id), now)


def clock(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        bookings.advance_clock(session, now)


def over(database: Database) -> tuple[Pair, int]:
    """A session that the clock has ended."""
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOON)
    clock(database, END)
    return pair, booking_id


def kinds(database: Database, booking_id: int) -> list[str]:
    with database.reading() as session:
        return [event.kind for event in attendance.timeline(session, booking_id)]


def test_a_meeting_begins_and_ends_a_session(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOON)
    early = START - MEETING_EARLY
    moments = [by_meeting(database, booking_id, at, begins=True) for at in (early - TICK, early, early)]
    assert moments == [False, True, False]
    assert booking_in(database, booking_id).status == SessionStatus.IN_PROGRESS
    near = END - MEETING_EARLY
    moments = [by_meeting(database, booking_id, at, begins=False) for at in (near - TICK, near, near)]
    assert moments == [False, True, False]
    assert booking_in(database, booking_id).status == COMPLETED
    assert claimed(database, booking_id) == []


def test_clock_and_meeting_agree_in_whatever_order_they_come(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOON)
    for at in (START, END):
        assert not side_by_side(
            partial(clock, database, at),
            partial(by_meeting, database, booking_id, at, begins=at == START),
            partial(clock, database, at),
        )
    clock(database, END)
    assert booking_in(database, booking_id).status == COMPLETED


def test_a_cancelled_session_begins_by_nothing(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOON)
    with database.transaction() as session:
        session.get_one(MentorshipSession, booking_id).status = SessionStatus.CANCELLED
    assert not by_meeting(database, booking_id, START, begins=True)
    clock(database, END)
    assert booking_in(database, booking_id).status == SessionStatus.CANCELLED


def test_a_tutor_marks_within_a_day_of_the_end_to_the_moment(database: Database) -> None:
    pair, booking_id = over(database)
    last = END + MARK_WITHIN
    assert refusal(lambda: mark(database, pair.tutor, booking_id, now=last)) == "illegal_transition"
    assert refusal(lambda: mark(database, pair.tutor, booking_id, COMPLETED, last)) == "illegal_transition"
    mark(database, pair.tutor, booking_id, now=last - TICK)
    booking = booking_in(database, booking_id)
    assert (booking.status, booking.marked_at) == (NO_SHOW, last - TICK)
    assert kinds(database, booking_id) == [AttendanceKind.MARKED]
    assert told(database, "marked_no_show") == 1


@pytest.mark.parametrize("verdict", [COMPLETED, NO_SHOW])
def test_a_mark_need_not_wait_for_the_clock_but_for_the_end(
    database: Database, verdict: SessionStatus
) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOON)
    early = refusal(lambda: mark(database, pair.tutor, booking_id, verdict, END - TICK))
    assert early == "illegal_transition"
    mark(database, pair.tutor, booking_id, verdict)
    assert booking_in(database, booking_id).status == verdict
    assert claimed(database, booking_id) == []


def test_a_tutor_may_think_again_and_saying_it_twice_is_saying_it_once(database: Database) -> None:
    pair, booking_id = over(database)
    for verdict in (NO_SHOW, NO_SHOW, COMPLETED, COMPLETED):
        mark(database, pair.tutor, booking_id, verdict, END + HOUR)
    assert booking_in(database, booking_id).status == COMPLETED
    assert told(database, "marked_no_show") == 1


def test_who_may_say_what(database: Database) -> None:
    pair, booking_id = over(database)
    stranger, admin = make_person(database, Role.TUTOR), make_person(database, Role.ADMIN)
    assert refusal(lambda: mark(database, pair.student, booking_id)) == "not_the_tutor"
    assert refusal(lambda: mark(database, stranger, booking_id)) == "session_not_found"
    assert refusal(lambda: mark(database, pair.tutor, booking_id, SessionStatus.CANCELLED)) == "invalid_input"
    assert refusal(lambda: contest(database, pair.tutor, booking_id)) == "not_the_student"
    assert refusal(lambda: contest(database, stranger, booking_id)) == "session_not_found"
    assert refusal(lambda: contest(database, pair.student, booking_id, reason="no")) == "invalid_input"
    assert refusal(lambda: rule(database, admin, booking_id, Ruling.HELD)) == "not_contested"
    contest(database, pair.student, booking_id)
    for actor in (pair.tutor, pair.student, stranger):
        assert refusal(partial(rule, database, actor, booking_id, Ruling.REFUNDED)) == "not_allowed"
        with database.reading() as session:
            assert refusal(partial(verdicts.contested, session, actor, now=END)) == "not_allowed"
    assert refusal(lambda: rule(database, admin, pair.offering_id, Ruling.HELD)) == "session_not_found"


def test_a_student_contests_within_three_days_once(database: Database) -> None:
    pair, booking_id = over(database)
    last = END + CONTEST_WITHIN
    assert refusal(lambda: contest(database, pair.student, booking_id, last)) == "cannot_contest"
    contest(database, pair.student, booking_id, last - TICK)
    assert refusal(lambda: contest(database, pair.student, booking_id)) == "cannot_contest"
    assert refusal(lambda: mark(database, pair.tutor, booking_id)) == "contested"
    assert told(database, "contested") == 2
    assert kinds(database, booking_id) == [AttendanceKind.CONTESTED]


def test_what_each_side_may_still_say_is_told(database: Database) -> None:
    pair, booking_id = over(database)

    def seen(actor: Actor, now: datetime = END) -> tuple[bool, bool]:
        with database.reading() as session:
            found = verdicts.terms(session, actor, booking_id=booking_id, now=now)
        return found.may_mark, found.may_contest

    assert (seen(pair.tutor), seen(pair.student)) == ((True, False), (False, True))
    assert seen(pair.tutor, END + MARK_WITHIN) == (False, False)
    assert seen(pair.student, END + CONTEST_WITHIN) == (False, False)
    contest(database, pair.student, booking_id)
    assert (seen(pair.tutor), seen(pair.student)) == ((False, False), (False, False))


@pytest.mark.parametrize(
    ("ruling", "status", "refund_kobo"),
    [
        (Ruling.HELD, COMPLETED, 0),
        (Ruling.MISSED, NO_SHOW, 0),
        (Ruling.REFUNDED, SessionStatus.CANCELLED, 500_000),
    ],
)
@pytest.mark.parametrize("marked", [COMPLETED, NO_SHOW])
def test_an_operator_rules_once_and_both_are_told(
    database: Database, ruling: Ruling, status: SessionStatus, refund_kobo: int, marked: SessionStatus
) -> None:
    pair, booking_id = over(database)
    admin = make_person(database, Role.ADMIN)
    mark(database, pair.tutor, booking_id, marked)
    contest(database, pair.student, booking_id)
    with database.reading() as session:
        (case,) = verdicts.contested(session, admin, now=END + 2 * HOUR)
    assert (case.id, case.status, case.reason, case.marked) == (booking_id, marked, REASON, True)
    assert case.paid_kobo == 500_000
    assert [kind for _, kind, _, _ in case.seen] == [AttendanceKind.MARKED, AttendanceKind.CONTESTED]
    assert rule(database, admin, booking_id, ruling) == refund_kobo
    booking = booking_in(database, booking_id)
    assert (booking.status, booking.contest_outcome) == (status, ruling)
    paid = PaymentStatus.REFUNDING if refund_kobo else PaymentStatus.PAID
    assert booking.payment_status == paid
    found = books(database, pair)
    assert (found.tutor, found.owed_back) == (0 if refund_kobo else 350_000, refund_kobo)
    assert told(database, "ruled") == 2
    assert kinds(database, booking_id)[-1] == AttendanceKind.RULED
    assert refusal(lambda: rule(database, admin, booking_id, Ruling.REFUNDED)) == "not_contested"
    with database.reading() as session:
        assert verdicts.contested(session, admin, now=END + 2 * HOUR) == ()


def test_two_operators_at_once_give_back_once(database: Database) -> None:
    for _ in range(5):
        pair, booking_id = over(database)
        admin = make_person(database, Role.ADMIN)
        contest(database, pair.student, booking_id)
        assert not side_by_side(
            partial(rule, database, admin, booking_id, Ruling.REFUNDED),
            partial(rule, database, admin, booking_id, Ruling.HELD),
            partial(rule, database, admin, booking_id, Ruling.REFUNDED),
        )
        booking = booking_in(database, booking_id)
        refunded = booking.contest_outcome == Ruling.REFUNDED
        assert len(refunds_of(database, booking_id)) == refunded
        books(database, pair)
