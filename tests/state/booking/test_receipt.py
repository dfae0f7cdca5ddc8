"""The receipt: what it says to whom, and how it comes to know."""

from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.pages.mentorship import receipt_state
from mentor_ui.pages.mentorship.receipt_state import HURRY, NEWS, NOTHING_NEW, UNREACHABLE, VerifyPayment
from tests.booked import cookie_for
from tests.sandbox_process import SandboxProcess
from tests.state.booking.steps import (
    change,
    opened_payment,
    pay_up,
    receipt_of,
    reference_of,
    take,
)
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
    monkeypatch.setattr(
        receipt_state, "_pressed", receipt_state.SharedBuckets("test", per_second=0.2, burst=5)
    )
    sandbox.fault("paystack.verify", "500_before", times=None)
    await tab.fire(VerifyPayment.was_debited)
    state = await tab.state(VerifyPayment)
    assert (state.answer, state.receipt.state in {"waiting", "not_paid"}) == (UNREACHABLE, True)
    sandbox.control("DELETE", "faults")
    sandbox.settle(reference)
    await tab.fire(VerifyPayment.was_debited)
    state = await tab.state(VerifyPayment)
    assert (state.answer, state.receipt.state) == (NEWS, "booked")


async def paid_late(tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess) -> str:
    """Let the money come when somebody else has the time."""
    reference, booking = await opened_payment(tabs, database, pair)
    change(database, int(booking), hold_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    take(database, make_person(database, Role.STUDENT), pair.offering_id)
    sandbox.settle(reference)
    pay_up(reference)
    return reference


async def receipt_tab(tabs: Tabs, database: Database, pair: Pair, reference: str, name: str = "payer") -> Tab:
    tab = Tab(tabs, name, cookie_for(database, pair.student))
    await tab.open(f"/mentorship/verify-payment?reference={reference}")
    return tab


async def test_late_money_lets_its_payer_choose_and_nobody_else(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    reference = await paid_late(tabs, database, pair, sandbox)
    visitor = await receipt_of(tabs, reference, name="visitor")
    assert (visitor.receipt.state, visitor.receipt.open) == ("choose", False)
    assert "the time is no longer free" in visitor.receipt.body[0]
    assert visitor.receipt.held_until == ""
    assert (visitor.choices.mine, visitor.choices.signed_in, visitor.choices.times) == (False, False, ())
    assert visitor.choices.sign_in.startswith("/login?next=%2Fmentorship%2Fverify-payment")
    others = Tab(tabs, "other", cookie_for(database, pair.tutor))
    await others.open(f"/mentorship/verify-payment?reference={reference}")
    assert (await others.state(VerifyPayment)).choices.mine is False
    await others.fire(VerifyPayment.decide, choice="REFUND")
    state = await others.state(VerifyPayment)
    assert (bool(state.choice_problem), state.receipt.state) == (True, "choose")
    mine = await (await receipt_tab(tabs, database, pair, reference)).state(VerifyPayment)
    assert (mine.choices.mine, mine.choices.amount, len(mine.choices.times)) == (True, "₦5,000", 6)


async def test_another_time_is_picked_and_booked(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    tab = await receipt_tab(tabs, database, pair, await paid_late(tabs, database, pair, sandbox))
    await tab.fire(VerifyPayment.book_picked)
    await tab.fire(VerifyPayment.pick, start="2020-01-01T10:00:00+00:00")
    assert (await tab.state(VerifyPayment)).picked.start == ""
    await tab.fire(VerifyPayment.more_times)
    times = (await tab.state(VerifyPayment)).choices.times
    assert len(times) == 24
    await tab.fire(VerifyPayment.pick, start=times[9].start)
    await tab.fire(VerifyPayment.book_picked)
    state = await tab.state(VerifyPayment)
    assert (state.receipt.state, state.choice_problem, bool(state.join)) == ("booked", "", True)


@pytest.mark.parametrize(
    ("choice", "shown"),
    [("CREDIT", "credited"), ("REFUND", "refunding"), ("TOP_UP", "choose"), ("", "choose")],
)
async def test_credit_and_refund_are_decided_by_their_names(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess, *, choice: str, shown: str
) -> None:
    tab = await receipt_tab(tabs, database, pair, await paid_late(tabs, database, pair, sandbox))
    await tab.fire(VerifyPayment.decide, choice=choice)
    state = await tab.state(VerifyPayment)
    assert (state.receipt.state, state.deciding, state.choice_problem) == (shown, "", "")


async def test_a_second_tab_is_told_what_the_first_one_chose(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    reference = await paid_late(tabs, database, pair, sandbox)
    first = await receipt_tab(tabs, database, pair, reference, "first")
    second = await receipt_tab(tabs, database, pair, reference, "second")
    await first.fire(VerifyPayment.decide, choice="REFUND")
    await second.fire(VerifyPayment.decide, choice="CREDIT")
    state = await second.state(VerifyPayment)
    assert state.choice_problem.startswith("This money is going back to you already.")
    assert state.receipt.state == "refunding"


async def test_too_little_is_topped_up_at_paystack(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    reference, _ = await opened_payment(tabs, database, pair)
    sandbox.settle(reference, amount=400_000)
    tab = await receipt_tab(tabs, database, pair, reference)
    state = await tab.state(VerifyPayment)
    assert (state.receipt.state, state.choices.top_up, state.choices.missing) == ("choose", True, "₦1,000")
    sandbox.fault("paystack.initialize", "500_before", times=1)
    await tab.fire(VerifyPayment.pay_missing)
    state = await tab.state(VerifyPayment)
    assert (state.receipt.state, bool(state.choice_problem)) == ("topping_up", True)
    assert (state.choices.missing, bool(state.receipt.held_until)) == ("₦1,000", True)
    await tab.fire(VerifyPayment.pay_missing)
    assert (await tab.state(VerifyPayment)).leave_to.startswith(sandbox.public_url)
    rest = reference_of(database)
    sandbox.settle(rest)
    booked = await receipt_of(tabs, rest, cookie_for(database, pair.student))
    assert (booked.receipt.state, booked.receipt.amount) == ("booked", "₦1,000")
    assert (booked.receipt.credit, booked.receipt.price) == ("₦4,000", "₦5,000")
    assert (await receipt_of(tabs, reference, name="again")).receipt.state == "booked"


async def test_too_much_books_and_keeps_the_rest_as_credit(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    reference, _ = await opened_payment(tabs, database, pair)
    sandbox.settle(reference, amount=700_000, requested_amount=700_000)
    tab = await receipt_tab(tabs, database, pair, reference)
    state = await tab.state(VerifyPayment)
    assert (state.choices.missing, state.choices.left) == ("", "₦2,000")
    await tab.fire(VerifyPayment.pay_missing)
    state = await tab.state(VerifyPayment)
    assert (state.receipt.state, state.choice_problem, state.leave_to) == ("booked", "", "")
