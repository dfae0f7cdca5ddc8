"""A tutor's weekly hours and named sets: saving, what is booked, and what offerings fall back to."""

import threading
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.outside_hours import OutsideReason
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.slots import DEFAULT_WEEKLY_RANGES, WeeklyRange
from mentor_ui.models import MentorshipSession, WeeklyHours
from mentor_ui.services import availability, offerings, weekly_hours
from mentor_ui.services.offering_drafts import OfferingDraft, OfferingTerms
from tests.catalogue import NOW, booking, offering, student, tutor
from tests.databases import opened

AFTERNOONS = tuple(WeeklyRange(day, 13 * 60, 17 * 60) for day in range(5))
TUESDAY_TEN = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Africa/Lagos")).astimezone(UTC)


def test_saved_hours_move_the_next_free_time_and_nothing_that_is_booked(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        sold = booking(session, learner, number, TUESDAY_TEN)
        asked = booking(
            session,
            student(session, "Bola Ojo"),
            number,
            TUESDAY_TEN.replace(hour=8),
            status=SessionStatus.PENDING_MENTOR_REVIEW,
            paid=False,
            claim=False,
        )
        before = sold.model_dump()
        outside = weekly_hours.save_hours(session, teacher, schedule_id=None, ranges=AFTERNOONS, now=NOW)
        assert [(row.session_id, row.booked, row.reason) for row in outside] == [
            (asked.id, False, OutsideReason.HOURS),
            (sold.id, True, OutsideReason.HOURS),
        ]
        assert (outside[1].title, outside[1].student_name) == ("React Mastery 1:1", "Ada Obi")
        session.expire_all()
        assert session.get_one(MentorshipSession, sold.id).model_dump() == before
        free_at = session.get_one(MentorshipSession, number).next_free_at
        assert free_at == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        (usual,) = weekly_hours.hours_sets(session, teacher)
        assert (usual.schedule_id, usual.ranges, usual.offerings) == (None, AFTERNOONS, 1)


def test_a_session_that_is_over_or_let_go_is_no_conflict(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        for hour, status in (
            (8, SessionStatus.CANCELLED),
            (10, SessionStatus.EXPIRED),
            (11, SessionStatus.HELD),
        ):
            booking(
                session,
                learner,
                number,
                TUESDAY_TEN.replace(hour=hour),
                status=status,
                hold_expires_at=NOW if status == SessionStatus.HELD else None,
            )
        yesterday = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        booking(session, learner, number, yesterday, status=SessionStatus.COMPLETED)
        assert weekly_hours.save_hours(session, teacher, schedule_id=None, ranges=AFTERNOONS, now=NOW) == ()


def test_wrong_hours_are_refused_and_nothing_changes(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        offering(session, teacher)
        with pytest.raises(InvalidInput) as refused:
            weekly_hours.save_hours(
                session, teacher, schedule_id=None, ranges=[WeeklyRange(3, 600, 600)], now=NOW
            )
        assert refused.value.field == "thursday"
        assert set(weekly_hours.hours_sets(session, teacher)[0].ranges) == set(DEFAULT_WEEKLY_RANGES)
        with pytest.raises(NotAllowed):
            weekly_hours.save_hours(session, student(session), schedule_id=None, ranges=(), now=NOW)


def test_hours_that_another_window_changed_are_not_replaced_unawares(database: Database) -> None:
    mornings = tuple(WeeklyRange(day, 8 * 60, 12 * 60) for day in range(5))
    with database.transaction() as session:
        teacher = tutor(session)
        offering(session, teacher)

    def save(ranges: tuple[WeeklyRange, ...], seen: tuple[WeeklyRange, ...]) -> None:
        with database.transaction() as session:
            weekly_hours.save_hours(session, teacher, schedule_id=None, ranges=ranges, seen=seen, now=NOW)

    save(AFTERNOONS, DEFAULT_WEEKLY_RANGES)
    with pytest.raises(Conflict) as refused:
        save(mornings, DEFAULT_WEEKLY_RANGES)
    assert refused.value.code == weekly_hours.HOURS_CHANGED
    save(AFTERNOONS, DEFAULT_WEEKLY_RANGES)
    with database.reading() as session:
        assert weekly_hours.hours_sets(session, teacher)[0].ranges == AFTERNOONS
    save(mornings, AFTERNOONS)
    with database.reading() as session:
        assert weekly_hours.hours_sets(session, teacher)[0].ranges == mornings


def test_of_two_windows_that_save_at_once_one_is_refused(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        offering(session, teacher)
    line, refused = threading.Barrier(2), list[str]()

    def save(hour: int) -> None:
        line.wait()
        try:
            with database.transaction() as session:
                weekly_hours.save_hours(
                    session,
                    teacher,
                    schedule_id=None,
                    ranges=[WeeklyRange(0, hour * 60, 1440)],
                    seen=DEFAULT_WEEKLY_RANGES,
                    now=NOW,
                )
        except Conflict as error:
            refused.append(error.code)

    threads = [threading.Thread(target=save, args=(hour,)) for hour in (8, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [weekly_hours.HOURS_CHANGED]


def test_hours_emptied_on_purpose_stay_empty(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        weekly_hours.save_hours(session, teacher, schedule_id=None, ranges=(), now=NOW)
        number = offering(session, teacher)
        assert availability.weekly_hours(session, teacher.person_id) == ()
        assert session.get_one(MentorshipSession, number).next_free_at is None


def test_offerings_of_a_deleted_set_follow_the_usual_hours(database: Database) -> None:
    with database.transaction() as session:
        teacher, other = tutor(session), tutor(session, "Amina Yusuf")
        number = offering(session, teacher)
        evenings = weekly_hours.create_schedule(
            session, teacher, name="  Late   evenings ", ranges=[WeeklyRange(1, 1200, 1440)], now=NOW
        )
        assert evenings.schedule_id is not None
        session.get_one(MentorshipSession, number).schedule_id = evenings.schedule_id
        session.flush()
        assert [(one.name, one.offerings) for one in weekly_hours.hours_sets(session, teacher)] == [
            ("Usual hours", 0),
            ("Late evenings", 1),
        ]
        sold = booking(session, student(session), number, TUESDAY_TEN.replace(hour=20))
        assert (
            weekly_hours.save_hours(session, teacher, schedule_id=None, ranges=AFTERNOONS, now=NOW) == ()
        ), "it follows other hours"
        for attempt in (
            lambda: weekly_hours.delete_schedule(
                session, other, schedule_id=evenings.schedule_id or 0, now=NOW
            ),
            lambda: weekly_hours.rename_schedule(
                session, other, schedule_id=evenings.schedule_id or 0, name="Mine"
            ),
            lambda: weekly_hours.save_hours(
                session, other, schedule_id=evenings.schedule_id, ranges=(), now=NOW
            ),
        ):
            with pytest.raises(NotFound):
                attempt()
        outside = weekly_hours.delete_schedule(session, teacher, schedule_id=evenings.schedule_id, now=NOW)
        assert [row.session_id for row in outside] == [sold.id]
        session.expire_all()
        assert session.get_one(MentorshipSession, number).schedule_id is None
        stored = session.exec(select(WeeklyHours).where(WeeklyHours.tutor_id == teacher.person_id)).all()
        assert {row.schedule_id for row in stored} == {None}
        offerings.delete(session, teacher, offering_id=offering(session, teacher, "Another"), now=NOW)


def test_names_of_sets_are_given_once(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        weekend = weekly_hours.create_schedule(session, teacher, name="Weekend", ranges=(), now=NOW)
        night = weekly_hours.create_schedule(session, teacher, name="Night", ranges=(), now=NOW)
        assert weekend.schedule_id is not None
        assert night.schedule_id is not None
        for name in ("", "x" * 61, "WEEKEND", "usual hours"):
            with pytest.raises(InvalidInput) as refused:
                weekly_hours.rename_schedule(session, teacher, schedule_id=night.schedule_id, name=name)
            assert refused.value.field == "name"
        weekly_hours.rename_schedule(session, teacher, schedule_id=weekend.schedule_id, name="Weekend")
        for number in range(weekly_hours.MOST_SCHEDULES - 2):
            weekly_hours.create_schedule(session, teacher, name=f"Set {number}", ranges=(), now=NOW)
        with pytest.raises(Conflict) as full:
            weekly_hours.create_schedule(session, teacher, name="One more", ranges=(), now=NOW)
        assert full.value.code == "too_many_schedules"


@pytest.mark.parametrize("guarded", [True, False])
def test_an_offering_made_while_its_hours_are_deleted_follows_some_hours(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    with opened(request.getfixturevalue("postgresql_databases")) as database:
        with database.transaction() as session:
            teacher = tutor(session)
            offering(session, teacher)
            evenings = weekly_hours.create_schedule(session, teacher, name="Evenings", ranges=(), now=NOW)
        number = evenings.schedule_id or 0
        draft = OfferingDraft(title="Late", duration_minutes=60, price=5000, schedule_id=number)
        read, deleted = threading.Event(), threading.Event()
        checked = offerings.checked_terms

        def slowly(*about: Any) -> OfferingTerms:
            terms = checked(*about)
            read.set()
            # With the guard the deletion waits for us, and we do not wait for it for ever.
            deleted.wait(0.5 if guarded else 10)
            return terms

        monkeypatch.setattr(offerings, "checked_terms", slowly)
        if not guarded:
            monkeypatch.setattr(offerings, "take_turns", lambda *_: None)

        def delete() -> None:
            read.wait()
            with database.transaction() as session:
                weekly_hours.delete_schedule(session, teacher, schedule_id=number, now=NOW)
            deleted.set()

        deleting = threading.Thread(target=delete)
        deleting.start()
        broken: Exception | None = None
        try:
            with database.transaction() as session:
                offerings.create(session, teacher, draft=draft, now=NOW)
        except IntegrityError as error:
            broken = error
        deleting.join()
        with database.reading() as session:
            followed = session.exec(
                select(MentorshipSession.schedule_id).where(MentorshipSession.title == "Late")
            ).all()
        assert (broken is None, followed) == ((True, [None]) if guarded else (False, []))
