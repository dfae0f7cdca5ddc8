"""The database named by the settings."""

from mentor_ui.db.engine import Database, get_database
from mentor_ui.settings import Settings, get_settings


def database_of(settings: Settings) -> Database:
    """Return the database that settings name; engines are made on first use, after any fork."""
    return get_database(
        settings.database_url, redis_url=settings.redis_url, replica_url=settings.database_replica_url
    )


def current_database() -> Database:
    """Return the application's database."""
    return database_of(get_settings())
