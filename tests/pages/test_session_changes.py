"""Plans change in a browser: moved, proposed anew, cancelled with the money followed, and ruled on."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.models import MentorshipSession, Person
from tests import catalogue
from tests.app_process import AppProcess
from tests.booked import cookie_for
from tests.browser import JOBS_MS
from tests.pages.paystack import at_paystack
from tests.pages.people import assert_sound, sign_up
from tests.paid import booking_in, books, buy, refunds_of
from tests.world import Pair

PHONE = {"width": 390, "height": 844}
A_TIME = re.compile(r"^\d\d:\d\d$")


def people(page: Page, app: AppProcess, database: Database, name: str, *, zone: str = "") -> Pair:
    """Two people who know nobody else, with an offering."""
    tutor = sign_up(page, app, database, f"Tutor{name}", Role.TUTOR)
    student = sign_up(page, app, database, f"Student{name}")
    with database.transaction() as session:
        offering_id = catalogue.offering(session, tutor, f"Session {name}", now=datetime.now(UTC))
        if zone:
            session.get_one(Person, student.person_id).timezone = zone
    return Pair(tutor, student, offering_id, 500_000)


def soon(hours: int) -> datetime:
    """A whole hour, a bit more than so many hours ahead."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours + 1)


def goes_back(to: str) -> re.Pattern[str]:
    """All of the money, which may have arrived by now."""
    return re.compile(rf"₦5,000 (is on its way back|went back) to {to}\.")


def come_as(page: Page, app: AppProcess, database: Database, actor: Actor) -> None:
    page.context.clear_cookies()
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": cookie_for(database, actor), "url": app.url}])


def see(page: Page, app: AppProcess, database: Database, actor: Actor, booking_id: int) -> None:
    come_as(page, app, database, actor)
    page.goto(f"{app.url}/mentorship/session/{booking_id}")


def times(page: Page) -> Locator:
    return page.get_by_role("group", name="Free times").get_by_role("button", name=A_TIME)


def tab_to(page: Page, name: str | re.Pattern[str]) -> None:
    """Press Tab until something of this name has the focus."""
    wanted = name if isinstance(name, re.Pattern) else re.compile(re.escape(name))
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText || ''")
        if wanted.search(focused.strip()):
            return
    pytest.fail(f"no way to {name} by keyboard")


