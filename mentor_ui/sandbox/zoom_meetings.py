"""Zoom's meetings: create, get, change, end, delete, list, and the events they cause."""

import base64
import json
import secrets
from typing import Any

from starlette.responses import JSONResponse, Response

from mentor_ui.sandbox import webhooks
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, Sandbox, iso_seconds, now, random_code, whole_number
from mentor_ui.sandbox.zoom_fields import DEFAULT_SETTINGS, meeting_changes
from mentor_ui.sandbox.zoom_wire import (
    count_daily_call,
    find_user,
    next_page_token,
    page_start,
    refusal,
    user_shape,
    validation_failed,
)

_ACCOUNT_ZONE = "Africa/Lagos"
_DAY_SECONDS = 86_400
_EVENTS = frozenset({"started", "ended", "participant_joined", "participant_left"})


def create(sandbox: Sandbox, call: Call) -> Response:
    """`POST /users/{user}/meetings` -> 201."""
    host = find_user(sandbox, call.path["user"])
    body = _body(call)
    if (wanted := body.get("schedule_for")) and str(wanted).lower() != host["email"]:
        raise refusal(400, 3000, f"You cannot schedule a meeting for {wanted}.")
    defaults: Json = {
        "topic": "Zoom Meeting",
        "agenda": "",
        "type": 2,
        "duration_minutes": 60,
        "timezone": _ACCOUNT_ZONE,
        "password": random_code("", 6),
        "tracking_fields": "[]",
        "start_time": None,
        "settings": {},
    }
    meeting = defaults | meeting_changes(sandbox, body, zone_now=_ACCOUNT_ZONE)
    if meeting["type"] == 2 and meeting["start_time"] is None:
        meeting["start_time"] = now()
    count_daily_call(sandbox, host["id"])
    number = _free_number(sandbox)
    sandbox.store.run(
        "INSERT INTO meetings (id, uuid, host_id, type, topic, agenda, start_time, duration_minutes,"
        " timezone,"
        " password, pwd, settings, tracking_fields, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " ?, ?, ?)",
        number,
        _new_uuid(),
        host["id"],
        meeting["type"],
        meeting["topic"],
        meeting["agenda"],
        meeting["start_time"],
        meeting["duration_minutes"],
        meeting["timezone"],
        meeting["password"],
        f"{secrets.token_urlsafe(24)}.1",
        json.dumps(DEFAULT_SETTINGS | meeting["settings"]),
        meeting["tracking_fields"],
        now(),
    )
    return JSONResponse(meeting_shape(sandbox, find(sandbox, str(number))), 201)


def _body(call: Call) -> Json:
    body = call.json_object()
    if body is None:
        raise refusal(400, 300, "Request Body should be a valid JSON object.")
    return body


def _free_number(sandbox: Sandbox) -> int:
    while True:
        number = 80_000_000_000 + secrets.randbelow(20_000_000_000)
        if sandbox.store.one("SELECT 1 FROM meetings WHERE id = ?", number) is None:
            return number


def _new_uuid() -> str:
    return base64.b64encode(secrets.token_bytes(16)).decode()


def find(sandbox: Sandbox, number: str, *, deleted: bool = False) -> Row:
    """The meeting with this id.

    Raises:
        RefusedError: 404 with code 3001; 400 with code 300 for what cannot be an id.
    """
    if not number.isdecimal() or len(number) > 18:
        raise refusal(400, 300, "Invalid meeting id.")
    row = sandbox.store.one(
        "SELECT * FROM meetings WHERE id = ? AND is_deleted = ?", int(number), int(deleted)
    )
    if row is None:
        raise refusal(404, 3001, f"Meeting does not exist: {number}.")
    return row


def join_url(sandbox: Sandbox, row: Row) -> str:
    """The participants' link."""
    return f"{sandbox.config.public_url}/zoom/j/{row['id']}?pwd={row['pwd']}"


