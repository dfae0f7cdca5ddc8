"""A host of calendar files, as Google, Outlook and Apple publish them by a secret address."""

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from starlette.responses import JSONResponse, RedirectResponse, Response

from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, RefusedError, Sandbox, now

DEMO_FILE = "demo.ics"
_CALENDAR = "text/calendar; charset=utf-8"


def get(sandbox: Sandbox, call: Call) -> Response:
    """`GET /ics/{name}`: 304 for whoever has it already; `demo.ics` is always there."""
    row = _find(sandbox, call.path["name"])
    if row["redirect_to"]:
        return RedirectResponse(row["redirect_to"], 302)
    body = row["body"].encode() + b" " * row["padding"]
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    marks = {
        "etag": etag,
        "last-modified": format_datetime(datetime.fromtimestamp(int(row["changed_at"]), UTC), usegmt=True),
    }
    if call.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=marks)
    return Response(body, headers={**marks, "content-type": row["content_type"]})


def put(sandbox: Sandbox, call: Call) -> Response:
    """`PUT /control/ics/{name}` `{body?, content_type?, redirect_to?, padding?}`: what is answered there."""
    wanted = call.json_object()
    if wanted is None:
        raise RefusedError(400, {"message": "Send a JSON object."})
    sandbox.store.run(
        "INSERT OR REPLACE INTO ics_files (name, body, content_type, redirect_to, padding, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        call.path["name"],
        str(wanted.get("body", "")),
        str(wanted.get("content_type", _CALENDAR)),
        str(wanted.get("redirect_to", "")),
        int(wanted.get("padding", 0)),
        now(),
    )
    return JSONResponse(
        {"address": f"http://{sandbox.config.host}:{sandbox.config.port}/ics/{call.path['name']}"}
    )


def delete(sandbox: Sandbox, call: Call) -> Response:
    """`DELETE /control/ics/{name}`: the address answers 404 from now on."""
    return JSONResponse(
        {"removed": sandbox.store.run("DELETE FROM ics_files WHERE name = ?", call.path["name"])}
    )


def _find(sandbox: Sandbox, name: str) -> Row:
    row = sandbox.store.one("SELECT * FROM ics_files WHERE name = ?", name)
    if row is None and name == DEMO_FILE:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "body": _demo_calendar(today),
            "content_type": _CALENDAR,
            "redirect_to": "",
            "padding": 0,
            "changed_at": today.timestamp(),
        }
    if row is None:
        raise RefusedError(404, {"message": "no such file"})
    return row


def _demo_calendar(today: datetime) -> str:
    """A tutor's other week: lunches, choir on Wednesdays, a dentist in two days, a day off next week."""
    monday = today - timedelta(days=today.weekday())
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Sandbox//Calendar host//EN",
        "X-WR-CALNAME:Tunde at home",
        "X-WR-TIMEZONE:Africa/Lagos",
        *_event("lunch", "Lunch", f"{monday:%Y%m%d}T120000", "PT1H", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        *_event("choir", "Choir", f"{monday + timedelta(days=2):%Y%m%d}T180000", "PT2H", "FREQ=WEEKLY"),
        *_event("dentist", "Dentist", f"{today + timedelta(days=2):%Y%m%d}T090000", "PT90M"),
        "BEGIN:VEVENT",
        "UID:off@sandbox",
        f"DTSTAMP:{today:%Y%m%dT%H%M%SZ}",
        "SUMMARY:Day off",
        f"DTSTART;VALUE=DATE:{monday + timedelta(days=9):%Y%m%d}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def _event(name: str, title: str, starts: str, lasts: str, repeats: str = "") -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{name}@sandbox",
        "DTSTAMP:20260101T000000Z",
        f"SUMMARY:{title}",
        f"DTSTART;TZID=Africa/Lagos:{starts}",
        f"DURATION:{lasts}",
        *([f"RRULE:{repeats}"] if repeats else []),
        "END:VEVENT",
    ]
