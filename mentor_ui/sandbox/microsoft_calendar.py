"""Microsoft Graph v1.0: calendars, calendar views, schedules, and events."""

import json
import secrets
from typing import Any, Final, cast
from urllib.parse import urlencode

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
from mentor_ui.sandbox.accounts import MICROSOFT, account_of, refusal
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, Sandbox, iso_seconds, whole_number

PERSONAL: Final = "@outlook.test"
_UTC_ASKED: Final = 'outlook.timezone="UTC"'


def calendars(sandbox: Sandbox, call: Call) -> Response:
    """`GET /me/calendars`."""
    account = account_of(sandbox, call)
    entries = [
        {
            "id": row["id"],
            "name": row["name"],
            "canEdit": bool(row["writable"]),
            "isDefaultCalendar": bool(row["is_main"]),
            "owner": {"name": account.partition("@")[0].title(), "address": account},
        }
        for row in calendars_of(sandbox, MICROSOFT, account)
    ]
    return JSONResponse({"value": entries})


def calendar_view(sandbox: Sandbox, call: Call) -> Response:
    """`GET /me/calendars/{id}/calendarView`: in UTC when the header asks for it, in pages."""
    calendar = _calendar(sandbox, call)
    since, until = _moment(call.query.get("startDateTime")), _moment(call.query.get("endDateTime"))
    size = whole_number(call.query.get("$top"), 10, high=1000)
    start = whole_number(call.query.get("$skip"), 0, low=0)
    rows = events_between(sandbox, MICROSOFT, calendar["id"], since, until)
    in_utc = _UTC_ASKED in call.headers.get("prefer", "")
    reply: Json = {"value": [_shape(row, in_utc=in_utc) for row in rows[start : start + size]]}
    if start + size < len(rows):
        query = urlencode({**dict(call.query), "$skip": start + size})
        path = f"/microsoft/v1.0/me/calendars/{calendar['id']}/calendarView"
        reply["@odata.nextLink"] = f"{sandbox.config.public_url}{path}?{query}"
    return JSONResponse(reply)


def get_schedule(sandbox: Sandbox, call: Call) -> Response:
    """`POST /me/calendar/getSchedule`: for accounts of work and school only."""
    account = account_of(sandbox, call)
    if account.endswith(PERSONAL):
        raise refusal(MICROSOFT, 403, "ErrorAccessDenied", "Not supported for personal accounts.")
    body = _body(call)
    since, until = (_moment(_part(body, name).get("dateTime")) for name in ("startTime", "endTime"))
    found: list[Json] = []
    mailboxes: list[Any] = body.get("schedules") or []
    for mailbox in mailboxes:
        main = find_calendar(sandbox, MICROSOFT, str(mailbox), "primary")
        if main is None or main["error"]:
            error = {"responseCode": "ErrorMailRecipientNotFound", "message": "no such mailbox"}
            found.append({"scheduleId": mailbox, "availabilityView": "", "error": error})
            continue
        items = [
            {"status": "busy", **{name: _utc(row[f"{name}s_at"]) for name in ("start", "end")}}
            for row in events_between(sandbox, MICROSOFT, main["id"], since, until)
        ]
        found.append({"scheduleId": mailbox, "availabilityView": "", "scheduleItems": items})
    return JSONResponse({"value": found})


def create_event(sandbox: Sandbox, call: Call) -> Response:
    """`POST /me/calendars/{id}/events` -> 201; the same `transactionId` is the same event."""
    calendar, body = _calendar(sandbox, call, writes=True), _body(call)
    transaction_id = str(body.pop("transactionId", ""))
    row = transaction_id and sandbox.store.one(
        "SELECT * FROM account_events WHERE provider = ? AND transaction_id = ?", MICROSOFT, transaction_id
    )
    if not row:
        event_id = f"AAMk{secrets.token_urlsafe(40)}="
        row = _saved(sandbox, calendar["id"], event_id, body, transaction_id)
    return JSONResponse(_shape(row, in_utc=True), 201)


def patch_event(sandbox: Sandbox, call: Call) -> Response:
    """`PATCH /me/events/{event}`."""
    row, body = _event(sandbox, call), _body(call)
    whole = json.loads(row["body"]) | body
    saved = _saved(sandbox, row["calendar_id"], row["id"], whole, row["transaction_id"])
    return JSONResponse(_shape(saved, in_utc=True))


def remove_event(sandbox: Sandbox, call: Call) -> Response:
    """`DELETE /me/events/{event}` -> 204."""
    delete_event(sandbox, _event(sandbox, call))
    return Response(status_code=204)


def _saved(sandbox: Sandbox, calendar_id: str, event_id: str, body: Json, transaction_id: str) -> Row:
    try:
        return save_event(sandbox, MICROSOFT, calendar_id, event_id, body, transaction_id=transaction_id)
    except ValueError as error:
        raise refusal(MICROSOFT, 400, "ErrorPropertyValidationFailure", str(error)) from error


def _event(sandbox: Sandbox, call: Call) -> Row:
    account_of(sandbox, call)
    row = find_event(sandbox, MICROSOFT, call.path["event"])
    if row is None or row["is_deleted"]:
        raise refusal(MICROSOFT, 404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return row


def _calendar(sandbox: Sandbox, call: Call, *, writes: bool = False) -> Row:
    row = find_calendar(sandbox, MICROSOFT, account_of(sandbox, call), call.path["calendar"])
    if row is None or row["error"]:
        raise refusal(MICROSOFT, 404, "ErrorItemNotFound", "The specified object was not found in the store.")
    if writes and not row["writable"]:
        raise refusal(MICROSOFT, 403, "ErrorAccessDenied", "Access is denied.")
    return row


def _body(call: Call) -> Json:
    body = call.json_object()
    if body is None:
        raise refusal(MICROSOFT, 400, "BadRequest", "Unable to read JSON request payload.")
    return body


def _part(body: Json, name: str) -> Json:
    part: Any = body.get(name)
    return cast("Json", part) if isinstance(part, dict) else {}


def _moment(text: object) -> float:
    try:
        return epoch({"dateTime": text})
    except ValueError:
        raise refusal(MICROSOFT, 400, "ErrorInvalidParameter", "Not a time.") from None


def _utc(at: float) -> Json:
    return {"dateTime": f"{(iso_seconds(at) or '').removesuffix('Z')}.0000000", "timeZone": "UTC"}


def _shape(row: Row, *, in_utc: bool) -> Json:
    zone = "UTC" if in_utc else "Pacific Standard Time"
    return {
        "showAs": "busy",
        "isCancelled": False,
        **json.loads(row["body"]),
        "id": row["id"],
        "start": {**_utc(row["starts_at"]), "timeZone": zone},
        "end": {**_utc(row["ends_at"]), "timeZone": zone},
    }
