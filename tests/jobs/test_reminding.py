"""Reminders as the real queue runs them, with the real mailbox behind it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mentor_ui import resources
from mentor_ui.db.durable_queue import enqueue
from mentor_ui.db.engine import Database
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.jobs import sweeps
from mentor_ui.jobs.runtime import JobRuntime
from mentor_ui.models import AppMessage, MentorshipSession, OutgoingMessage, Person
from mentor_ui.services import reminders
from mentor_ui.services.reminders import LEADS, REMIND, Reminder
from tests.booked import make_booking
from tests.jobs.test_runtime import within
from tests.sandbox_process import SandboxProcess
from tests.world import Pair, make_pair

SOON = timedelta(seconds=2)
PATIENCE_SECONDS = 90


@contextmanager
def running(tools: resources.Resources, name: str = "test") -> Iterator[None]:
    runtime = JobRuntime(tools, name)
    runtime.start()
    try:
        yield
    finally:
        runtime.stop()


def due_soon(database: Database, pair: Pair, kind: Reminder, wait: timedelta = SOON) -> MentorshipSession:
    """Book a session whose reminder of this kind is due after `wait`."""
    starts_at = datetime.now(UTC).replace(microsecond=0) + LEADS[kind] + wait
    booking = make_booking(database, pair, starts_at, title=f"Session {kind}")
    schedule(database, booking)
    return booking


def schedule(database: Database, booking: MentorshipSession, now: datetime | None = None) -> None:
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, booking.id)
        reminders.schedule(session, row, now or datetime.now(UTC))


def told(database: Database) -> list[str]:
    """Return what people were reminded of in the application."""
    with database.reading() as session:
        return list(
            session.exec(select(AppMessage.kind).where(AppMessage.kind.startswith("reminder_"))).all()  # type: ignore[attr-defined]
        )


def address_of(database: Database, person_id: int) -> str:
    with database.reading() as session:
        return session.get_one(Person, person_id).email


def states(database: Database, booking: MentorshipSession) -> dict[str, str]:
    jobs = database.queue.list_workflows(name=REMIND)
    return {
        job.workflow_id.replace(f"-{booking.id}", ""): job.status
        for job in jobs
        if f"-{booking.id}-" in job.workflow_id
    }


def test_each_kind_reaches_both_in_the_application_and_by_mail(
    served: resources.Resources, sandbox: SandboxProcess
) -> None:
    database, pair = served.database, make_pair(served.database)
    with running(served):
        for kind in Reminder:
            due_soon(database, pair, kind)
        assert within(PATIENCE_SECONDS, lambda: len(told(database)) == 6)
        for actor, other in ((pair.student, "Tunde Bakare"), (pair.tutor, "Ada Obi")):
            address = address_of(database, actor.person_id)
            assert within(PATIENCE_SECONDS, lambda address=address: len(sandbox.mails(address)) == 3)
            subjects = sorted(mail["subject"].split(": ", 1)[1] for mail in sandbox.mails(address))
            assert subjects == [f"Session {kind} with {other}" for kind in ("15min", "1h", "24h")]


def test_a_session_that_moved_or_ended_meanwhile_is_not_reminded_of(served: resources.Resources) -> None:
    database, pair = served.database, make_pair(served.database)
    moved, ended = (due_soon(database, pair, Reminder.QUARTER) for _ in range(2))
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, moved.id)
        assert row.starts_at is not None
        row.starts_at, row.revision = row.starts_at + timedelta(seconds=4), 1
        reminders.schedule(session, row, datetime.now(UTC))
        session.get_one(MentorshipSession, ended.id).status = SessionStatus.CANCELLED
    with running(served):
        done = {"remind-15min-0": "SUCCESS", "remind-15min-1": "SUCCESS"}
        assert within(PATIENCE_SECONDS, lambda: states(database, moved) == done)
        assert within(PATIENCE_SECONDS, lambda: states(database, ended) == {"remind-15min-0": "SUCCESS"})
    with database.reading() as session:
        links = session.exec(select(AppMessage.link)).all()
    assert list(links) == [f"/mentorship/session/{moved.id}"] * 2


def test_a_reminder_waits_for_weeks_and_through_restarts(served: resources.Resources) -> None:
    database, pair = served.database, make_pair(served.database)
    starts_at = datetime.now(UTC).replace(microsecond=0) + LEADS[Reminder.DAY]
    booking = make_booking(database, pair, starts_at)
    weeks = timedelta(weeks=5)
    schedule(database, booking, starts_at - LEADS[Reminder.DAY] - weeks)
    [job] = database.queue.list_workflows(workflow_id_prefix=f"remind-24h-{booking.id}")
    assert job.delay_until_epoch_ms == pytest.approx((time.time() + weeks.total_seconds()) * 1000, abs=60_000)
    for _ in range(2):
        with running(served):
            time.sleep(2.5)
            assert states(database, booking)["remind-24h-0"] == "DELAYED"
    assert told(database) == []
    # As if the weeks were over.
    database.queue.set_workflow_delay(job.workflow_id, delay_until_epoch_ms=int(time.time() * 1000))
    with running(served):
        assert within(PATIENCE_SECONDS, lambda: states(database, booking)["remind-24h-0"] == "SUCCESS")
    assert told(database) == ["reminder_24h"] * 2


def test_a_job_enqueued_twice_and_run_twice_tells_once(served: resources.Resources) -> None:
    database, pair = served.database, make_pair(served.database)
    booking = due_soon(database, pair, Reminder.HOUR, timedelta(seconds=1))
    schedule(database, booking)
    assert booking.starts_at is not None
    with database.transaction() as session:
        arguments = (str(booking.id), "1h", int(booking.starts_at.timestamp()))
        enqueue(session, REMIND, "remind-again", *arguments)
    with running(served):
        assert within(
            PATIENCE_SECONDS,
            lambda: states(database, booking) == {"remind-1h-0": "SUCCESS", "remind-15min-0": "DELAYED"},
        )
        again = database.queue.retrieve_workflow("remind-again")
        assert within(PATIENCE_SECONDS, lambda: again.get_status().status == "SUCCESS")
    assert told(database) == ["reminder_1h"] * 2


def test_a_reminder_whose_job_gave_up_is_revived_while_it_is_of_use(served: resources.Resources) -> None:
    database, pair = served.database, make_pair(served.database)
    booking, stale = (due_soon(database, pair, Reminder.DAY, timedelta(hours=1)) for _ in range(2))
    database.queue.cancel_workflows([f"remind-24h-{one.id}-0" for one in (booking, stale)])
    with database.transaction() as session:
        session.get_one(MentorshipSession, stale.id).status = SessionStatus.CANCELLED
    later = datetime.now(UTC) + sweeps.SHORTEST_PAUSE * 3
    for _ in range(2):
        sweeps._revive_reminders(served, later)
    assert states(database, booking)["remind-24h-0-1"] == "ENQUEUED"
    assert set(states(database, stale)) == {"remind-24h-0", "remind-1h-0", "remind-15min-0"}
    with running(served):
        assert within(PATIENCE_SECONDS, lambda: states(database, booking)["remind-24h-0-1"] == "SUCCESS")
    assert told(database) == ["reminder_24h"] * 2


KILLED = """
import os, signal, sys, time
from mentor_ui.jobs.runtime import JobRuntime
from mentor_ui.resources import get_resources
from mentor_ui.services import reminders

real, when = reminders.remind, sys.argv[1]

def remind_and_die(session, **facts):
    told = real(session, **facts)
    if when == "after":
        session.commit()
    os.kill(os.getpid(), signal.SIGKILL)

reminders.remind = remind_and_die
JobRuntime(get_resources(), "killed").start()
time.sleep(60)
"""


@pytest.mark.parametrize(("when", "told_by_then"), [("before", 0), ("after", 2)])
def test_a_process_killed_beside_its_commit_reminds_once(
    served: resources.Resources, when: str, told_by_then: int
) -> None:
    database, pair = served.database, make_pair(served.database)
    booking = due_soon(database, pair, Reminder.QUARTER, timedelta(seconds=1))
    ended = subprocess.run([sys.executable, "-c", KILLED, when], env=os.environ, timeout=90, check=False)
    assert ended.returncode == -9
    assert len(told(database)) == told_by_then
    assert states(database, booking) == {"remind-15min-0": "PENDING"}
    with running(served, "killed"):
        assert within(PATIENCE_SECONDS, lambda: states(database, booking) == {"remind-15min-0": "SUCCESS"})
    assert told(database) == ["reminder_15min"] * 2
    with database.reading() as session:
        assert len(session.exec(select(OutgoingMessage)).all()) == 2
