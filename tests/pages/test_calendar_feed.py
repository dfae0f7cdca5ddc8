"""The account's calendar in a real browser: its address is made, copied, followed, changed and turned off."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import vobject
from playwright.sync_api import Browser, Page, expect

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from tests.app_process import AppProcess
from tests.booked import make_booking
from tests.pages.people import assert_sound, sign_up
from tests.world import Pair, make_offering, make_person

PHONE = {"width": 390, "height": 844}
ADDRESS = re.compile(r"/api/calendar/[\w-]{40}\.ics$")


def open_account(page: Page, app: AppProcess) -> None:
    page.goto(f"{app.url}/account")
    expect(page.get_by_role("heading", name="Your sessions in your calendar")).to_be_visible()


def test_a_feed_is_made_followed_changed_and_turned_off(
    browser: Browser, demo_app: AppProcess, database: Database
) -> None:
    context = browser.new_context(
        viewport=PHONE, permissions=["clipboard-read", "clipboard-write"], reduced_motion="reduce"
    )
    page = context.new_page()
    student = sign_up(page, demo_app, database, "Ifeoma")
    tutor = make_person(database, Role.TUTOR, name="Tunde Bakare")
    pair = Pair(tutor, student, make_offering(database, tutor, published=False), 500_000)
    starts_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    booking = make_booking(database, pair, starts_at)
    open_account(page, demo_app)
    assert_sound(page)

    page.get_by_role("button", name="Make an address").click()
    field = page.get_by_label("Private address")
    expect(field).to_have_value(ADDRESS)
    page.get_by_text("How to subscribe").click()
    assert_sound(page)
    first = field.input_value()
    page.get_by_role("button", name="Copy private address").click()
    expect(page.get_by_role("button", name="Copied private address")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == first
    expect(page.get_by_role("link", name="Open in calendar app")).to_have_attribute(
        "href", first.replace("http:", "webcal:")
    )
    answer = httpx.get(first, timeout=10)
    assert vobject.readOne(answer.text).vevent.uid.value == f"session-{booking.id}@mentor"
    known = {"if-none-match": answer.headers["etag"]}
    assert httpx.get(first, headers=known, timeout=10).status_code == 304
    assert answer.headers["cache-control"].startswith("private")

    page.get_by_role("button", name="Make a new address").click()
    question = page.get_by_role("dialog", name="Make a new address?")
    expect(question).to_be_visible()
    assert_sound(page)
    question.get_by_role("button", name="Keep it").click()
    expect(field).to_have_value(first)
    page.get_by_role("button", name="Make a new address").click()
    question.get_by_role("button", name="Make a new address").click()
    expect(page.get_by_text("The old one no longer works.")).to_be_visible()
    second = field.input_value()
    assert second != first
    assert [httpx.get(url, timeout=10).status_code for url in (first, second)] == [404, 200]
    page.reload()
    expect(field).to_have_value(second)

    page.get_by_role("button", name="Turn off").click()
    page.get_by_role("dialog").get_by_role("button", name="Turn off").click()
    expect(page.get_by_role("button", name="Make an address")).to_be_visible()
    assert httpx.get(second, timeout=10).status_code == 404
    context.close()


def test_it_works_by_keyboard_and_looks_sound_in_the_dark(
    browser: Browser, demo_app: AppProcess, database: Database
) -> None:
    context = browser.new_context(color_scheme="dark", reduced_motion="reduce")
    page = context.new_page()
    sign_up(page, demo_app, database, "Kelechi")
    open_account(page, demo_app)
    page.get_by_role("button", name="Make an address").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Private address")).to_have_value(ADDRESS)
    assert_sound(page)
    page.get_by_role("button", name="Turn off").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Turn the calendar off?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Turn the calendar off?")).to_be_hidden()
    expect(page.get_by_role("button", name="Turn off")).to_be_focused()
    context.close()
