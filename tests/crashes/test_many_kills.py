"""A shorter run of `many_kills`: the whole flow, killed at random moments."""

from pathlib import Path

import pytest

from mentor_ui.models import PaymentState
from tests.crashes import many_kills
from tests.databases import PostgresqlDatabases, SqliteDatabases

KILLS = {"sqlite": 12, "postgresql": 8}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_whatever_moment_it_is_killed_at_nothing_is_lost_and_nothing_happens_twice(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    databases: SqliteDatabases | PostgresqlDatabases = request.getfixturevalue(f"{kind}_databases")
    with databases.fresh() as url:
        left = many_kills.run(KILLS[kind], url, tmp_path)
    assert left.payments[PaymentState.PAID]
    assert left.sessions == left.meetings
