"""The gate: who gets through, whose state it is, and what is too much."""

from collections.abc import Iterator

import pytest
from reflex_base.registry import RegistrationContext

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Notice
from mentor_ui.gate.middleware import HURRY
from mentor_ui.gate.notice import turn_page
from mentor_ui.models import PersonRole
from mentor_ui.services import accounts
from tests.application import settings_for
from tests.databases import opened
from tests.state import example
from tests.state.client import Tab, Tabs
from tests.state.example import Shelf

pytestmark = pytest.mark.anyio


on_both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """SQLite, unless a test is marked `on_both`."""
    kind = getattr(request, "param", "sqlite")
    with opened(request.getfixturevalue(f"{kind}_databases")) as fresh:
        yield fresh


@pytest.fixture(autouse=True)
def settings(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with settings_for(database, monkeypatch):
        yield


@pytest.fixture
def registration() -> RegistrationContext:
    return example.registration


def person(database: Database, name: str, *roles: Role) -> accounts.SignedIn:
    account = accounts.NewAccount(f"{name}@demo.test", name, roles[0], "Africa/Lagos", "no password")
    with database.transaction() as session:
        new = accounts.sign_up(session, account, browser="")
        session.add_all(PersonRole(person_id=new.person_id, role=role) for role in roles[1:])
    return new


async def test_a_visitor_may_call_what_is_open_and_is_nobody(tabs: Tabs) -> None:
    tab = Tab(tabs)
    await tab.open("/open")
    assert (await tab.state(Shelf)).who == "nobody"


@on_both
async def test_the_actor_comes_from_the_cookie_of_each_event(database: Database, tabs: Tabs) -> None:
    ada = person(database, "ada", Role.STUDENT)
    tab = Tab(tabs, cookie=ada.token)
    await tab.open("/open")
    assert (await tab.state(Shelf)).who == str(ada.person_id)
    await tab.fire(Shelf.in_background)
    assert (await tab.state(Shelf)).who == f"background {ada.person_id}"


@on_both
async def test_two_tabs_at_once_never_mix_up_who_acts(database: Database, tabs: Tabs) -> None:
    people = [person(database, name, Role.STUDENT) for name in ("ada", "bola", "chidi")]
    opened = [Tab(tabs, f"tab-{new.person_id}", new.token) for new in people]
    for tab in opened:
        await tab.open("/open")
    for _ in range(5):
        for tab in opened:
            await tab.fire(Shelf.slow)
    for tab, new in zip(opened, people, strict=True):
        assert (await tab.state(Shelf)).who == str(new.person_id)


@pytest.mark.parametrize("method", ["forgotten", "undecorated", "_private", "setvar", "load_missing"])
async def test_what_has_no_policy_does_not_run(method: str, tabs: Tabs, database: Database) -> None:
    tab = Tab(tabs, cookie=person(database, "ada", Role.ADMIN, Role.TUTOR).token)
    await tab.open("/open")
    name = f"{Shelf.get_full_name()}.{method}"
    payload = {"var_name": "note", "value": "set from outside"} if method == "setvar" else {}
    if name in example.registration.event_handlers:
        await tab.send(name, payload)
    else:
        assert method in {"_private", "load_missing"}
    assert (await tab.state(Shelf)).note == ""


async def test_a_visitor_is_sent_to_sign_in_and_back(tabs: Tabs) -> None:
    tab = Tab(tabs)
    await tab.open("/closed?tab=upcoming&x=1")
    assert tab.redirects == ["/login?next=/closed%3Ftab%3Dupcoming%26x%3D1"]
    await tab.open("/open")
    await tab.fire(Shelf.count, by=1)
    assert tab.redirects[1:] == ["/login?next=/open"]
    assert (await tab.state(Shelf)).calls == 0


async def test_another_role_is_told_calmly(tabs: Tabs, database: Database) -> None:
    tab = Tab(tabs, cookie=person(database, "ada", Role.STUDENT).token)
    await tab.open("/closed")
    closed = await tab.state(Notice)
    assert closed.not_yours == "This is for tutors and mentors. Your account is of another kind."
    assert closed.text == ""
    await tab.open("/open")
    assert (await tab.state(Notice)).not_yours == ""
    await tab.fire(Shelf.teach, title="mine now")
    assert (await tab.state(Notice)).text.startswith("This is for tutors")
    assert (await tab.state(Shelf)).note == ""
    assert tab.redirects == []
    # What was said concerns that page alone.
    await tab.open("/open")
    assert (await tab.state(Notice)).text == ""


async def test_a_page_that_only_connects_again_keeps_what_it_was_told(tabs: Tabs) -> None:
    tab = Tab(tabs)
    await tab.open("/open")
    notice = await tab.state(Notice)
    await turn_page(notice, counts=True, page="loaded", path="/open")
    notice.text = "Done."
    await turn_page(notice, counts=True, page="loaded", path="/open")
    assert notice.text == "Done."
    await turn_page(notice, counts=True, page="loaded", path="/closed")
    assert notice.text == ""
    notice.text = "Done."
    await turn_page(notice, counts=True, page="reloaded", path="/closed")
    assert notice.text == ""


@on_both
async def test_a_role_taken_away_counts_at_the_next_event(tabs: Tabs, database: Database) -> None:
    ada = person(database, "ada", Role.TUTOR)
    tab = Tab(tabs, cookie=ada.token)
    await tab.open("/closed")
    await tab.fire(Shelf.teach, title="first")
    with database.transaction() as session:
        role = session.get_one(PersonRole, (ada.person_id, Role.TUTOR))
        role.role = Role.STUDENT
        session.add(role)
    await tab.fire(Shelf.teach, title="second")
    assert (await tab.state(Shelf)).note == "first"


@on_both
async def test_the_next_person_in_a_tab_finds_it_empty(tabs: Tabs, database: Database) -> None:
    ada, bola = person(database, "ada", Role.TUTOR), person(database, "bola", Role.TUTOR)
    tab = Tab(tabs, cookie=ada.token)
    await tab.open("/closed")
    secret = f"private note of {ada.person_id}"
    assert tab.was_sent(secret)
    tab.forget()
    tab.cookie = bola.token
    await tab.open("/open")
    shelf = await tab.state(Shelf)
    assert (shelf.note, shelf._secret) == ("", "")
    assert not tab.was_sent(secret)


@on_both
async def test_a_session_that_ended_elsewhere_empties_the_page_before_anything_runs(
    tabs: Tabs, database: Database
) -> None:
    ada = person(database, "ada", Role.TUTOR)
    tab = Tab(tabs, cookie=ada.token)
    await tab.open("/closed")
    with database.transaction() as session:
        accounts.sign_out(session, ada.token)
    tab.forget()
    await tab.fire(Shelf.teach, title="still me")
    shelf = await tab.state(Shelf)
    assert (shelf.note, shelf._secret) == ("", "")
    # The page was loaded anew, as a visitor, who is sent to sign in.
    assert tab.redirects == ["/login?next=/closed"]


async def test_a_stolen_tab_token_without_the_cookie_shows_nothing(tabs: Tabs, database: Database) -> None:
    ada = person(database, "ada", Role.TUTOR)
    await Tab(tabs, cookie=ada.token).open("/closed")
    thief = Tab(tabs)
    thief.forget()
    await thief.open("/open")
    assert not thief.was_sent("private note")
    assert (await thief.state(Shelf)).note == ""


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"title": ["a", "list"]},
        {"title": None},
        {"title": {"deep": "mapping"}},
        {"title": "x" * 50_000},
        {"title": "fine", "extra": 1},
        {"title": "fine", "form": "no mapping"},
        {"title": "fine", "form": {"deep": {"deeper": {"deepest": {"abyss": {"end": 1}}}}}},
        {"self": "fine"},
        {"title": "nul \0"},
        {"title": "half \ud83d a pair"},
        {"title": "fine", "form": {"key \0": "fine"}},
    ],
)
async def test_arguments_that_do_not_fit_are_refused(
    payload: dict[str, object], tabs: Tabs, database: Database
) -> None:
    tab = Tab(tabs, cookie=person(database, "ada", Role.TUTOR).token)
    await tab.open("/open")
    await tab.send(f"{Shelf.get_full_name()}.teach", payload)
    assert (await tab.state(Shelf)).note == ""
    await tab.fire(Shelf.teach, title="fine")
    assert (await tab.state(Shelf)).note == "fine"


