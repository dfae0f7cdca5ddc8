"""Paystack's look-alike: envelopes, refusals, charges, refunds and payouts as the real one documents them."""

import time
from typing import Any

import httpx
import pytest

from mentor_ui.sandbox.paystack_shapes import charge_fees_kobo, transfer_fee_kobo
from tests.sandbox.conftest import Receiver
from tests.sandbox_process import SandboxProcess

CHARGE: dict[str, Any] = {
    "email": "ada@demo.test",
    "amount": 950000,
    "currency": "NGN",
    "reference": "bk-1000000000000001-1",
    "callback_url": "http://app.test/back?from=checkout",
    "metadata": {"booking": "1000000000000001"},
}
GOOD_CARD, DECLINED_CARD = "4084084084084081", "4084080000005408"


def initialize(paystack: httpx.Client, **changes: Any) -> dict[str, Any]:
    reply = paystack.post("/transaction/initialize", json=CHARGE | changes)
    assert reply.status_code == 200, reply.text
    data: dict[str, Any] = reply.json()["data"]
    return data


def verify(paystack: httpx.Client, reference: str = CHARGE["reference"]) -> dict[str, Any]:
    reply = paystack.get(f"/transaction/verify/{reference}")
    assert reply.status_code == 200, reply.text
    data: dict[str, Any] = reply.json()["data"]
    return data


def press(
    sandbox: SandboxProcess, started: dict[str, Any], action: str, card: str = GOOD_CARD
) -> httpx.Response:
    reply = sandbox.http.post(started["authorization_url"], data={"action": action, "card": card})
    assert reply.status_code == 303
    return reply


def eventually(read: Any, wanted: Any) -> None:
    deadline = time.monotonic() + 30
    while (found := read()) != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found == wanted


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"email": None}, 400, "missing_params"),
        ({"email": "ada"}, 400, "invalid_email_address"),
        ({"amount": None}, 400, "missing_params"),
        ({"amount": 0}, 400, "invalid_params"),
        ({"amount": 4999}, 400, "invalid_params"),
        ({"amount": 9500.5}, 400, "invalid_params"),
        ({"amount": "9500.00"}, 400, "invalid_params"),
        ({"amount": True}, 400, "invalid_params"),
        ({"amount": 1_000_000_001}, 400, "invalid_params"),
        ({"currency": "USD"}, 403, "unsupported_currency"),
        ({"reference": "bk_1000000000000001"}, 400, "invalid_params"),
        ({"reference": "bk 1"}, 400, "invalid_params"),
        ({"channels": ["card", "cash"]}, 400, "invalid_params"),
        ({"callback_url": "javascript:alert(1)"}, 400, "invalid_params"),
    ],
)
def test_initialize_is_strict(paystack: httpx.Client, change: dict[str, Any], status: int, code: str) -> None:
    reply = paystack.post("/transaction/initialize", json=CHARGE | change)
    body = reply.json()
    assert (reply.status_code, body["status"], body["code"]) == (status, False, code)
    assert body["meta"]["nextStep"]
    assert body["type"] == "validation_error"


def test_key_is_checked(sandbox: SandboxProcess) -> None:
    for headers in (
        {},
        {"authorization": "Bearer sk_test_wrong"},
        {"authorization": "sk_test_mentor_demo_key"},
    ):
        reply = sandbox.http.get("/paystack/balance", headers=headers)
        assert reply.status_code == 401
        assert reply.json()["status"] is False


def test_digit_strings_are_amounts_and_rate_headers_are_there(paystack: httpx.Client) -> None:
    reply = paystack.post("/transaction/initialize", json=CHARGE | {"amount": "950000"})
    assert reply.json()["message"] == "Authorization URL created"
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(reply.headers)
    assert verify(paystack)["requested_amount"] == 950000


def test_duplicate_reference(paystack: httpx.Client) -> None:
    initialize(paystack)
    reply = paystack.post("/transaction/initialize", json=CHARGE)
    assert reply.status_code == 400
    assert reply.json() == {
        "status": False,
        "message": "Duplicate Transaction Reference",
        "meta": {"nextStep": "Provide a unique transaction reference"},
        "type": "validation_error",
        "code": "duplicate_reference",
        "errorCodeMappingNotFound": False,
    }


