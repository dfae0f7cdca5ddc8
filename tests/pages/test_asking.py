"""Asking first, in a browser: the student and the tutor each at a screen of their own."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, Payment, Person
from tests import catalogue
from tests.app_process import AppProcess
from tests.browser import JOBS_MS, PATIENCE_MS
from tests.pages.people import assert_sound, sign_up

NEW_YORK = "America/New_York"
PHONE = {"width": 390, "height": 844}
SLOT = re.compile(r"^\d\d:\d\d$")

LAST_SECONDS = 25
"""Of a hold, in which a page has to be loaded on a busy machine; less than the minute that is warned of."""

SignIn = Callable[[str, Role], tuple[Page, Actor]]


@pytest.fixture
def sign_in(browser: Browser, demo_app: AppProcess, database: Database) -> Iterator[SignIn]:
    """Opens a browser for a person of the test's own."""
    contexts: list[BrowserContext] = []

    def enter(name: str, role: Role) -> tuple[Page, Actor]:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        return page, sign_up(page, demo_app, database, name, role)

    yield enter
    for context in contexts:
        context.close()


def offer(database: Database, tutor: Actor, title: str, mode: BookingMode = BookingMode.REQUEST) -> int:
    with database.transaction() as session:
        offering = catalogue.offering(session, tutor, title, now=datetime.now(UTC))
        session.get_one(MentorshipSession, offering).booking_mode = mode
    return offering


def booking_of(database: Database, student: Actor) -> MentorshipSession:
    with database.reading() as session:
        return session.exec(
            select(MentorshipSession)
            .where(MentorshipSession.student_id == student.person_id, ~col(MentorshipSession.is_offering))
            .order_by(col(MentorshipSession.id).desc())
        ).first() or pytest.fail("nothing was booked or asked for")


def ask(page: Page, app: AppProcess, offering_id: int, message: str) -> str:
    """Ask for a time of next week and return its name."""
    page.goto(f"{app.url}/mentorship/checkout/{offering_id}")
    expect(page.get_by_role("heading", name="Pick a time")).to_be_visible()
    page.get_by_role("button", name="Later").click()
    expect(page.get_by_role("button", name="Earlier")).to_be_enabled()
    time = page.get_by_role("button", name=SLOT).nth(2)
    name = time.inner_text()
    time.click()
    expect(page.get_by_role("button", name=name, pressed=True)).to_be_visible()
    page.get_by_label("Message").fill(message)
    assert_sound(page)
    page.get_by_role("button", name="Ask for this time").click()
    expect(page.get_by_role("heading", name=re.compile("^You asked"))).to_be_visible()
    assert_sound(page)
    return name


def test_a_student_abroad_asks_the_tutor_says_yes_and_it_is_paid_and_booked(
    demo_app: AppProcess, database: Database, sign_in: SignIn
) -> None:
    at_tutors, tutor = sign_in("Bisola", Role.TUTOR)
    at_students, student = sign_in("Kemi", Role.STUDENT)
    with database.transaction() as session:
        session.get_one(Person, student.person_id).timezone = NEW_YORK
    offering = offer(database, tutor, "Asked from abroad")
    at_tutors.goto(f"{demo_app.url}/tutor/mentorship#approvals")
    expect(at_tutors.get_by_text("Nothing waits for your answer")).to_be_visible()
    name = ask(at_students, demo_app, offering, "I get stuck on hooks.")
    starts_at = booking_of(database, student).starts_at
    assert starts_at is not None
    assert name == starts_at.astimezone(ZoneInfo(NEW_YORK)).strftime("%H:%M")
    expect(at_students.get_by_text("(New York time)")).to_be_visible()

    # The tutor's page was open all the while, and nobody reloaded it.
    request = at_tutors.get_by_role("article").filter(has_text="Asked from abroad")
    expect(request).to_contain_text("I get stuck on hooks.")
    expect(request).to_contain_text("No session with you yet")
    expect(request).to_contain_text(starts_at.astimezone(ZoneInfo("Africa/Lagos")).strftime("%H:%M"))
    assert_sound(at_tutors)
    at_students.get_by_role("link", name="See your requests").click()
    expect(at_students.get_by_text("Bisola can answer until")).to_be_visible()
    assert_sound(at_students)
    request.get_by_role("button", name="Approve").click()
    expect(at_tutors.get_by_text("Approved. The time is kept until")).to_be_visible()
    # Nor did anybody reload the student's.
    at_students.get_by_role("tab", name="Ready to pay").click()
    expect(at_students.get_by_text("Bisola said yes.")).to_be_visible()
    expect(at_students.get_by_text(f"{name} –")).to_be_visible()  # noqa: RUF001 - an en dash
    assert_sound(at_students)
    at_students.get_by_role("button", name="Pay ₦5,000 with Paystack").click()
    at_students.wait_for_url("**/sandbox/paystack/checkout/**")
    at_students.get_by_role("button", name=re.compile("^Pay ₦")).click()
    expect(at_students.get_by_role("heading", name="Paid and booked")).to_be_visible()
    row = booking_of(database, student)
    assert (row.status, row.payment_status) == (SessionStatus.SCHEDULED, PaymentStatus.PAID)
    at_tutors.get_by_role("tab", name="Upcoming").click()
    expect(at_tutors.get_by_role("article").filter(has_text="Asked from abroad")).to_be_visible()


