"""Zoom's look-alike: tokens, meetings, paging, limits, error bodies, events."""

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Receiver
from tests.sandbox_process import ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET, ZOOM_WEBHOOK_SECRET, SandboxProcess

MEETING: dict[str, Any] = {
    "topic": "Calculus with Adé",
    "agenda": "booking 1000000000000001",
    "type": 2,
    "start_time": "2027-01-04T17:30:00Z",
    "duration": 60,
    "timezone": "Africa/Lagos",
    "tracking_fields": [{"field": "booking", "value": "1000000000000001"}],
    "settings": {"waiting_room": True, "join_before_host": False, "breakout_room": {"enable": True}},
}


def create(zoom: httpx.Client, host: str = "tutor@demo.test", **changes: Any) -> dict[str, Any]:
    reply = zoom.post(f"/users/{host}/meetings", json=MEETING | changes)
    assert reply.status_code == 201, reply.text
    meeting: dict[str, Any] = reply.json()
    return meeting


@pytest.mark.parametrize(
    ("auth", "form", "status", "error"),
    [
        (
            ("demo-client", "wrong"),
            {"grant_type": "account_credentials", "account_id": "demo-account"},
            401,
            "invalid_client",
        ),
        ((ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET), {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (
            (ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET),
            {"grant_type": "account_credentials", "account_id": "x"},
            400,
            "invalid_grant",
        ),
    ],
)
def test_token_refusals(
    sandbox: SandboxProcess, auth: tuple[str, str], form: dict[str, str], status: int, error: str
) -> None:
    reply = sandbox.http.post("/zoom/oauth/token", auth=auth, data=form)
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert reply.json()["reason"]


def test_expired_and_foreign_tokens(sandbox: SandboxProcess, zoom: httpx.Client) -> None:
    assert zoom.get("/users/me").status_code == 200
    sandbox.control("POST", "zoom/expire-tokens")
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": ""}):
        reply = zoom.get("/users/me", headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (401, 124)


def test_meeting_lives_and_dies(sandbox: SandboxProcess, zoom: httpx.Client) -> None:
    made = create(zoom)
    assert made["host_email"] == "tutor@demo.test"
    assert (made["start_time"], made["duration"], made["topic"]) == (
        "2027-01-04T17:30:00Z",
        60,
        "Calculus with Adé",
    )
    assert made["settings"]["waiting_room"] is True
    assert "breakout_room" not in made["settings"]
    assert made["tracking_fields"][0]["value"] == "1000000000000001"
    assert f"/zoom/j/{made['id']}?pwd=" in made["join_url"]
    found = zoom.get(f"/meetings/{made['id']}").json()
    assert found["start_url"] != made["start_url"]
    moved = zoom.patch(f"/meetings/{made['id']}", json={"start_time": "2027-01-05T18:00:00"})
    assert (moved.status_code, moved.content) == (204, b"")
    assert zoom.get(f"/meetings/{made['id']}").json()["start_time"] == "2027-01-05T17:00:00Z"
    assert sandbox.http.get(made["join_url"]).status_code == 200
    assert sandbox.http.get(made["join_url"] + "x").status_code == 404
    assert zoom.delete(f"/meetings/{made['id']}").status_code == 204
    for reply in (zoom.get(f"/meetings/{made['id']}"), zoom.delete(f"/meetings/{made['id']}")):
        assert (reply.status_code, reply.json()["code"]) == (404, 3001)
    assert zoom.put(f"/meetings/{made['id']}/status", json={"action": "recover"}).status_code == 204
    assert zoom.get(f"/meetings/{made['id']}").status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"duration": 0}, "duration"),
        ({"duration": 60.0}, "duration"),
        ({"start_time": "2027-01-04T17:30:00+01:00"}, "start_time"),
        ({"start_time": "2027-02-30T17:30:00Z"}, "start_time"),
        ({"timezone": "Lagos"}, "timezone"),
        ({"agenda": "x" * 2001}, "agenda"),
        ({"topic": "x" * 201}, "topic"),
        ({"type": 4}, "type"),
        ({"password": "this one is too long"}, "password"),
        ({"settings": {"waiting_room": "yes"}}, "settings.waiting_room"),
        ({"settings": {"jbh_time": 7}}, "settings.jbh_time"),
        ({"settings": {"alternative_hosts": "stranger@x.test"}}, "settings.alternative_hosts"),
        ({"tracking_fields": ["booking"]}, "tracking_fields"),
    ],
)
def test_meeting_fields_are_checked(zoom: httpx.Client, change: dict[str, Any], field: str) -> None:
    reply = zoom.post("/users/me/meetings", json=MEETING | change)
    assert (reply.status_code, reply.json()["code"]) == (400, 300)
    assert [error["field"] for error in reply.json()["errors"]] == [field]


