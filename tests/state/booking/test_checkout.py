"""Checkout: what is held, and what each refusal says where."""

from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.pages.mentorship.checkout_state import CheckoutState
from tests.sandbox_process import SandboxProcess
from tests.state.booking.steps import FREE, change, checkout, pay_up, reference_of, take
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
