"""Bringing a database to the newest schema: Alembic for our tables, DBOS for its own."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from dbos import DBOS

from mentor_ui.db.engine import sqlalchemy_url

PROJECT = Path(__file__).resolve().parents[2]


def alembic_config(database_url: str) -> Config:
    """Return Alembic's configuration, aimed at one database."""
    config = Config(str(PROJECT / "alembic.ini"))
    config.set_main_option("script_location", str(PROJECT / "alembic"))
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(database_url).replace("%", "%%"))
    return config


def migrate(database_url: str) -> None:
    """Upgrade our schema to head, and that of the durable queue. Safe to repeat."""
    command.upgrade(alembic_config(database_url), "head")
    DBOS.migrate(sqlalchemy_url(database_url))
