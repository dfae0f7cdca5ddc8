"""A student books in a browser: choose a time, pay at the sandbox, be booked, and enter the room."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.models import MentorshipSession
from tests import catalogue
from tests.app_process import AppProcess
from tests.booked import brought_near
from tests.browser import JOBS_MS
from tests.pages.people import sign_up

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def offering_ids(demo_app: AppProcess) -> Iterator[list[int]]:
    """Offerings that can be booked, each of another tutor."""
    database = Database(demo_app.database_url)
    with database.reading() as session:
        rows = session.exec(
            select(MentorshipSession.tutor_id, MentorshipSession.id)
            .where(
                col(MentorshipSession.is_offering),
                col(MentorshipSession.published),
                col(MentorshipSession.next_free_at) > datetime.now(UTC),
            )
            .order_by(col(MentorshipSession.id))
        ).all()
    yield list(dict(rows).values())
    database.dispose()


def open_checkout(page: Page, url: str, offering_id: int) -> None:
    """Come as a visitor, sign in on the way, and arrive at the free times."""
    page.goto(f"{url}/mentorship/checkout/{offering_id}")
    page.wait_for_url("**/login?next=**")
    page.get_by_label("Email").fill("student@demo.test")
    page.get_by_label("Password").fill("mentor-demo")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**/mentorship/checkout/{offering_id}")
    expect(page.get_by_role("heading", name="Pick a time")).to_be_visible()


def hold_a_time(page: Page) -> str:
    slot = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d$")).nth(3)
    name = slot.inner_text()
    slot.click()
    expect(page.get_by_text("We hold this time for you for")).to_be_visible()
    return name


def nothing_is_wrong(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or PHONE)["width"]


def test_a_student_books_pays_and_enters_the_room(
    page: Page, demo_app: AppProcess, offering_ids: list[int]
) -> None:
    open_checkout(page, demo_app.url, offering_ids[0])
    name = hold_a_time(page)
    nothing_is_wrong(page)
    page.reload()
    expect(page.get_by_role("button", name=name, pressed=True)).to_be_visible()
    page.set_viewport_size(PHONE)
    pay = page.get_by_role("button", name=re.compile(r"^Pay ₦[\d,]+ with Paystack$"))
    expect(pay).to_have_count(1)
    expect(pay).to_be_in_viewport()
    nothing_is_wrong(page)
    pay.click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    page.get_by_role("button", name=re.compile("^Pay ₦")).click()
    page.wait_for_url("**/mentorship/verify-payment?**")
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible(timeout=JOBS_MS)
    nothing_is_wrong(page)
    page.get_by_role("link", name="See your session").click()
    expect(page.get_by_text("The Zoom room is ready.")).to_be_visible(timeout=JOBS_MS)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_text("Add to calendar").click()
    expect(page.get_by_role("link", name="Google Calendar")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Other (.ics)").click()
    assert "BEGIN:VEVENT" in download.value.path().read_text()
    nothing_is_wrong(page)
    page.get_by_role("link", name="Back to your sessions").click()
    expect(page.get_by_text("Next session")).to_be_visible()
    expect(page.get_by_role("tab", name="Upcoming")).to_be_visible()
    nothing_is_wrong(page)
    join = page.get_by_role("link", name="Join on Zoom").first
    path = str(join.get_attribute("href"))
    assert "The room opens" in page.request.get(f"{demo_app.url}{path}", max_redirects=0).text()
    database = Database(demo_app.database_url)
    with brought_near(database, path.removeprefix("/j/")):
        answer = page.request.get(f"{demo_app.url}{path}", max_redirects=0)
    database.dispose()
    assert answer.status == 302
    assert "/zoom/j/" in answer.headers["location"]


def test_the_receipt_changes_by_itself_when_the_money_comes_later(
    page: Page, demo_app: AppProcess, offering_ids: list[int]
) -> None:
    open_checkout(page, demo_app.url, offering_ids[1])
    hold_a_time(page)
    page.get_by_role("button", name=re.compile("^Pay ₦")).click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    page.get_by_role("button", name="Abandon").click()
    page.wait_for_url("**/mentorship/verify-payment?**")
    expect(
        page.get_by_role("heading", name=re.compile("Not paid yet|not heard from your bank"))
    ).to_be_visible()
    nothing_is_wrong(page)
    reference = page.locator("code").inner_text()
    page.get_by_role("button", name="I was debited").click()
    expect(page.get_by_text("it has no payment from you yet")).to_be_visible()
    settled = page.request.post(
        f"{demo_app.sandbox_url}/control/paystack/settle/{reference}", data={"status": "success"}
    )
    assert settled.ok, settled.text()
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible(timeout=JOBS_MS)
    # Going back to the checkout does not lead away to Paystack once more.
    page.goto(f"{demo_app.url}/mentorship/checkout/{offering_ids[1]}")
    expect(page.get_by_role("heading", name="Pick a time")).to_be_visible()
    expect(page).to_have_url(f"{demo_app.url}/mentorship/checkout/{offering_ids[1]}")


def test_a_changed_price_is_said_where_a_phone_shows_it(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    tutor = sign_up(page, demo_app, database, "Modupe", Role.TUTOR)
    with database.transaction() as session:
        offering = catalogue.offering(session, tutor, "Dearer soon", now=datetime.now(UTC))
    sign_up(page, demo_app, database, "Tobi")
    page.set_viewport_size(PHONE)
    page.goto(f"{demo_app.url}/mentorship/checkout/{offering}")
    slot = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d$")).first
    expect(slot).to_be_visible()
    with database.transaction() as session:
        session.get_one(MentorshipSession, offering).price_kobo = 600_000
    slot.click()
    go_on = page.get_by_role("button", name=re.compile("^Hold .* at ₦6,000$"))
    expect(go_on).to_be_in_viewport()
    nothing_is_wrong(page)
    go_on.click()
    expect(page.get_by_role("button", name="Pay ₦6,000 with Paystack")).to_be_enabled()
