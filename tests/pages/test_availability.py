"""A tutor sets hours, dates, rules and zones in a browser, on a phone and a desk, and by keyboard alone."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.slots import WeeklyRange
from mentor_ui.services import weekly_hours
from tests.app_process import AppProcess
from tests.catalogue import booking, offering, student
from tests.pages.people import assert_sound, sign_up

ENDS_ON_A_QUARTER = re.compile(r":[14]5$")
"""Half hours of Lagos in Kathmandu."""

WIDTHS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}


@pytest.fixture(params=WIDTHS)
def size(request: pytest.FixtureRequest, page: Page) -> str:
    page.set_viewport_size(WIDTHS[request.param])
    return request.param


def open_page(page: Page, app: AppProcess) -> None:
    page.goto(f"{app.url}/tutor/availability")
    expect(page.get_by_role("heading", name="Weekly hours")).to_be_visible()


def stored(database: Database, tutor: Actor) -> set[WeeklyRange]:
    with database.reading() as session:
        return set(weekly_hours.hours_sets(session, tutor)[0].ranges)


def monday_at(hour: int) -> datetime:
    now = datetime.now(ZoneInfo("Africa/Lagos"))
    monday = now + timedelta(days=7 - now.weekday())
    return monday.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC)


def test_hours_dates_and_rules_are_set_and_what_is_booked_is_shown(
    page: Page, demo_app: AppProcess, database: Database, size: str
) -> None:
    tutor = sign_up(page, demo_app, database, f"Dele{size}", Role.TUTOR)
    with database.transaction() as session:
        number = offering(session, tutor, "Queues at ease", now=datetime.now(UTC))
        booking(session, student(session, "Bisi Ojo"), number, monday_at(10))
    page.goto(f"{demo_app.url}/tutor/mentorship")
    page.get_by_role("main").get_by_role("link", name="Availability").click()
    expect(page).to_have_url(f"{demo_app.url}/tutor/availability")
    monday = page.get_by_role("group", name="Monday", exact=True)
    expect(monday.get_by_label("Monday, range 1, from")).to_have_value("09:00")
    assert_sound(page)

    monday.get_by_label("Monday, range 1, from").select_option("11:30")
    expect(
        page.get_by_text("1 booked session would lie outside these hours. It stays booked.")
    ).to_be_visible()
    page.get_by_role("group", name="Sunday").get_by_role("button", name="Add hours on Sunday").click()
    page.get_by_role("button", name="Copy Monday to other days").click()
    expect(page.get_by_role("dialog").get_by_label("Monday")).to_be_hidden()
    page.get_by_role("dialog").get_by_label("Saturday").check()
    assert_sound(page)
    page.get_by_role("dialog").get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("Saturday, range 1, from")).to_have_value("11:30")
    assert_sound(page)
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_text("Your hours are saved. What is booked stays booked.")).to_be_visible()
    expect(page.get_by_text("1 booked session lies outside your hours. It stays booked.")).to_be_visible()
    expect(page.get_by_role("link", name="Queues at ease with Bisi Ojo")).to_be_visible()
    assert stored(database, tutor) > {WeeklyRange(5, 690, 720), WeeklyRange(6, 540, 720)}

    rules = page.get_by_role("group", name="Rules: changes")
    expect(rules).to_be_hidden()
    page.get_by_label("Sessions a day").fill("many")
    rules.get_by_role("button", name="Save rules").click()
    expect(page.get_by_text("Write a number from 1 to 24, or leave it empty for no limit.")).to_be_visible()
    expect(page.get_by_label("Sessions a day")).to_have_value("many")
    assert_sound(page)
    page.get_by_label("Sessions a day").fill("3")
    page.get_by_label("Strict").check()
    expect(page.get_by_text("₦5,000 back up to 7 days before the start")).to_be_visible()
    rules.get_by_role("button", name="Save rules").click()
    expect(rules).to_be_hidden()
    # Far below the top of the page.
    expect(page.get_by_text("Your rules are saved.")).to_be_in_viewport()
    page.reload()
    expect(page.get_by_label("Sessions a day")).to_have_value("3")
    expect(page.get_by_label("Strict")).to_be_checked()

    page.get_by_role("button", name="Plan a stay").click()
    page.get_by_label("Where").select_option("Asia/Kathmandu")
    page.get_by_role("dialog").get_by_label("First day").fill(
        f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}"
    )
    assert_sound(page)
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("Kathmandu (GMT+5:45)").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert_sound(page)

    page.get_by_label("Seen from").select_option("Asia/Kathmandu")
    preview = page.get_by_role("region", name="What a student sees this week").or_(page.locator("#preview"))
    expect(preview.get_by_text("Kathmandu (GMT+5:45)").last).to_be_visible()
    expect(preview.locator("dd .badge").first).to_have_text(ENDS_ON_A_QUARTER)
    page.get_by_role("button", name="Week after").click()
    expect(page.get_by_role("heading", name="What a student sees", exact=True)).to_be_visible()


def test_a_range_and_days_away_are_added_by_keyboard_alone(
    page: Page, demo_app: AppProcess, database: Database, size: str
) -> None:
    tutor = sign_up(page, demo_app, database, f"Ronke{size}", Role.TUTOR)
    open_page(page, demo_app)
    keys = page.keyboard

    def tab_to(name: str, *, back: bool = False) -> None:
        for _ in range(80):
            keys.press("Shift+Tab" if back else "Tab")
            focused = page.evaluate(
                "(document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.innerText"
                " || document.activeElement.innerText || '').trim()"
            )
            if focused == name:
                return
        raise AssertionError(f"{name} is not reached by the keyboard")

    tab_to("Add hours on Wednesday")
    keys.press("Enter")
    expect(page.get_by_label("Wednesday, from")).to_be_visible()
    tab_to("Wednesday, from", back=True)
    keys.type("07")
    expect(page.get_by_label("Wednesday, from")).to_have_value("07:00")
    tab_to("Wednesday, to")
    keys.type("24")
    expect(page.get_by_label("Wednesday, to")).to_have_value("24:00")
    tab_to("Save hours")
    keys.press("Enter")
    expect(page.get_by_text("Your hours are saved. What is booked stays booked.")).to_be_visible()
    assert stored(database, tutor) == {WeeklyRange(2, 420, 1440)}

    tab_to("Add dates")
    keys.press("Enter")
    expect(page.get_by_label("What happens")).to_be_focused()
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).press("Enter")
    expect(page.get_by_text("Choose the first day.")).to_be_visible()
    page.get_by_label("What happens").focus()
    day = datetime.now(UTC) + timedelta(days=40)
    tab_to("First day")
    keys.type(f"{day:%m%d%Y}")
    expect(page.get_by_text("Choose the first day.")).to_be_hidden()
    tab_to("Note")
    keys.type("Wedding")
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Add dates")).to_be_focused()
    expect(page.get_by_text("Wedding")).to_be_visible()
    expect(page.get_by_text(f"{day:%a} {day.day} {day:%b %Y}", exact=True)).to_be_visible()
    tab_to(f"Remove {day:%a} {day.day} {day:%b %Y}")
    keys.press("Enter")
    expect(page.get_by_text("No dates. Your weekly hours hold every week.")).to_be_visible()
    assert_sound(page)


def test_changes_outlive_the_page_and_an_offering_departs_from_the_rules(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    page.set_viewport_size(WIDTHS["phone"])
    tutor = sign_up(page, demo_app, database, "Bukola", Role.TUTOR)
    with database.transaction() as session:
        offering(session, tutor, "Evening clinic", now=datetime.now(UTC))
    open_page(page, demo_app)
    page.get_by_role("button", name="Add hours on Sunday").click()
    page.get_by_label("Hours a week").fill("10")
    page.get_by_role("navigation", name="Places").get_by_role("link", name="Schedule").click()
    expect(page.get_by_role("heading", name="Your offerings")).to_be_visible()
    page.get_by_role("navigation", name="Places").get_by_role("link", name="Hours").click()
    expect(page.get_by_label("Sunday, from")).to_have_value("09:00")
    expect(page.get_by_label("Hours a week")).to_have_value("10")
    expect(page.get_by_text("Not saved yet")).to_have_count(2)
    page.get_by_role("group", name="Weekly hours: changes").get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Sunday, from")).to_be_hidden()

    page.get_by_role("button", name="Other hours").click()
    page.get_by_role("textbox", name="Name").fill("Late evenings")
    page.get_by_role("button", name="Add hours", exact=True).click()
    chosen = page.get_by_label("Which hours").locator("option:checked")
    expect(chosen).to_have_text("Late evenings")
    expect(page.get_by_role("button", name="Rename these hours")).to_be_visible()
    assert_sound(page)

    page.goto(f"{demo_app.url}/tutor/mentorship/schedule")
    page.get_by_role("button", name="Edit").click()
    page.get_by_text("Times and booking").click()
    page.get_by_label("How it is booked").select_option(label="Ask first")
    page.get_by_label("Hours", exact=True).select_option(label="Late evenings")
    page.get_by_label("Break after").select_option(label="30 minutes")
    assert_sound(page)
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("article").get_by_text("ask first")).to_be_visible()

    open_page(page, demo_app)
    page.get_by_label("Which hours").select_option(label="Late evenings")
    page.get_by_role("button", name="Delete these hours").click()
    expect(page.get_by_text("1 offering will follow your usual hours instead.")).to_be_visible()
    page.get_by_role("button", name="Delete hours").click()
    expect(page.get_by_label("Which hours")).to_be_hidden()
    expect(page.get_by_text("Their offerings follow your usual hours.")).to_be_visible()


def test_a_week_without_hours_says_so_and_offers_a_beginning(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    tutor = sign_up(page, demo_app, database, "Segun", Role.TUTOR)
    open_page(page, demo_app)
    expect(page.get_by_text("No hours, so nobody can book you")).to_be_visible()
    assert_sound(page)
    page.get_by_role("button", name="Fill in usual hours").click()
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_text("Your hours are saved.")).to_be_visible()
    assert len(stored(database, tutor)) == 11