def test_a_tutor_declines_with_a_reason_and_the_student_reads_it(
    demo_app: AppProcess, database: Database, sign_in: SignIn
) -> None:
    at_tutors, tutor = sign_in("Chidi", Role.TUTOR)
    at_students, _ = sign_in("Lara", Role.STUDENT)
    offering = offer(database, tutor, "To be declined")
    ask(at_students, demo_app, offering, "Next week, please.")
    at_tutors.set_viewport_size(PHONE)
    at_tutors.goto(f"{demo_app.url}/tutor/mentorship#approvals")
    at_tutors.get_by_role("button", name="Decline").click()
    question = at_tutors.get_by_role("dialog")
    question.get_by_role("button", name="Decline").click()
    expect(question.get_by_text("Please say in a few words why.")).to_be_visible()
    question.get_by_label("Reason").fill("I travel that week.")
    assert_sound(at_tutors)
    question.get_by_role("button", name="Decline").click()
    expect(question).to_be_hidden()
    expect(at_tutors.get_by_text("Nothing waits for your answer")).to_be_visible()
    at_students.goto(f"{demo_app.url}/student/mentorship#declined")
    expect(at_students.get_by_text("Chidi wrote: “I travel that week.”")).to_be_visible()
    assert_sound(at_students)
    at_students.get_by_role("link", name="Choose another time").click()
    expect(at_students.get_by_role("heading", name="Pick a time")).to_be_visible()


def test_a_tutor_proposes_other_times_and_the_student_takes_one(
    demo_app: AppProcess, database: Database, sign_in: SignIn
) -> None:
    at_tutors, tutor = sign_in("Dami", Role.TUTOR)
    at_students, student = sign_in("Musa", Role.STUDENT)
    offering = offer(database, tutor, "Another time")
    ask(at_students, demo_app, offering, "Any evening.")
    at_tutors.goto(f"{demo_app.url}/tutor/mentorship#approvals")
    at_tutors.get_by_role("button", name="Propose other times").click()
    form = at_tutors.get_by_role("dialog")
    evening = (datetime.now(ZoneInfo("Africa/Lagos")) + timedelta(days=10)).replace(hour=21, minute=15)
    form.get_by_label("First time").fill(f"{evening:%Y-%m-%dT%H:%M}")
    form.get_by_label("Message").fill("Rather then?")
    assert_sound(at_tutors)
    form.get_by_role("button", name="Propose these times").click()
    expect(form).to_be_hidden()
    at_students.set_viewport_size(PHONE)
    at_students.goto(f"{demo_app.url}/student/mentorship#awaiting")
    expect(at_students.get_by_text("“Rather then?”")).to_be_visible()
    assert_sound(at_students)
    at_students.get_by_role("button", name=re.compile("^Take .*21:15")).click()
    expect(at_students.get_by_text("The time is kept for you.")).to_be_visible()
    at_students.get_by_role("tab", name="Ready to pay").click()
    expect(at_students.get_by_role("button", name="Pay ₦5,000 with Paystack")).to_be_visible()
    assert booking_of(database, student).status == SessionStatus.HELD


