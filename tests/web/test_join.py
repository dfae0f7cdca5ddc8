"""The one join link: whom it leads where, and what it says when it leads nowhere."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import inspect, select, table, text

from mentor_ui.db.engine import Database
from mentor_ui.domain.local_path import local_path
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.models import AttendanceEvent, AttendanceKind, MentorshipSession, RoomKind
from mentor_ui.resources import get_resources
from mentor_ui.services.followups import SYNC_ROOM
from tests.booked import GUEST_URL, cookie_for, make_booking
from tests.sandbox_process import SandboxProcess
from tests.world import Pair, make_pair

pytestmark = pytest.mark.anyio


def soon() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)


def at_the_door() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10)


async def test_an_unknown_link_is_answered_calmly(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/j/no-such-token")
    assert answer.status_code == 404
    assert "leads to no session" in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in answer.text


async def test_whoever_holds_the_link_enters_as_a_guest(visitor: httpx.AsyncClient, joined: Database) -> None:
    booking = make_booking(joined, make_pair(joined), at_the_door())
    answer = await visitor.get(f"/j/{booking.join_token}")
    assert (answer.status_code, answer.headers["location"]) == (302, GUEST_URL)
    assert answer.headers["cache-control"] == "no-store"


def signed_in(database: Database, actor: Actor) -> dict[str, str]:
    return {"cookie": f"{SESSION_COOKIE}={cookie_for(database, actor)}"}


def on_zoom(database: Database, pair: Pair) -> MentorshipSession:
    """A booking at the door, with a meeting at the sandbox's Zoom."""
    booking = make_booking(database, pair, at_the_door(), meeting_url=None)
    meeting = get_resources().meetings.create_meeting(
        booking_id=booking.id, topic="React", starts_at=at_the_door(), duration_minutes=60
    )
    with database.transaction() as session:
        stored = session.get_one(MentorshipSession, booking.id)
        stored.meeting_url, stored.zoom_meeting_id = meeting.join_url, str(meeting.id)
    return stored


def everything_in(database: Database) -> str:
    """Every value of every table, the queue's own ones included."""
    found: list[str] = []
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        for schema in [None] if database.is_sqlite else ["public", "dbos"]:
            for name in inspector.get_table_names(schema=schema):
                rows = connection.execute(select(text("*")).select_from(table(name, schema=schema)))
                found += [repr(tuple(row)) for row in rows]
    return "\n".join(found)


