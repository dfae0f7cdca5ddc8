"""Starts the whole application as `make run` does, on free ports and with data of its own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mentor_ui.processes import answers
from mentor_ui.settings import PROJECT_FOLDER, Settings
from tests.sandbox_process import free_port

START_SECONDS = 600
STOP_SECONDS = 40


class AppEndedError(Exception):
    """The application ended instead of getting ready.

    Attributes:
        status: its exit status.
        output: all that it printed.
    """

    def __init__(self, status: int, output: str) -> None:
        super().__init__(f"exit status {status}: {output}")
        self.status = status
        self.output = output


@dataclass
class AppProcess:
    """A running application, its sandbox and their data.

    Attributes:
        home: where its database, key and logs are.
        port: where it serves.
        sandbox_port: where its sandbox listens; the fault switches are only there.
        output: what it printed since the last start.
    """

    home: Path
    port: int
    sandbox_port: int
    env: Mapping[str, str] = field(default_factory=dict)
    output: str = ""
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Base address, without a closing slash."""
        return f"http://localhost:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """Base address of the sandbox itself, without a closing slash."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def database_url(self) -> str:
        """Its database, for looking into."""
        return self.env.get("DATABASE_URL") or f"sqlite:///{self.home / 'mentor.db'}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes."""
        inherited = {
            name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields
        }
        own = {
            "MENTOR_HOME": str(self.home),
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
        }
        return {**inherited, **own, **self.env}

    def start(self) -> None:
        """Start it and wait until people can come; the data of an earlier start is kept.

        Raises:
            AppEndedError: it ended first.
        """
        assert self.process is None
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mentor_ui", "run", "--host", "127.0.0.1"],
            cwd=PROJECT_FOLDER,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        ready = threading.Event()
        reader = threading.Thread(target=self._read, args=(self.process, ready), daemon=True)
        reader.start()
        deadline = time.monotonic() + START_SECONDS
        while not ready.wait(0.05):
            if self.process.poll() is not None:
                reader.join()
                status, self.process = self.process.returncode, None
                raise AppEndedError(status, self.output)
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError(f"not ready within {START_SECONDS} s: {self.output}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does.

        Args:
            how: the signal to send to the process that was started.

        Returns:
            Its exit status.
        """
        if self.process is None:
            return 0
        self.process.send_signal(how)
        status = self.process.wait(STOP_SECONDS)
        self._wait_for_silence()
        return status

    def kill(self) -> None:
        """End all of it at once, as a power cut does; nothing is cleaned up."""
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        self._wait_for_silence()

    def _wait_for_silence(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process = None
        deadline = time.monotonic() + STOP_SECONDS
        while answers(self.port) or answers(self.sandbox_port):
            if time.monotonic() > deadline:
                raise TimeoutError("something still listens after the application has ended")
            time.sleep(0.02)

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.output += line
                if "Ctrl-C" in line:
                    ready.set()


@contextmanager
def start_app(
    folder: Path, *, port: int | None = None, env: Mapping[str, str] | None = None
) -> Iterator[AppProcess]:
    """Run the application for as long as the block does.

    The front end is built first if its sources have changed since the last build.

    Args:
        folder: where its data goes; an earlier start's data there is used.
        port: where to serve; a free one unless given.
        env: settings other than the demo's.

    Raises:
        AppEndedError: it did not start.
    """
    app = AppProcess(home=folder, port=port or free_port(), sandbox_port=free_port(), env=env or {})
    app.start()
    try:
        yield app
    finally:
        app.kill()


Started = AbstractContextManager[AppProcess]


class SharedDemo:
    """One demo for all tests in a row that need one and do not mind each other's data.

    It ends after the last of them: its jobs would go on asking for work and take time from other tests.
    """

    def __init__(self, folders: pytest.TempPathFactory, start: Callable[[Path], Started]) -> None:
        self._folders = folders
        self._start = start
        self._running = ExitStack()
        self._app: AppProcess | None = None

    def started(self) -> AppProcess:
        """The demo, started unless it runs."""
        if self._app is None:
            self._app = self._running.enter_context(self._start(self._folders.mktemp("demo")))
        return self._app

    def stop(self) -> None:
        """End it."""
        self._app = None
        self._running.close()


NEXT_NEEDS_DEMO = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Note whether the demo is still needed, before fixtures are taken down."""
    needed = nextitem is not None and "demo_app" in getattr(nextitem, "fixturenames", ())
    item.session.stash[NEXT_NEEDS_DEMO] = needed


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let tests of the running demo be run in another shape of it."""
    parser.addoption(
        "--shape",
        choices=("one", "many"),
        default="one",
        help="the demo of the tests: one process on SQLite, or two and two workers on PostgreSQL and Redis",
    )


@pytest.fixture(scope="session")
def _shared_demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedDemo]:
    many = request.config.getoption("--shape") == "many"
    demo = SharedDemo(tmp_path_factory, request.getfixturevalue("start_many") if many else start_app)
    yield demo
    demo.stop()


@pytest.fixture(scope="module")
def demo_app(request: pytest.FixtureRequest, _shared_demo: SharedDemo) -> Iterator[AppProcess]:
    """A running demo, shared with the modules before and after that use it too."""
    yield _shared_demo.started()
    if not request.session.stash[NEXT_NEEDS_DEMO]:
        _shared_demo.stop()
