"""The next sessions without a socket, and what a browser installs."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from mentor_ui.db.engine import Database
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.settings import PROJECT_FOLDER
from mentor_ui.web.installed import installed_routes
from mentor_ui.web.plain_sessions import plain_sessions_route
from tests.booked import cookie_for, make_booking
from tests.web.conftest import HOST
from tests.world import make_pair

pytestmark = pytest.mark.anyio

FOLDER = Path(PROJECT_FOLDER, "assets")
ASSETS = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*")}


@pytest.fixture
async def browser(joined: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies that follows no redirect."""
    del joined
    (tmp_path / "stamp").write_text("one build")
    routes = [plain_sessions_route, *installed_routes(tmp_path / "stamp")]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        yield client


async def test_each_side_of_a_session_reads_it_and_its_way_in(
    browser: httpx.AsyncClient, joined: Database
) -> None:
    pair = make_pair(joined)
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    booking = make_booking(joined, pair, starts_at)
    for actor, way_in in ((pair.student, booking.join_token), (pair.tutor, f"{booking.join_token}?as=host")):
        browser.cookies.set(SESSION_COOKIE, cookie_for(joined, actor))
        answer = await browser.get("/sessions")
        assert answer.status_code == 200
        assert f'href="/j/{way_in}"' in answer.text
        assert f'href="/api/calendar/sessions/{booking.id}.ics"' in answer.text
        assert "<script" not in answer.text
        # After a sign-out Back finds nothing of it.
        assert answer.headers["cache-control"] == "private, no-store"
        assert "etag" not in answer.headers
        browser.cookies.clear()


async def test_nobody_else_reads_them(browser: httpx.AsyncClient, joined: Database) -> None:
    booking = make_booking(joined, make_pair(joined), datetime.now(UTC) + timedelta(hours=2))
    answer = await browser.get("/sessions")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/sessions")
    other = make_pair(joined).student
    browser.cookies.set(SESSION_COOKIE, cookie_for(joined, other))
    answer = await browser.get("/sessions")
    assert "No session is booked" in answer.text
    assert booking.join_token not in answer.text


async def test_a_new_build_is_another_worker(browser: httpx.AsyncClient, tmp_path: Path) -> None:
    script = await browser.get("/sw.js")
    assert script.headers["cache-control"] == "no-cache"
    assert "__BUILD__" not in script.text
    (tmp_path / "stamp").write_text("another build")
    later = httpx.ASGITransport(Starlette(routes=installed_routes(tmp_path / "stamp")))
    async with httpx.AsyncClient(transport=later, base_url=HOST) as client:
        assert (await client.get("/sw.js")).text != script.text


async def test_what_the_manifest_names_is_there(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    assert {icon["src"].lstrip("/") for icon in answer.json()["icons"]} <= ASSETS
    offline = await browser.get("/offline")
    assert not re.findall(r'(?:src|href)="https?:', offline.text)
