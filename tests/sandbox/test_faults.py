"""Faults, webhook retries, the control API's door, and what a restart keeps."""

import hashlib
import hmac
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import Receiver
from tests.sandbox.test_paystack import CHARGE, initialize, verify
from tests.sandbox.test_zoom import MEETING
from tests.sandbox_process import PAYSTACK_SECRET_KEY, SandboxProcess, start_sandbox

REFERENCE = CHARGE["reference"]


def test_500_before_and_after_the_effect(sandbox: SandboxProcess, paystack: httpx.Client) -> None:
    sandbox.fault("paystack.initialize", "500_before")
    assert paystack.post("/transaction/initialize", json=CHARGE).status_code == 500
    assert paystack.get(f"/transaction/verify/{REFERENCE}").status_code == 400
    sandbox.fault("paystack.initialize", "500_after")
    assert paystack.post("/transaction/initialize", json=CHARGE).status_code == 500
    assert verify(paystack)["status"] == "abandoned"
    assert paystack.post("/transaction/initialize", json=CHARGE).json()["code"] == "duplicate_reference"
    assert sandbox.calls("paystack.initialize") == 3


def test_lost_reply_after_the_effect(sandbox: SandboxProcess, zoom: httpx.Client) -> None:
    sandbox.fault("zoom.meetings.create", "lost_reply")
    with pytest.raises(httpx.RemoteProtocolError):
        zoom.post("/users/me/meetings", json=MEETING)
    assert [meeting["topic"] for meeting in sandbox.meetings()] == [MEETING["topic"]]


def test_rate_limit_garbage_delay_and_own_reply(sandbox: SandboxProcess, paystack: httpx.Client) -> None:
    sandbox.fault("paystack.*", "429", times=2)
    for _ in range(2):
        reply = paystack.get("/balance")
        assert (reply.status_code, reply.json()["code"]) == (429, "rate_limited")
        assert int(reply.headers["x-ratelimit-reset"]) > 0
    sandbox.fault("paystack.balance", "garbage")
    assert paystack.get("/balance").headers["content-type"].startswith("text/html")
    sandbox.fault("paystack.balance", "delay", seconds=0.3)
    begun = time.monotonic()
    assert paystack.get("/balance").status_code == 200
    assert time.monotonic() - begun >= 0.3
    sandbox.fault("paystack.balance", "reply", status=418, body={"status": False})
    assert paystack.get("/balance").status_code == 418
    assert paystack.get("/balance").status_code == 200
    assert sandbox.control("GET", "faults")["faults"] == []


def test_faults_are_checked(sandbox: SandboxProcess) -> None:
    for wrong in (
        {"route": "paystack.verfy", "kind": "429"},
        {"route": "paystack.verify", "kind": "late_webhook"},
        {"route": "paystack.webhook", "kind": "429"},
        {"route": "paystack.verify", "kind": "429", "times": 0},
        {"route": "paystack.verify", "kind": "429", "probability": 2},
        {"route": "paystack.verify", "kind": "429", "seconds": "soon"},
        {"route": "paystack.verify", "kind": "429", "tims": 1},
    ):
        assert sandbox.http.post("/control/faults", json=wrong).status_code == 422, wrong
    sandbox.fault("paystack.verify", "429", times=None)
    sandbox.fault("zoom.token", "429", times=None)
    assert sandbox.http.delete("/control/faults", params={"route": "zoom.token"}).json() == {"removed": 1}
    assert [fault["route"] for fault in sandbox.control("GET", "faults")["faults"]] == ["paystack.verify"]
    assert sandbox.http.delete("/control/faults").json() == {"removed": 1}


def test_control_is_for_this_machine_only(sandbox: SandboxProcess) -> None:
    for method, path in (("GET", "faults"), ("POST", "reset"), ("GET", "paystack/transactions")):
        reply = sandbox.http.request(method, f"/control/{path}", headers={"X-Forwarded-For": "127.0.0.1"})
        assert reply.status_code == 403


