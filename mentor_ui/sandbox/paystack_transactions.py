"""Paystack's transactions: initialise, verify, list, fetch, and how a charge ends."""

import json
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from starlette.responses import Response

from mentor_ui.sandbox import webhooks
from mentor_ui.sandbox.cards import DemoCard
from mentor_ui.sandbox.paystack_shapes import (
    add_history,
    charge_fees_kobo,
    customer_for,
    transaction_shape,
    webhook_charge_shape,
)
from mentor_ui.sandbox.paystack_wire import (
    EMAIL,
    REFERENCE,
    body_of,
    kobo_field,
    refusal,
    success,
    text_field,
)
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, Sandbox, now, random_code, whole_number

_CHANNELS = frozenset(
    [
        "card",
        "bank",
        "apple_pay",
        "ussd",
        "qr",
        "mobile_money",
        "bank_transfer",
        "eft",
        "capitec_pay",
        "payattitude",
    ],
)
SESSION_TIMEOUT_SWITCH = "payment_session_timeout"
_NOT_COMPLETED = "The transaction was not completed"


def initialize(sandbox: Sandbox, call: Call) -> Response:
    """`POST /transaction/initialize`."""
    body = body_of(call)
    email = text_field(body, "email")
    if not EMAIL.fullmatch(email):
        raise refusal(
            400, "Invalid Email Address Passed", "invalid_email_address", next_step="Send a valid e-mail"
        )
    amount = kobo_field(body, minimum=5_000)
    if body.get("currency", "NGN") != "NGN":
        raise refusal(
            403,
            "Currency not supported by merchant",
            "unsupported_currency",
            next_step="Use a currency of your account",
        )
    reference = body.get("reference") or random_code("", 10)
    if not isinstance(reference, str) or not REFERENCE.fullmatch(reference):
        raise refusal(
            400,
            "Invalid reference. Only letters, digits and the characters -.= are allowed",
            "invalid_params",
            next_step="Send a reference of letters, digits, - . = only",
        )
    callback_url = _callback_url(body)
    channels = _checked_channels(body.get("channels"))
    if sandbox.store.one("SELECT 1 FROM transactions WHERE reference = ?", reference):
        raise refusal(
            400,
            "Duplicate Transaction Reference",
            "duplicate_reference",
            next_step="Provide a unique transaction reference",
            errorCodeMappingNotFound=False,
        )
    access_code = random_code("")
    sandbox.store.run(
        "INSERT INTO transactions (reference, access_code, customer_id, status, requested_kobo,"
        " amount_kobo, currency,"
        ' channel, gateway_response, callback_url, metadata, "authorization", history, created_at, channels)'
        " VALUES (?, ?, ?, 'abandoned', ?, ?, 'NGN', 'card', ?, ?, ?, '{}', '[]', ?, ?)",
        reference,
        access_code,
        customer_for(sandbox, email)["id"],
        amount,
        amount,
        _NOT_COMPLETED,
        callback_url,
        json.dumps(_metadata(body.get("metadata"))),
        now(),
        json.dumps(channels),
    )
    return success(
        "Authorization URL created",
        {
            "authorization_url": f"{sandbox.config.public_url}/paystack/checkout/{access_code}",
            "access_code": access_code,
            "reference": reference,
        },
    )


def _callback_url(body: Json) -> str:
    url = body.get("callback_url") or ""
    if not isinstance(url, str) or (url and urlsplit(url).scheme not in {"http", "https"}):
        raise refusal(400, "Invalid callback_url", "invalid_params", next_step="Send a full http(s) URL")
    return url


def _checked_channels(channels: Any) -> list[str]:
    """The ways that the page may offer; none named means all of them."""
    if channels is None:
        return []
    named = cast("list[Any]", channels) if isinstance(channels, list) else []
    if not named or not all(isinstance(channel, str) and channel in _CHANNELS for channel in named):
        raise refusal(
            400, "Invalid channels", "invalid_params", next_step="Send a list of supported channels"
        )
    return cast("list[str]", named)


def offers(row: Row, channel: str) -> bool:
    """Whether the payment page of a transaction offers a channel."""
    channels: list[str] = json.loads(row["channels"])
    return not channels or channel in channels


