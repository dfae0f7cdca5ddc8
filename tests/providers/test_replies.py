"""Numbers, times and bodies in every form that providers send them in."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.providers.replies import iso_utc, moment, parse_object, whole_number

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5000, 5000),
        ("5000", 5000),
        (" 5000 ", 5000),
        ("-12", -12),
        (5000.0, 5000),
        (18446744073709551615, 2**64 - 1),
        ("18446744073709551615", 2**64 - 1),
        (5000.5, None),
        ("5000.50", None),
        ("5_000", None),
        ("٥٠٠٠", None),  # noqa: RUF001 - other digits are not kobo
        ("", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        ([5], None),
    ],
)
def test_whole_numbers_come_in_many_forms(value: Any, expected: int | None) -> None:
    assert whole_number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-22T10:00:00.000Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T11:00:00+01:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22 10:00:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
        ("", None),
        (None, None),
        (1763805600, None),
    ],
)
def test_moments_are_aware_utc(value: Any, expected: datetime | None) -> None:
    assert moment(value) == expected


@given(ANYTHING)
def test_reading_never_raises(value: Any) -> None:
    number, at = whole_number(value), moment(value)
    assert number is None or isinstance(number, int)
    assert at is None or at.tzinfo is UTC


@given(st.binary())
def test_bodies_never_raise(raw: bytes) -> None:
    assert parse_object(raw) is None or isinstance(parse_object(raw), dict)


def test_deeply_nested_bodies_are_refused() -> None:
    assert parse_object(b'{"a":' * 100_000) is None


def test_times_go_out_in_utc() -> None:
    lagos = timezone(timedelta(hours=1))
    assert iso_utc(datetime(2026, 11, 22, 18, 30, tzinfo=lagos)) == "2026-11-22T17:30:00Z"
    with pytest.raises(ValueError, match="zone"):
        iso_utc(datetime(2026, 11, 22, 18, 30))  # noqa: DTZ001 - what is refused
