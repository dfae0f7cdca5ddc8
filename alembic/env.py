"""Alembic's entry: our tables only, on either database."""

from typing import Any

from alembic import context

from mentor_ui.db.engine import Database
from mentor_ui.models import Person
from mentor_ui.settings import get_settings

OURS = set(Person.metadata.tables)


def _is_ours(name: str | None, kind: str, parents: Any) -> bool:
    """Leave out the durable queue's tables and the text index, which the model does not know."""
    del parents
    if kind == "table":
        return name in OURS
    return not (name or "").startswith("fts_")


def _is_compared(element: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:  # noqa: FBT001
    del element, kind, reflected, other
    return not (name or "").startswith("fts_")


def run() -> None:
    """Run the migrations inside one transaction."""
    url = context.config.get_main_option("sqlalchemy.url") or get_settings().database_url
    database = Database(url)
    with database.engine.begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=Person.metadata,
            include_name=_is_ours,
            include_object=_is_compared,
            compare_type=True,
            render_as_batch=False,
        )
        context.run_migrations()
    database.dispose()


run()
