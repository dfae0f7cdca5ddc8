"""Two processes that serve and two that work, on PostgreSQL and Redis: what one loses another has."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from benchmarks import event_clients
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import MentorshipSession
from mentor_ui.pages.tutor.schedule import ScheduleState
from mentor_ui.services import accounts
from tests.app_process import AppProcess
from tests.crashes.test_killed_server import fault, paid_bookings, pay_for_one, wait_until_drained
from tests.many_processes import StartMany, end_at_once, serving, wait_until, workers
from tests.world import make_offering, make_person

CLIENTS = 200
TAPS = 2
DUPLICATE = f"{ScheduleState.get_full_name()}.duplicate"
SCHEDULE = "/tutor/mentorship/schedule"
LIGHT = "/login/forgot"
"""A page that loads nothing: it is the taps that are watched."""


@pytest.fixture(scope="module")
def app(start_many: StartMany, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    with start_many(tmp_path_factory.mktemp("many")) as running:
        yield running


@pytest.fixture
def database(app: AppProcess) -> Iterator[Database]:
    opened = Database(app.database_url)
    yield opened
    opened.dispose()


def signed_in(database: Database, actor: Actor) -> str:
    with database.transaction() as session:
        return accounts._open_session(session, actor.person_id, "a browser")


def test_two_serve_and_two_work(app: AppProcess) -> None:
    assert len(serving(app)) == 2
    assert len(workers(app)) == 2
    assert httpx.get(f"{app.url}/api/health").json()["checked"] == ["database", "redis"]


def test_a_killed_server_loses_no_click_of_200_clients(app: AppProcess, database: Database) -> None:
    tutors = [make_person(database, Role.TUTOR) for _ in range(CLIENTS)]
    offered = [make_offering(database, tutor, title="One to copy") for tutor in tutors]
    cookies = [signed_in(database, tutor) for tutor in tutors]

    async def tap_while_a_server_dies() -> list[event_clients.Page]:
        pages = [event_clients.Page(app.url, LIGHT, cookie=cookie) for cookie in cookies]
        await asyncio.gather(*(page.connect() for page in pages))
        for turn in range(TAPS):
            await asyncio.gather(
                *(
                    page.tap(DUPLICATE, {"offering_id": str(offering)})
                    for page, offering in zip(pages, offered, strict=True)
                )
            )
            if turn == 0:
                end_at_once(serving(app)[0])
        await asyncio.gather(*(page.all_heard() for page in pages))
        await asyncio.gather(*(page.close() for page in pages))
        return pages

    pages = asyncio.run(tap_while_a_server_dies())
    assert [page.renamed for page in pages] == [0] * CLIENTS, "no tab lost its state"
    with database.reading() as session:
        copies = Counter(
            session.exec(
                select(MentorshipSession.tutor_id).where(
                    col(MentorshipSession.tutor_id).in_([tutor.person_id for tutor in tutors]),
                    MentorshipSession.is_offering,
                    col(MentorshipSession.published).is_(False),
                )
            )
        )
    assert copies == {tutor.person_id: TAPS for tutor in tutors}
    wait_until(lambda: len(serving(app)) == 2, "the killed server was not replaced")


def test_what_arrives_twice_is_done_once(app: AppProcess, database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    offering = make_offering(database, tutor, title="One to copy")
    page = event_clients.Page(app.url, LIGHT, cookie=signed_in(database, tutor))

    async def send_twice() -> None:
        await page.connect()
        await page.tap(DUPLICATE, {"offering_id": str(offering)})
        sent = dict(page.unheard)
        await page.all_heard()
        # As if the word that it was worked on had been lost.
        page.unheard = sent
        await page._drop()
        await page.tap(DUPLICATE, {"offering_id": str(offering)})
        await page.all_heard()
        await page.close()

    asyncio.run(send_twice())
    with database.reading() as session:
        owned = session.exec(
            select(MentorshipSession.id).where(MentorshipSession.tutor_id == tutor.person_id)
        ).all()
    assert len(owned) == 3, "the offering and its two copies"


def test_servers_are_replaced_one_by_one_under_an_open_page(app: AppProcess, page: Page) -> None:
    before = serving(app)
    page.goto(f"{app.url}/login")
    page.get_by_role("button", name="Tutor", exact=True).click()
    page.wait_for_url("**/tutor/**")
    page.goto(f"{app.url}{SCHEDULE}")
    page.get_by_role("button", name="Create New Offering").click()
    page.get_by_label("Title").fill("Written before the restart")
    assert app.process
    os.kill(app.process.pid, signal.SIGHUP)
    wait_until(lambda: not set(before) & set(serving(app)), "the servers were not replaced")
    wait_until(lambda: len(serving(app)) == 2, "a server did not come back")
    expect(page.get_by_label("Title")).to_have_value("Written before the restart")
    page.get_by_label("Price", exact=True).fill("5000")
    page.get_by_role("button", name="Create offering", exact=True).click()
    expect(page.get_by_role("heading", name="Written before the restart")).to_be_visible()


def test_a_killed_worker_s_jobs_are_taken_over(app: AppProcess, database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    fault(app, "zoom.meetings.create", "500_after", 0.5)
    fault(app, "mail.send", "lost_reply", 0.5)
    for _ in range(3):
        # Another each time: a new hold with one tutor takes the place of the last, be it paid a moment ago.
        student = make_person(database, Role.STUDENT)
        pay_for_one(database, app, student, make_offering(database, tutor, duration_minutes=30))
        end_at_once(workers(app)[0])
        wait_until(lambda: workers(app), "no worker is left")
    httpx.delete(f"{app.sandbox_url}/control/faults", timeout=10).raise_for_status()
    wait_until_drained(database)
    booked = [booking for booking in paid_bookings(database) if booking.tutor_id == tutor.person_id]
    assert len(booked) == 3
    meetings = httpx.get(f"{app.sandbox_url}/control/zoom/meetings", timeout=10).json()["meetings"]
    made = [str(meeting["id"]) for meeting in meetings if not meeting["is_deleted"]]
    assert {booking.zoom_meeting_id for booking in booked} <= set(made)
    assert all(booking.starts_at and booking.starts_at > datetime.now(UTC) for booking in booked)
