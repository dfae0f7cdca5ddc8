"""Paystack's payouts: banks, account names, recipients, transfers, balance (providers.md 1.9)."""

import hashlib
import re

from starlette.responses import JSONResponse, Response

from mentor_ui.sandbox import webhooks
from mentor_ui.sandbox.paystack_disputes import taken_kobo
from mentor_ui.sandbox.paystack_shapes import transfer_fee_kobo
from mentor_ui.sandbox.paystack_wire import body_of, kobo_field, refusal, success, text_field
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

_BANKS = (
    ("Test Bank", "001"),
    ("Access Bank", "044"),
    ("Ecobank Nigeria", "050"),
    ("Fidelity Bank", "070"),
    ("First Bank of Nigeria", "011"),
    ("First City Monument Bank", "214"),
    ("Guaranty Trust Bank", "058"),
    ("Kuda Bank", "50211"),
    ("Moniepoint MFB", "50515"),
    ("OPay Digital Services Limited (OPay)", "999992"),
    ("PalmPay", "999991"),
    ("Stanbic IBTC Bank", "221"),
    ("Sterling Bank", "232"),
    ("Union Bank of Nigeria", "032"),
    ("United Bank For Africa", "033"),
    ("Wema Bank", "035"),
    ("Zenith Bank", "057"),
)
_BANK_NAMES = {code: name for name, code in _BANKS}
_REFERENCE = re.compile(r"[a-z0-9_-]{16,50}")
_OTP_SWITCH = "transfer_otp"
_BALANCE_SWITCH = "balance_shift_kobo"
_OTP = "123456"
_FINAL = frozenset({"success", "failed", "reversed", "abandoned", "blocked", "rejected"})
_GIVEN = (
    "ADA",
    "BOLA",
    "CHIDI",
    "EMEKA",
    "FUNKE",
    "HALIMA",
    "IFE",
    "KUNLE",
    "NGOZI",
    "SADE",
    "TUNDE",
    "ZAINAB",
)
_FAMILY = ("ADEYEMI", "BELLO", "EZE", "IBRAHIM", "NWOSU", "OKAFOR", "OLADIPO", "SANUSI", "USMAN", "WILLIAMS")


def banks(_sandbox: Sandbox, call: Call) -> Response:
    """`GET /bank`: Nigerian banks, pages of up to 100."""
    country = (call.query.get("country") or "nigeria").lower()
    if country != "nigeria":
        raise refusal(400, "Country is not supported", "invalid_params")
    per_page = whole_number(call.query.get("perPage"), 50, high=100)
    start = whole_number(call.query.get("next"), 0, low=0) if call.query.get("use_cursor") == "true" else 0
    shown = [_bank_shape(index, name, code) for index, (name, code) in enumerate(_BANKS)][
        start : start + per_page
    ]
    following = start + per_page
    meta = {
        "next": str(following) if following < len(_BANKS) else None,
        "previous": None,
        "perPage": per_page,
    }
    return success("Banks retrieved", shown, meta if call.query.get("use_cursor") == "true" else None)


def _bank_shape(index: int, name: str, code: str) -> Json:
    return {
        "id": index + 1,
        "name": name,
        "slug": re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        "code": code,
        "longcode": "",
        "gateway": None,
        "pay_with_bank": False,
        "supports_transfer": True,
        "active": True,
        "country": "Nigeria",
        "currency": "NGN",
        "type": "nuban",
        "is_deleted": False,
        "createdAt": "2016-07-14T10:04:29.000Z",
        "updatedAt": "2024-01-18T21:30:29.000Z",
    }


