"""What can be done on a session's page: by whom, with which words, and what it does."""

from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import MentorshipSession
from mentor_ui.pages.mentorship.receipt_state import VerifyPayment
from mentor_ui.pages.mentorship.session_changes_state import SessionChangesState as Changes
from mentor_ui.pages.mentorship.session_state import MentorshipSessionState as Shown
from tests.booked import cookie_for
from tests.paid import booking_in, books, buy, refunds_of
from tests.state.booking.steps import change, receipt_of, take
from tests.state.client import Tab, Tabs
from tests.world import Pair, make_person

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


def soon(hours: float) -> datetime:
    """A whole hour so far ahead, and a bit more."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours + 1)


async def opened(tabs: Tabs, database: Database, booking_id: int, *, pair: Pair, side: str) -> Tab:
    tab = Tab(tabs, side, cookie_for(database, pair.tutor if side == "tutor" else pair.student))
    await tab.open(f"/mentorship/session/{booking_id}")
    return tab


async def test_a_student_moves_a_session(tabs: Tabs, database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, soon(48), now=datetime.now(UTC))
    tab = await opened(tabs, database, booking_id, pair=pair, side="student")
    choices = (await tab.state(Shown)).choices
    assert (choices.can_move, choices.can_change, choices.can_propose) == (True, True, False)
    assert choices.moving.startswith("You can move this session twice more, until ")
    await tab.fire(Changes.open_times)
    times = (await tab.state(Changes)).times
    start = times.days[-1].times[0].start
    await tab.fire(Changes.pick, start="nonsense")
    await tab.fire(Changes.pick, start=times.days[-1].times[1].start)
    await tab.fire(Changes.pick, start=start)
    assert (await tab.state(Changes)).chosen == [start]
    await tab.fire(Changes.turn, weeks=1)
    assert (await tab.state(Changes)).times.number == times.number + 1
    await tab.fire(Changes.move)
    state = await tab.state(Changes)
    assert (state.problem, state.done) == ("", 1)
    assert booking_in(database, booking_id).starts_at == datetime.fromisoformat(start)
    assert (await tab.state(Shown)).choices.moving.startswith("You can move this session once more, until ")


async def test_a_time_that_was_just_taken_is_said_and_the_session_stays(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    starts_at = soon(48)
    booking_id = buy(database, pair, starts_at, now=datetime.now(UTC))
    tab = await opened(tabs, database, booking_id, pair=pair, side="student")
    await tab.fire(Changes.open_times)
    start = (await tab.state(Changes)).times.days[-1].times[0].start
    await tab.fire(Changes.pick, start=start)
    take(database, make_person(database, Role.STUDENT), pair.offering_id, datetime.fromisoformat(start))
    await tab.fire(Changes.move)
    state = await tab.state(Changes)
    assert ("just took this time" in state.problem, state.problem_of, state.done) == (True, "move", 0)
    assert state.chosen == []
    assert start not in [time.start for day in state.times.days for time in day.times]
    assert booking_in(database, booking_id).starts_at == starts_at


@pytest.mark.parametrize(
    ("side", "hours", "line", "refund_kobo"),
    [
        ("student", 72, "You get ₦5,000 back in full, because it starts in 3 days.", 500_000),
        ("student", 20, "You get ₦2,500 of ₦5,000 back, because it starts in 20 hours.", 250_000),
        ("student", 0.5, "You get nothing of ₦5,000 back, because it starts in ", 0),
        ("tutor", 20, "Ada Obi gets ₦5,000 back in full; you receive nothing.", 500_000),
    ],
)
async def test_cancelling_says_its_price_first_and_keeps_its_word(
    tabs: Tabs, database: Database, pair: Pair, *, side: str, hours: float, line: str, refund_kobo: int
) -> None:
    starts_at = datetime.now(UTC) + timedelta(hours=hours, minutes=10)
    starts_at = starts_at.replace(minute=starts_at.minute // 15 * 15, second=0, microsecond=0)
    starts_at += timedelta(minutes=15)
    booking_id = buy(database, pair, starts_at, now=datetime.now(UTC))
    tab = await opened(tabs, database, booking_id, pair=pair, side=side)
    await tab.fire(Changes.cancel, form={})
    assert booking_in(database, booking_id).status == SessionStatus.SCHEDULED, "nobody saw what it means"
    await tab.fire(Changes.look_at_cancelling)
    consequence = (await tab.state(Changes)).consequence
    assert consequence[0].startswith(line)
    await tab.fire(Changes.cancel, form={"reason": "Something came up."})
    state = await tab.state(Changes)
    assert (state.problem, state.done) == ("", 1)
    assert booking_in(database, booking_id).status == SessionStatus.CANCELLED
    assert sum(refund.amount_kobo for refund in refunds_of(database, booking_id)) == refund_kobo
    choices = (await tab.state(Shown)).choices
    assert choices.ended.startswith("You cancelled this session on ")
    assert choices.ended.endswith("“Something came up.”")
    assert bool(choices.money) == (side == "student" or refund_kobo > 0)
    books(database, pair)


async def test_when_time_runs_away_the_new_consequence_is_shown_and_nothing_is_done(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    booking_id = buy(database, pair, soon(24), now=datetime.now(UTC))
    tab = await opened(tabs, database, booking_id, pair=pair, side="student")
    await tab.fire(Changes.look_at_cancelling)
    assert "in full" in (await tab.state(Changes)).consequence[0]
    earlier = soon(22)
    change(database, booking_id, starts_at=earlier, ends_at=earlier + HOUR)
    await tab.fire(Changes.cancel, form={})
    state = await tab.state(Changes)
    assert (state.done, state.problem_of) == (0, "cancel")
    assert "Nothing was done" in state.problem
    assert state.consequence[0].startswith("You get ₦2,500 of ₦5,000 back")
    assert booking_in(database, booking_id).status == SessionStatus.SCHEDULED
    await tab.fire(Changes.cancel, form={})
    assert booking_in(database, booking_id).status == SessionStatus.CANCELLED


async def test_a_tutor_proposes_and_the_student_chooses(tabs: Tabs, database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, soon(48), now=datetime.now(UTC))
    tutors = await opened(tabs, database, booking_id, pair=pair, side="tutor")
    await tutors.fire(Changes.move)
    await tutors.fire(Changes.open_times)
    times = [time.start for day in (await tutors.state(Changes)).times.days for time in day.times][-4:]
    for start in times:
        await tutors.fire(Changes.pick, start=start)
    assert (await tutors.state(Changes)).chosen == times[:3]
    await tutors.fire(Changes.propose, form={"message": "I am on a plane then."})
    assert (await tutors.state(Changes)).problem == ""
    assert len((await tutors.state(Shown)).choices.proposed) == 3
    students = await opened(tabs, database, booking_id, pair=pair, side="student")
    choices = (await students.state(Shown)).choices
    assert (choices.proposed_note, len(choices.proposed)) == ("I am on a plane then.", 3)
    await students.fire(Changes.accept, proposal="none")
    await students.fire(Changes.accept, proposal=choices.proposed[1].id)
    assert booking_in(database, booking_id).starts_at == datetime.fromisoformat(times[1])
    assert (await students.state(Shown)).choices.proposed == ()


async def test_a_student_whom_no_time_suits_gets_everything_back_and_the_receipt_says_so(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    booking_id = buy(database, pair, soon(3), now=datetime.now(UTC))
    tutors = await opened(tabs, database, booking_id, pair=pair, side="tutor")
    await tutors.fire(Changes.open_times)
    start = (await tutors.state(Changes)).times.days[-1].times[-1].start
    await tutors.fire(Changes.pick, start=start)
    await tutors.fire(Changes.propose, form={})
    students = await opened(tabs, database, booking_id, pair=pair, side="student")
    reference = (await students.state(Shown)).session.receipt.partition("=")[2]
    assert (await receipt_of(tabs, reference)).receipt.state == "booked"
    await students.fire(Changes.decline)
    choices = (await students.state(Shown)).choices
    assert choices.money.startswith("₦5,000 is on its way back to you.")
    assert choices.ended.startswith("Tunde Bakare cancelled this session")
    receipt: VerifyPayment = await receipt_of(tabs, reference, name="after")
    assert (receipt.receipt.state, receipt.receipt.amount) == ("refunding", "₦5,000")


async def test_declining_promises_what_was_paid_and_gives_it_back(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    """Where the payer bore Paystack's fee, that is more than the price."""
    booking_id = buy(database, pair, soon(48), now=datetime.now(UTC), paid_kobo=517_767)
    tutors = await opened(tabs, database, booking_id, pair=pair, side="tutor")
    await tutors.fire(Changes.open_times)
    start = (await tutors.state(Changes)).times.days[-1].times[-1].start
    await tutors.fire(Changes.pick, start=start)
    await tutors.fire(Changes.propose, form={})
    students = await opened(tabs, database, booking_id, pair=pair, side="student")
    assert (await students.state(Shown)).choices.in_full == "₦5,177.67"
    await students.fire(Changes.decline)
    assert [refund.amount_kobo for refund in refunds_of(database, booking_id)] == [517_767]


