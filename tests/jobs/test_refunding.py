"""Money that goes back, all of it or a part, exactly once, whatever Paystack answers."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlmodel import col, select

from mentor_ui import resources
from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus
from mentor_ui.jobs import refunding, runtime, sweeps
from mentor_ui.jobs.payment_events import HANDLE_PAYSTACK_EVENT
from mentor_ui.models import Incident, MentorshipSession, Payment, ProviderEvent, RefundState
from mentor_ui.providers.errors import ProviderUnavailable
from mentor_ui.services import changes, operator_refunds, refund_accounts, refund_progress
from mentor_ui.services.settlement import settle
from tests.paid import booking_in, books, buy, refunds_of
from tests.sandbox_process import SandboxProcess
from tests.services.test_lock_order import side_by_side
from tests.services.test_settlement import start
from tests.waiting import within
from tests.world import Pair, make_pair, make_person

PATIENCE_SECONDS = 90


@pytest.fixture(autouse=True)
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the sandbox about refunds every half second, since it is no bank and takes no days."""
    pause_seconds = 0.5
    monkeypatch.setattr(refund_progress, "SHORTEST_PAUSE", timedelta(seconds=pause_seconds))
    monkeypatch.setattr(runtime, "SWEEP_SECONDS", pause_seconds)


def bought(tools: resources.Resources, sandbox: SandboxProcess, pair: Pair, hours: int, **card: str) -> int:
    """Pay at the sandbox for a session so many hours ahead, and return the booking."""
    now = datetime.now(UTC)
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours + 1)
    reference = start(tools.database, tools.payments, pair, now, starts_at)
    sandbox.settle(reference, **card)
    settle(tools.database, tools.payments, tools.rules, reference, now)
    with tools.database.reading() as session:
        return session.exec(select(Payment.session_id).where(Payment.reference == reference)).one()


@pytest.mark.parametrize(
    ("hours", "refund_kobo", "status", "fault"),
    [
        (20, 250_001, PaymentStatus.PARTLY_REFUNDED, ""),
        (20, 250_001, PaymentStatus.PARTLY_REFUNDED, "lost_reply"),
        (30, 500_001, PaymentStatus.REFUNDED, "500_after"),
    ],
)
def test_what_is_owed_arrives_once(
    running: resources.Resources,
    sandbox: SandboxProcess,
    *,
    hours: int,
    refund_kobo: int,
    status: PaymentStatus,
    fault: str,
) -> None:
    database = running.database
    pair = make_pair(database, price_kobo=500_001)
    booking_id = bought(running, sandbox, pair, hours)
    if fault:
        sandbox.fault("paystack.refund", fault, times=1)
    with database.transaction() as session:
        given = changes.cancel(
            session,
            pair.student,
            booking_id=booking_id,
            refund_seen_kobo=refund_kobo,
            public_url="http://localhost:3000",
            now=datetime.now(UTC),
        )
    assert given == refund_kobo
    assert within(PATIENCE_SECONDS, lambda: booking_in(database, booking_id).payment_status == status)
    (refund,) = refunds_of(database, booking_id)
    assert (refund.amount_kobo, refund.state) == (refund_kobo, RefundState.PROCESSED)
    with database.reading() as session:
        payment = session.exec(select(Payment).where(Payment.session_id == booking_id)).one()
        assert session.get_one(MentorshipSession, booking_id).status == "CANCELLED"
    assert payment.provider_id is not None
    assert [one.amount_kobo for one in running.payments.refunds(payment.provider_id)] == [refund_kobo]
    assert books(database, pair).owed_back == 0


def give(tools: resources.Resources, operator: Actor, booking_id: int, amount_kobo: int) -> str:
    """Give back as an operator, and return the payment's reference."""
    with tools.database.transaction() as session:
        payment = session.exec(select(Payment).where(Payment.session_id == booking_id)).one()
        chosen = {"payment_id": payment.id, "amount_kobo": amount_kobo}
        operator_refunds.refund(
            session,
            operator,
            **chosen,
            seen=operator_refunds.consequence(session, operator, **chosen),
            reason="a test.",
            public_url="http://localhost:3000",
            now=datetime.now(UTC),
        )
        return payment.reference


def states(tools: resources.Resources, booking_id: int) -> list[RefundState]:
    return sorted(RefundState(one.state) for one in refunds_of(tools.database, booking_id))


def listed(tools: resources.Resources, booking_id: int) -> list[tuple[int, int, str]]:
    """Return Paystack's refunds of a booking's payment, oldest first."""
    with tools.database.reading() as session:
        number = session.exec(select(Payment.provider_id).where(Payment.session_id == booking_id)).one()
    assert number is not None
    found = tools.payments.refunds(number)
    return sorted((one.id, one.amount_kobo, one.status_word) for one in found)


