"""A student's sessions, and one session for its two participants."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.pages.mentorship.session_state import MentorshipSessionState
from mentor_ui.pages.student.sessions_state import StudentMentorship
from tests.booked import cookie_for, make_booking
from tests.sandbox_process import SandboxProcess
from tests.state.booking.steps import take
from tests.state.client import Tab, Tabs
from tests.world import Pair, make_offering, make_person

pytestmark = pytest.mark.anyio


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
    (kept,) = board.to_pay
    held = kept.line
    assert (held.title, held.badge, held.price) == ("Held", "Ready to pay", "₦5,000")
    assert (board.counts["upcoming"], board.counts["pay"]) == (1, 1)
    assert board.ways.file == f"/api/calendar/sessions/{soon.id}.ics"
    await tab.fire(StudentMentorship.pay, booking=held.id, way="card")
    assert (await tab.state(StudentMentorship)).leave_to.startswith(sandbox.public_url)
    await tab.fire(StudentMentorship.let_go, booking=held.id)
    assert (await tab.state(StudentMentorship)).board.to_pay == []
    await tab.fire(StudentMentorship.pay, booking=str(soon.id), way="transfer")
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
