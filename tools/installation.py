"""Sets up `.venv` from the locks and hands over to the tool that does the work.

Needs nothing but the standard library. What is installed is stamped with a hash of its lock, so that a second
run does nothing here.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

TELL_SECONDS = 5
PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "installed"
LOGS = PROJECT / ".mentor"
LAUNCHER = """#!{python}
import sys

from mentor_ui.cli import main

if __name__ == "__main__":  # the server starts its workers by reading this file again
    sys.exit(main())
"""


class Refusal(Exception):
    """Why it cannot go on; `str()` is one line."""


def main() -> None:
    """Make everything ready for the command named on the command line, and become it."""
    command = sys.argv[1] if len(sys.argv) > 1 else "run"
    try:
        install("run" if command == "run" else "dev")
        COMMANDS[command]()
    except Refusal as refusal:
        sys.exit(f"{refusal}")
    except KeyboardInterrupt:
        sys.exit(130)


def install(kind: str) -> None:
    """Install the locked packages into `.venv`, unless they are there.

    Args:
        kind: `run`, or `dev`, which holds all of `run` too.

    Raises:
        Refusal: It failed; the log is kept.
    """
    wanted = {name: lock_hash(name) for name in ("run", "dev")}
    place, *have = STAMP.read_text().splitlines() if STAMP.is_file() else [this_place()]
    if place != this_place():
        # An environment holds absolute paths: after a move it is made anew.
        shutil.rmtree(VENV)
        have = []
    if wanted["dev"] in have or (kind == "run" and wanted["run"] in have):
        return
    # Whoever had the tools for tests keeps them when the locks change.
    names = ["run", "dev"] if kind == "dev" or len(have) > 1 else ["run"]
    started = time.monotonic()
    STAMP.unlink(missing_ok=True)
    pip = make_environment()
    lines = (PROJECT / "requirements" / f"{names[-1]}.lock").read_text().splitlines()
    packages = sum("==" in line.split(";")[0] for line in lines)
    say(f"Installing {packages} Python packages (a minute or two, the first time)")
    attempt(
        [
            *pip,
            "install",
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
            "--no-compile",
            "--disable-pip-version-check",
            "--progress-bar=off",
            "--requirement",
            f"requirements/{names[-1]}.lock",
        ],
        "The Python packages could not be installed",
        counted=("Collecting ", packages),
    )
    make_importable()
    STAMP.write_text("\n".join([this_place(), *(wanted[name] for name in names)]))
    say(f"  done in {time.monotonic() - started:.0f} s")


def this_place() -> str:
    """What an environment is made for: a Python and a folder."""
    return f"{sys.version_info[0]}.{sys.version_info[1]} {VENV}"


def make_environment() -> list[str]:
    """Make `.venv` if it is not there.

    Returns:
        The pip command that installs into it.

    Raises:
        Refusal: This Python has neither the module for it nor pip.
    """
    own_pip = [str(BIN / "python"), "-m", "pip"]
    if not (BIN / "python").exists():
        say("Making a Python environment in .venv")
        venv = [sys.executable, "-m", "venv", "--clear"]
        if importlib.util.find_spec("ensurepip"):
            attempt([*venv, str(VENV)], "The Python environment could not be made")
        else:
            attempt([*venv, "--without-pip", str(VENV)], "The Python environment could not be made")
    if any(VENV.glob("lib/python3*/site-packages/pip")):
        return own_pip
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", f"--python={BIN / 'python'}"]
    raise Refusal(
        "This Python has no pip: install the packages python3-pip and python3-venv, then try again."
    )


def lock_hash(kind: str) -> str:
    """Hash of a lock.

    Args:
        kind: `run` or `dev`.
    """
    lock = (PROJECT / "requirements" / f"{kind}.lock").read_bytes()
    return hashlib.sha256(lock).hexdigest()


def make_importable() -> None:
    """Put the project on the environment's path, and its `mentor` command into its `bin`.

    An editable install would do the same, but has to fetch its build tools first.
    """
    (packages,) = VENV.glob("lib/python3*/site-packages")
    (packages / "mentor.pth").write_text(f"{PROJECT}\n")
    launcher = BIN / "mentor"
    launcher.write_text(LAUNCHER.format(python=BIN / "python"))
    launcher.chmod(0o755)


def attempt(command: list[str], failure: str, *, counted: tuple[str, int] | None = None) -> None:
    """Run a long step, with its output in a log and now and then a word about how far it is.

    Args:
        command: The program and its arguments.
        failure: What to say when it fails.
        counted: How the output lines begin that count as progress, and how many there will be.

    Raises:
        Refusal: It failed.
    """
    LOGS.mkdir(exist_ok=True)
    log = LOGS / "install.log"
    done, told = 0, time.monotonic()
    with (
        log.open("w") as output,
        subprocess.Popen(
            command,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        for line in process.stdout or ():
            output.write(line)
            if counted and line.startswith(counted[0]):
                done += 1
                if time.monotonic() - told > TELL_SECONDS:
                    told = time.monotonic()
                    say(f"  {done} of {counted[1]} fetched")
    if process.returncode:
        raise Refusal(f"{failure}: {reason(log)} (all of it: {log})")


def reason(log: Path) -> str:
    """The line of a log that says best why a step failed.

    Args:
        log: The log.
    """
    text = log.read_text(errors="replace")
    if "No space left" in text:
        return "the disk is full"
    if any(
        words in text for words in ("NewConnectionError", "Name or service not known", "Connection refused")
    ):
        return "the package index cannot be reached"
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in text:
        return "a package is not the one that was locked"
    if "(from versions: none)" in text:
        return "the package index cannot be reached, or is not a mirror of PyPI"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["no reason given"])[-1].removeprefix("ERROR: ")[:200]


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def become(*command: str) -> None:
    """Replace this process by a command, so that signals reach it directly.

    Args:
        *command: A program of the environment, and its arguments.
    """
    os.chdir(PROJECT)
    sys.stdout.flush()
    # By its whole path: from a bare name, Python would take itself for the one that PATH finds first.
    program = str(BIN / command[0])
    os.execv(program, (program, *command[1:]))


def succeed(*command: str) -> None:
    """Run a command of the environment and stop when it fails.

    Args:
        *command: A program of the environment, and its arguments.
    """
    if status := subprocess.run([str(BIN / command[0]), *command[1:]], cwd=PROJECT, check=False).returncode:
        sys.exit(status)


def test() -> None:
    """Every test, in several processes; a browser and Redis are installed only where there are none."""
    succeed("python", "-m", "tests.browser")
    succeed("python", "-m", "tests.redis_server")
    # Or the first to need it would build while the others wait, and give up on a slow machine.
    succeed("mentor", "build")
    become("python", "-m", "pytest", "--numprocesses=auto", *sys.argv[2:])


def check() -> None:
    """Format, lint, types, import contracts, dead code."""
    succeed("ruff", "format", "--check", "--quiet", ".")
    succeed("ruff", "check", "--quiet", ".")
    succeed("lint-imports")
    succeed("vulture")
    become("basedpyright")


def lock() -> None:
    """Choose versions anew: Python's with hashes, and the front end's."""
    tracing = ("--extra", "tracing")
    for kind, extras in (("run", ()), ("tracing", tracing), ("dev", (*tracing, "--extra", "dev"))):
        succeed(
            *("uv", "pip", "compile", "pyproject.toml", *extras, "--universal", "--python-version=3.11"),
            *("--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"),
            *("--upgrade", "--output-file", f"requirements/{kind}.lock"),
        )
    become("mentor", "build", "--update-lock")


COMMANDS = {
    "run": lambda: become("mentor", "run"),
    "test": test,
    "check": check,
    "bench": lambda: become("python", "-m", "benchmarks"),
    "lock": lock,
}
