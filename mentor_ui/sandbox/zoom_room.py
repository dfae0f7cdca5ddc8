"""The page behind a join link: says where one is, and lets one walk in and out so that events happen."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from mentor_ui.sandbox import zoom_meetings as meetings
from mentor_ui.sandbox.markup import MENTOR_CSS, page
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, RefusedError, Sandbox


def show(sandbox: Sandbox, call: Call) -> Response:
    """`GET /zoom/j/{id}?pwd=`: the participants' room."""
    row = _room(sandbox, call, call.query.get("pwd", ""))
    if row is None:
        return _closed()
    pwd = escape(call.query.get("pwd", ""))
    is_host = call.query.get("as") == "host"
    name = meetings.host_of(sandbox, row)["display_name"] if is_host else call.query.get("name", "Guest")
    fields = (
        f'<label>Your name <input name="name" value="{escape(name)}" maxlength="64"></label>'
        f'<input type="hidden" name="as" value="{"host" if is_host else ""}">'
    )
    buttons = (
        '<button name="action" value="enter">Enter the room</button>'
        '<button class="quiet" name="action" value="leave">Leave the room</button>'
        '<button class="quiet" name="action" value="end">End for all</button>'
    )
    form = f"""<form class="actions" method="post" action="{sandbox.config.public_path}/zoom/j/{row["id"]}">
<input type="hidden" name="pwd" value="{pwd}">{fields}{buttons}</form>"""
    return _room_page(sandbox, row, form)


def start(sandbox: Sandbox, call: Call) -> Response:
    """`GET /zoom/s/{id}?zak=`: the host's link; starts the meeting with the host in it."""
    try:
        row = meetings.find(sandbox, call.path["id"])
    except RefusedError:
        return _closed()
    if not call.query.get("zak"):
        return _closed()
    if row["status"] != "started":
        meetings.happen(sandbox, row, "started", {})
        row = meetings.find(sandbox, call.path["id"])
    meetings.happen(sandbox, row, "participant_joined", _person(sandbox, row, {"as": "host"}))
    return RedirectResponse(_address(sandbox, row, {"as": "host"}), 303)


def act(sandbox: Sandbox, call: Call) -> Response:
    """`POST /zoom/j/{id}`: enter, leave or end; the matching webhooks follow."""
    form = call.form()
    row = _room(sandbox, call, form.get("pwd", ""))
    if row is None:
        return _closed()
    person = _person(sandbox, row, form)
    match form.get("action"):
        case "enter":
            if row["status"] != "started":
                meetings.happen(sandbox, row, "started", {})
                row = meetings.find(sandbox, call.path["id"])
            meetings.happen(sandbox, row, "participant_joined", person)
        case "leave" if row["status"] == "started":
            meetings.happen(sandbox, row, "participant_left", person)
        case "end" if row["status"] == "started":
            meetings.happen(sandbox, row, "ended", {})
        case _:
            pass
    return RedirectResponse(_address(sandbox, row, form), 303)


def _person(sandbox: Sandbox, row: Row, form: Mapping[str, str]) -> Json:
    """Who acts: the host by the host's link, anybody else under the name that was typed."""
    if form.get("as") == "host":
        host = meetings.host_of(sandbox, row)
        return {"user_name": host["display_name"], "id": host["id"], "participant_uuid": f"HOST{row['id']}"}
    name = form.get("name", "").strip()[:64] or "Guest"
    return {"user_name": name, "participant_uuid": f"GUEST{row['id']}-{name}"}


def _address(sandbox: Sandbox, row: Row, form: Mapping[str, str]) -> str:
    role = {"as": "host"} if form.get("as") == "host" else {"name": form.get("name", "") or "Guest"}
    return f"{sandbox.config.public_path}/zoom/j/{row['id']}?{urlencode({'pwd': row['pwd'], **role})}"


def _room(sandbox: Sandbox, call: Call, pwd: str) -> Row | None:
    try:
        row = meetings.find(sandbox, call.path["id"])
    except RefusedError:
        return None
    return row if hmac.compare_digest(row["pwd"].encode(), pwd.encode()) else None


def _closed() -> Response:
    body = """<main><span class="badge">Zoom sandbox</span><h1>This meeting link is not valid</h1>
<p class="muted">The meeting was removed, or the link is incomplete.</p></main>"""
    return page("Meeting not found", MENTOR_CSS, body, 404)


def _room_page(sandbox: Sandbox, row: Row, form: str) -> Response:
    host = meetings.host_of(sandbox, row)
    starts = (
        f"{datetime.fromtimestamp(row['start_time'], UTC):%d %b %Y, %H:%M} UTC"
        if row["start_time"]
        else "now"
    )
    state = "In progress" if row["status"] == "started" else "Not started yet"
    body = f"""<main><span class="badge">Zoom sandbox</span><h1>{escape(row["topic"])}</h1>
<p class="muted">This is the sandbox's meeting room. With real Zoom keys the video call opens here.</p>
<div class="card"><dl><dt>State</dt><dd>{state}</dd><dt>Starts</dt><dd>{starts}</dd>
<dt>Length</dt><dd>{row["duration_minutes"]} minutes</dd><dt>Host</dt><dd>{escape(host["display_name"])}</dd>
<dt>Meeting ID</dt><dd>{row["id"]}</dd></dl></div>{form}</main>"""
    return page(row["topic"], MENTOR_CSS, body)
