"""A phone in a tunnel: what is pressed there is done once, and what has to open does."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.local_time import DEFAULT_ZONE, clock
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.models import MentorshipSession, Person, RoomKind
from tests import catalogue
from tests.app_process import AppProcess, start_app
from tests.booked import make_booking
from tests.browser import JOBS_MS, PATIENCE_MS
from tests.pages.people import PASSWORD, assert_sound, sign_up
from tests.world import Pair, make_offering

A_TIME = re.compile(r"^\d\d:\d\d$")
# A drawn page can be used before its scripts are there; what these tests are about, the scripts do.
TELL_LOADED = "document.addEventListener('mentor:loaded', () => document.documentElement.dataset.loaded = '')"

SESSIONS_KEPT = "() => caches.match('/sessions', {cacheName: 'mine'}).then((kept) => Boolean(kept))"
MARKET_KEPT = "() => caches.match('/mentorship').then((kept) => Boolean(kept))"


@pytest.fixture
def installable(browser: Browser) -> Iterator[Page]:
    """A tab that may have a service worker; the other tests' have none."""
    context = browser.new_context(service_workers="allow")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def wait_until(page: Page, question: str) -> None:
    """Ask a page until it says yes; Playwright's own waiting takes a promise for a yes."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(question):
        assert time.monotonic() < deadline, question
        page.wait_for_timeout(100)


@pytest.fixture(scope="module")
def app(demo_app: AppProcess) -> AppProcess:
    return demo_app


def open_page(page: Page, address: str) -> None:
    """Open a page and wait until its scripts have taken it over."""
    page.add_init_script(TELL_LOADED)
    page.goto(address)
    expect(page.locator("html[data-loaded]")).to_have_count(1)


def booked(page: Page, app: AppProcess, database: Database, names: tuple[str, str]) -> MentorshipSession:
    """Sign a student up and book a session that begins in a few minutes, in a room that is a page of ours."""
    tutor = sign_up(page, app, database, names[0], Role.TUTOR)
    student = sign_up(page, app, database, names[1])
    pair = Pair(tutor, student, make_offering(database, tutor), 500_000)
    soon = datetime.now(UTC) + timedelta(minutes=5)
    return make_booking(database, pair, soon, meeting_url=f"{app.url}/courses", room_kind=RoomKind.OWN)


def offerings_of(database: Database, tutor_id: int) -> int:
    mine = select(MentorshipSession).where(
        MentorshipSession.tutor_id == tutor_id, MentorshipSession.is_offering
    )
    with database.reading() as session:
        return len(session.exec(mine).all())


def test_a_press_made_offline_is_kept_and_done_once(page: Page, app: AppProcess, database: Database) -> None:
    tutor = sign_up(page, app, database, "Tunde", Role.TUTOR)
    make_offering(database, tutor)
    open_page(page, f"{app.url}/tutor/mentorship/schedule")
    duplicate = page.get_by_role("button", name="Duplicate").first
    expect(duplicate).to_be_enabled()
    page.context.set_offline(True)
    status = page.locator("connection-line")
    expect(status).to_contain_text("You are offline.")
    for _ in range(3):
        duplicate.click()
    expect(status).to_contain_text("“Duplicate” is kept")
    assert_sound(page)
    assert offerings_of(database, tutor.person_id) == 1
    page.context.set_offline(False)
    expect(page.get_by_text("is ready. It stays hidden until you publish it.").first).to_be_visible()
    expect(status).to_be_empty()
    assert offerings_of(database, tutor.person_id) == 2


def test_with_the_socket_dead_sessions_and_their_rooms_are_a_link_away(
    page: Page, app: AppProcess, database: Database
) -> None:
    booking = booked(page, app, database, ("Dayo", "Dora"))
    page.goto(f"{app.url}/student/mentorship")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.context.route_web_socket("**/_event/**", lambda _socket: None)
    page.goto(f"{app.url}/sessions")
    expect(page.get_by_role("heading", name=booking.title)).to_be_visible()
    expect(page.get_by_text("With Dayo")).to_be_visible()
    assert_sound(page)
    file = page.request.get(
        app.url + str(page.get_by_role("link", name="Add to calendar").get_attribute("href"))
    )
    assert file.text().startswith("BEGIN:VCALENDAR")
    page.get_by_role("link", name="Join").click()
    page.wait_for_url("**/courses")


def test_with_the_socket_dead_the_receipt_and_its_door_are_plain_pages(
    page: Page, app: AppProcess, database: Database
) -> None:
    tutor = sign_up(page, app, database, "Femi", Role.TUTOR)
    with database.transaction() as session:
        offering_id = catalogue.offering(session, tutor, "Fractions", now=datetime.now(UTC))
    student = sign_up(page, app, database, "Funke")
    page.goto(f"{app.url}/mentorship/checkout/{offering_id}")
    page.get_by_role("button", name=A_TIME).first.click()
    page.get_by_role("button", name=re.compile("^Pay ₦")).click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    page.get_by_role("button", name=re.compile("^Pay ₦")).click()
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible(timeout=JOBS_MS)
    page.context.route_web_socket("**/_event/**", lambda _socket: None)
    page.reload()
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Fractions").first).to_be_visible()
    assert_sound(page)
    with database.transaction() as session:
        booking = session.exec(
            select(MentorshipSession).where(
                MentorshipSession.student_id == student.person_id, ~col(MentorshipSession.is_offering)
            )
        ).one()
        token = booking.join_token
        booking.starts_at = datetime.now(UTC) + timedelta(minutes=5)
        booking.ends_at = datetime.now(UTC) + timedelta(minutes=65)
        booking.meeting_url = f"{app.url}/courses"
        booking.room_kind = RoomKind.OWN
    page.goto(f"{app.url}/j/{token}")
    page.wait_for_url("**/courses")


def test_a_visitor_is_asked_to_sign_in_for_the_plain_sessions(page: Page, app: AppProcess) -> None:
    page.goto(f"{app.url}/sessions")
    expect(page).to_have_url(f"{app.url}/login?next=/sessions")


def test_the_next_sessions_are_read_offline_by_whom_they_are_of(
    installable: Page, app: AppProcess, database: Database
) -> None:
    page = installable
    booking = booked(page, app, database, ("Olu", "Oma"))
    assert booking.starts_at is not None
    page.goto(f"{app.url}/student/mentorship")
    wait_until(page, SESSIONS_KEPT)
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name=booking.title)).to_be_visible()
    expect(page.get_by_text("With Olu")).to_be_visible()
    expect(page.get_by_text(clock(booking.starts_at, DEFAULT_ZONE))).to_be_visible()
    way_in = page.get_by_role("link", name="Join").get_attribute("href")
    assert way_in == f"/j/{booking.join_token}"
    expect(page.get_by_text("You are offline. This copy was saved on ")).to_be_visible()
    assert_sound(page)
    page.get_by_role("link", name="Join").click()
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    page.context.set_offline(False)
    page.goto(f"{app.url}/account")
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(f"{app.url}/")
    assert not page.evaluate(SESSIONS_KEPT)
    sign_up(page, app, database, "Obi")
    page.context.set_offline(True)
    page.goto(f"{app.url}/student/mentorship")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(page.get_by_text(booking.title)).to_have_count(0)


def test_somebody_else_who_signs_in_does_not_read_the_copy(
    installable: Page, app: AppProcess, database: Database
) -> None:
    page = installable
    sign_up(page, app, database, "Ode")
    with database.reading() as session:
        email = session.exec(
            select(Person.email).where(Person.name == "Ode").order_by(col(Person.id).desc())
        ).first()
    page.context.clear_cookies()
    booking = booked(page, app, database, ("Ora", "Oni"))
    page.goto(f"{app.url}/student/mentorship")
    wait_until(page, SESSIONS_KEPT)
    # The sign-in has ended without a word to this browser, as when it is ended from another.
    page.context.clear_cookies()
    page.goto(f"{app.url}/login?next=/student/mentorship")
    page.get_by_label("Email").fill(str(email))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/student/mentorship")
    page.context.set_offline(True)
    page.goto(f"{app.url}/sessions")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(booking.title)).to_have_count(0)


def test_offline_a_visited_page_opens_and_another_says_what_to_do(installable: Page, app: AppProcess) -> None:
    page = installable
    page.goto(f"{app.url}/mentorship")
    wait_until(page, MARKET_KEPT)
    page.context.set_offline(True)
    page.goto(f"{app.url}/courses")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    assert_sound(page)
    page.goto(f"{app.url}/mentorship")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="You are offline")).to_have_count(0)
    page.goto(f"{app.url}/courses")
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="You are offline")).to_have_count(0)
    assert page.url == f"{app.url}/courses"


def test_what_is_typed_and_sent_into_a_dying_server_is_still_there_with_the_next(
    page: Page, browser: Browser, tmp_path: Path
) -> None:
    desk = browser.new_context(service_workers="block").new_page()
    desk.set_default_timeout(PATIENCE_MS)
    with closing(desk.context), start_app(tmp_path) as own:
        database = Database(own.database_url)
        tutor = sign_up(desk, own, database, "Remi", Role.TUTOR)
        with database.transaction() as session:
            offering_id = catalogue.offering(session, tutor, "Recursion", now=datetime.now(UTC))
            session.get_one(MentorshipSession, offering_id).booking_mode = BookingMode.REQUEST
        sign_up(page, own, database, "Rita")
        database.dispose()
        desk.goto(f"{own.url}/tutor/mentorship/schedule")
        desk.get_by_role("button", name="Create New Offering").click()
        title = desk.get_by_label("Title")
        title.press_sequentially("Graphs")
        # Not a drawn page: it has its fields only once its scripts are there.
        page.goto(f"{own.url}/mentorship/checkout/{offering_id}")
        page.get_by_role("button", name=A_TIME).first.click()
        message, ask = page.get_by_label("Message"), page.get_by_role("button", name="Ask for this time")
        message.press_sequentially("Recursion")
        expect(ask).to_be_enabled()
        profile = page.context.new_page()
        profile.goto(f"{own.url}/account")
        name = profile.get_by_label("Name", exact=True)
        expect(name).to_have_value("Rita")
        own.kill()
        line = page.locator("connection-line")
        expect(line).to_contain_text("Connection lost. Trying again.")
        title.press_sequentially(" and trees")
        name.press("End")
        name.press_sequentially(" Obe")
        message.press_sequentially(", please.")
        ask.click()
        expect(line).to_contain_text("“Ask for this time” is kept")
        message.focus()
        own.start()
        expect(line).to_be_empty()
        # The new server knows nothing of the time that was chosen.
        expect(page.get_by_text("Choose a time").first).to_be_visible()
        expect(message).to_have_value("Recursion, please.")
        expect(message).to_be_focused()
        page.keyboard.type(" Today.")
        page.reload()
        expect(message).to_have_value("Recursion, please. Today.")
        for other in (profile, desk):
            expect(other.locator("connection-line")).to_be_empty()
        expect(name).to_have_value("Rita Obe")
        expect(title).to_have_value("Graphs and trees")
