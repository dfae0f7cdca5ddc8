"""The journey that the product is for, in a browser, against the running application and its sandbox."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    AccountKind,
    MentorshipSession,
    Payment,
    PaymentState,
    Person,
    Refund,
    RefundState,
)
from mentor_ui.services import bookings, claims, ledger, ledger_proof
from tests.app_process import AppProcess, start_app
from tests.booked import brought_near
from tests.browser import JOBS_MS, PATIENCE_MS
from tests.waiting import within
from tests.world import make_person

PASSWORD = "mentor-demo"
COURSE = "React from Zero to Production"
CARD = "Master this course with mentorship"
LINKED, ALONE = "Hooks, one to one", "Career hour with Tunde"

PAYSTACKS_PAY = re.compile(r"^Pay ₦")

SignIn = Callable[[str], Page]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """A demo of its own: this journey counts what it finds."""
    with start_app(tmp_path_factory.mktemp("journey")) as running:
        yield running


@pytest.fixture(scope="module")
def database(app: AppProcess) -> Iterator[Database]:
    opened = Database(app.database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sign_in(browser: Browser, app: AppProcess) -> Iterator[SignIn]:
    """Opens a browser of a demo person's own, signed in by hand."""
    contexts = []

    def enter(who: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{app.url}/login")
        page.get_by_label("Email").fill(f"{who}@demo.test")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield enter
    for context in contexts:
        context.close()


def row_of(page: Page, title: str) -> Locator:
    return page.get_by_role("article").filter(has_text=title)


def create_offering(page: Page, title: str, *, course: str = "", minutes: str = "60", price: str) -> None:
    page.get_by_role("button", name="Create New Offering").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Title").fill(title)
    if course:
        form.get_by_label("Course").select_option(label=course)
    form.get_by_label("Description").fill("Bring your own code.")
    form.get_by_label("Duration").select_option(minutes)
    form.get_by_label("Price").fill(price)
    expect(form).to_contain_text("70%")
    form.get_by_role("button", name="Create offering").click()
    expect(form).to_be_hidden()
    expect(row_of(page, title)).to_be_visible()


def choose_a_time(page: Page) -> str:
    """Take the first free time on the checkout page and return its name."""
    time = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d$")).first
    name = time.inner_text()
    time.click()
    expect(page.get_by_text("We hold this time for you")).to_be_visible()
    return name


def pay(page: Page, how: str | re.Pattern[str] = PAYSTACKS_PAY) -> None:
    """Go to Paystack's page and press one of its buttons."""
    page.get_by_role("button", name=re.compile(r"^Pay ₦[\d,]+ with Paystack$|^Go on paying$")).click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    page.get_by_role("button", name=how).click()
    page.wait_for_url("**/mentorship/verify-payment?**")


def latest_booking(database: Database) -> MentorshipSession:
    with database.reading() as session:
        return session.exec(
            select(MentorshipSession)
            .where(col(MentorshipSession.is_offering).is_(False))
            .order_by(col(MentorshipSession.id).desc())
        ).first() or pytest.fail("nothing was booked")


def person_id(database: Database, who: str) -> int:
    with database.reading() as session:
        return session.exec(select(Person.id).where(Person.email == f"{who}@demo.test")).one()


def meetings(app: AppProcess) -> list[dict[str, object]]:
    found: list[dict[str, object]] = httpx.get(f"{app.sandbox_url}/control/zoom/meetings").json()["meetings"]
    return [meeting for meeting in found if not meeting["is_deleted"]]


def mails(app: AppProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{app.sandbox_url}/mail.json").json()["messages"]
    return found


def told_of(app: AppProcess, booking: MentorshipSession) -> list[str]:
    """Return whom mails with the way into a session have reached."""
    link = f"/j/{booking.join_token}"
    return sorted(person for mail in mails(app) if link in mail["text"] for person in mail["to"])


def test_a_tutor_lists_and_deletes_offerings(sign_in: SignIn, app: AppProcess) -> None:
    page = sign_in("tutor")
    page.goto(f"{app.url}/tutor/mentorship")
    page.get_by_role("link", name="Create Offering").first.click()
    create_offering(page, LINKED, course=COURSE, price="6,000")
    create_offering(page, ALONE, minutes="30", price="3000")
    expect(page.get_by_role("region", name=re.compile("Linked to courses"))).to_contain_text(LINKED)
    expect(page.get_by_role("region", name=re.compile("Standalone"))).to_contain_text(ALONE)
    expect(row_of(page, LINKED)).to_contain_text("₦6,000")
    create_offering(page, "A mistake", price="2500")
    row_of(page, "A mistake").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(row_of(page, "A mistake")).to_have_count(0)
    row_of(page, LINKED).get_by_role("link", name="View details").click()
    expect(page.get_by_role("heading", name=LINKED)).to_be_visible()


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(sign_in: SignIn, app: AppProcess) -> None:
    page = sign_in("tutor")
    page.goto(f"{app.url}/tutor/mentorship/schedule")
    page.get_by_role("button", name="Create New Offering").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Title").fill("Too cheap")
    form.get_by_label("Price").fill("5")
    form.get_by_role("button", name="Create offering").click()
    expect(form.get_by_text("The lowest price is ₦500.")).to_be_visible()
    expect(form.get_by_label("Title")).to_have_value("Too cheap")


def test_the_api_suggests_the_offerings_of_a_course(
    sign_in: SignIn, app: AppProcess, database: Database
) -> None:
    with database.reading() as session:
        offering = session.exec(select(MentorshipSession).where(MentorshipSession.title == LINKED)).one()
    answer = httpx.get(f"{app.url}/api/mentorship/suggestions", params={"courseId": str(offering.course_id)})
    body = answer.json()
    assert answer.status_code == 200
    assert 3 <= body["total"] == len(body["suggestions"]) <= 5
    assert body["suggestions"][0] == {
        "id": str(offering.id),
        "title": LINKED,
        "description": "Bring your own code.",
        "duration": 60,
        "price": 6000,
        "tutor": body["suggestions"][0]["tutor"],
    }
    assert set(body["suggestions"][0]["tutor"]) == {"name", "avatar"}
    assert httpx.get(f"{app.url}/api/mentorship/suggestions").status_code == 400


def test_a_graduate_books_from_the_card_and_both_have_the_session(
    sign_in: SignIn, app: AppProcess, database: Database
) -> None:
    tutor, student = sign_in("tutor"), sign_in("student")
    tutor.goto(f"{app.url}/tutor/mentorship")
    student.goto(f"{app.url}/courses/react-from-zero-to-production/complete")
    expect(student.get_by_role("heading", name=CARD)).to_be_visible()
    card = student.get_by_role("listitem").filter(has_text=LINKED)
    expect(card).to_contain_text("₦6,000")
    card.get_by_role("link", name="Book").click()
    student.wait_for_url("**/mentorship/checkout/**")
    chosen = choose_a_time(student)
    pay(student)
    expect(student.get_by_role("heading", name="Paid and booked")).to_be_visible()

    booking = latest_booking(database)
    tutor_id = person_id(database, "tutor")
    assert (booking.is_offering, booking.title, booking.price_kobo) == (False, LINKED, 600_000)
    assert (booking.student_id, booking.tutor_id) == (person_id(database, "student"), tutor_id)
    assert booking.course_id is not None
    assert (booking.status, booking.payment_status) == (SessionStatus.SCHEDULED, PaymentStatus.PAID)
    with database.reading() as session:
        entries = ledger_proof.verify(session)
        assert entries == []

    # The tutor's page was open all the while, and nobody reloaded it.
    expect(row_of(tutor, LINKED).first).to_be_visible()
    for page, path in ((student, "/student/mentorship"), (tutor, "/tutor/mentorship")):
        page.goto(f"{app.url}{path}")
        expect(page.get_by_text(chosen).first).to_be_visible()
        expect(page.get_by_role("link", name="Join on Zoom").first).to_have_attribute(
            "href", re.compile(rf"/j/{re.escape(str(booking.join_token))}$")
        )
    both = ["student@demo.test", "tutor@demo.test"]
    assert within(JOBS_MS / 1000, lambda: len(told_of(app, booking)) >= len(both))
    assert told_of(app, booking) == both
    invited = [
        person
        for mail in mails(app)
        for file in mail["attachments"]
        if file["content_type"] == "text/calendar; charset=utf-8; method=REQUEST"
        for person in mail["to"]
    ]
    assert sorted(invited) == both
    assert within(JOBS_MS / 1000, lambda: latest_booking(database).zoom_meeting_id is not None)
    assert [str(meeting["id"]) for meeting in meetings(app)] == [latest_booking(database).zoom_meeting_id]

    link = f"{app.url}/j/{booking.join_token}"
    early = student.request.get(link, max_redirects=0)
    assert early.status == 200
    assert "The room opens" in early.text()
    with brought_near(database, str(booking.join_token)):
        joined = student.request.get(link, max_redirects=0)
        hosted = tutor.request.get(link, max_redirects=0)
    assert (joined.status, hosted.status) == (302, 302)
    assert "/zoom/j/" in joined.headers["location"]
    assert "/zoom/s/" in hosted.headers["location"]


def test_an_offering_with_a_booking_ahead_is_not_deleted_but_can_be_hidden(
    sign_in: SignIn, app: AppProcess
) -> None:
    page = sign_in("tutor")
    page.goto(f"{app.url}/tutor/mentorship/schedule")
    row_of(page, LINKED).get_by_role("button", name="Delete").click()
    question = page.get_by_role("dialog")
    question.get_by_role("button", name="Delete", exact=True).click()
    expect(question).to_contain_text("booked")
    question.get_by_role("button", name=re.compile("Hide")).click()
    expect(row_of(page, LINKED)).to_contain_text("Hidden")


def test_a_student_finds_an_offering_in_the_marketplace_and_books_it(
    sign_in: SignIn, app: AppProcess, database: Database
) -> None:
    page = sign_in("student")
    page.goto(f"{app.url}/mentorship?duration=30&maxPrice=3000&q=career")
    found = page.get_by_role("article").filter(has_text=ALONE)
    expect(found).to_be_visible()
    found.get_by_role("link", name="Book session").click()
    page.wait_for_url("**/mentorship/checkout/**")
    choose_a_time(page)
    pay(page)
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible()
    booking = latest_booking(database)
    assert (booking.title, booking.course_id, booking.payment_status) == (ALONE, None, PaymentStatus.PAID)


def offering_named(database: Database, title: str) -> int:
    with database.reading() as session:
        return session.exec(
            select(MentorshipSession.id).where(
                MentorshipSession.title == title, col(MentorshipSession.is_offering).is_(True)
            )
        ).one()


def test_a_failed_payment_books_nothing_and_can_be_tried_again(
    sign_in: SignIn, app: AppProcess, database: Database
) -> None:
    page = sign_in("student")
    page.goto(f"{app.url}/mentorship/checkout/{offering_named(database, ALONE)}")
    choose_a_time(page)
    pay(page, "Fail payment")
    expect(page.get_by_role("heading", name="The payment did not go through")).to_be_visible()
    assert latest_booking(database).status == SessionStatus.HELD
    pay(page)
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible()


def test_an_abandoned_payment_says_so_and_can_go_on(
    sign_in: SignIn, app: AppProcess, database: Database
) -> None:
    page = sign_in("student")
    page.goto(f"{app.url}/mentorship/checkout/{offering_named(database, ALONE)}")
    choose_a_time(page)
    pay(page, "Abandon")
    expect(page.get_by_role("heading", name="Not paid yet")).to_be_visible()
    assert latest_booking(database).payment_status == PaymentStatus.AWAITING
    pay(page)
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible()


def test_a_transfer_that_comes_later_changes_the_waiting_page_by_itself(
    sign_in: SignIn, app: AppProcess, database: Database
) -> None:
    page = sign_in("student")
    page.goto(f"{app.url}/mentorship/checkout/{offering_named(database, ALONE)}")
    choose_a_time(page)
    page.get_by_role("radio", name="Bank transfer").check()
    pay(page, "Pay by transfer later")
    expect(page.get_by_role("heading", name="We have not heard from your bank yet")).to_be_visible()
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible(timeout=JOBS_MS)


def test_money_for_a_time_that_is_gone_comes_back_and_the_page_says_so(
    sign_in: SignIn, app: AppProcess, database: Database
) -> None:
    page = sign_in("student")
    offering_id = offering_named(database, ALONE)
    page.goto(f"{app.url}/mentorship/checkout/{offering_id}")
    choose_a_time(page)
    page.get_by_role("button", name=re.compile("with Paystack$")).click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    booking = latest_booking(database)
    assert booking.starts_at is not None
    assert booking.hold_expires_at is not None
    rival = make_person(database, Role.STUDENT)
    with database.transaction() as session:
        # The hold runs out while the student is at the bank, and somebody else takes the time.
        claims.lapse(session, booking.id, booking.hold_expires_at)
        bookings.hold(
            session,
            rival,
            offering_id=offering_id,
            starts_at=booking.starts_at,
            price_seen_kobo=booking.price_kobo,
            now=datetime.now(UTC),
        )
    page.get_by_role("button", name=PAYSTACKS_PAY).click()
    page.wait_for_url("**/mentorship/verify-payment?**")
    back = page.get_by_role("button", name=re.compile("^Send ₦.* back$"))
    expect(back).to_be_visible()
    with database.reading() as session:
        payment = session.exec(select(Payment).where(Payment.session_id == booking.id)).one()
        assert payment.state == PaymentState.PAID_LATE
    back.click()
    expect(page.get_by_text(re.compile("returning|on its way back", re.IGNORECASE)).first).to_be_visible()
    expect(
        page.get_by_text(re.compile("arrived|has been returned|went back", re.IGNORECASE)).first
    ).to_be_visible(timeout=JOBS_MS)
    with database.reading() as session:
        refund = session.exec(select(Refund).where(Refund.payment_id == payment.id)).one()
        assert refund.state == RefundState.PROCESSED
        assert ledger_proof.verify(session) == []
        assert ledger.balance_kobo(session, AccountKind.REFUNDS, booking.student_id) == 0
