"""The database named by the settings."""

from mentor_ui.db.engine import Database, get_database
from mentor_ui.settings import get_settings


def current_database() -> Database:
    """Return the application's database; engines are made on first use, after any fork."""
    return get_database(get_settings().database_url)
