"""Holds: what they claim, what they refuse, and that one of many wins."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, DomainError, NotAllowed, NotFound
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES
from mentor_ui.models import BookedQuarter, MentorshipSession
from mentor_ui.services import availability, bookings, claims, offerings
from tests.world import FREE_TIME, NOON, Pair, make_offering, make_pair, make_person


def take(
    database: Database,
    student: Actor,
    offering_id: int,
    *,
    starts_at: datetime = FREE_TIME,
    price_kobo: int = 500_000,
    now: datetime = NOON,
) -> bookings.Hold:
    with database.transaction() as session:
        return bookings.hold(
            session,
            student,
            offering_id=offering_id,
            starts_at=starts_at,
            price_seen_kobo=price_kobo,
            now=now,
        )


def quarters(database: Database, person_id: int) -> int:
    with database.reading() as session:
        return session.exec(
            select(func.count()).select_from(BookedQuarter).where(BookedQuarter.person_id == person_id)
        ).one()


def status_of(database: Database, booking_id: int) -> str:
    with database.reading() as session:
        return session.get_one(MentorshipSession, booking_id).status


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        action()
    return caught.value.code


def test_a_hold_claims_both_peoples_quarters_and_copies_the_terms(database: Database) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    assert hold.expires_at == NOON + timedelta(minutes=HOLD_MINUTES)
    assert quarters(database, pair.tutor.person_id) == quarters(database, pair.student.person_id) == 4
    with database.reading() as session:
        booking = session.get_one(MentorshipSession, hold.booking_id)
    assert (booking.is_offering, booking.status, booking.student_id) == (
        False,
        SessionStatus.HELD,
        pair.student.person_id,
    )
    assert (booking.title, booking.price_kobo, booking.duration) == ("React Mastery 1:1", 500_000, 60)


def test_asking_again_for_the_same_time_returns_the_same_hold(database: Database) -> None:
    pair = make_pair(database)
    first = take(database, pair.student, pair.offering_id)
    again = take(database, pair.student, pair.offering_id, now=NOON + timedelta(minutes=1))
    assert again == first


def test_choosing_another_time_moves_the_hold(database: Database) -> None:
    pair = make_pair(database)
    first = take(database, pair.student, pair.offering_id)
    take(database, pair.student, pair.offering_id, starts_at=FREE_TIME + timedelta(minutes=30))
    assert status_of(database, first.booking_id) == SessionStatus.EXPIRED
    assert quarters(database, pair.tutor.person_id) == 4


def test_each_refusal_has_its_own_code_and_changes_nothing(database: Database) -> None:
    pair = make_pair(database)
    hidden = make_offering(database, pair.tutor)
    with database.transaction() as session:
        session.get_one(MentorshipSession, hidden).published = False
    other = make_person(database, Role.STUDENT)
    taken = take(database, other, pair.offering_id, starts_at=FREE_TIME)
    student = pair.student
    found = {
        "own_offering": refusal(lambda: take(database, pair.tutor, pair.offering_id)),
        "not_a_student": refusal(lambda: take(database, make_person(database, Role.ADMIN), pair.offering_id)),
        "offering_hidden": refusal(lambda: take(database, student, hidden)),
        "offering_gone": refusal(lambda: take(database, student, 123)),
        "price_changed": refusal(lambda: take(database, student, pair.offering_id, price_kobo=400_000)),
        "time_passed": refusal(
            lambda: take(database, student, pair.offering_id, starts_at=NOON - timedelta(hours=1))
        ),
        "time_not_open": refusal(
            lambda: take(database, student, pair.offering_id, starts_at=FREE_TIME + timedelta(minutes=7))
        ),
        "time_taken": refusal(
            lambda: take(
                database, student, pair.offering_id, starts_at=taken.starts_at + timedelta(minutes=30)
            )
        ),
    }
    assert {code: code for code in found} == found
    assert quarters(database, student.person_id) == 0


def test_a_booking_cannot_be_booked_as_if_it_were_an_offering(database: Database) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    with pytest.raises(NotFound):
        take(database, make_person(database, Role.STUDENT), hold.booking_id)


def test_a_student_is_never_in_two_sessions_at_once(database: Database) -> None:
    pair, elsewhere = make_pair(database), make_pair(database)
    take(database, pair.student, pair.offering_id)
    assert refusal(lambda: take(database, pair.student, elsewhere.offering_id)) == claims.TAKEN


def test_an_expired_hold_frees_its_time_for_the_next_taker_without_a_sweeper(database: Database) -> None:
    pair = make_pair(database)
    first = take(database, pair.student, pair.offering_id)
    later = NOON + timedelta(minutes=HOLD_MINUTES)
    second = take(database, make_person(database, Role.STUDENT), pair.offering_id, now=later)
    assert status_of(database, first.booking_id) == SessionStatus.EXPIRED
    assert status_of(database, second.booking_id) == SessionStatus.HELD


def test_the_sweeper_ends_expired_holds_and_only_those(database: Database) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    with database.transaction() as session:
        assert bookings.lapse_expired(session, NOON + timedelta(minutes=1)) == 0
        assert bookings.lapse_expired(session, hold.expires_at) == 1
    assert quarters(database, pair.tutor.person_id) == 0


def test_a_student_holds_only_a_few_times_at_once(database: Database) -> None:
    student = make_person(database, Role.STUDENT)
    for hours in range(bookings.MOST_LIVE_HOLDS):
        offering = make_pair(database).offering_id
        take(database, student, offering, starts_at=FREE_TIME + timedelta(hours=2 * hours))
    with pytest.raises(Conflict) as caught:
        take(database, student, make_pair(database).offering_id, starts_at=FREE_TIME + timedelta(hours=9))
    assert caught.value.code == "too_many_holds"


def test_a_hold_is_released_by_its_student_alone(database: Database) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    stranger = make_person(database, Role.STUDENT)
    with pytest.raises(NotFound), database.transaction() as session:
        bookings.release_hold(session, stranger, booking_id=hold.booking_id, now=NOON)
    with database.transaction() as session:
        bookings.release_hold(session, pair.student, booking_id=hold.booking_id, now=NOON)
        bookings.release_hold(session, pair.student, booking_id=hold.booking_id, now=NOON)
    assert quarters(database, pair.tutor.person_id) == 0


def test_holding_moves_the_offerings_next_free_time(database: Database) -> None:
    pair = make_pair(database)
    with database.transaction() as session:
        availability.refresh_next_free(session, pair.tutor.person_id, NOON)
    with database.reading() as session:
        before = session.get_one(MentorshipSession, pair.offering_id).next_free_at
    assert before is not None
    take(database, pair.student, pair.offering_id, starts_at=before)
    with database.reading() as session:
        after = session.get_one(MentorshipSession, pair.offering_id).next_free_at
    assert after == before + timedelta(hours=1)


def race(database: Database, pair: Pair, students: list[Actor]) -> Counter[str]:
    """Let all students take one time at once; count what each was told."""
    told: Counter[str] = Counter()
    lock, start = threading.Lock(), threading.Barrier(len(students))

    def run(student: Actor) -> None:
        start.wait()
        try:
            take(database, student, pair.offering_id)
            answer = "held"
        except NotAllowed as error:
            answer = f"not allowed: {error.code}"
        except Conflict as error:
            answer = error.code
        with lock:
            told[answer] += 1

    threads = [threading.Thread(target=run, args=(student,)) for student in students]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_of_64_students_racing_for_one_time_exactly_one_wins(database: Database) -> None:
    pair = make_pair(database)
    students = [make_person(database, Role.STUDENT) for _ in range(64)]
    assert race(database, pair, students) == Counter({"held": 1, claims.TAKEN: 63})
    assert quarters(database, pair.tutor.person_id) == 4


def test_without_the_claims_the_same_race_double_books(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the race above is real: the guard off, many of the same students win."""
    monkeypatch.setattr(claims, "claim", lambda *_: None)
    pair = make_pair(database)
    students = [make_person(database, Role.STUDENT) for _ in range(64)]
    assert race(database, pair, students)["held"] > 1


