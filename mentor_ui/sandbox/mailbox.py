"""The demo mailbox: what the application would have mailed, for people and for tests."""

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from email.message import Message
from html import escape
from typing import Any, cast
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from mentor_ui.sandbox.markup import MENTOR_CSS, page
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, RefusedError, Sandbox, iso_millis, now, whole_number

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def accept(sandbox: Sandbox, call: Call) -> Response:
    """`POST /mail/messages`: 201 when new, 200 with the same id for a repeated Idempotency-Key."""
    mail = call.json_object()
    if mail is None:
        raise RefusedError(400, {"message": "Send a JSON object."})
    key = call.headers.get("idempotency-key") or None
    if key and (stored := sandbox.store.one("SELECT id FROM mails WHERE idempotency_key = ?", key)):
        return JSONResponse({"id": str(stored["id"])}, 200)
    recipients = _recipients(mail.get("to"))
    for field in ("from", "subject"):
        if not isinstance(mail.get(field), str) or not mail[field].strip():
            raise RefusedError(422, {"message": f"{field} is required."})
    text, html = mail.get("text") or "", mail.get("html") or ""
    if not isinstance(text, str) or not isinstance(html, str) or not (text or html):
        raise RefusedError(422, {"message": "text or html is required."})
    attachments = _attachments(mail.get("attachments"))
    number = sandbox.store.run(
        "INSERT INTO mails (idempotency_key, sender, recipients, subject, text, html, headers,"
        " attachments, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        key,
        mail["from"],
        json.dumps(recipients),
        mail["subject"],
        text,
        html,
        json.dumps(mail.get("headers") or {}),
        json.dumps(attachments),
        now(),
    )
    return JSONResponse({"id": str(number)}, 201)


def _recipients(value: Any) -> list[str]:
    given: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [value]
    addresses = [address.lower() for address in given if isinstance(address, str) and "@" in address]
    if not addresses or len(addresses) < len(given):
        raise RefusedError(422, {"message": "to must be an address or a list of addresses."})
    return addresses


def _attachments(value: Any) -> list[Json]:
    """Return the files of a mail as they are kept: name, type and base64.

    Raises:
        RefusedError: 422 when it is anything else.
    """
    given: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [value] if value else []
    kept: list[Json] = []
    for item in given:
        file = cast("Json", item) if isinstance(item, dict) else {}
        parts = {name: file.get(name) for name in ("filename", "content_type", "content")}
        if not all(isinstance(part, str) for part in parts.values()):
            raise RefusedError(422, {"message": "An attachment has filename, content_type and content."})
        try:
            base64.b64decode(str(parts["content"]), validate=True)
        except binascii.Error:
            raise RefusedError(422, {"message": "An attachment's content is base64."}) from None
        kept.append(parts)
    return kept


def _wanted(sandbox: Sandbox, call: Call) -> list[Row]:
    pattern = f"%{call.query.get('to', '').strip().lower()}%"
    limit = whole_number(call.query.get("limit"), 200, high=1000)
    return sandbox.store.all(
        "SELECT * FROM mails WHERE recipients LIKE ? ORDER BY id DESC LIMIT ?", pattern, limit
    )


def _shape(sandbox: Sandbox, row: Row) -> Json:
    files: list[Json] = json.loads(row["attachments"])
    return {
        "id": str(row["id"]),
        "to": json.loads(row["recipients"]),
        "from": row["sender"],
        "subject": row["subject"],
        "text": row["text"],
        "html": row["html"],
        "headers": json.loads(row["headers"]),
        "attachments": [
            {**file, "url": _file_path(sandbox, row, number)} for number, file in enumerate(files)
        ],
        "createdAt": iso_millis(row["created_at"]),
        "idempotencyKey": row["idempotency_key"],
    }


def listing_json(sandbox: Sandbox, call: Call) -> Response:
    """`GET /mail.json?to=`: `{messages: […], total}`, newest first."""
    messages = [_shape(sandbox, row) for row in _wanted(sandbox, call)]
    return JSONResponse({"messages": messages, "total": len(messages)})


