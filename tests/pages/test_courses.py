"""A student finishes a course in a browser, and the card for graduates does as it is told."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, select

from mentor_ui.components.completion_card import BRING_BACK, HEADING
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor
from mentor_ui.models import Course, Lesson, Person
from mentor_ui.services import courses, suggestions
from tests.app_process import AppProcess
from tests.browser import PATIENCE_MS
from tests.pages.people import assert_sound, sign_up

REACT = "react-from-zero-to-production"
PATIENCE_SECONDS = 30
NOTE_THE_CARD = """
  window.cardDrawn = false;
  const look = () => {
    const card = document.querySelector("put-away section");
    window.cardDrawn ||= Boolean(card?.checkVisibility({ visibilityProperty: true }));
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Another device."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def course_id(session: Session, slug: str) -> int:
    return session.exec(select(Course.id).where(Course.slug == slug)).one()


def finish(database: Database, student: Actor, slug: str) -> None:
    now = datetime.now(UTC)
    with database.transaction() as session:
        number = course_id(session, slug)
        courses.enrol(session, student, course_id=number, now=now)
        for lesson in session.exec(select(Lesson.id).where(Lesson.course_id == number)).all():
            courses.complete_lesson(session, student, lesson_id=lesson, now=now)


def wait_until_put_away(database: Database, student: Actor, *, away: bool) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with database.reading() as session:
            if suggestions.is_dismissed(session, student, course_id=course_id(session, REACT)) == away:
                return
        time.sleep(0.05)
    raise AssertionError("the server was not told")


def test_the_last_lesson_leads_to_mentorship_on_the_course(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    path = f"{demo_app.url}/courses/typescript-in-anger"
    page.goto(path)
    expect(page.get_by_role("link", name="Start course")).to_have_attribute(
        "href", "/login?next=/courses/typescript-in-anger"
    )
    sign_up(page, demo_app, database, "Damilola")
    page.goto(f"{demo_app.url}/courses")
    assert_sound(page)
    page.get_by_role("link", name="TypeScript in Anger").click()
    expect(page).to_have_url(path)
    page.get_by_role("button", name="Start course").click()
    expect(page.get_by_text("0 of 8 lessons done")).to_be_visible()
    assert_sound(page)
    complete = page.get_by_role("button", name="Complete", exact=True)
    for left in range(7, 0, -1):
        complete.first.click()
        expect(complete).to_have_count(left)
    expect(page.get_by_role("progressbar", name="Your progress")).to_have_attribute("value", "87")
    complete.click()

    expect(page).to_have_url(f"{path}/complete")
    expect(page.get_by_role("heading", name="You finished TypeScript in Anger")).to_be_visible()
    card = page.get_by_role("region", name=HEADING)
    expect(card.get_by_role("listitem").first).to_contain_text(re.compile(r"Tunde Bakare · \d+ min"))
    expect(card.get_by_role("link", name="Book").first).to_have_attribute(
        "href", re.compile(r"^/mentorship/checkout/\d+$")
    )
    expect(card.get_by_role("link", name="View all mentors")).to_have_attribute(
        "href", re.compile(r"^/mentorship\?courseId=\d+$")
    )
    assert_sound(page)


def test_the_card_goes_at_once_and_everywhere_and_comes_back(
    page: Page, phone: Page, demo_app: AppProcess, database: Database
) -> None:
    student = sign_up(page, demo_app, database, "Ebele")
    finish(database, student, REACT)
    phone.context.add_cookies(page.context.cookies())  # pyright: ignore[reportArgumentType]
    for device in (page, phone):
        device.add_init_script(NOTE_THE_CARD)
        device.goto(f"{demo_app.url}/courses/{REACT}/complete")
        expect(device.get_by_role("heading", name=HEADING)).to_be_visible()
    back = page.get_by_role("button", name=BRING_BACK)
    # Within one turn of the browser's loop, in which no server can answer.
    gone = page.evaluate(
        """() => {
          document.querySelector('[aria-label="Dismiss"]').click();
          return !document.querySelector("put-away section").checkVisibility();
        }"""
    )
    assert gone
    expect(back).to_be_focused()
    assert_sound(page)
    wait_until_put_away(database, student, away=True)

    phone.reload()
    expect(phone.get_by_role("button", name=BRING_BACK)).to_be_visible()
    assert not phone.evaluate("window.cardDrawn"), "the card was drawn before it was hidden"

    with database.transaction() as session:
        suggestions.restore(session, student, course_id=course_id(session, REACT))
    page.reload()
    expect(back).to_be_visible()
    assert not page.evaluate("window.cardDrawn"), "this device forgot, or the card was drawn first"

    back.click()
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    expect(page.get_by_role("button", name="Dismiss")).to_be_focused()
    page.get_by_role("button", name="Maybe later").click()
    expect(page.get_by_role("heading", name=HEADING)).to_be_hidden()
    wait_until_put_away(database, student, away=True)
    back.click()
    wait_until_put_away(database, student, away=False)
    phone.reload()
    expect(phone.get_by_role("heading", name=HEADING)).to_be_visible()
    assert_sound(phone)


def test_a_tutor_deletes_a_course_and_its_offerings_stand_alone(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    answer = page.request.post(
        f"{demo_app.url}/api/auth/login",
        data={"email": "tutor@demo.test", "password": "mentor-demo"},
        headers={"Origin": demo_app.url},
    )
    assert answer.ok, answer.text()
    with database.transaction() as session:
        tunde = session.exec(select(Person.id).where(Person.email == "tutor@demo.test")).one()
        session.add(Course(slug="short-lived", title="Short-lived", tutor_id=tunde, creator_id=tunde))
    page.goto(f"{demo_app.url}/courses/short-lived")
    page.get_by_role("button", name="Delete course").click()
    question = page.get_by_role("dialog", name="Delete this course?")
    expect(question).to_contain_text("Offerings linked to it stay and will stand alone")
    assert_sound(page)
    question.get_by_role("button", name="Delete this course").click()
    expect(page).to_have_url(f"{demo_app.url}/courses")
    expect(page.get_by_text("“Short-lived” is deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Short-lived")).to_have_count(0)
