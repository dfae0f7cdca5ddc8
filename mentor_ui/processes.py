"""Child processes that never outlive us."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 8
RESTART_SECONDS = 1.0
READY_SECONDS = 60
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class StartError(Exception):
    """Something could not be started; `str()` is one line that says what to do."""


def die_with_parent() -> None:
    """Have the kernel end this process when the one that made it is gone, however it went (Linux)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def refuse_taken(port: int, variable: str, *, host: str) -> None:
    """Make sure that a port can be listened on.

    Args:
        port: The port.
        variable: Name of the setting that it comes from.
        host: The address to listen on.

    Raises:
        StartError: Something else listens there, or we may not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise StartError(
                f"{variable}: port {port} is for administrators, choose one above 1023."
            ) from None
        except OSError as error:
            raise StartError(
                f"{variable}: port {port} is taken, choose another: {variable}={port + 10}"
            ) from error


def free_port() -> int:
    """Return a port of this machine alone on which nobody listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int) -> bool:
    """Whether something on this machine accepts connections on a port.

    Args:
        port: The port.
    """
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def kept_running(
    command: Sequence[str], *, cwd: Path, log: Path, port: int = 0, name: str, report: Callable[[str], None]
) -> Generator[None]:
    """Run a server beside us for as long as the block does, and again whenever it ends by itself.

    Args:
        command: The program and its arguments.
        cwd: The folder to run it in.
        log: File for its output.
        port: Where it listens; the block starts when it answers. 0 when it listens nowhere.
        name: What to call it in messages.
        report: Told when it had to be started again.

    Raises:
        StartError: It ended at once, or never answered.
    """
    stopping = threading.Event()
    with log.open("wb") as output:

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(  # noqa: S603 - our own module
                command,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches us alone: it is stopped after the server that talks to it.
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no lock taken
            )

        running = start()

        def watch() -> None:
            nonlocal running
            while not stopping.wait(RESTART_SECONDS):
                if running.poll() is not None:
                    report(f"{name} ended with status {running.returncode} and is started again (log: {log})")
                    running = start()

        watcher = threading.Thread(target=watch, name=f"watch {name}")
        try:
            if port:
                _await_answer(running, port=port, name=name, log=log)
            watcher.start()
            yield
        finally:
            stopping.set()
            if watcher.is_alive():
                watcher.join()
            _stop(running)


def _await_answer(running: subprocess.Popen[bytes], *, port: int, name: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not answers(port):
        if running.poll() is not None:
            raise StartError(f"{name} did not start: {_last_line(log)} (all of it: {log})")
        if time.monotonic() > deadline:
            raise StartError(f"{name} did not answer within {READY_SECONDS} seconds (log: {log})")
        time.sleep(0.05)


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "no reason given")


def _stop(running: subprocess.Popen[bytes]) -> None:
    if running.poll() is None:
        running.terminate()
    try:
        running.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
