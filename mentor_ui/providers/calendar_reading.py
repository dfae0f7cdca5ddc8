"""Reading a calendar file in a process of its own, which ends whatever the file does to it.

A file of a few lines can ask for billions of repeats, and reading a large one would keep the interpreter from
everybody else's work for seconds. The process has a limit of time and of memory.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Final

from mentor_ui.domain.busy_times import Busy, CalendarTrouble

LONGEST_SECONDS: Final = 15.0

_COMMAND: Final = (sys.executable, "-m", "mentor_ui.providers.calendar_reading_process")


def read_busy_times(
    file: bytes,
    *,
    zone: str,
    since: datetime,
    until: datetime,
    own_links: str,
    longest_seconds: float = LONGEST_SECONDS,
) -> list[Busy]:
    """Return when the owner of a calendar file is busy; see `domain.calendar_files.busy_times`.

    Args:
        file: The file as it came.
        zone: IANA zone of the owner.
        since: Begin of the window, aware.
        until: Its end, aware.
        own_links: What the links of our own sessions begin with.
        longest_seconds: After which the file counts as unreadable.

    Raises:
        CalendarTrouble: It cannot be understood, or not in this time.
    """
    order = {
        "zone": zone,
        "since": since.timestamp(),
        "until": until.timestamp(),
        "own_links": own_links,
        "seconds": longest_seconds,
    }
    try:
        done = subprocess.run(  # noqa: S603 (our own module)
            _COMMAND,
            input=json.dumps(order).encode() + b"\n" + file,
            capture_output=True,
            timeout=longest_seconds + 5,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_much() from error
    if done.returncode < 0 or not done.stdout:
        raise _too_much()
    answer = json.loads(done.stdout)
    if "trouble" in answer:
        raise CalendarTrouble(answer["trouble"])
    return [Busy(*(datetime.fromtimestamp(at, UTC) for at in pair)) for pair in answer["busy"]]


def _too_much() -> CalendarTrouble:
    return CalendarTrouble(
        "This calendar takes too long to look through: an event in it repeats without end."
    )
