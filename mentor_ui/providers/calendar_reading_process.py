"""`python -m mentor_ui.providers.calendar_reading_process`: the process that reads one calendar file.

Standard input holds one line of JSON and then the file; standard output takes one JSON object.
"""

import json
import resource
import sys
from datetime import UTC, datetime
from typing import Final

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.domain.calendar_files import busy_times

MOST_MEMORY_BYTES: Final = 1024**3


def main() -> None:
    """Read, expand, answer."""
    order = json.loads(sys.stdin.buffer.readline())
    seconds = int(order["seconds"]) or 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    try:
        busy = busy_times(
            sys.stdin.buffer.read(),
            zone=order["zone"],
            since=datetime.fromtimestamp(order["since"], UTC),
            until=datetime.fromtimestamp(order["until"], UTC),
            own_links=order["own_links"],
        )
        answer: dict[str, object] = {
            "busy": [(time.starts_at.timestamp(), time.ends_at.timestamp()) for time in busy]
        }
    except CalendarTrouble as trouble:
        answer = {"trouble": trouble.words}
    except (MemoryError, RecursionError):
        answer = {"trouble": "This calendar is too large to look through."}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
