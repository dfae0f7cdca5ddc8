"""Which room jobs are planned for a session, before any of them works."""

from datetime import timedelta

from sqlmodel import select

from mentor_ui.jobs import sweeps
from mentor_ui.models import AttendanceEvent
from mentor_ui.resources import Resources
from mentor_ui.services import followups, meetings
from tests.jobs.test_rooms import booked, follow, hours


def test_checks_are_planned_for_each_time_of_a_session(served: Resources) -> None:
    database = served.database
    booking_id = booked(database, hours(30))
    soon = hours(5)
    follow(database, booking_id, starts_at=soon, ends_at=soon + timedelta(hours=1))
    planned = {job.workflow_id: job for job in database.queue.list_workflows(queue_name=followups.CHECK_ROOM)}
    assert set(planned) == {
        *(f"check-room-{check}-{booking_id}-0" for check in ("24h", "1h", "15m")),
        *(f"check-room-{check}-{booking_id}-1" for check in ("1h", "15m")),
    }
    assert {job.status for job in planned.values()} == {"DELAYED"}


def test_a_job_that_gave_up_lives_again_and_what_a_spare_room_left_is_tidied_up(
    served: Resources,
) -> None:
    database = served.database
    booking_id = booked(database, hours(3))
    sweeps.sweep(served)
    jobs = database.queue.list_workflows(queue_name=followups.SYNC_ROOM)
    assert [job.workflow_id for job in jobs] == [f"room-{booking_id}-0"]
    with database.reading() as session:
        assert [due for due, _ in meetings.rooms_due(session)] == [booking_id]
        events = session.exec(select(AttendanceEvent)).all()
    assert events == []
