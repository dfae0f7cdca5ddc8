"""A tutor lists, changes and deletes offerings in a browser, and sees a booking come in."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from mentor_ui.db.engine import Database
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.money import split_price
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import Course, MentorshipSession
from mentor_ui.services import earnings, ledger, ledger_lines, notifications
from tests.app_process import AppProcess
from tests.catalogue import booking, student
from tests.pages.people import assert_sound, sign_up


def add_course(database: Database, tutor: Actor, title: str) -> None:
    owner = tutor.person_id
    with database.transaction() as session:
        session.add(Course(slug=f"course-of-{owner}", title=title, tutor_id=owner, creator_id=owner))


def row_of(page: Page, title: str) -> Locator:
    return page.locator(".card").filter(has=page.get_by_role("heading", name=title, exact=True))


def create(page: Page, title: str, price: str, course: str = "") -> None:
    page.get_by_role("button", name="Create New Offering").click()
    page.get_by_label("Title", exact=True).fill(title)
    if course:
        page.get_by_label("Course", exact=True).select_option(label=course)
    page.get_by_label("Price", exact=True).fill(price)
    page.get_by_role("button", name="Create offering", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_tutor_lists_changes_and_deletes_offerings(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    tutor = sign_up(page, demo_app, database, "Yetunde", Role.TUTOR)
    add_course(database, tutor, "Queues in Practice")
    page.goto(f"{demo_app.url}/tutor/mentorship")
    page.get_by_role("link", name="Create Offering").click()
    expect(page).to_have_url(f"{demo_app.url}/tutor/mentorship/schedule")
    expect(page.get_by_text("You have no offerings yet")).to_be_visible()
    assert_sound(page)

    page.get_by_role("button", name="Create New Offering").click()
    page.get_by_label("Price", exact=True).fill("5000")
    expect(page.get_by_text("You receive ₦3,500 (70%).")).to_be_visible()
    page.get_by_label("Course", exact=True).select_option(label="Queues in Practice")
    expect(page.get_by_text("will see this offering on their completion page")).to_be_visible()
    page.get_by_role("button", name="Create offering", exact=True).click()
    expect(page.get_by_text("Give the session a title")).to_be_visible()
    expect(page.get_by_label("Price", exact=True)).to_have_value("5000")
    assert_sound(page)
    page.get_by_label("Title", exact=True).fill("Queues, one to one")
    page.get_by_role("button", name="Create offering", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_text("“Queues, one to one” is live. Students can book it now.")).to_be_visible()
    linked = row_of(page, "Queues, one to one")
    expect(linked).to_contain_text("60 min")
    expect(linked).to_contain_text("₦5,000")

    create(page, "Career hour", "7,500.50")
    expect(page.get_by_role("heading", name="Linked to courses")).to_be_visible()
    expect(page.get_by_role("heading", name="Standalone")).to_be_visible()
    alone = row_of(page, "Career hour")
    alone.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("heading", name="Edit offering")).to_be_visible()
    expect(page.get_by_label("Price", exact=True)).to_have_value("7,500.50")
    expect(page.get_by_text("You receive ₦5,250.35 (70%).")).to_be_visible()
    page.get_by_label("Duration", exact=True).select_option("90")
    page.get_by_role("button", name="Save changes").click()
    expect(alone).to_contain_text("90 min")
    alone.get_by_role("button", name="Hide").click()
    expect(alone.get_by_text("Hidden")).to_be_visible()
    assert_sound(page)

    alone.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("Career hour")
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(alone).to_be_visible()
    alone.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(alone).to_be_hidden()
    expect(page.get_by_role("heading", name="Standalone")).to_be_hidden()
    linked.get_by_role("link", name="View details").click()
    page.wait_for_url(f"{demo_app.url}/mentorship/offering/*")


def test_the_form_opens_and_counts_without_the_server(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    sign_up(page, demo_app, database, "Ireti", Role.TUTOR)
    page.goto(f"{demo_app.url}/tutor/mentorship/schedule")
    expect(page.get_by_text("You have no offerings yet")).to_be_visible()
    page.context.set_offline(offline=True)
    page.get_by_role("button", name="Create New Offering").click()
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.get_by_label("Price", exact=True).fill("12,500")
    expect(page.get_by_text("You receive ₦8,750 (70%).")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_booked_offering_is_not_deleted_and_its_booking_appears_by_itself(
    page: Page, demo_app: AppProcess, database: Database
) -> None:
    tutor = sign_up(page, demo_app, database, "Kemi", Role.TUTOR)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{demo_app.url}/tutor/mentorship/schedule")
    create(page, "Kemi's clinic", "5000")
    details = row_of(page, "Kemi's clinic").get_by_role("link", name="View details").get_attribute("href")
    assert details is not None
    offering_id = parse_id(details.rpartition("/")[2])
    assert offering_id is not None

    page.goto(f"{demo_app.url}/tutor/mentorship")
    expect(page.get_by_text("No session is booked yet")).to_be_visible()
    starts_at = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    with database.transaction() as session:
        row = booking(session, student(session, "Bisi Ojo"), offering_id, starts_at)
        row.join_token = f"join-{offering_id}"
        now, split = datetime.now(UTC), split_price(row.price_kobo, 30)
        lines = ledger_lines.sale_lines(
            paid_kobo=row.price_kobo,
            price_kobo=row.price_kobo,
            fee_kobo=0,
            split=split,
            tutor_id=tutor.person_id,
        )
        ledger.post(session, lines, idempotency_key=f"sale-{row.id}", kind="sale", session_id=row.id, now=now)
        earnings.keep(session, row, share_kobo=split.tutor_kobo, payment_id=None, now=now)
        notifications.tell(
            session, tutor.person_id, key=f"booked-{row.id}", kind="booked", title="New session booked"
        )
        booked_id = row.id
    expect(page.get_by_role("link", name="Kemi's clinic", exact=True)).to_be_visible()
    expect(page.get_by_role("tab", name="Upcoming 1")).to_be_visible()
    expect(page.get_by_role("heading", name="Kemi's clinic with Bisi Ojo")).to_be_visible()
    expect(page.get_by_role("link", name="Join on Zoom")).to_have_attribute("href", f"/j/join-{offering_id}")
    assert_sound(page)
    page.get_by_role("tab", name="Completed").click()
    expect(page.get_by_text("No session is over yet")).to_be_visible()

    page.goto(f"{demo_app.url}/tutor/mentorship/schedule")
    clinic = row_of(page, "Kemi's clinic")
    expect(clinic).to_contain_text("₦3,500")
    clinic.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("cannot be deleted now")).to_be_visible()
    assert_sound(page)
    page.get_by_role("button", name="Hide it instead").click()
    expect(clinic.get_by_text("Hidden")).to_be_visible()
    with database.reading() as session:
        assert session.get(MentorshipSession, booked_id) is not None
