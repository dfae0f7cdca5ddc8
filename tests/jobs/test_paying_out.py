"""Money on its way to a bank: it leaves once, whatever is lost, killed, repeated or told late."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.jobs import bank_connecting, paying_out, sweeps
from mentor_ui.jobs.payment_events import act_on
from mentor_ui.models import (
    Incident,
    IncidentKind,
    Payout,
    PayoutState,
    Person,
    ProviderEvent,
)
from mentor_ui.providers.errors import ProviderError
from mentor_ui.resources import Resources
from mentor_ui.services.passwords import hash_password
from tests.banking import earn, payouts_of, proven, withdraw
from tests.sandbox_process import SandboxProcess
from tests.waiting import within
from tests.world import Pair, make_pair, make_person

PATIENCE_SECONDS = 90
PASSWORD = "correct horse battery"
NUMBER = "0123456789"
REFUSAL = {
    "status": False,
    "message": "Recipient specified is invalid",
    "code": "invalid_transfer_recipient",
}


@pytest.fixture(autouse=True)
def _clean(sandbox: SandboxProcess) -> Iterator[None]:
    sandbox.reset()
    bank_connecting._limit.cache_clear()
    yield
    sandbox.reset()


@pytest.fixture
def pair(served: Resources) -> Pair:
    """A tutor with ₦3,500 in the wallet and a bank account that Paystack knows."""
    made = make_pair(served.database)
    earn(served.database, made)
    connect(served, made.tutor)
    return made


def connect(tools: Resources, tutor: Actor, *, number: str = NUMBER, password: str = PASSWORD) -> None:
    with tools.database.transaction() as session:
        session.get_one(Person, tutor.person_id).password_hash = hash_password(PASSWORD)
    found = bank_connecting.look_up(tools, tutor, bank_code="50211", account_number=number)
    bank_connecting.save(
        tools,
        tutor,
        bank_code="50211",
        account_number=number,
        name_seen=found.account_name,
        password=password,
    )


def transfers(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.control("GET", "paystack/transfers")["transfers"]
    return found


def state_of(tools: Resources, pair: Pair) -> str:
    return payouts_of(tools.database, pair.tutor)[-1].state


def end(sandbox: SandboxProcess, payout: Payout, status: str, **more: object) -> None:
    sandbox.control("POST", f"paystack/transfer/{payout.reference}", {"status": status, **more})


def let_fall_due(database: Database, *, days: int = 0) -> None:
    """Let the pauses of all payouts be over, and those payouts be so many days old."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with database.transaction() as session:
        values: dict[str, object] = {"next_check_at": past}
        if days:
            values["created_at"] = past - timedelta(days=days)
        session.connection().execute(
            update(Payout).where(col(Payout.next_check_at).is_not(None)).values(**values)
        )


def sweep(tools: Resources, *, days: int = 0) -> None:
    let_fall_due(tools.database, days=days)
    sweeps._pursue_payouts(tools, datetime.now(UTC))


def incidents(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.key.rsplit("-", 1)[0] for row in session.exec(select(Incident).order_by(Incident.id))]


