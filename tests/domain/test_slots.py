"""Free times: never outside the hours, never over a claim, none lost, in every zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_ui.domain.slots import (
    DEFAULT_WEEKLY_RANGES,
    DURATIONS_MINUTES,
    START_STEP_QUARTERS,
    WeeklyRange,
    free_starts,
    open_ranges,
    quarter_of,
    quarter_start,
    quarters_between,
)

ZONES = ["Africa/Lagos", "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
ZONES.append("Pacific/Chatham")

zones = st.sampled_from(ZONES).map(ZoneInfo)
durations = st.sampled_from(DURATIONS_MINUTES)
days = st.dates(min_value=date(2025, 1, 1), max_value=date(2028, 12, 31))


@st.composite
def weekly_ranges(draw: st.DrawFn) -> WeeklyRange:
    starts = draw(st.integers(min_value=0, max_value=94))
    ends = draw(st.integers(min_value=starts + 1, max_value=96))
    return WeeklyRange(draw(st.integers(0, 6)), starts * 15, ends * 15)


hours = st.lists(weekly_ranges(), max_size=8)


def every_start(spans: list[tuple[int, int]], duration: int) -> set[int]:
    """The slow, plain way: each step of each range that leaves room for the session."""
    length = -(-duration // 15)
    return {
        start
        for begins, ends in spans
        for start in range(begins, ends, START_STEP_QUARTERS)
        if start + length <= ends
    }


@settings(max_examples=200)
@given(hours, zones, days, durations, st.sets(st.integers(0, 7 * 96), max_size=60))
def test_free_starts_are_exactly_those_inside_the_hours_and_clear_of_claims(
    spans: list[WeeklyRange], zone: ZoneInfo, first: date, duration: int, offsets: set[int]
) -> None:
    ranges = list(open_ranges(spans, zone, first, 7))
    base = quarter_of(datetime(first.year, first.month, first.day, tzinfo=UTC))
    claimed = {base + offset for offset in offsets}
    earliest, latest = quarter_start(base), quarter_start(base + 6 * 96)
    # Overlapping ranges may put two grids over one another; the plain way allows each start once.
    found = list(
        free_starts(ranges, claimed=claimed, duration_minutes=duration, earliest=earliest, latest=latest)
    )
    assert found == sorted(set(found))
    length = -(-duration // 15)
    wanted = {
        start
        for start in every_start(ranges, duration)
        if base <= start <= base + 6 * 96
        and not any(quarter in claimed for quarter in range(start, start + length))
    }
    overlapping = any(
        left[1] > right[0] for left, right in zip(sorted(ranges), sorted(ranges)[1:], strict=False)
    )
    assert set(found) <= wanted
    if not overlapping:
        assert set(found) == wanted


@given(zones, days, durations)
def test_each_start_lies_in_the_tutors_hours_on_the_tutors_clock(
    zone: ZoneInfo, first: date, duration: int
) -> None:
    ranges = open_ranges(DEFAULT_WEEKLY_RANGES, zone, first, 7)
    now = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    for start in free_starts(
        ranges, claimed=(), duration_minutes=duration, earliest=now, latest=now + timedelta(days=9)
    ):
        local = quarter_start(start).astimezone(zone)
        minute = local.hour * 60 + local.minute
        assert any(
            span.weekday == local.weekday() and span.starts_minute <= minute < span.ends_minute
            for span in DEFAULT_WEEKLY_RANGES
        )


@given(st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2030, 1, 1)), zones, zones)  # noqa: DTZ001
def test_a_quarter_round_trips_through_both_peoples_zones(
    moment: datetime, tutor: ZoneInfo, student: ZoneInfo
) -> None:
    quarter = quarter_of(moment.replace(tzinfo=UTC))
    start = quarter_start(quarter)
    assert quarter_of(start.astimezone(tutor)) == quarter_of(start.astimezone(student)) == quarter


def test_a_session_claims_each_quarter_that_it_touches() -> None:
    starts_at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert len(quarters_between(starts_at, starts_at + timedelta(minutes=45))) == 3
    assert len(quarters_between(starts_at, starts_at + timedelta(minutes=50))) == 4


def test_the_day_when_clocks_jump_keeps_the_hours_of_the_wall() -> None:
    """London, 29 March 2026: the hour from 01:00 does not exist."""
    london = ZoneInfo("Europe/London")
    sunday = [WeeklyRange(6, 0, 4 * 60)]
    ((begins, ends),) = open_ranges(sunday, london, date(2026, 3, 29), 1)
    assert quarter_start(begins).astimezone(london).hour == 0
    assert quarter_start(ends).astimezone(london).hour == 4
    assert ends - begins == 3 * 4