@pytest.mark.parametrize("by", ["1x", [1], True, None, 1.5, "9" * 30])
async def test_a_number_is_a_number(by: object, tabs: Tabs, database: Database) -> None:
    tab = Tab(tabs, cookie=person(database, "ada", Role.STUDENT).token)
    await tab.open("/open")
    await tab.fire(Shelf.count, by=by)
    await tab.fire(Shelf.count, by="2")
    await tab.fire(Shelf.count, by=3)
    assert (await tab.state(Shelf)).calls == 5


async def test_browser_storage_takes_only_short_texts(tabs: Tabs) -> None:
    tab = Tab(tabs)
    tab.path = "/open"
    for vars_ in ({"a.b": {"nested": 1}}, {"a.b": "x" * 3_000}, ["list"]):
        await tab.send("reflex___state____state.hydrate_and_load", {"vars": vars_})
    assert tab.tabs.wire.updates == []


async def test_too_many_events_are_refused_with_a_sentence(tabs: Tabs, database: Database) -> None:
    tab = Tab(tabs, cookie=person(database, "ada", Role.STUDENT).token)
    await tab.open("/open")
    for _ in range(200):
        await tab.fire(Shelf.count, by=1)
    assert (await tab.state(Shelf)).calls < 200
    assert (await tab.state(Notice)).text == HURRY


async def test_each_navigation_is_announced(tabs: Tabs) -> None:
    example.navigated.clear()
    tab = Tab(tabs, "tab-of-navigation")
    await tab.open("/open")
    assert set(example.navigated) == {"tab-of-navigation"}
