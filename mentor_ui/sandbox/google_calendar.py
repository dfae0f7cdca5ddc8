"""Google Calendar v3: the calendar list, free/busy, and events."""

import json
import secrets
from datetime import UTC, datetime
from typing import Final

from starlette.responses import JSONResponse, Response

from mentor_ui.sandbox.account_calendars import (
    calendars_of,
    delete_event,
    epoch,
    events_between,
    find_calendar,
    find_event,
    save_event,
)
from mentor_ui.sandbox.accounts import GOOGLE, account_of, refusal
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, Sandbox, iso_seconds, whole_number

_LONGEST_QUERY_SECONDS: Final = 62 * 86_400


def calendar_list(sandbox: Sandbox, call: Call) -> Response:
    """`GET /users/me/calendarList`."""
    entries = [
        {
            "kind": "calendar#calendarListEntry",
            "id": row["id"],
            "summary": row["name"],
            "timeZone": "Africa/Lagos",
            "accessRole": "owner" if row["writable"] else "reader",
            **({"primary": True} if row["is_main"] else {}),
        }
        for row in calendars_of(sandbox, GOOGLE, account_of(sandbox, call))
    ]
    return JSONResponse({"kind": "calendar#calendarList", "items": entries})


def free_busy(sandbox: Sandbox, call: Call) -> Response:
    """`POST /freeBusy`: neighbouring times are merged, and a calendar with errors has none."""
    account, body = account_of(sandbox, call), _body(call)
    since, until = _moment(body.get("timeMin")), _moment(body.get("timeMax"))
    if until - since > _LONGEST_QUERY_SECONDS:
        raise refusal(GOOGLE, 400, "", "The requested time range is too long.", "timeRangeTooLong")
    found: Json = {}
    items: list[Json] = body.get("items") or []
    for calendar_id in (str(item.get("id")) for item in items):
        row = find_calendar(sandbox, GOOGLE, account, calendar_id)
        error = "notFound" if row is None else row["error"]
        found[calendar_id] = (
            {"errors": [{"domain": "global", "reason": error}], "busy": []}
            if row is None or error
            else {"busy": _merged(events_between(sandbox, GOOGLE, row["id"], since, until))}
        )
    return JSONResponse(
        {
            "kind": "calendar#freeBusy",
            "timeMin": iso_seconds(since),
            "timeMax": iso_seconds(until),
            "calendars": found,
        }
    )


def list_events(sandbox: Sandbox, call: Call) -> Response:
    """`GET /calendars/{id}/events` by iCalUID, or with singleEvents, timeMin, timeMax, in pages."""
    calendar = _calendar(sandbox, call)
    if uid := call.query.get("iCalUID"):
        found = _by_uid(sandbox, calendar["id"], uid)
        shown = [row for row in found if call.query.get("showDeleted") == "true" or not row["is_deleted"]]
        return JSONResponse({"kind": "calendar#events", "items": [_shape(row) for row in shown]})
    since, until = _moment(call.query.get("timeMin")), _moment(call.query.get("timeMax"))
    size = whole_number(call.query.get("maxResults"), 250, high=2500)
    start = whole_number(call.query.get("pageToken"), 0, low=0)
    rows = events_between(sandbox, GOOGLE, calendar["id"], since, until)
    reply: Json = {
        "kind": "calendar#events",
        "timeZone": "Africa/Lagos",
        "items": [_shape(row) for row in rows[start : start + size]],
    }
    if start + size < len(rows):
        reply["nextPageToken"] = str(start + size)
    return JSONResponse(reply)


def import_event(sandbox: Sandbox, call: Call) -> Response:
    """`POST /calendars/{id}/events/import`: 409 for an iCalUID used before, even by a deleted event."""
    calendar, body = _calendar(sandbox, call, writes=True), _body(call)
    uid = str(body.get("iCalUID", ""))
    if not uid or "id" in body:
        raise refusal(GOOGLE, 400, "", "Invalid iCalUID value.", "invalid")
    if _by_uid(sandbox, calendar["id"], uid):
        raise refusal(GOOGLE, 409, "", "The requested identifier already exists.", "duplicate")
    return JSONResponse(_shape(_saved(sandbox, calendar["id"], secrets.token_hex(13), body)))


