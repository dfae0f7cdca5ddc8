"""Disputes at the sandbox: found without any event, answered once, won or lost as the bank says."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mentor_ui import resources
from mentor_ui.domain.roles import Role
from mentor_ui.jobs import disputing, runtime
from mentor_ui.models import Dispute, DisputeState, Payment
from mentor_ui.services import dispute_answers, disputes
from mentor_ui.services.dispute_answers import ACCEPTED, DECLINED
from tests.jobs.test_refunding import bought
from tests.paid import books
from tests.sandbox_process import SandboxProcess
from tests.waiting import within
from tests.world import make_pair, make_person

PATIENCE_SECONDS = 90


@pytest.fixture(autouse=True)
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the sandbox about disputes every half second, since it is no bank and takes no days."""
    monkeypatch.setattr(disputes, "LOOK_AGAIN", timedelta(seconds=0.5))
    monkeypatch.setattr(disputing, "LIST_SECONDS", 0.5)
    monkeypatch.setattr(runtime, "SWEEP_SECONDS", 0.5)


def dispute_of(tools: resources.Resources, booking_id: int) -> Dispute | None:
    with tools.database.reading() as session:
        return session.exec(
            select(Dispute).join(Payment).where(Payment.session_id == booking_id)  # pyright: ignore[reportArgumentType]
        ).first()


def reference_of(tools: resources.Resources, booking_id: int) -> str:
    with tools.database.reading() as session:
        return session.exec(select(Payment.reference).where(Payment.session_id == booking_id)).one()


def answer(tools: resources.Resources, dispute: Dispute, word: str) -> None:
    operator = make_person(tools.database, Role.ADMIN)
    with tools.database.transaction() as session:
        dispute_answers.decide(
            session,
            operator,
            dispute_id=dispute.id,
            answer=word,
            message="The session was held.",
            now=datetime.now(UTC),
        )


def found(tools: resources.Resources, sandbox: SandboxProcess, booking_id: int) -> Dispute:
    """Raise a dispute at the bank and wait until the poll has found it."""
    sandbox.control("POST", f"paystack/dispute/{reference_of(tools, booking_id)}", {})
    assert within(PATIENCE_SECONDS, lambda: dispute_of(tools, booking_id) is not None)
    dispute = dispute_of(tools, booking_id)
    assert dispute is not None
    return dispute


def stands(tools: resources.Resources, booking_id: int, state: DisputeState) -> bool:
    dispute = dispute_of(tools, booking_id)
    return dispute is not None and dispute.state == state


@pytest.mark.parametrize(
    ("fault", "decision", "state", "share_kobo"),
    [
        ("", "declined", DisputeState.WON, 350_000),
        ("lost_reply", "auto-accepted", DisputeState.LOST, 0),
    ],
)
def test_a_contested_one_is_decided_by_the_bank(  # noqa: PLR0917
    running: resources.Resources,
    sandbox: SandboxProcess,
    fault: str,
    decision: str,
    state: DisputeState,
    share_kobo: int,
) -> None:
    pair = make_pair(running.database)
    booking_id = bought(running, sandbox, pair, 30)
    balance_kobo = running.payments.balance_kobo()
    dispute = found(running, sandbox, booking_id)
    if fault:
        sandbox.fault("paystack.dispute.resolve", fault, times=1)
    answer(running, dispute, DECLINED)
    assert within(PATIENCE_SECONDS, lambda: stands(running, booking_id, DisputeState.ANSWERED))
    sandbox.control(
        "POST", f"paystack/dispute/{dispute.provider_dispute_id}/decide", {"resolution": decision}
    )
    assert within(PATIENCE_SECONDS, lambda: stands(running, booking_id, state))
    assert books(running.database, pair).tutor == share_kobo
    lost_kobo = balance_kobo - running.payments.balance_kobo()
    assert lost_kobo == (0 if state == DisputeState.WON else 500_000)


def test_an_accepted_one_is_lost_at_once(running: resources.Resources, sandbox: SandboxProcess) -> None:
    pair = make_pair(running.database)
    booking_id = bought(running, sandbox, pair, 30)
    answer(running, found(running, sandbox, booking_id), ACCEPTED)
    assert within(PATIENCE_SECONDS, lambda: stands(running, booking_id, DisputeState.LOST))
    assert books(running.database, pair).tutor == 0


def test_one_that_nobody_answers_is_lost_at_its_deadline(
    running: resources.Resources, sandbox: SandboxProcess
) -> None:
    pair = make_pair(running.database)
    booking_id = bought(running, sandbox, pair, 30)
    reference = reference_of(running, booking_id)
    sandbox.control("POST", f"paystack/dispute/{reference}", {"answer_seconds": 2})
    assert within(PATIENCE_SECONDS, lambda: stands(running, booking_id, DisputeState.LOST))
    dispute = dispute_of(running, booking_id)
    assert dispute is not None
    assert dispute.resolution == "auto-accepted"