def test_refunds_that_paystack_refuses_keep_no_other_waiting(
    running: resources.Resources, sandbox: SandboxProcess
) -> None:
    operator = make_person(running.database, Role.ADMIN)
    now = datetime.now(UTC)
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=30)
    refused = [
        # Paystack knows nothing of what was not paid there.
        buy(running.database, make_pair(running.database), starts_at, now=now)
        for _ in range(2 * runtime.JOBS[refunding.SEND_REFUND].at_once)
    ]
    booking_id = bought(running, sandbox, make_pair(running.database), 30)
    for one in (*refused, booking_id):
        give(running, operator, one, 100_000)
    assert within(PATIENCE_SECONDS, lambda: states(running, booking_id) == [RefundState.PROCESSED])
    assert RefundState.PROCESSED not in {state for one in refused for state in states(running, one)}


def test_two_parts_of_one_payment_go_one_after_the_other(
    running: resources.Resources, sandbox: SandboxProcess
) -> None:
    pair = make_pair(running.database)
    operator = make_person(running.database, Role.ADMIN)
    booking_id = bought(running, sandbox, pair, 30)
    for _ in range(2):
        give(running, operator, booking_id, 100_000)
    assert within(PATIENCE_SECONDS, lambda: states(running, booking_id) == [RefundState.PROCESSED] * 2)
    assert [amount for _, amount, _ in listed(running, booking_id)] == [100_000] * 2
    assert books(running.database, pair).owed_back == 0


REFUND_FAILS = "4084080000671803"
REFUND_NEEDS_ATTENTION = "4084080000671902"


def open_incidents(tools: resources.Resources) -> list[str]:
    with tools.database.reading() as session:
        return list(session.exec(select(Incident.kind).where(col(Incident.resolved_at).is_(None))))


def test_a_failed_one_is_tried_again_by_an_operator(
    running: resources.Resources, sandbox: SandboxProcess
) -> None:
    pair, operator = make_pair(running.database), make_person(running.database, Role.ADMIN)
    booking_id = bought(running, sandbox, pair, 30, card=REFUND_FAILS)
    reference = give(running, operator, booking_id, 100_000)
    assert within(PATIENCE_SECONDS, lambda: states(running, booking_id) == [RefundState.FAILED])
    assert open_incidents(running) == ["REFUND_FAILED"]
    (refund,) = refunds_of(running.database, booking_id)
    with running.database.transaction() as session:
        operator_refunds.retry(session, operator, refund_id=refund.id, now=datetime.now(UTC))
    assert within(
        PATIENCE_SECONDS,
        lambda: states(running, booking_id) == [RefundState.FAILED] and len(listed(running, booking_id)) == 2,
    )
    (_, _, _), (number, amount_kobo, _) = listed(running, booking_id)
    assert amount_kobo == 100_000
    sandbox.control("POST", f"paystack/refund/{number}", {"status": "processed"})
    assert refunding.look_at(running, reference) == "looked at 2 refunds"
    assert states(running, booking_id) == [RefundState.PROCESSED]
    assert open_incidents(running) == []
    assert books(running.database, pair).owed_back == 0


def test_one_that_needs_an_account_goes_to_it_once(
    running: resources.Resources, sandbox: SandboxProcess
) -> None:
    pair, operator = make_pair(running.database), make_person(running.database, Role.ADMIN)
    booking_id = bought(running, sandbox, pair, 30, card=REFUND_NEEDS_ATTENTION)
    give(running, operator, booking_id, 100_000)
    assert within(PATIENCE_SECONDS, lambda: states(running, booking_id) == [RefundState.NEEDS_ATTENTION])
    assert open_incidents(running) == ["REFUND_FAILED"]
    (refund,) = refunds_of(running.database, booking_id)
    name = refund_accounts.account_name(
        running.payments, operator, bank_code="058", account_number="01234 56789"
    )
    assert name

    def send() -> None:
        refund_accounts.complete(
            running.database,
            running.payments,
            operator,
            refund_id=refund.id,
            bank_code="058",
            account_number="0123456789",
            now=datetime.now(UTC),
        )

    send()
    with pytest.raises(Conflict):
        send()
    assert within(PATIENCE_SECONDS, lambda: states(running, booking_id) == [RefundState.PROCESSED])
    assert open_incidents(running) == []
    assert [amount for _, amount, _ in listed(running, booking_id)] == [100_000]


