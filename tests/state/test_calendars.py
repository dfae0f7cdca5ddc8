"""The page of linked calendars as its State fills it, without a browser."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import select

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate import Notice
from mentor_ui.models import CalendarKind, LinkedCalendar
from mentor_ui.pages.tutor.calendars_shown import CalendarRow, calendar_row
from mentor_ui.pages.tutor.calendars_state import CalendarsState
from mentor_ui.services.linked_calendars import Linked
from tests.application import settings_for
from tests.booked import cookie_for
from tests.calendar_accounts import calendars_of, connected
from tests.sandbox_process import SandboxProcess
from tests.services.conftest import sandbox
from tests.state.client import Tab, Tabs
from tests.world import make_person

__all__ = ["sandbox"]

pytestmark = pytest.mark.anyio

PAGE = "/tutor/calendars"
ACCOUNT = "state@gmail.test"


@pytest.fixture(autouse=True)
def settings(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, sandbox: SandboxProcess
) -> Iterator[None]:
    monkeypatch.setattr(resources, "_made", {})
    with settings_for(sqlite_database, monkeypatch, sandbox_port=str(sandbox.port)):
        yield
        resources.get_resources().calendars.close()
        sandbox.control("DELETE", "faults")


@pytest.fixture
def tutor(sqlite_database: Database) -> Actor:
    return make_person(sqlite_database, Role.TUTOR)


@pytest.fixture
async def tab(tabs: Tabs, sqlite_database: Database, tutor: Actor) -> Tab:
    opened = Tab(tabs, "calendars", cookie_for(sqlite_database, tutor))
    await opened.open(PAGE)
    return opened


def rows(database: Database) -> list[LinkedCalendar]:
    with database.reading() as session:
        return list(session.exec(select(LinkedCalendar)))


async def told(tab: Tab) -> tuple[str, bool]:
    notice = await tab.state(Notice)
    return notice.text, notice.trouble


async def test_an_address_is_tried_and_linked(
    tab: Tab, sandbox: SandboxProcess, sqlite_database: Database
) -> None:
    assert (await tab.state(CalendarsState)).google
    await tab.fire(CalendarsState.link, form={"address": f"{sandbox.base_url}/ics/none"})
    state = await tab.state(CalendarsState)
    assert "no calendar at this address" in state.errors.address
    assert not state.linking
    await tab.fire(CalendarsState.link, form={"address": f"{sandbox.base_url}/ics/demo.ics"})
    state = await tab.state(CalendarsState)
    assert [(row.name, row.kind, row.trouble) for row in state.calendars] == [
        ("Tunde at home", "By its address", "")
    ]
    assert state.errors.address == ""
    assert not tab.was_sent(rows(sqlite_database)[0].secret)
    for nothing in ({}, {"address": ["a"]}, {"address": "  "}):
        await tab.fire(CalendarsState.link, form=nothing)
        assert "Paste" in (await tab.state(CalendarsState)).errors.address


async def test_calendars_of_an_account_are_chosen(
    tab: Tab, sandbox: SandboxProcess, sqlite_database: Database, tutor: Actor
) -> None:
    tools = resources.get_resources()
    calendar_id = connected(tools, sandbox, tutor, CalendarKind.GOOGLE, ACCOUNT)
    family = calendars_of(sandbox, ACCOUNT)["Family"]
    form = {"calendar": str(calendar_id), f"reads:{family}": "on", "writes_to": ACCOUNT}
    await tab.fire(CalendarsState.choose, form=form)
    row = (await tab.state(CalendarsState)).calendars[0]
    assert [(offer.name, offer.reads) for offer in row.offers][:2] == [(ACCOUNT, False), ("Family", True)]
    assert row.writes_to == ACCOUNT
    assert (await told(tab))[0] == "Your choice is saved."
    for wrong in ({"reads:elsewhere": "on", "writes_to": "-"}, {"writes_to": "elsewhere"}):
        await tab.fire(CalendarsState.choose, form={"calendar": str(calendar_id), **wrong})
        errors = (await tab.state(CalendarsState)).errors
        assert errors.choice.startswith("Choose")
        assert errors.choice_of == str(calendar_id)
    assert rows(sqlite_database)[0].writes_to == ACCOUNT
    await tab.fire(CalendarsState.choose, form={"calendar": str(calendar_id), "writes_to": "-"})
    assert rows(sqlite_database)[0].writes_to == ""


async def test_calendars_of_others_are_not_found(
    tab: Tab, sandbox: SandboxProcess, sqlite_database: Database
) -> None:
    other = make_person(sqlite_database, Role.TUTOR)
    theirs = str(connected(resources.get_resources(), sandbox, other, CalendarKind.MICROSOFT, "o@work.test"))
    for calendar in (theirs, "nonsense", "-1"):
        for fire in (
            tab.fire(CalendarsState.look_again, calendar=calendar),
            tab.fire(CalendarsState.choose, form={"calendar": calendar, "writes_to": "-"}),
            tab.fire(CalendarsState.remove, form={"calendar": calendar}),
        ):
            await fire
            assert await told(tab) == ("This calendar is not linked any more.", True)
    assert len(rows(sqlite_database)) == 1
    assert (await tab.state(CalendarsState)).calendars == []


async def test_an_outage_is_told_in_words_and_passes(
    tab: Tab, sandbox: SandboxProcess, sqlite_database: Database
) -> None:
    await tab.fire(CalendarsState.link, form={"address": f"{sandbox.base_url}/ics/demo.ics"})
    calendar = (await tab.state(CalendarsState)).calendars[0].id
    sandbox.fault("ics.get", "500_before")
    await tab.fire(CalendarsState.look_again, calendar=calendar)
    row = (await tab.state(CalendarsState)).calendars[0]
    assert "an error" in row.trouble
    assert "what we saw last" in row.consequence
    await tab.fire(CalendarsState.look_again, calendar=calendar)
    assert (await tab.state(CalendarsState)).calendars[0].trouble == ""
    await tab.fire(CalendarsState.remove, form={"calendar": calendar})
    assert (await tab.state(CalendarsState)).removed == 1
    assert rows(sqlite_database) == []


@pytest.mark.parametrize(
    ("query", "words", "trouble"),
    [
        ("connected=1", "The account is connected", False),
        ("problem=access_not_given", "access was not given", True),
        ("problem=something", "could not be connected", True),
    ],
)
async def test_what_came_of_connecting_is_said(tab: Tab, query: str, words: str, *, trouble: bool) -> None:
    await tab.open(f"{PAGE}?{query}")
    text, is_trouble = await told(tab)
    assert words in text
    assert is_trouble is trouble


async def test_students_are_shown_a_closed_door(tabs: Tabs, sqlite_database: Database) -> None:
    student = make_person(sqlite_database, Role.STUDENT)
    tab = Tab(tabs, "student", cookie_for(sqlite_database, student))
    await tab.open(PAGE)
    await tab.fire(CalendarsState.link, form={"address": "https://calendar.test/a.ics"})
    assert not (await tab.state(CalendarsState)).ready
    assert rows(sqlite_database) == []


LINKED = Linked(
    id=1,
    kind=CalendarKind.GOOGLE,
    name="t@gmail.test",
    looked_at=datetime(2026, 11, 25, 6, tzinfo=UTC),
    trouble="",
    is_known=True,
    has_ended=False,
    offers=(),
    reads=frozenset(),
    writes_to="",
    written_ahead=2,
)


def shown(**changes: Any) -> CalendarRow:
    """Return a calendar as the page shows it."""
    return calendar_row(replace(LINKED, **changes), "Africa/Lagos", datetime(2026, 11, 25, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Your 2 sessions ahead will be taken out of it, past ones stay. Then we give our access back."),
        ({"written_ahead": 1}, "Your session ahead will be taken out of it"),
        ({"written_ahead": 0}, "We give our access back."),
        ({"has_ended": True}, "Your 2 sessions ahead will stay in it, as we cannot reach it."),
        ({"kind": CalendarKind.MICROSOFT}, "You can also end it at Microsoft"),
        ({"kind": CalendarKind.ICS, "written_ahead": 0}, "We wrote nothing into it"),
    ],
)
def test_the_question_says_what_stays_in_a_calendar(changes: dict[str, Any], words: str) -> None:
    assert words in json.loads(shown(**changes).removing)["stays"]


def test_a_calendar_that_nobody_looked_into_is_shown_as_unknown_without_any_failure() -> None:
    assert (shown().trouble, shown().consequence) == ("", "")
    row = shown(is_known=False)
    assert row.trouble == "We have not looked into it for a while."
    assert "do not know" in row.consequence
