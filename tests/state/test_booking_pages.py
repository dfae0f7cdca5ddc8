"""Checkout, receipt, dashboard and session page as their States fill them, with the sandbox's Paystack."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from reflex_base.registry import RegistrationContext
from sqlmodel import col, select

from mentor_ui import mentor_ui, resources
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import MentorshipSession, Payment
from mentor_ui.pages.mentorship import receipt_state
from mentor_ui.pages.mentorship.checkout_state import CheckoutState
from mentor_ui.pages.mentorship.receipt_state import HURRY, NEWS, NOTHING_NEW, UNREACHABLE, VerifyPayment
from mentor_ui.pages.mentorship.session import MentorshipSessionState
from mentor_ui.pages.student.mentorship import StudentMentorship
from mentor_ui.services.bookings import hold
from mentor_ui.services.settlement import settle
from tests.application import settings_for
from tests.booked import cookie_for, make_booking
from tests.sandbox_process import SandboxProcess, start_sandbox
from tests.state.client import Tab, Tabs, running
from tests.world import Pair, make_offering, make_pair, make_person

pytestmark = pytest.mark.anyio

FREE = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=2)
"""A free time of every tutor made here."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with start_sandbox(tmp_path_factory.mktemp("pages-sandbox"), options=("--no-limits",)) as started:
        yield started


@pytest.fixture(autouse=True)
def database(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, sandbox: SandboxProcess
) -> Iterator[Database]:
    monkeypatch.setattr(resources, "_made", {})
    for name in ("_opened", "_pressed"):
        monkeypatch.setattr(
            receipt_state, name, receipt_state.Buckets(per_second=0.2, burst=2 if name == "_opened" else 1)
        )
    with settings_for(sqlite_database, monkeypatch, sandbox_port=str(sandbox.port)):
        yield sqlite_database
        resources.get_resources().payments.close()
        sandbox.control("DELETE", "faults")


@pytest.fixture
async def tabs() -> AsyncIterator[Tabs]:
    assert mentor_ui.app is RegistrationContext.ensure_context().app
    async with running(RegistrationContext.ensure_context()) as server:
        yield server
        assert server.failures == []


@pytest.fixture
def pair(database: Database) -> Pair:
    return make_pair(database)


def change(database: Database, session_id: int, **values: object) -> None:
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, session_id)
        for name, value in values.items():
            setattr(row, name, value)


async def checkout(tabs: Tabs, database: Database, actor: Actor, offering_id: int, name: str = "tab") -> Tab:
    tab = Tab(tabs, name, cookie_for(database, actor))
    await tab.open(f"/mentorship/checkout/{offering_id}")
    return tab


def take(database: Database, actor: Actor, offering_id: int, at: datetime = FREE) -> None:
    with database.transaction() as session:
        hold(
            session,
            actor,
            offering_id=offering_id,
            starts_at=at,
            price_seen_kobo=500_000,
            now=datetime.now(UTC),
        )


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
    assert state.time_problem.startswith(f"We could hold {held.when} no longer.")
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


def reference_of(database: Database) -> str:
    with database.reading() as session:
        return session.exec(select(Payment.reference).order_by(col(Payment.id).desc())).first() or ""


def pay_up(reference: str) -> None:
    made = resources.get_resources()
    settle(made.database, made.payments, made.rules, reference, datetime.now(UTC))


async def opened_payment(tabs: Tabs, database: Database, pair: Pair) -> tuple[str, str]:
    """Hold a time and open Paystack's page; return the reference and the booking."""
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    await tab.fire(CheckoutState.pay)
    assert (await tab.state(CheckoutState)).leave_to
    return reference_of(database), (await tab.state(CheckoutState)).held.booking


async def receipt_of(tabs: Tabs, reference: str, cookie: str = "", name: str = "receipt") -> VerifyPayment:
    tab = Tab(tabs, name, cookie)
    await tab.open(f"/mentorship/verify-payment?trxref={reference}&reference={reference}")
    return await tab.state(VerifyPayment)


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
    assert "the time is gone" in state.receipt.body[0]
    assert state.receipt.held_until == ""


async def test_my_sessions_hold_what_is_next_to_pay_and_past(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    soon = make_booking(database, pair, now + timedelta(hours=3))
    make_booking(database, pair, now - timedelta(days=3), status=SessionStatus.COMPLETED, title="Past")
    take(database, pair.student, make_offering(database, make_person(database, Role.TUTOR), title="Held"))
    tab = Tab(tabs, "tab", cookie_for(database, pair.student))
    await tab.open("/student/mentorship")
    board = (await tab.state(StudentMentorship)).board
    assert (board.next.id, board.next.other, board.next.running) == (str(soon.id), "Tunde Bakare", False)
    assert [line.id for line in board.upcoming] == [str(soon.id)]
    assert [line.title for line in board.history] == ["Past"]
    (held,) = board.to_pay
    assert (held.title, held.badge, held.price) == ("Held", "Ready to pay", "₦5,000")
    assert (board.counts["upcoming"], board.counts["pay"]) == (1, 1)
    assert board.ways.file == f"/api/calendar/sessions/{soon.id}.ics"
    await tab.fire(StudentMentorship.pay, booking=held.id)
    assert (await tab.state(StudentMentorship)).leave_to.startswith(sandbox.public_url)
    await tab.fire(StudentMentorship.let_go, booking=held.id)
    assert (await tab.state(StudentMentorship)).board.to_pay == []
    await tab.fire(StudentMentorship.pay, booking=str(soon.id))
    state = await tab.state(StudentMentorship)
    assert (state.problem != "", state.leave_to, state.busy) == (True, "", "")


async def test_a_session_is_there_for_its_two_participants_alone(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    starts_at = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=3)
    booking = make_booking(database, pair, starts_at, meeting_url=None)
    path = f"/mentorship/session/{booking.id}"
    seen = {}
    for name, actor in (("student", pair.student), ("tutor", pair.tutor)):
        tab = Tab(tabs, name, cookie_for(database, actor))
        await tab.open(path)
        seen[name] = (await tab.state(MentorshipSessionState)).session
    assert (seen["student"].join, seen["student"].receives) == (f"/j/{booking.join_token}", "")
    assert (seen["tutor"].receives, seen["tutor"].price) == ("₦3,500", "₦5,000")
    assert "being made" in seen["student"].room
    same = replace(seen["tutor"], receives="", home=seen["student"].home, ways=seen["student"].ways)
    assert same == seen["student"]
    stranger = Tab(tabs, "stranger", cookie_for(database, make_person(database, Role.STUDENT)))
    for address in (path, "/mentorship/session/none"):
        await stranger.open(address)
        state = await stranger.state(MentorshipSessionState)
        assert (bool(state.missing), state.session.title) == (True, "")
    assert not stranger.was_sent(booking.join_token or "-")
