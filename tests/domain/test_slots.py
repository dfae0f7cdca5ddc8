"""Free times: never outside the hours, over what is taken or beyond a limit, and none lost, in every zone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_ui.domain.availability_rules import (
    BookingLimits,
    BookingRules,
    DateException,
    ExceptionKind,
    Stay,
)
from mentor_ui.domain.slots import (
    DURATIONS_MINUTES,
    Booked,
    Taken,
    TutorHours,
    WeeklyRange,
    free_starts,
    local_days,
    open_time,
    quarter_of,
    quarter_start,
    quarters_between,
)
from tests.domain.slot_oracle import Case, every_free_start, is_working, local_day

ZONES = (
    "Africa/Lagos",
    "Europe/London",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
FAR_ZONES = (*ZONES, "Africa/Cairo", "America/Santiago", "Pacific/Kiritimati", "Pacific/Pago_Pago")
"""Those, two whose clocks change at midnight, and the two that lie furthest apart."""

CLOCK_CHANGES = (
    date(2026, 3, 8),  # New York
    date(2026, 3, 29),  # London
    date(2026, 4, 5),  # Lord Howe, Chatham, Santiago
    date(2026, 4, 24),  # Cairo
    date(2026, 9, 27),  # Chatham
    date(2026, 10, 4),  # Lord Howe
    date(2026, 10, 25),  # London
    date(2026, 11, 1),  # New York
)
RULES = BookingRules()

zones = st.sampled_from(FAR_ZONES)
near_changes = st.builds(
    lambda day, before: day - timedelta(days=before), st.sampled_from(CLOCK_CHANGES), st.integers(0, 5)
)
days = st.one_of(near_changes, st.dates(date(2025, 1, 1), date(2028, 12, 31)))
buffers = st.sampled_from((0, 0, 5, 10, 15, 20, 30, 45))


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int]:
    """Minutes after midnight, often whole days, from and to."""
    starts = draw(st.sampled_from((0, 0, *range(95))))
    return starts * 15, draw(st.sampled_from((96, *range(starts + 1, 97)))) * 15


@st.composite
def tutor_hours(draw: st.DrawFn, first: date) -> TutorHours:
    """Hours, exceptions and stays of somebody from a day on."""
    weekly = draw(st.lists(st.tuples(st.integers(0, 6), spans()), min_size=1, max_size=10))
    day = st.integers(-4, 8).map(lambda offset: first + timedelta(days=offset))
    exceptions = st.builds(
        lambda kind, begins, length, span: DateException(kind, begins, begins + timedelta(length), *span),
        st.sampled_from(ExceptionKind),
        day,
        st.integers(0, 3),
        spans(),
    )
    stays = st.builds(
        lambda begins, length, zone: Stay(begins, begins + timedelta(length), zone),
        day,
        st.integers(0, 4),
        zones,
    )
    return TutorHours(
        ZoneInfo(draw(zones)),
        tuple(WeeklyRange(weekday, *span) for weekday, span in weekly),
        tuple(draw(st.lists(exceptions, max_size=3))),
        tuple(draw(st.lists(stays, max_size=2))),
    )


@st.composite
def taken_times(draw: st.DrawFn, first: datetime) -> Taken:
    """A time within a week, to five minutes, with buffers of its own."""
    starts_at = first + timedelta(minutes=5 * draw(st.integers(-200, 1500)))
    ends_at = starts_at + timedelta(minutes=5 * draw(st.integers(1, 48)))
    return Taken(starts_at, ends_at, draw(buffers), draw(buffers))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A question about some days."""
    day = draw(days)
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 1439)))
    some = st.one_of(st.none(), st.none(), st.integers(1, 3))
    minutes = st.one_of(st.none(), st.none(), st.integers(2, 16).map(lambda quarters: quarters * 15))
    limits = BookingLimits(draw(some), draw(minutes), draw(some), draw(minutes))
    taken = tuple(draw(st.lists(taken_times(now), max_size=5)))
    return Case(
        hours=draw(tutor_hours(day)),
        rules=BookingRules(
            buffer_before_minutes=draw(buffers), buffer_after_minutes=draw(buffers), limits=limits
        ),
        duration_minutes=draw(st.sampled_from(DURATIONS_MINUTES)),
        earliest=now,
        latest=now + timedelta(hours=draw(st.integers(1, 96))),
        taken=taken,
        student=tuple(draw(st.lists(taken_times(now), max_size=2))),
        booked=tuple(
            Booked(one.starts_at, int((one.ends_at - one.starts_at) / timedelta(minutes=1))) for one in taken
        ),
    )


def starts_of(case: Case) -> list[datetime]:
    """Ask the function under test."""
    found = free_starts(
        open_time(case.hours, case.earliest, case.latest),
        case.rules,
        duration_minutes=case.duration_minutes,
        earliest=case.earliest,
        latest=case.latest,
        taken=case.taken,
        claimed=[quarters_between(one.starts_at, one.ends_at) for one in case.student],
        booked=case.booked,
    )
    return [quarter_start(start) for start in found]


