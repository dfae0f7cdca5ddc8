"""Money that bought nothing, and credit, in a browser: each choice on the receipt, and the checkout."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import MentorshipSession, Payment
from mentor_ui.services import bookings
from tests import catalogue
from tests.app_process import AppProcess
from tests.browser import JOBS_MS
from tests.pages.people import assert_sound, sign_up
from tests.services.test_credit import give_credit
from tests.world import make_person

PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
FREE_TIME = re.compile(r"^\d\d:\d\d$")


@dataclass(frozen=True)
class Shop:
    """A browser's student in front of an offering of ₦5,000."""

    page: Page
    app: AppProcess
    database: Database
    student: Actor
    offering_id: int

    def sound(self) -> None:
        """Nothing is wrong on a phone and on a desk."""
        for size in (DESK, PHONE):
            self.page.set_viewport_size(size)
            assert_sound(self.page)

    def hold(self) -> None:
        self.page.goto(f"{self.app.url}/mentorship/checkout/{self.offering_id}")
        self.page.get_by_role("button", name=FREE_TIME).nth(3).click()
        expect(self.page.get_by_text("We hold this time for you for")).to_be_visible()

    def go_to_paystack(self) -> str:
        """Hold a time, open Paystack's page, and return the reference."""
        self.hold()
        self.page.get_by_role("button", name=re.compile("^Pay ₦.* with Paystack$")).click()
        self.page.wait_for_url("**/sandbox/paystack/checkout/**")
        return self.payment().reference

    def payment(self) -> Payment:
        with self.database.reading() as session:
            return session.exec(
                select(Payment)
                .where(Payment.student_id == self.student.person_id)
                .order_by(col(Payment.id).desc())
            ).first() or pytest.fail("there is no payment")

    def settle(self, reference: str, **changes: object) -> None:
        settled = self.page.request.post(
            f"{self.app.sandbox_url}/control/paystack/settle/{reference}",
            data={"status": "success", **changes},
        )
        assert settled.ok, settled.text()

    def pay_late(self) -> str:
        """Let somebody else have the time before the money comes, and open the receipt."""
        reference = self.go_to_paystack()
        now = datetime.now(UTC)
        rival = make_person(self.database, Role.STUDENT, name="Bola Ojo")
        with self.database.transaction() as session:
            booking = session.get_one(MentorshipSession, self.payment().session_id)
            booking.hold_expires_at = now - timedelta(seconds=1)
            starts_at = booking.starts_at or now
            session.flush()
            bookings.hold(
                session,
                rival,
                offering_id=self.offering_id,
                starts_at=starts_at,
                price_seen_kobo=500_000,
                now=now,
            )
        self.settle(reference)
        self.open_receipt(reference)
        expect(self.page.get_by_role("heading", name="Your money is here and safe")).to_be_visible()
        return reference

    def open_receipt(self, reference: str) -> None:
        self.page.goto(f"{self.app.url}/mentorship/verify-payment?reference={reference}")


@pytest.fixture
def shop(page: Page, demo_app: AppProcess, database: Database) -> Shop:
    """A student of the test's own, in front of a tutor of the test's own."""
    tutor = sign_up(page, demo_app, database, "Ngozi", Role.TUTOR)
    with database.transaction() as session:
        offering_id = catalogue.offering(session, tutor, "Late and short", now=datetime.now(UTC))
    student = sign_up(page, demo_app, database, "Tobi")
    return Shop(page, demo_app, database, student, offering_id)


def test_late_money_books_another_time(shop: Shop, browser: Browser) -> None:
    reference = shop.pay_late()
    page = shop.page
    expect(page.get_by_role("heading", name="What should happen with your ₦5,000?")).to_be_visible()
    visitor = browser.new_page()
    visitor.goto(f"{shop.app.url}/mentorship/verify-payment?reference={reference}")
    expect(visitor.get_by_text("Only the person who paid can choose.")).to_be_visible()
    expect(visitor.get_by_role("link", name="Sign in").last).to_have_attribute(
        "href", re.compile("^/login\\?next=%2Fmentorship%2Fverify-payment")
    )
    expect(visitor.get_by_text("Tobi")).to_have_count(0)
    assert_sound(visitor)
    visitor.context.close()
    shop.sound()
    times = page.get_by_role("group", name="Free times").get_by_role("button")
    expect(times).to_have_count(6)
    page.get_by_role("button", name="More times").click()
    expect(times).to_have_count(24)
    times.nth(4).click()
    expect(times.nth(4)).to_have_attribute("aria-pressed", "true")
    shop.sound()
    page.get_by_role("button", name=re.compile("^Book .* with your ₦5,000$")).click()
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible()
    shop.sound()