def test_a_student_moves_a_session_by_keyboard_alone(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    pair = people(page, demo_app, database, "Moves", zone="Asia/Kathmandu")
    booking_id = buy(database, pair, soon(48), now=datetime.now(UTC))
    page.set_viewport_size(PHONE)
    see(page, demo_app, database, pair.student, booking_id)
    expect(page.get_by_text("You can move this session twice more, until ").first).to_be_visible()
    assert_sound(page)
    tab_to(page, "Reschedule")
    page.keyboard.press("Enter")
    expect(times(page).first).to_be_visible()
    expect(page.get_by_text("Times in Kathmandu (GMT+5:45)")).to_be_visible()
    assert_sound(page)
    # In a week's time it can be moved once more.
    tab_to(page, "Later")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"is shown\.$"))).to_be_attached()
    tab_to(page, A_TIME)
    page.keyboard.press("Enter")
    expect(times(page).first).to_have_attribute("aria-pressed", "true")
    tab_to(page, "Move to ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    # The first free time may be so near that it is the last move as well.
    then = re.compile("You can move this session once more, until |too near to move it")
    expect(page.get_by_text(then).first).to_be_visible()
    moved = booking_in(database, booking_id)
    assert (moved.revision, moved.reschedules) == (1, 1)
    assert moved.starts_at is not None
    local = moved.starts_at + timedelta(hours=5, minutes=45)
    expect(page.get_by_role("time")).to_contain_text(f"{local:%H:%M}")


def test_a_tutor_proposes_and_the_student_chooses(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    pair = people(page, demo_app, database, "Chooses")
    booking_id = buy(database, pair, soon(48), now=datetime.now(UTC))
    propose(page, demo_app, database, pair, booking_id)
    page.set_viewport_size(PHONE)
    see(page, demo_app, database, pair.student, booking_id)
    expect(page.get_by_text("TutorChooses proposes other times")).to_be_visible()
    expect(page.get_by_text("I am on a plane then.")).to_be_visible()
    assert_sound(page)
    page.get_by_role("button", name=re.compile("^Choose ")).nth(1).click()
    expect(page.get_by_text("TutorChooses proposes other times")).to_be_hidden()
    assert booking_in(database, booking_id).revision == 1


def propose(page: Page, app: AppProcess, database: Database, pair: Pair, booking_id: int) -> None:
    see(page, app, database, pair.tutor, booking_id)
    page.get_by_role("button", name="Propose other times").click()
    this_week = times(page).first.get_attribute("aria-describedby") or ""
    page.get_by_role("button", name="Later").click()
    expect(times(page).first).not_to_have_attribute("aria-describedby", this_week)
    for place in (0, 2):
        times(page).nth(place).click()
        expect(times(page).nth(place)).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Message").fill("I am on a plane then.")
    assert_sound(page)
    page.get_by_role("button", name="Propose these times").click()
    expect(page.get_by_text("You proposed other times")).to_be_visible()
    assert_sound(page)


def test_a_student_whom_no_time_suits_gets_a_full_refund(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    pair = people(page, demo_app, database, "Refuses")
    booking_id = buy(database, pair, soon(20), now=datetime.now(UTC))
    at_paystack(demo_app, database, booking_id)
    propose(page, demo_app, database, pair, booking_id)
    see(page, demo_app, database, pair.student, booking_id)
    page.get_by_role("button", name="Get a full refund").click()
    expect(page.get_by_text("you get ₦5,000 back in full")).to_be_visible()
    assert_sound(page)
    page.get_by_role("button", name="Cancel and get it back").click()
    expect(page.get_by_text(goes_back("you"))).to_be_visible()
    assert booking_in(database, booking_id).status == SessionStatus.CANCELLED


def test_a_student_pays_cancels_and_sees_the_half_arrive(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    pair = people(page, demo_app, database, "Cancels")
    come_as(page, demo_app, database, pair.student)
    page.goto(f"{demo_app.url}/mentorship/checkout/{pair.offering_id}")
    page.get_by_role("button", name=A_TIME).first.click()
    page.get_by_role("button", name=re.compile("^Pay ₦5,000")).click()
    page.wait_for_url("**/sandbox/paystack/checkout/**")
    page.get_by_role("button", name=re.compile("^Pay ₦")).click()
    expect(page.get_by_role("heading", name="Paid and booked")).to_be_visible(timeout=JOBS_MS)
    receipt = page.url
    with database.transaction() as session:
        booking = session.exec(
            select(MentorshipSession).where(
                MentorshipSession.student_id == pair.student.person_id, ~col(MentorshipSession.is_offering)
            )
        ).one()
        booking_id = booking.id
        booking.starts_at = soon(20)
        booking.ends_at = soon(21)
    page.set_viewport_size(PHONE)
    see(page, demo_app, database, pair.student, booking_id)
    page.get_by_role("button", name="Cancel session").click()
    half = re.compile(r"^You get ₦2,500 of ₦5,000 back, because it starts in (19|20) hours\.")
    expect(page.get_by_text(half)).to_be_visible()
    assert_sound(page)
    page.get_by_label("Reason").fill("I have to travel.")
    page.get_by_role("button", name="Cancel the session").click()
    expect(page.get_by_text("You cancelled this session on")).to_be_visible()
    expect(page.get_by_text("₦2,500 of ₦5,000 went back to you.")).to_be_visible(timeout=JOBS_MS)
    assert_sound(page)
    assert [refund.amount_kobo for refund in refunds_of(database, booking_id)] == [250_000]
    assert booking_in(database, booking_id).payment_status == PaymentStatus.PARTLY_REFUNDED
    found = books(database, pair)
    assert (found.tutor, found.owed_back) == (175_000, 0)
    page.goto(receipt)
    expect(page.get_by_text("₦2,500 of ₦5,000 went back the way it came")).to_be_visible()
    assert_sound(page)


def test_a_tutor_cancels_and_everything_goes_back(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    pair = people(page, demo_app, database, "Leaves")
    booking_id = buy(database, pair, soon(3), now=datetime.now(UTC))
    at_paystack(demo_app, database, booking_id)
    see(page, demo_app, database, pair.tutor, booking_id)
    page.get_by_role("button", name="Cancel session").click()
    expect(page.get_by_text("StudentLeaves gets ₦5,000 back in full; you receive nothing.")).to_be_visible()
    assert_sound(page)
    page.get_by_role("button", name="Cancel the session").click()
    expect(page.get_by_text(goes_back("StudentLeaves"))).to_be_visible()
    assert [refund.amount_kobo for refund in refunds_of(database, booking_id)] == [500_000]


def test_a_no_show_is_marked_contested_and_ruled_on(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    pair = people(page, demo_app, database, "Missed")
    booking_id = buy(database, pair, soon(48), now=datetime.now(UTC))
    at_paystack(demo_app, database, booking_id)
    begun = datetime.now(UTC) - timedelta(hours=2)
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        booking.starts_at, booking.ends_at = begun, begun + timedelta(hours=1)
        booking.status = SessionStatus.COMPLETED
    see(page, demo_app, database, pair.tutor, booking_id)
    expect(page.get_by_role("button", name="Mark no-show")).to_be_visible()
    assert_sound(page)
    page.get_by_role("button", name="Mark no-show").click()
    expect(page.get_by_text("You said that StudentMissed did not come.")).to_be_visible()
    page.set_viewport_size(PHONE)
    see(page, demo_app, database, pair.student, booking_id)
    expect(page.get_by_text("TutorMissed says that you did not come")).to_be_visible()
    page.get_by_role("button", name="Tell us what happened").click()
    page.get_by_label("What happened", exact=True).fill("Short.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Please say in a sentence what happened")).to_be_visible()
    expect(page.get_by_label("What happened", exact=True)).to_have_value("Short.")
    assert_sound(page)
    page.get_by_label("What happened", exact=True).fill("I was there the whole hour, and waited.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The student disagrees about this session.")).to_be_visible()
    with database.reading() as session:
        admin_id = session.exec(select(Person.id).where(Person.email == "admin@demo.test")).one()
    come_as(page, demo_app, database, Actor(admin_id, frozenset({Role.ADMIN})))
    page.goto(f"{demo_app.url}/admin/mentorship")
    page.get_by_role("tab", name="Contested").click()
    panel = page.get_by_role("tabpanel", name="Contested")
    case = panel.locator(".card").filter(has=page.get_by_text("TutorMissed with StudentMissed"))
    expect(case.get_by_text("I was there the whole hour, and waited.").first).to_be_visible()
    assert_sound(page)
    case.get_by_role("button", name="Refund the student").click()
    expect(
        page.get_by_text("The student gets ₦5,000 back in full; the tutor receives nothing.")
    ).to_be_visible()
    page.get_by_role("button", name="Decide so").click()
    expect(case).to_be_hidden()
    assert booking_in(database, booking_id).status == SessionStatus.CANCELLED
    see(page, demo_app, database, pair.student, booking_id)
    expect(page.get_by_text("We looked at it: the student gets all of the money back.")).to_be_visible()
    expect(page.get_by_text(goes_back("you"))).to_be_visible()
    assert_sound(page)