@settings(max_examples=400, deadline=None)
@given(cases())
def test_free_starts_are_exactly_those_found_the_slow_way(case: Case) -> None:
    assert starts_of(case) == every_free_start(case)


@settings(max_examples=100, deadline=None)
@given(cases(), zones)
def test_each_slot_lies_in_the_hours_clear_of_all_that_is_taken_and_round_trips(
    case: Case, student_zone: str
) -> None:
    for start in starts_of(case):
        assert case.earliest <= start <= case.latest
        end = start + timedelta(minutes=case.duration_minutes)
        for minute in range(case.duration_minutes):
            assert is_working(case.hours, start + timedelta(minutes=minute))
        assert all(end <= other.starts_at or start >= other.ends_at for other in case.taken + case.student)
        for zone in (
            case.hours.zone,
            ZoneInfo(student_zone),
            *(ZoneInfo(s.timezone) for s in case.hours.stays),
        ):
            shown = start.astimezone(zone)
            # What a person reads off, told apart by `fold` where clocks show it twice.
            read = datetime.combine(shown.date(), shown.time().replace(fold=shown.fold), tzinfo=zone)
            assert read.astimezone(UTC) == start
            assert quarter_of(read) == quarter_of(start)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_asking_about_one_moment_gives_the_same_answer_as_asking_about_all(case: Case) -> None:
    free = set(starts_of(case))
    for hours in range(0, 48, 5):
        at = case.earliest.replace(minute=0) + timedelta(hours=hours + 1)
        if at > case.latest:
            break
        alone = replace(case, earliest=at, latest=at)
        assert (starts_of(alone) == [at]) is (at in free)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_every_moment_belongs_to_one_local_day(case: Case) -> None:
    time = open_time(case.hours, case.earliest, case.latest)
    assert all(one.ends <= following.begins for one, following in zip(time.days, time.days[1:], strict=False))
    for quarter in range(quarter_of(case.earliest), quarter_of(case.latest) + 1, 3):
        day = [local for local in time.days if local.begins <= quarter][-1].day
        assert day == local_day(case.hours, quarter_start(quarter))


def whole_weeks(zone: str, *ranges: tuple[int, int], stays: tuple[Stay, ...] = ()) -> TutorHours:
    """The same ranges, in hours, on all seven days."""
    weekly = tuple(
        WeeklyRange(day, int(starts * 60), int(ends * 60)) for day in range(7) for starts, ends in ranges
    )
    return TutorHours(ZoneInfo(zone), weekly, stays=stays)


