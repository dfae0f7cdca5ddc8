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
from mentor_ui.services import calendar_feeds
from mentor_ui.settings import get_settings
from mentor_ui.web.openapi import DOCUMENT
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


@pytest.fixture
def address(joined: Database) -> str:
    """The path of a student's feed with one session."""
    pair = make_pair(joined)
    make_booking(joined, pair, datetime.now(UTC) + timedelta(days=1))
    with joined.transaction() as session:
        token = calendar_feeds.make_address(
            session, pair.student, secret_key=get_settings().secret_key, now=datetime.now(UTC)
        )
    return f"/api/calendar/{token}.ics"


async def test_a_feed_needs_no_sign_in_and_is_for_its_reader_alone(
    visitor: httpx.AsyncClient, address: str
) -> None:
    answer = await visitor.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar; charset=utf-8")
    assert answer.headers["cache-control"].startswith("private")
    assert len(Calendar.from_ical(answer.content).events) == 1
    assert (await visitor.head(address)).headers["etag"] == answer.headers["etag"]


async def test_the_feed_answers_as_the_description_of_the_interface_says(
    visitor: httpx.AsyncClient, address: str
) -> None:
    responses = DOCUMENT["paths"]["/api/calendar/{token}.ics"]["get"]["responses"]
    answer = await visitor.get(address)
    again = await visitor.get(address, headers={"if-none-match": answer.headers["etag"]})
    wrong = await visitor.get("/api/calendar/abc.ics")
    assert {str(one.status_code) for one in (answer, again, wrong)} <= responses.keys()
    for one in (answer, wrong):
        media_type = one.headers["content-type"].partition(";")[0]
        assert media_type in responses[str(one.status_code)]["content"]


async def test_a_reader_who_has_it_already_gets_no_body(visitor: httpx.AsyncClient, address: str) -> None:
    etag = (await visitor.get(address)).headers["etag"]
    for known in (etag, f'"x", W/{etag}', "*"):
        again = await visitor.get(address, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    assert (await visitor.get(address, headers={"if-none-match": '"other"'})).status_code == 200


async def test_an_address_that_is_nobodys_is_not_found(visitor: httpx.AsyncClient, address: str) -> None:
    for wrong in (address.replace(".ics", "A.ics"), "/api/calendar/abc.ics", "/api/calendar/ọmọ.ics"):
        answer = await visitor.get(wrong)
        assert (answer.status_code, answer.json()["code"]) == (404, "feed_not_found")
        assert answer.headers["cache-control"] == "no-store"


async def test_misses_are_limited_and_keep_no_rightful_reader_out(
    visitor: httpx.AsyncClient, address: str
) -> None:
    seen = [(await visitor.get(f"/api/calendar/guess-{number}.ics")).status_code for number in range(61)]
    assert seen == [404] * 60 + [429]
    assert (await visitor.get(address)).status_code == 200


async def test_a_reader_who_asks_without_end_is_told_when_to_come_back(
    visitor: httpx.AsyncClient, address: str
) -> None:
    seen = [await visitor.get(address) for _ in range(121)]
    assert {answer.status_code for answer in seen[:120]} == {200}
    assert seen[120].status_code == 429
    assert 0 < int(seen[120].headers["retry-after"]) <= 3600
