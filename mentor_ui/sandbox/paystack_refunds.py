"""Paystack's refunds: create, list, fetch, retry, and their slow way to an end (providers.md 1.8, 1.7)."""

from typing import cast

from starlette.responses import JSONResponse, Response

from mentor_ui.sandbox import paystack_transactions as transactions
from mentor_ui.sandbox import webhooks
from mentor_ui.sandbox.paystack_shapes import transaction_shape
from mentor_ui.sandbox.paystack_wire import body_of, kobo_field, refusal, success
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import (
    Call,
    Json,
    RefusedError,
    Sandbox,
    iso_millis,
    now,
    random_code,
    whole_number,
)

_WORKING_DAY_SECONDS = 86_400
_OPEN = frozenset({"pending", "processing"})
_STATUSES = frozenset({*_OPEN, "processed", "failed", "needs-attention"})


def create(sandbox: Sandbox, call: Call) -> Response:
    """`POST /refund` by reference or id; without an amount, all that is left."""
    body = body_of(call)
    key = body.get("transaction")
    if key is None or key == "":
        raise refusal(400, "Transaction is required", "missing_params", next_step="Provide a reference or id")
    row = _transaction(sandbox, str(key))
    if row is None:
        raise refusal(
            404, "Transaction not found", "transaction_not_found", next_step="Send a known reference or id"
        )
    left = row["amount_kobo"] - _refunded_kobo(sandbox, row["id"])
    if row["status"] == "reversed" or (row["status"] == "success" and left <= 0):
        raise refusal(
            400,
            "Transaction has been fully reversed",
            "transaction_reversed",
            kind="api_error",
            next_step="List the refunds of this transaction",
        )
    if row["status"] != "success":
        raise refusal(400, "Only successful transactions can be refunded", "invalid_params")
    if body.get("currency") not in {None, row["currency"]}:
        raise refusal(400, "Currency does not match the transaction's", "invalid_params")
    amount = left if body.get("amount") is None else kobo_field(body, maximum=10**12)
    if amount > left:
        raise refusal(
            400, "Refund amount cannot be more than what is left of the transaction", "invalid_params"
        )
    number = sandbox.store.run(
        "INSERT INTO refunds (transaction_id, amount_kobo, currency, status, customer_note,"
        " merchant_note, created_at,"
        " updated_at) VALUES (?, ?, ?, 'pending', ?, ?, ?, ?)",
        row["id"],
        amount,
        row["currency"],
        str(body.get("customer_note") or f"Refund for transaction {row['reference']}"),
        str(body.get("merchant_note") or f"Refund for transaction {row['reference']}"),
        now(),
        now(),
    )
    refund = _refund(sandbox, number)
    _emit(sandbox, refund)
    sandbox.store.add_task("refund_moves", {"id": number}, delay_seconds=sandbox.config.refund_seconds)
    shape = _shape(sandbox, refund)
    shape["transaction"] = transaction_shape(sandbox, row)
    shape["fully_deducted"] = False
    return success("Refund has been queued for processing", shape)


def _transaction(sandbox: Sandbox, key: str) -> Row | None:
    found = transactions.find(sandbox, "reference", key)
    if found is None and key.isdecimal() and len(key) < 19:
        found = transactions.find(sandbox, "id", int(key))
    return found


def _refunded_kobo(sandbox: Sandbox, transaction_id: int) -> int:
    return sandbox.store.number(
        "SELECT sum(amount_kobo) FROM refunds WHERE transaction_id = ? AND status <> 'failed'", transaction_id
    )


def _refund(sandbox: Sandbox, number: int) -> Row:
    row = sandbox.store.one("SELECT * FROM refunds WHERE id = ?", number)
    if row is None:
        raise refusal(404, "Refund not found", "not_found", next_step="Send the id of a refund")
    return row


def _shape(sandbox: Sandbox, row: Row) -> Json:
    transaction = transactions.find(sandbox, "id", row["transaction_id"]) or {}
    done = row["status"] == "processed"
    return {
        "id": row["id"],
        "integration": 100_000,
        "domain": "test",
        "transaction": row["transaction_id"],
        "transaction_reference": transaction.get("reference"),
        "dispute": None,
        "settlement": None,
        "amount": row["amount_kobo"],
        "deducted_amount": row["amount_kobo"] if done else 0,
        "fully_deducted": 1 if done else 0,
        "currency": row["currency"],
        "channel": transaction.get("channel"),
        "status": row["status"],
        "refunded_by": "api@demo.test",
        "refunded_at": iso_millis(row["updated_at"]) if done else None,
        "expected_at": iso_millis(row["created_at"] + 7 * _WORKING_DAY_SECONDS),
        "customer_note": row["customer_note"],
        "merchant_note": row["merchant_note"],
        "refund_reference": row["refund_reference"],
        "created_at": iso_millis(row["created_at"]),
        "createdAt": iso_millis(row["created_at"]),
        "updatedAt": iso_millis(row["updated_at"]),
    }


