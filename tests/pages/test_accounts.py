"""Signing up, in and out in a real browser, and pages that change by themselves."""

import re

from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.models import Person
from mentor_ui.services.notifications import tell
from tests.app_process import AppProcess

PASSWORD = "correct horse"


def sign_up(page: Page, url: str, name: str, role: str = "Student") -> str:
    """Make an account by hand and return its e-mail."""
    email = f"{name.lower()}@demo.test"
    page.goto(f"{url}/signup?next=/account")
    page.get_by_label(role).check()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{url}/account")
    return email


def test_a_person_signs_up_out_and_in_again(page: Page, demo_app: AppProcess) -> None:
    email = sign_up(page, demo_app.url, "Ngozi")
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(f"{demo_app.url}/")

    page.goto(f"{demo_app.url}/account")
    expect(page).to_have_url(f"{demo_app.url}/login?next=/account")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("wrong horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("E-mail and password do not match.")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value(email)
    assert "horse" not in page.url
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{demo_app.url}/account")


def test_the_forms_work_without_any_script(browser: Browser, demo_app: AppProcess) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo_app.url}/signup?next=/account%3Ftold=1")
    page.get_by_label("Tutor").check()
    page.get_by_label("Name").fill("Quiet")
    page.get_by_label("Email").fill("quiet@demo.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{demo_app.url}/account?told=1")
    assert any(cookie["name"] == "mentor_session" and cookie["httpOnly"] for cookie in context.cookies())
    context.close()


def test_a_profile_is_changed_and_told_to_the_header(page: Page, demo_app: AppProcess) -> None:
    sign_up(page, demo_app.url, "Emeka", "Tutor")
    page.get_by_label("Headline").fill("Writes compilers")
    page.get_by_label("Time zone").select_option("Africa/Nairobi")
    page.get_by_role("textbox", name="Name", exact=True).fill(" ")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("Tell us your name")).to_be_visible()
    expect(page.get_by_label("Headline")).to_have_value("Writes compilers")
    page.get_by_role("textbox", name="Name", exact=True).fill("Emeka Obi")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    expect(page.get_by_role("link", name="Africa/Nairobi")).to_be_visible()


def test_a_forgotten_password_is_chosen_anew_by_mail(page: Page, demo_app: AppProcess) -> None:
    email = sign_up(page, demo_app.url, "Folake")
    page.goto(f"{demo_app.url}/login/forgot")
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("a link is on its way")).to_be_visible()
    link = ""
    for _ in range(60):
        mails = page.request.get(f"{demo_app.url}/sandbox/mail.json?to={email}").text()
        if found := re.search(r"http://[^\s\"\\]+/login/reset\?token=[\w-]+", mails):
            link = found.group()
            break
        page.wait_for_timeout(250)
    assert link, "no mail came"
    page.goto(link)
    page.get_by_label("New password").fill("another horse")
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value(email)
    page.get_by_label("Password").fill("another horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("/login"))


def test_both_open_tabs_of_a_person_hear_of_a_message_and_nobody_else(
    browser: Browser, demo_app: AppProcess, database: Database
) -> None:
    contexts = [browser.new_context() for _ in range(3)]
    ada, bola, visitor = (context.new_page() for context in contexts)
    email = sign_up(ada, demo_app.url, "Adaeze")
    sign_up(bola, demo_app.url, "Bolanle")
    second = contexts[0].new_page()
    for page in (second, ada, bola, visitor):
        page.goto(f"{demo_app.url}/login/forgot")
        expect(page.get_by_role("button", name="Send the link")).to_be_visible()
    for page in (second, ada, bola):
        expect(page.get_by_role("button", name="Account menu")).to_be_visible()
    with database.transaction() as session:
        person = session.exec(select(Person).where(Person.email == email)).one()
        tell(session, person.id, key="live-1", kind="test", title="Your session is booked", link="/account")
    for page in (ada, second):
        expect(page.get_by_role("link", name="1 unread message")).to_be_visible()
    ada.get_by_role("link", name="1 unread message").click()
    expect(ada.get_by_text("Your session is booked")).to_be_visible()
    with database.transaction() as session:
        tell(session, person.id, key="live-2", kind="test", title="The room is ready")
    expect(ada.get_by_text("The room is ready")).to_be_visible()
    for page in (bola, visitor):
        expect(page.get_by_text("unread message")).to_have_count(0)
    for context in contexts:
        context.close()


def test_a_sign_out_elsewhere_closes_the_open_page(browser: Browser, demo_app: AppProcess) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_up(page, demo_app.url, "Tari")
    expect(page.get_by_role("button", name="Save profile")).to_be_visible()
    context.request.post(f"{demo_app.url}/api/auth/logout-everywhere", data={})
    page.get_by_role("button", name="Save profile").click()
    expect(page).to_have_url(f"{demo_app.url}/login?next=/account")
    page.go_back()
    expect(page.get_by_text("tari@demo.test")).to_have_count(0)
    context.close()