def test_unvisited_charge_is_abandoned_and_unknown_is_refused(paystack: httpx.Client) -> None:
    initialize(paystack)
    found = verify(paystack)
    assert (found["status"], found["paid_at"], found["fees"], found["domain"]) == (
        "abandoned",
        None,
        None,
        "test",
    )
    assert found["id"] > 2**32
    assert paystack.get("/transaction/verify/nobody").json()["code"] == "transaction_not_found"
    assert paystack.get(f"/transaction/{found['id']}").json()["data"]["reference"] == CHARGE["reference"]
    assert paystack.get("/transaction/1").status_code == 404


def test_declined_then_paid_on_the_same_page(
    sandbox: SandboxProcess, paystack: httpx.Client, receiver: Receiver
) -> None:
    started = initialize(paystack)
    page = sandbox.http.get(started["authorization_url"]).text
    assert "Sandbox: no real money" in page
    assert "Pay ₦9,500</button>" in page
    assert "<script" not in page
    again = press(sandbox, started, "pay", DECLINED_CARD)
    assert again.headers["location"].endswith(f"/paystack/checkout/{started['access_code']}")
    assert 'role="alert">Declined.' in sandbox.http.get(started["authorization_url"]).text
    assert verify(paystack)["status"] == "failed"
    paid = press(sandbox, started, "pay")
    reference = CHARGE["reference"]
    assert paid.headers["location"] == (
        f"http://app.test/back?from=checkout&trxref={reference}&reference={reference}"
    )
    found = verify(paystack)
    assert (found["status"], found["amount"], found["requested_amount"], found["fees"]) == (
        "success",
        950000,
        950000,
        24250,
    )
    assert found["metadata"] == CHARGE["metadata"]
    assert (found["authorization"]["last4"], found["customer"]["email"]) == ("4081", "ada@demo.test")
    assert (found["log"]["attempts"], found["log"]["errors"], found["log"]["success"]) == (2, 1, True)
    event = receiver.wait(1)[0]
    assert (event["event"], event["data"]["id"], event["data"]["status"]) == (
        "charge.success",
        found["id"],
        "success",
    )
    press(sandbox, started, "pay")
    assert "made already" in sandbox.http.get(started["authorization_url"]).text
    assert len(sandbox.control("GET", "webhooks")["webhooks"]) == 1


def test_fail_and_abandon_lead_back_without_money(sandbox: SandboxProcess, paystack: httpx.Client) -> None:
    failed = initialize(paystack)
    assert press(sandbox, failed, "fail").headers["location"].startswith("http://app.test/back?")
    assert verify(paystack)["status"] == "failed"
    left = initialize(
        paystack, reference="bk-1000000000000002-1", metadata='{"cancel_action": "http://app.test/no"}'
    )
    assert press(sandbox, left, "abandon").headers["location"] == "http://app.test/no"
    assert verify(paystack, "bk-1000000000000002-1")["status"] == "abandoned"
    assert sandbox.control("GET", "webhooks")["webhooks"] == []


def test_transfer_arrives_later(sandbox: SandboxProcess, paystack: httpx.Client, receiver: Receiver) -> None:
    press(sandbox, initialize(paystack), "transfer")
    assert verify(paystack)["status"] == "ongoing"
    assert receiver.wait(1)[0]["data"]["channel"] == "bank_transfer"
    assert verify(paystack)["status"] == "success"


def test_session_timeout_closes_the_page(sandbox: SandboxProcess, paystack: httpx.Client) -> None:
    started = initialize(paystack)
    assert paystack.put("/integration/payment_session_timeout", json={"timeout": 1}).status_code == 200
    time.sleep(1.1)
    reply = sandbox.http.post(started["authorization_url"], data={"action": "pay", "card": GOOD_CARD})
    assert reply.status_code == 410
    assert verify(paystack)["status"] == "abandoned"


def test_settle_by_hand_can_be_wrong(sandbox: SandboxProcess, paystack: httpx.Client) -> None:
    initialize(paystack)
    sandbox.settle(CHARGE["reference"], amount=100, currency="USD")
    found = verify(paystack)
    assert (found["status"], found["amount"], found["requested_amount"], found["currency"]) == (
        "success",
        100,
        950000,
        "USD",
    )


