"""Which sessions lie outside hours and limits: exceptions, zones, midnight and clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mentor_ui.domain.availability_rules import BookingLimits, DateException, ExceptionKind, Stay
from mentor_ui.domain.outside_hours import OutsideReason, PlacedSession, TutorPlan, outside_reasons
from mentor_ui.domain.slots import TutorHours, WeeklyRange

MORNINGS = tuple(WeeklyRange(day, 9 * 60, 12 * 60) for day in range(5))
MONDAY = date(2026, 11, 23)


def placed(
    number: int,
    day: date,
    clock: str,
    *,
    zone: str = "Africa/Lagos",
    schedule_id: int | None = None,
    counts: bool = True,
) -> PlacedSession:
    starts_at = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return PlacedSession(number, starts_at, starts_at + timedelta(hours=1), schedule_id, counts)


def plan(
    zone: str = "Africa/Lagos",
    *,
    hours: dict[int | None, tuple[WeeklyRange, ...]] | None = None,
    exceptions: tuple[DateException, ...] = (),
    stays: tuple[Stay, ...] = (),
    limits: BookingLimits | None = None,
) -> TutorPlan:
    weekly = hours or {None: MORNINGS}
    return TutorPlan(
        {key: TutorHours(ZoneInfo(zone), spans, exceptions, stays) for key, spans in weekly.items()},
        limits or BookingLimits(),
    )


def test_a_session_is_inside_when_hours_cover_all_of_it() -> None:
    sessions = [
        placed(1, MONDAY, "09:00"),
        placed(2, MONDAY, "11:00"),
        placed(3, MONDAY, "11:15"),
        placed(4, MONDAY, "08:45"),
        placed(5, date(2026, 11, 28), "09:00"),
    ]
    assert outside_reasons(plan(), sessions) == dict.fromkeys((3, 4, 5), OutsideReason.HOURS)


def test_touching_ranges_and_midnight_join() -> None:
    hours = (
        WeeklyRange(0, 9 * 60, 10 * 60),
        WeeklyRange(0, 10 * 60, 11 * 60),
        WeeklyRange(0, 23 * 60, 1440),
        WeeklyRange(1, 0, 30),
    )
    sessions = [placed(1, MONDAY, "09:30"), placed(2, MONDAY, "23:15"), placed(3, MONDAY, "23:45")]
    assert outside_reasons(plan(hours={None: hours}), sessions) == {3: OutsideReason.HOURS}


def test_exceptions_take_and_give() -> None:
    away = DateException(ExceptionKind.AWAY, MONDAY, MONDAY, 10 * 60, 11 * 60)
    extra = DateException(ExceptionKind.EXTRA, MONDAY, MONDAY + timedelta(days=5), 18 * 60, 20 * 60)
    sessions = [
        placed(1, MONDAY, "09:00"),
        placed(2, MONDAY, "10:30"),
        placed(3, MONDAY, "18:30"),
        placed(4, MONDAY + timedelta(days=5), "19:00"),
        placed(5, MONDAY + timedelta(days=6), "19:00"),
    ]
    found = outside_reasons(plan(exceptions=(away, extra)), sessions)
    assert found == {2: OutsideReason.AWAY, 5: OutsideReason.HOURS}


def test_a_stay_moves_the_hours_of_its_days() -> None:
    stay = Stay(MONDAY, MONDAY + timedelta(days=1), "America/New_York")
    travelling = plan(stays=(stay,))
    sessions = [
        placed(1, MONDAY, "09:00"),
        placed(2, MONDAY, "09:00", zone="America/New_York"),
        placed(3, MONDAY + timedelta(days=2), "09:00"),
    ]
    assert outside_reasons(travelling, sessions) == {1: OutsideReason.HOURS}


@pytest.mark.parametrize(
    "zone", ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham"]
)
def test_hours_hold_on_both_sides_of_a_clock_change(zone: str) -> None:
    hours = tuple(WeeklyRange(day, 9 * 60, 12 * 60) for day in range(7))
    sessions = [
        placed(number, date(2026, 1, 1) + timedelta(days=number), "10:30", zone=zone) for number in range(365)
    ]
    assert outside_reasons(plan(zone, hours={None: hours}), sessions) == {}


def test_a_named_set_counts_for_its_sessions_only() -> None:
    hours = {None: MORNINGS, 7: (WeeklyRange(0, 20 * 60, 22 * 60),)}
    sessions = [placed(1, MONDAY, "20:00", schedule_id=7), placed(2, MONDAY, "20:00")]
    assert outside_reasons(plan(hours=hours), sessions) == {2: OutsideReason.HOURS}


def test_the_later_sessions_of_a_day_or_week_are_over_its_limit() -> None:
    sessions = [placed(number, MONDAY, f"{9 + number:02d}:00") for number in range(3)]
    later = [placed(3 + day, MONDAY + timedelta(days=day), "09:00") for day in (1, 2)]
    request = placed(9, MONDAY, "09:00", counts=False)
    everything = [request, *later, *sessions]

    def over(limits: BookingLimits) -> dict[int, OutsideReason]:
        return outside_reasons(plan(limits=limits), everything)

    assert over(BookingLimits()) == {}
    assert over(BookingLimits(sessions_day=2)) == {2: OutsideReason.DAY_LIMIT}
    assert over(BookingLimits(minutes_day=60)) == dict.fromkeys((1, 2), OutsideReason.DAY_LIMIT)
    assert over(BookingLimits(sessions_week=4)) == {5: OutsideReason.WEEK_LIMIT}
    assert over(BookingLimits(minutes_week=240)) == {5: OutsideReason.WEEK_LIMIT}