def test_asking_and_withdrawing_with_the_keyboard_alone_on_a_phone(
    demo_app: AppProcess, database: Database, sign_in: SignIn
) -> None:
    _, tutor = sign_in("Efe", Role.TUTOR)
    page, student = sign_in("Nneka", Role.STUDENT)
    offering = offer(database, tutor, "By keyboard", BookingMode.EITHER)
    page.set_viewport_size(PHONE)
    page.goto(f"{demo_app.url}/mentorship/checkout/{offering}")
    expect(page.get_by_role("radio", name="Book at once")).to_be_checked()
    page.get_by_role("radio", name="Book at once").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Ask first")).to_be_checked()
    later = page.get_by_role("button", name="Later")
    later.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Earlier")).to_be_enabled()
    page.get_by_role("button", name=SLOT).first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=SLOT, pressed=True)).to_be_visible()
    page.get_by_label("Message").focus()
    page.keyboard.type("May I ask?")
    assert_sound(page)
    page.get_by_role("button", name="Ask for this time").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You asked Efe")).to_be_visible()
    expect(page.get_by_role("main")).to_be_focused()
    page.get_by_role("link", name="See your requests").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Withdraw").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your request is withdrawn.")).to_be_visible()
    expect(page.get_by_text("Nothing awaits approval")).to_be_visible()
    assert_sound(page)
    assert booking_of(database, student).status == SessionStatus.CANCELLED


def test_a_bank_transfer_holds_the_time_longer_and_its_page_takes_nothing_else(
    demo_app: AppProcess, database: Database, sign_in: SignIn
) -> None:
    _, tutor = sign_in("Gbenga", Role.TUTOR)
    page, student = sign_in("Ijeoma", Role.STUDENT)
    offering = offer(database, tutor, "By transfer", BookingMode.INSTANT)
    page.set_viewport_size(PHONE)
    page.goto(f"{demo_app.url}/mentorship/checkout/{offering}")
    page.get_by_role("button", name=SLOT).nth(3).click()
    expect(page.get_by_text("We hold this time for you for")).to_be_visible()
    first = booking_of(database, student).hold_expires_at
    page.get_by_role("radio", name="Bank transfer").check()
    assert_sound(page)
    page.get_by_role("button", name=re.compile("^Pay ₦5,000 with")).click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    expect(page.get_by_role("radio")).to_have_count(0)
    longer = booking_of(database, student).hold_expires_at
    assert first is not None
    assert longer is not None
    assert timedelta(minutes=30) < longer - first < timedelta(minutes=40)
    page.get_by_role("button", name="Pay by transfer later").click()
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible(timeout=JOBS_MS)
    with database.reading() as session:
        payment = session.exec(select(Payment).where(Payment.student_id == student.person_id)).one()
    assert (payment.way, payment.channel) == ("transfer", "bank_transfer")


def test_the_last_minute_warns_and_the_end_offers_the_nearest_times(
    demo_app: AppProcess, database: Database, sign_in: SignIn
) -> None:
    _, tutor = sign_in("Habib", Role.TUTOR)
    page, student = sign_in("Ola", Role.STUDENT)
    offering = offer(database, tutor, "Running out", BookingMode.INSTANT)
    page.goto(f"{demo_app.url}/mentorship/checkout/{offering}")
    page.get_by_role("button", name=SLOT).nth(3).click()
    expect(page.get_by_text("We hold this time for you for")).to_be_visible()
    warning = page.get_by_text("Less than a minute is left.")
    expect(warning).to_be_hidden()
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, booking_of(database, student).id)
        row.hold_expires_at = datetime.now(UTC) + timedelta(seconds=LAST_SECONDS)
    page.reload()
    expect(warning).to_be_visible()
    expect(page.get_by_role("timer").first).to_contain_text("less than a minute left")
    assert_sound(page)
    expect(page.get_by_text("is no longer held for you. Nothing was charged.")).to_be_visible(timeout=JOBS_MS)
    expect(page.get_by_role("status").get_by_role("button")).to_have_count(3)
    assert_sound(page)
