"""The clients against the provider sandbox, over real HTTP, with its faults switched on."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentor_ui.providers.errors import (
    AlreadyReversed,
    BalanceTooLow,
    DuplicateReference,
    MeetingNotFound,
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderThrottled,
    ProviderUnavailable,
)
from mentor_ui.providers.mail import Attachment, MailboxMailer, OutgoingMail
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.providers.paystack_replies import ChargeStatus, Checkout, RefundStatus, TransferStatus
from mentor_ui.providers.zoom import ZoomClient
from mentor_ui.providers.zoom_wire import Meeting
from tests import sandbox_process
from tests.sandbox_process import SandboxProcess, start_sandbox

BOOKING = 7301234567890123
LOST = ["500_after", "lost_reply", "garbage"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with start_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: SandboxProcess) -> SandboxProcess:
    """The sandbox with an empty world and no faults."""
    running.reset()
    return running


@pytest.fixture
def pay(sandbox: SandboxProcess) -> Iterator[PaystackClient]:
    client = PaystackClient(
        secret_key=sandbox_process.PAYSTACK_SECRET_KEY,
        base_url=sandbox.paystack_base_url,
        timeout_seconds=3,
    )
    yield client
    client.close()


def zoom_client(sandbox: SandboxProcess, **changes: str) -> ZoomClient:
    values = {
        "account_id": sandbox_process.ZOOM_ACCOUNT_ID,
        "client_id": sandbox_process.ZOOM_CLIENT_ID,
        "client_secret": sandbox_process.ZOOM_CLIENT_SECRET,
        "oauth_url": sandbox.zoom_oauth_url,
        "api_url": sandbox.zoom_api_url,
    }
    return ZoomClient(**{**values, **changes}, timeout_seconds=3)


@pytest.fixture
def meet(sandbox: SandboxProcess) -> Iterator[ZoomClient]:
    client = zoom_client(sandbox)
    yield client
    client.close()


@pytest.fixture
def starts_at() -> datetime:
    """A quarter of an hour on the clock, three days from now."""
    return datetime.now(UTC).replace(minute=30, second=0, microsecond=0) + timedelta(days=3)


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


def create(meet: ZoomClient, starts_at: datetime, booking_id: int = BOOKING) -> Meeting:
    return meet.create_meeting(
        booking_id=booking_id,
        topic="Algebra with Ada",
        starts_at=starts_at,
        duration_minutes=60,
        agenda="Bring your questions.",
    )


# Paystack


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


# Zoom


def test_a_meeting_from_first_to_last(sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime) -> None:
    assert meet.find_meetings(BOOKING, starts_at) == []
    made = create(meet, starts_at)
    assert (made.booking_id, made.starts_at, made.duration_minutes) == (BOOKING, starts_at, 60)
    assert (made.topic, made.status) == ("Algebra with Ada", "waiting")
    assert sandbox.http.get(made.join_url).status_code == 200
    found = next(iter(meet.find_meetings(BOOKING, starts_at)), None)
    assert found is not None
    assert (found.id, found.join_url) == (made.id, made.join_url)

    start_url = meet.start_url(made.id)
    assert start_url.startswith("http")
    assert start_url != made.join_url

    later = starts_at + timedelta(days=1)
    meet.update_meeting(made.id, booking_id=BOOKING, topic="Geometry", starts_at=later, duration_minutes=90)
    moved = meet.get_meeting(made.id)
    assert moved is not None
    assert (moved.starts_at, moved.duration_minutes, moved.topic) == (later, 90, "Geometry")
    assert (moved.booking_id, moved.join_url) == (BOOKING, made.join_url)

    meet.delete_meeting(made.id)
    meet.delete_meeting(made.id)
    assert meet.get_meeting(made.id) is None
    assert meet.find_meetings(BOOKING, later) == []
    with pytest.raises(MeetingNotFound):
        meet.start_url(made.id)


def test_a_meeting_is_found_among_many(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime
) -> None:
    made = {number: create(meet, starts_at, BOOKING + number).id for number in range(20)}
    found = next(iter(meet.find_meetings(BOOKING + 7, starts_at)), None)
    assert found is not None
    assert found.id == made[7]
    assert sandbox.calls("zoom.meetings.get") == 1
    assert sandbox.calls("zoom.token") == 1


def test_a_long_agenda_is_cut_in_lists_but_the_meeting_is_found(
    meet: ZoomClient, starts_at: datetime
) -> None:
    made = meet.create_meeting(
        booking_id=BOOKING, topic="Long", starts_at=starts_at, duration_minutes=30, agenda="words " * 300
    )
    found = next(iter(meet.find_meetings(BOOKING, starts_at)), None)
    assert found is not None
    assert found.id == made.id


def test_a_meeting_that_already_began_is_found(meet: ZoomClient) -> None:
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    made = create(meet, begun)
    found = next(iter(meet.find_meetings(BOOKING, begun)), None)
    assert found is not None
    assert found.id == made.id


@pytest.mark.parametrize("kind", LOST)
def test_a_meeting_whose_answer_is_lost_is_found(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime, kind: str
) -> None:
    sandbox.fault("zoom.meetings.create", kind)
    with pytest.raises(ProviderUnavailable) as caught:
        create(meet, starts_at)
    assert caught.value.effect_unknown
    found = next(iter(meet.find_meetings(BOOKING, starts_at)), None)
    assert found is not None
    assert len(sandbox.meetings()) == 1


def test_a_broken_list_is_never_an_empty_one(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime
) -> None:
    create(meet, starts_at)
    for kind in ("500_before", "garbage", "lost_reply"):
        sandbox.fault("zoom.meetings.list", kind, times=3)
        with pytest.raises(ProviderUnavailable):
            meet.find_meetings(BOOKING, starts_at)


def test_an_expired_token_is_renewed(sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime) -> None:
    create(meet, starts_at)
    sandbox.control("POST", "zoom/expire-tokens")
    create(meet, starts_at, BOOKING + 1)
    assert sandbox.calls("zoom.token") == 2
    assert len(sandbox.meetings()) == 2


def test_throttled(sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime) -> None:
    sandbox.fault("zoom.meetings.create", "429")
    with pytest.raises(ProviderThrottled) as caught:
        create(meet, starts_at)
    assert caught.value.retry_after_seconds is not None
    assert not sandbox.meetings()


def test_the_hundredth_change_of_a_day(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime
) -> None:
    meeting_id = create(meet, starts_at).id
    waits: list[float] = []
    changes = 0
    while not waits or waits[-1] < 60:
        try:
            meet.update_meeting(
                meeting_id, booking_id=BOOKING, topic="t", starts_at=starts_at, duration_minutes=30
            )
            changes += 1
        except ProviderThrottled as error:
            waits.append(error.retry_after_seconds or 0.0)
            time.sleep(min(waits[-1], 2))  # the limit per second is met on the way
    assert changes == 99
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert waits[-1] == pytest.approx((midnight - now).total_seconds(), abs=90)


@pytest.mark.parametrize(
    "changes", [{"client_secret": "wrong"}, {"account_id": "wrong"}, {"host": "nobody@example.com"}]
)
def test_wrong_settings(sandbox: SandboxProcess, starts_at: datetime, changes: dict[str, str]) -> None:
    client = zoom_client(sandbox, **changes)
    with pytest.raises(ProviderMisconfigured):
        create(client, starts_at)
    client.close()


@pytest.mark.parametrize("kind", ["500_before", "lost_reply", "garbage"])
def test_a_token_is_asked_for_again(
    sandbox: SandboxProcess, meet: ZoomClient, starts_at: datetime, kind: str
) -> None:
    sandbox.fault("zoom.token", kind, times=2)
    assert create(meet, starts_at).booking_id == BOOKING


# Mail


def test_letters_in_the_demo_mailbox(sandbox: SandboxProcess) -> None:
    mailer = MailboxMailer(
        mailbox_url=f"{sandbox.base_url}/mail", sender="Mentor <hello@mentor.test>", timeout_seconds=3
    )
    letter = OutgoingMail(
        to="ada@example.com",
        subject="You are booked: ₦5,000",
        text="See you.",
        html="<p>See you.</p>",
        idempotency_key="booked-1-student",
        attachments=(Attachment("session.ics", b"BEGIN:VCALENDAR", "text/calendar; method=REQUEST"),),
    )
    sandbox.fault("mail.send", "500_after")
    first = mailer.send(letter)
    assert mailer.send(letter) == first
    mailer.close()

    [mail] = sandbox.mails("ada@example.com")
    assert (mail["id"], mail["subject"], mail["from"]) == (
        first,
        "You are booked: ₦5,000",
        "Mentor <hello@mentor.test>",
    )
    assert mail["attachments"][0]["filename"] == "session.ics"
    page = sandbox.http.get(f"/mail/{first}").text
    assert "session.ics" in page


def test_a_mailbox_that_is_gone(sandbox: SandboxProcess) -> None:
    sandbox.fault("mail.send", "500_before", times=3)
    mailer = MailboxMailer(mailbox_url=f"{sandbox.base_url}/mail", sender="Mentor <hello@mentor.test>")
    letter = OutgoingMail(to="ada@example.com", subject="s", text="t", idempotency_key="k")
    with pytest.raises(ProviderError):
        mailer.send(letter)
    assert mailer.send(letter)
    mailer.close()
