"""Paystack's signature and what tells one event from another."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from mentor_ui.providers.paystack_webhooks import event_dedupe_key, read_event, verify_signature
from tests.providers.samples import REFERENCE, charge

BODY = '{"event":"charge.success","data":{"note":"naïve ₦5,000","amount":5e5}}'.encode()


def signed(body: bytes, key: str) -> str:
    return hmac.new(key.encode(), body, hashlib.sha512).hexdigest()


def raw(event: str, data: Any) -> bytes:
    return json.dumps({"event": event, "data": data}).encode()


def test_the_signature_is_over_the_raw_bytes() -> None:
    header = signed(BODY, "sk_test_a")
    assert verify_signature(BODY, header, ["sk_test_a"])
    assert verify_signature(BODY, header.upper(), ["sk_test_a"])
    reserialised = json.dumps(json.loads(BODY)).encode()
    assert not verify_signature(reserialised, header, ["sk_test_a"])


def test_a_rotated_key_is_accepted_beside_the_new_one() -> None:
    header = signed(BODY, "sk_test_old")
    assert verify_signature(BODY, header, ["sk_test_new", "sk_test_old"])
    assert not verify_signature(BODY, header, ["sk_test_new"])


@pytest.mark.parametrize("header", [None, "", "0", "é", "00" * 64, signed(BODY, "")])
@pytest.mark.parametrize("keys", [["sk_test_a"], [""], [], ["", "sk_test_a"]])
def test_a_wrong_signature_or_an_empty_key_is_refused(header: str | None, keys: list[str]) -> None:
    assert not verify_signature(BODY, header, keys)


def test_deliveries_of_one_event_share_a_key() -> None:
    first, again = raw("charge.success", charge()), raw("charge.success", charge(gateway_response="Approved"))
    assert event_dedupe_key(first) == event_dedupe_key(again)


@pytest.mark.parametrize(
    "other",
    [
        raw("charge.success", charge(id=1)),
        raw("charge.success", charge(domain="live")),
        raw("charge.success", charge(status="failed")),
        raw("charge.dispute.create", charge()),
    ],
)
def test_different_events_have_different_keys(other: bytes) -> None:
    assert event_dedupe_key(raw("charge.success", charge())) != event_dedupe_key(other)


def test_refunds_without_an_id_do_not_swallow_each_other() -> None:
    def refund(reference: str, amount: str) -> bytes:
        return raw(
            "refund.pending",
            {
                "status": "pending",
                "transaction_reference": reference,
                "refund_reference": None,
                "amount": amount,
            },
        )

    events = [refund(REFERENCE, "100"), refund(REFERENCE, "200"), refund("bk-other-reference-1", "100")]
    assert len({event_dedupe_key(event) for event in events}) == 3
    assert event_dedupe_key(events[0]) == event_dedupe_key(refund(REFERENCE, "100"))


def test_an_event_names_what_to_look_up() -> None:
    charged = read_event(raw("charge.success", charge()))
    assert (charged.name, charged.domain, charged.reference) == ("charge.success", "test", REFERENCE)
    refunded = read_event(raw("refund.processed", {"transaction_reference": REFERENCE, "domain": "test"}))
    assert refunded.reference == REFERENCE
    disputed = read_event(raw("charge.dispute.create", {"id": 5, "transaction": charge()}))
    assert disputed.reference == REFERENCE


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"event":1,"data":[]}', b"\xff\xfe"])
def test_a_strange_body_is_an_event_without_parts(body: bytes) -> None:
    event = read_event(body)
    assert event.reference == ""
    assert len(event.dedupe_key) == 64
