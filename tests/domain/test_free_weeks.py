"""Free times as a student chooses among them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain.free_weeks import free_days, nearest, week_count, week_of, week_title
from mentor_ui.domain.local_time import place_and_offset

NOW = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
LAGOS = "Africa/Lagos"


def test_a_week_begins_today_in_the_readers_zone() -> None:
    late, next_day = datetime(2026, 11, 22, 22, 45, tzinfo=UTC), datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    days = free_days([late, next_day], LAGOS, NOW, 0)
    assert [day.day for day in days] == [date(2026, 11, 22) + timedelta(days=offset) for offset in range(7)]
    assert (days[0].starts, days[1].starts) == ((late,), (next_day,))
    assert week_title(days) == "22 – 28 Nov"  # noqa: RUF001
    assert week_title(free_days([], LAGOS, NOW, 1)) == "29 Nov – 5 Dec"  # noqa: RUF001


@given(
    st.sets(st.integers(0, 28 * 48), max_size=60), st.sampled_from([LAGOS, "Asia/Tokyo", "America/New_York"])
)
def test_every_free_time_stands_in_exactly_one_week(halves: set[int], zone: str) -> None:
    starts = [NOW + timedelta(minutes=30 * half) for half in sorted(halves)]
    weeks = range(week_count(starts, zone, NOW))
    shown = [start for week in weeks for day in free_days(starts, zone, NOW, week) for start in day.starts]
    assert shown == starts
    for start in starts:
        days = free_days(starts, zone, NOW, week_of(start, zone, NOW))
        assert any(start in day.starts for day in days)


def test_the_nearest_times_come_in_order() -> None:
    starts = [NOW + timedelta(hours=hours) for hours in (1, 5, 6, 9, 30)]
    assert nearest(starts, NOW + timedelta(hours=7)) == (starts[1], starts[2], starts[3])
    assert nearest([], NOW) == ()


@pytest.mark.parametrize(
    ("zone", "at", "said"),
    [
        (LAGOS, NOW, "Lagos (GMT+1)"),
        ("Asia/Kolkata", NOW, "Kolkata (GMT+5:30)"),
        ("America/St_Johns", NOW, "St Johns (GMT-3:30)"),
        ("Europe/London", NOW, "London (GMT)"),
        ("Europe/London", datetime(2026, 7, 1, tzinfo=UTC), "London (GMT+1)"),
    ],
)
def test_a_zone_is_named_with_its_offset_at_that_moment(zone: str, at: datetime, said: str) -> None:
    assert place_and_offset(zone, at) == said
