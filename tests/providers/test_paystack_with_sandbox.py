"""The Paystack client against the provider sandbox, over real HTTP, with its faults switched on."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentor_ui.providers.errors import (
    AlreadyReversed,
    BalanceTooLow,
    DuplicateReference,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderThrottled,
    ProviderUnavailable,
)
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.providers.paystack_replies import ChargeStatus, Checkout, RefundStatus, TransferStatus
from tests import sandbox_process
from tests.sandbox_process import SandboxProcess

BOOKING = 7301234567890123
LOST = ["500_after", "lost_reply", "garbage"]


@pytest.fixture
def pay(sandbox: SandboxProcess) -> Iterator[PaystackClient]:
    client = PaystackClient(
        secret_key=sandbox_process.PAYSTACK_SECRET_KEY,
        base_url=sandbox.paystack_base_url,
        timeout_seconds=3,
    )
    yield client
    client.close()


def reference(number: int = 1) -> str:
    return f"bk-{BOOKING}-{number}"


def start(pay: PaystackClient, number: int = 1, **changes: Any) -> Checkout:
    values: dict[str, Any] = {
        "reference": reference(number),
        "email": "ada@example.com",
        "amount_kobo": 500_000,
        "callback_url": "http://localhost:3000/mentorship/verify-payment",
        "metadata": {"booking_id": str(BOOKING)},
    }
    return pay.initialize(**{**values, **changes})


def paid(sandbox: SandboxProcess, pay: PaystackClient, number: int = 1) -> int:
    """Pay a new transaction and return Paystack's id of it."""
    start(pay, number)
    sandbox.settle(reference(number))
    charge = pay.verify(reference(number))
    assert charge is not None
    return charge.id


def test_a_checkout_that_is_opened_and_paid(sandbox: SandboxProcess, pay: PaystackClient) -> None:
    checkout = start(pay)
    assert checkout.reference == reference()
    assert sandbox.http.get(checkout.authorization_url).status_code == 200
    waiting = pay.verify(reference())
    assert waiting is not None
    assert not waiting.status.is_final

    sandbox.settle(reference())
    charge = pay.verify(reference())

    assert charge is not None
    assert charge.status is ChargeStatus.SUCCESS
    assert (charge.amount_kobo, charge.requested_amount_kobo, charge.currency) == (500_000, 500_000, "NGN")
    assert charge.fees_kobo == 17_500
    assert (charge.domain, charge.customer_email) == ("test", "ada@example.com")
    assert charge.metadata["booking_id"] == str(BOOKING)
    assert charge.paid_at is not None
    assert abs(charge.paid_at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "word", ["failed", "abandoned", "ongoing", "pending", "processing", "queued", "reversed"]
)
def test_every_status_comes_through(sandbox: SandboxProcess, pay: PaystackClient, word: str) -> None:
    start(pay)
    sandbox.settle(reference(), word)
    charge = pay.verify(reference())
    assert charge is not None
    assert charge.status is ChargeStatus(word)


def test_a_wrong_amount_and_currency_are_seen(sandbox: SandboxProcess, pay: PaystackClient) -> None:
    start(pay)
    sandbox.settle(reference(), amount=100, requested_amount=100, currency="USD")
    charge = pay.verify(reference())
    assert charge is not None
    assert (charge.amount_kobo, charge.requested_amount_kobo, charge.currency) == (100, 100, "USD")


def test_an_unknown_reference(pay: PaystackClient) -> None:
    assert pay.verify("bk-never-heard-of-it-1") is None


def test_a_reference_is_taken_once(pay: PaystackClient) -> None:
    start(pay)
    with pytest.raises(DuplicateReference):
        start(pay)


@pytest.mark.parametrize("changes", [{"amount_kobo": 4_999}, {"email": "nobody"}])
def test_what_paystack_refuses(pay: PaystackClient, changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderRejected):
        start(pay, **changes)
    assert pay.verify(reference()) is None


def test_a_wrong_key(sandbox: SandboxProcess) -> None:
    client = PaystackClient(secret_key="sk_test_wrong", base_url=sandbox.paystack_base_url)
    with pytest.raises(ProviderMisconfigured):
        start(client)
    with pytest.raises(ProviderMisconfigured):
        client.verify(reference())
    client.close()


