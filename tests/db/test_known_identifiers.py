"""Identifiers that a process keeps in mind: it begins anew when there are too many, and nobody stumbles."""

import pytest

from mentor_ui.db import engine
from mentor_ui.db.engine import Database, known


def test_beginning_anew_takes_nothing_from_who_is_reading(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_KNOWN", 1)
    with database.transaction() as session:
        known(session).update({"first": 1, "second": 2})
    with database.transaction() as session:
        reading = known(session)
        assert "first" in reading
    assert reading["first"] == 1
    with database.transaction() as session:
        assert "first" not in known(session), "it began anew"