def test_list_pages_and_cursors(sandbox: SandboxProcess, paystack: httpx.Client) -> None:
    references = [f"bk-100000000000000{index}-1" for index in range(5)]
    for reference in references:
        initialize(paystack, reference=reference)
    sandbox.settle(references[2])
    first = paystack.get("/transaction", params={"perPage": 2}).json()
    assert [item["reference"] for item in first["data"]] == references[:2:-1]
    assert first["meta"] == {
        "total": 5, "total_volume": 950000, "skipped": 0, "perPage": 2, "page": 1, "pageCount": 3
    }  # fmt: skip
    paid = paystack.get("/transaction", params={"status": "success"}).json()["data"]
    assert [item["reference"] for item in paid] == [references[2]]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"use_cursor": "true", "perPage": "2"} | ({"next": cursor} if cursor else {})
        body = paystack.get("/transaction", params=params).json()
        seen += [item["reference"] for item in body["data"]]
        cursor = body["meta"]["next"]
    assert seen == references[::-1]
    assert paystack.get("/transaction", params={"from": "2999-01-01"}).json()["data"] == []


def test_refund_runs_to_processed(
    sandbox: SandboxProcess, paystack: httpx.Client, receiver: Receiver
) -> None:
    reference = CHARGE["reference"]
    initialize(paystack)
    assert paystack.post("/refund", json={"transaction": reference}).status_code == 400
    sandbox.settle(reference)
    too_much = paystack.post("/refund", json={"transaction": reference, "amount": 950001})
    assert too_much.status_code == 400
    part = paystack.post("/refund", json={"transaction": reference, "amount": 200000}).json()
    assert part["message"] == "Refund has been queued for processing"
    assert (part["data"]["status"], part["data"]["transaction"]["reference"]) == ("pending", reference)
    transaction_id = part["data"]["transaction"]["id"]

    def listed() -> list[tuple[int, str]]:
        found = paystack.get("/refund", params={"transaction": transaction_id}).json()["data"]
        return [(item["amount"], item["status"]) for item in found]

    eventually(listed, [(200000, "processed")])
    assert verify(paystack)["status"] == "success"
    paystack.post("/refund", json={"transaction": transaction_id})
    repeated = paystack.post("/refund", json={"transaction": reference})
    assert (repeated.status_code, repeated.json()["code"]) == (400, "transaction_reversed")
    eventually(listed, [(750000, "processed"), (200000, "processed")])
    assert verify(paystack)["status"] == "reversed"
    events = [event for event in receiver.wait(7) if event["event"].startswith("refund.")]
    assert [event["event"] for event in events if event["data"]["amount"] == "200000"] == [
        "refund.pending",
        "refund.processing",
        "refund.processed",
    ]
    assert "id" not in events[0]["data"]
    assert paystack.get(f"/refund/{part['data']['id']}").json()["data"]["transaction"] == transaction_id


@pytest.mark.parametrize(
    ("card", "end"), [("4084080000671803", "failed"), ("4084080000671902", "needs-attention")]
)
def test_refunds_may_end_badly(
    sandbox: SandboxProcess, paystack: httpx.Client, receiver: Receiver, card: str, end: str
) -> None:
    press(sandbox, initialize(paystack), "pay", card)
    refund = paystack.post("/refund", json={"transaction": CHARGE["reference"]}).json()["data"]
    event = next(event for event in receiver.wait(4) if event["event"] == f"refund.{end}")
    assert event["data"]["amount"] == 950000
    assert event["data"].get("id") == (str(refund["id"]) if end == "needs-attention" else None)
    details = {"refund_account_details": {"currency": "NGN", "account_number": "0123456789", "bank_id": 9}}
    retried = paystack.post(f"/refund/retry_with_customer_details/{refund['id']}", json=details)
    assert retried.status_code == (200 if end == "needs-attention" else 422)