@pytest.mark.parametrize("kind", LOST)
def test_a_start_whose_answer_is_lost_is_found_by_verify(
    sandbox: SandboxProcess, pay: PaystackClient, kind: str
) -> None:
    sandbox.fault("paystack.initialize", kind)
    with pytest.raises(ProviderUnavailable) as caught:
        start(pay)
    assert caught.value.effect_unknown
    assert sandbox.calls("paystack.initialize") == 1
    with pytest.raises(DuplicateReference):
        start(pay)
    assert pay.verify(reference()) is not None


def test_a_start_that_failed_before_its_effect_can_be_repeated(
    sandbox: SandboxProcess, pay: PaystackClient
) -> None:
    sandbox.fault("paystack.initialize", "500_before")
    with pytest.raises(ProviderUnavailable) as caught:
        start(pay)
    assert caught.value.effect_unknown
    assert pay.verify(reference()) is None
    assert start(pay).reference == reference()


def test_a_slow_start_is_given_up(sandbox: SandboxProcess) -> None:
    client = PaystackClient(
        secret_key=sandbox_process.PAYSTACK_SECRET_KEY,
        base_url=sandbox.paystack_base_url,
        timeout_seconds=0.3,
    )
    sandbox.fault("paystack.initialize", "delay", seconds=1.0)
    began = time.monotonic()
    with pytest.raises(ProviderUnavailable) as caught:
        start(client)
    assert caught.value.effect_unknown
    assert time.monotonic() - began < 0.9
    client.close()


def test_too_many_starts(sandbox: SandboxProcess, pay: PaystackClient) -> None:
    sandbox.fault("paystack.initialize", "429")
    with pytest.raises(ProviderThrottled) as caught:
        start(pay)
    wait = caught.value.retry_after_seconds
    assert wait is not None
    assert wait >= 0
    assert pay.verify(reference()) is None


@pytest.mark.parametrize("kind", ["500_before", "500_after", "lost_reply", "garbage"])
def test_verify_gets_over_two_broken_answers(sandbox: SandboxProcess, pay: PaystackClient, kind: str) -> None:
    start(pay)
    sandbox.fault("paystack.verify", kind, times=2)
    charge = pay.verify(reference())
    assert charge is not None
    assert sandbox.calls("paystack.verify") == 3


def test_verify_never_takes_a_long_outage_for_an_unknown_reference(
    sandbox: SandboxProcess, pay: PaystackClient
) -> None:
    start(pay)
    sandbox.fault("paystack.verify", "garbage", times=None)
    with pytest.raises(ProviderUnavailable):
        pay.verify(reference())


def test_all_transactions_of_a_period(sandbox: SandboxProcess, pay: PaystackClient) -> None:
    references = [reference(number) for number in range(1, 6)]
    for number in range(1, 6):
        start(pay, number)
    sandbox.settle(reference(3))
    now = datetime.now(UTC)

    found = list(pay.list_transactions(now - timedelta(hours=1), now + timedelta(hours=1)))

    assert sorted(charge.reference for charge in found) == references
    assert [charge.reference for charge in found if charge.status is ChargeStatus.SUCCESS] == [reference(3)]
    assert not list(pay.list_transactions(now - timedelta(hours=2), now - timedelta(hours=1)))


def test_more_transactions_than_fit_on_a_page(sandbox: SandboxProcess, pay: PaystackClient) -> None:
    for number in range(1, 103):
        start(pay, number)
    now = datetime.now(UTC)

    found = list(pay.list_transactions(now - timedelta(hours=1), now + timedelta(hours=1)))

    assert len({charge.id for charge in found}) == len(found) == 102
    assert sandbox.calls("paystack.list") == 2


def test_refunds_in_part_and_in_full(sandbox: SandboxProcess, pay: PaystackClient) -> None:
    transaction_id = paid(sandbox, pay)
    part = pay.refund(reference(), amount_kobo=200_000, note="refund 1", customer_note="Half back")
    assert (part.amount_kobo, part.transaction_id, part.note) == (200_000, transaction_id, "refund 1")
    assert not part.status.is_final
    rest = pay.refund(reference(), amount_kobo=300_000, note="refund 2")

    found = pay.refunds(transaction_id)

    assert {(refund.id, refund.amount_kobo, refund.note) for refund in found} == {
        (part.id, 200_000, "refund 1"),
        (rest.id, 300_000, "refund 2"),
    }
    assert all(isinstance(refund.status, RefundStatus) for refund in found)
    with pytest.raises(ProviderRejected):
        pay.refund(reference(), amount_kobo=100, note="refund 3")


