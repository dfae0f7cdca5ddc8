"""Paystack's disputes: raised and decided by hand, answered by the application (providers.md 1.12, 1.7)."""

from starlette.responses import JSONResponse, Response

from mentor_ui.sandbox import paystack_transactions as transactions
from mentor_ui.sandbox import webhooks
from mentor_ui.sandbox.paystack_shapes import transaction_shape
from mentor_ui.sandbox.paystack_wire import body_of, refusal, success, text_field
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, RefusedError, Sandbox, iso_millis, now, whole_number

AWAITING_MERCHANT = "awaiting-merchant-feedback"
AWAITING_BANK = "awaiting-bank-feedback"
_ANSWERS = frozenset({"merchant-accepted", "declined"})
_DECISIONS = frozenset({"declined", "merchant-accepted", "auto-accepted"})
_ANSWER_HOURS = 16


def _dispute(sandbox: Sandbox, number: int) -> Row:
    row = sandbox.store.one("SELECT * FROM disputes WHERE id = ?", number)
    if row is None:
        raise refusal(404, "Dispute not found", "not_found", next_step="Send the id of a dispute")
    return row


def _shape(sandbox: Sandbox, row: Row) -> Json:
    transaction = transactions.find(sandbox, "id", row["transaction_id"]) or {}
    shape = transaction_shape(sandbox, transaction)
    return {
        "id": row["id"],
        "refund_amount": row["amount_kobo"],
        "currency": transaction["currency"],
        "status": row["status"],
        "resolution": row["resolution"],
        "domain": "test",
        "transaction": shape,
        "transaction_reference": None,
        "category": row["category"],
        "customer": shape["customer"],
        "bin": shape["authorization"].get("bin"),
        "last4": shape["authorization"].get("last4"),
        "dueAt": iso_millis(row["due_at"]),
        "resolvedAt": iso_millis(row["resolved_at"]),
        "evidence": row["evidence"],
        "attachments": None,
        "note": None,
        "history": [
            {"status": row["status"], "by": "bank@demo.test", "createdAt": iso_millis(row["created_at"])}
        ],
        "messages": [{"sender": "merchant", "body": row["message"]}] if row["message"] else [],
        "createdAt": iso_millis(row["created_at"]),
        "updatedAt": iso_millis(row["resolved_at"] or row["created_at"]),
    }


def _emit(sandbox: Sandbox, row: Row, event: str) -> None:
    webhooks.emit_paystack(sandbox, f"charge.dispute.{event}", _shape(sandbox, row))


def listing(sandbox: Sandbox, call: Call) -> Response:
    """`GET /dispute`: newest first, by cursors."""
    per_page = whole_number(call.query.get("perPage"), 50, high=100)
    after = whole_number(call.query.get("next"), 2**62)
    rows = sandbox.store.all(
        "SELECT * FROM disputes WHERE id < ? ORDER BY id DESC LIMIT ?", after, per_page + 1
    )
    more, rows = len(rows) > per_page, rows[:per_page]
    meta = {"next": str(rows[-1]["id"]) if more else None, "previous": None, "perPage": per_page}
    return success("Disputes retrieved", [_shape(sandbox, row) for row in rows], meta)


def fetch(sandbox: Sandbox, call: Call) -> Response:
    """`GET /dispute/{id}`."""
    return success("Dispute retrieved", _shape(sandbox, _dispute(sandbox, whole_number(call.path["id"], 0))))


def of_transaction(sandbox: Sandbox, call: Call) -> Response:
    """`GET /dispute/transaction/{id}`: the newest one of a transaction."""
    row = sandbox.store.one(
        "SELECT * FROM disputes WHERE transaction_id = ? ORDER BY id DESC", whole_number(call.path["id"], 0)
    )
    if row is None:
        raise refusal(404, "Dispute not found", "not_found")
    return success("Dispute retrieved", _shape(sandbox, row))


def add_evidence(sandbox: Sandbox, call: Call) -> Response:
    """`POST /dispute/{id}/evidence`: all four fields are asked for."""
    row, body = _awaiting(sandbox, call), body_of(call)
    fields = ("customer_email", "customer_name", "customer_phone", "service_details")
    given = {name: text_field(body, name) for name in fields}
    sandbox.store.run("UPDATE disputes SET evidence = ? WHERE id = ?", given["service_details"], row["id"])
    return success("Evidence created", {**given, "dispute": row["id"], "id": row["id"] % 1_000_000})


def _awaiting(sandbox: Sandbox, call: Call) -> Row:
    row = _dispute(sandbox, whole_number(call.path["id"], 0))
    if row["status"] != AWAITING_MERCHANT:
        raise refusal(400, "Dispute is not awaiting merchant feedback", "invalid_params")
    return row


