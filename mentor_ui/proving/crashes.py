"""The process is killed, as by a power cut: between payment and booking, and between booking and room."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from mentor_ui.domain.money import show_naira
from mentor_ui.processes import die_with_parent
from mentor_ui.proving import victim
from mentor_ui.proving.guards import Guard, without
from mentor_ui.proving.hearing import deliver
from mentor_ui.proving.seen import Scenario, Seen
from mentor_ui.proving.waiting import within
from mentor_ui.proving.world import PRICE_KOBO, World
from mentor_ui.services import followups
from mentor_ui.services.settlement import settle
from mentor_ui.settings import PROJECT_FOLDER

LIFE_SECONDS = 180
DONE_SECONDS = 60
LOSS_SECONDS = 8
"""So long a life after a crash works to mend what nothing tells it of: longer than a sweep's pause."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life of a server process of its own, see `victim`."""

    process: "subprocess.Popen[bytes]"

    def await_work(self) -> None:
        """Wait until its jobs run, however slow the machine is.

        Raises:
            RuntimeError: They never did, so nothing was proven.
        """
        said = bytearray()

        def works() -> bool:
            said.extend((self.process.stdout and self.process.stdout.read()) or b"")
            return victim.AT_WORK.encode() in said or self.process.poll() is not None

        if not within(LIFE_SECONDS, works) or self.process.poll() is not None:
            raise RuntimeError("the process that comes after the killed one did not begin to work")

    def await_death(self) -> None:
        """Wait until it has killed itself.

        Raises:
            RuntimeError: It ended in another way, so nothing was proven.
        """
        if not within(LIFE_SECONDS, lambda: self.process.poll() is not None):
            raise RuntimeError("the process to be killed went on living")
        if self.process.returncode != -signal.SIGKILL:
            raise RuntimeError(
                f"the process to be killed ended by itself, with status {self.process.returncode}"
            )


@contextmanager
def _begun(world: World, what: str, *words: str) -> Generator[Life]:
    """Let a process live for as long as the block runs, unless it ends before."""
    settings = world.tools.settings
    told = json.dumps([str(settings.mentor_home), settings.sandbox_port, settings.database_url])
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "mentor_ui.proving.victim", told, what, *words],
        cwd=PROJECT_FOLDER,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one system call, no lock taken
    ) as process:
        try:
            if process.stdout is not None:
                os.set_blocking(process.stdout.fileno(), False)
            yield Life(process)
        finally:
            # Never gently: it may be busy, and its database goes away right after this.
            process.kill()


def _between_payment_and_booking(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    student = world.student()
    reference = world.open(student, world.hold(student))
    world.pay(reference)
    if guarded:
        deliver(world, reference)
    first, second = (victim.WORK, victim.WORK) if guarded else (victim.SETTLE, victim.WORK_BLINDLY)
    with _begun(world, first, victim.AT_VERIFY, reference) as life:
        life.await_death()
    with _begun(world, second, victim.NEVER, reference) as life:
        life.await_work()
        booked = within(DONE_SECONDS if guarded else LOSS_SECONDS, lambda: bool(world.paid_sessions()))
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
    off: tuple[Guard, ...] = ((followups, "DUE", dict[str, object]()),)
    with without(*(() if guarded else off)):
        settle(world.tools.database, world.tools.payments, world.tools.rules, reference, world.now)
    first = victim.WORK if guarded else victim.MAKE_ROOM
    with _begun(world, first, victim.AT_CREATE, str(booking_id)) as life:
        life.await_death()
    with _begun(world, victim.WORK, victim.NEVER, str(booking_id)) as life:
        life.await_work()
        has_room = within(
            DONE_SECONDS if guarded else LOSS_SECONDS,
            lambda: world.paid_sessions()[0].meeting_url is not None,
        )
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
