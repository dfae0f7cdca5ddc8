"""An address that leads nowhere, in a browser."""

from playwright.sync_api import Page, expect

from tests.app_process import AppProcess
from tests.pages.people import assert_sound


def test_an_unknown_address_is_answered_calmly(page: Page, demo_app: AppProcess) -> None:
    answer = page.goto(f"{demo_app.url}/no/such/page")
    assert answer
    assert answer.status == 404
    expect(page.get_by_text("There is no page at this address")).to_be_visible()
    expect(page).to_have_title("No such page · mentor")
    assert_sound(page)
    page.get_by_role("main").get_by_role("link", name="Find a mentor").click()
    expect(page).to_have_url(f"{demo_app.url}/mentorship")
