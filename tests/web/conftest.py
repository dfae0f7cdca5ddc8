"""The HTTP routes of sessions on a database of their own, with the sandbox's Zoom behind them."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.applications import Starlette

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.settings import get_settings
from mentor_ui.web import calendar, join
from tests.application import settings_for
from tests.sandbox_process import SandboxProcess, start_sandbox

HOST = "http://localhost:3000"


@pytest.fixture(scope="session")
def web_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """The provider sandbox; tests switch off what they switch on."""
    with start_sandbox(tmp_path_factory.mktemp("web-sandbox")) as running:
        yield running


@pytest.fixture
def joined(
    database: Database, monkeypatch: pytest.MonkeyPatch, web_sandbox: SandboxProcess
) -> Iterator[Database]:
    """The database that the application's settings name, with the sandbox as its providers."""
    monkeypatch.setattr(resources, "_made", {})
    with settings_for(database, monkeypatch, public_url=HOST, sandbox_port=str(web_sandbox.port)):
        yield database
        resources.get_resources().meetings.close()
        web_sandbox.control("DELETE", "faults")


@pytest.fixture
async def visitor(joined: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies that follows no redirect."""
    transport = httpx.ASGITransport(
        Starlette(routes=[*join.routes, *calendar.CalendarFiles(get_settings()).routes()])
    )
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        yield client
