"""Pointing the application's settings at a test's own database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mentor_ui.db.current import current_database
from mentor_ui.db.engine import Database
from mentor_ui.settings import get_settings


@contextmanager
def settings_for(database: Database, patch: pytest.MonkeyPatch, **changes: str) -> Iterator[None]:
    """Make `get_settings` and `current_database` those of a test."""
    patch.setenv("DATABASE_URL", database.url)
    for name, value in changes.items():
        patch.setenv(name.upper(), value)
    get_settings.cache_clear()
    yield
    current_database().dispose()
    get_settings.cache_clear()
