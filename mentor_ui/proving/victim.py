"""A life of a server process that is about to be killed, or that comes after one that was.

Started by `crashes` as `python -m mentor_ui.proving.victim`, never by anything of the product.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mentor_ui.jobs import daily_books, rooms
from mentor_ui.jobs.executors import own_name
from mentor_ui.jobs.runtime import JobRuntime
from mentor_ui.proving.guards import Guard, saying, without
from mentor_ui.proving.world import as_this_process, quiet, settings_for
from mentor_ui.resources import Resources
from mentor_ui.services import payments
from mentor_ui.services.settlement import settle

SETTLE, MAKE_ROOM, WORK, WORK_BLINDLY = "settle", "make-room", "work", "work-blindly"
"""What a life does: settle one payment from memory, make one room from memory, or run the jobs. Blindly,
neither a sweep nor the daily comparison with Paystack looks for payments."""

AT_VERIFY, AT_CREATE, NEVER = "verify", "create", "never"
"""When it dies: once Paystack has answered, once Zoom has made the meeting, or when it is ended."""


AT_WORK = "the jobs run\n"
"""Written to standard output when they do: how long it takes to get there says nothing of the product."""


def _dying_after(act: Callable[..., Any]) -> Callable[..., Any]:
    def die(*arguments: Any, **named: Any) -> None:
        act(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return die


def _deaths(tools: Resources, when: str) -> tuple[Guard, ...]:
    match when:
        case "verify":
            return ((tools.payments, "verify", _dying_after(tools.payments.verify)),)
        case "create":
            return ((tools.meetings, "create_meeting", _dying_after(tools.meetings.create_meeting)),)
        case _:
            return ()


def _live(tools: Resources, what: str, about: str) -> None:
    if what == SETTLE:
        settle(tools.database, tools.payments, tools.rules, about, datetime.now(UTC))
    elif what == MAKE_ROOM:
        rooms.bring_in_line(about, True)
    else:
        with own_name(tools.database, "victim") as name:
            runtime = JobRuntime(tools, name)
            runtime.start()
            sys.stdout.write(AT_WORK)
            sys.stdout.flush()
            signal.sigwait({signal.SIGTERM, signal.SIGINT})
            runtime.stop()


def main() -> None:
    """Live as the arguments say: JSON of where the world is, what to do, when to die, about what."""
    quiet()
    told, what, when, about = sys.argv[1:5]
    folder, sandbox_port, database_url = json.loads(told)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with as_this_process(settings_for(Path(folder), sandbox_port, database_url)) as tools:
        blind: tuple[Guard, ...] = (
            (payments, "due_for_check", saying([])),
            (daily_books, "compare", saying(None)),
        )
        with without(*_deaths(tools, when), *(blind if what == WORK_BLINDLY else ())):
            _live(tools, what, about)


if __name__ == "__main__":
    main()
