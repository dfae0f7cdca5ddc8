"""A package in a browser: a tutor offers it, a student buys it, uses it, and gives the rest back."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.services import ledger_proof
from mentor_ui.services.offerings import OfferingDraft, create
from tests.app_process import AppProcess
from tests.pages.people import assert_sound, sign_up

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def offering_id(page: Page, demo_app: AppProcess, database: Database) -> int:
    """An offering for ₦5,000 of a new tutor's, who is signed in."""
    tutor = sign_up(page, demo_app, database, "Kemi", Role.TUTOR)
    with database.transaction() as session:
        draft = OfferingDraft("React Mastery 1:1", 60, "5000")
        return int(create(session, tutor, draft=draft, now=datetime.now(UTC)).id)


def book_one(page: Page, url: str, offering_id: int, which: int) -> None:
    page.goto(f"{url}/mentorship/checkout/{offering_id}")
    expect(page.get_by_role("radio", name=re.compile("Use your package"))).to_be_checked()
    page.get_by_role("button", name=re.compile(r"^\d\d:\d\d$")).nth(which).click()
    expect(page.get_by_text("We hold this time for you for").first).to_be_visible()
    assert_sound(page)
    page.get_by_role("button", name="Book with your package").last.click()
    page.wait_for_url("**/mentorship/session/**")


def test_a_package_from_offering_to_giving_the_rest_back(
    page: Page, demo_app: AppProcess, database: Database, offering_id: int
) -> None:
    page.set_viewport_size(PHONE)
    url = demo_app.url
    page.goto(f"{url}/tutor/mentorship/schedule")
    page.get_by_role("button", name="Packages").click()
    dialog = page.get_by_role("dialog", name="Packages")
    expect(dialog.get_by_label("Days to use it")).to_have_value("180")
    dialog.get_by_label("Sessions").fill("3")
    dialog.get_by_label("Price of the package").fill("15,000")
    dialog.get_by_role("button", name="Offer package").click()
    expect(dialog.get_by_text("A package costs less than that.")).to_be_visible()
    dialog.get_by_label("Price of the package").fill("12,000")
    dialog.get_by_label("Days to use it").focus()
    expect(dialog.get_by_text("students save ₦3,000")).to_be_visible()
    assert_sound(page)
    dialog.get_by_role("button", name="Offer package").click()
    expect(dialog.get_by_text("You save ₦3,000")).to_be_visible()
    price = dialog.get_by_label("Price of the package")
    expect(price).to_have_value("")
    dialog.get_by_role("button", name="Change").click()
    expect(dialog.get_by_role("heading", name="Change this package")).to_be_visible()
    expect(price).to_have_value("12,000")
    expect(dialog.get_by_role("button", name="Done")).to_be_hidden()
    assert_sound(page)
    dialog.get_by_role("button", name="New package instead").click()
    expect(dialog.get_by_role("heading", name="New package")).to_be_visible()
    expect(price).to_have_value("")
    page.context.clear_cookies()
    sign_up(page, demo_app, database, "Ada")
    page.goto(f"{url}/mentorship/offering/{offering_id}")
    page.get_by_role("button", name="Buy 3 sessions for ₦12,000").click()
    buying = page.get_by_role("dialog", name="Buy a package")
    expect(buying.get_by_text("3 sessions for ₦12,000")).to_be_visible()
    assert_sound(page)
    buying.get_by_role("button", name="Pay ₦12,000 with Paystack").click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    page.get_by_role("button", name=re.compile("^Pay ₦")).click()
    page.wait_for_url("**/mentorship/verify-payment**")
    expect(page.get_by_role("heading", name="Your package is ready")).to_be_visible()
    assert_sound(page)
    page.get_by_role("link", name="Choose the first time").click()
    expect(page.get_by_role("heading", name="Pick a time")).to_be_visible()
    book_one(page, url, offering_id, 3)
    book_one(page, url, offering_id, 8)
    page.get_by_role("button", name="Cancel session").first.click()
    cancelling = page.get_by_role("dialog", name=re.compile("Cancel"))
    expect(cancelling.get_by_text("The session is back in your package")).to_be_visible()
    assert_sound(page)
    cancelling.get_by_role("button", name="Cancel the session").click()
    expect(page.get_by_text("counts as unused in your package again").first).to_be_visible()
    page.goto(f"{url}/student/mentorship#book")
    expect(page.get_by_text("2 of 3 left")).to_be_visible()
    assert_sound(page)
    page.get_by_role("button", name="Give the rest back").click()
    question = page.get_by_role("dialog", name="Give the rest back?")
    expect(
        question.get_by_text("You get ₦8,000 back the way it came, for the 2 unused sessions.")
    ).to_be_visible()
    assert_sound(page)
    question.get_by_role("button", name="Give it back").click()
    expect(page.get_by_text("₦8,000 goes back the way it came.")).to_be_visible()
    expect(page.get_by_text("2 of 3 left")).to_have_count(0)
    with database.reading() as session:
        assert ledger_proof.verify(session) == []
