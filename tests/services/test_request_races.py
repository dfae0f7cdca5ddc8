"""Races for one time: one wins, the others are told the truth; with the guard off each race is shown."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from sqlmodel import col, func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, SessionStatus
from mentor_ui.models import AccountKind, BookedQuarter, MentorshipSession, PaymentState, TutorRules
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import availability, bookings, claims, requests
from tests.databases import PostgresqlDatabases, opened
from tests.sandbox_process import SandboxProcess
from tests.services.test_bookings import quarters, status_of, take
from tests.services.test_requests import FAR, approve, ask, asking_pair, decline, withdraw
from tests.services.test_settlement import balance, settled
from tests.services.test_ways_to_pay import pay
from tests.world import Pair, make_offering, make_person

ROUNDS = 3


def race(acts: Sequence[Callable[[], object]]) -> Counter[str]:
    """Let all act at the same moment; count what each was told, `won` for success."""
    told: Counter[str] = Counter()
    lock, line = threading.Lock(), threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        line.wait()
        try:
            act()
            answer = "won"
        except DomainError as error:
            answer = error.code
        with lock:
            told[answer] += 1

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def standing(database: Database, tutor: Actor, *statuses: SessionStatus) -> int:
    """How many bookings of the tutor have one of these statuses."""
    with database.reading() as session:
        return session.exec(
            select(func.count())
            .select_from(MentorshipSession)
            .where(
                ~col(MentorshipSession.is_offering),
                MentorshipSession.tutor_id == tutor.person_id,
                col(MentorshipSession.status).in_(statuses),
            )
        ).one()


def owners(database: Database, tutor: Actor) -> set[int]:
    """The bookings that claim the tutor's time."""
    with database.reading() as session:
        return set(
            session.exec(select(BookedQuarter.session_id).where(BookedQuarter.person_id == tutor.person_id))
        )


def many_requests(database: Database, pair: Pair, count: int = 8) -> list[int]:
    """Requests of as many students for one time, every other of two hours around it."""
    longer = make_offering(database, pair.tutor, duration_minutes=120, mode=BookingMode.REQUEST)
    found: list[int] = []
    for number in range(count):
        student = make_person(database, Role.STUDENT)
        offering, at = (longer, FAR - timedelta(minutes=30)) if number % 2 else (pair.offering_id, FAR)
        found.append(ask(database, student, offering, starts_at=at).booking_id)
    return found


def test_of_many_requests_for_overlapping_times_one_is_approved(database: Database) -> None:
    pair = asking_pair(database)
    acts = [
        lambda booking_id=booking_id: approve(database, pair.tutor, booking_id)
        for booking_id in many_requests(database, pair)
    ]
    assert race(acts) == Counter({"won": 1, claims.TAKEN: 7})
    assert standing(database, pair.tutor, SessionStatus.HELD) == len(owners(database, pair.tutor)) == 1
    assert standing(database, pair.tutor, SessionStatus.PENDING_MENTOR_REVIEW) == 7


