"""Buffers and limits when several students book one tutor at the same moment.

No row stands for a buffer or a limit, so what holds them is the turn: whoever books looks after everybody
before has finished. On SQLite the turn is the one writer at a time. Each race is shown to be real.
"""

import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlmodel import Session, col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.slots import Taken, too_near
from mentor_ui.models import MentorshipSession, TutorRules
from mentor_ui.services import availability, bookings, claims
from tests.services.test_bookings import take
from tests.world import FREE_TIME, NOON, Pair, make_pair, make_person

LIMIT = {"most_sessions_day": 1}
BUFFER = {"buffer_after_minutes": 30}


def pair_with(database: Database, rules: dict[str, int]) -> Pair:
    """A tutor with rules."""
    pair = make_pair(database)
    with database.transaction() as session:
        session.add(TutorRules(tutor_id=pair.tutor.person_id, **rules))
    return pair


def race(database: Database, pair: Pair, times: list[datetime]) -> Counter[str]:
    """Let a student each take one of these times at once; count what they were told."""
    line, told = threading.Barrier(len(times)), list[str]()
    students = [make_person(database, Role.STUDENT) for _ in times]

    def run(number: int) -> None:
        line.wait()
        try:
            take(database, students[number], pair.offering_id, starts_at=times[number])
            told.append("held")
        except Conflict as error:
            told.append(error.code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(times))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(told)


def held(database: Database, pair: Pair) -> list[Taken]:
    """The times that are held, with their buffers."""
    with database.reading() as session:
        rows = session.exec(
            select(MentorshipSession)
            .where(
                MentorshipSession.tutor_id == pair.tutor.person_id,
                MentorshipSession.status == SessionStatus.HELD,
            )
            .order_by(col(MentorshipSession.starts_at))
        ).all()
    return [
        Taken(row.starts_at, row.ends_at, row.buffer_before_minutes or 0, row.buffer_after_minutes or 0)
        for row in rows
        if row.starts_at and row.ends_at
    ]


def broken(database: Database, pair: Pair) -> bool:
    """Whether a day has more than its limit, or two sessions lie too near."""
    found = held(database, pair)
    with database.reading() as session:
        limit = availability.tutor_rules(session, pair.tutor.person_id).most_sessions_day
    near = any(too_near(one, following) for one, following in pairwise(found))
    return near or (limit is not None and len(found) > limit)


@pytest.mark.parametrize("rules", [LIMIT, BUFFER], ids=["limit", "buffer"])
def test_of_many_students_at_once_only_as_many_win_as_the_rules_allow(
    database: Database, rules: dict[str, int]
) -> None:
    pair = pair_with(database, rules)
    told = race(database, pair, [FREE_TIME + timedelta(hours=hours) for hours in range(-4, 6)])
    assert not broken(database, pair)
    assert 1 <= told["held"] == len(held(database, pair))
    assert told["held"] + told["time_not_open"] + told["time_taken"] == 10
    if rules is LIMIT:
        assert told == Counter({"held": 1, "time_not_open": 9})


@contextmanager
def without_turns(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Let everybody look before anybody writes, as happens without turns."""
    seen = threading.Barrier(2)
    for module in (bookings, availability):
        monkeypatch.setattr(module, "take_turns", lambda *_: None)

    def after_all_looked(look: Callable[..., bool]) -> Callable[..., bool]:
        def asked(*args: object, **options: object) -> bool:
            answer = look(*args, **options)
            seen.wait(timeout=20)
            return answer

        return asked

    monkeypatch.setattr(availability, "is_open", after_all_looked(availability.is_open))
    monkeypatch.setattr(claims, "_is_too_near", after_all_looked(claims._is_too_near))
    yield


@contextmanager
def looking_ahead(monkeypatch: pytest.MonkeyPatch, database: Database) -> Generator[None]:
    """Answer from what was there before anybody wrote, as a look outside the writing transaction does."""
    look, look_near, lock = availability.is_open, claims._is_too_near, threading.Lock()
    with Session(database.read_engine) as before:
        before.connection()

        def is_open(_: Session, *args: object, **options: object) -> bool:
            with lock:
                return look(before, *args, **options)

        def is_too_near(_: Session, *args: object) -> bool:
            with lock:
                return look_near(before, *args)

        monkeypatch.setattr(availability, "is_open", is_open)
        monkeypatch.setattr(claims, "_is_too_near", is_too_near)
        yield


@pytest.mark.parametrize("rules", [LIMIT, BUFFER], ids=["limit", "buffer"])
def test_without_the_turn_the_same_race_breaks_the_rules(
    database: Database, rules: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the race above is real: the guard off, both win."""
    pair = pair_with(database, rules)
    guard_off = looking_ahead(monkeypatch, database) if database.is_sqlite else without_turns(monkeypatch)
    with guard_off:
        told = race(database, pair, [FREE_TIME, FREE_TIME + timedelta(hours=1)])
    assert told == Counter({"held": 2})
    assert broken(database, pair)


def test_what_only_claims_its_time_keeps_the_buffers_too(database: Database) -> None:
    """Approved requests, late money and accepted proposals claim without asking whether the time is open."""
    pair = pair_with(database, BUFFER)
    first = take(database, pair.student, pair.offering_id, starts_at=FREE_TIME)
    other = make_person(database, Role.STUDENT)
    with database.transaction() as session:
        offering = session.get_one(MentorshipSession, pair.offering_id)
        beside = bookings.draft(session, offering, other.person_id, first.ends_at, NOON)
        beside.status = SessionStatus.HELD
        session.add(beside)
        session.flush()
        with pytest.raises(Conflict) as caught:
            claims.claim(session, beside, NOON)
        assert caught.value.code == claims.TAKEN
        session.delete(beside)
