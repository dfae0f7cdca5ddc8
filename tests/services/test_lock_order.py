"""What people do at the same moment to the same times and offerings: all of it ends, in some order.

PostgreSQL ends one of two transactions that wait for each other, so its message to the person would be a
failure of ours. Each test runs both sides many times, from one starting line.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import col, func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES
from mentor_ui.models import MentorshipSession, Payment
from mentor_ui.services import availability, bookings, offerings, payments
from tests.services.test_bookings import take
from tests.world import FREE_TIME, NOON, make_offering, make_pair, make_person

ROUNDS = 25


def side_by_side(*actions: Callable[[], object]) -> list[Exception]:
    """Run all actions at once and return what they raised, refusals aside."""
    line = threading.Barrier(len(actions))
    raised: list[Exception] = []

    def run(action: Callable[[], object]) -> None:
        line.wait()
        try:
            action()
        except Conflict:
            return
        except Exception as error:  # noqa: BLE001  (what it is decides the test)
            raised.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_two_students_who_swap_their_times_do_not_lock_each_other_out(database: Database) -> None:
    pair = make_pair(database)
    other = make_person(database, Role.STUDENT)
    times = (FREE_TIME, FREE_TIME + timedelta(hours=2))
    for number in range(ROUNDS):
        first, second = times if number % 2 else times[::-1]
        assert not side_by_side(
            lambda first=first: take(database, pair.student, pair.offering_id, starts_at=first),
            lambda second=second: take(database, other, pair.offering_id, starts_at=second),
        )


def test_editing_and_booking_the_same_tutors_offerings_do_not_lock_each_other_out(database: Database) -> None:
    pair = make_pair(database)
    others = [make_offering(database, pair.tutor) for _ in range(3)]
    draft = offerings.OfferingDraft(title="React Mastery 1:1", duration_minutes=60, price="5000")

    def edit(offering_id: int) -> None:
        with database.transaction() as session:
            offerings.update(session, pair.tutor, offering_id=offering_id, draft=draft, now=NOON)

    def sweep() -> None:
        with database.transaction() as session:
            availability.refresh_next_free(session, pair.tutor.person_id, NOON)

    for number in range(ROUNDS):
        starts_at = FREE_TIME + timedelta(hours=number % 2)
        assert not side_by_side(
            lambda at=starts_at: take(database, pair.student, pair.offering_id, starts_at=at),
            lambda: edit(others[0]),
            lambda: edit(others[2]),
            sweep,
        )


def test_one_student_at_many_tutors_at_once_holds_no_more_than_allowed(database: Database) -> None:
    pairs = [make_pair(database) for _ in range(2 * bookings.MOST_LIVE_HOLDS)]
    student = pairs[0].student
    raised = side_by_side(
        *(
            lambda pair=pair, number=number: take(
                database, student, pair.offering_id, starts_at=FREE_TIME + timedelta(hours=number)
            )
            for number, pair in enumerate(pairs)
        )
    )
    assert not raised
    with database.reading() as session:
        assert len(bookings.live_holds(session, student.person_id, NOON)) == bookings.MOST_LIVE_HOLDS


def test_one_student_in_two_tabs_holds_one_time_of_a_tutor(database: Database) -> None:
    pair = make_pair(database)
    assert not side_by_side(
        *(
            lambda hours=hours: take(
                database, pair.student, pair.offering_id, starts_at=FREE_TIME + timedelta(hours=hours)
            )
            for hours in range(4)
        )
    )
    with database.reading() as session:
        assert len(bookings.live_holds(session, pair.student.person_id, NOON)) == 1


def test_paying_in_two_tabs_opens_one_attempt_after_the_other(database: Database) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)

    def pay() -> None:
        with database.transaction() as session:
            payments.open_attempt(session, pair.student, booking_id=hold.booking_id, now=NOON)

    assert not side_by_side(*[pay] * 8)
    with database.reading() as session:
        attempts = session.exec(select(Payment.attempt).order_by(col(Payment.attempt))).all()
    assert attempts == list(range(1, 9))


def test_sweeps_and_new_holds_of_expired_times_do_not_lock_each_other_out(database: Database) -> None:
    pair = make_pair(database)
    students = [make_person(database, Role.STUDENT) for _ in range(3)]
    now = NOON

    def sweep(at: datetime) -> None:
        with database.transaction() as session:
            bookings.lapse_expired(session, at)

    for number in range(ROUNDS):
        now = NOON + number * timedelta(minutes=HOLD_MINUTES)
        takers = [
            partial(
                take,
                database,
                student,
                pair.offering_id,
                starts_at=FREE_TIME + timedelta(hours=(place + number) % 3),
                now=now,
            )
            for place, student in enumerate(students)
        ]
        assert not side_by_side(partial(sweep, now), partial(sweep, now), *takers)
    with database.reading() as session:
        held = session.exec(
            select(func.count())
            .select_from(MentorshipSession)
            .where(
                MentorshipSession.status == SessionStatus.HELD,
                col(MentorshipSession.hold_expires_at) > now,
            )
        ).one()
    assert held == len(students)
