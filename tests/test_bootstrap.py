"""`make`: what it says when the machine lacks something, and that it does nothing twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mentor_ui.settings import PROJECT_FOLDER

TOOLS = Path("tools")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the bootstrap reads, and no environment."""
    for name in (TOOLS, Path("requirements")):
        shutil.copytree(PROJECT_FOLDER / name, tmp_path / name)
    return tmp_path


def bootstrap(clone: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it under the Python that the environment was made from."""
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}"
    return subprocess.run(
        [str(python), str(clone / TOOLS / "bootstrap.py"), *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unreachable_index_is_one_clear_line(clone: Path) -> None:
    nobody = "http://127.0.0.1:9/simple"
    done = bootstrap(
        clone,
        "run",
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL=nobody,
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_RETRIES="0",
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("The Python packages could not be installed: the package index cannot be reached")
    assert (clone / ".mentor" / "install.log").is_file()
    assert not (clone / ".venv" / "installed").exists()


def test_a_finished_install_is_not_repeated(clone: Path) -> None:
    """The stamp is the only thing that counts, and the tools of `dev` include all of `run`."""
    script = f"""
import sys
sys.path.insert(0, {str(clone / "tools")!r})
import installation
installation.VENV.mkdir()
installation.STAMP.write_text("\\n".join([installation.this_place(), installation.lock_hash("dev")]))
installation.install("run")
installation.install("dev")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_a_moved_folder_gets_an_environment_of_its_own(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / "installed").write_text("3.11 /elsewhere/.venv\nabc")
    (clone / ".venv" / "left-over").touch()
    bootstrap(clone, "run", PIP_CONFIG_FILE=os.devnull, PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0")
    assert not (clone / ".venv" / "left-over").exists()


def old_python(folder: Path, body: str) -> dict[str, str]:
    """An environment whose only other Python is a script of ours, asked to be an old one."""
    folder.mkdir()
    script = folder / "python3.12"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return {"PATH": str(folder)}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('[ "$1" = -c ] || echo "went on with $2"', "went on with test"),
        ("exit 127", "Python 3.11 or newer is needed and only 3.8 was found. Install it, then try again."),
    ],
)
def test_a_python_that_is_too_old_looks_for_a_newer_one(
    clone: Path, tmp_path: Path, body: str, said: str
) -> None:
    script = """
import runpy, sys
sys.version_info = (3, 8, 10)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(clone / TOOLS / "bootstrap.py"), "test"],
        env=old_python(tmp_path / "bin", body),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout + done.stderr).strip() == said


def test_the_environments_python_stays_itself_whatever_path_holds(clone: Path, tmp_path: Path) -> None:
    """Python takes itself for the first of its name on PATH when it is started by that name alone."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "python").symlink_to(Path(sys.executable).resolve())
    script = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(clone / "tools")!r})
import installation
installation.BIN = Path({sys.prefix!r}) / "bin"
installation.become("python", "-c", "import sys; print(sys.prefix)")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PATH": str(elsewhere)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == sys.prefix