def test_webhook_is_signed_and_retried(
    sandbox: SandboxProcess, paystack: httpx.Client, receiver: Receiver
) -> None:
    receiver.statuses += [500]
    initialize(paystack, metadata={"name": "Adé ₦"})
    sandbox.settle(REFERENCE)
    receiver.wait(2)
    first, second = (body for _, _, body in receiver.requests)
    assert first == second
    for path, headers, body in receiver.requests:
        expected = hmac.new(PAYSTACK_SECRET_KEY.encode(), body, hashlib.sha512).hexdigest()
        assert (path, headers["x-paystack-signature"]) == ("/paystack", expected)
    sandbox.control("POST", f"paystack/webhook/{REFERENCE}", {})
    assert receiver.wait(3)[2]["event"] == "charge.success"


def test_webhook_faults(sandbox: SandboxProcess, paystack: httpx.Client, receiver: Receiver) -> None:
    sandbox.fault("paystack.webhook", "no_webhook")
    initialize(paystack)
    sandbox.settle(REFERENCE)
    assert sandbox.control("GET", "webhooks")["webhooks"] == []
    sandbox.fault("paystack.webhook", "duplicate_webhook", event="charge.success")
    sandbox.settle(REFERENCE)
    assert len(receiver.wait(2)) == 2
    receiver.clear()
    sandbox.fault("paystack.webhook", "bad_signature")
    sandbox.settle(REFERENCE)
    receiver.wait(1)
    _, headers, body = receiver.requests[0]
    assert (
        headers["x-paystack-signature"]
        != hmac.new(PAYSTACK_SECRET_KEY.encode(), body, hashlib.sha512).hexdigest()
    )
    receiver.clear()
    sandbox.fault("paystack.webhook", "late_webhook", seconds=0.5)
    begun = time.monotonic()
    sandbox.settle(REFERENCE)
    receiver.wait(1)
    assert time.monotonic() - begun >= 0.5


def test_a_killed_sandbox_keeps_its_word(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses += [503]
    with start_sandbox(tmp_path, paystack_webhook_url=f"{receiver.url}/paystack") as sandbox:
        with httpx.Client(base_url=sandbox.paystack_base_url, headers=sandbox.paystack_headers) as paystack:
            initialize(paystack)
            sandbox.settle(REFERENCE)
            sandbox.http.post(
                "/mail/messages", json={"to": "a@b.c", "from": "m@b.c", "subject": "Hi", "text": "x"}
            )
            receiver.wait(1)
            assert sandbox.stop(signal.SIGKILL) == -signal.SIGKILL
            sandbox.start()
            assert verify(paystack)["status"] == "success"
            assert [mail["subject"] for mail in sandbox.mails()] == ["Hi"]
            assert receiver.wait(2)[1]["data"]["reference"] == REFERENCE
        assert sandbox.stop() == 0


def test_taken_port_is_one_clear_line(sandbox: SandboxProcess, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as refused, start_sandbox(tmp_path, port=sandbox.port):
        pass
    assert str(refused.value).splitlines()[1:] == [
        f"sandbox: cannot listen on 127.0.0.1:{sandbox.port}: Address already in use"
    ]


def test_links_and_routes_work_behind_a_prefix(tmp_path: Path) -> None:
    with start_sandbox(tmp_path, public_url="http://localhost:3000/sandbox") as sandbox:
        with httpx.Client(base_url=sandbox.paystack_base_url, headers=sandbox.paystack_headers) as paystack:
            started = initialize(paystack)
        assert (
            started["authorization_url"]
            == f"http://localhost:3000/sandbox/paystack/checkout/{started['access_code']}"
        )
        path = f"/paystack/checkout/{started['access_code']}"
        for address in (path, f"/sandbox{path}"):
            assert f'action="/sandbox{path}"' in sandbox.http.get(address).text
        assert 'action="/sandbox/mail"' in sandbox.http.get("/mail").text