def test_an_event_of_a_refund_finds_what_was_made_at_paystack(
    running: resources.Resources, sandbox: SandboxProcess
) -> None:
    pair = make_pair(running.database)
    booking_id = bought(running, sandbox, pair, 30)
    with running.database.reading() as session:
        reference = session.exec(select(Payment.reference).where(Payment.session_id == booking_id)).one()
    running.payments.refund(reference, amount_kobo=200_000, note="by hand")
    body = json.dumps(
        {
            "event": "refund.pending",
            "data": {"transaction_reference": reference, "amount": "200000", "domain": "test"},
        }
    ).encode()
    with running.database.transaction() as session:
        event = ProviderEvent(provider="paystack", dedupe_key="refund-1", event="refund.pending", body=body)
        session.add(event)
        enqueue(session, HANDLE_PAYSTACK_EVENT, "event-1", str(event.id))
    assert within(PATIENCE_SECONDS, lambda: states(running, booking_id) == [RefundState.PROCESSED])
    assert open_incidents(running) == ["UNMATCHED"]
    assert refunding.look_at(running, "nobody-knows-this-1") == "unknown reference"


TOO_LARGE = {"status": False, "message": "Refund amount cannot be more", "code": "invalid_params"}
TOO_LITTLE = {"status": False, "message": "Your balance is not enough to fulfil this request"}
REVERSED = {
    "status": False,
    "message": "Transaction has been fully reversed",
    "code": "transaction_reversed",
}


def sums(tools: resources.Resources, booking_id: int) -> set[tuple[int, str]]:
    return {(one.amount_kobo, one.state) for one in refunds_of(tools.database, booking_id)}


@pytest.mark.parametrize("refusal", [TOO_LARGE, REVERSED])
def test_one_that_paystack_refuses_waits_for_a_person_and_holds_up_no_other(
    running: resources.Resources, sandbox: SandboxProcess, refusal: dict[str, object]
) -> None:
    pair, operator = make_pair(running.database), make_person(running.database, Role.ADMIN)
    booking_id = bought(running, sandbox, pair, 30)
    sandbox.fault("paystack.refund", "reply", status=400, body=refusal, times=1)
    give(running, operator, booking_id, 100_000)
    assert within(PATIENCE_SECONDS, lambda: states(running, booking_id) == [RefundState.FAILED])
    assert open_incidents(running) == ["REFUND_FAILED"]
    give(running, operator, booking_id, 50_000)
    both = {(100_000, RefundState.FAILED), (50_000, RefundState.PROCESSED)}
    assert within(PATIENCE_SECONDS, lambda: sums(running, booking_id) == both)
    (refused,) = [one for one in refunds_of(running.database, booking_id) if one.amount_kobo == 100_000]
    with running.database.transaction() as session:
        operator_refunds.retry(session, operator, refund_id=refused.id, now=datetime.now(UTC))
    assert within(PATIENCE_SECONDS, lambda: states(running, booking_id) == [RefundState.PROCESSED] * 2)
    assert open_incidents(running) == []
    assert books(running.database, pair).owed_back == 0


def test_one_for_which_there_is_too_little_money_goes_when_there_is_enough(
    running: resources.Resources, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "SHORTEST_PAUSE", timedelta(seconds=0.5))
    pair, operator = make_pair(running.database), make_person(running.database, Role.ADMIN)
    booking_id = bought(running, sandbox, pair, 30)
    sandbox.fault("paystack.refund", "reply", status=400, body=TOO_LITTLE, times=None)
    give(running, operator, booking_id, 100_000)
    assert within(PATIENCE_SECONDS, lambda: open_incidents(running) == ["REFUND_FAILED"])
    sandbox.control("DELETE", "faults")
    assert within(PATIENCE_SECONDS, lambda: states(running, booking_id) == [RefundState.PROCESSED])
    assert [amount for _, amount, _ in listed(running, booking_id)] == [100_000]
    assert open_incidents(running) == []


def test_of_two_who_send_one_refund_at_once_one_does(
    served: resources.Resources, sandbox: SandboxProcess
) -> None:
    pair, operator = make_pair(served.database), make_person(served.database, Role.ADMIN)
    booking_id = bought(served, sandbox, pair, 30)
    give(served, operator, booking_id, 100_000)
    (refund,) = refunds_of(served.database, booking_id)
    # So long that each lists before the other's is made.
    sandbox.fault("paystack.refund", "delay", seconds=2, times=None)
    send = partial(refunding.ask_for, str(refund.id))
    assert not side_by_side(send, send, send)
    assert [amount for _, amount, _ in listed(served, booking_id)] == [100_000]


def test_a_lost_answer_lets_the_next_try_begin_at_once(
    served: resources.Resources, sandbox: SandboxProcess
) -> None:
    pair, operator = make_pair(served.database), make_person(served.database, Role.ADMIN)
    booking_id = bought(served, sandbox, pair, 30)
    give(served, operator, booking_id, 100_000)
    (refund,) = refunds_of(served.database, booking_id)
    sandbox.fault("paystack.refund", "lost_reply", times=1)
    with pytest.raises(ProviderUnavailable):
        refunding.ask_for(str(refund.id))
    assert states(served, booking_id) == [RefundState.ASKED]
    refunding.ask_for(str(refund.id))
    assert states(served, booking_id) != [RefundState.ASKED]
    assert [amount for _, amount, _ in listed(served, booking_id)] == [100_000]
