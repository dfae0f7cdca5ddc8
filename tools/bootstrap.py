"""From a fresh clone to a running command: `make run`, `make test`, `make check`, `make bench`, `make lock`.

Finds a Python that is new enough and goes on there. So that an old one can read it far enough to say what is
missing, this file alone keeps to the syntax of Python 3.6.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWER = ("python3.13", "python3.12", "python3.11", "python3.14")


def newer_python() -> str:
    """The path of a Python that is new enough, or nothing."""
    for name in NEWER:
        found = shutil.which(name)
        # A version manager may put a name there that it then refuses to start.
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            return found
    return ""


def main() -> None:
    """Set up and run the command named on the command line, under a Python that is new enough."""
    if sys.version_info >= OLDEST:
        import installation  # noqa: PLC0415 - an older Python could not even read it

        installation.main()
        return
    found = newer_python()
    if not found:
        wanted, have = (".".join(map(str, version[:2])) for version in (OLDEST, sys.version_info))
        sys.exit(f"Python {wanted} or newer is needed and only {have} was found. Install it, then try again.")
    os.execv(found, [found, *sys.argv])


if __name__ == "__main__":
    main()