def test_overlapping_lengths_race_and_one_wins(database: Database) -> None:
    pair = make_pair(database)
    longer = make_offering(database, pair.tutor, duration_minutes=120)
    students = [make_person(database, Role.STUDENT) for _ in range(16)]
    outcomes: list[bool] = []
    start = threading.Barrier(16)

    def run(student: Actor, offering_id: int) -> None:
        start.wait()
        try:
            take(database, student, offering_id)
            outcomes.append(True)
        except Conflict:
            outcomes.append(False)

    threads = [
        threading.Thread(target=run, args=(student, longer if place % 2 else pair.offering_id))
        for place, student in enumerate(students)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 15 + [True]


def test_deleting_an_offering_and_holding_it_exclude_each_other(database: Database) -> None:
    """Whoever comes first, no hold is left on an offering that is gone."""
    for _ in range(5):
        pair = make_pair(database)
        outcomes: dict[str, str] = {}
        line = threading.Barrier(2)

        def book(
            pair: Pair = pair, outcomes: dict[str, str] = outcomes, line: threading.Barrier = line
        ) -> None:
            line.wait()
            try:
                take(database, pair.student, pair.offering_id)
                outcomes["hold"] = "held"
            except NotFound as error:
                outcomes["hold"] = error.code

        def delete(
            pair: Pair = pair, outcomes: dict[str, str] = outcomes, line: threading.Barrier = line
        ) -> None:
            line.wait()
            try:
                with database.transaction() as session:
                    offerings.delete(session, pair.tutor, offering_id=pair.offering_id, now=NOON)
                outcomes["delete"] = "deleted"
            except Conflict as error:
                outcomes["delete"] = error.code

        threads = [threading.Thread(target=book), threading.Thread(target=delete)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes in (
            {"hold": "held", "delete": "has_unfinished_bookings"},
            {"hold": "offering_gone", "delete": "deleted"},
        )


def test_the_clock_starts_and_ends_paid_sessions(database: Database) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    with database.transaction() as session:
        session.get_one(MentorshipSession, hold.booking_id).status = SessionStatus.SCHEDULED
    for moment, expected in (
        (hold.starts_at - timedelta(seconds=1), SessionStatus.SCHEDULED),
        (hold.starts_at, SessionStatus.IN_PROGRESS),
        (hold.ends_at, SessionStatus.COMPLETED),
    ):
        with database.transaction() as session:
            bookings.advance_clock(session, moment)
        assert status_of(database, hold.booking_id) == expected
    with database.reading() as session:
        offering = session.exec(
            select(MentorshipSession).where(col(MentorshipSession.is_offering).is_(True))
        ).one()
    assert offering.status == SessionStatus.SCHEDULED
