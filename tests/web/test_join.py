"""The one join link: whom it leads where, and what it says when it leads nowhere."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.models import MentorshipSession
from mentor_ui.resources import get_resources
from tests.booked import GUEST_URL, cookie_for, make_booking
from tests.sandbox_process import SandboxProcess
from tests.world import make_pair

pytestmark = pytest.mark.anyio

SOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)


async def test_an_unknown_link_is_answered_calmly(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/j/no-such-token")
    assert answer.status_code == 404
    assert "leads to no session" in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in answer.text


async def test_whoever_holds_the_link_enters_as_a_guest(visitor: httpx.AsyncClient, joined: Database) -> None:
    booking = make_booking(joined, make_pair(joined), SOON)
    answer = await visitor.get(f"/j/{booking.join_token}")
    assert (answer.status_code, answer.headers["location"]) == (302, GUEST_URL)
    assert answer.headers["cache-control"] == "no-store"


async def test_the_tutor_gets_a_fresh_start_link_that_is_kept_nowhere(
    visitor: httpx.AsyncClient,
    joined: Database,
    web_sandbox: SandboxProcess,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pair = make_pair(joined)
    booking = make_booking(joined, pair, SOON, meeting_url=None)
    meeting = get_resources().meetings.create_meeting(
        booking_id=booking.id, topic="React", starts_at=SOON, duration_minutes=60
    )
    with joined.transaction() as session:
        stored = session.get_one(MentorshipSession, booking.id)
        stored.meeting_url, stored.zoom_meeting_id = meeting.join_url, str(meeting.id)
    path = f"/j/{booking.join_token}"
    tutor = {"cookie": f"{SESSION_COOKIE}={cookie_for(joined, pair.tutor)}"}
    first = (await visitor.get(path, headers=tutor)).headers["location"]
    assert first != meeting.join_url
    assert "zak=" in first
    student = {"cookie": f"{SESSION_COOKIE}={cookie_for(joined, pair.student)}"}
    assert (await visitor.get(path, headers=student)).headers["location"] == meeting.join_url
    with joined.reading() as session:
        assert first not in repr(session.get_one(MentorshipSession, booking.id).model_dump())
    assert "zak=" not in caplog.text
    web_sandbox.fault("zoom.meetings.get", "500_before", times=None)
    assert (await visitor.get(path, headers=tutor)).headers["location"] == meeting.join_url


async def test_a_room_that_is_being_made_is_waited_for(visitor: httpx.AsyncClient, joined: Database) -> None:
    booking = make_booking(joined, make_pair(joined), SOON, meeting_url=None)
    answer = await visitor.get(f"/j/{booking.join_token}")
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    assert "being made" in answer.text


@pytest.mark.parametrize(
    ("status", "hours", "answered"),
    [
        (SessionStatus.CANCELLED, 2, (410, "was cancelled")),
        (SessionStatus.COMPLETED, -5, (410, "is over")),
        (SessionStatus.SCHEDULED, -5, (410, "is over")),
        (SessionStatus.NO_SHOW, -5, (410, "is over")),
        (SessionStatus.HELD, 2, (404, "not booked yet")),
    ],
)
async def test_a_closed_door_says_why(
    visitor: httpx.AsyncClient,
    joined: Database,
    status: SessionStatus,
    hours: int,
    answered: tuple[int, str],
) -> None:
    booking = make_booking(
        joined, make_pair(joined), SOON + timedelta(hours=hours), status=status, title="<b>React</b>"
    )
    answer = await visitor.get(f"/j/{booking.join_token}")
    assert answer.status_code == answered[0]
    assert answered[1] in answer.text
    assert "<b>" not in answer.text
    assert GUEST_URL not in answer.text


async def test_a_session_that_runs_over_can_be_entered_again(
    visitor: httpx.AsyncClient, joined: Database
) -> None:
    just_ended = datetime.now(UTC) - timedelta(minutes=70)
    booking = make_booking(joined, make_pair(joined), just_ended, status=SessionStatus.COMPLETED)
    assert (await visitor.get(f"/j/{booking.join_token}")).headers["location"] == GUEST_URL