def meeting_shape(sandbox: Sandbox, row: Row) -> Json:
    """The meeting object of create and get; `start_url` is fresh each time."""
    host = find_user(sandbox, row["host_id"])
    return {
        "uuid": row["uuid"],
        "id": row["id"],
        "host_id": row["host_id"],
        "host_email": host["email"],
        "topic": row["topic"],
        "type": row["type"],
        "status": row["status"],
        "start_time": iso_seconds(row["start_time"]),
        "duration": row["duration_minutes"],
        "timezone": row["timezone"],
        "agenda": row["agenda"],
        "created_at": iso_seconds(row["created_at"]),
        "start_url": f"{sandbox.config.public_url}/zoom/s/{row['id']}?zak={secrets.token_urlsafe(48)}",
        "join_url": join_url(sandbox, row),
        "password": row["password"],
        "h323_password": f"{row['id'] % 1_000_000:06d}",
        "pstn_password": f"{row['id'] % 1_000_000:06d}",
        "encrypted_password": row["pwd"],
        "tracking_fields": json.loads(row["tracking_fields"]),
        "settings": json.loads(row["settings"]),
        "pre_schedule": False,
        "creation_source": "open_api",
    }


def get(sandbox: Sandbox, call: Call) -> Response:
    """`GET /meetings/{id}`."""
    return JSONResponse(meeting_shape(sandbox, find(sandbox, call.path["id"])))


def patch(sandbox: Sandbox, call: Call) -> Response:
    """`PATCH /meetings/{id}` -> 204 without a body."""
    row = find(sandbox, call.path["id"])
    changes = meeting_changes(sandbox, _body(call), zone_now=row["timezone"])
    count_daily_call(sandbox, row["host_id"])
    if "settings" in changes:
        changes["settings"] = json.dumps(json.loads(row["settings"]) | changes["settings"])
    row |= changes
    sandbox.store.run(
        "UPDATE meetings SET type = ?, topic = ?, agenda = ?, start_time = ?, duration_minutes = ?,"
        " timezone = ?, password = ?, settings = ?, tracking_fields = ? WHERE id = ?",
        *(row[name] for name in ("type", "topic", "agenda", "start_time", "duration_minutes", "timezone")),
        *(row[name] for name in ("password", "settings", "tracking_fields", "id")),
    )
    return Response(status_code=204)


def delete(sandbox: Sandbox, call: Call) -> Response:
    """`DELETE /meetings/{id}` -> 204; gone for good, a second call gets 404 with code 3001."""
    row = find(sandbox, call.path["id"])
    if row["status"] == "started":
        raise refusal(
            400, 3002, f"Sorry, you cannot delete this meeting since it is in progress: {row['id']}."
        )
    sandbox.store.run("UPDATE meetings SET is_deleted = 1 WHERE id = ?", row["id"])
    about, operator = _about(row, now()), find_user(sandbox, row["host_id"])
    beside = {"operator": operator["email"], "operator_id": operator["id"], "operation": "all"}
    webhooks.emit_zoom(sandbox, "meeting.deleted", {**about, "id": row["id"]}, **beside)
    return Response(status_code=204)


def set_status(sandbox: Sandbox, call: Call) -> Response:
    """`PUT /meetings/{id}/status` with the action end or recover -> 204."""
    action = _body(call).get("action")
    if action not in {"end", "recover"}:
        raise validation_failed("action", "Invalid field.")
    row = find(sandbox, call.path["id"], deleted=action == "recover")
    if action == "recover":
        sandbox.store.run("UPDATE meetings SET is_deleted = 0 WHERE id = ?", row["id"])
    elif row["status"] == "started":
        happen(sandbox, row, "ended", {})
    return Response(status_code=204)


