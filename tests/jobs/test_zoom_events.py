"""What Zoom tells of a session: through the real endpoint, into the timeline, whatever the order."""

import hashlib
import hmac
import itertools
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from starlette.applications import Starlette

from mentor_ui.db.engine import Database
from mentor_ui.domain.attendance import Reason, Verdict
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import AttendanceEvent, AttendanceKind, MentorshipSession, ProviderEvent
from mentor_ui.resources import Resources
from mentor_ui.services import attendance
from mentor_ui.web import webhooks
from tests.booked import make_booking
from tests.sandbox_process import SandboxProcess
from tests.waiting import within
from tests.world import Pair, make_pair

pytestmark = pytest.mark.anyio

SECRET = "demo-webhook-secret"
HOST = "host-user-id"
PATIENCE = 90.0

_numbers = itertools.count(70_000_000_001)


async def told(*events: dict[str, Any]) -> None:
    """Let events arrive as Zoom sends them; each is answered 200."""
    transport = httpx.ASGITransport(Starlette(routes=webhooks.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for event in events:
            body = json.dumps(event, ensure_ascii=False).encode()
            stamp = str(int(time.time()))
            digest = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
            headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={digest.hexdigest()}"}
            answer = await client.post("/api/zoom/webhook", content=body, headers=headers)
            assert answer.status_code == 200


def event(
    name: str, meeting_id: int | str, at: datetime, participant: dict[str, str] | None = None
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "id": meeting_id,
        "uuid": f"Ünï/{meeting_id}==",
        "host_id": HOST,
        "topic": "React",
    }
    if participant is not None:
        about["participant"] = participant
    payload = {"account_id": "demo-account", "object": about}
    return {"event": f"meeting.{name}", "event_ts": int(at.timestamp() * 1000), "payload": payload}


def came(meeting_id: int, at: datetime, *, went: bool = False, **who: str) -> dict[str, Any]:
    shape = {"user_id": "1", "user_name": "", "id": "", "email": "", "participant_uuid": who.get("email", "")}
    name = "participant_left" if went else "participant_joined"
    return event(name, str(meeting_id), at, {**shape, **who})


def meeting_of(database: Database, pair: Pair, starts_at: datetime) -> tuple[MentorshipSession, int]:
    number = next(_numbers)
    booking = make_booking(database, pair, starts_at, zoom_meeting_id=number, room_kind="ZOOM")
    return booking, number


def handled(database: Database) -> list[str]:
    """Outcomes of all events, once there is one for each."""
    found: list[str] = []

    def all_done() -> bool:
        with database.reading() as session:
            events = session.exec(select(ProviderEvent)).all()
        found[:] = [one.outcome for one in events]
        return all(one.handled_at for one in events)

    assert within(PATIENCE, all_done), "an event was not worked on"
    return found


def timeline(database: Database, booking: MentorshipSession) -> list[tuple[str, int | None]]:
    with database.reading() as session:
        return [(one.kind, one.person_id) for one in attendance.timeline(session, booking.id)]


def status(database: Database, booking: MentorshipSession) -> str:
    with database.reading() as session:
        return session.get_one(MentorshipSession, booking.id).status


@pytest.fixture(autouse=True)
def endpoint(running: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "get_resources", lambda: running)


@pytest.mark.parametrize("order", ["as it happened", "backwards, and twice"])
async def test_a_meeting_becomes_a_timeline_whatever_the_order(running: Resources, order: str) -> None:
    database = running.database
    pair = make_pair(database)
    starts_at = datetime.now(UTC) - timedelta(minutes=20)
    booking, number = meeting_of(database, pair, starts_at)
    minute = timedelta(minutes=1)
    events = [
        event("started", number, starts_at),
        came(number, starts_at + minute, id=HOST, user_name="Room One"),
        came(number, starts_at + 2 * minute, user_name="ada obi"),
        came(number, starts_at + 16 * minute, went=True, user_name="ada obi"),
        came(number, starts_at + 17 * minute, went=True, id=HOST, user_name="Room One"),
        event("ended", number, starts_at + 18 * minute),
    ]
    await told(*(events if order == "as it happened" else [*events[::-1], *events]))
    outcomes = handled(database)
    assert len(outcomes) == len(events)
    tutor, student = pair.tutor.person_id, pair.student.person_id
    assert timeline(database, booking) == [
        (AttendanceKind.MEETING_STARTED, None),
        (AttendanceKind.JOINED, tutor),
        (AttendanceKind.JOINED, student),
        (AttendanceKind.LEFT, student),
        (AttendanceKind.LEFT, tutor),
        (AttendanceKind.MEETING_ENDED, None),
    ]
    assert status(database, booking) == SessionStatus.IN_PROGRESS
    with database.reading() as session:
        proposal = attendance.proposed_verdict(session, booking, datetime.now(UTC))
    assert proposal is not None
    assert (proposal.verdict, proposal.reason) == (Verdict.HELD, Reason.TOGETHER)
    assert proposal.together == timedelta(minutes=14)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ({"id": HOST, "user_name": "Ada Obi"}, "tutor"),
        ({"user_name": "Tunde"}, "tutor"),
        ({"user_name": " ADA  OBI "}, "student"),
        ({"user_name": "iPhone"}, None),
        ({"user_name": ""}, None),
        ({"id": "another-user", "user_name": "Bola"}, None),
    ],
)
async def test_who_came_is_said_only_where_it_is_known(
    running: Resources, who: dict[str, str], expected: str | None
) -> None:
    database = running.database
    pair = make_pair(database)
    booking, number = meeting_of(database, pair, datetime.now(UTC))
    await told(came(number, datetime.now(UTC), **who))
    handled(database)
    people = {"tutor": pair.tutor.person_id, "student": pair.student.person_id, None: None}
    assert timeline(database, booking) == [(AttendanceKind.JOINED, people[expected])]


