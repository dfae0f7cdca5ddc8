"""The operations page in a browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.app_process import AppProcess


def sign_in(page: Page, app: AppProcess, who: str) -> None:
    account = {"email": f"{who}@demo.test", "password": "mentor-demo"}
    answer = page.request.post(f"{app.url}/api/auth/login", data=account, headers={"Origin": app.url})
    assert answer.ok, answer.text()


def test_an_admin_sees_sessions_money_and_people(page: Page, demo_app: AppProcess) -> None:
    sign_in(page, demo_app, "admin")
    page.goto(f"{demo_app.url}/admin/mentorship")
    expect(page.get_by_role("tabpanel", name="Sessions")).to_contain_text("Tunde Bakare with")
    page.get_by_role("tab", name="Money").click()
    panel = page.get_by_role("tabpanel", name="Money")
    expect(panel).to_contain_text("Owed to tutors")
    expect(panel).to_contain_text("All accounts together add up to zero")
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("tab", name="People").click()
    page.get_by_label("Search by name or e-mail").fill("tutor@demo.test")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(f"{demo_app.url}/admin/mentorship?q=tutor%40demo.test#people")
    people = page.get_by_role("tabpanel", name="People")
    expect(people.get_by_role("heading")).to_have_text(["Tunde Bakare"])
    page.reload()
    expect(people.get_by_role("heading")).to_have_text(["Tunde Bakare"])
    expect(page.get_by_label("Search by name or e-mail")).to_have_value("tutor@demo.test")
    assert Axe().run(page).response["violations"] == []


def test_nobody_else_sees_them(page: Page, demo_app: AppProcess) -> None:
    page.goto(f"{demo_app.url}/admin/mentorship")
    expect(page).to_have_url(f"{demo_app.url}/login?next=/admin/mentorship")
    sign_in(page, demo_app, "tutor")
    page.goto(f"{demo_app.url}/admin/mentorship")
    expect(page.get_by_role("heading", name="Not open to your account")).to_be_visible()
    expect(page.get_by_text("Owed to tutors")).to_have_count(0)
