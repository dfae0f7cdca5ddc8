"""The tools of running jobs, with the sandbox as all providers."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.jobs.executors import own_name
from mentor_ui.jobs.runtime import JobRuntime
from tests.application import settings_for
from tests.sandbox_process import SandboxProcess
from tests.services.conftest import sandbox

__all__ = ["sandbox"]


@contextmanager
def serving(database: Database, sandbox: SandboxProcess) -> Iterator[resources.Resources]:
    """Be the process whose tools jobs find, with the sandbox as all providers."""
    with (
        pytest.MonkeyPatch.context() as patch,
        settings_for(database, patch, public_url="http://localhost:3000", sandbox_port=str(sandbox.port)),
    ):
        patch.setattr(resources, "_made", {})
        tools = resources.get_resources()
        yield tools
        for client in (tools.meetings, tools.mailer, tools.payments, tools.calendars):
            client.close()
        sandbox.control("DELETE", "faults")


@contextmanager
def at_work(tools: resources.Resources) -> Iterator[None]:
    """Let the jobs of one process work."""
    # Without a name of its own its work would be taken for that of a process that is gone.
    with own_name(tools.database, "test") as name:
        runtime = JobRuntime(tools, name)
        runtime.start()
        yield
        runtime.stop()


@pytest.fixture
def served(database: Database, sandbox: SandboxProcess) -> Iterator[resources.Resources]:
    """The tools that running jobs find, with the sandbox as all providers."""
    with serving(database, sandbox) as tools:
        yield tools


@pytest.fixture
def running(served: resources.Resources) -> Iterator[resources.Resources]:
    """The same, with the jobs of one process at work."""
    with at_work(served):
        yield served
