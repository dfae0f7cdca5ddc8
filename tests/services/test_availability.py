"""Free times: hours, notice, horizon, claims and what is remembered of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, delete

from mentor_ui.db.engine import Database
from mentor_ui.domain.availability_rules import DEFAULT_HORIZON_DAYS, DEFAULT_NOTICE_MINUTES
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import MentorshipSession, WeeklyHours
from mentor_ui.services import availability
from tests.catalogue import NOW, booking, offering, student, tutor

LAGOS = ZoneInfo("Africa/Lagos")


def test_a_first_offering_brings_hours_and_a_second_no_more(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        assert availability.weekly_hours(session, teacher.person_id) == ()
        offering(session, teacher)
        first = availability.weekly_hours(session, teacher.person_id)
        offering(session, teacher, "Another")
        assert len(first) == 11
        assert availability.weekly_hours(session, teacher.person_id) == first


def test_free_times_keep_hours_notice_and_horizon(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        row = session.get_one(MentorshipSession, offering(session, teacher))
        times = availability.free_times(session, row, viewer_id=None, now=NOW)
        assert times[0] == NOW + timedelta(minutes=DEFAULT_NOTICE_MINUTES)
        assert times[-1] <= NOW + timedelta(days=DEFAULT_HORIZON_DAYS)
        assert list(times) == sorted(set(times))
        for start in times:
            local = start.astimezone(LAGOS)
            minute = local.hour * 60 + local.minute
            assert any(
                span.weekday == local.weekday() and span.starts_minute <= minute <= span.ends_minute - 60
                for span in availability.weekly_hours(session, teacher.person_id)
            )
        assert len(availability.free_times(session, row, viewer_id=None, now=NOW, days=1)) < len(times)


def test_sessions_of_tutor_and_viewer_are_left_out(database: Database) -> None:
    at_ten = datetime(2026, 11, 24, 10, 0, tzinfo=LAGOS).astimezone(UTC)
    at_five = datetime(2026, 11, 24, 17, 0, tzinfo=LAGOS).astimezone(UTC)
    with database.transaction() as session:
        teacher, elsewhere = tutor(session), tutor(session, "Amina Yusuf")
        learner, other = student(session), student(session, "Bola Ojo")
        mine, theirs = offering(session, teacher), offering(session, elsewhere)
        booking(session, other, mine, at_ten)
        booking(session, learner, theirs, at_five)
        row = session.get_one(MentorshipSession, mine)
        for_all = availability.free_times(session, row, viewer_id=None, now=NOW)
        for_learner = availability.free_times(session, row, viewer_id=learner.person_id, now=NOW)
    half = timedelta(minutes=30)
    assert not {at_ten - half, at_ten, at_ten + half} & set(for_all)
    assert {at_ten - 2 * half, at_five} <= set(for_all)
    assert at_five not in for_learner
    assert set(for_learner) < set(for_all)


@pytest.mark.parametrize(("minutes", "free"), [(-1, True), (0, True), (5, False)])
def test_only_a_running_hold_takes_its_time(database: Database, minutes: int, *, free: bool) -> None:
    start = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        booking(
            session,
            learner,
            number,
            start,
            status=SessionStatus.HELD,
            paid=False,
            hold_expires_at=NOW + timedelta(minutes=minutes),
        )
        row = session.get_one(MentorshipSession, number)
        assert (start in availability.free_times(session, row, viewer_id=None, now=NOW)) is free


def test_open_means_hours_and_not_claims(database: Database) -> None:
    start = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    with database.transaction() as session:
        teacher = tutor(session)
        row = session.get_one(MentorshipSession, offering(session, teacher))
        booking(session, student(session), row.id, start)

        def is_open(moment: datetime) -> bool:
            return availability.is_open(session, row, starts_at=moment, now=NOW)

        assert is_open(start)
        assert is_open(start - timedelta(minutes=30))
        assert not is_open(start + timedelta(minutes=15)), "off the half hour"
        assert not is_open(start + timedelta(seconds=1))
        assert not is_open(start + timedelta(hours=2)), "would end after noon"
        assert not is_open(NOW + timedelta(hours=1)), "too soon"
        assert not is_open(start - timedelta(days=700)), "long ago"
        assert not is_open(start + timedelta(days=28)), "beyond the horizon"
        for moment in availability.free_times(session, row, viewer_id=None, now=NOW):
            assert is_open(moment)


def test_hours_follow_the_tutors_zone_across_its_clock_change(database: Database) -> None:
    now = datetime(2026, 10, 22, 6, 0, tzinfo=UTC)
    with database.transaction() as session:
        teacher = tutor(session, "Kofi Boateng", timezone="Europe/London")
        row = session.get_one(MentorshipSession, offering(session, teacher, now=now))
        times = availability.free_times(session, row, viewer_id=None, now=now)
    nines = [t for t in times if t.astimezone(ZoneInfo("Europe/London")).hour == 9 and t.minute == 0]
    assert {t.hour for t in nines} == {8, 9}


def test_the_soonest_time_follows_bookings(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        short, long = offering(session, teacher, minutes=30), offering(session, teacher, minutes=180)
        first = NOW + timedelta(minutes=DEFAULT_NOTICE_MINUTES)
        rows = {number: session.get_one(MentorshipSession, number) for number in (short, long)}
        assert [rows[number].next_free_at for number in (short, long)] == [first, first]
        taken = booking(session, learner, short, first + timedelta(minutes=30))
        availability.refresh_next_free(session, teacher.person_id, NOW)
        assert rows[short].next_free_at == first
        assert rows[long].next_free_at == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
        taken.status = SessionStatus.HELD
        taken.hold_expires_at = NOW
        session.add(taken)
        availability.refresh_next_free(session, teacher.person_id, NOW)
        assert rows[long].next_free_at == first


def test_a_tutor_without_hours_has_no_soonest_time(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher)
        session.exec(delete(WeeklyHours).where(col(WeeklyHours.tutor_id) == teacher.person_id))
        availability.refresh_next_free(session, teacher.person_id, NOW)
        assert session.get_one(MentorshipSession, number).next_free_at is None


def test_times_are_worked_out_anew_when_they_come_too_near_or_a_further_day_is_in_reach(
    database: Database,
) -> None:
    with database.transaction() as session:
        open_soon, full = tutor(session, "Sade Alli"), tutor(session, "Femi Ade")
        numbers = {someone: offering(session, someone) for someone in (open_soon, full)}
        session.exec(delete(WeeklyHours).where(col(WeeklyHours.tutor_id) == full.person_id))
        availability.refresh_next_free(session, full.person_id, NOW)
        rows = {someone: session.get_one(MentorshipSession, number) for someone, number in numbers.items()}
        assert rows[open_soon].next_free_at == NOW + timedelta(minutes=DEFAULT_NOTICE_MINUTES)
        assert rows[full].next_free_at is None
        assert availability.stale_tutors(session, NOW, 10) == []
        in_a_moment = NOW + timedelta(seconds=1)
        assert availability.stale_tutors(session, in_a_moment, 10) == [open_soon.person_id]
        later = NOW + availability.LOOK_AGAIN + timedelta(seconds=1)
        assert availability.stale_tutors(session, later, 10) == sorted((open_soon.person_id, full.person_id))
        availability.refresh_next_free(session, open_soon.person_id, later)
        availability.refresh_next_free(session, full.person_id, later)
        assert rows[open_soon].next_free_at == NOW + timedelta(minutes=210)
        assert availability.stale_tutors(session, later, 10) == []
