"""The process is killed, as by a power cut: between payment and booking, and between booking and room."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass

from mentor_ui.domain.money import show_naira
from mentor_ui.processes import die_with_parent
from mentor_ui.proving import victim
from mentor_ui.proving.guards import Guard, saying, without
from mentor_ui.proving.hearing import deliver
from mentor_ui.proving.seen import Scenario, Seen
from mentor_ui.proving.waiting import within
from mentor_ui.proving.world import PRICE_KOBO, World
from mentor_ui.services import followups
from mentor_ui.services.settlement import settle
from mentor_ui.settings import PROJECT_FOLDER

LIFE_SECONDS = 60
DONE_SECONDS = 30
LOSS_SECONDS = 8
"""So long a life after a crash gets to mend what nothing tells it of: longer than a sweep's pause."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life of a server process of its own, see `victim`."""

    process: "subprocess.Popen[bytes]"

    def await_death(self) -> None:
        """Wait until it has killed itself.

        Raises:
            RuntimeError: It ended in another way, so nothing was proven.
        """
        try:
            status = self.process.wait(LIFE_SECONDS)
        except BaseException:
            # Whoever interrupts the proof wants no process to outlive it.
            self.process.kill()
            self.process.wait(LIFE_SECONDS)
            raise
        if status != -signal.SIGKILL:
            raise RuntimeError(f"the process to be killed ended by itself, with status {status}")

    def end(self) -> None:
        """End it from outside."""
        self.process.terminate()
        self.process.wait(LIFE_SECONDS)


def _begin(world: World, what: str, *words: str) -> Life:
    settings = world.tools.settings
    told = json.dumps([str(settings.mentor_home), settings.sandbox_port, settings.database_url])
    return Life(
        subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "mentor_ui.proving.victim", told, what, *words],
            cwd=PROJECT_FOLDER,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no lock taken
        )
    )


def _between_payment_and_booking(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    student = world.student()
    reference = world.open(student, world.hold(student))
    world.pay(reference)
    if guarded:
        deliver(world, reference)
    _begin(world, victim.WORK if guarded else victim.SETTLE, victim.AT_VERIFY, reference).await_death()
    next_life = _begin(world, victim.WORK if guarded else victim.WORK_BLINDLY, victim.NEVER, reference)
    try:
        booked = within(DONE_SECONDS if guarded else LOSS_SECONDS, lambda: bool(world.paid_sessions()))
    finally:
        next_life.end()
    if not booked:
        charged = show_naira(world.charged_kobo() - world.promised_kobo())
        return Seen(f"{charged} paid, no session and nobody who knows of it", loss=True)
    problems = world.problems()
    if problems or world.transactions() != 1 or world.promised_kobo() != PRICE_KOBO:
        return Seen(" ".join(problems) or f"booked {world.transactions()} times", loss=True)
    return Seen("booked once in the next life", loss=False)


def _between_booking_and_room(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    student = world.student()
    booking_id = world.hold(student)
    reference = world.open(student, booking_id)
    world.pay(reference)
    off: tuple[Guard, ...] = ((followups, "_follow_with_room", saying(None)),)
    with without(*(() if guarded else off)):
        settle(world.tools.database, world.tools.payments, world.tools.rules, reference, world.now)
    first = victim.WORK if guarded else victim.MAKE_ROOM
    _begin(world, first, victim.AT_CREATE, str(booking_id)).await_death()
    next_life = _begin(world, victim.WORK, victim.NEVER, str(booking_id))
    try:
        has_room = within(
            DONE_SECONDS if guarded else LOSS_SECONDS,
            lambda: world.paid_sessions()[0].meeting_url is not None,
        )
    finally:
        next_life.end()
    rooms = len(world.control("GET", "zoom/meetings")["meetings"])
    if not has_room:
        return Seen(f"paid session without a room, {rooms} meeting at Zoom that nobody finds", loss=True)
    if rooms != 1:
        return Seen(f"{rooms} meetings at Zoom for one session", loss=True)
    return Seen("one room, found again in the next life", loss=False)


SCENARIOS = (
    Scenario(
        "kill-before-booking",
        "kill -9 after Paystack said paid, before the session is booked",
        "event and job are stored before the answer, sweeps ask again",
        _between_payment_and_booking,
    ),
    Scenario(
        "kill-before-room",
        "kill -9 after Zoom made the meeting, before it is written down",
        "the job is stored with the booking and looks for its mark",
        _between_booking_and_room,
    ),
)
