"""The way into a session in a real browser: waiting page, room panel, attendance."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import AttendanceEvent, AttendanceKind, MentorshipSession, RoomKind
from tests.app_process import AppProcess
from tests.booked import make_booking
from tests.browser import JOBS_MS
from tests.pages.people import assert_sound, sign_up
from tests.world import Pair, make_offering

OPENS_BEFORE = timedelta(minutes=15)


@pytest.fixture(scope="module")
def app(demo_app: AppProcess) -> AppProcess:
    return demo_app


@pytest.fixture
def student(browser: Browser) -> Iterator[Page]:
    """A second tab, of somebody else."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def booked(
    database: Database, app: AppProcess, tutor: Actor, student: Actor, starts_at: datetime
) -> MentorshipSession:
    """Book a session whose room is a page of ours, so that entering it needs no other site."""
    pair = Pair(tutor, student, make_offering(database, tutor), 500_000)
    return make_booking(database, pair, starts_at, meeting_url=f"{app.url}/courses", room_kind=RoomKind.OWN)


def seen(database: Database, booking: MentorshipSession, kind: AttendanceKind) -> list[int | None]:
    with database.reading() as session:
        return list(
            session.exec(
                select(AttendanceEvent.person_id).where(
                    AttendanceEvent.session_id == booking.id, AttendanceEvent.kind == kind
                )
            )
        )


def test_the_waiting_page_counts_down_and_opens_by_itself(
    page: Page, app: AppProcess, database: Database
) -> None:
    student = sign_up(page, app, database, "Wanda")
    tutor = sign_up(page, app, database, "Walter", Role.TUTOR)
    ahead = timedelta(minutes=20)
    booking = booked(database, app, tutor, student, datetime.now(UTC) + OPENS_BEFORE + ahead)
    page.clock.install()
    page.goto(f"{app.url}/j/{booking.join_token}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("The room opens")
    timer = page.get_by_role("timer")
    expect(timer).not_to_have_text(timer.inner_text())
    assert_sound(page)
    # Time passes for both: for the server, and for the page that is open.
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, booking.id)
        assert row.starts_at is not None
        row.starts_at -= ahead
    page.clock.fast_forward(int(ahead.total_seconds() * 1000))
    page.wait_for_url("**/courses")
    assert len(seen(database, booking, AttendanceKind.JOIN_CLICK)) == 2


def test_it_opens_without_any_script_too(
    browser: Browser, app: AppProcess, database: Database, page: Page
) -> None:
    student = sign_up(page, app, database, "Nora")
    tutor = sign_up(page, app, database, "Noah", Role.TUTOR)
    booking = booked(database, app, tutor, student, datetime.now(UTC) + OPENS_BEFORE + timedelta(seconds=20))
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{app.url}/j/{booking.join_token}")
    expect(plain.get_by_role("timer")).to_be_visible()
    plain.wait_for_url("**/courses", timeout=JOBS_MS)
    context.close()


def test_a_tutor_uses_a_link_of_their_own_and_both_see_who_came(
    page: Page, student: Page, app: AppProcess, database: Database
) -> None:
    learner = sign_up(student, app, database, "Sola")
    teacher = sign_up(page, app, database, "Tola", Role.TUTOR)
    booking = booked(database, app, teacher, learner, datetime.now(UTC) + timedelta(minutes=5))
    address = f"{app.url}/mentorship/session/{booking.id}"
    student.goto(address)
    expect(student.get_by_role("heading", name="The room")).to_be_visible()
    expect(student.get_by_role("button", name="Use another link")).to_have_count(0)
    page.goto(address)
    page.get_by_role("button", name="Use another link").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Link").fill("https://192.168.1.1/room")
    form.get_by_role("button", name="Use this link").click()
    expect(form.get_by_text("This address is on a private network.")).to_be_visible()
    expect(form.get_by_label("Link")).to_have_value("https://192.168.1.1/room")
    form.get_by_label("Link").fill("https://meet.example.org/tola")
    form.get_by_role("button", name="Use this link").click()
    expect(form).to_be_hidden()
    room = page.get_by_role("region", name="The room").or_(page.locator("section", has_text="The room"))
    expect(room.first).to_contain_text("A room at meet.example.org")
    # The student's page changes by itself.
    expect(student.get_by_text("A room at meet.example.org")).to_be_visible()
    expect(student.get_by_role("heading", name="Who came")).to_be_visible()
    expect(student.get_by_text("Tola chose another room for the session.")).to_be_visible()
    assert_sound(student)
    assert_sound(page)
    both = {learner.person_id, teacher.person_id}
    for _ in range(JOBS_MS // 200):
        if set(seen(database, booking, AttendanceKind.HEARTBEAT)) == both:
            break
        page.wait_for_timeout(200)
    assert set(seen(database, booking, AttendanceKind.HEARTBEAT)) == both
    page.get_by_role("button", name="Use Zoom again").click()
    expect(page.get_by_role("link", name="Join on Zoom")).to_be_visible(timeout=JOBS_MS)
    expect(page.get_by_text("The room is made and waits for you.", exact=False)).to_be_visible(
        timeout=JOBS_MS
    )
