"""The Zoom client against the provider sandbox, over real HTTP, with its faults switched on."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.providers.errors import (
    MeetingNotFound,
    ProviderMisconfigured,
    ProviderThrottled,
    ProviderUnavailable,
)
from mentor_ui.providers.zoom import ZoomClient
from mentor_ui.providers.zoom_wire import Meeting
from tests import sandbox_process
from tests.sandbox_process import SandboxProcess

BOOKING = 7301234567890123
LOST = ["500_after", "lost_reply", "garbage"]


def zoom_client(sandbox: SandboxProcess, **changes: str) -> ZoomClient:
    values = {
        "account_id": sandbox_process.ZOOM_ACCOUNT_ID,
        "client_id": sandbox_process.ZOOM_CLIENT_ID,
        "client_secret": sandbox_process.ZOOM_CLIENT_SECRET,
        "oauth_url": sandbox.zoom_oauth_url,
        "api_url": sandbox.zoom_api_url,
    }
    return ZoomClient(**{**values, **changes}, timeout_seconds=3)


@pytest.fixture
def meet(sandbox: SandboxProcess) -> Iterator[ZoomClient]:
    client = zoom_client(sandbox)
    yield client
    client.close()


@pytest.fixture
def starts_at() -> datetime:
    """A quarter of an hour on the clock, three days from now."""
    return datetime.now(UTC).replace(minute=30, second=0, microsecond=0) + timedelta(days=3)


def create(meet: ZoomClient, starts_at: datetime, booking_id: int = BOOKING) -> Meeting:
    return meet.create_meeting(
        booking_id=booking_id,
        topic="Algebra with Ada",
        starts_at=starts_at,
        duration_minutes=60,
        agenda="Bring your questions.",
    )


def test_a_meeting_from_first_to_last(sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime) -> None:
    assert meet.find_meetings(BOOKING, starts_at) == []
    made = create(meet, starts_at)
    assert (made.booking_id, made.starts_at, made.duration_minutes) == (BOOKING, starts_at, 60)
    assert (made.topic, made.status) == ("Algebra with Ada", "waiting")
    assert sandbox.http.get(made.join_url).status_code == 200
    found = next(iter(meet.find_meetings(BOOKING, starts_at)), None)
    assert found is not None
    assert (found.id, found.join_url) == (made.id, made.join_url)

    start_url = meet.start_url(made.id)
    assert start_url.startswith("http")
    assert start_url != made.join_url

    later = starts_at + timedelta(days=1)
    meet.update_meeting(made.id, booking_id=BOOKING, topic="Geometry", starts_at=later, duration_minutes=90)
    moved = meet.get_meeting(made.id)
    assert moved is not None
    assert (moved.starts_at, moved.duration_minutes, moved.topic) == (later, 90, "Geometry")
    assert (moved.booking_id, moved.join_url) == (BOOKING, made.join_url)

    meet.delete_meeting(made.id)
    meet.delete_meeting(made.id)
    assert meet.get_meeting(made.id) is None
    assert meet.find_meetings(BOOKING, later) == []
    with pytest.raises(MeetingNotFound):
        meet.start_url(made.id)


def test_a_meeting_is_found_among_many(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime
) -> None:
    made = {number: create(meet, starts_at, BOOKING + number).id for number in range(20)}
    found = next(iter(meet.find_meetings(BOOKING + 7, starts_at)), None)
    assert found is not None
    assert found.id == made[7]
    assert sandbox.calls("zoom.meetings.get") == 1
    assert sandbox.calls("zoom.token") == 1


def test_a_long_agenda_is_cut_in_lists_but_the_meeting_is_found(
    meet: ZoomClient, starts_at: datetime
) -> None:
    made = meet.create_meeting(
        booking_id=BOOKING, topic="Long", starts_at=starts_at, duration_minutes=30, agenda="words " * 300
    )
    found = next(iter(meet.find_meetings(BOOKING, starts_at)), None)
    assert found is not None
    assert found.id == made.id


def test_a_meeting_that_already_began_is_found(meet: ZoomClient) -> None:
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    made = create(meet, begun)
    found = next(iter(meet.find_meetings(BOOKING, begun)), None)
    assert found is not None
    assert found.id == made.id


@pytest.mark.parametrize("kind", LOST)
def test_a_meeting_whose_answer_is_lost_is_found(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime, kind: str
) -> None:
    sandbox.fault("zoom.meetings.create", kind)
    with pytest.raises(ProviderUnavailable) as caught:
        create(meet, starts_at)
    assert caught.value.effect_unknown
    found = next(iter(meet.find_meetings(BOOKING, starts_at)), None)
    assert found is not None
    assert len(sandbox.meetings()) == 1


def test_a_broken_list_is_never_an_empty_one(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime
) -> None:
    create(meet, starts_at)
    for kind in ("500_before", "garbage", "lost_reply"):
        sandbox.fault("zoom.meetings.list", kind, times=3)
        with pytest.raises(ProviderUnavailable):
            meet.find_meetings(BOOKING, starts_at)


def test_an_expired_token_is_renewed(sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime) -> None:
    create(meet, starts_at)
    sandbox.control("POST", "zoom/expire-tokens")
    create(meet, starts_at, BOOKING + 1)
    assert sandbox.calls("zoom.token") == 2
    assert len(sandbox.meetings()) == 2


def test_throttled(sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime) -> None:
    sandbox.fault("zoom.meetings.create", "429")
    with pytest.raises(ProviderThrottled) as caught:
        create(meet, starts_at)
    assert caught.value.retry_after_seconds is not None
    assert not sandbox.meetings()


def test_the_hundredth_change_of_a_day(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime
) -> None:
    meeting_id = create(meet, starts_at).id
    waits: list[float] = []
    changes = 0
    while not waits or waits[-1] < 60:
        try:
            meet.update_meeting(
                meeting_id, booking_id=BOOKING, topic="t", starts_at=starts_at, duration_minutes=30
            )
            changes += 1
        except ProviderThrottled as error:
            waits.append(error.retry_after_seconds or 0.0)
            time.sleep(min(waits[-1], 2))  # the limit per second is met on the way
    assert changes == 99
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert waits[-1] == pytest.approx((midnight - now).total_seconds(), abs=90)


@pytest.mark.parametrize(
    "changes", [{"client_secret": "wrong"}, {"account_id": "wrong"}, {"host": "nobody@example.com"}]
)
def test_wrong_settings(sandbox: SandboxProcess, starts_at: datetime, changes: dict[str, str]) -> None:
    client = zoom_client(sandbox, **changes)
    with pytest.raises(ProviderMisconfigured):
        create(client, starts_at)
    client.close()


@pytest.mark.parametrize("kind", ["500_before", "lost_reply", "garbage"])
def test_a_token_is_asked_for_again(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime, kind: str
) -> None:
    sandbox.fault("zoom.token", kind, times=2)
    assert create(meet, starts_at).booking_id == BOOKING
