"""The tools of running jobs, with the sandbox as all providers."""

from collections.abc import Iterator

import pytest

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.jobs.executors import own_name
from mentor_ui.jobs.runtime import JobRuntime
from tests.application import settings_for
from tests.sandbox_process import SandboxProcess
from tests.services.conftest import sandbox

__all__ = ["sandbox"]


@pytest.fixture
def served(
    database: Database, monkeypatch: pytest.MonkeyPatch, sandbox: SandboxProcess
) -> Iterator[resources.Resources]:
    """The tools that running jobs find, with the sandbox as all providers."""
    monkeypatch.setattr(resources, "_made", {})
    with settings_for(
        database, monkeypatch, public_url="http://localhost:3000", sandbox_port=str(sandbox.port)
    ):
        tools = resources.get_resources()
        yield tools
        for client in (tools.meetings, tools.mailer, tools.payments, tools.calendars):
            client.close()
        sandbox.control("DELETE", "faults")


@pytest.fixture
def running(served: resources.Resources) -> Iterator[resources.Resources]:
    """The same, with the jobs of one process at work."""
    # Without a name of its own its work would be taken for that of a process that is gone.
    with own_name(served.database, "test") as name:
        runtime = JobRuntime(served, name)
        runtime.start()
        yield served
        runtime.stop()
