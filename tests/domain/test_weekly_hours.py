"""Weekly hours: clocks of quarters, ranges that do not overlap, and days copied to others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.slots import WeeklyRange
from mentor_ui.domain.weekly_hours import (
    MOST_RANGES_A_DAY,
    WEEKDAYS,
    checked_week,
    clock_of,
    copied_day,
    minute_of,
    proposed_range,
    week_errors,
)


@given(st.integers(0, 96))
def test_every_quarter_of_a_day_is_read_back(quarter: int) -> None:
    assert minute_of(clock_of(quarter * 15)) == quarter * 15


@pytest.mark.parametrize(
    "text", ["", "9", "09:10", "24:15", "25:00", "09:60", "-1:00", "9:5", "\u0660\u0669:15", "009:00"]
)
def test_what_is_no_quarter_is_none(text: str) -> None:
    assert minute_of(text) is None


def test_ranges_may_touch_and_reach_midnight_but_not_overlap() -> None:
    touching = [WeeklyRange(0, 600, 720), WeeklyRange(0, 540, 600), WeeklyRange(6, 1380, 1440)]
    assert checked_week(touching) == (touching[1], touching[0], touching[2])
    with pytest.raises(InvalidInput) as refused:
        checked_week([*touching, WeeklyRange(0, 585, 615)])
    assert (refused.value.field, refused.value.message) == (
        "monday",
        "Two ranges on Monday overlap at 09:45. Join them, or move one.",
    )


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(600, 600), (600, 540), (601, 660), (600, 661), (-15, 60), (1380, 1455), (1440, 1440)],
)
def test_a_wrong_range_is_named_by_its_day(starts: int, ends: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_week([WeeklyRange(2, starts, ends)])
    assert refused.value.field == "wednesday"


def test_all_wrong_days_are_told_at_once_and_a_day_has_an_end() -> None:
    many = [WeeklyRange(4, 60 * hour, 60 * hour + 15) for hour in range(MOST_RANGES_A_DAY + 1)]
    assert set(week_errors([*many, WeeklyRange(1, 60, 60)])) == {1, 4}
    with pytest.raises(InvalidInput):
        checked_week([WeeklyRange(len(WEEKDAYS), 0, 60)])


def test_a_day_is_copied_over_what_was_there() -> None:
    week = (
        WeeklyRange(0, 540, 720),
        WeeklyRange(0, 960, 1200),
        WeeklyRange(1, 0, 60),
        WeeklyRange(5, 600, 660),
    )
    copied = copied_day(week, 0, (0, 1, 2))
    assert copied == (
        *(WeeklyRange(day, *span) for day in range(3) for span in ((540, 720), (960, 1200))),
        WeeklyRange(5, 600, 660),
    )
    assert copied_day(week, 3, (1,)) == (*week[:2], week[3]), "an empty day empties the others"


@given(st.lists(st.tuples(st.integers(0, 95), st.integers(1, 96)).filter(lambda span: span[0] < span[1])))
def test_a_proposed_range_never_overlaps(quarters: list[tuple[int, int]]) -> None:
    spans = [(starts * 15, ends * 15) for starts, ends in quarters]
    found = proposed_range(spans)
    taken = {minute for starts, ends in spans for minute in range(starts, ends, 15)}
    if found is None:
        assert taken == set(range(0, 1440, 15))
    else:
        assert found[0] < found[1] <= 1440
        assert not taken & set(range(*found, 15))