def _account_name(account_number: str, bank_code: str) -> str:
    """The owner of an account: always the same one for the same number.

    Raises:
        RefusedError: 400 or 422 for what no bank knows; numbers from 99… belong to nobody.
    """
    if not re.fullmatch(r"\d{10}", account_number):
        raise refusal(
            400, "Account number should be 10 digits", "invalid_params", next_step="Check the account number"
        )
    if bank_code not in _BANK_NAMES:
        raise refusal(
            400,
            "Unknown bank code: " + bank_code,
            "invalid_bank_code",
            next_step="Use a code from List Banks",
        )
    if account_number.startswith("99"):
        raise refusal(
            422,
            "Could not resolve account name. Check parameters or try again.",
            "invalid_params",
            next_step="Confirm the account number and the bank code",
        )
    digest = hashlib.sha256(account_number.encode()).digest()
    given, middle = _GIVEN[digest[1] % len(_GIVEN)], _GIVEN[digest[2] % len(_GIVEN)]
    return f"{_FAMILY[digest[0] % len(_FAMILY)]} {given} {middle}"


def resolve(_sandbox: Sandbox, call: Call) -> Response:
    """`GET /bank/resolve?account_number=&bank_code=`."""
    number, code = call.query.get("account_number", ""), call.query.get("bank_code", "")
    if not number or not code:
        raise refusal(400, "account_number and bank_code are required", "missing_params")
    name = _account_name(number, code)
    bank_id = [bank_code for _, bank_code in _BANKS].index(code) + 1
    return success(
        "Account number resolved", {"account_number": number, "account_name": name, "bank_id": bank_id}
    )


def add_recipient(sandbox: Sandbox, call: Call) -> Response:
    """`POST /transferrecipient`: 201, and the same record again for the same account."""
    body = body_of(call)
    if text_field(body, "type") != "nuban":
        raise refusal(400, "Invalid recipient type", "invalid_params")
    name = text_field(body, "name")
    number, code = text_field(body, "account_number"), text_field(body, "bank_code")
    if body.get("currency", "NGN") != "NGN":
        raise refusal(400, "Currency is not supported for this recipient type", "invalid_params")
    owner = _account_name(number, code)
    found = sandbox.store.one(
        "SELECT * FROM recipients WHERE account_number = ? AND bank_code = ?", number, code
    )
    if found is None:
        identity = sandbox.store.run(
            "INSERT INTO recipients (recipient_code, name, account_number, account_name, bank_code,"
            " currency, metadata,"
            " created_at) VALUES (?, ?, ?, ?, ?, 'NGN', '{}', ?)",
            random_code("RCP_"),
            name,
            number,
            owner,
            code,
            now(),
        )
        found = sandbox.store.one("SELECT * FROM recipients WHERE id = ?", identity) or {}
    return success("Transfer recipient created successfully", _recipient_shape(found), status=201)


def _recipient_shape(row: Row) -> Json:
    return {
        "active": True,
        "createdAt": iso_millis(row["created_at"]),
        "currency": row["currency"],
        "description": None,
        "domain": "test",
        "email": None,
        "id": row["id"],
        "integration": 100_000,
        "metadata": None,
        "name": row["name"],
        "recipient_code": row["recipient_code"],
        "type": "nuban",
        "updatedAt": iso_millis(row["created_at"]),
        "is_deleted": False,
        "details": {
            "authorization_code": None,
            "account_number": row["account_number"],
            "account_name": row["account_name"],
            "bank_code": row["bank_code"],
            "bank_name": _BANK_NAMES[row["bank_code"]],
        },
    }


