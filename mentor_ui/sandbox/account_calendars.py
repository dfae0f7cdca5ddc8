"""The calendars and events of the stand-in accounts, and the control API about them."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any, cast

from starlette.responses import JSONResponse, Response

from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, RefusedError, Sandbox


def open_account(sandbox: Sandbox, provider: str, account: str) -> None:
    """Give an account its calendars when it is met for the first time."""
    if sandbox.store.one(
        "SELECT 1 FROM account_calendars WHERE provider = ? AND account = ?", provider, account
    ):
        return
    if provider == "google":
        calendars = (
            (account, account, 1, 1),
            (f"family-{secrets.token_hex(6)}@group.calendar.google.com", "Family", 1, 0),
            (f"holidays-{account}", "Holidays in Nigeria", 0, 0),
        )
    else:
        calendars = (
            (f"AQ{secrets.token_urlsafe(24)}=", "Calendar", 1, 1),
            (f"AQ{secrets.token_urlsafe(24)}=", "Side projects", 1, 0),
            (f"AQ{secrets.token_urlsafe(24)}=", "Birthdays", 0, 0),
        )
    for calendar_id, name, writable, is_main in calendars:
        sandbox.store.run(
            "INSERT INTO account_calendars (provider, id, account, name, writable, is_main)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            provider,
            calendar_id,
            account,
            name,
            writable,
            is_main,
        )


def calendars_of(sandbox: Sandbox, provider: str, account: str) -> list[Row]:
    """Return an account's calendars."""
    return sandbox.store.all(
        "SELECT * FROM account_calendars WHERE provider = ? AND account = ? ORDER BY is_main DESC, name",
        provider,
        account,
    )


def find_calendar(sandbox: Sandbox, provider: str, account: str, calendar_id: str) -> Row | None:
    """Return one of an account's calendars; `primary` is the main one."""
    return next(
        (
            row
            for row in calendars_of(sandbox, provider, account)
            if row["id"] == calendar_id or (calendar_id == "primary" and row["is_main"])
        ),
        None,
    )


def events_between(
    sandbox: Sandbox, provider: str, calendar_id: str, since: float, until: float
) -> list[Row]:
    """Return a calendar's live events that overlap a window, by their start."""
    return sandbox.store.all(
        "SELECT * FROM account_events WHERE provider = ? AND calendar_id = ? AND is_deleted = 0"
        " AND starts_at < ? AND ends_at > ? ORDER BY starts_at, id",
        provider,
        calendar_id,
        until,
        since,
    )


def find_event(sandbox: Sandbox, provider: str, event_id: str, calendar_id: str = "") -> Row | None:
    """Return an event, deleted ones too."""
    return sandbox.store.one(
        "SELECT * FROM account_events WHERE provider = ? AND id = ? AND (calendar_id = ? OR ? = '')",
        provider,
        event_id,
        calendar_id,
        calendar_id,
    )


def save_event(
    sandbox: Sandbox, provider: str, calendar_id: str, event_id: str, body: Json, *, transaction_id: str = ""
) -> Row:
    """Write an event anew or in place of itself."""
    sandbox.store.run(
        "INSERT OR REPLACE INTO account_events"
        " (provider, calendar_id, id, body, starts_at, ends_at, is_deleted, transaction_id)"
        " VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        provider,
        calendar_id,
        event_id,
        json.dumps(body),
        epoch(body.get("start")),
        epoch(body.get("end")),
        transaction_id,
    )
    found = find_event(sandbox, provider, event_id, calendar_id)
    if found is None:
        raise ValueError(f"event {event_id} was not kept")
    return found


def delete_event(sandbox: Sandbox, row: Row) -> None:
    """Mark an event as deleted."""
    sandbox.store.run(
        "UPDATE account_events SET is_deleted = 1 WHERE provider = ? AND calendar_id = ? AND id = ?",
        row["provider"],
        row["calendar_id"],
        row["id"],
    )


def epoch(stated: Any) -> float:
    """Read `{dateTime}` or `{date}`, UTC unless it says otherwise.

    Raises:
        ValueError: It is neither.
    """
    fields: Json = cast("Json", stated) if isinstance(stated, dict) else {}
    at = datetime.fromisoformat(str(fields.get("dateTime") or fields.get("date")))
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).timestamp()


def list_events(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /control/accounts/events`: all, deleted ones too."""
    rows = sandbox.store.all("SELECT * FROM account_events ORDER BY provider, calendar_id, starts_at, id")
    return JSONResponse({"events": [{**row, "body": json.loads(row["body"])} for row in rows]})


def list_calendars(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /control/accounts/calendars`: of all accounts."""
    rows = sandbox.store.all("SELECT * FROM account_calendars ORDER BY provider, account, is_main DESC, name")
    return JSONResponse({"calendars": rows})


def add_event(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/accounts/events` `{provider, calendar_id, id?, …}`: an event in the provider's shape."""
    body = call.json_object() or {}
    provider, calendar_id = str(body.pop("provider", "")), str(body.pop("calendar_id", ""))
    event_id = str(body.pop("id", "") or secrets.token_hex(12))
    try:
        save_event(sandbox, provider, calendar_id, event_id, body)
    except ValueError as error:
        raise RefusedError(422, {"message": str(error)}) from error
    return JSONResponse({"id": event_id}, 201)


def remove_event(sandbox: Sandbox, call: Call) -> Response:
    """`DELETE /control/accounts/events/{provider}/{id}`: its owner deletes it by hand."""
    row = find_event(sandbox, call.path["provider"], call.path["id"])
    if row is None:
        raise RefusedError(404, {"message": "no such event"})
    delete_event(sandbox, row)
    return JSONResponse({})


def set_error(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/accounts/error` `{provider, calendar_id, error}`: one calendar cannot be looked into."""
    body = call.json_object() or {}
    changed = sandbox.store.run(
        "UPDATE account_calendars SET error = ? WHERE provider = ? AND id = ?",
        str(body.get("error", "")),
        str(body.get("provider", "")),
        str(body.get("calendar_id", "")),
    )
    return JSONResponse({"changed": changed})