async def test_the_tutor_gets_a_fresh_start_link_that_is_kept_nowhere(
    visitor: httpx.AsyncClient,
    joined: Database,
    web_sandbox: SandboxProcess,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pair = make_pair(joined)
    booking = on_zoom(joined, pair)
    path, guests = f"/j/{booking.join_token}", booking.meeting_url
    tutor = signed_in(joined, pair.tutor)
    first = (await visitor.get(path, headers=tutor)).headers["location"]
    second = (await visitor.get(path, headers=tutor)).headers["location"]
    assert "zak=" in first
    assert guests not in (first, second)
    assert first != second
    student = signed_in(joined, pair.student)
    assert (await visitor.get(path, headers=student)).headers["location"] == guests
    assert (await visitor.get(path)).headers["location"] == guests
    kept = everything_in(joined)
    assert booking.join_token in kept
    assert "zak=" not in kept
    assert "zak=" not in caplog.text
    web_sandbox.fault("zoom.meetings.get", "500_before", times=None)
    assert (await visitor.get(path, headers=tutor)).headers["location"] == guests


async def test_a_tutor_who_is_signed_out_can_come_in_as_the_host(
    visitor: httpx.AsyncClient, joined: Database
) -> None:
    pair = make_pair(joined)
    path = f"/j/{on_zoom(joined, pair).join_token}?as=host"
    answer = await visitor.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={quote(path, safe='')}")
    assert local_path(parse_qs(urlsplit(answer.headers["location"]).query)["next"][0]) == path
    assert clicks(joined) == []
    tutor = signed_in(joined, pair.tutor)
    assert "zak=" in (await visitor.get(path, headers=tutor)).headers["location"]
    student = signed_in(joined, pair.student)
    assert "zak=" not in (await visitor.get(path, headers=student)).headers["location"]


async def test_a_room_that_zoom_no_longer_has_is_asked_for_again(
    visitor: httpx.AsyncClient, joined: Database
) -> None:
    pair = make_pair(joined)
    booking = on_zoom(joined, pair)
    get_resources().meetings.delete_meeting(int(booking.zoom_meeting_id or 0))
    answer = await visitor.get(f"/j/{booking.join_token}", headers=signed_in(joined, pair.tutor))
    assert (answer.status_code, "being made" in answer.text) == (200, True)
    (job,) = joined.queue.list_workflows(queue_name=SYNC_ROOM)
    assert job.workflow_id.startswith(f"room-{booking.id}-0")
    with joined.reading() as session:
        stored = session.get_one(MentorshipSession, booking.id)
        assert (stored.meeting_url, stored.zoom_meeting_id, stored.room_due) == (None, None, True)


async def test_a_room_that_was_lost_a_moment_ago_is_waited_for_before_the_spare_one_is_used(
    visitor: httpx.AsyncClient, joined: Database
) -> None:
    pair = make_pair(joined)
    booking = on_zoom(joined, pair)
    get_resources().meetings.delete_meeting(int(booking.zoom_meeting_id or 0))
    with joined.transaction() as session:
        stored = session.get_one(MentorshipSession, booking.id)
        stored.updated_at = datetime.now(UTC) - timedelta(days=3)
    path = f"/j/{booking.join_token}"
    for person in (pair.tutor, pair.student):
        answer = await visitor.get(path, headers=signed_in(joined, person))
        assert (answer.status_code, "being made" in answer.text) == (200, True)


def clicks(database: Database) -> list[tuple[int | None, str]]:
    with database.reading() as session:
        found = session.exec(
            select(AttendanceEvent).where(AttendanceEvent.kind == AttendanceKind.JOIN_CLICK)
        ).scalars()
        return [(one.person_id, one.detail) for one in found]


async def test_each_click_is_noted_once(visitor: httpx.AsyncClient, joined: Database) -> None:
    pair = make_pair(joined)
    path = f"/j/{make_booking(joined, pair, at_the_door(), room_kind=RoomKind.OWN).join_token}"
    early = f"/j/{make_booking(joined, pair, soon()).join_token}"
    student = signed_in(joined, pair.student)
    await visitor.head(path, headers=student)
    await visitor.get(path, headers={**student, "sec-purpose": "prefetch"})
    assert clicks(joined) == []
    await visitor.get(path, headers=student)
    await visitor.get(early, headers=student)
    await visitor.get(f"{early}?waiting", headers=student)
    await visitor.get(path)
    assert sorted(clicks(joined), key=repr) == sorted(
        [
            (pair.student.person_id, "led into the room"),
            (pair.student.person_id, "saw the waiting page"),
            (None, "led into the room"),
        ],
        key=repr,
    )


async def test_before_the_door_opens_a_page_counts_down_in_the_readers_zone(
    visitor: httpx.AsyncClient, joined: Database
) -> None:
    starts_at = soon()
    booking = make_booking(joined, make_pair(joined), starts_at)
    opens = (starts_at - timedelta(minutes=15)).astimezone(ZoneInfo("Asia/Kathmandu"))
    answer = await visitor.get(f"/j/{booking.join_token}", headers={"cookie": "mentor_zone=Asia/Kathmandu"})
    assert answer.status_code == 200
    assert f"at {opens:%H:%M}" in answer.text
    assert "Kathmandu time" in answer.text
    assert GUEST_URL not in answer.text
    left = float(found[1]) if (found := re.search(r'data-seconds="([\d.]+)"', answer.text)) else 0
    assert 100 * 60 < left <= 105 * 60
    assert answer.headers["refresh"] == f"300; url=/j/{booking.join_token}?waiting"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "<script>" not in answer.text


async def test_without_a_script_the_page_looks_again_when_the_door_opens(
    visitor: httpx.AsyncClient, joined: Database
) -> None:
    opens_soon = datetime.now(UTC) + timedelta(minutes=15, seconds=20)
    booking = make_booking(joined, make_pair(joined), opens_soon)
    answer = await visitor.get(f"/j/{booking.join_token}")
    assert 15 < int(answer.headers["refresh"].partition(";")[0]) <= 21


async def test_the_link_goes_with_a_session_that_is_moved(
    visitor: httpx.AsyncClient, joined: Database
) -> None:
    booking = make_booking(joined, make_pair(joined), soon())
    path = f"/j/{booking.join_token}"
    assert (await visitor.get(path)).status_code == 200
    for starts_at, status in ((at_the_door(), 302), (soon() + timedelta(days=3), 200)):
        with joined.transaction() as session:
            stored = session.get_one(MentorshipSession, booking.id)
            stored.starts_at, stored.ends_at = starts_at, starts_at + timedelta(hours=1)
        assert (await visitor.get(path)).status_code == status


async def test_a_room_that_is_being_made_is_waited_for(visitor: httpx.AsyncClient, joined: Database) -> None:
    booking = make_booking(joined, make_pair(joined), at_the_door(), meeting_url=None)
    answer = await visitor.get(f"/j/{booking.join_token}")
    assert answer.status_code == 200
    assert answer.headers["refresh"] == f"5; url=/j/{booking.join_token}?waiting"
    assert "being made" in answer.text


@pytest.mark.parametrize(("minutes", "made_seconds_ago"), [(10, 100), (0, 1), (-20, 1)])
async def test_who_stands_before_the_door_too_long_gets_the_spare_room(
    visitor: httpx.AsyncClient, joined: Database, minutes: int, made_seconds_ago: int
) -> None:
    pair = make_pair(joined)
    booking = make_booking(joined, pair, datetime.now(UTC) + timedelta(minutes=minutes), meeting_url=None)
    with joined.transaction() as session:
        stored = session.get_one(MentorshipSession, booking.id)
        stored.updated_at = datetime.now(UTC) - timedelta(seconds=made_seconds_ago)
    path = f"/j/{booking.join_token}"
    first = await visitor.get(path, headers=signed_in(joined, pair.student))
    second = await visitor.get(path, headers=signed_in(joined, pair.tutor))
    assert first.headers["location"] == second.headers["location"]
    assert first.headers["location"].startswith("https://meet.jit.si/mentor-")


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
        joined, make_pair(joined), soon() + timedelta(hours=hours), status=status, title="<b>React</b>"
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