def test_without_the_claims_the_same_requests_are_all_approved(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the race above is real."""
    monkeypatch.setattr(claims, "claim", lambda *_: None)
    pair = asking_pair(database)
    acts = [
        lambda booking_id=booking_id: approve(database, pair.tutor, booking_id)
        for booking_id in many_requests(database, pair)
    ]
    assert race(acts)["won"] > 1


def full_day(database: Database, monkeypatch: pytest.MonkeyPatch | None = None) -> tuple[Pair, Counter[str]]:
    """Approve six requests of one day at once, of a tutor who takes two a day."""
    pair = asking_pair(database)
    asked = [
        ask(
            database,
            make_person(database, Role.STUDENT),
            pair.offering_id,
            starts_at=FAR + timedelta(hours=hours),
        ).booking_id
        for hours in range(-6, 6, 2)
    ]
    with database.transaction() as session:
        session.add(TutorRules(tutor_id=pair.tutor.person_id, most_sessions_day=2))
    if monkeypatch is not None:
        monkeypatch.setattr(requests, "take_turns", lambda *_: None)
        monkeypatch.setattr(availability, "limit_reached", late_look(availability.limit_reached, len(asked)))
    return pair, race([partial(approve, database, pair.tutor, booking_id) for booking_id in asked])


def late_look(look: Callable[..., object], count: int) -> Callable[..., object]:
    """Let nobody go on before all have looked, if the database lets them."""
    line = threading.Barrier(count)

    def waiting(*asked: object) -> object:
        found = look(*asked)
        with suppress(threading.BrokenBarrierError):
            line.wait(timeout=5)
        return found

    return waiting


def test_yeses_at_one_moment_fill_a_day_and_no_more(database: Database) -> None:
    pair, told = full_day(database)
    assert told == Counter({"won": 2, requests.OVER_LIMIT: 4})
    assert standing(database, pair.tutor, SessionStatus.HELD) == 2


def test_without_turns_yeses_at_one_moment_overfill_a_day(
    postgresql_databases: PostgresqlDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the race above is real; SQLite has one writer at a time by itself."""
    with opened(postgresql_databases) as database:
        _, told = full_day(database, monkeypatch)
    assert told["won"] > 2


def test_a_time_is_approved_or_held_and_never_both(database: Database) -> None:
    for _ in range(ROUNDS):
        pair = asking_pair(database, BookingMode.EITHER)
        request = ask(database, pair.student, pair.offering_id)
        students = [make_person(database, Role.STUDENT) for _ in range(5)]
        told = race(
            [
                lambda pair=pair, request=request: approve(database, pair.tutor, request.booking_id),
                *[
                    lambda pair=pair, student=student: take(
                        database, student, pair.offering_id, starts_at=FAR
                    )
                    for student in students
                ],
            ]
        )
        assert told["won"] == 1
        assert set(told) <= {"won", claims.TAKEN, "time_not_open"}
        assert len(owners(database, pair.tutor)) == standing(database, pair.tutor, SessionStatus.HELD) == 1


def test_without_the_claims_a_time_is_approved_and_held(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the race above is real."""
    monkeypatch.setattr(claims, "claim", lambda *_: None)
    monkeypatch.setattr(bookings, "check_time", lambda *_args, **_named: None)
    pair = asking_pair(database, BookingMode.EITHER)
    request = ask(database, pair.student, pair.offering_id)
    rival = make_person(database, Role.STUDENT)
    told = race(
        [
            lambda: approve(database, pair.tutor, request.booking_id),
            lambda: take(database, rival, pair.offering_id, starts_at=FAR),
        ]
    )
    assert told == Counter({"won": 2})


def test_one_request_is_answered_once(database: Database) -> None:
    for _ in range(ROUNDS):
        pair = asking_pair(database)
        request = ask(database, pair.student, pair.offering_id)
        booking_id = request.booking_id
        told = race(
            [
                lambda pair=pair, it=booking_id: approve(database, pair.tutor, it),
                lambda pair=pair, it=booking_id: approve(database, pair.tutor, it),
                lambda pair=pair, it=booking_id: decline(database, pair.tutor, it, "I travel."),
            ]
        )
        assert told == Counter({"won": 1, "request_over": 2})
        kept = status_of(database, booking_id) == SessionStatus.HELD
        assert quarters(database, pair.tutor.person_id) == (4 if kept else 0)


def test_whoever_withdraws_while_the_tutor_says_yes_keeps_nothing(database: Database) -> None:
    for _ in range(ROUNDS):
        pair = asking_pair(database)
        booking_id = ask(database, pair.student, pair.offering_id).booking_id
        told = race(
            [
                lambda pair=pair, it=booking_id: approve(database, pair.tutor, it),
                lambda pair=pair, it=booking_id: withdraw(database, pair.student, it),
            ]
        )
        assert told in (Counter({"won": 2}), Counter({"won": 1, "request_over": 1}))
        assert status_of(database, booking_id) == SessionStatus.CANCELLED
        assert owners(database, pair.tutor) == set()


def test_asking_twice_at_once_asks_once(database: Database) -> None:
    pair = asking_pair(database)
    told = race([lambda: ask(database, pair.student, pair.offering_id)] * 4)
    assert told == Counter({"won": 1, "already_asked": 3})


def expiry_against_payment(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> tuple[PaymentState, Counter[str], Pair, int]:
    """Let an approved time run out while its money, a sweeper and another student arrive."""
    pair = asking_pair(database, BookingMode.EITHER)
    booking_id = ask(database, pair.student, pair.offering_id).booking_id
    until = approve(database, pair.tutor, booking_id)
    opened = pay(database, gateway, pair, booking_id)
    sandbox.settle(opened.reference)
    rival = make_person(database, Role.STUDENT)

    def sweep() -> None:
        with database.transaction() as session:
            bookings.lapse_expired(session, until)

    rivals: Counter[str] = Counter()

    def take_it() -> None:
        try:
            take(database, rival, pair.offering_id, starts_at=FAR, now=until)
            rivals["won"] += 1
        except DomainError as error:
            rivals[error.code] += 1

    race([lambda: settled(database, gateway, opened.reference, until), sweep, take_it])
    return settled(database, gateway, opened.reference, until), rivals, pair, booking_id


def test_when_time_runs_out_as_the_money_comes_one_has_the_time_and_the_other_the_truth(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    for _ in range(ROUNDS):
        state, rivals, pair, booking_id = expiry_against_payment(database, gateway, sandbox)
        if state == PaymentState.PAID:
            assert set(rivals) <= {claims.TAKEN, "time_not_open"}
            assert owners(database, pair.tutor) == {booking_id}
        else:
            assert (state, rivals) == (PaymentState.PAID_LATE, Counter({"won": 1}))
            assert status_of(database, booking_id) == SessionStatus.EXPIRED
            assert balance(database, AccountKind.REFUNDS, pair.student.person_id) == pair.price_kobo
        assert len(owners(database, pair.tutor)) == 1


def test_without_the_claims_time_that_ran_out_is_given_twice(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the race above is real."""
    monkeypatch.setattr(claims, "claim", lambda *_: None)
    monkeypatch.setattr(bookings, "check_time", lambda *_args, **_named: None)
    state, rivals, _, _ = expiry_against_payment(database, gateway, sandbox)
    assert (state, rivals) == (PaymentState.PAID, Counter({"won": 1}))
