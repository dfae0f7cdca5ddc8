"""Moving paid sessions by their rules, to the minute."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.slots import quarters_between
from mentor_ui.models import (
    AppMessage,
    BookedQuarter,
    MentorshipSession,
    OutgoingMessage,
    RoomKind,
    TutorRules,
)
from mentor_ui.services import changes
from tests.paid import booking_in, buy
from tests.services.test_bookings import refusal, take
from tests.world import FREE_TIME, NOON, Pair, make_offering, make_pair, make_person

URL = "http://localhost:3000"
LATER = FREE_TIME + timedelta(days=1)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def reschedule(
    database: Database, actor: Actor, booking_id: int, starts_at: datetime = LATER, now: datetime = NOON
) -> None:
    with database.transaction() as session:
        changes.reschedule(
            session, actor, booking_id=booking_id, starts_at=starts_at, public_url=URL, now=now
        )


def cancel(
    database: Database,
    actor: Actor,
    booking_id: int,
    seen_kobo: int,
    now: datetime = NOON,
    *,
    reason: str = "",
) -> int:
    with database.transaction() as session:
        return changes.cancel(
            session,
            actor,
            booking_id=booking_id,
            refund_seen_kobo=seen_kobo,
            reason=reason,
            public_url=URL,
            now=now,
        )


def claimed(database: Database, booking_id: int) -> list[tuple[int, int]]:
    with database.reading() as session:
        rows = session.exec(select(BookedQuarter).where(BookedQuarter.session_id == booking_id))
        return sorted((row.person_id, row.quarter) for row in rows)


def set_rules(database: Database, pair: Pair, **values: object) -> None:
    with database.transaction() as session:
        session.add(TutorRules(tutor_id=pair.tutor.person_id, **values))


def told(database: Database, kind: str) -> int:
    with database.reading() as session:
        messages = select(func.count()).select_from(AppMessage).where(AppMessage.kind == kind)
        mails = select(func.count()).select_from(OutgoingMessage).where(OutgoingMessage.kind == kind)
        seen, sent = session.exec(messages).one(), session.exec(mails).one()
    assert seen == sent
    return seen


def test_a_student_moves_a_session_with_its_claims_and_both_hear_of_it(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    before = booking_in(database, booking_id)
    reschedule(database, pair.student, booking_id)
    after = booking_in(database, booking_id)
    assert (after.starts_at, after.ends_at) == (LATER, LATER + HOUR)
    assert (after.revision, after.reschedules) == (before.revision + 1, 1)
    assert after.join_token == before.join_token
    people = sorted((pair.tutor.person_id, pair.student.person_id))
    quarters = quarters_between(LATER, LATER + HOUR)
    assert claimed(database, booking_id) == [(person, quarter) for person in people for quarter in quarters]
    assert told(database, "rescheduled") == 2
    # The old time is anybody's again.
    take(database, make_person(database, Role.STUDENT), pair.offering_id, starts_at=FREE_TIME)


def test_a_session_may_move_onto_a_part_of_its_own_time(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    reschedule(database, pair.student, booking_id, FREE_TIME + timedelta(minutes=30))
    assert booking_in(database, booking_id).starts_at == FREE_TIME + timedelta(minutes=30)


def test_moving_ends_at_the_tutors_notice_to_the_moment(database: Database) -> None:
    pair = make_pair(database)
    set_rules(database, pair, reschedule_notice_hours=24)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    assert timedelta(hours=24) == FREE_TIME - NOON
    assert refusal(lambda: reschedule(database, pair.student, booking_id, now=NOON + TICK)) == (
        "not_reschedulable"
    )
    with database.reading() as session:
        terms = changes.reschedule_preview(session, pair.student, booking_id=booking_id, now=NOON)
    assert (terms.left, terms.until, terms.refusal) == (2, NOON, "")
    reschedule(database, pair.student, booking_id, now=NOON)


def test_moving_ends_with_the_tutors_limit(database: Database) -> None:
    pair = make_pair(database)
    set_rules(database, pair, most_reschedules=1)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    reschedule(database, pair.student, booking_id)
    assert refusal(lambda: reschedule(database, pair.student, booking_id, FREE_TIME)) == "not_reschedulable"
    assert booking_in(database, booking_id).starts_at == LATER


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        (FREE_TIME, "same_time"),
        (NOON - HOUR, "time_passed"),
        (LATER + timedelta(minutes=7), "time_not_open"),
        (NOON + timedelta(days=200), "time_not_open"),
    ],
)
def test_a_time_that_is_not_offered_is_refused(database: Database, starts_at: datetime, code: str) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    assert refusal(lambda: reschedule(database, pair.student, booking_id, starts_at)) == code
    assert booking_in(database, booking_id).revision == 0


def test_only_its_student_moves_a_session(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    stranger = make_person(database, Role.STUDENT)
    assert refusal(lambda: reschedule(database, stranger, booking_id)) == "session_not_found"
    assert refusal(lambda: reschedule(database, pair.tutor, booking_id)) == "not_the_student"
    assert refusal(lambda: reschedule(database, pair.student, pair.offering_id)) == "session_not_found"


def test_a_session_whose_offering_is_gone_moves_by_its_own_terms(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON, duration_minutes=90)
    with database.transaction() as session:
        session.get_one(MentorshipSession, booking_id).offering_id = None
        session.delete(session.get_one(MentorshipSession, pair.offering_id))
    with database.reading() as session:
        times = changes.times_to_choose(session, pair.student, booking_id=booking_id, now=NOON)
    assert LATER in times
    reschedule(database, pair.student, booking_id)
    moved = booking_in(database, booking_id)
    assert (moved.starts_at, moved.ends_at) == (LATER, LATER + timedelta(minutes=90))


def test_a_session_counts_neither_against_its_own_days_limit_nor_against_its_own_buffers(
    database: Database,
) -> None:
    pair = make_pair(database)
    set_rules(database, pair, most_sessions_day=1, buffer_before_minutes=60, buffer_after_minutes=60)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    later_that_day = FREE_TIME + timedelta(minutes=90)
    with database.reading() as session:
        times = changes.times_to_choose(session, pair.student, booking_id=booking_id, now=NOON)
    assert later_that_day in times
    reschedule(database, pair.student, booking_id, later_that_day)
    other = Pair(pair.tutor, make_person(database, Role.STUDENT), pair.offering_id, pair.price_kobo)
    second = buy(database, other, LATER, now=NOON)
    assert refusal(lambda: reschedule(database, other.student, second, FREE_TIME)) == "time_not_open"


def test_times_to_choose_leave_out_what_either_is_taken_for_but_not_the_session_itself(
    database: Database,
) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    elsewhere = make_offering(database, make_person(database, Role.TUTOR))
    take(database, pair.student, elsewhere, starts_at=LATER)
    with database.reading() as session:
        times = changes.times_to_choose(session, pair.student, booking_id=booking_id, now=NOON)
    assert LATER not in times
    assert FREE_TIME not in times
    assert FREE_TIME + timedelta(minutes=30) in times


@pytest.mark.parametrize(("days", "kind"), [(2, ""), (0.9, RoomKind.SPARE)])
def test_a_session_that_moves_far_ahead_leaves_the_spare_room(
    database: Database, days: float, kind: str
) -> None:
    pair = make_pair(database)
    now, spare = LATER - timedelta(days=days), "https://meet.jit.si/mentor-1"
    booking_id = buy(database, pair, LATER + HOUR, now=now)
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        booking.room_kind, booking.meeting_url = RoomKind.SPARE, spare
        changes.move_time(session, booking, starts_at=LATER, by=pair.tutor.person_id, public_url=URL, now=now)
    moved = booking_in(database, booking_id)
    assert (moved.room_kind, moved.meeting_url, moved.room_due) == (kind, spare if kind else None, True)
