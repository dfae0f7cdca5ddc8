"""Paystack's transaction object as verify, list, fetch and webhooks show it, and its fees."""

import json
from typing import Any

from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Json, Sandbox, iso_millis, now, random_code


def charge_fees_kobo(amount_kobo: int) -> int:
    """NGN local fee: 1.5 % rounded up, plus ₦100 from ₦2,500 on, at most ₦2,000 (providers.md 1.11)."""
    percentage = -(-amount_kobo * 15 // 1000)
    flat = 10_000 if amount_kobo >= 250_000 else 0
    return min(percentage + flat, 200_000)


def transfer_fee_kobo(amount_kobo: int) -> int:
    """NGN transfer fee: ₦10 up to ₦5,000, ₦25 up to ₦50,000, ₦50 above (providers.md 1.9)."""
    if amount_kobo <= 500_000:
        return 1_000
    return 2_500 if amount_kobo <= 5_000_000 else 5_000


def customer_for(sandbox: Sandbox, email: str) -> Row:
    """The customer with this e-mail, made when new."""
    email = email.lower()
    found = sandbox.store.one("SELECT * FROM customers WHERE email = ?", email)
    if found:
        return found
    code = random_code("CUS_")
    number = sandbox.store.run("INSERT INTO customers (email, customer_code) VALUES (?, ?)", email, code)
    return {"id": number, "email": email, "customer_code": code}


def customer_shape(row: Row) -> Json:
    """The `customer` object."""
    return {
        "id": row["id"],
        "first_name": None,
        "last_name": None,
        "email": row["email"],
        "customer_code": row["customer_code"],
        "phone": None,
        "metadata": None,
        "risk_action": "default",
        "international_format_phone": None,
    }


def transaction_shape(sandbox: Sandbox, row: Row, *, listed: bool = False) -> Json:
    """The transaction object; `listed` gives the variant of `GET /transaction` (metadata null when empty)."""
    customer = sandbox.store.one("SELECT * FROM customers WHERE id = ?", row["customer_id"])
    metadata: Any = json.loads(row["metadata"])
    if metadata == "" and listed:
        metadata = None
    created, paid = iso_millis(row["created_at"]), iso_millis(row["paid_at"])
    return {
        "id": row["id"],
        "domain": "test",
        "status": row["status"],
        "reference": row["reference"],
        "receipt_number": None,
        "amount": row["amount_kobo"],
        "message": row["message"],
        "gateway_response": row["gateway_response"],
        "paid_at": paid,
        "created_at": created,
        "channel": row["channel"],
        "currency": row["currency"],
        "ip_address": row["ip_address"],
        "metadata": metadata,
        "log": _log_shape(row),
        "fees": row["fees_kobo"],
        "fees_split": None,
        "fees_breakdown": None,
        "authorization": json.loads(row["authorization"]),
        "customer": customer_shape(customer) if customer else None,
        "plan": None,
        "split": {},
        "order_id": None,
        "paidAt": paid,
        "createdAt": created,
        "requested_amount": row["requested_kobo"],
        "pos_transaction_data": None,
        "source": {
            "type": "api",
            "source": "merchant_api",
            "entry_point": "transaction_initialize",
            "identifier": None,
        }
        if listed
        else None,
        "connect": None,
        "transaction_date": created,
        "plan_object": {},
        "subaccount": {},
    }


def _log_shape(row: Row) -> Json | None:
    if row["opened_at"] is None:
        return None
    history: list[Json] = json.loads(row["history"])
    return {
        "start_time": int(row["opened_at"]),
        "time_spent": history[-1]["time"] if history else 0,
        "attempts": row["attempts"],
        "errors": sum(1 for step in history if step["type"] == "error"),
        "success": row["status"] == "success",
        "mobile": False,
        "input": [],
        "history": history,
    }


def add_history(row: Row, kind: str, message: str) -> None:
    """Append a step to a transaction's log, in memory."""
    if row["opened_at"] is None:
        row["opened_at"] = now()
    history: list[Json] = json.loads(row["history"])
    history.append({"type": kind, "message": message, "time": int(now() - row["opened_at"])})
    row["history"] = json.dumps(history)


def webhook_charge_shape(sandbox: Sandbox, row: Row) -> Json:
    """The `data` of `charge.success`: verify's fields, with the source spelt out."""
    shape = transaction_shape(sandbox, row, listed=True)
    shape["plan"] = {}
    return shape
