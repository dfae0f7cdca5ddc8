"""The control API for tests and demos: faults, the request log, charges and meetings by hand."""

import json

from starlette.responses import JSONResponse, Response

from mentor_ui.sandbox import paystack_transactions as transactions
from mentor_ui.sandbox import webhooks
from mentor_ui.sandbox import zoom_meetings as meetings
from mentor_ui.sandbox.cards import CARD_BY_NUMBER, CARDS
from mentor_ui.sandbox.paystack_shapes import transaction_shape, webhook_charge_shape
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, RefusedError, Sandbox, now
from mentor_ui.sandbox.zoom_wire import add_user, seed_users, user_shape

_SETTLED_BY_HAND = frozenset(
    ["failed", "abandoned", "ongoing", "pending", "processing", "queued", "reversed"]
)


def _body(call: Call) -> Json:
    body = call.json_object()
    if body is None:
        raise RefusedError(400, {"message": "Send a JSON object."})
    return body


def add_fault(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/faults`: switch a fault on."""
    try:
        fault = sandbox.faults.add(_body(call))
    except (ValueError, TypeError) as error:
        raise RefusedError(422, {"message": str(error)}) from error
    return JSONResponse({"id": fault.id}, 201)


def list_faults(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /control/faults`."""
    return JSONResponse({"faults": sandbox.faults.listing()})


def clear_faults(sandbox: Sandbox, call: Call) -> Response:
    """`DELETE /control/faults?route=`: of one route, or all."""
    return JSONResponse({"removed": sandbox.faults.clear(call.query.get("route"))})


def list_requests(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /control/requests`."""
    return JSONResponse(sandbox.requests.listing())


def clear_requests(sandbox: Sandbox, _call: Call) -> Response:
    """`DELETE /control/requests`."""
    sandbox.requests.clear()
    return JSONResponse({})


def reset(sandbox: Sandbox, _call: Call) -> Response:
    """`POST /control/reset`: an empty world; numbers go on rising."""
    sandbox.store.clear()
    sandbox.faults.clear()
    sandbox.requests.clear()
    sandbox.rates.clear()
    seed_users(sandbox)
    return JSONResponse({})


def list_transactions(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /control/paystack/transactions`: all, newest first, with access codes."""
    rows = sandbox.store.all("SELECT * FROM transactions ORDER BY id DESC")
    shapes = [
        {
            **transaction_shape(sandbox, row),
            "access_code": row["access_code"],
            "callback_url": row["callback_url"],
        }
        for row in rows
    ]
    return JSONResponse({"transactions": shapes})


def _transaction(sandbox: Sandbox, call: Call) -> Row:
    row = transactions.find(sandbox, "reference", call.path["reference"])
    if row is None:
        raise RefusedError(404, {"message": "no such reference"})
    return row


def settle(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/paystack/settle/{reference}` `{status, amount?, requested_amount?, currency?, card?}`.

    A card is one of the test cards by its number; how a refund ends depends on it. Success sends
    `charge.success`; any other status is silent, as at Paystack.
    """
    row, body = _transaction(sandbox, call), _body(call)
    status = body.get("status", "success")
    for field in ("amount", "requested_amount"):
        if field in body and (isinstance(body[field], bool) or not isinstance(body[field], int)):
            raise RefusedError(422, {"message": f"{field} must be a whole number of kobo"})
    row["requested_kobo"] = body.get("requested_amount", row["requested_kobo"])
    if status == "success":
        amount, currency = body.get("amount"), body.get("currency")
        card = CARD_BY_NUMBER.get(str(body.get("card", CARDS[0].number)))
        if card is None:
            raise RefusedError(422, {"message": "card must be the number of a test card"})
        transactions.succeed(sandbox, row, card=card, amount_kobo=amount, currency=currency)
    elif status in _SETTLED_BY_HAND:
        row["status"] = status
        row["amount_kobo"] = body.get("amount", row["amount_kobo"])
        row["currency"] = body.get("currency", row["currency"])
        row["gateway_response"] = str(body.get("gateway_response", f"Set to {status} by hand"))
        transactions.save(sandbox, row)
    else:
        raise RefusedError(422, {"message": f"unknown status {status!r}"})
    return JSONResponse(transaction_shape(sandbox, row))


def send_webhook(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/paystack/webhook/{reference}`: `charge.success` once more, with the present data."""
    row = _transaction(sandbox, call)
    event = str(_body(call).get("event", "charge.success"))
    webhooks.emit_paystack(sandbox, event, webhook_charge_shape(sandbox, row))
    return JSONResponse({}, 202)


def list_webhooks(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /control/webhooks`: every delivery, its state and what the application answered last."""
    rows = sandbox.store.all("SELECT * FROM tasks WHERE kind = 'webhook' ORDER BY id")
    deliveries: list[Json] = []
    for row in rows:
        task = json.loads(row["payload"])
        names = ("id", "status", "attempts", "outcome", "due_at")
        deliveries.append(
            {**{name: row[name] for name in names}, "provider": task["provider"], "event": task["event"]}
        )
    return JSONResponse({"webhooks": deliveries})


def list_meetings(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /control/zoom/meetings`: all, deleted ones too."""
    rows = sandbox.store.all("SELECT * FROM meetings ORDER BY created_at")
    shapes = [{**meetings.meeting_shape(sandbox, row), "is_deleted": bool(row["is_deleted"])} for row in rows]
    return JSONResponse({"meetings": shapes})


def meeting_event(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/zoom/meetings/{id}/{event}` `{user_name?, email?}`: see `zoom_meetings.happen`."""
    row = meetings.find(sandbox, call.path["id"])
    try:
        meetings.happen(sandbox, row, call.path["event"], _body(call))
    except ValueError as error:
        raise RefusedError(422, {"message": str(error)}) from error
    return JSONResponse({}, 202)


def add_zoom_user(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/zoom/users` `{email, first_name?, last_name?, type?}`: one more host in the account."""
    body = _body(call)
    email = str(body.get("email", "")).lower()
    if "@" not in email:
        raise RefusedError(422, {"message": "email is required"})
    if sandbox.store.one("SELECT 1 FROM zoom_users WHERE email = ?", email) is None:
        first_name, last_name = str(body.get("first_name", "Demo")), str(body.get("last_name", "Host"))
        add_user(sandbox, email, first_name, last_name, kind=int(body.get("type", 2)))
    row = sandbox.store.one("SELECT * FROM zoom_users WHERE email = ?", email)
    return JSONResponse(user_shape(row) if row else {}, 201)


def expire_zoom_tokens(sandbox: Sandbox, _call: Call) -> Response:
    """`POST /control/zoom/expire-tokens`: every access token given so far is now too old."""
    return JSONResponse({"expired": sandbox.store.run("UPDATE zoom_tokens SET expires_at = ?", now() - 1)})
