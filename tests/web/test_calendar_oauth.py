"""Connecting an account: the way to its provider and back, and answers that belong to no question."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.models import LinkedCalendar
from mentor_ui.settings import get_settings
from mentor_ui.web.calendar_oauth import COOKIE, CalendarConnections
from tests.booked import cookie_for
from tests.calendar_accounts import answer
from tests.sandbox_process import SandboxProcess
from tests.web.conftest import HOST
from tests.world import make_person

pytestmark = pytest.mark.anyio

ACCOUNT = "tutor@gmail.test"


@pytest.fixture
def tutor(joined: Database) -> Iterator[Actor]:
    """A tutor."""
    yield make_person(joined, Role.TUTOR)
    resources.get_resources().calendars.close()


def browser(database: Database, actor: Actor | None) -> httpx.AsyncClient:
    """Return a browser in which somebody is signed in."""
    app = Starlette(routes=CalendarConnections(get_settings()).routes())
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST)
    if actor is not None:
        client.cookies.set(SESSION_COOKIE, cookie_for(database, actor))
    return client


@pytest.fixture
async def own(joined: Database, tutor: Actor) -> AsyncIterator[httpx.AsyncClient]:
    """The tutor's browser."""
    async with browser(joined, tutor) as client:
        yield client


def linked(database: Database) -> list[LinkedCalendar]:
    """Return all linked calendars."""
    with database.reading() as session:
        return list(session.exec(select(LinkedCalendar)))


def problem_of(reply: httpx.Response) -> str:
    """Return what the page is told."""
    assert reply.status_code == 303
    assert reply.headers["cache-control"] == "no-store"
    parts = urlsplit(reply.headers["location"])
    assert parts.path == "/tutor/calendars"
    return parse_qs(parts.query).get("problem", [""])[0]


@pytest.mark.parametrize(
    ("kind", "account"),
    [("google", ACCOUNT), ("microsoft", "tutor@work.test"), ("microsoft", "t@outlook.test")],
)
async def test_an_account_is_connected(
    own: httpx.AsyncClient, joined: Database, web_sandbox: SandboxProcess, kind: str, account: str
) -> None:
    asked = await own.get(f"/api/calendars/{kind}/connect")
    assert asked.status_code == 303
    query = parse_qs(urlsplit(asked.headers["location"]).query)
    assert query["redirect_uri"] == [f"{HOST}/api/calendars/{kind}/callback"]
    assert query["code_challenge_method"] == ["S256"]
    set_cookie = asked.headers["set-cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie
    assert query["state"][0] not in set_cookie
    told = answer(web_sandbox, asked.headers["location"], account)
    done = await own.get(f"/api/calendars/{kind}/callback", params=told)
    rows = linked(joined)
    assert [row.name for row in rows] == [account]
    assert done.headers["location"] == f"/tutor/calendars?connected={rows[0].id}"
    assert COOKIE not in own.cookies
    # The same answer once more belongs to no question any more.
    assert problem_of(await own.get(f"/api/calendars/{kind}/callback", params=told)) == "connection_not_asked"


async def test_an_account_that_is_connected_again_is_asked_for_by_its_name(
    own: httpx.AsyncClient, joined: Database, web_sandbox: SandboxProcess
) -> None:
    asked = await own.get("/api/calendars/google/connect")
    await own.get(
        "/api/calendars/google/callback", params=answer(web_sandbox, asked.headers["location"], ACCOUNT)
    )
    again = await own.get(f"/api/calendars/google/connect?again={linked(joined)[0].id}")
    assert parse_qs(urlsplit(again.headers["location"]).query)["login_hint"] == [ACCOUNT]
    async with browser(joined, make_person(joined, Role.TUTOR)) as stranger:
        reply = await stranger.get(f"/api/calendars/google/connect?again={linked(joined)[0].id}")
        assert problem_of(reply) == "calendar_not_found"


async def test_an_answer_in_another_browser_or_of_another_person_is_refused(
    own: httpx.AsyncClient, joined: Database, web_sandbox: SandboxProcess, tutor: Actor
) -> None:
    asked = await own.get("/api/calendars/google/connect")
    told = answer(web_sandbox, asked.headers["location"], "attacker@gmail.test")
    async with browser(joined, tutor) as elsewhere:
        reply = await elsewhere.get("/api/calendars/google/callback", params=told)
        assert problem_of(reply) == "connection_not_asked"
    async with browser(joined, make_person(joined, Role.TUTOR)) as other:
        other.cookies.set(COOKIE, own.cookies[COOKIE])
        reply = await other.get("/api/calendars/google/callback", params=told)
        assert problem_of(reply) == "connection_not_asked"
    reply = await own.get("/api/calendars/google/callback", params={**told, "state": "another"})
    assert problem_of(reply) == "connection_not_asked"
    asked = await own.get("/api/calendars/google/connect")
    told = answer(web_sandbox, asked.headers["location"], "attacker@gmail.test")
    reply = await own.get("/api/calendars/microsoft/callback", params=told)
    assert problem_of(reply) == "connection_not_asked"
    assert linked(joined) == []


async def test_a_refusal_connects_nothing(
    own: httpx.AsyncClient, joined: Database, web_sandbox: SandboxProcess
) -> None:
    asked = await own.get("/api/calendars/google/connect")
    told = answer(web_sandbox, asked.headers["location"], ACCOUNT, "deny")
    assert problem_of(await own.get("/api/calendars/google/callback", params=told)) == "access_not_given"
    assert linked(joined) == []


async def test_a_provider_that_fails_connects_nothing(
    own: httpx.AsyncClient, joined: Database, web_sandbox: SandboxProcess
) -> None:
    for fault, options, problem in (
        ("google.token", {"kind": "500_before"}, "calendar_not_connected"),
        ("google.token", {"kind": "reply", "body": {"error": "invalid_grant"}}, "connection_expired"),
        ("google.token", {"kind": "reply", "body": {"error": "invalid_client"}}, "calendar_not_connected"),
    ):
        asked = await own.get("/api/calendars/google/connect")
        told = answer(web_sandbox, asked.headers["location"], ACCOUNT)
        web_sandbox.fault(fault, **options)
        assert problem_of(await own.get("/api/calendars/google/callback", params=told)) == problem
    assert linked(joined) == []


async def test_only_people_who_teach_connect_accounts(joined: Database, tutor: Actor) -> None:
    async with browser(joined, None) as visitor:
        reply = await visitor.get("/api/calendars/google/connect")
        assert reply.headers["location"] == "/login?next=%2Ftutor%2Fcalendars"
    async with browser(joined, make_person(joined, Role.STUDENT)) as student:
        assert problem_of(await student.get("/api/calendars/google/connect")) == "not_allowed"
    async with browser(joined, tutor) as own:
        assert problem_of(await own.get("/api/calendars/yahoo/connect")) == "connection_not_asked"