def test_payout_from_name_to_success(
    sandbox: SandboxProcess, paystack: httpx.Client, receiver: Receiver
) -> None:
    banks = paystack.get("/bank", params={"country": "nigeria", "use_cursor": "true", "perPage": 100}).json()[
        "data"
    ]
    assert {"058", "50211", "001"} <= {bank["code"] for bank in banks}
    account = {"account_number": "0123456789", "bank_code": "058"}
    name = paystack.get("/bank/resolve", params=account).json()["data"]["account_name"]
    assert paystack.get("/bank/resolve", params=account | {"account_number": "9912345678"}).status_code == 422
    recipient = {"type": "nuban", "name": name, "currency": "NGN", **account}
    made, again = (paystack.post("/transferrecipient", json=recipient) for _ in range(2))
    assert made.status_code == 201
    code = made.json()["data"]["recipient_code"]
    assert again.json()["data"]["recipient_code"] == code
    transfer = {
        "source": "balance",
        "amount": 600000,
        "recipient": code,
        "reference": "po-1000000000000001-1",
    }
    before = paystack.get("/balance").json()["data"][0]["balance"]
    assert paystack.get("/transfer/verify/po-1000000000000001-1").json()["message"] == "Transfer not found"
    assert paystack.post("/transfer", json=transfer).json()["data"]["status"] == "pending"
    assert paystack.post("/transfer", json=transfer).json()["code"] == "duplicate_reference"
    event = receiver.wait_for("transfer.success")
    assert event["data"]["recipient"]["details"]["account_name"] == name
    assert paystack.get("/transfer/verify/po-1000000000000001-1").json()["data"]["status"] == "success"
    assert paystack.get("/balance").json()["data"][0]["balance"] == before - 600000 - 2500
    short = paystack.post(
        "/transfer", json=transfer | {"reference": "po-1000000000000001-2", "amount": before}
    )
    assert short.json()["message"] == "Your balance is not enough to fulfil this request"
    upper = paystack.post("/transfer", json=transfer | {"reference": "PO-1000000000000001-2"})
    assert upper.status_code == 400


def test_balance_and_fee_are_set_by_hand(sandbox: SandboxProcess, paystack: httpx.Client) -> None:
    recipient = {"type": "nuban", "name": "Ada", "account_number": "0123456789", "bank_code": "058"}
    code = paystack.post("/transferrecipient", json=recipient).json()["data"]["recipient_code"]
    assert sandbox.control("POST", "paystack/balance", {"balance": 60_999}) == {"balance": 60_999}
    reference = "po-1000000000000009-1"
    transfer = {"source": "balance", "amount": 60_000, "recipient": code, "reference": reference}
    assert paystack.post("/transfer", json=transfer).json()["code"] == "insufficient_balance"
    sandbox.control("POST", "paystack/balance", {"balance": 70_000})
    assert paystack.post("/transfer", json=transfer).status_code == 200
    path = f"paystack/transfer/{reference}"
    assert sandbox.control("POST", path, {"status": "success", "fee_charged": 1_500})["fee_charged"] == 1_500
    assert paystack.get("/balance").json()["data"][0]["balance"] == 8_500
    assert sandbox.control("POST", path, {"status": "reversed"})["fee_charged"] == 0
    assert paystack.get("/balance").json()["data"][0]["balance"] == 70_000
    references = [one["reference"] for one in sandbox.control("GET", "paystack/transfers")["transfers"]]
    assert references[-1] == reference
    wrong = sandbox.http.post("/control/paystack/balance", json={"balance": "much"})
    assert wrong.status_code == 422


def test_transfer_with_otp_and_reversal(
    sandbox: SandboxProcess, paystack: httpx.Client, receiver: Receiver
) -> None:
    sandbox.control("POST", "paystack/transfer-otp", {"enabled": True})
    recipient = {"type": "nuban", "name": "Ada", "account_number": "0123456789", "bank_code": "001"}
    code = paystack.post("/transferrecipient", json=recipient).json()["data"]["recipient_code"]
    transfer = {"source": "balance", "amount": 50000, "recipient": code, "reference": "po-1000000000000003-1"}
    waiting = paystack.post("/transfer", json=transfer).json()
    assert (waiting["message"], waiting["data"]["status"]) == ("Transfer requires OTP to continue", "otp")
    finish = {"transfer_code": waiting["data"]["transfer_code"], "otp": "000000"}
    assert paystack.post("/transfer/finalize_transfer", json=finish).status_code == 400
    assert paystack.post("/transfer/finalize_transfer", json=finish | {"otp": "123456"}).status_code == 200
    receiver.wait_for("transfer.success")
    sandbox.control("POST", "paystack/transfer/po-1000000000000003-1", {"status": "reversed"})
    receiver.wait_for("transfer.reversed")


def test_fee_formula() -> None:
    published = {
        25_000: 375,
        39_100: 587,
        249_999: 3750,
        250_000: 13_750,
        13_000_000: 200_000,
        90_000_000: 200_000,
    }
    assert {amount: charge_fees_kobo(amount) for amount in published} == published
    assert [transfer_fee_kobo(naira * 100) for naira in (5_000, 5_001, 50_000, 50_001)] == [
        1000,
        2500,
        2500,
        5000,
    ]