def listing(sandbox: Sandbox, call: Call) -> Response:
    """`GET /users/{user}/meetings`: agendas are cut at 250 characters, as in Zoom's own list."""
    host = find_user(sandbox, call.path["user"])
    kind = call.query.get("type", "scheduled")
    conditions = {
        "scheduled": "1 = 1",
        "live": "status = 'started'",
        "upcoming": "start_time + duration_minutes * 60 > :now",
        "upcoming_meetings": "start_time + duration_minutes * 60 > :now",
        "previous_meetings": "start_time + duration_minutes * 60 <= :now",
    }
    if kind not in conditions:
        raise validation_failed("type", "Invalid field.")
    size = whole_number(call.query.get("page_size"), 30, high=300)
    start = page_start(call)
    condition = conditions[kind].replace(":now", str(int(now())))
    where = f"host_id = ? AND is_deleted = 0 AND {condition}"
    rows = sandbox.store.all(f"SELECT * FROM meetings WHERE {where} ORDER BY start_time, id", host["id"])  # noqa: S608
    shown = [_listed_shape(sandbox, row) for row in rows[start : start + size]]
    return JSONResponse(
        {
            "page_size": size,
            "total_records": len(rows),
            "next_page_token": next_page_token(start + size, len(rows)),
            "meetings": shown,
        }
    )


def _listed_shape(sandbox: Sandbox, row: Row) -> Json:
    return {
        "uuid": row["uuid"],
        "id": row["id"],
        "host_id": row["host_id"],
        "topic": row["topic"],
        "type": row["type"],
        "start_time": iso_seconds(row["start_time"]),
        "duration": row["duration_minutes"],
        "timezone": row["timezone"],
        "agenda": row["agenda"][:250],
        "created_at": iso_seconds(row["created_at"]),
        "join_url": join_url(sandbox, row),
    }


def happen(sandbox: Sandbox, row: Row, event: str, participant: Json) -> None:
    """Let something happen in a meeting and send its webhook.

    Args:
        sandbox: the world.
        row: the meeting.
        event: started, ended, participant_joined or participant_left.
        participant: who joins or leaves: user_name, id (of a user in the account), email, customer_key,
            participant_uuid, leave_reason.

    Raises:
        ValueError: no such event.
    """
    if event not in _EVENTS:
        raise ValueError(f"unknown event {event!r}; known: {', '.join(sorted(_EVENTS))}")
    moment = now()
    # Zoom's own samples show both: a number here, text in participant events.
    number = row["id"] if not event.startswith("participant") else str(row["id"])
    about = {**_about(row, row["started_at"] or moment), "id": number}
    if event == "started":
        sandbox.store.run(
            "UPDATE meetings SET status = 'started', started_at = ? WHERE id = ?", moment, row["id"]
        )
    elif event == "ended":
        about["end_time"] = iso_seconds(moment)
        # The next occurrence of a meeting is a new instance with a new uuid.
        sandbox.store.run(
            "UPDATE meetings SET status = 'waiting', started_at = NULL, uuid = ? WHERE id = ?",
            _new_uuid(),
            row["id"],
        )
    else:
        about["participant"] = _participant_shape(event, participant, moment)
    webhooks.emit_zoom(sandbox, f"meeting.{event}", about)


def _about(row: Row, starts_at: float) -> Json:
    return {
        "uuid": row["uuid"],
        "host_id": row["host_id"],
        "topic": row["topic"],
        "type": row["type"],
        "start_time": iso_seconds(starts_at),
        "duration": row["duration_minutes"],
        "timezone": row["timezone"],
    }


def _participant_shape(event: str, participant: Json, moment: float) -> Json:
    shape: Json = {
        "user_id": str(16_778_240 + secrets.randbelow(10_000) * 1024),
        "user_name": str(participant.get("user_name") or "Guest"),
        "id": str(participant.get("id") or ""),
        "participant_uuid": str(participant.get("participant_uuid") or secrets.token_hex(16).upper()),
        "participant_user_id": str(participant.get("id") or ""),
        "email": str(participant.get("email") or ""),
        "registrant_id": "",
        "customer_key": str(participant.get("customer_key") or ""),
    }
    if event == "participant_joined":
        return {**shape, "join_time": iso_seconds(moment)}
    reason: Any = participant.get("leave_reason") or f"left the meeting. Reason: {shape['user_name']} left."
    return {**shape, "leave_time": iso_seconds(moment), "leave_reason": reason}


def host_of(sandbox: Sandbox, row: Row) -> Json:
    """The host's user object."""
    return user_shape(find_user(sandbox, row["host_id"]))
