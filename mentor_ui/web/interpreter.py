"""How the Python of a serving process shares its one lock among threads, and looks for garbage."""

import gc
import sys

SWITCH_SECONDS = 0.0005
"""SQLite gives the interpreter away at every row, and a thread that is busy, such as one that makes a page
ready, keeps it for as long as this: with the usual 5 ms, a list of 24 cards takes a tenth of a second."""


def prepare_for_serving() -> None:
    """Let no thread wait long for another, and no request for a search through all that was loaded."""
    sys.setswitchinterval(SWITCH_SECONDS)
    keep_what_is_there()


def keep_what_is_there() -> None:
    """Leave what the process holds by now out of every later search for garbage.

    Modules and pages stay for good, and a search through all of them stops every thread for half a second.
    """
    gc.collect()
    gc.freeze()
