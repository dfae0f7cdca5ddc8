"""A tutor links calendars in a browser: by an address, by an account, with all that can go wrong."""

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.models import BusyTime
from tests.app_process import AppProcess
from tests.pages.people import assert_sound, sign_up

PHONE = {"width": 390, "height": 844}


def control(app: AppProcess, method: str, path: str, **body: object) -> None:
    """Call the sandbox's control API."""
    reply = httpx.request(method, f"{app.sandbox_url}/control/{path}", json=body, trust_env=False)
    assert reply.is_success, reply.text


def card_of(page: Page, name: str) -> Locator:
    """Return the card of a linked calendar."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name, exact=True))


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 900}], ids=["390", "1280"])
def test_a_calendar_is_linked_by_its_address_with_the_keyboard_alone(
    page: Page, demo_app: AppProcess, database: Database, size: dict[str, int]
) -> None:
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    tutor = sign_up(page, demo_app, database, f"Links{size['width']}", Role.TUTOR)
    page.goto(f"{demo_app.url}/tutor/availability")
    page.get_by_role("link", name="Linked calendars").click()
    expect(page).to_have_url(f"{demo_app.url}/tutor/calendars")
    expect(page.get_by_text("No calendar is linked yet")).to_be_visible()
    assert_sound(page)

    address = page.get_by_label("Calendar address")
    address.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Paste the calendar's address here.")).to_be_visible()
    page.keyboard.type("http://192.168.0.1/calendar.ics")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Use an address that begins with https:// or webcal://.")).to_be_visible()
    expect(address).to_have_value("http://192.168.0.1/calendar.ics")
    control(demo_app, "PUT", "ics/page", body="<!doctype html><p>Sign in", content_type="text/html")
    address.fill(f"{demo_app.sandbox_url}/ics/page")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This address answers with a web page, not a calendar.")).to_be_visible()
    expect(address).to_have_attribute("aria-invalid", "true")
    assert_sound(page)
    page.get_by_text("Where do I find the address?").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Secret address in iCal format")).to_be_visible()

    address.fill(f"{demo_app.sandbox_url}/ics/demo.ics")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The calendar is linked.")).to_be_visible()
    card = card_of(page, "Tunde at home")
    expect(card).to_contain_text("Last looked into: Today")
    expect(page.get_by_label("Calendar address")).to_have_value("")
    assert_sound(page)
    with database.reading() as session:
        busy = session.exec(select(BusyTime).where(BusyTime.tutor_id == tutor.person_id)).all()
    assert len(busy) > 50

    control(demo_app, "POST", "faults", route="ics.get", kind="500_before", times=1)
    again = card.get_by_role("button", name="Look again now into Tunde at home")
    again.focus()
    page.keyboard.press("Enter")
    expect(card).to_contain_text("This address answers with an error (500).")
    expect(card).to_contain_text("go by what we saw last until then")
    expect(page.get_by_text("The calendar is linked.")).to_be_hidden()
    assert_sound(page)
    again.focus()
    page.keyboard.press("Enter")
    expect(card).not_to_contain_text("an error")

    card.get_by_role("button", name="Remove Tunde at home").focus()
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="Remove this calendar?")
    expect(question).to_contain_text("Tunde at home")
    question.evaluate("dialog => Promise.all(dialog.getAnimations().map((one) => one.finished))")
    assert_sound(page)
    question.get_by_role("button", name="Remove calendar").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("No calendar is linked yet")).to_be_visible()
    expect(question).to_be_hidden()


def test_an_account_is_connected_chosen_from_and_let_go(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    sign_up(page, demo_app, database, "Connects", Role.TUTOR)
    page.goto(f"{demo_app.url}/tutor/calendars")
    page.get_by_role("link", name="Connect Microsoft").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Nothing was connected, as access was not given.")).to_be_visible()

    page.get_by_role("link", name="Connect Google").click()
    expect(page.get_by_role("heading", name="Google")).to_be_visible()
    page.get_by_label("tutor@gmail.test").check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("The account is connected.")).to_be_visible()
    card = card_of(page, "tutor@gmail.test")
    expect(card.get_by_label("tutor@gmail.test", exact=True)).to_be_checked()
    expect(card.get_by_label("Family")).not_to_be_checked()
    assert_sound(page)
    card.get_by_label("Family").check()
    card.get_by_label("Write your sessions into").select_option(label="tutor@gmail.test")
    card.get_by_role("button", name="Save choice").click()
    expect(page.get_by_text("Your choice is saved.")).to_be_visible()
    page.reload()
    expect(card.get_by_label("Family")).to_be_checked()
    expect(card.get_by_label("Write your sessions into")).to_have_value("tutor@gmail.test")

    control(demo_app, "POST", "accounts/end-grants")
    card.get_by_role("button", name="Look again now").click()
    expect(card).to_contain_text("Google no longer lets us look into this account. Connect it again.")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert_sound(page)
    card.get_by_role("link", name="Connect again").click()
    page.get_by_role("button", name="Allow").click()
    expect(card).not_to_contain_text("Connect it again")
    expect(card.get_by_label("Family")).to_be_checked()
    card.get_by_role("button", name="Remove tutor@gmail.test").click()
    page.get_by_role("button", name="Remove calendar").click()
    expect(page.get_by_text("No calendar is linked yet")).to_be_visible()