def shown_on(hours: TutorHours, day: date, *, minutes: int = 30, rules: BookingRules = RULES) -> list[str]:
    """Free starts of one local day at home, as its clock shows them."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=hours.zone)
    case = Case(hours, rules, minutes, midnight, midnight + timedelta(days=1, hours=1))
    local = (start.astimezone(hours.zone) for start in starts_of(case))
    return [f"{start:%H:%M}" + "'" * start.fold for start in local if start.date() == day]


@pytest.mark.parametrize(
    ("zone", "day", "span", "shown"),
    [
        # The hour from 01:00 does not exist: what is open before and after it joins.
        ("Europe/London", date(2026, 3, 29), (0, 4), ["00:00", "00:30", "02:00", "02:30", "03:00", "03:30"]),
        ("Europe/London", date(2026, 3, 29), (1, 2), []),
        ("Europe/London", date(2026, 3, 29), (1.5, 3), ["02:00", "02:30"]),
        # The hour from 01:00 is shown twice: both are open.
        ("America/New_York", date(2026, 11, 1), (1, 2), ["01:00", "01:30", "01:00'", "01:30'"]),
        ("America/New_York", date(2026, 11, 1), (0.5, 1.5), ["00:30", "01:00", "01:00'"]),
        # Lord Howe's clocks jump by half an hour, at 02:00.
        ("Australia/Lord_Howe", date(2026, 10, 4), (1.5, 3), ["01:30", "02:30"]),
        ("Australia/Lord_Howe", date(2026, 4, 5), (1.5, 2.5), ["01:30", "01:30'", "02:00"]),
        # Cairo's skip midnight.
        ("Africa/Cairo", date(2026, 4, 24), (0, 2), ["01:00", "01:30"]),
        ("Asia/Kathmandu", date(2026, 11, 24), (9.25, 10.5), ["09:15", "09:45"]),
        ("Pacific/Chatham", date(2026, 9, 27), (2, 4.75), ["02:00", "02:30", "04:00"]),
    ],
)
def test_what_clocks_leave_out_opens_nothing_and_what_they_show_twice_is_open_twice(
    zone: str, day: date, span: tuple[float, float], shown: list[str]
) -> None:
    hours = TutorHours(ZoneInfo(zone), (WeeklyRange(day.weekday(), int(span[0] * 60), int(span[1] * 60)),))
    assert shown_on(hours, day) == shown


def test_a_session_may_run_on_past_midnight_and_through_ranges_that_meet() -> None:
    monday = date(2026, 11, 23)
    late = TutorHours(ZoneInfo("Africa/Lagos"), (WeeklyRange(0, 23 * 60, 1440), WeeklyRange(1, 0, 60)))
    assert shown_on(late, monday, minutes=60) == ["23:00", "23:30"]
    assert shown_on(late, monday + timedelta(days=1), minutes=60) == ["00:00"]
    meeting = TutorHours(ZoneInfo("Africa/Lagos"), (WeeklyRange(0, 540, 600), WeeklyRange(0, 600, 660)))
    assert shown_on(meeting, monday, minutes=90) == ["09:00", "09:30"]


def test_away_cuts_the_hours_and_also_extra_ones_and_the_half_hours_begin_anew() -> None:
    monday = date(2026, 11, 23)
    hours = TutorHours(
        ZoneInfo("Africa/Lagos"),
        (WeeklyRange(0, 540, 720),),
        (
            DateException(ExceptionKind.EXTRA, monday, monday, 780, 840),
            DateException(ExceptionKind.AWAY, monday, monday, 600, 645),
            DateException(ExceptionKind.AWAY, monday, monday, 810, 1440),
        ),
    )
    assert shown_on(hours, monday) == ["09:00", "09:30", "10:45", "11:15", "13:00"]


def test_the_days_of_a_stay_are_meant_where_the_tutor_is() -> None:
    stay = Stay(date(2026, 11, 24), date(2026, 11, 25), "America/New_York")
    hours = whole_weeks("Africa/Lagos", (9, 10), (20, 21), stays=(stay,))
    case = Case(hours, RULES, 60, datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 26, 22, tzinfo=UTC))
    assert [f"{start:%d %H}" for start in starts_of(case)] == [
        "23 08", "23 19", "24 14", "25 01", "25 14", "26 01", "26 08", "26 19",
    ]  # fmt: skip


def test_where_local_days_overlap_the_stay_holds_and_between_them_nothing_is_open() -> None:
    round_the_clock = whole_weeks(
        "Africa/Lagos", (0, 24), stays=(Stay(date(2026, 11, 24), date(2026, 11, 24), "America/New_York"),)
    )
    days = local_days(round_the_clock, date(2026, 11, 23), date(2026, 11, 25))
    assert [(f"{quarter_start(one.begins):%d %H}", f"{quarter_start(one.ends):%d %H}") for one in days] == [
        ("22 23", "23 23"), ("24 05", "25 05"), ("25 05", "25 23"),
    ]  # fmt: skip
    assert not is_working(round_the_clock, datetime(2026, 11, 24, 2, tzinfo=UTC))


def test_of_a_day_at_home_stays_what_reaches_beyond_a_far_stay() -> None:
    """From Pago Pago to Kiritimati, 25 hours ahead: the hour that is nowhere else is still the day's."""
    stay = Stay(date(2026, 11, 24), date(2026, 11, 24), "Pacific/Kiritimati")
    hours = whole_weeks("Pacific/Pago_Pago", (0, 24), stays=(stay,))
    days = local_days(hours, date(2026, 11, 22), date(2026, 11, 25))
    assert [(one.day.day, one.ends - one.begins) for one in days] == [(22, 92), (24, 96), (23, 4), (25, 96)]
    assert days[2].begins == days[1].ends
    sunday = datetime(2026, 11, 22, tzinfo=UTC)
    case = Case(hours, BookingRules(), 60, sunday, sunday + timedelta(days=3))
    assert quarter_start(days[2].begins) in starts_of(case)


@pytest.mark.parametrize(
    ("own", "theirs", "free"),
    [((0, 0), (0, 0), True), ((15, 0), (0, 10), False), ((0, 0), (0, 30), False), ((30, 30), (0, 0), False)],
)
def test_between_two_sessions_lies_the_larger_of_both_wishes(
    own: tuple[int, int], theirs: tuple[int, int], *, free: bool
) -> None:
    hours = TutorHours(ZoneInfo("UTC"), (WeeklyRange(0, 540, 720),))
    nine, ten = (datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (9, 10))
    rules = BookingRules(buffer_before_minutes=own[0], buffer_after_minutes=own[1])
    case = Case(hours, rules, 30, nine, nine + timedelta(hours=5), taken=(Taken(nine, ten, *theirs),))
    found = [f"{start:%H:%M}" for start in starts_of(case)]
    assert ("10:00" in found) is free
    assert found[-2:] == ["11:00", "11:30"]


def test_a_session_claims_each_quarter_that_it_touches() -> None:
    starts_at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert len(quarters_between(starts_at, starts_at + timedelta(minutes=45))) == 3
    assert len(quarters_between(starts_at, starts_at + timedelta(minutes=50))) == 4


def test_all_zones_keep_to_whole_quarters_and_begin_their_days_at_one_moment() -> None:
    """What the arithmetic rests on, in the zone data that is installed."""
    first, last = date(2026, 1, 1), date(2027, 12, 31)
    for name in available_timezones():
        zone = ZoneInfo(name)
        hours = TutorHours(zone, ())
        for one in local_days(hours, first, last):
            begins, before = (quarter_start(one.begins - back).astimezone(zone) for back in (0, 1))
            assert begins.date() == one.day, name
            assert before.date() < one.day, name
            assert (begins.utcoffset() or timedelta()) % timedelta(minutes=15) == timedelta(), name
