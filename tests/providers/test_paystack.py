"""The Paystack client against bodies in all the shapes that the documentation and its readers report."""

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.providers.errors import (
    AlreadyReversed,
    BalanceTooLow,
    DuplicateReference,
    ProviderRejected,
    ProviderThrottled,
    ProviderUnavailable,
)
from mentor_ui.providers.paystack import Payments, PaystackClient
from mentor_ui.providers.paystack_replies import (
    ChargeStatus,
    RefundStatus,
    TransferStatus,
    parse_charge,
    parse_metadata,
    parse_refund,
    parse_transfer,
)
from tests.providers.samples import REFERENCE, charge, paystack_ok
from tests.providers.scripted_server import Answer, ScriptedServer

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, tzinfo=UTC)


def refused(status: int, message: str, code: str | None = None, *, status_word: Any = False) -> Answer:
    body: dict[str, Any] = {"status": status_word, "message": message, "meta": {"nextStep": "…"}}
    return Answer(status, {**body, "code": code, "type": "validation_error"} if code else body)


def initialize(paystack: PaystackClient, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "reference": REFERENCE,
        "email": "ada@example.com",
        "amount_kobo": 500_000,
        "callback_url": "https://mentor.example/mentorship/verify-payment",
        "metadata": {"booking_id": "7"},
    }
    return paystack.initialize(**{**values, **changes})


def test_the_client_keeps_the_protocol(paystack: PaystackClient) -> None:
    payments: Payments = paystack
    assert payments is paystack


def test_initialize_sends_what_paystack_wants(paystack: PaystackClient, server: ScriptedServer) -> None:
    link = "https://checkout.paystack.com/abc"
    server.will_answer(
        Answer(body=paystack_ok({"authorization_url": link, "access_code": "abc", "reference": REFERENCE}))
    )

    checkout = initialize(paystack, channels=["card", "bank"])

    assert (checkout.authorization_url, checkout.access_code, checkout.reference) == (link, "abc", REFERENCE)
    assert server.paths == ["POST /transaction/initialize"]
    assert server.asked[0].json == {
        "reference": REFERENCE,
        "email": "ada@example.com",
        "amount": 500_000,
        "currency": "NGN",
        "callback_url": "https://mentor.example/mentorship/verify-payment",
        "metadata": {"booking_id": "7"},
        "channels": ["card", "bank"],
    }


def test_a_link_that_is_no_web_address_is_not_handed_on(
    paystack: PaystackClient, server: ScriptedServer
) -> None:
    data = {"authorization_url": "javascript:alert(1)", "access_code": "abc", "reference": REFERENCE}
    server.will_answer(Answer(body=paystack_ok(data)))
    with pytest.raises(ProviderUnavailable, match="web address"):
        initialize(paystack)


@pytest.mark.parametrize(
    "reference", ["", "short", "Upper-case-reference-1", "with_underscore_here", "a" * 51]
)
def test_a_reference_that_fits_no_endpoint_is_not_sent(
    paystack: PaystackClient, server: ScriptedServer, reference: str
) -> None:
    with pytest.raises(ValueError, match="reference"):
        initialize(paystack, reference=reference)
    assert not server.asked


@pytest.mark.parametrize("amount", [0, -500])
def test_an_amount_is_positive(paystack: PaystackClient, server: ScriptedServer, amount: int) -> None:
    with pytest.raises(ValueError, match="kobo"):
        initialize(paystack, amount_kobo=amount)
    assert not server.asked


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(400, "Duplicate Transaction Reference", "duplicate_reference"), DuplicateReference),
        (refused(400, "Duplicate Transaction Reference"), DuplicateReference),
        (refused(404, "Duplicate reference(s) found: bk-1", "unknown"), DuplicateReference),
        (refused(400, "Transaction has been fully reversed", "transaction_reversed"), AlreadyReversed),
        (refused(400, "Your balance is not enough to fulfil this request"), BalanceTooLow),
        (refused(400, "Your balance is not enough to fulfill this request"), BalanceTooLow),
        (refused(400, "Invalid Amount Sent", "invalid_params"), ProviderRejected),
        (refused(200, "Declined", status_word=False), ProviderRejected),
        (refused(400, "Declined", status_word="false"), ProviderRejected),
    ],
)
def test_refusals_are_told_apart(
    paystack: PaystackClient, server: ScriptedServer, answer: Answer, error: type[ProviderRejected]
) -> None:
    server.will_answer(answer)
    with pytest.raises(ProviderRejected) as caught:
        initialize(paystack)
    assert type(caught.value) is error
    assert caught.value.http_status == answer.status
    assert caught.value.code == answer.body.get("code", "unknown")


