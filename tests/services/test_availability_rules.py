"""Free times as the tables have them: rules, overrides, exceptions, stays, buffers, limits, calendars."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from mentor_ui.db.engine import Database
from mentor_ui.domain.availability_rules import CALENDAR_TRUSTED, BookingRules, ExceptionKind
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import (
    AvailabilityException,
    BusyTime,
    CalendarKind,
    HoursSchedule,
    LinkedCalendar,
    MentorshipSession,
    TutorRules,
    WeeklyHours,
    ZoneStay,
)
from mentor_ui.services import availability, bookings
from tests.catalogue import NOW, booking, offering, student, tutor

TUESDAY = date(2026, 11, 24)
"""Hours are 8 to 11 and 15 to 19 UTC: Lagos is an hour ahead."""


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    """A moment in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def put(session: Session, *rows: object) -> None:
    """Add rows at once."""
    session.add_all(rows)
    session.flush()


def free_on(
    session: Session, number: int, day: date = TUESDAY, *, now: datetime = NOW, ignoring: int | None = None
) -> list[str]:
    """The free starts of a day in UTC, each of which is open when asked about alone, and no other is."""
    row = session.get_one(MentorshipSession, number)
    times = availability.free_times(session, row, viewer_id=None, now=now, ignoring=ignoring)
    for quarter in range(96):
        start = at(0, day=day) + timedelta(minutes=15 * quarter)
        alone = availability.is_open(session, row, starts_at=start, now=now, ignoring=ignoring)
        assert alone >= (start in times)
    return [f"{start:%H:%M}" for start in times if start.date() == day]