def resolve(sandbox: Sandbox, call: Call) -> Response:
    """`PUT /dispute/{id}/resolve`: accepted is decided at once, declined goes to the bank."""
    row, body = _awaiting(sandbox, call), body_of(call)
    resolution = text_field(body, "resolution")
    if resolution not in _ANSWERS:
        raise refusal(400, "Invalid resolution", "invalid_params", next_step="merchant-accepted or declined")
    row["message"] = text_field(body, "message")
    text_field(body, "uploaded_filename")
    amount = body.get("refund_amount")
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 0:
        raise refusal(400, "Invalid refund_amount", "invalid_params")
    sandbox.store.run("UPDATE disputes SET message = ? WHERE id = ?", row["message"], row["id"])
    if resolution == "merchant-accepted":
        row["amount_kobo"] = min(amount, row["amount_kobo"])
        _decide(sandbox, row, resolution)
    else:
        sandbox.store.run("UPDATE disputes SET status = ? WHERE id = ?", AWAITING_BANK, row["id"])
    return success("Dispute successfully resolved", _shape(sandbox, _dispute(sandbox, row["id"])))


def _decide(sandbox: Sandbox, row: Row, resolution: str) -> None:
    """End a dispute; what is lost leaves the balance, but never what went back before."""
    transaction = transactions.find(sandbox, "id", row["transaction_id"]) or {}
    gone = sandbox.store.number(
        "SELECT sum(amount_kobo) FROM refunds WHERE transaction_id = ? AND status <> 'failed'",
        transaction["id"],
    )
    gone += sandbox.store.number(
        "SELECT sum(taken_kobo) FROM disputes WHERE transaction_id = ?", transaction["id"]
    )
    lost = resolution != "declined"
    taken = max(min(row["amount_kobo"], transaction["amount_kobo"] - gone), 0) if lost else 0
    sandbox.store.run(
        "UPDATE disputes SET status = 'resolved', resolution = ?, amount_kobo = ?, taken_kobo = ?,"
        " resolved_at = ? WHERE id = ?",
        resolution,
        row["amount_kobo"],
        taken,
        now(),
        row["id"],
    )
    if lost and gone + taken >= transaction["amount_kobo"]:
        transaction["status"] = "reversed"
        transactions.save(sandbox, transaction)
    _emit(sandbox, _dispute(sandbox, row["id"]), "resolve")


def nobody_answered(sandbox: Sandbox, payload: Json) -> None:
    """Task: the time to answer is over, and the claim is accepted by itself."""
    row = sandbox.store.one("SELECT * FROM disputes WHERE id = ?", payload["id"])
    if row and row["status"] == AWAITING_MERCHANT:
        _decide(sandbox, row, "auto-accepted")


def taken_kobo(sandbox: Sandbox) -> int:
    """What lost disputes have taken from the balance."""
    return sandbox.store.number("SELECT sum(taken_kobo) FROM disputes")


def begin(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/paystack/dispute/{reference}` `{amount?, category?, answer_seconds?}`: raise one."""
    body = body_of(call)
    transaction = transactions.find(sandbox, "reference", call.path["reference"])
    if transaction is None or transaction["status"] not in {"success", "reversed"}:
        raise RefusedError(404, {"message": "no paid transaction has this reference"})
    seconds = float(body.get("answer_seconds", _ANSWER_HOURS * 3600))
    number = sandbox.store.run(
        "INSERT INTO disputes (transaction_id, amount_kobo, status, category, due_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        transaction["id"],
        int(body.get("amount", transaction["amount_kobo"])),
        AWAITING_MERCHANT,
        str(body.get("category", "chargeback")),
        now() + seconds,
        now(),
    )
    row = _dispute(sandbox, number)
    _emit(sandbox, row, "create")
    sandbox.store.add_task("dispute_falls_due", {"id": number}, delay_seconds=seconds)
    return JSONResponse(_shape(sandbox, row), 201)


def list_all(sandbox: Sandbox, call: Call) -> Response:
    """`GET /control/paystack/disputes`: what each has taken, newest first."""
    del call
    rows = sandbox.store.all("SELECT * FROM disputes ORDER BY id DESC")
    return JSONResponse(
        {
            "disputes": [
                {
                    "id": row["id"],
                    "currency": _shape(sandbox, row)["currency"],
                    "status": row["status"],
                    "taken": row["taken_kobo"],
                }
                for row in rows
            ]
        }
    )


def end(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/paystack/dispute/{id}/decide` `{resolution}`: the bank's word; `remind` reminds only."""
    row = _dispute(sandbox, whole_number(call.path["id"], 0))
    resolution = body_of(call).get("resolution")
    if resolution == "remind":
        _emit(sandbox, row, "remind")
    elif resolution in _DECISIONS and row["status"] != "resolved":
        _decide(sandbox, row, str(resolution))
    else:
        raise RefusedError(422, {"message": f"open, and one of: remind, {', '.join(sorted(_DECISIONS))}"})
    return JSONResponse(_shape(sandbox, _dispute(sandbox, row["id"])))