def _emit(sandbox: Sandbox, row: Row) -> None:
    """Send the status: amount as text, but a number at the bad ends; an id only when attention is needed."""
    transaction = transactions.find(sandbox, "id", row["transaction_id"]) or {}
    customer = sandbox.store.one("SELECT email FROM customers WHERE id = ?", transaction.get("customer_id"))
    status = row["status"]
    is_bad_end = status in {"failed", "needs-attention"}
    data: Json = {
        "status": status,
        "transaction_reference": transaction.get("reference"),
        "refund_reference": row["refund_reference"],
        "amount": row["amount_kobo"] if is_bad_end else str(row["amount_kobo"]),
        "currency": row["currency"],
        "processor": "instant-transfer" if status == "processed" else "mpgs_zen",
        "customer": {"first_name": None, "last_name": None, "email": customer["email"] if customer else None},
        "integration": 100_000,
        "domain": "test",
    }
    if status == "needs-attention":
        data["id"] = str(row["id"])
    webhooks.emit_paystack(sandbox, f"refund.{status}", data)


def _set(sandbox: Sandbox, row: Row, status: str) -> None:
    row["status"] = status
    if status == "processed":
        row["refund_reference"] = row["refund_reference"] or random_code("RF", 12).upper()
    row["updated_at"] = now()
    sandbox.store.run(
        "UPDATE refunds SET status = ?, refund_reference = ?, updated_at = ? WHERE id = ?",
        status,
        row["refund_reference"],
        row["updated_at"],
        row["id"],
    )
    transaction = transactions.find(sandbox, "id", row["transaction_id"])
    if transaction and transaction["status"] in {"success", "reversed"}:
        processed = sandbox.store.number(
            "SELECT sum(amount_kobo) FROM refunds WHERE transaction_id = ? AND status = 'processed'",
            transaction["id"],
        )
        transaction["status"] = "reversed" if processed >= transaction["amount_kobo"] else "success"
        transactions.save(sandbox, transaction)
    _emit(sandbox, row)


def move_on(sandbox: Sandbox, payload: Json) -> None:
    """Task: pending -> processing -> the end that the card was made for."""
    row = sandbox.store.one("SELECT * FROM refunds WHERE id = ?", payload["id"])
    if row is None or row["status"] not in _OPEN:
        return
    if row["status"] == "pending":
        _set(sandbox, row, "processing")
        sandbox.store.add_task("refund_moves", payload, delay_seconds=sandbox.config.refund_seconds)
        return
    transaction = transactions.find(sandbox, "id", row["transaction_id"]) or {}
    outcome = "processed" if payload.get("retried") else str(transaction.get("refund_outcome", "processed"))
    _set(sandbox, row, outcome)


def listing(sandbox: Sandbox, call: Call) -> Response:
    """`GET /refund?transaction=`: newest first, all or of one transaction (id or reference)."""
    per_page = whole_number(call.query.get("perPage"), 50, high=100)
    page = whole_number(call.query.get("page"), 1)
    key = call.query.get("transaction") or call.query.get("reference")
    owner = _transaction(sandbox, key) if key else None
    if key and owner is None:
        rows: list[Row] = []
    elif owner:
        rows = sandbox.store.all(
            "SELECT * FROM refunds WHERE transaction_id = ? ORDER BY id DESC", owner["id"]
        )
    else:
        rows = sandbox.store.all("SELECT * FROM refunds ORDER BY id DESC")
    start = (page - 1) * per_page
    meta = {
        "total": len(rows),
        "skipped": start,
        "perPage": per_page,
        "page": page,
        "pageCount": -(-len(rows) // per_page),
    }
    return success(
        "Refunds retrieved", [_shape(sandbox, row) for row in rows[start : start + per_page]], meta
    )


def fetch(sandbox: Sandbox, call: Call) -> Response:
    """`GET /refund/{id}`."""
    return success("Refund retrieved", _shape(sandbox, _refund(sandbox, whole_number(call.path["id"], 0))))


def retry(sandbox: Sandbox, call: Call) -> Response:
    """`POST /refund/retry_with_customer_details/{id}`: only for a refund that needs attention."""
    row = _refund(sandbox, whole_number(call.path["id"], 0))
    given = body_of(call).get("refund_account_details")
    details = cast("Json", given) if isinstance(given, dict) else {}
    if not all(details.get(name) for name in ("currency", "account_number", "bank_id")):
        raise refusal(400, "refund_account_details is required", "missing_params")
    if row["status"] != "needs-attention":
        raise refusal(422, "Refund is not in a state that can be retried", "invalid_params")
    _set(sandbox, row, "processing")
    payload = {"id": row["id"], "retried": True}
    sandbox.store.add_task("refund_moves", payload, delay_seconds=sandbox.config.refund_seconds)
    return success("Refund retried and has been queued for processing", _shape(sandbox, row))


def set_status(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/paystack/refund/{id}` `{status}`: end a refund by hand."""
    row = _refund(sandbox, whole_number(call.path["id"], 0))
    status = body_of(call).get("status")
    if status not in _STATUSES:
        raise RefusedError(422, {"message": f"known statuses: {', '.join(sorted(_STATUSES))}"})
    _set(sandbox, row, str(status))
    return JSONResponse(_shape(sandbox, row))