async def test_a_receipt_tells_of_a_part_and_of_nothing(tabs: Tabs, database: Database, pair: Pair) -> None:
    bodies: list[str] = []
    for hours in (20, 0.5):
        starts_at = datetime.now(UTC) + timedelta(hours=hours)
        booking_id = buy(database, pair, starts_at, now=datetime.now(UTC))
        tab = await opened(tabs, database, booking_id, pair=pair, side="student")
        reference = (await tab.state(Shown)).session.receipt.partition("=")[2]
        await tab.fire(Changes.look_at_cancelling)
        await tab.fire(Changes.cancel, form={})
        bodies.append((await receipt_of(tabs, reference, name=f"{hours}")).receipt.body[-2])
    assert bodies[0].startswith("₦2,500 of ₦5,000 goes back the way it came, because the session was")
    assert bodies[1].startswith("The session with Tunde Bakare on ")


@pytest.mark.parametrize(("hours", "kept"), [(48, "₦0"), (20, "₦1,750"), (1, "₦3,500")])
async def test_a_cancelled_session_tells_its_tutor_what_is_left(
    tabs: Tabs, database: Database, pair: Pair, *, hours: int, kept: str
) -> None:
    booking_id = buy(database, pair, soon(hours), now=datetime.now(UTC))
    tab = await opened(tabs, database, booking_id, pair=pair, side="student")
    await tab.fire(Changes.look_at_cancelling)
    await tab.fire(Changes.cancel, form={})
    tutors = await opened(tabs, database, booking_id, pair=pair, side="tutor")
    assert (await tutors.state(Shown)).session.receives == kept


