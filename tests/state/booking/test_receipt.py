"""The receipt: what it says to whom, and how it comes to know."""

from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.pages.mentorship import receipt_state
from mentor_ui.pages.mentorship.receipt_state import HURRY, NEWS, NOTHING_NEW, UNREACHABLE, VerifyPayment
from tests.booked import cookie_for
from tests.sandbox_process import SandboxProcess
from tests.state.booking.steps import change, opened_payment, receipt_of, reference_of, take
from tests.state.client import Tab, Tabs
from tests.world import Pair, make_person

pytestmark = pytest.mark.anyio


async def test_the_receipt_tells_the_payer_more_than_others(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    reference, booking = await opened_payment(tabs, database, pair)
    waiting = await receipt_of(tabs, reference, name="early")
    assert waiting.receipt.state in {"waiting", "not_paid"}
    assert (waiting.receipt.held_until != "", waiting.receipt.open, waiting.join) == (True, True, "")
    sandbox.settle(reference)
    others = await receipt_of(tabs, reference, name="others")
    assert (others.receipt.state, others.receipt.amount, others.asking) == ("booked", "₦5,000", False)
    assert (others.join, others.receipt.mine, others.receipt.booking) == ("", False, booking)
    mine = await receipt_of(tabs, reference, cookie_for(database, pair.student), name="mine")
    assert mine.join.startswith("/j/")
    tutors = await receipt_of(tabs, reference, cookie_for(database, pair.tutor), name="tutors")
    assert tutors.join == ""


async def test_a_reference_comes_under_either_name_and_an_unknown_one_is_said_calmly(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    reference, _ = await opened_payment(tabs, database, pair)
    tab = Tab(tabs, "receipt")
    await tab.open(f"/mentorship/verify-payment?trxref={reference}")
    assert (await tab.state(VerifyPayment)).receipt.reference == reference
    await tab.open("/mentorship/verify-payment?reference=bk-no-such-reference")
    state = await tab.state(VerifyPayment)
    assert (bool(state.unknown), state.receipt.reference) == (True, "")
    await tab.open("/mentorship/verify-payment")
    assert (await tab.state(VerifyPayment)).unknown


async def test_a_declined_card_can_be_tried_again_while_the_time_is_held(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    reference, booking = await opened_payment(tabs, database, pair)
    sandbox.settle(reference, "failed")
    tab = Tab(tabs, "receipt", cookie_for(database, pair.student))
    await tab.open(f"/mentorship/verify-payment?reference={reference}")
    state = await tab.state(VerifyPayment)
    assert (state.receipt.state, bool(state.receipt.held_until)) == ("failed", True)
    await tab.fire(VerifyPayment.go_on_paying)
    assert (await tab.state(VerifyPayment)).leave_to.startswith(sandbox.public_url)
    assert reference_of(database) != reference
    change(database, int(booking), hold_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await tab.fire(VerifyPayment.go_on_paying)
    state = await tab.state(VerifyPayment)
    assert (bool(state.problem), state.receipt.held_until) == (True, "")
    assert state.receipt.again == f"/mentorship/checkout/{pair.offering_id}"


async def test_i_was_debited_asks_at_once_answers_honestly_and_not_too_often(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, _ = await opened_payment(tabs, database, pair)
    tab = Tab(tabs, "receipt")
    await tab.open(f"/mentorship/verify-payment?reference={reference}")
    asked = sandbox.calls("paystack.verify")
    await tab.fire(VerifyPayment.was_debited)
    assert (await tab.state(VerifyPayment)).answer == NOTHING_NEW
    await tab.fire(VerifyPayment.was_debited)
    assert (await tab.state(VerifyPayment)).answer == HURRY
    assert sandbox.calls("paystack.verify") == asked + 1
    monkeypatch.setattr(receipt_state, "_pressed", receipt_state.Buckets(per_second=0.2, burst=5))
    sandbox.fault("paystack.verify", "500_before", times=None)
    await tab.fire(VerifyPayment.was_debited)
    state = await tab.state(VerifyPayment)
    assert (state.answer, state.receipt.state in {"waiting", "not_paid"}) == (UNREACHABLE, True)
    sandbox.control("DELETE", "faults")
    sandbox.settle(reference)
    await tab.fire(VerifyPayment.was_debited)
    state = await tab.state(VerifyPayment)
    assert (state.answer, state.receipt.state) == (NEWS, "booked")


async def test_late_money_for_a_taken_time_goes_back(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    reference, booking = await opened_payment(tabs, database, pair)
    change(database, int(booking), hold_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    take(database, make_person(database, Role.STUDENT), pair.offering_id)
    sandbox.settle(reference)
    state = await receipt_of(tabs, reference)
    assert (state.receipt.state, state.receipt.open) == ("refunding", False)
    assert "the time is no longer free" in state.receipt.body[0]
    assert state.receipt.held_until == ""
