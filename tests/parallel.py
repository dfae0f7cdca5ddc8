"""How the tests are shared out when several processes run them, as `make test` does.

Each process has its own databases, sandbox and demo. A file stays together, for its fixtures; those that wait
or build come first, so that no process is still at one of them when the others have nothing left to do.
"""

import os
from typing import Any

import pytest

LONG = (
    "tests/crashes/",
    "tests/running/",
    "tests/pages/",
    "tests/security/",
    "tests/jobs/",
)
"""The beginnings of names, in the order in which they are begun."""

LOST = pytest.StashKey[list[str]]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` means: as many as processors, since a browser keeps one busy by itself."""
    return len(os.sched_getaffinity(0))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole files, in the order in which they were collected."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - there is none where one process runs all

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """Remember a process that ended by itself: another takes its place, and all tests may still pass."""
    if error:
        node.config.stash.setdefault(LOST, []).append(f"{node.gateway.id}: {error}")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that lost a process, whatever its tests say."""
    if session.config.stash.get(LOST, []) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which processes were lost."""
    for lost in config.stash.get(LOST, []):
        terminalreporter.write_line(f"FAILED a process that runs tests ended by itself: {lost}", red=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin what takes long first."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(item.nodeid))


def _place(name: str) -> int:
    return next((place for place, start in enumerate(LONG) if name.startswith(start)), len(LONG))