def create(sandbox: Sandbox, call: Call) -> Response:
    """`POST /transfer` from the balance; pending, or otp when that is switched on."""
    body = body_of(call)
    if text_field(body, "source") != "balance":
        raise refusal(400, "Invalid source. Only balance is supported", "invalid_params")
    amount = kobo_field(body, minimum=10_000, maximum=10**10)
    if body.get("currency", "NGN") != "NGN":
        raise refusal(400, "Currency is not supported", "invalid_params")
    code = text_field(body, "recipient")
    recipient = sandbox.store.one("SELECT * FROM recipients WHERE recipient_code = ?", code)
    if recipient is None:
        raise refusal(404, "Recipient specified is invalid", "invalid_transfer_recipient")
    reference = text_field(body, "reference")
    if not _REFERENCE.fullmatch(reference):
        raise refusal(
            400,
            "Reference must be 16 to 50 lowercase letters, digits, - or _",
            "invalid_params",
            next_step="Send a reference such as a lowercase UUID",
        )
    if sandbox.store.one("SELECT 1 FROM transfers WHERE reference = ?", reference):
        raise refusal(
            400,
            "Please provide a unique reference. Custom reference already used",
            "duplicate_reference",
            next_step="Verify the transfer with this reference",
        )
    fee = transfer_fee_kobo(amount)
    if amount + fee > balance_kobo(sandbox):
        raise refusal(
            400, "Your balance is not enough to fulfil this request", "insufficient_balance", kind="api_error"
        )
    needs_otp = bool(sandbox.store.switch(_OTP_SWITCH))
    number = sandbox.store.run(
        "INSERT INTO transfers (transfer_code, reference, recipient_id, amount_kobo, fee_kobo, currency,"
        " reason, status,"
        " created_at) VALUES (?, ?, ?, ?, ?, 'NGN', ?, ?, ?)",
        random_code("TRF_"),
        reference,
        recipient["id"],
        amount,
        fee,
        str(body.get("reason") or ""),
        "otp" if needs_otp else "pending",
        now(),
    )
    if not needs_otp:
        _start(sandbox, number)
    row = _transfer(sandbox, "id", number)
    message = "Transfer requires OTP to continue" if needs_otp else "Transfer has been queued"
    return success(message, {**_shape(sandbox, row), "recipient": recipient["id"]})


def _start(sandbox: Sandbox, number: int) -> None:
    sandbox.store.add_task("payout_moves", {"id": number}, delay_seconds=sandbox.config.payout_seconds)


def _transfer(sandbox: Sandbox, column: str, value: object) -> Row:
    if column not in {"id", "reference", "transfer_code"}:
        raise ValueError(column)
    row = sandbox.store.one(f"SELECT * FROM transfers WHERE {column} = ?", value)  # noqa: S608 (checked above)
    if row is None:
        raise refusal(404, "Transfer not found", "not_found", next_step="Send the reference of a transfer")
    return row


def _shape(sandbox: Sandbox, row: Row) -> Json:
    recipient = sandbox.store.one("SELECT * FROM recipients WHERE id = ?", row["recipient_id"])
    moved = row["status"] == "success"
    return {
        "id": row["id"],
        "amount": row["amount_kobo"],
        "createdAt": iso_millis(row["created_at"]),
        "updatedAt": iso_millis(row["transferred_at"] or row["created_at"]),
        "currency": row["currency"],
        "domain": "test",
        "failures": {"message": row["failure"]} if row["failure"] else None,
        "integration": {"id": 100_000, "is_live": False, "business_name": sandbox.config.business_name},
        "reason": row["reason"],
        "reference": row["reference"],
        "source": "balance",
        "source_details": None,
        "status": row["status"],
        "titan_code": None,
        "transfer_code": row["transfer_code"],
        "transferred_at": iso_millis(row["transferred_at"]),
        "fee_charged": row["fee_kobo"] if moved else 0,
        "fees_breakdown": None,
        "gateway_response": "Approved" if moved else row["failure"],
        "session": {"provider": "nip" if moved else None, "id": f"{row['id']:030d}" if moved else None},
        "recipient": _recipient_shape(recipient) if recipient else None,
    }


def verify(sandbox: Sandbox, call: Call) -> Response:
    """`GET /transfer/verify/{reference}`."""
    return success(
        "Transfer retrieved", _shape(sandbox, _transfer(sandbox, "reference", call.path["reference"]))
    )


def finalize(sandbox: Sandbox, call: Call) -> Response:
    """`POST /transfer/finalize_transfer` `{transfer_code, otp}`; the code of the test world is 123456."""
    body = body_of(call)
    row = _transfer(sandbox, "transfer_code", text_field(body, "transfer_code"))
    if row["status"] != "otp":
        raise refusal(400, "Transfer is not awaiting OTP", "invalid_params")
    if text_field(body, "otp") != _OTP:
        raise refusal(400, "OTP could not be verified", "invalid_params", next_step="Send the right OTP")
    sandbox.store.run("UPDATE transfers SET status = 'pending' WHERE id = ?", row["id"])
    _start(sandbox, row["id"])
    row["status"] = "pending"
    return success("Transfer has been queued", _shape(sandbox, row))


