"""Asking first: at the checkout, on the student's dashboard and on the tutor's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, SessionStatus
from mentor_ui.models import LinkedCalendar, MentorshipSession, Payment, TutorRules
from mentor_ui.pages.mentorship.checkout_state import CheckoutState
from mentor_ui.pages.student.sessions_state import StudentMentorship
from mentor_ui.pages.tutor.sessions_state import TutorSessionsState
from mentor_ui.services import requests
from tests.booked import cookie_for, make_booking
from tests.sandbox_process import SandboxProcess
from tests.state.booking.steps import FREE, change, checkout, take
from tests.state.client import Tab, Tabs
from tests.world import Pair, make_offering, make_pair, make_person

pytestmark = pytest.mark.anyio

LATER = FREE + timedelta(days=4)


@pytest.fixture
def pair(database: Database) -> Pair:
    return make_pair(database, mode=BookingMode.REQUEST)


def ask(database: Database, actor: Actor, offering_id: int, at: datetime = LATER) -> int:
    with database.transaction() as session:
        return requests.ask(
            session,
            actor,
            offering_id=offering_id,
            starts_at=at,
            message="I get stuck on hooks.",
            price_seen_kobo=500_000,
            now=datetime.now(UTC),
            public_url="http://localhost",
        ).booking_id


def only_booking(database: Database) -> MentorshipSession:
    with database.reading() as session:
        return session.exec(select(MentorshipSession).where(~MentorshipSession.is_offering)).one()  # type: ignore[arg-type]


async def dashboard(tabs: Tabs, database: Database, actor: Actor) -> Tab:
    tab = Tab(tabs, f"dashboard-{actor.person_id}", cookie_for(database, actor))
    await tab.open("/tutor/mentorship" if actor.teaches else "/student/mentorship")
    return tab


async def test_where_the_tutor_answers_first_a_time_is_chosen_and_asked_for_but_not_held(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    state = await tab.state(CheckoutState)
    assert (state.asks, state.offered.both_ways) == (True, False)
    await tab.fire(CheckoutState.ask, form={"message": "Too early"})
    assert (await tab.state(CheckoutState)).time_problem == "Choose a time first, then ask for it."
    await tab.fire(CheckoutState.choose, start=LATER.isoformat())
    state = await tab.state(CheckoutState)
    assert (state.picked.start, state.held.booking, state.choosing) == (LATER.isoformat(), "", "")
    assert state.picked.answer_until.endswith("(Lagos time)")
    assert [slot.start for day in state.week.days for slot in day.slots if slot.chosen] in (
        [],
        [LATER.isoformat()],
    )
    await tab.fire(CheckoutState.ask, form={"message": " I get stuck on hooks. "})
    state = await tab.state(CheckoutState)
    row = only_booking(database)
    assert (state.asked.booking, row.status, row.request_message) == (
        str(row.id),
        SessionStatus.PENDING_MENTOR_REVIEW,
        "I get stuck on hooks.",
    )
    await tab.open(f"/mentorship/checkout/{pair.offering_id}")
    state = await tab.state(CheckoutState)
    assert (state.asked.booking, bool(state.waiting)) == ("", True)


async def test_what_is_wrong_with_a_request_is_said_beside_it(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=LATER.isoformat())
    await tab.fire(CheckoutState.ask, form={"message": "x" * 1001})
    state = await tab.state(CheckoutState)
    assert ("1000 characters" in state.message_problem, state.picked.start) == (True, LATER.isoformat())
    change(database, pair.offering_id, price_kobo=600_000)
    await tab.fire(CheckoutState.ask, form={"message": ""})
    assert "to ₦6,000" in (await tab.state(CheckoutState)).price_problem
    await tab.fire(CheckoutState.ask, form={"message": ["no", "text"]})
    assert (await tab.state(CheckoutState)).asked.booking
    again = await checkout(tabs, database, pair.student, pair.offering_id, "again")
    await again.fire(CheckoutState.choose, start=LATER.isoformat())
    await again.fire(CheckoutState.ask, form={})
    assert (await again.state(CheckoutState)).time_problem_code == "already_asked"


async def test_a_time_that_was_taken_while_one_wrote_is_said_with_others(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=LATER.isoformat())
    other = make_offering(database, pair.tutor)
    take(database, make_person(database, Role.STUDENT), other, LATER)
    await tab.fire(CheckoutState.ask, form={"message": "Hello"})
    state = await tab.state(CheckoutState)
    assert state.time_problem_code in {"time_taken", "time_not_open"}
    assert (state.picked.start, len(state.near), state.asked.booking) == ("", 3, "")
    await tab.fire(CheckoutState.choose, start=LATER.isoformat())
    assert (await tab.state(CheckoutState)).time_problem_code == "time_not_open"


async def test_where_both_ways_are_open_the_student_chooses_and_a_held_time_is_given_back(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    change(database, pair.offering_id, booking_mode=BookingMode.EITHER)
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    state = await tab.state(CheckoutState)
    assert (state.asks, state.offered.both_ways) == (False, True)
    await tab.fire(CheckoutState.choose, start=LATER.isoformat())
    assert (await tab.state(CheckoutState)).held.booking
    await tab.fire(CheckoutState.book_by, asks=True)
    state = await tab.state(CheckoutState)
    assert (state.asks, state.held.booking, state.picked.start) == (True, "", LATER.isoformat())
    await tab.fire(CheckoutState.book_by, asks=False)
    state = await tab.state(CheckoutState)
    assert (state.asks, state.picked.start) == (False, "")
    await tab.fire(CheckoutState.book_by, asks="yes")
    assert not (await tab.state(CheckoutState)).asks


async def test_an_offering_that_is_asked_for_meanwhile_says_so_and_goes_on_that_way(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    change(database, pair.offering_id, booking_mode=BookingMode.INSTANT)
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    change(database, pair.offering_id, booking_mode=BookingMode.REQUEST)
    await tab.fire(CheckoutState.choose, start=LATER.isoformat())
    state = await tab.state(CheckoutState)
    assert (state.time_problem_code, state.asks) == ("ask_first", True)


async def test_times_that_nobody_can_find_out_look_like_that_and_not_like_none(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    with database.transaction() as session:
        session.add(LinkedCalendar(tutor_id=pair.tutor.person_id, kind="ICS", name="Mine", secret="x"))
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    state = await tab.state(CheckoutState)
    assert (state.week.unknown, state.refusal) == (True, "")
    await tab.fire(CheckoutState.book_by, asks=False)
    change(database, pair.offering_id, booking_mode=BookingMode.INSTANT)
    await tab.fire(CheckoutState.choose, start=LATER.isoformat())
    assert (await tab.state(CheckoutState)).time_problem_code == "availability_unknown"


async def test_the_chosen_way_of_paying_is_the_one_that_paystack_offers(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    change(database, pair.offering_id, booking_mode=BookingMode.INSTANT)
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    for way, kept in (("transfer", "transfer"), ("cash", "card")):
        await tab.fire(CheckoutState.pay_by, way=way)
        await tab.fire(CheckoutState.pay)
        state = await tab.state(CheckoutState)
        assert (state.way, state.leave_to.startswith(sandbox.public_url)) == (kept, True)
    with database.reading() as session:
        assert sorted(session.exec(select(Payment.way))) == ["card", "transfer"]


async def test_a_tutor_sees_who_asks_and_says_yes_and_the_student_pays_or_lets_go(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    past = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=3)
    make_booking(database, pair, past, status=SessionStatus.COMPLETED)
    booking_id = ask(database, pair.student, pair.offering_id)
    tutor = await dashboard(tabs, database, pair.tutor)
    (asked,) = (await tutor.state(TutorSessionsState)).approvals
    assert (asked.message, asked.held, asked.courses) == ("I get stuck on hooks.", "1 session with you", [])
    student = await dashboard(tabs, database, pair.student)
    (waiting,) = (await student.state(StudentMentorship)).board.awaiting
    assert (waiting.line.badge, waiting.message) == ("Awaiting approval", "I get stuck on hooks.")
    await tutor.fire(TutorSessionsState.approve, booking=str(booking_id))
    state = await tutor.state(TutorSessionsState)
    assert (state.approvals, state.refusal, state.busy) == ([], "", "")
    await tutor.fire(TutorSessionsState.approve, booking=str(booking_id))
    assert "approved already" in (await tutor.state(TutorSessionsState)).refusal
    await student.open("/student/mentorship")
    (to_pay,) = (await student.state(StudentMentorship)).board.to_pay
    assert (to_pay.asked, to_pay.line.badge) == (True, "Ready to pay")
    await student.fire(StudentMentorship.pay, booking=to_pay.line.id, way="card")
    assert (await student.state(StudentMentorship)).leave_to.startswith(sandbox.public_url)
    await student.fire(StudentMentorship.withdraw, booking=to_pay.line.id)
    board = (await student.state(StudentMentorship)).board
    assert (board.to_pay, board.history[0].badge) == ([], "Withdrawn")


async def test_a_tutor_is_told_before_a_yes_that_goes_over_a_limit(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    booking_id = ask(database, pair.student, pair.offering_id)
    with database.transaction() as session:
        session.add(TutorRules(tutor_id=pair.tutor.person_id, most_sessions_week=1))
    tutor = await dashboard(tabs, database, pair.tutor)
    (asked,) = (await tutor.state(TutorSessionsState)).approvals
    assert asked.over_limit == ""
    # Booked after the page was filled: the yes is not meant so, and said again it is.
    other = make_person(database, Role.STUDENT)
    make_booking(database, replace(pair, student=other), LATER + timedelta(hours=2))
    await tutor.fire(TutorSessionsState.approve, booking=str(booking_id))
    state = await tutor.state(TutorSessionsState)
    (asked,) = state.approvals
    assert (state.refused, state.busy) == (str(booking_id), "")
    assert state.refusal.startswith("This goes over your limit: at most 1 session a week.")
    assert asked.over_limit == "A yes goes over your limit: at most 1 session a week."
    await tutor.fire(TutorSessionsState.approve, booking=str(booking_id))
    state = await tutor.state(TutorSessionsState)
    assert (state.approvals, state.refusal, state.refused) == ([], "", "")


async def test_a_no_needs_a_reason_and_the_student_reads_it(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    booking_id = ask(database, pair.student, pair.offering_id)
    tutor = await dashboard(tabs, database, pair.tutor)
    await tutor.fire(TutorSessionsState.decline, form={"booking": str(booking_id), "reason": " "})
    state = await tutor.state(TutorSessionsState)
    assert (bool(state.reason_problem), state.answered) == (True, 0)
    await tutor.fire(TutorSessionsState.decline, form={"booking": str(booking_id), "reason": "I travel."})
    state = await tutor.state(TutorSessionsState)
    assert (state.reason_problem, state.answered, state.approvals) == ("", 1, [])
    student = await dashboard(tabs, database, pair.student)
    (declined,) = (await student.state(StudentMentorship)).board.declined
    assert (declined.reason, declined.line.badge) == ("I travel.", "Declined")
    assert declined.line.again == f"/mentorship/checkout/{pair.offering_id}"


async def test_other_times_are_proposed_and_taken_or_declined(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    booking_id = ask(database, pair.student, pair.offering_id)
    tutor = await dashboard(tabs, database, pair.tutor)
    # Lagos is an hour ahead of UTC.
    typed = (LATER + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    form = {"booking": str(booking_id), "first": typed, "second": "", "third": "", "message": "Or then?"}
    await tutor.fire(TutorSessionsState.propose, form={**form, "second": "soon"})
    assert (await tutor.state(TutorSessionsState)).times_problem
    await tutor.fire(TutorSessionsState.propose, form={**form, "first": ""})
    assert (await tutor.state(TutorSessionsState)).times_problem
    for _ in range(2):
        await tutor.fire(TutorSessionsState.propose, form=form)
    state = await tutor.state(TutorSessionsState)
    assert (state.times_problem, state.answered, bool(state.approvals[0].proposed)) == ("", 2, True)
    student = await dashboard(tabs, database, pair.student)
    (waiting,) = (await student.state(StudentMentorship)).board.awaiting
    assert (waiting.times_note, len(waiting.times)) == ("Or then?", 1)
    await student.fire(StudentMentorship.decline_times, booking=str(booking_id))
    (waiting,) = (await student.state(StudentMentorship)).board.awaiting
    assert waiting.times == []
    await tutor.fire(TutorSessionsState.propose, form=form)
    await student.open("/student/mentorship")
    (waiting,) = (await student.state(StudentMentorship)).board.awaiting
    await student.fire(StudentMentorship.take_time, proposal=waiting.times[0].id)
    state = await student.state(StudentMentorship)
    assert (state.problem, len(state.board.to_pay)) == ("", 1)
    row = only_booking(database)
    assert (row.status, row.starts_at) == (SessionStatus.HELD, LATER + timedelta(hours=2))


async def test_handlers_take_nothing_that_is_not_theirs(tabs: Tabs, database: Database, pair: Pair) -> None:
    booking_id = ask(database, pair.student, pair.offering_id)
    stranger = await dashboard(tabs, database, make_person(database, Role.STUDENT))
    for handler, key in (
        (StudentMentorship.withdraw, "booking"),
        (StudentMentorship.take_time, "proposal"),
        (StudentMentorship.decline_times, "booking"),
    ):
        for value in (str(booking_id), "none", ""):
            await stranger.fire(handler, **{key: value})
        state = await stranger.state(StudentMentorship)
        assert state.busy == ""
    colleague = await dashboard(tabs, database, make_person(database, Role.TUTOR))
    await colleague.fire(TutorSessionsState.approve, booking=str(booking_id))
    assert "cannot find" in (await colleague.state(TutorSessionsState)).refusal
    await colleague.fire(TutorSessionsState.decline, form={"booking": str(booking_id), "reason": "Mine"})
    await colleague.fire(TutorSessionsState.propose, form={"booking": "x"})
    assert only_booking(database).status == SessionStatus.PENDING_MENTOR_REVIEW
