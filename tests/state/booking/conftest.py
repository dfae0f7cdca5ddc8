"""The real application's pages without a browser, with the sandbox's Paystack behind them."""

from collections.abc import Iterator

import pytest

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.pages.mentorship import receipt_state
from tests.application import settings_for
from tests.sandbox_process import SandboxProcess, start_sandbox
from tests.world import Pair, make_pair


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with start_sandbox(tmp_path_factory.mktemp("pages-sandbox"), options=("--no-limits",)) as started:
        yield started


@pytest.fixture(autouse=True)
def settings(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, sandbox: SandboxProcess
) -> Iterator[None]:
    monkeypatch.setattr(resources, "_made", {})
    for name in ("_opened", "_pressed"):
        monkeypatch.setattr(
            receipt_state,
            name,
            receipt_state.SharedBuckets(name, per_second=0.2, burst=2 if name == "_opened" else 1),
        )
    with settings_for(sqlite_database, monkeypatch, sandbox_port=str(sandbox.port)):
        yield
        resources.get_resources().payments.close()
        sandbox.control("DELETE", "faults")


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def pair(database: Database) -> Pair:
    return make_pair(database)
