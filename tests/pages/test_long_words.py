"""Names and titles without a space, as people do type them, on a phone: nothing sticks out sideways."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from tests import catalogue
from tests.app_process import AppProcess
from tests.pages.people import assert_sound, sign_up

PHONE = {"width": 390, "height": 844}
TITLE = "Unbroken" + "T" * 110


def test_a_word_without_an_end_widens_no_page(page: Page, demo_app: AppProcess, database: Database) -> None:
    page.set_viewport_size(PHONE)
    tutor = sign_up(page, demo_app, database, "N" * 60, Role.TUTOR)
    with database.transaction() as session:
        offering = catalogue.offering(session, tutor, TITLE, now=datetime.now(UTC))
    for path in ("/tutor/mentorship/schedule", f"/mentorship/offering/{offering}", "/account"):
        page.goto(f"{demo_app.url}{path}")
        expect(page.get_by_text(TITLE[:20] if path != "/account" else "Save profile").first).to_be_visible()
        assert_sound(page)
    sign_up(page, demo_app, database, "M" * 60)
    for path in (f"/mentorship?mentor={'N' * 60}", f"/mentorship/checkout/{offering}"):
        page.goto(f"{demo_app.url}{path}")
        expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
        assert_sound(page)
