"""Times as people read them, around midnight and around the nights on which clocks change."""

from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.domain.local_time import near_start, span

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "starts_at", "said"),
    [
        ("Africa/Lagos", datetime(2026, 11, 24, 10, 30, tzinfo=UTC), "Tue 24 Nov, 11:30 – 12:30"),  # noqa: RUF001
        ("Africa/Lagos", datetime(2026, 11, 24, 22, 59, tzinfo=UTC), "Tue 24 Nov, 23:59 – 00:59"),  # noqa: RUF001
        (
            # The hour from one to two comes twice.
            "Europe/London",
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            "Sun 25 Oct, 01:30 GMT+1 – 01:30 GMT",  # noqa: RUF001
        ),
        (
            # The hour from two to three is left out.
            "America/New_York",
            datetime(2026, 3, 8, 6, 30, tzinfo=UTC),
            "Sun 8 Mar, 01:30 GMT-5 – 03:30 GMT-4",  # noqa: RUF001
        ),
    ],
)
def test_a_session_reads_right_across_midnight_and_changing_clocks(
    zone: str, starts_at: datetime, said: str
) -> None:
    assert span(starts_at, starts_at + HOUR, zone) == said


def test_today_ends_at_the_readers_midnight() -> None:
    now = datetime(2026, 11, 24, 22, 58, tzinfo=UTC)
    for minutes, said in ((1, "Today 23:59"), (2, "Tomorrow 00:00"), (24 * 60 + 2, "Thu 26 Nov 00:00")):
        assert near_start(now + timedelta(minutes=minutes), "Africa/Lagos", now) == said
