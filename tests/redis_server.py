"""The Redis of the tests: the one named by `TEST_REDIS_URL`, else a server of our own that keeps nothing.

`python -m tests.redis_server` installs Debian's package where there is none; the fixtures only look.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from tests.databases import quick_folder
from tests.sandbox_process import free_port

NAMES = ("redis-server", "valkey-server")
START_SECONDS = 30


def find_server() -> str | None:
    """The path of a Redis server, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def main() -> None:
    """Install a server if there is none, saying so; exit status 1 when that cannot be done."""
    if find_server() or os.environ.get("TEST_REDIS_URL"):
        return
    print("Installing a Redis server for the tests", flush=True)  # noqa: T201
    if os.geteuid() == 0 and shutil.which("apt-get"):
        # Only the program: a server that the package starts would be nobody's.
        quiet = {**os.environ, "RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "redis-server"]):
            subprocess.run(command, capture_output=True, check=False, env=quiet)
    if not find_server():
        sys.exit(
            "There is no Redis server for the tests, and none could be installed: install redis-server, "
            "or name one in TEST_REDIS_URL, then try again."
        )


@contextmanager
def running_redis() -> Iterator[str]:
    """Run a server of our own for as long as the block does; yield its URL."""
    program = find_server()
    assert program, "no Redis server: run `python -m tests.redis_server`"
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mentor-redis-", dir=quick_folder()) as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as server:
            url = f"redis://127.0.0.1:{port}/0"
            try:
                _await(url)
                yield url
            finally:
                server.terminate()


def _await(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "Redis does not answer"
                time.sleep(0.05)
            else:
                return


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server; what is in it is nobody's."""
    named = os.environ.get("TEST_REDIS_URL")
    if named:
        yield named
        return
    with running_redis() as url:
        yield url


if __name__ == "__main__":
    main()
