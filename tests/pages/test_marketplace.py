"""Finding a session in a real browser: filters in the address, the phone's sheet, and what a visit weighs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from mentor_ui.front_end import STATIC_FOLDER
from mentor_ui.web.compression import brotli
from mentor_ui.web.well_squeezed import BEST
from tests.app_process import AppProcess
from tests.browser import PATIENCE_MS

COLD_BYTES = 158_500
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def cards(page: Page) -> int:
    return page.locator("#market-cards article").count()


def counted(page: Page) -> Locator:
    """The words above the cards that say how many there are."""
    return page.locator("section[aria-label=Sessions] > div [role=status]").first


def total(page: Page) -> str:
    return counted(page).inner_text()


def sign_in(page: Page, url: str, role: str) -> None:
    reply = page.request.post(
        f"{url}/api/auth/login",
        data={"email": f"{role}@demo.test", "password": "mentor-demo"},
        headers={"origin": url},
    )
    assert reply.ok, reply.text()


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_filters_combine_in_the_address_and_come_back(page: Page, demo_app: AppProcess) -> None:
    page.goto(f"{demo_app.url}/mentorship")
    expect(page.locator("#market-cards article").first).to_be_visible()
    everything = total(page)
    page.get_by_label("60 min").check()
    expect(page).to_have_url(re.compile(r"\?duration=60$"))
    page.get_by_label("90 min").check()
    page.get_by_label("Order").select_option(label="Price: low to high")
    expect(page).to_have_url(re.compile(r"\?duration=60&duration=90&sort=price$"))
    page.get_by_label("Search topic, mentor or course").press_sequentially("react", delay=20)
    expect(page).to_have_url(re.compile(r"\?q=react&duration=60&duration=90&sort=price$"))
    expect(page.get_by_role("link", name="Remove filter: “react”")).to_be_visible()
    found = total(page)

    page.reload()
    expect(page.get_by_role("link", name="Remove filter: 90 min")).to_be_visible()
    expect(counted(page)).to_have_text(found)
    expect(page.get_by_label("Search topic, mentor or course")).to_have_value("react")
    expect(page.get_by_label("90 min")).to_be_checked()
    expect(page.get_by_label("Order")).to_have_value("price")

    page.get_by_role("link", name="Remove filter: 60 min").click()
    expect(page.get_by_label("60 min")).not_to_be_checked()
    page.go_back()
    expect(page.get_by_label("60 min")).to_be_checked()
    page.go_forward()
    expect(page.get_by_label("60 min")).not_to_be_checked()
    page.get_by_role("link", name="Clear all").first.click()
    expect(page).to_have_url(f"{demo_app.url}/mentorship?sort=price")
    expect(page.get_by_label("Search topic, mentor or course")).to_have_value("")
    expect(page.get_by_text(everything, exact=True).first).to_be_visible()


def test_what_is_typed_is_one_step_back_and_survives_the_answer(page: Page, demo_app: AppProcess) -> None:
    page.goto(f"{demo_app.url}/mentorship?duration=60")
    search = page.get_by_label("Search topic, mentor or course")
    expect(page.get_by_role("link", name="Remove filter: 60 min")).to_be_visible()
    search.press_sequentially("react ", delay=20)
    expect(page).to_have_url(re.compile("q=react"))
    expect(page.get_by_role("link", name="Remove filter: “react”")).to_be_visible()
    expect(search).to_have_value("react ")
    search.press_sequentially("perf", delay=20)
    expect(page.get_by_role("link", name="Remove filter: “react perf”")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?duration=60$"))
    expect(search).to_have_value("")


def test_prices_mentors_and_courses_filter(page: Page, demo_app: AppProcess) -> None:
    sign_in(page, demo_app.url, "student")
    page.goto(f"{demo_app.url}/mentorship")
    completed, taking = page.get_by_label("Courses I completed"), page.get_by_label("Courses I'm taking")
    completed.check()
    expect(page.get_by_role("link", name="Remove filter: Courses I completed")).to_be_visible()
    taking.check()
    expect(completed).not_to_be_checked()
    expect(page).to_have_url(re.compile(r"\?mine=enrolled$"))
    taking.uncheck()
    expect(page).to_have_url(re.compile(r"/mentorship$"))
    page.get_by_label("Lowest price").fill("20,000")
    page.get_by_label("Highest price").fill("3000")
    page.get_by_label("Highest price").press("Enter")
    expect(page.get_by_label("Lowest price")).to_have_value("3000")
    expect(page.get_by_label("Highest price")).to_have_value("20000")
    page.get_by_label("Mentor", exact=True).fill("Tunde Bakare")
    expect(page.get_by_role("link", name="Remove filter: Tunde Bakare")).to_be_visible()
    page.get_by_label("Course", exact=True).locator("visible=true").select_option(
        label="React from Zero to Production"
    )
    expect(page.get_by_role("link", name="Remove filter: React from Zero to Production")).to_be_visible()
    assert set(query(page)) == {"minPrice", "maxPrice", "mentor", "courseId"}
    assert cards(page) >= 1
    expect(page.locator("#market-cards article").filter(has_not_text="Tunde Bakare")).to_have_count(0)


def test_more_is_appended_and_the_address_stays(page: Page, demo_app: AppProcess) -> None:
    page.goto(f"{demo_app.url}/mentorship")
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#market-cards article").nth(24)).to_be_visible()
    assert page.url == f"{demo_app.url}/mentorship"
    shown = cards(page)
    page.locator("#market-cards article h2 a").nth(24).click()
    expect(page.get_by_text("Your mentor")).to_be_visible()
    page.go_back()
    expect(page.locator("#market-cards article")).to_have_count(shown)


def test_nothing_found_says_which_filter_to_loosen(page: Page, demo_app: AppProcess) -> None:
    page.goto(f"{demo_app.url}/mentorship?duration=60&maxPrice=600")
    page.get_by_role("link", name="Remove Up to ₦600").click()
    expect(page).to_have_url(re.compile(r"\?duration=60$"))
    expect(page.locator("#market-cards article").first).to_be_visible()


def test_on_a_phone_the_filters_are_a_sheet(phone: Page, demo_app: AppProcess) -> None:
    phone.goto(f"{demo_app.url}/mentorship")
    expect(phone.locator("#market-cards article").first).to_be_visible()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    everything = total(phone)
    phone.get_by_role("button", name="Filters").click()
    sheet = phone.get_by_role("dialog", name="Filters")
    sheet.get_by_label("45 min").check()
    expect(phone).to_have_url(re.compile(r"\?duration=45$"))
    apply = sheet.get_by_role("button", name=re.compile(r"^Show \d+ sessions?$"))
    # The address changes before its answer is here.
    expect(counted(phone)).not_to_have_text(everything)
    expect(apply).to_have_text(f"Show {total(phone)}")
    apply.click()
    expect(sheet).to_be_hidden()
    phone.get_by_role("link", name="This week").click()
    expect(phone.get_by_role("button", name="Filters · 2")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.get_by_role("link", name="Remove filter: 45 min").click()
    expect(phone).to_have_url(re.compile(r"\?when=week$"))


def test_an_offering_leads_to_its_checkout(page: Page, demo_app: AppProcess) -> None:
    page.goto(f"{demo_app.url}/mentorship?q=react")
    title = page.locator("#market-cards article h2 a").first
    name = title.inner_text()
    title.click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    number = page.url.rsplit("/", 1)[1]
    book = page.get_by_role("link", name="Book session")
    expect(book).to_have_attribute("href", f"/mentorship/checkout/{number}")
    page.goto(f"{demo_app.url}/mentorship/offering/1")
    expect(page.get_by_text("This session is no longer offered")).to_be_visible()


def test_a_tutor_is_told_that_an_offering_is_their_own(page: Page, demo_app: AppProcess) -> None:
    page.goto(f"{demo_app.url}/mentorship?mentor=Tunde+Bakare")
    page.locator("#market-cards article h2 a").first.click()
    expect(page.get_by_text("Your mentor")).to_be_visible()
    address = page.url
    sign_in(page, demo_app.url, "tutor")
    page.goto(address)
    expect(page.get_by_text("This is your offering.")).to_be_visible()
    expect(page.get_by_role("link", name="Book session")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/mentorship?duration=60", "offering"])
def test_nothing_stands_in_the_way_of_anybody(
    page: Page, demo_app: AppProcess, path: str, theme: Literal["light", "dark"]
) -> None:
    # Without motion, or axe would measure colours on their way.
    page.emulate_media(reduced_motion="reduce", color_scheme=theme)
    page.goto(f"{demo_app.url}{'/mentorship' if path == 'offering' else path}")
    expect(page.locator("article").first).to_be_visible()
    if path == "offering":
        page.locator("article h2 a").first.click()
        expect(page.get_by_text("Your mentor")).to_be_visible()
    assert page.evaluate("document.documentElement.classList.contains('dark')") == (theme == "dark")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_without_scripts_the_form_is_still_one(browser: Browser, demo_app: AppProcess) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo_app.url}/mentorship")
    page.get_by_label("Search topic, mentor or course").fill("react")
    page.get_by_label("60 min").check()
    page.get_by_role("button", name="Show sessions").first.click()
    assert query(page) == {"q": ["react"], "duration": ["60"]}
    context.close()


def test_the_first_visit_is_light(page: Page, demo_app: AppProcess) -> None:
    wire = page.context.new_cdp_session(page)
    received: dict[str, float] = {}
    wire.on(
        "Network.loadingFinished",
        lambda event: received.update({event["requestId"]: event["encodedDataLength"]}),
    )
    wire.send("Network.enable")
    reply = page.goto(f"{demo_app.url}/mentorship", wait_until="networkidle")
    expect(page.locator("#market-cards article").first).to_be_visible()
    assert reply
    assert len(received) > 5
    # Nobody knows whether this one was squeezed at once or is one of the many that are squeezed well.
    squeezed_more = int(reply.headers["content-length"]) - len(brotli(reply.body(), BEST))
    assert sum(received.values()) - squeezed_more < COLD_BYTES, received


def test_cards_far_below_are_laid_out_once_somebody_comes_near(phone: Page, demo_app: AppProcess) -> None:
    phone.goto(f"{demo_app.url}/mentorship")
    found = phone.locator("#market-cards article")
    expect(found).to_have_count(24)
    is_laid_out = "(card) => card.checkVisibility({ contentVisibilityAuto: true })"
    assert found.first.evaluate(is_laid_out)
    assert not found.last.evaluate(is_laid_out)
    found.last.scroll_into_view_if_needed()
    phone.wait_for_function(is_laid_out, arg=found.last.element_handle())
    expect(found.last.get_by_role("link", name="Book session")).to_be_in_viewport()


def test_no_sheet_of_radix_themes_is_built(demo_app: AppProcess) -> None:
    assert demo_app.url
    sheets = list(Path(STATIC_FOLDER).rglob("*.css"))
    assert sheets
    for sheet in sheets:
        assert "rt-Button" not in sheet.read_text(encoding="utf-8"), sheet
        assert sheet.stat().st_size < 100_000, sheet