def test_unknown_user_and_foreign_schedule(zoom: httpx.Client) -> None:
    reply = zoom.post("/users/nobody@x.test/meetings", json=MEETING)
    assert (reply.status_code, reply.json()["code"]) == (404, 1001)
    foreign = zoom.post("/users/me/meetings", json=MEETING | {"schedule_for": "tutor@demo.test"})
    assert (foreign.status_code, foreign.json()["code"]) == (400, 3000)
    assert {"tutor@demo.test", "mentor@demo.test"} <= {
        user["email"] for user in zoom.get("/users").json()["users"]
    }


def test_list_pages_and_kinds(sandbox: SandboxProcess, zoom: httpx.Client) -> None:
    made = [
        create(zoom, start_time=f"2027-01-0{day}T10:00:00Z", agenda="a" * 300)["id"] for day in range(1, 6)
    ]
    create(zoom, start_time="2020-01-01T10:00:00Z")
    create(zoom, host="mentor@demo.test")
    seen: list[int] = []
    token: str | None = None
    while token != "":
        params = {"type": "upcoming", "page_size": "2", **({"next_page_token": token} if token else {})}
        body = zoom.get("/users/tutor@demo.test/meetings", params=params).json()
        seen += [meeting["id"] for meeting in body["meetings"]]
        token = body["next_page_token"]
    assert seen == made
    assert len(body["meetings"][0]["agenda"]) == 250
    assert zoom.get("/users/tutor@demo.test/meetings").json()["total_records"] == 6
    sandbox.control("POST", f"zoom/meetings/{made[3]}/started", {})
    live = zoom.get("/users/tutor@demo.test/meetings", params={"type": "live"}).json()["meetings"]
    assert [meeting["id"] for meeting in live] == [made[3]]


def test_daily_limit_is_per_host(zoom: httpx.Client) -> None:
    made = create(zoom)
    for _ in range(11):
        assert zoom.patch(f"/meetings/{made['id']}", json={"duration": 45}).status_code == 204
    for reply in (
        zoom.patch(f"/meetings/{made['id']}", json={"duration": 30}),
        zoom.post("/users/tutor@demo.test/meetings", json=MEETING),
    ):
        assert (reply.status_code, reply.json()["code"]) == (429, 429)
        assert "retry-after" not in reply.headers
    assert zoom.get(f"/meetings/{made['id']}").json()["duration"] == 45
    create(zoom, host="mentor@demo.test")


def test_events_are_signed(sandbox: SandboxProcess, zoom: httpx.Client, receiver: Receiver) -> None:
    made = create(zoom)
    sandbox.control("POST", f"zoom/meetings/{made['id']}/started", {})
    guest = {"user_name": "Adé", "email": "ada@demo.test"}
    sandbox.control("POST", f"zoom/meetings/{made['id']}/participant_joined", guest)
    sandbox.control("POST", f"zoom/meetings/{made['id']}/participant_left", guest)
    sandbox.control("POST", f"zoom/meetings/{made['id']}/ended", {})
    events = {event["event"]: event for event in receiver.wait(4)}
    assert set(events) == {
        "meeting.started",
        "meeting.participant_joined",
        "meeting.participant_left",
        "meeting.ended",
    }
    assert events["meeting.started"]["payload"]["object"]["id"] == made["id"]
    joined = events["meeting.participant_joined"]["payload"]["object"]
    assert (joined["id"], joined["participant"]["user_name"]) == (str(made["id"]), "Adé")
    assert "end_time" in events["meeting.ended"]["payload"]["object"]
    for path, headers, body in receiver.requests:
        message = b"v0:" + headers["x-zm-request-timestamp"].encode() + b":" + body
        expected = hmac.new(ZOOM_WEBHOOK_SECRET.encode(), message, hashlib.sha256).hexdigest()
        assert (path, headers["x-zm-signature"]) == ("/zoom", f"v0={expected}")


def test_url_validation_handshake(sandbox: SandboxProcess, receiver: Receiver) -> None:
    def answer(body: bytes) -> bytes:
        plain = json.loads(body)["payload"]["plainToken"]
        encrypted = hmac.new(ZOOM_WEBHOOK_SECRET.encode(), plain.encode(), hashlib.sha256).hexdigest()
        return json.dumps({"plainToken": plain, "encryptedToken": encrypted}).encode()

    receiver.answer = answer
    assert sandbox.control("POST", "zoom/validate")["ok"] is True
    receiver.answer = lambda _body: b"{}"
    assert sandbox.control("POST", "zoom/validate")["ok"] is False
    assert (
        sandbox.http.post("/control/zoom/validate", headers={"x-forwarded-for": "1.2.3.4"}).status_code == 403
    )