async def test_what_became_of_a_session_is_said_contested_and_looked_at(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    booking_id = buy(database, pair, soon(48), now=datetime.now(UTC))
    begun = datetime.now(UTC) - 2 * HOUR
    change(database, booking_id, starts_at=begun, ends_at=begun + HOUR, status=SessionStatus.COMPLETED)
    tutors = await opened(tabs, database, booking_id, pair=pair, side="tutor")
    choices = (await tutors.state(Shown)).choices
    assert (bool(choices.marking), choices.contesting, choices.can_change) == (True, "", False)
    await tutors.fire(Changes.mark, verdict="CANCELLED")
    await tutors.fire(Changes.mark, verdict="NO_SHOW")
    assert (await tutors.state(Shown)).choices.marked == "NO_SHOW"
    students = await opened(tabs, database, booking_id, pair=pair, side="student")
    assert (await students.state(Shown)).choices.contesting
    await students.fire(Changes.contest, form={"reason": "no"})
    state = await students.state(Changes)
    assert (state.problem_of, bool(state.problem), state.done) == ("contest", True, 0)
    await students.fire(Changes.contest, form={"reason": "I was there the whole hour."})
    choices = (await students.state(Shown)).choices
    assert (choices.contesting, bool(choices.verdict)) == ("", True)


async def test_nobody_else_does_anything(tabs: Tabs, database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, soon(48), now=datetime.now(UTC))
    stranger = make_person(database, Role.STUDENT, Role.TUTOR)
    tab = Tab(tabs, "stranger", cookie_for(database, stranger))
    await tab.open(f"/mentorship/session/{booking_id}")
    start = soon(72).isoformat()
    for handler, payload in (
        (Changes.open_times, {}),
        (Changes.pick, {"start": start}),
        (Changes.move, {}),
        (Changes.propose, {"form": {}}),
        (Changes.look_at_cancelling, {}),
        (Changes.cancel, {"form": {}}),
        (Changes.decline, {}),
        (Changes.mark, {"verdict": "NO_SHOW"}),
        (Changes.contest, {"form": {"reason": "I was there the whole hour."}}),
    ):
        await tab.fire(handler, **payload)
    state = await tab.state(Changes)
    assert (state.times.days, state.consequence, state.done) == ((), (), 0)
    with database.reading() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        assert (booking.status, booking.revision) == (SessionStatus.SCHEDULED, 0)
