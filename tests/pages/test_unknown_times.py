"""A tutor whose calendar cannot be read is not shown as full, and one who is full not as unknown."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, delete, update

from mentor_ui.db.engine import Database
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import CalendarKind, LinkedCalendar, WeeklyHours
from mentor_ui.services import availability
from tests import catalogue
from tests.app_process import AppProcess
from tests.browser import PATIENCE_MS
from tests.pages.people import assert_sound, sign_up

UNSEEN = "We cannot see this tutor's calendar right now."


def offered(database: Database, tutor: Actor, title: str) -> int:
    """Put up an offering."""
    with database.transaction() as session:
        return catalogue.offering(session, tutor, title, now=datetime.now(UTC))


def refresh(database: Database, tutor: Actor) -> None:
    """Work the next free time out anew, as every change does."""
    with database.transaction() as session:
        availability.refresh_next_free(session, tutor.person_id, datetime.now(UTC))


@pytest.mark.parametrize("width", [390, 1280])
def test_unknown_and_none_look_different_and_trying_again_helps(
    page: Page, demo_app: AppProcess, database: Database, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    word = f"Juggling{new_id()}"
    unseen = sign_up(page, demo_app, database, "Nneka", Role.TUTOR)
    full = sign_up(page, demo_app, database, "Femi", Role.TUTOR)
    number = offered(database, unseen, f"{word} by heart")
    offered(database, full, f"{word} at work")
    with database.transaction() as session:
        session.add(
            LinkedCalendar(tutor_id=unseen.person_id, kind=CalendarKind.ICS, name="Home", secret=word)
        )
        session.exec(delete(WeeklyHours).where(col(WeeklyHours.tutor_id) == full.person_id))
    refresh(database, unseen)
    refresh(database, full)
    sign_up(page, demo_app, database, "Ada")

    page.goto(f"{demo_app.url}/mentorship?q={word}")
    cards = page.get_by_role("article")
    expect(cards.filter(has_text="by heart")).to_contain_text("Times not known right now")
    expect(cards.filter(has_text="at work")).to_contain_text("No free time")
    assert_sound(page)

    page.goto(f"{demo_app.url}/mentorship/offering/{number}")
    expect(page.get_by_text(UNSEEN)).to_be_visible()
    expect(page.get_by_text("Nothing is free")).to_have_count(0)
    assert_sound(page)

    page.goto(f"{demo_app.url}/mentorship/checkout/{number}")
    expect(page.get_by_text(UNSEEN)).to_be_visible()
    expect(page.get_by_text("No free time")).to_have_count(0)
    assert_sound(page)
    again = page.get_by_role("button", name="Try again")
    again.click()
    expect(page.get_by_text(UNSEEN)).to_be_visible()
    with database.transaction() as session:
        session.exec(
            update(LinkedCalendar)
            .where(col(LinkedCalendar.tutor_id) == unseen.person_id)
            .values(succeeded_at=datetime.now(UTC))
        )
    free = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d$")).first
    # The first look may be on its way still; when it finds the times, there is nothing to press any more.
    for _ in range(PATIENCE_MS // 500):
        again.evaluate_all("found => found.forEach((one) => one.click())")
        if free.is_visible():
            break
        page.wait_for_timeout(500)
    expect(free).to_be_visible()
    expect(page.get_by_text(UNSEEN)).to_have_count(0)