def listing_page(sandbox: Sandbox, call: Call) -> Response:
    """`GET /mail?to=`: the mailbox for people, newest first."""
    base, to = sandbox.config.public_path, call.query.get("to", "").strip()
    rows = _wanted(sandbox, call)
    items = "".join(
        f'<li><a href="{base}/mail/{row["id"]}"><b>{escape(row["subject"])}</b>'
        f"<span><span>To {_addresses(row)}</span>{_time(row)}</span></a></li>"
        for row in rows
    )
    nothing = (
        f"No mail to {escape(to)} yet." if to else "No mail yet. What the application sends appears here."
    )
    content = (
        f'<ul class="list">{items}</ul>'
        if rows
        else f'<div class="list"><p class="empty">{nothing}</p></div>'
    )
    body = f"""<main><div class="top"><div><h1>Demo mailbox</h1>
<p class="muted">Mail that would have been sent. Nothing left this machine.</p></div>
<form class="search" method="get" action="{base}/mail" role="search">
<input type="search" name="to" value="{escape(to)}" placeholder="Recipient" aria-label="Recipient">
<button>Search</button></form></div>
{content}</main>"""
    return page("Demo mailbox", MENTOR_CSS, body)


def show(sandbox: Sandbox, call: Call) -> Response:
    """`GET /mail/{id}`: one mail, its HTML in a frame that can run nothing."""
    base, number = sandbox.config.public_path, call.path["id"]
    row = sandbox.store.one("SELECT * FROM mails WHERE id = ?", number) if number.isdecimal() else None
    if row is None:
        body = f'<main><h1>No such mail</h1><p><a href="{base}/mail">All mail</a></p></main>'
        return page("No such mail", MENTOR_CSS, body, 404)
    files: list[Json] = json.loads(row["attachments"])
    names = ", ".join(
        f'<a href="{escape(_file_path(sandbox, row, number))}">{escape(file["filename"])}</a>'
        f" {escape(_described(file))}"
        for number, file in enumerate(files)
    )
    frame = ""
    if row["html"]:
        document = '<base target="_top">' + row["html"]
        frame = (
            '<iframe title="The mail as it looks" sandbox="allow-top-navigation-by-user-activation" '
            f'srcdoc="{escape(document)}"></iframe>'
        )
    text = (
        f'<div class="card"><h2>Plain text</h2><pre>{_with_links(row["text"])}</pre></div>'
        if row["text"]
        else ""
    )
    attached = f"<dt>Attached</dt><dd>{names}</dd>" if names else ""
    body = f"""<main><a class="back" href="{base}/mail">All mail</a><h1>{escape(row["subject"])}</h1>
<dl><dt>From</dt><dd>{escape(row["sender"])}</dd>
<dt>To</dt><dd>{_addresses(row)}</dd>
<dt>Sent</dt><dd>{_time(row)}</dd>{attached}</dl>{frame}{text}</main>"""
    return page(row["subject"], MENTOR_CSS, body)


def _addresses(row: Row) -> str:
    return escape(", ".join(json.loads(row["recipients"])))


def _time(row: Row) -> str:
    moment = datetime.fromtimestamp(row["created_at"], UTC)
    return f'<time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{moment:%d %b %Y, %H:%M} UTC</time>'


def attachment(sandbox: Sandbox, call: Call) -> Response:
    """`GET /mail/{id}/attachments/{number}`: one file of a mail, always to be saved and never shown."""
    mail_id, number = call.path["id"], call.path["number"]
    row = sandbox.store.one("SELECT * FROM mails WHERE id = ?", mail_id) if mail_id.isdecimal() else None
    files: list[Json] = json.loads(row["attachments"]) if row else []
    if not number.isdecimal() or int(number) >= len(files):
        raise RefusedError(404, {"message": "No such attachment."})
    file = files[int(number)]
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(file['filename'], safe='')}",
        "content-type": file["content_type"],
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return Response(base64.b64decode(file["content"]), headers=headers)


def _file_path(sandbox: Sandbox, row: Row, number: int) -> str:
    return f"{sandbox.config.public_path}/mail/{row['id']}/attachments/{number}"


def _described(file: Json) -> str:
    """Return `(text/calendar, REQUEST)`: the type, and what a calendar is to do with it."""
    header = Message()
    header["Content-Type"] = file["content_type"]
    method = header.get_param("method")
    return f"({header.get_content_type()}{f', {method}' if method else ''})"


def _with_links(text: str) -> str:
    parts: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        link = escape(found.group())
        parts += [escape(text[end : found.start()]), f'<a href="{link}">{link}</a>']
        end = found.end()
    return "".join([*parts, escape(text[end:])])