def patch_event(sandbox: Sandbox, call: Call) -> Response:
    """`PATCH /calendars/{id}/events/{event}`: a deleted one comes back with `status: confirmed`.

    What a mail brought in belongs to its organizer.
    """
    calendar, body = _calendar(sandbox, call, writes=True), _body(call)
    row = find_event(sandbox, GOOGLE, call.path["event"], calendar["id"])
    if row is None or (row["is_deleted"] and body.get("status") != "confirmed"):
        raise refusal(GOOGLE, 404, "", "Not Found", "notFound")
    if "organizer" in json.loads(row["body"]):
        words = "Shared properties can only be changed by the organizer of the event."
        raise refusal(GOOGLE, 403, "", words, "forbiddenForNonOrganizer")
    return JSONResponse(_shape(_saved(sandbox, calendar["id"], row["id"], json.loads(row["body"]) | body)))


def remove_event(sandbox: Sandbox, call: Call) -> Response:
    """`DELETE /calendars/{id}/events/{event}` -> 204; 410 the second time."""
    calendar = _calendar(sandbox, call, writes=True)
    row = find_event(sandbox, GOOGLE, call.path["event"], calendar["id"])
    if row is None:
        raise refusal(GOOGLE, 404, "", "Not Found", "notFound")
    if row["is_deleted"]:
        raise refusal(GOOGLE, 410, "", "Resource has been deleted", "deleted")
    delete_event(sandbox, row)
    return Response(status_code=204)


def _by_uid(sandbox: Sandbox, calendar_id: str, uid: str) -> list[Row]:
    rows = sandbox.store.all(
        "SELECT * FROM account_events WHERE provider = ? AND calendar_id = ?", GOOGLE, calendar_id
    )
    return [row for row in rows if json.loads(row["body"]).get("iCalUID") == uid]


def _saved(sandbox: Sandbox, calendar_id: str, event_id: str, body: Json) -> Row:
    try:
        return save_event(sandbox, GOOGLE, calendar_id, event_id, body)
    except ValueError as error:
        raise refusal(GOOGLE, 400, "", str(error), "required") from error


def _calendar(sandbox: Sandbox, call: Call, *, writes: bool = False) -> Row:
    row = find_calendar(sandbox, GOOGLE, account_of(sandbox, call), call.path["calendar"])
    if row is None or row["error"]:
        raise refusal(GOOGLE, 404, "", "Not Found", "notFound")
    if writes and not row["writable"]:
        raise refusal(GOOGLE, 403, "", "You need to have writer access.", "requiredAccessLevel")
    return row


def _body(call: Call) -> Json:
    body = call.json_object()
    if body is None:
        raise refusal(GOOGLE, 400, "", "Parse Error", "parseError")
    return body


def _moment(text: object) -> float:
    try:
        return epoch({"dateTime": text})
    except ValueError:
        raise refusal(GOOGLE, 400, "", "Bad Request", "badRequest") from None


def _merged(rows: list[Row]) -> list[Json]:
    spans: list[list[float]] = []
    for row in rows:
        if json.loads(row["body"]).get("transparency") == "transparent":
            continue
        if spans and row["starts_at"] <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], row["ends_at"])
        else:
            spans.append([row["starts_at"], row["ends_at"]])
    return [{"start": iso_seconds(start), "end": iso_seconds(end)} for start, end in spans]


def _shape(row: Row) -> Json:
    body: Json = json.loads(row["body"])
    return {
        "kind": "calendar#event",
        "status": "confirmed",
        "iCalUID": f"{row['id']}@google.com",
        **body,
        "id": row["id"],
        "updated": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}",
    }