def test_late_money_becomes_credit_that_pays_for_another_session(shop: Shop) -> None:
    shop.pay_late()
    page = shop.page
    page.goto(f"{shop.app.url}/student/mentorship")
    expect(page.get_by_text("You have ₦5,000 that has booked nothing yet")).to_be_visible()
    shop.sound()
    page.get_by_role("link", name="Choose", exact=True).click()
    page.get_by_role("button", name="Keep ₦5,000 as credit").click()
    expect(page.get_by_role("heading", name="Kept as your credit")).to_be_visible()
    expect(page.get_by_role("button", name="Send ₦5,000 back instead")).to_be_visible()
    shop.sound()
    page.get_by_role("link", name="Find a time").click()
    page.get_by_role("button", name=FREE_TIME).nth(7).click()
    expect(page.get_by_text("We hold this time for you for")).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("^Use my ₦5,000 credit")).check()
    pay = page.get_by_role("button", name="Pay ₦5,000 with your credit")
    expect(pay).to_be_visible()
    shop.sound()
    pay.click()
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible()
    shop.sound()
    page.goto(f"{shop.app.url}/student/mentorship")
    page.get_by_text("Your credit").click()
    expect(page.get_by_role("link", name="Paid with credit: Late and short")).to_be_visible()
    shop.sound()


def test_late_money_goes_back(shop: Shop) -> None:
    shop.pay_late()
    page = shop.page
    page.get_by_role("button", name="Send ₦5,000 back").click()
    expect(page.get_by_role("heading", name="Your money is on its way back")).to_be_visible()
    shop.sound()
    expect(page.get_by_role("heading", name="Your money is back")).to_be_visible(timeout=JOBS_MS)
    shop.sound()


def test_too_little_is_topped_up(shop: Shop) -> None:
    reference = shop.go_to_paystack()
    shop.settle(reference, amount=400_000)
    shop.open_receipt(reference)
    page = shop.page
    expect(page.get_by_role("heading", name="Pay what is missing")).to_be_visible()
    shop.sound()
    page.get_by_role("button", name="Pay ₦1,000 with Paystack").click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    shop.open_receipt(reference)
    expect(page.get_by_role("heading", name="Part of it is paid")).to_be_visible()
    shop.sound()
    page.get_by_role("button", name="Pay ₦1,000 with Paystack").click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    page.get_by_role("button", name=re.compile("^Pay ₦")).click()
    page.wait_for_url("**/mentorship/verify-payment?**")
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible()
    shop.sound()


def test_credit_pays_a_part_and_paystack_the_rest(shop: Shop) -> None:
    give_credit(shop.database, shop.student, 200_000)
    page = shop.page
    shop.hold()
    page.get_by_role("checkbox", name=re.compile("^Use my ₦2,000 credit")).check()
    pay = page.get_by_role("button", name="Pay ₦3,000 with Paystack")
    expect(pay).to_be_visible()
    shop.sound()
    pay.click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    page.get_by_role("button", name=re.compile("^Pay ₦")).click()
    page.wait_for_url("**/mentorship/verify-payment?**")
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible()
    for words in ("₦5,000", "₦2,000", "₦3,000"):
        expect(page.get_by_text(words, exact=True)).to_be_visible()
    shop.sound()


@pytest.mark.parametrize(
    ("button", "heading"),
    [("Fail payment", "The payment did not go through"), ("Abandon", "Not paid yet")],
)
def test_what_was_not_paid_never_looks_lost(shop: Shop, button: str, heading: str) -> None:
    shop.go_to_paystack()
    page = shop.page
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/mentorship/verify-payment?**")
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_role("button", name="I was debited")).to_be_visible()
    shop.sound()