def _metadata(value: Any) -> Any:
    """As Paystack gives it back: JSON text becomes what it says, nothing becomes the empty string."""
    if value is None:
        return ""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def find(sandbox: Sandbox, column: str, value: object) -> Row | None:
    """A transaction row by `id`, `reference` or `access_code`."""
    if column not in {"id", "reference", "access_code"}:
        raise ValueError(column)
    return sandbox.store.one(f"SELECT * FROM transactions WHERE {column} = ?", value)  # noqa: S608 (checked above)


def verify(sandbox: Sandbox, call: Call) -> Response:
    """`GET /transaction/verify/{reference}`: 200 whatever became of the payment."""
    row = find(sandbox, "reference", call.path["reference"])
    if row is None:
        raise refusal(
            400,
            "Transaction reference not found.",
            "transaction_not_found",
            next_step="Ensure that you pass the reference of a transaction that exists on this integration",
        )
    return success("Verification successful", transaction_shape(sandbox, row))


def fetch(sandbox: Sandbox, call: Call) -> Response:
    """`GET /transaction/{id}`."""
    text = call.path["id"]
    row = find(sandbox, "id", int(text)) if text.isdecimal() and len(text) < 19 else None
    if row is None:
        raise refusal(
            404, "Transaction not found", "transaction_not_found", next_step="Send the id of a transaction"
        )
    return success("Transaction retrieved", transaction_shape(sandbox, row))


