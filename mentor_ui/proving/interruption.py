"""Being told to stop: noted at once, obeyed where every process that was begun is in somebody's care.

An exception that rises wherever the signal happens to come would leave processes whose start was just
returning, and databases that are taken away under them.
"""

import signal
import threading
from types import FrameType

_told = threading.Event()


def note_signals() -> None:
    """Let Ctrl-C and SIGTERM be noted; the second of them ends the process wherever it is."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _note)


def _note(number: int, frame: FrameType | None) -> None:
    del frame
    signal.signal(number, signal.default_int_handler)
    _told.set()


def obey() -> None:
    """Go no further when told to stop.

    Raises:
        KeyboardInterrupt: So it was.
    """
    if _told.is_set():
        raise KeyboardInterrupt
