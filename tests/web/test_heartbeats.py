"""Signs of life of an open session page: of participants alone, at its time, one row a minute."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.models import AttendanceEvent, AttendanceKind
from mentor_ui.settings import get_settings
from mentor_ui.web.heartbeats import Heartbeats
from tests.booked import cookie_for, make_booking
from tests.web.conftest import HOST
from tests.world import make_pair, make_person

pytestmark = pytest.mark.anyio

SAME = {"sec-fetch-site": "same-origin", "origin": HOST}


@pytest.fixture
async def pages(joined: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=Heartbeats(get_settings()).routes()))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        yield client


def signed_in(database: Database, actor: Actor) -> dict[str, str]:
    return {**SAME, "cookie": f"{SESSION_COOKIE}={cookie_for(database, actor)}"}


def address(booking_id: object) -> str:
    return f"/api/mentorship/sessions/{booking_id}/heartbeat"


def beats(database: Database) -> list[int | None]:
    with database.reading() as session:
        return list(
            session.exec(
                select(AttendanceEvent.person_id).where(AttendanceEvent.kind == AttendanceKind.HEARTBEAT)
            )
        )


async def test_a_page_that_is_open_leaves_one_row_a_minute(
    pages: httpx.AsyncClient, joined: Database
) -> None:
    pair = make_pair(joined)
    booking = make_booking(joined, pair, datetime.now(UTC) - timedelta(minutes=3))
    for actor in (pair.tutor, pair.student):
        headers = signed_in(joined, actor)
        for _ in range(3):
            assert (await pages.post(address(booking.id), headers=headers)).status_code == 204
    # A minute may have ended in between.
    assert 2 <= len(beats(joined)) <= 4
    assert set(beats(joined)) == {pair.tutor.person_id, pair.student.person_id}


@pytest.mark.parametrize(
    ("minutes", "status"),
    [
        (20, SessionStatus.SCHEDULED),
        (-100, SessionStatus.COMPLETED),
        (0, SessionStatus.CANCELLED),
        (0, SessionStatus.HELD),
    ],
)
async def test_what_lies_outside_the_open_door_leaves_nothing(
    pages: httpx.AsyncClient, joined: Database, minutes: int, status: SessionStatus
) -> None:
    pair = make_pair(joined)
    booking = make_booking(joined, pair, datetime.now(UTC) + timedelta(minutes=minutes), status=status)
    assert (await pages.post(address(booking.id), headers=signed_in(joined, pair.tutor))).status_code == 204
    assert beats(joined) == []


async def test_nobody_else_leaves_a_sign(pages: httpx.AsyncClient, joined: Database) -> None:
    pair = make_pair(joined)
    booking = make_booking(joined, pair, datetime.now(UTC))
    stranger = signed_in(joined, make_person(joined, Role.STUDENT))
    mine = signed_in(joined, pair.student)
    other_site = {**mine, "sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    for headers, session_id, expected in (
        (SAME, booking.id, 401),
        (stranger, booking.id, 404),
        (stranger, pair.offering_id, 404),
        (mine, "none", 404),
        (other_site, booking.id, 403),
    ):
        assert (await pages.post(address(session_id), headers=headers)).status_code == expected
    assert (await pages.get(address(booking.id), headers=mine)).status_code == 405
    assert beats(joined) == []


async def test_a_flood_is_turned_away(pages: httpx.AsyncClient, joined: Database) -> None:
    pair = make_pair(joined)
    booking = make_booking(joined, pair, datetime.now(UTC))
    headers = signed_in(joined, pair.student)
    answers = [(await pages.post(address(booking.id), headers=headers)).status_code for _ in range(8)]
    assert answers == [204] * 6 + [429] * 2
