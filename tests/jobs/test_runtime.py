"""The running jobs of a process."""

import time
from datetime import UTC, datetime, timedelta

from mentor_ui import resources
from mentor_ui.db.durable_queue import enqueue
from mentor_ui.db.engine import JOB_CONNECTIONS, Database
from mentor_ui.jobs.runtime import JOBS, JobRuntime
from mentor_ui.models import MentorshipSession
from mentor_ui.services import notifications
from mentor_ui.services.followups import SYNC_ROOM
from tests.booked import make_booking
from tests.sandbox_process import SandboxProcess
from tests.waiting import within
from tests.world import make_pair

MAILS = 12


def test_mails_that_cannot_be_sent_keep_no_room_waiting(
    served: resources.Resources, sandbox: SandboxProcess
) -> None:
    database = served.database
    pair = make_pair(database)
    soon = datetime.now(UTC) + timedelta(hours=2)
    booking = make_booking(database, pair, soon, meeting_url=None)
    sandbox.fault("mail.send", "500_before", times=None)
    with database.transaction() as session:
        for number in range(MAILS):
            notifications.owe_mail(
                session, "a@demo.test", key=f"m{number}", kind="test", subject="S", text="T", html=""
            )
    runtime = JobRuntime(served, "test")
    runtime.start()
    try:
        time.sleep(2)
        with database.transaction() as session:
            enqueue(session, SYNC_ROOM, f"room-{booking.id}-0", str(booking.id))
        assert within(15, lambda: has_room(database, booking.id)), "the room waited for the mails"
        sandbox.control("DELETE", "faults")
        assert within(60, lambda: len(sandbox.mails("a@demo.test")) == MAILS)
    finally:
        sandbox.control("DELETE", "faults")
        runtime.stop()


def test_all_jobs_at_once_have_a_connection_each() -> None:
    assert sum(pace.at_once for pace in JOBS.values()) <= JOB_CONNECTIONS


def has_room(database: Database, booking_id: int) -> bool:
    with database.reading() as session:
        return session.get_one(MentorshipSession, booking_id).meeting_url is not None
