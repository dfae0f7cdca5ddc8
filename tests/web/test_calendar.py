"""Calendar files, read back as a calendar would."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from icalendar import Calendar

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.models import MentorshipSession
from tests.booked import GUEST_URL, cookie_for, make_booking
from tests.web.conftest import HOST
from tests.world import make_pair, make_person

pytestmark = pytest.mark.anyio

STARTS_AT = datetime(2026, 11, 26, 10, tzinfo=UTC)


async def fetch(
    visitor: httpx.AsyncClient, database: Database, actor: Actor, session_id: str
) -> httpx.Response:
    cookie = f"{SESSION_COOKIE}={cookie_for(database, actor)}"
    return await visitor.get(f"/api/calendar/sessions/{session_id}.ics", headers={"cookie": cookie})


async def test_a_participant_gets_the_session_as_a_file(visitor: httpx.AsyncClient, joined: Database) -> None:
    pair = make_pair(joined)
    booking = make_booking(joined, pair, STARTS_AT, title="Reviews; loops, and “ends”")
    answer = await fetch(visitor, joined, pair.student, str(booking.id))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    (event,) = calendar.events
    assert event["uid"] == f"session-{booking.id}@mentor"
    assert event["sequence"] == 0
    assert event["status"] == "CONFIRMED"
    assert event.start == STARTS_AT
    assert event.end == STARTS_AT + timedelta(hours=1)
    assert event["summary"] == "Reviews; loops, and “ends” with Tunde Bakare"
    assert event["location"] == f"{HOST}/j/{booking.join_token}"
    assert GUEST_URL.encode() not in answer.content


async def test_a_moved_session_keeps_its_identifier_and_counts_on(
    visitor: httpx.AsyncClient, joined: Database
) -> None:
    pair = make_pair(joined)
    booking = make_booking(joined, pair, STARTS_AT)
    with joined.transaction() as session:
        moved = session.get_one(MentorshipSession, booking.id)
        moved.revision, moved.status = 2, SessionStatus.CANCELLED
    (event,) = Calendar.from_ical((await fetch(visitor, joined, pair.tutor, str(booking.id))).content).events
    assert (event["uid"], event["sequence"]) == (f"session-{booking.id}@mentor", 2)
    assert event["status"] == "CANCELLED"
    assert event["summary"].endswith("with Ada Obi")


async def test_nobody_else_gets_it(visitor: httpx.AsyncClient, joined: Database) -> None:
    booking = make_booking(joined, make_pair(joined), STARTS_AT)
    stranger = make_person(joined, Role.STUDENT)
    assert (await visitor.get(f"/api/calendar/sessions/{booking.id}.ics")).status_code == 401
    assert (await fetch(visitor, joined, stranger, str(booking.id))).status_code == 404
    assert (await fetch(visitor, joined, stranger, "not-a-number")).status_code == 404