def test_verify_reads_a_charge(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(Answer(body=paystack_ok(charge())))

    found = paystack.verify(REFERENCE)

    assert found is not None
    assert server.paths == [f"GET /transaction/verify/{REFERENCE}"]
    assert found.status is ChargeStatus.SUCCESS
    assert (found.amount_kobo, found.requested_amount_kobo, found.fees_kobo) == (500_000, 500_000, 17_500)
    assert (found.currency, found.domain, found.channel) == ("NGN", "test", "card")
    assert found.paid_at == datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)
    assert found.customer_email == "ada@example.com"
    assert found.metadata == {"booking_id": "7301234567890123"}
    assert found.raw["authorization"]["authorization_code"] == "AUTH_x"
    assert "AUTH_x" not in repr(found)


@pytest.mark.parametrize(
    "answer",
    [
        refused(400, "Transaction reference not found.", "transaction_not_found"),
        refused(404, "Transaction reference not found.", "transaction_not_found"),
        refused(404, "Transaction reference not found"),
    ],
)
def test_an_unknown_reference_is_none(
    paystack: PaystackClient, server: ScriptedServer, answer: Answer
) -> None:
    server.will_answer(answer)
    assert paystack.verify(REFERENCE) is None


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_other_refusals_never_look_like_an_unknown_reference(
    paystack: PaystackClient, server: ScriptedServer, status: int
) -> None:
    server.will_answer(refused(status, "Something else", "invalid_params"))
    with pytest.raises(ProviderRejected):
        paystack.verify(REFERENCE)


@pytest.mark.parametrize(
    "reference", ["", "..", "../balance", "a/b", "a?b=c", "a#b", "a b", "a\nb", "é" * 16, "a" * 101, "%2e%2e"]
)
def test_a_strange_reference_from_an_address_bar_bends_no_path(
    paystack: PaystackClient, server: ScriptedServer, reference: str
) -> None:
    assert paystack.verify(reference) is None
    assert not server.asked


def test_a_charge_in_its_older_and_poorer_shapes() -> None:
    poor = charge(
        status="reversal-pending",
        amount="500000",
        requested_amount=None,
        fees=None,
        metadata="",
        customer=None,
    )
    del poor["paid_at"], poor["created_at"]
    found = parse_charge({**poor, "paidAt": "2026-11-22T10:00:05Z", "createdAt": "2026-11-22T10:00:00Z"})

    assert found.status is ChargeStatus.UNKNOWN
    assert found.status_word == "reversal-pending"
    assert not found.status.is_final
    assert found.amount_kobo == 500_000
    assert found.requested_amount_kobo is None
    assert found.fees_kobo is None
    assert found.paid_at == datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)
    assert found.created_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert found.metadata == {}
    assert found.customer_email == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1}, {"a": 1}),
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ("0", {}),
        (0, {}),
        (None, {}),
        ([], {}),
        ("not json", {}),
        ("[1]", {}),
    ],
)
def test_metadata_in_any_form(value: Any, expected: dict[str, Any]) -> None:
    assert parse_metadata(value) == expected


@given(st.text())
def test_only_the_known_words_are_final(word: str) -> None:
    assert ChargeStatus(word).is_final == (word in {"success", "failed", "reversed"})
    assert RefundStatus(word).is_final == (word in {"processed", "failed"})
    conclusive = {"success", "failed", "reversed", "abandoned", "blocked", "rejected"}
    assert TransferStatus(word).is_final == (word in conclusive)


@pytest.mark.parametrize(
    "word", ["success", "failed", "reversed", "abandoned", "ongoing", "pending", "queued"]
)
def test_every_word_of_paystacks_is_known(word: str) -> None:
    assert ChargeStatus(word).value == word


def test_refund_sends_our_note(paystack: PaystackClient, server: ScriptedServer) -> None:
    made = {
        "id": 3_018_284,
        "status": "pending",
        "amount": 250_000,
        "currency": "NGN",
        "merchant_note": "refund 91",
        "expected_at": "2026-12-01T10:00:00Z",
        "transaction": {"id": 77, "reference": REFERENCE},
    }
    server.will_answer(Answer(body=paystack_ok(made)))

    refund = paystack.refund(REFERENCE, amount_kobo=250_000, note="refund 91", customer_note="Sorry")

    assert server.asked[0].json == {
        "transaction": REFERENCE,
        "currency": "NGN",
        "amount": 250_000,
        "merchant_note": "refund 91",
        "customer_note": "Sorry",
    }
    assert (refund.id, refund.status, refund.amount_kobo) == (3_018_284, RefundStatus.PENDING, 250_000)
    assert (refund.transaction_id, refund.transaction_reference, refund.note) == (77, REFERENCE, "refund 91")


def test_refunds_of_other_transactions_are_left_out(paystack: PaystackClient, server: ScriptedServer) -> None:
    one = {"id": 1, "status": "needs-attention", "amount": "100", "currency": "NGN", "transaction": 77}
    other = {**one, "id": 2, "transaction": 78}
    server.will_answer(Answer(body=paystack_ok([one, other], meta={"page": 1, "pageCount": 1})))

    found = paystack.refunds(77)

    assert [(refund.id, refund.status, refund.amount_kobo) for refund in found] == [
        (1, RefundStatus.NEEDS_ATTENTION, 100)
    ]
    assert server.paths == ["GET /refund?transaction=77&perPage=100"]