async def test_a_meeting_tried_the_day_before_begins_nothing(running: Resources) -> None:
    database = running.database
    booking, number = meeting_of(database, make_pair(database), datetime.now(UTC) + timedelta(days=1))
    await told(event("started", number, datetime.now(UTC)))
    handled(database)
    assert status(database, booking) == SessionStatus.SCHEDULED


async def test_what_is_not_ours_or_says_nothing_is_kept_and_answered(running: Resources) -> None:
    database = running.database
    now = datetime.now(UTC)
    await told(
        event("started", 999, now),
        event("sharing_started", 998, now),
        {"event": "recording.completed", "event_ts": 1, "payload": {"object": {"uuid": "x"}}},
        {"payload": 5},
    )
    assert sorted(handled(database)) == ["kept", "kept", "kept", "unknown meeting"]
    with database.reading() as session:
        assert session.exec(select(AttendanceEvent)).all() == []


async def test_a_deleted_meeting_is_made_anew(running: Resources, sandbox: SandboxProcess) -> None:
    database = running.database
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    booking, number = meeting_of(database, make_pair(database), starts_at)
    await told(event("deleted", number, datetime.now(UTC)), event("deleted", 997, datetime.now(UTC)))
    assert sorted(handled(database)) == ["made anew", "unknown meeting"]

    def has_new_room() -> bool:
        with database.reading() as session:
            now = session.get_one(MentorshipSession, booking.id)
        return now.zoom_meeting_id not in (None, str(number)) and not now.room_due

    assert within(PATIENCE, has_new_room)
    ours = [one for one in sandbox.meetings() if one["agenda"].endswith(f":{booking.id}")]
    assert [one["is_deleted"] for one in ours] == [False]
    assert timeline(database, booking) == [(AttendanceKind.ROOM_CHANGED, None)]


@pytest.mark.parametrize(
    "statement", ["UPDATE attendance_event SET detail = 'x'", "DELETE FROM attendance_event"]
)
async def test_the_timeline_is_never_changed(running: Resources, statement: str) -> None:
    database = running.database
    booking, number = meeting_of(database, make_pair(database), datetime.now(UTC))
    await told(event("started", number, datetime.now(UTC)))
    handled(database)
    with (
        pytest.raises(DBAPIError, match="attendance rows are never changed"),
        database.transaction() as session,
    ):
        session.connection().execute(text(statement))
    assert timeline(database, booking) == [(AttendanceKind.MEETING_STARTED, None)]