def listing(sandbox: Sandbox, call: Call) -> Response:
    """`GET /transaction`, newest first, by pages or (with `use_cursor=true`) by cursors."""
    per_page = whole_number(call.query.get("perPage"), 50, high=100)
    conditions, parameters = _filters(call)
    if call.query.get("use_cursor") == "true":
        return _cursor_page(sandbox, call, conditions, parameters, per_page)
    where = " AND ".join(["1 = 1", *conditions])
    page = whole_number(call.query.get("page"), 1)
    total = sandbox.store.number(f"SELECT count(*) FROM transactions WHERE {where}", *parameters)  # noqa: S608
    volume = sandbox.store.number(
        f"SELECT sum(amount_kobo) FROM transactions WHERE {where} AND status = 'success'",  # noqa: S608
        *parameters,
    )
    skipped = (page - 1) * per_page
    rows = sandbox.store.all(
        f"SELECT * FROM transactions WHERE {where} ORDER BY id DESC LIMIT ? OFFSET ?",  # noqa: S608
        *parameters,
        per_page,
        skipped,
    )
    meta = {
        "total": total,
        "total_volume": volume,
        "skipped": skipped,
        "perPage": per_page,
        "page": page,
        "pageCount": -(-total // per_page),
    }
    return success(
        "Transactions retrieved", [transaction_shape(sandbox, row, listed=True) for row in rows], meta
    )


def _cursor_page(
    sandbox: Sandbox, call: Call, conditions: list[str], parameters: list[object], size: int
) -> Response:
    cursor = call.query.get("next") or call.query.get("previous")
    forward = not call.query.get("previous") or bool(call.query.get("next"))
    if cursor and cursor.isdecimal():
        conditions.append("id < ?" if forward else "id > ?")
        parameters.append(int(cursor))
    where = " AND ".join(["1 = 1", *conditions])
    order = "DESC" if forward else "ASC"
    rows = sandbox.store.all(
        f"SELECT * FROM transactions WHERE {where} ORDER BY id {order} LIMIT ?",  # noqa: S608
        *parameters,
        size + 1,
    )
    more, rows = len(rows) > size, rows[:size]
    rows = rows if forward else rows[::-1]
    has_next = bool(rows) and (more if forward else True)
    has_previous = bool(rows) and (bool(cursor) if forward else more)
    meta = {
        "next": str(rows[-1]["id"]) if has_next else None,
        "previous": str(rows[0]["id"]) if has_previous else "null",
        "perPage": size,
    }
    return success(
        "Transactions retrieved", [transaction_shape(sandbox, row, listed=True) for row in rows], meta
    )


def _filters(call: Call) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    parameters: list[object] = []
    for name, condition in (("status", "status = ?"), ("from", "created_at >= ?"), ("to", "created_at <= ?")):
        if value := call.query.get(name):
            conditions.append(condition)
            parameters.append(value if name == "status" else _epoch(value))
    for name, condition in (("customer", "customer_id = ?"), ("amount", "amount_kobo = ?")):
        if value := call.query.get(name):
            conditions.append(condition)
            parameters.append(whole_number(value, -1))
    return conditions, parameters


def _epoch(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refusal(400, "Invalid date", "invalid_params", next_step="Send dates in ISO 8601") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def get_timeout(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /integration/payment_session_timeout`: seconds that every checkout link lives, 0 = for ever."""
    seconds = sandbox.store.switch(SESSION_TIMEOUT_SWITCH)
    return success("Payment session timeout retrieved", {"payment_session_timeout": seconds})


def put_timeout(sandbox: Sandbox, call: Call) -> Response:
    """`PUT /integration/payment_session_timeout` `{timeout}`."""
    seconds = body_of(call).get("timeout")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
        raise refusal(
            400, "Invalid timeout", "invalid_params", next_step="Send timeout in seconds, 0 for none"
        )
    sandbox.store.set_switch(SESSION_TIMEOUT_SWITCH, seconds)
    return success("Payment session timeout updated", {"payment_session_timeout": seconds})


def succeed(
    sandbox: Sandbox,
    row: Row,
    *,
    card: DemoCard | None,
    amount_kobo: int | None = None,
    currency: str | None = None,
) -> None:
    """End a charge as paid, by card or (None) by bank transfer, and send `charge.success`."""
    add_history(row, "success", f"Successfully paid with {'card' if card else 'bank transfer'}")
    row["amount_kobo"] = row["amount_kobo"] if amount_kobo is None else amount_kobo
    row["currency"] = currency or row["currency"]
    row["status"] = "success"
    row["gateway_response"] = "Successful" if card else "Approved"
    row["fees_kobo"] = charge_fees_kobo(row["amount_kobo"])
    row["paid_at"] = now()
    row["channel"] = "card" if card else "bank_transfer"
    row["authorization"] = json.dumps(card.authorization() if card else _transfer_authorization())
    row["refund_outcome"] = card.refund_outcome if card else "processed"
    save(sandbox, row)
    webhooks.emit_paystack(sandbox, "charge.success", webhook_charge_shape(sandbox, row))


def fail(sandbox: Sandbox, row: Row, reason: str, card: DemoCard | None = None) -> None:
    """End an attempt as failed. No webhook: Paystack sends none for failures."""
    add_history(row, "error", reason)
    row["status"] = "failed"
    row["gateway_response"] = reason
    row["authorization"] = json.dumps(card.authorization() if card else {})
    save(sandbox, row)


def await_transfer(sandbox: Sandbox, row: Row, *, seconds: float) -> None:
    """Let the payer send the money later: ongoing now, success after `seconds`."""
    add_history(row, "action", "Chose to pay by bank transfer")
    row["status"] = "ongoing"
    row["channel"] = "bank_transfer"
    row["gateway_response"] = "Waiting for the transfer"
    save(sandbox, row)
    sandbox.store.add_task("transfer_arrives", {"reference": row["reference"]}, delay_seconds=seconds)


def transfer_arrives(sandbox: Sandbox, payload: Json) -> None:
    """Task: the payer's transfer is here, unless the charge ended otherwise meanwhile."""
    row = find(sandbox, "reference", payload["reference"])
    if row and row["status"] == "ongoing":
        succeed(sandbox, row, card=None)


def save(sandbox: Sandbox, row: Row) -> None:
    """Write what may change on a transaction."""
    names = [
        "status",
        "requested_kobo",
        "amount_kobo",
        "fees_kobo",
        "currency",
        "channel",
        "gateway_response",
        "message",
        "history",
        "attempts",
        "ip_address",
        "refund_outcome",
        "opened_at",
        "paid_at",
    ]
    assignments = ", ".join(f"{name} = ?" for name in names)
    sandbox.store.run(
        f'UPDATE transactions SET {assignments}, "authorization" = ? WHERE id = ?',  # noqa: S608 (fixed names)
        *(row[name] for name in names),
        row["authorization"],
        row["id"],
    )


def _transfer_authorization() -> Json:
    return {
        "authorization_code": random_code("AUTH_", 10),
        "bin": "008XXX",
        "last4": "X553",
        "exp_month": "12",
        "exp_year": "2030",
        "channel": "bank_transfer",
        "card_type": "transfer",
        "bank": None,
        "country_code": "NG",
        "brand": "Managed Account",
        "reusable": False,
        "signature": None,
        "account_name": None,
        "sender_country": "NG",
        "sender_bank": "Zenith Bank",
        "sender_bank_account_number": "XXXXXX0553",
        "sender_name": "DEMO PAYER",
        "narration": "NIP transfer to Paystack",
    }