def test_refunds_with_the_id_as_text() -> None:
    found = parse_refund({"id": "12", "status": "reversed?", "amount": 5, "transaction": "77"})
    assert (found.id, found.status, found.transaction_id) == (12, RefundStatus.UNKNOWN, 77)


def test_banks_skip_the_dead_ones(paystack: PaystackClient, server: ScriptedServer) -> None:
    def bank(number: int, name: str, **more: Any) -> dict[str, Any]:
        return {"id": number, "name": name, "code": f"{number:03}", "slug": name.lower(), **more}

    server.will_answer(
        Answer(body=paystack_ok([bank(9, "Zenith"), bank(2, "Gone", is_deleted=True)], meta={"next": "n"})),
        Answer(body=paystack_ok([bank(3, "access"), bank(4, "Asleep", active=False)], meta={"next": None})),
    )
    assert [(found.name, found.code) for found in paystack.banks()] == [("access", "003"), ("Zenith", "009")]


@pytest.mark.parametrize("status", [400, 429])
def test_the_daily_limit_of_test_lookups_is_not_a_wrong_account(
    paystack: PaystackClient, server: ScriptedServer, status: int
) -> None:
    server.will_answer(refused(status, "Test mode daily limit of 3 live bank resolves exceeded. Use 001"))
    with pytest.raises(ProviderThrottled) as caught:
        paystack.resolve_account(account_number="0000000000", bank_code="057")
    assert caught.value.retry_after_seconds == 86_400
    assert len(server.asked) == 1


def test_a_recipient_may_be_asked_for_again(paystack: PaystackClient, server: ScriptedServer) -> None:
    data = {
        "recipient_code": "RCP_1",
        "name": "Ada",
        "active": True,
        "details": {"account_number": "0000000000", "account_name": None, "bank_code": "057"},
    }
    server.will_answer(Answer(500), Answer(201, paystack_ok(data)))

    found = paystack.create_recipient(name="Ada", account_number="0000000000", bank_code="057")

    assert (found.code, found.account_name, found.bank_code) == ("RCP_1", "", "057")
    assert server.asked[1].json["type"] == "nuban"


def test_a_transfer_is_sent_once_and_looked_up(paystack: PaystackClient, server: ScriptedServer) -> None:
    sent = {
        "reference": REFERENCE,
        "status": "success",
        "amount": 350_000,
        "currency": "NGN",
        "transfer_code": "TRF_1",
        "id": 5,
        "fee_charged": 2500,
        "session": {"provider": "nip", "id": "000015"},
        "createdAt": "2026-11-22T10:00:00.000Z",
    }
    server.will_answer(Answer(504), refused(404, "Transfer not found"), Answer(body=paystack_ok(sent)))

    with pytest.raises(ProviderUnavailable) as caught:
        paystack.transfer(
            reference=REFERENCE, amount_kobo=350_000, recipient_code="RCP_1", reason="Sessions of November"
        )
    assert caught.value.effect_unknown
    assert paystack.verify_transfer(REFERENCE) is None
    found = paystack.verify_transfer(REFERENCE)

    assert server.asked[0].json["source"] == "balance"
    assert found is not None
    assert (found.status, found.amount_kobo, found.fee_kobo) == (TransferStatus.SUCCESS, 350_000, 2500)
    assert (found.session_id, found.created_at) == ("000015", datetime(2026, 11, 22, 10, tzinfo=UTC))


@pytest.mark.parametrize("word", ["pending", "otp", "received", "in-orbit"])
def test_a_transfer_that_is_not_conclusive_is_not_final(word: str) -> None:
    found = parse_transfer({"reference": REFERENCE, "status": word, "amount": 1})
    assert not found.status.is_final
    assert found.status_word == word


def test_the_balance_is_the_naira_one(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(
        Answer(body=paystack_ok([{"currency": "USD", "balance": 9}, {"currency": "NGN", "balance": 123_456}]))
    )
    assert paystack.balance_kobo() == 123_456


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.sampled_from(sorted(charge())), JUNK)
def test_one_wrong_field_is_read_or_refused_but_never_a_crash(key: str, junk: Any) -> None:
    changed = json.loads(json.dumps(charge(**{key: junk})))
    needed = {"id", "status", "reference", "amount"}
    try:
        found = parse_charge(changed)
    except ValueError:
        assert key in needed
    else:
        assert isinstance(found.amount_kobo, int)
        assert found.requested_amount_kobo is None or isinstance(found.requested_amount_kobo, int)


def test_the_statuses_are_words_that_sort_and_store() -> None:
    words = [list(kind) for kind in (ChargeStatus, RefundStatus, TransferStatus)]
    assert all(isinstance(word, str) for word in itertools.chain(*words))
