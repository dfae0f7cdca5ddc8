"""Signing in and out over HTTP, as browsers' forms and as JSON."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.requests import Request

from mentor_ui.db.engine import Database
from mentor_ui.models import OutgoingMessage, Person, WebSession
from mentor_ui.services.accounts import person_for_token
from mentor_ui.settings import get_settings
from mentor_ui.web.auth import Authentication
from mentor_ui.web.requests import address_of
from tests.application import settings_for

pytestmark = pytest.mark.anyio

HOST = "http://localhost:3000"
PASSWORD = "correct horse"
ADA = {"name": "Ada Obi", "email": "ada@demo.test", "password": PASSWORD, "role": "tutor"}
TROUBLE = {"email": "ada@demo.test", "password": "wrong horse"}


@pytest.fixture
def database(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    with settings_for(sqlite_database, monkeypatch, public_url=HOST):
        yield sqlite_database


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    application = Starlette(routes=Authentication(get_settings()).routes())
    transport = httpx.ASGITransport(application, client=("10.0.0.1", 1234))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        yield client


def query_of(response: httpx.Response) -> dict[str, str]:
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


def path_of(response: httpx.Response) -> str:
    assert response.status_code == 303
    return urlsplit(response.headers["location"]).path


async def test_a_form_signs_up_out_and_in(browser: httpx.AsyncClient, database: Database) -> None:
    new = await browser.post("/api/auth/signup", data=ADA | {"next": "/mentorship?q=react"})
    assert new.headers["location"] == "/mentorship?q=react"
    cookie = new.headers["set-cookie"]
    assert cookie.startswith("mentor_session=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    assert new.headers["cache-control"] == "no-store"
    first = browser.cookies["mentor_session"]
    out = await browser.post("/api/auth/logout")
    assert path_of(out) == "/"
    assert "mentor_session" not in browser.cookies
    with database.reading() as session:
        assert session.exec(select(WebSession)).all() == []
    back = await browser.post("/api/auth/login", data=ADA)
    assert back.status_code == 303
    assert browser.cookies["mentor_session"] != first


async def test_signing_in_again_ends_the_old_cookie(browser: httpx.AsyncClient, database: Database) -> None:
    await browser.post("/api/auth/signup", data=ADA)
    first = browser.cookies["mentor_session"]
    await browser.post("/api/auth/login", data=ADA)
    with database.reading() as session:
        assert person_for_token(session, first) is None
        assert person_for_token(session, browser.cookies["mentor_session"]) is not None


async def test_the_cookie_is_secure_on_https(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with settings_for(database, monkeypatch, public_url="https://mentor.example"):
        application = Starlette(routes=Authentication(get_settings()).routes())
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="https://mentor.example") as client:
            made = await client.post("/api/auth/signup", data=ADA)
    assert "Secure" in made.headers["set-cookie"]


async def test_json_is_answered_with_json(browser: httpx.AsyncClient) -> None:
    made = await browser.post("/api/auth/signup", json=ADA)
    assert made.status_code == 200
    assert made.json()["roles"] == ["tutor"]
    assert made.json()["id"].isdecimal()
    wrong = await browser.post("/api/auth/login", json=TROUBLE)
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.json()["code"] == "sign_in_failed"
    assert "set-cookie" not in wrong.headers
    assert (await browser.post("/api/auth/logout", json={})).status_code == 204
    assert (await browser.post("/api/auth/password", json={})).status_code == 401


async def test_a_refused_form_goes_back_with_a_code_and_without_the_password(
    browser: httpx.AsyncClient,
) -> None:
    await browser.post("/api/auth/signup", data=ADA)
    wrong = await browser.post("/api/auth/login", data=TROUBLE | {"next": "/mentorship"})
    assert path_of(wrong) == "/login"
    assert query_of(wrong) == {"error": "sign_in_failed", "email": "ada@demo.test", "next": "/mentorship"}
    taken = await browser.post("/api/auth/signup", data=ADA)
    assert path_of(taken) == "/signup"
    assert query_of(taken)["error"] == "email_taken"
    assert "horse" not in taken.headers["location"]
    short = await browser.post("/api/auth/signup", data=ADA | {"email": "new@demo.test", "password": "short"})
    assert query_of(short)["error"] == "password_short"
    assert query_of(short)["name"] == "Ada Obi"


@pytest.mark.parametrize(
    "wish",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        " //evil.example",
        "http:evil.example",
        "/" + "x" * 2_000,
        "",
    ],
)
async def test_next_never_leaves_this_host(wish: str, browser: httpx.AsyncClient) -> None:
    made = await browser.post("/api/auth/signup", data=ADA | {"next": wish})
    assert made.headers["location"].startswith("/")
    assert "evil" not in made.headers["location"]
    assert len(made.headers["location"]) < 100


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": HOST},
    ],
)
async def test_other_sites_cannot_post(
    headers: dict[str, str], browser: httpx.AsyncClient, database: Database
) -> None:
    refused = await browser.post("/api/auth/signup", data=ADA, headers=headers)
    assert query_of(refused)["error"] == "cross_site"
    assert (await browser.post("/api/auth/signup", json=ADA, headers=headers)).status_code == 403
    with database.reading() as session:
        assert session.exec(select(Person)).all() == []


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": HOST}, {}, {"Sec-Fetch-Site": "none"}],
)
async def test_our_own_pages_can(headers: dict[str, str], browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/api/auth/signup", json=ADA, headers=headers)).status_code == 200


async def test_guessing_is_slowed_down_for_one_account_only(browser: httpx.AsyncClient) -> None:
    await browser.post("/api/auth/signup", data=ADA)
    await browser.post("/api/auth/signup", data=ADA | {"email": "bola@demo.test"})
    for _ in range(10):
        assert (await browser.post("/api/auth/login", json=TROUBLE)).status_code == 422
    for password in ("wrong horse", PASSWORD):
        stopped = await browser.post("/api/auth/login", json=ADA | {"password": password})
        assert stopped.status_code == 429
        assert 0 < int(stopped.headers["retry-after"]) <= 15 * 60
        assert "15 minutes" in stopped.json()["detail"]
    form = await browser.post("/api/auth/login", data=TROUBLE)
    assert query_of(form) == {"error": "too_many_attempts", "minutes": "15", "email": "ada@demo.test"}
    other = await browser.post("/api/auth/login", json=ADA | {"email": "bola@demo.test"})
    assert other.status_code == 200


async def test_one_address_cannot_try_account_after_account(browser: httpx.AsyncClient) -> None:
    statuses = [
        (await browser.post("/api/auth/login", json=TROUBLE | {"email": f"p{n}@demo.test"})).status_code
        for n in range(65)
    ]
    assert statuses == [422] * 60 + [429] * 5


async def test_signing_in_rightly_is_never_slowed_down(browser: httpx.AsyncClient) -> None:
    await browser.post("/api/auth/signup", data=ADA)
    for _ in range(70):
        assert (await browser.post("/api/auth/login", json=ADA)).status_code == 200


async def test_a_password_is_changed_and_reset(browser: httpx.AsyncClient, database: Database) -> None:
    await browser.post("/api/auth/signup", data=ADA)
    wrong = await browser.post("/api/auth/password", data={"current": "no", "password": "another horse"})
    assert (path_of(wrong), query_of(wrong)) == ("/account", {"error": "password_wrong"})
    right = await browser.post("/api/auth/password", data={"current": PASSWORD, "password": "another horse"})
    assert right.headers["location"] == "/account?done=password"
    everywhere = await browser.post("/api/auth/logout-everywhere")
    assert path_of(everywhere) == "/login"
    assert path_of(await browser.post("/api/auth/password", data={})) == "/login"

    answers = {
        (await browser.post("/api/auth/forgot", data={"email": email})).headers["location"]
        for email in ("ada@demo.test", "nobody@demo.test", *["ada@demo.test"] * 5)
    }
    assert answers == {"/login/forgot?done=sent"}
    with database.reading() as session:
        mails = session.exec(select(OutgoingMessage)).all()
    assert len(mails) == 3
    token = mails[0].text.split("token=")[1].split()[0]
    short = await browser.post("/api/auth/reset", data={"token": token, "password": "short"})
    assert (path_of(short), query_of(short)) == ("/login/reset", {"error": "password_short", "token": token})
    done = await browser.post("/api/auth/reset", data={"token": token, "password": "a third horse"})
    assert query_of(done) == {"done": "password_reset", "email": "ada@demo.test"}
    assert (
        await browser.post("/api/auth/login", json=ADA | {"password": "a third horse"})
    ).status_code == 200
    used = await browser.post("/api/auth/reset", json={"token": token, "password": "a fourth horse"})
    assert used.json()["code"] == "reset_used"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"email": 1, "password": {}}', "application/json", 422),
        (b'{"email": "\\u0000\\ud800", "password": "\\u0000"}', "application/json", 422),
        (b"x" * 20_000, "application/json", 413),
        (b"&".join(b"a%d=1" % n for n in range(500)), "application/x-www-form-urlencoded", 303),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 303),
        (b"email=%00&password=%ff%fe", "application/x-www-form-urlencoded", 303),
    ],
)
async def test_nonsense_is_refused_calmly(
    content: bytes, kind: str, status: int, browser: httpx.AsyncClient
) -> None:
    for route in ("login", "signup", "forgot", "reset"):
        answer = await browser.post(f"/api/auth/{route}", content=content, headers={"Content-Type": kind})
        assert answer.status_code == status, route
        assert "set-cookie" not in answer.headers


async def test_only_posts_change_anything(browser: httpx.AsyncClient) -> None:
    for route in ("login", "signup", "logout", "logout-everywhere", "password", "forgot", "reset"):
        assert (await browser.get(f"/api/auth/{route}")).status_code == 405


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "no address"),
    ],
)
def test_one_home_counts_as_one_address(host: str, counted: str) -> None:
    request = Request({"type": "http", "headers": [], "client": (host, 1)})
    assert address_of(request) == counted
