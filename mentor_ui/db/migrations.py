"""Bringing a database to the newest schema: Alembic for our tables, DBOS for its own."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from dbos import DBOS
from sqlalchemy import NullPool, create_engine

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


def is_behind(database_url: str) -> bool:
    """Return whether a database lacks changes that this version needs.

    One that a newer version has changed is not behind: while hosts are replaced one after the other, the old
    version goes on serving.
    """
    scripts = ScriptDirectory.from_config(alembic_config(database_url))
    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    newest = scripts.get_current_head()
    return revision is None or (
        revision != newest and any(script.revision == revision for script in scripts.walk_revisions())
    )
