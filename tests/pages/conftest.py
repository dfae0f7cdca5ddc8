"""The shared demo's database, for looking into what a page has done."""

from collections.abc import Iterator

import pytest

from mentor_ui.db.engine import Database
from tests.app_process import AppProcess


@pytest.fixture(scope="module")
def database(demo_app: AppProcess) -> Iterator[Database]:
    """The shared demo's database."""
    opened = Database(demo_app.database_url)
    yield opened
    opened.dispose()
