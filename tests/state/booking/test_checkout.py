"""Checkout: what is held, and what each refusal says where."""

from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.pages.mentorship.checkout_state import CheckoutState
from mentor_ui.pages.student.sessions_state import StudentMentorship
from tests.booked import cookie_for
from tests.sandbox_process import SandboxProcess
from tests.services.test_credit import give_credit, spend
from tests.state.booking.steps import (
    FREE,
    change,
    checkout,
    opened_payment,
    pay_up,
    receipt_of,
    reference_of,
    take,
)
from tests.state.client import Tab, Tabs
from tests.world import Pair, make_offering, make_person

pytestmark = pytest.mark.anyio


async def test_a_signed_out_visitor_is_sent_to_sign_in_and_back(tabs: Tabs, pair: Pair) -> None:
    tab = Tab(tabs)
    await tab.open(f"/mentorship/checkout/{pair.offering_id}")
    assert tab.redirects == [f"/login?next=/mentorship/checkout/{pair.offering_id}"]


async def test_choosing_a_time_holds_it_and_a_reload_finds_it(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    state = await tab.state(CheckoutState)
    assert (state.offered.title, state.offered.price, state.held.booking) == (
        "React Mastery 1:1",
        "₦5,000",
        "",
    )
    starts = [slot.start for day in state.week.days for slot in day.slots]
    assert FREE.isoformat() in starts
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    state = await tab.state(CheckoutState)
    assert state.held.price == "₦5,000"
    assert datetime.fromisoformat(state.held.until) > datetime.now(UTC) + timedelta(minutes=11)
    (chosen,) = [slot for day in state.week.days for slot in day.slots if slot.chosen]
    assert (chosen.start, state.choosing, state.told) == (
        FREE.isoformat(),
        "",
        f"We hold {state.held.when} for you.",
    )
    again = await checkout(tabs, database, pair.student, pair.offering_id, "another-tab")
    assert (await again.state(CheckoutState)).held == state.held
    beside = (FREE + timedelta(minutes=30)).isoformat()
    assert beside in [slot.start for day in state.week.days for slot in day.slots]
    await tab.fire(CheckoutState.choose, start=beside)
    assert (await tab.state(CheckoutState)).held.start == beside
    await tab.fire(CheckoutState.let_go)
    assert (await tab.state(CheckoutState)).held.booking == ""


async def test_a_taken_time_is_refused_with_others_near_it(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    take(database, make_person(database, Role.STUDENT), pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    state = await tab.state(CheckoutState)
    assert state.time_problem_code == "time_taken"
    assert [slot.start for slot in state.near] == [
        (FREE + timedelta(minutes=minutes)).isoformat() for minutes in (-90, -60, 60)
    ]
    assert FREE.isoformat() not in [slot.start for day in state.week.days for slot in day.slots]


@pytest.mark.parametrize(
    ("start", "code"),
    [(FREE - timedelta(days=4), "time_passed"), (FREE + timedelta(minutes=15), "time_not_open")],
)
async def test_an_impossible_time_is_refused_beside_the_times(
    tabs: Tabs, database: Database, pair: Pair, start: datetime, code: str
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=start.isoformat())
    state = await tab.state(CheckoutState)
    assert (state.time_problem_code, len(state.near)) == (code, 3)


@pytest.mark.parametrize("start", ["", "soon", "2026-11-22T10:00:00", "9999-12-31T23:59:59+00:00"])
async def test_a_time_that_is_none_changes_nothing(
    tabs: Tabs, database: Database, pair: Pair, start: str
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=start)
    state = await tab.state(CheckoutState)
    assert (state.held.booking, state.time_problem, state.choosing) == ("", "", "")


async def test_a_changed_price_is_shown_and_the_chosen_time_is_kept(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    change(database, pair.offering_id, price_kobo=600_000)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    state = await tab.state(CheckoutState)
    assert "from ₦5,000 to ₦6,000" in state.price_problem
    assert (state.offered.price, state.wanted.start, state.held.booking) == ("₦6,000", FREE.isoformat(), "")
    await tab.fire(CheckoutState.choose, start=state.wanted.start)
    state = await tab.state(CheckoutState)
    assert (state.held.price, state.price_problem) == ("₦6,000", "")


async def test_a_fourth_hold_is_too_many(tabs: Tabs, database: Database, pair: Pair) -> None:
    for hours in (1, 3, 5):
        tutor = make_person(database, Role.TUTOR)
        take(database, pair.student, make_offering(database, tutor), FREE + timedelta(hours=hours))
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=(FREE + timedelta(hours=8)).isoformat())
    assert (await tab.state(CheckoutState)).time_problem_code == "too_many_holds"


async def test_an_offering_hidden_meanwhile_leaves_the_page_as_it_was(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    change(database, pair.offering_id, published=False)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    state = await tab.state(CheckoutState)
    assert "paused" in state.offering_problem
    assert (state.offered.title, state.refusal) == ("React Mastery 1:1", "")
    await tab.open(f"/mentorship/checkout/{pair.offering_id}")
    assert (await tab.state(CheckoutState)).refusal_code == "offering_hidden"


async def test_who_cannot_book_is_told_why(tabs: Tabs, database: Database, pair: Pair) -> None:
    other_tutor = make_person(database, Role.TUTOR)
    for number, (actor, offering, code) in enumerate(
        (
            (pair.tutor, pair.offering_id, "own_offering"),
            (other_tutor, pair.offering_id, "not_a_student"),
            (pair.student, 17, "offering_gone"),
        )
    ):
        tab = await checkout(tabs, database, actor, offering, f"tab-{number}")
        assert (await tab.state(CheckoutState)).refusal_code == code


async def test_a_hold_that_ran_out_is_said_with_the_nearest_times(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    held = (await tab.state(CheckoutState)).held
    await tab.fire(CheckoutState.hold_ended)
    assert (await tab.state(CheckoutState)).held == held
    change(database, int(held.booking), hold_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await tab.fire(CheckoutState.hold_ended)
    state = await tab.state(CheckoutState)
    assert state.time_problem.startswith(f"{held.when} is no longer held for you.")
    assert (state.held.booking, FREE.isoformat() in [slot.start for slot in state.near]) == ("", True)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    held = (await tab.state(CheckoutState)).held
    change(database, int(held.booking), hold_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await tab.fire(CheckoutState.pay)
    state = await tab.state(CheckoutState)
    assert (state.time_problem_code, state.held.booking, state.leave_to) == ("hold_expired", "", "")


async def test_paying_leads_to_paystack_or_says_why_not(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    sandbox.fault("paystack.initialize", "500_before", times=None)
    await tab.fire(CheckoutState.pay)
    state = await tab.state(CheckoutState)
    assert (state.pay_problem_code, state.paying, bool(state.held.booking)) == (
        "payment_unavailable",
        False,
        True,
    )
    sandbox.control("DELETE", "faults")
    await tab.fire(CheckoutState.pay)
    state = await tab.state(CheckoutState)
    assert state.leave_to.startswith(sandbox.public_url)
    assert state.pay_problem == ""
    sandbox.settle(reference_of(database))
    pay_up(reference_of(database))
    await tab.fire(CheckoutState.pay)
    assert (await tab.state(CheckoutState)).pay_problem_code == "already_paid"


async def test_credit_pays_whole_and_leads_to_the_receipt(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    give_credit(database, pair.student, 600_000)
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    state = await tab.state(CheckoutState)
    assert (state.credit.has, state.credit.uses, state.credit.rest) == ("₦6,000", "₦5,000", "")
    assert not state.pays_with_credit
    await tab.fire(CheckoutState.pay_with_credit, uses=True)
    assert (await tab.state(CheckoutState)).pays_with_credit
    asked = sandbox.calls("paystack.initialize")
    await tab.fire(CheckoutState.pay)
    reference = reference_of(database)
    assert tab.redirects[-1] == f"/mentorship/verify-payment?reference={reference}"
    assert sandbox.calls("paystack.initialize") == asked
    receipt = await receipt_of(tabs, reference, cookie_for(database, pair.student))
    assert (receipt.receipt.state, receipt.receipt.credit, receipt.receipt.amount) == (
        "booked",
        "₦5,000",
        "₦0",
    )
    dashboard = Tab(tabs, "dashboard", cookie_for(database, pair.student))
    await dashboard.open("/student/mentorship")
    credit = (await dashboard.state(StudentMentorship)).board.credit
    assert (credit.free, credit.kept, credit.waiting) == ("₦1,000", "", [])
    assert [(line.what, line.amount) for line in credit.lines] == [
        ("Paid with credit: React Mastery 1:1", "− ₦5,000"),  # noqa: RUF001 - a minus sign
        ("Paid too much", "+ ₦6,000"),
    ]


async def test_credit_pays_a_part_and_paystack_the_rest(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    give_credit(database, pair.student, 200_000)
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    await tab.fire(CheckoutState.pay_with_credit, uses=True)
    await tab.fire(CheckoutState.pay_by, way="transfer")
    await tab.fire(CheckoutState.pay)
    state = await tab.state(CheckoutState)
    assert (state.credit.uses, state.credit.rest) == ("₦2,000", "₦3,000")
    assert state.leave_to.startswith(sandbox.public_url)
    reference = reference_of(database)
    sandbox.settle(reference)
    pay_up(reference)
    receipt = (await receipt_of(tabs, reference)).receipt
    assert (receipt.state, receipt.price, receipt.credit, receipt.amount) == (
        "booked",
        "₦5,000",
        "₦2,000",
        "₦3,000",
    )


async def test_credit_that_went_elsewhere_is_said_before_anything_is_charged(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    give_credit(database, pair.student, 500_000)
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    await tab.fire(CheckoutState.pay_with_credit, uses=True)
    spend(database, pair.student, 500_000)
    await tab.fire(CheckoutState.pay)
    state = await tab.state(CheckoutState)
    assert (state.pay_problem_code, state.credit.has, state.pays_with_credit) == ("credit_changed", "", False)
    assert state.leave_to == ""


async def test_money_that_waits_becomes_credit_at_the_checkout(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    reference, booking = await opened_payment(tabs, database, pair)
    change(database, int(booking), hold_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    take(database, make_person(database, Role.STUDENT), pair.offering_id)
    sandbox.settle(reference)
    pay_up(reference)
    dashboard = Tab(tabs, "dashboard", cookie_for(database, pair.student))
    await dashboard.open("/student/mentorship")
    (waiting,) = (await dashboard.state(StudentMentorship)).board.credit.waiting
    assert (waiting.amount, waiting.link) == (
        "₦5,000",
        f"/mentorship/verify-payment?reference={reference}",
    )
    tab = await checkout(tabs, database, pair.student, pair.offering_id, "again")
    assert (await tab.state(CheckoutState)).credit.waiting == "₦5,000"
    await tab.fire(CheckoutState.take_as_credit)
    state = await tab.state(CheckoutState)
    assert (state.credit.waiting, state.credit.has, state.uses_credit) == ("", "₦5,000", True)
