"""What tests of States share: settings for an empty database, and tabs on the application of a test."""

from collections.abc import AsyncIterator, Iterator

import pytest
from reflex_base.registry import RegistrationContext

from mentor_ui import mentor_ui
from mentor_ui.db.engine import Database
from tests.application import settings_for
from tests.state.client import Tabs, running


@pytest.fixture(autouse=True)
def settings(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the application work on an empty SQLite database."""
    with settings_for(sqlite_database, monkeypatch):
        yield


@pytest.fixture
def registration() -> RegistrationContext:
    """The application whose pages a tab opens; the product's, unless a file names another."""
    assert mentor_ui.app is RegistrationContext.ensure_context().app
    return RegistrationContext.ensure_context()


@pytest.fixture
async def tabs(registration: RegistrationContext) -> AsyncIterator[Tabs]:
    """The tabs of a test; no handler may have failed at its end."""
    async with running(registration) as server:
        yield server
        assert server.failures == []