def test_an_offerings_own_rules_stand_in_the_place_of_the_tutors(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        row = session.get_one(MentorshipSession, offering(session, teacher))
        assert availability.booking_rules(session, row) == BookingRules()
        put(
            session,
            TutorRules(
                tutor_id=teacher.person_id,
                notice_minutes=600,
                horizon_days=10,
                buffer_before_minutes=10,
                buffer_after_minutes=20,
                most_sessions_week=7,
            ),
        )
        tutors = availability.booking_rules(session, row)
        assert (tutors.notice_minutes, tutors.horizon_days) == (600, 10)
        assert (tutors.buffer_before_minutes, tutors.buffer_after_minutes) == (10, 20)
        row.notice_minutes, row.buffer_before_minutes, row.buffer_after_minutes = 0, 0, 45
        own = availability.booking_rules(session, row)
        assert (own.notice_minutes, own.buffer_before_minutes, own.buffer_after_minutes) == (0, 0, 45)
        assert (own.horizon_days, own.limits) == (10, tutors.limits)


def test_notice_and_horizon_of_the_rules_bound_the_free_times(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        row = session.get_one(MentorshipSession, offering(session, teacher))
        put(session, TutorRules(tutor_id=teacher.person_id, notice_minutes=1440, horizon_days=3))
        times = availability.free_times(session, row, viewer_id=None, now=NOW)
        assert times[0] == NOW + timedelta(hours=26)
        assert NOW + timedelta(days=2) < times[-1] <= NOW + timedelta(days=3)
        row.notice_minutes = 60 * 24 * 5
        assert availability.free_times(session, row, viewer_id=None, now=NOW) == ()


def test_an_offering_may_have_hours_of_its_own(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        usual, evening = offering(session, teacher), offering(session, teacher, "Evenings")
        schedule = HoursSchedule(tutor_id=teacher.person_id, name="Evenings")
        put(session, schedule)
        put(
            session,
            WeeklyHours(
                tutor_id=teacher.person_id,
                schedule_id=schedule.id,
                weekday=1,
                starts_minute=20 * 60,
                ends_minute=22 * 60,
            ),
        )
        session.get_one(MentorshipSession, evening).schedule_id = schedule.id
        assert free_on(session, evening) == ["19:00", "19:30", "20:00"]
        assert "19:00" not in free_on(session, usual)
        availability.refresh_next_free(session, teacher.person_id, NOW)
        soonest = [session.get_one(MentorshipSession, number).next_free_at for number in (usual, evening)]
        assert soonest == [at(8, day=date(2026, 11, 23)), at(19)]


def test_exceptions_and_stays_count(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher)
        wednesday = TUESDAY + timedelta(days=1)
        put(
            session,
            AvailabilityException(
                tutor_id=teacher.person_id,
                kind=ExceptionKind.AWAY,
                first_day=TUESDAY,
                last_day=TUESDAY,
                starts_minute=10 * 60,
                ends_minute=24 * 60,
            ),
            AvailabilityException(
                tutor_id=teacher.person_id,
                kind=ExceptionKind.EXTRA,
                first_day=date(2026, 11, 29),
                last_day=date(2026, 11, 29),
                starts_minute=9 * 60,
                ends_minute=10 * 60,
            ),
            ZoneStay(
                tutor_id=teacher.person_id,
                first_day=wednesday,
                last_day=wednesday,
                timezone="America/New_York",
            ),
        )
        assert free_on(session, number) == ["08:00"]
        assert free_on(session, number, date(2026, 11, 29)) == ["08:00"]
        assert free_on(session, number, wednesday)[:2] == ["14:00", "14:30"]


def test_between_two_sessions_lies_the_larger_buffer_and_what_was_pinned_counts(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        taken = booking(session, learner, number, at(16))
        assert free_on(session, number)[-4:] == ["15:00", "17:00", "17:30", "18:00"]
        taken.buffer_before_minutes, taken.buffer_after_minutes = 5, 15
        put(session, taken)
        assert free_on(session, number)[-2:] == ["17:30", "18:00"]
        row = session.get_one(MentorshipSession, number)
        row.buffer_before_minutes, row.buffer_after_minutes = 45, 0
        put(session, row)
        # 45 minutes before the next one, not 15 + 45; and 5 before the one that is booked.
        assert free_on(session, number)[-1:] == ["18:00"]
        assert free_on(session, number, ignoring=taken.id)[-3:] == ["17:00", "17:30", "18:00"]


def test_limits_count_what_is_booked_held_and_done_but_not_what_ended_early(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        put(
            session,
            TutorRules(tutor_id=teacher.person_id, most_sessions_day=2, most_minutes_week=240),
        )
        wednesday = TUESDAY + timedelta(days=1)
        later = NOW + timedelta(minutes=5)
        held = booking(
            session, learner, number, at(8), status=SessionStatus.HELD, paid=False, hold_expires_at=later
        )
        assert free_on(session, number)
        done = booking(session, learner, number, at(10), status=SessionStatus.COMPLETED, claim=False)
        assert free_on(session, number) == []
        assert free_on(session, number, ignoring=held.id), "one may be moved within the day"
        assert free_on(session, number, now=later), "a hold that ran out counts no more"
        done.status = SessionStatus.CANCELLED
        put(session, done)
        assert free_on(session, number)
        for hour in (8, 9, 10):
            booking(session, learner, number, at(hour, day=wednesday))
        assert free_on(session, number) == [], "four hours of the week are full"
        assert free_on(session, number, date(2026, 11, 30)), "the next week begins on Monday"


def test_busy_times_of_linked_calendars_take_their_time_with_the_buffers_around(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher)
        calendar = linked(session, teacher, succeeded_at=NOW)
        put(
            session,
            BusyTime(
                calendar_id=calendar.id,
                tutor_id=teacher.person_id,
                starts_at=at(15, 50),
                ends_at=at(16, 20),
            ),
            BusyTime(
                calendar_id=calendar.id,
                tutor_id=teacher.person_id,
                starts_at=at(0, day=date(2026, 11, 20)),
                ends_at=at(9, 0),
            ),
        )
        assert free_on(session, number) == ["09:00", "09:30", "10:00", "16:30", "17:00", "17:30", "18:00"]
        put(session, TutorRules(tutor_id=teacher.person_id, buffer_before_minutes=15))
        assert free_on(session, number) == ["09:30", "10:00", "17:00", "17:30", "18:00"]


def test_a_tutor_who_learns_elsewhere_is_not_free_then(database: Database) -> None:
    with database.transaction() as session:
        teacher, other = tutor(session), tutor(session, "Amina Yusuf")
        number, elsewhere = offering(session, teacher), offering(session, other)
        put(session, TutorRules(tutor_id=teacher.person_id, buffer_before_minutes=30))
        booking(session, teacher, elsewhere, at(16))
        assert free_on(session, number)[-3:] == ["15:00", "17:30", "18:00"]


def linked(
    session: Session,
    teacher: Actor,
    *,
    succeeded_at: datetime | None,
    kind: CalendarKind = CalendarKind.ICS,
    reads: str = "[]",
) -> LinkedCalendar:
    """Add a linked calendar."""
    row = LinkedCalendar(
        tutor_id=teacher.person_id,
        kind=kind,
        name="Home",
        secret=str(new_id()),
        reads=reads,
        succeeded_at=succeeded_at,
    )
    put(session, row)
    return row


@pytest.mark.parametrize("age", [None, CALENDAR_TRUSTED], ids=["never read", "read too long ago"])
def test_an_unreadable_calendar_makes_the_times_unknown_and_not_none(
    database: Database, age: timedelta | None
) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        row = session.get_one(MentorshipSession, number)
        calendar = linked(session, teacher, succeeded_at=NOW - age if age else None)
        with pytest.raises(availability.CannotFindOut) as caught:
            availability.free_times(session, row, viewer_id=learner.person_id, now=NOW)
        assert caught.value.code == "availability_unknown"
        with pytest.raises(availability.CannotFindOut):
            availability.is_open(session, row, starts_at=at(8), now=NOW)
        assert not availability.is_open(session, row, starts_at=at(3), now=NOW + timedelta(days=2))
        with pytest.raises(availability.CannotFindOut):
            bookings.hold(
                session,
                learner,
                offering_id=number,
                starts_at=at(8),
                price_seen_kobo=row.price_kobo,
                now=NOW,
            )
        availability.refresh_next_free(session, teacher.person_id, NOW)
        assert (row.next_free_at, row.next_free_unknown) == (None, True)
        again = NOW + availability.ASK_AGAIN + timedelta(seconds=1)
        assert availability.stale_tutors(session, again, 10) == [teacher.person_id]
        calendar.succeeded_at = again
        put(session, calendar)
        availability.refresh_next_free(session, teacher.person_id, again)
        assert (row.next_free_at is not None, row.next_free_unknown) == (True, False)


def test_a_time_stays_known_until_the_last_good_look_is_too_old(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        row = session.get_one(MentorshipSession, offering(session, teacher))
        session.get_one(MentorshipSession, row.id).notice_minutes = 0
        linked(session, teacher, succeeded_at=NOW - CALENDAR_TRUSTED + timedelta(minutes=1))
        availability.refresh_next_free(session, teacher.person_id, NOW)
        assert row.next_free_at is not None
        assert row.next_free_due_at == NOW + timedelta(minutes=1)
        soon = NOW + timedelta(minutes=2)
        assert availability.stale_tutors(session, soon, 10) == [teacher.person_id]
        availability.refresh_next_free(session, teacher.person_id, soon)
        assert row.next_free_unknown


def test_an_account_into_which_sessions_are_only_written_makes_nothing_unknown(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher)
        account = linked(session, teacher, succeeded_at=None, kind=CalendarKind.GOOGLE)
        assert free_on(session, number)
        account.reads = '["primary"]'
        put(session, account)
        with pytest.raises(availability.CannotFindOut):
            free_on(session, number)


def take(session: Session, learner: Actor, number: int, starts_at: datetime) -> bookings.Hold:
    """Hold a time."""
    return bookings.hold(
        session,
        learner,
        offering_id=number,
        starts_at=starts_at,
        price_seen_kobo=session.get_one(MentorshipSession, number).price_kobo,
        now=NOW,
    )


def test_a_hold_pins_buffers_and_policy_and_keeps_its_distance(database: Database) -> None:
    with database.transaction() as session:
        teacher, first, second = tutor(session), student(session), student(session, "Bola Ojo")
        number = offering(session, teacher)
        rules = TutorRules(
            tutor_id=teacher.person_id,
            buffer_before_minutes=0,
            buffer_after_minutes=30,
            cancellation_policy=CancellationPolicy.STRICT,
        )
        put(session, rules)
        held = session.get_one(MentorshipSession, take(session, first, number, at(16)).booking_id)
        assert (held.buffer_before_minutes, held.buffer_after_minutes) == (0, 30)
        assert held.cancellation_policy == CancellationPolicy.STRICT
        rules.buffer_after_minutes, rules.cancellation_policy = 0, CancellationPolicy.FLEXIBLE
        put(session, rules)
        for start, code in ((at(17), "time_not_open"), (at(16, 30), "time_taken")):
            with pytest.raises(Conflict) as caught:
                take(session, second, number, start)
            assert caught.value.code == code
        assert take(session, second, number, at(15))


def test_a_hold_that_is_moved_stands_in_no_way_of_its_own(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        put(session, TutorRules(tutor_id=teacher.person_id, buffer_after_minutes=60, most_sessions_day=1))
        first = take(session, learner, number, at(16))
        second = take(session, learner, number, at(17))
        assert session.get_one(MentorshipSession, first.booking_id).status == SessionStatus.EXPIRED
        assert second.starts_at == at(17)


def test_a_hold_is_found_again_when_its_time_could_no_longer_be_chosen(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        first = take(session, learner, number, at(16))
        put(
            session,
            TutorRules(tutor_id=teacher.person_id, notice_minutes=14 * 24 * 60),
            AvailabilityException(
                tutor_id=teacher.person_id,
                kind=ExceptionKind.AWAY,
                first_day=TUESDAY,
                last_day=TUESDAY,
                starts_minute=0,
                ends_minute=1440,
            ),
        )
        assert take(session, learner, number, at(16)) == first
        with pytest.raises(Conflict) as refused:
            take(session, learner, number, at(17))
        assert refused.value.code == "time_not_open"
        assert session.get_one(MentorshipSession, first.booking_id).status == SessionStatus.HELD