def test_a_withdrawal_is_sent_by_its_job_and_arrives(
    running: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    payout = withdraw(running.database, pair.tutor, 349_000)
    assert within(PATIENCE_SECONDS, lambda: len(transfers(sandbox)) == 1)
    (sent,) = transfers(sandbox)
    assert (sent["reference"], sent["amount"]) == (payout.reference, 349_000)
    assert sent["recipient"]["details"]["account_number"] == NUMBER
    end(sandbox, payout, "success")

    def arrived() -> bool:
        let_fall_due(running.database)
        return state_of(running, pair) == PayoutState.PAID

    assert within(PATIENCE_SECONDS, arrived)
    assert proven(running.database, pair.tutor).in_flight_kobo == 0
    assert payouts_of(running.database, pair.tutor)[0].charged_kobo == 1_000


@pytest.mark.parametrize("fault", ["lost_reply", "500_after", "garbage", "500_before", "429"])
def test_whatever_is_lost_money_leaves_once(
    served: Resources, sandbox: SandboxProcess, pair: Pair, fault: str
) -> None:
    payout = withdraw(served.database, pair.tutor, 349_000)
    sandbox.fault("paystack.transfer", fault, times=2)
    for _ in range(2):
        try:
            paying_out.pursue(served, payout.id)
        except ProviderError:
            assert proven(served.database, pair.tutor).in_flight_kobo == 350_000
    sandbox.control("DELETE", "faults")
    paying_out.pursue(served, payout.id)
    assert [one["reference"] for one in transfers(sandbox)] == [payout.reference]
    end(sandbox, payout, "success")
    paying_out.pursue(served, payout.id)
    assert state_of(served, pair) == PayoutState.PAID
    proven(served.database, pair.tutor)


def test_a_new_reference_after_a_time_out_would_pay_twice(
    served: Resources, sandbox: SandboxProcess, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss that the one reference keeps away, shown with it switched off."""
    payout = withdraw(served.database, pair.tutor, 349_000)
    send = served.payments.transfer

    def under_another_name(*, reference: str, **rest: Any) -> Any:
        return send(reference=f"{reference}-{new_id()}", **rest)

    monkeypatch.setattr(served.payments, "transfer", under_another_name)
    sandbox.fault("paystack.transfer", "lost_reply", times=1)
    for _ in range(2):
        try:
            paying_out.pursue(served, payout.id)
        except ProviderError:
            continue
    assert [one["amount"] for one in transfers(sandbox)] == [349_000, 349_000]


KILLED_AFTER_SENDING = """
import os, signal, sys
from mentor_ui.jobs import paying_out
from mentor_ui.resources import get_resources
paying_out._record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
paying_out.pursue(get_resources(), int(sys.argv[1]))
"""


def test_a_process_killed_between_sending_and_recording_pays_once(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    payout = withdraw(served.database, pair.tutor, 349_000)
    environment = {**os.environ, "PAYSTACK_BASE_URL": sandbox.paystack_base_url}
    for _ in range(2):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED_AFTER_SENDING, str(payout.id)], env=environment, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        assert state_of(served, pair) == PayoutState.REQUESTED
    assert len(transfers(sandbox)) == 1
    end(sandbox, payout, "success")
    sweep(served)
    assert state_of(served, pair) == PayoutState.PAID
    assert proven(served.database, pair.tutor).balance_kobo == 0


def test_two_workers_webhook_and_sweep_at_once_pay_once(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    payout = withdraw(served.database, pair.tutor, 349_000)
    let_fall_due(served.database)
    failures: list[str] = []
    together(
        failures,
        *[lambda: paying_out.pursue(served, payout.id)] * 3,
        lambda: sweeps._pursue_payouts(served, datetime.now(UTC)),
    )
    assert failures == []
    assert len(transfers(sandbox)) == 1
    end(sandbox, payout, "success")
    together(
        failures,
        *[lambda: hear(served, "transfer.success", payout)] * 2,
        *[lambda: paying_out.pursue(served, payout.id)] * 2,
    )
    assert failures == []
    assert state_of(served, pair) == PayoutState.PAID
    assert proven(served.database, pair.tutor).balance_kobo == 0


def together(failures: list[str], *works: Callable[[], object]) -> None:
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except ProviderError as error:
            # Of two that send at once the later one may be told of a reference that is not listed yet.
            failures.append(str(error))

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def hear(tools: Resources, name: str, payout: Payout | str, domain: str = "test") -> str:
    """Work on a stored webhook, and return what came of it."""
    reference = payout if isinstance(payout, str) else payout.reference
    body = f'{{"event": "{name}", "data": {{"domain": "{domain}", "reference": "{reference}"}}}}'
    event = ProviderEvent(provider="paystack", dedupe_key=f"e-{new_id()}", event=name, body=body.encode())
    event_id = event.id
    with tools.database.transaction() as session:
        session.add(event)
    act_on(str(event_id))
    with tools.database.reading() as session:
        return session.get_one(ProviderEvent, event_id).outcome


def test_webhooks_are_looked_up_and_never_believed(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    payout = withdraw(served.database, pair.tutor, 349_000)
    paying_out.pursue(served, payout.id)
    for liar in ("transfer.success", "transfer.failed", "transfer.reversed"):
        assert hear(served, liar, payout) == "payout looked up"
        assert state_of(served, pair) == PayoutState.PENDING
    end(sandbox, payout, "success")
    assert hear(served, "transfer.success", payout, domain="live") == "kept"
    assert state_of(served, pair) == PayoutState.PENDING
    assert hear(served, "transfer.success", payout) == "payout looked up"
    assert state_of(served, pair) == PayoutState.PAID
    end(sandbox, payout, "reversed", failure="Beneficiary bank returned it")
    assert hear(served, "transfer.reversed", payout) == "payout looked up"
    assert state_of(served, pair) == PayoutState.REVERSED
    assert proven(served.database, pair.tutor).available_kobo == 350_000
    assert incidents(served.database) == ["payout-reversed"]
    assert hear(served, "transfer.success", "po-of-another-product") == "unknown reference"


def test_a_reversal_that_no_webhook_told_of_is_found(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    payout = withdraw(served.database, pair.tutor, 349_000)
    paying_out.pursue(served, payout.id)
    end(sandbox, payout, "success", fee_charged=1_500)
    sweep(served)
    assert payouts_of(served.database, pair.tutor)[0].charged_kobo == 1_500
    end(sandbox, payout, "reversed")
    sweep(served)
    assert state_of(served, pair) == PayoutState.REVERSED
    assert proven(served.database, pair.tutor).available_kobo == 350_000


@pytest.mark.parametrize("status", ["failed", "abandoned", "blocked", "rejected"])
def test_what_did_not_go_through_is_in_the_wallet_again(
    served: Resources, sandbox: SandboxProcess, pair: Pair, status: str
) -> None:
    payout = withdraw(served.database, pair.tutor, 349_000)
    paying_out.pursue(served, payout.id)
    end(sandbox, payout, "received")
    paying_out.pursue(served, payout.id)
    assert state_of(served, pair) == PayoutState.PENDING
    end(sandbox, payout, status)
    sweep(served)
    assert state_of(served, pair) == PayoutState.FAILED
    assert proven(served.database, pair.tutor).available_kobo == 350_000


def test_a_transfer_that_wants_a_code_is_finished_by_an_operator(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    sandbox.control("POST", "paystack/transfer-otp", {"enabled": True})
    payout = withdraw(served.database, pair.tutor, 349_000)
    paying_out.pursue(served, payout.id)
    assert state_of(served, pair) == PayoutState.OTP
    assert incidents(served.database) == ["payout-otp"]
    admin = make_person(served.database, Role.ADMIN)
    with pytest.raises(NotAllowed):
        paying_out.finalize(served, pair.tutor, payout_id=payout.id, otp="123456")
    with pytest.raises(InvalidInput, match="OTP could not be verified"):
        paying_out.finalize(served, admin, payout_id=payout.id, otp="000000")
    sandbox.fault("paystack.transfer.finalize", "lost_reply")
    paying_out.finalize(served, admin, payout_id=payout.id, otp=" 123456 ")
    assert state_of(served, pair) == PayoutState.PENDING
    with pytest.raises(Conflict):
        paying_out.finalize(served, admin, payout_id=payout.id, otp="123456")
    end(sandbox, payout, "success")
    sweep(served)
    assert state_of(served, pair) == PayoutState.PAID
    proven(served.database, pair.tutor)


def test_without_enough_at_paystack_it_waits_and_a_person_hears_of_it(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    sandbox.control("POST", "paystack/balance", {"balance": 100_000})
    payout = withdraw(served.database, pair.tutor, 349_000)
    for _ in range(2):
        sweep(served)
    assert state_of(served, pair) == PayoutState.REQUESTED
    assert incidents(served.database) == ["payout-held-up"]
    sandbox.control("POST", "paystack/balance", {"balance": 100_000_000})
    sweep(served)
    end(sandbox, payout, "success")
    sweep(served)
    assert state_of(served, pair) == PayoutState.PAID
    assert len(transfers(sandbox)) == 1
    with served.database.reading() as session:
        assert session.exec(select(Incident.resolution)).all() == ["It ended by itself: PAID."]


def test_what_paystack_refuses_is_given_back_once_no_try_can_be_under_way(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    payout = withdraw(served.database, pair.tutor, 349_000)
    sandbox.fault("paystack.transfer", "reply", status=404, body=REFUSAL, times=1)
    sweep(served)
    sweep(served)
    assert state_of(served, pair) == PayoutState.REQUESTED
    assert proven(served.database, pair.tutor).in_flight_kobo == 350_000
    with served.database.transaction() as session:
        row = session.get_one(Payout, payout.id)
        row.refused_at = datetime.now(UTC) - timedelta(minutes=2)
        session.add(row)
    sweep(served)
    assert state_of(served, pair) == PayoutState.FAILED
    assert payouts_of(served.database, pair.tutor)[0].reason == "Recipient specified is invalid"
    assert proven(served.database, pair.tutor).available_kobo == 350_000
    assert transfers(sandbox) == []


def test_a_refusal_does_not_give_back_what_another_try_has_sent(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    payout = withdraw(served.database, pair.tutor, 349_000)
    sandbox.fault("paystack.transfer", "reply", status=404, body=REFUSAL, times=1)
    sweep(served)
    # The other try, begun before the refusal, comes through after it.
    served.payments.transfer(
        reference=payout.reference,
        amount_kobo=349_000,
        recipient_code=served.payments.create_recipient(
            name="x", account_number=NUMBER, bank_code="50211"
        ).code,
        reason="",
    )
    sweep(served)
    assert state_of(served, pair) == PayoutState.PENDING
    end(sandbox, payout, "success")
    sweep(served)
    assert state_of(served, pair) == PayoutState.PAID
    assert proven(served.database, pair.tutor).balance_kobo == 0


def test_a_day_without_word_is_an_incident(served: Resources, sandbox: SandboxProcess, pair: Pair) -> None:
    withdraw(served.database, pair.tutor, 349_000)
    sandbox.fault("paystack.transfer.verify", "500_before", times=None)
    sweep(served)
    assert incidents(served.database) == []
    sweep(served, days=2)
    assert incidents(served.database) == ["payout-stuck"]
    assert transfers(sandbox) == []


def test_a_transfer_of_another_amount_is_no_proof(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    payout = withdraw(served.database, pair.tutor, 349_000)
    paying_out.pursue(served, payout.id)
    with served.database.reading() as session:
        payout = session.get_one(Payout, payout.id)
    reply = transfers(sandbox)[0] | {"amount": 100, "status": "success"}
    sandbox.fault(
        "paystack.transfer.verify", "reply", status=200, body={"status": True, "message": "", "data": reply}
    )
    paying_out.pursue(served, payout.id)
    assert state_of(served, pair) == PayoutState.PENDING
    with served.database.reading() as session:
        assert session.exec(select(Incident.kind)).all() == [IncidentKind.UNMATCHED]


def test_the_sandboxs_own_books_agree_to_the_kobo(
    served: Resources, sandbox: SandboxProcess, pair: Pair
) -> None:
    before = served.payments.balance_kobo()
    for status in ("failed", "success", "reversed"):
        payout = withdraw(served.database, pair.tutor, 100_000)
        paying_out.pursue(served, payout.id)
        end(sandbox, payout, "success" if status == "reversed" else status)
        paying_out.pursue(served, payout.id)
        end(sandbox, payout, status)
        paying_out.pursue(served, payout.id)
    assert served.payments.balance_kobo() == before - 101_000
    assert proven(served.database, pair.tutor).balance_kobo == 350_000 - 101_000


NOT_FOUND = {"status": False, "message": "Transfer not found", "code": "transfer_not_found"}


@pytest.mark.parametrize("status", ["success", "pending"])
def test_one_that_paystack_forgot_waits_for_its_next_look_and_a_person(
    served: Resources, sandbox: SandboxProcess, pair: Pair, status: str
) -> None:
    payout = withdraw(served.database, pair.tutor, 100_000)
    paying_out.pursue(served, payout.id)
    end(sandbox, payout, status)
    sweep(served)
    sandbox.fault("paystack.transfer.verify", "reply", status=404, body=NOT_FOUND, times=None)
    sandbox.fault("paystack.transfer", "reply", status=404, body=REFUSAL, times=None)
    before = payouts_of(served.database, pair.tutor)[-1]
    for _ in range(2):
        sweep(served)
    after = payouts_of(served.database, pair.tutor)[-1]
    assert after.state == before.state
    assert after.next_check_at is not None
    assert after.next_check_at > datetime.now(UTC), "it is not asked about at every sweep"
    assert incidents(served.database) == ["payout-unknown"]
    sandbox.control("DELETE", "faults")
    sweep(served)
    assert state_of(served, pair) == before.state
    assert len(transfers(sandbox)) == 1