def _set(sandbox: Sandbox, row: Row, status: str, failure: str | None = None) -> None:
    row |= {"status": status, "failure": failure}
    if status == "success":
        row["transferred_at"] = now()
    sandbox.store.run(
        "UPDATE transfers SET status = ?, failure = ?, transferred_at = ? WHERE id = ?",
        status,
        failure,
        row["transferred_at"],
        row["id"],
    )
    if status in {"success", "failed", "reversed"}:
        webhooks.emit_paystack(sandbox, f"transfer.{status}", _shape(sandbox, row))


def move_on(sandbox: Sandbox, payload: Json) -> None:
    """Task: a pending transfer arrives."""
    row = sandbox.store.one("SELECT * FROM transfers WHERE id = ?", payload["id"])
    if row and row["status"] == "pending":
        _set(sandbox, row, "success")


def balance_kobo(sandbox: Sandbox) -> int:
    """Opening balance + charges less fees - refunds - lost disputes - transfers with fees, and changes."""
    charged = sandbox.store.number(
        "SELECT sum(amount_kobo - fees_kobo) FROM transactions WHERE status IN ('success', 'reversed')"
    )
    refunded = sandbox.store.number("SELECT sum(amount_kobo) FROM refunds WHERE status <> 'failed'")
    paid_out = sandbox.store.number(
        "SELECT sum(amount_kobo + fee_kobo) FROM transfers"
        " WHERE status IN ('pending', 'otp', 'received', 'success')"
    )
    opening = sandbox.config.opening_balance_kobo + sandbox.store.switch(_BALANCE_SWITCH)
    return opening + charged - refunded - taken_kobo(sandbox) - paid_out


def balance(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /balance`."""
    return success("Balances retrieved", [{"currency": "NGN", "balance": balance_kobo(sandbox)}])


def set_status(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/paystack/transfer/{reference}` `{status, failure?, fee_charged?}`: move one by hand.

    Also one that had ended: banks send transfers back days later.
    """
    row = _transfer(sandbox, "reference", call.path["reference"])
    body = body_of(call)
    status = str(body.get("status"))
    if status not in _FINAL | {"pending", "received"}:
        raise RefusedError(
            422, {"message": f"known statuses: {', '.join(sorted(_FINAL))}, pending, received"}
        )
    if "fee_charged" in body:
        row["fee_kobo"] = whole_number(str(body["fee_charged"]), row["fee_kobo"], low=0)
        sandbox.store.run("UPDATE transfers SET fee_kobo = ? WHERE id = ?", row["fee_kobo"], row["id"])
    default = None if status in {"success", "pending", "received"} else "The bank refused the transfer"
    _set(sandbox, row, status, str(body["failure"]) if body.get("failure") else default)
    return JSONResponse(_shape(sandbox, row))


def list_all(sandbox: Sandbox, _call: Call) -> Response:
    """`GET /control/paystack/transfers`: all, in the order in which they were sent."""
    rows = sandbox.store.all("SELECT * FROM transfers ORDER BY id")
    return JSONResponse({"transfers": [_shape(sandbox, row) for row in rows]})


def set_balance(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/paystack/balance` `{balance}`: what transfers can be sent from, in kobo."""
    wanted = body_of(call).get("balance")
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise RefusedError(422, {"message": "balance must be a whole number of kobo"})
    shift = sandbox.store.switch(_BALANCE_SWITCH) + wanted - balance_kobo(sandbox)
    sandbox.store.set_switch(_BALANCE_SWITCH, shift)
    return JSONResponse({"balance": balance_kobo(sandbox)})


def switch_otp(sandbox: Sandbox, call: Call) -> Response:
    """`POST /control/paystack/transfer-otp` `{enabled}`: whether new transfers want an OTP."""
    sandbox.store.set_switch(_OTP_SWITCH, int(bool(body_of(call).get("enabled"))))
    return JSONResponse({})