def test_a_full_refund_happens_once(sandbox: SandboxProcess, pay: PaystackClient) -> None:
    transaction_id = paid(sandbox, pay)
    assert pay.refund(reference(), amount_kobo=None, note="refund 1").amount_kobo == 500_000
    sandbox.control("POST", f"paystack/refund/{pay.refunds(transaction_id)[0].id}", {"status": "processed"})
    with pytest.raises(AlreadyReversed):
        pay.refund(reference(), amount_kobo=None, note="refund 1")
    assert [refund.status for refund in pay.refunds(transaction_id)] == [RefundStatus.PROCESSED]


@pytest.mark.parametrize("kind", LOST)
def test_a_refund_whose_answer_is_lost_is_found_by_its_note(
    sandbox: SandboxProcess, pay: PaystackClient, kind: str
) -> None:
    transaction_id = paid(sandbox, pay)
    paid(sandbox, pay, 2)
    pay.refund(reference(2), amount_kobo=100, note="refund 1")
    sandbox.fault("paystack.refund", kind)
    with pytest.raises(ProviderUnavailable) as caught:
        pay.refund(reference(), amount_kobo=None, note="refund 1")
    assert caught.value.effect_unknown
    assert [refund.note for refund in pay.refunds(transaction_id)] == ["refund 1"]


def test_banks_and_accounts(pay: PaystackClient) -> None:
    banks = pay.banks()
    assert len({bank.id for bank in banks}) == len(banks) > 3
    account = pay.resolve_account(account_number="0123456789", bank_code="001")
    assert account.account_number == "0123456789"
    assert account.account_name
    with pytest.raises(ProviderRejected):
        pay.resolve_account(account_number="12", bank_code="001")


def test_payouts(sandbox: SandboxProcess, pay: PaystackClient) -> None:
    recipient = pay.create_recipient(name="Ada", account_number="0000000000", bank_code="057")
    again = pay.create_recipient(name="Ada", account_number="0000000000", bank_code="057")
    assert recipient.code == again.code
    assert recipient.active
    for number in range(1, 3):
        paid(sandbox, pay, number)
    before = pay.balance_kobo()
    payout = f"po-{BOOKING}-1"
    assert pay.verify_transfer(payout) is None

    sent = pay.transfer(
        reference=payout, amount_kobo=100_000, recipient_code=recipient.code, reason="November"
    )

    assert (sent.reference, sent.amount_kobo, sent.currency) == (payout, 100_000, "NGN")
    found = pay.verify_transfer(payout)
    assert found is not None
    assert found.code == sent.code
    assert pay.balance_kobo() <= before - 100_000
    with pytest.raises(DuplicateReference):
        pay.transfer(reference=payout, amount_kobo=100_000, recipient_code=recipient.code, reason="November")
    too_much = pay.balance_kobo() + 100
    with pytest.raises(BalanceTooLow):
        pay.transfer(
            reference=f"po-{BOOKING}-2",
            amount_kobo=too_much,
            recipient_code=recipient.code,
            reason="Too much",
        )
    with pytest.raises(ProviderRejected):
        pay.transfer(
            reference=f"po-{BOOKING}-3", amount_kobo=100_000, recipient_code="RCP_no", reason="Nobody"
        )


@pytest.mark.parametrize("kind", LOST)
def test_a_payout_whose_answer_is_lost_is_found_by_its_reference(
    sandbox: SandboxProcess, pay: PaystackClient, kind: str
) -> None:
    paid(sandbox, pay)
    recipient = pay.create_recipient(name="Ada", account_number="0000000000", bank_code="057")
    sandbox.fault("paystack.transfer", kind)
    payout = f"po-{BOOKING}-1"
    with pytest.raises(ProviderUnavailable) as caught:
        pay.transfer(reference=payout, amount_kobo=100_000, recipient_code=recipient.code, reason="November")
    assert caught.value.effect_unknown
    found = pay.verify_transfer(payout)
    assert found is not None
    assert found.status in {TransferStatus.PENDING, TransferStatus.SUCCESS}
