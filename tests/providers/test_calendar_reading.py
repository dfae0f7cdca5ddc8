"""Reading a calendar file in a process of its own: it ends, whatever the file asks for."""

import time
from datetime import UTC, datetime

import pytest

from mentor_ui.domain.busy_times import Busy, CalendarTrouble
from mentor_ui.providers.calendar_reading import read_busy_times
from tests.domain.test_calendar_files import SINCE, UNTIL, event, file


def read(content: bytes, seconds: float = 15) -> list[Busy]:
    """Read a file in a process."""
    return read_busy_times(
        content, zone="Africa/Lagos", since=SINCE, until=UNTIL, own_links="", longest_seconds=seconds
    )


def test_busy_times_come_back_as_they_were_found() -> None:
    found = read(file(event("DTSTART:20261126T090000Z", "DURATION:PT1H")))
    assert found == [Busy(datetime(2026, 11, 26, 9, tzinfo=UTC), datetime(2026, 11, 26, 10, tzinfo=UTC))]


def test_trouble_comes_back_in_its_words() -> None:
    with pytest.raises(CalendarTrouble, match="not a calendar"):
        read(b"<html></html>")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_an_event_that_repeats_without_end_is_given_up(rule: str) -> None:
    begun = time.monotonic()
    with pytest.raises(CalendarTrouble, match="too long"):
        read(file(event("DTSTART:19700101T000000Z", "DURATION:PT1S", f"RRULE:{rule}")), seconds=2)
    assert time.monotonic() - begun < 12
