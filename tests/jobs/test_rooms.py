"""Whatever Zoom does, a paid session has exactly one working way in, and leaves no second meeting behind."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import AppMessage, MentorshipSession, OutgoingMessage, RoomKind
from mentor_ui.resources import Resources
from mentor_ui.services import followups, meetings
from mentor_ui.services.announcements import Happening
from tests.booked import make_booking
from tests.databases import PostgresqlDatabases, SqliteDatabases, opened
from tests.jobs.conftest import at_work, serving
from tests.sandbox_process import SandboxProcess
from tests.waiting import within
from tests.world import make_pair

DAILY = {
    "code": 429,
    "message": "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests",
}
PATIENCE = 60.0

ONE_KIND = pytest.mark.parametrize("running", ["sqlite"], indirect=True)
"""For ways of failing that do not depend on the kind of database."""

SHORTER = 50
"""How many times shorter the jobs' pauses between tries are here."""

Break = Callable[[SandboxProcess], None]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, sandbox: SandboxProcess) -> Iterator[Resources]:
    """One process at work for all tests of a kind of database; each has a booking and people of its own."""
    databases: SqliteDatabases | PostgresqlDatabases = request.getfixturevalue(f"{request.param}_databases")
    quick = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / SHORTER))
    with (
        pytest.MonkeyPatch.context() as patch,
        opened(databases) as database,
        serving(database, sandbox) as tools,
        at_work(tools),
    ):
        patch.setattr("dbos._outcome.time", quick)
        yield tools


@pytest.fixture(autouse=True)
def in_order(sandbox: SandboxProcess) -> Iterator[None]:
    """Let every test begin with a sandbox that works, has counted nothing and has to be asked for a token."""
    sandbox.control("DELETE", "requests")
    sandbox.control("POST", "zoom/expire-tokens")
    yield
    sandbox.control("DELETE", "faults")


def hours(number: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=number)


def booked(database: Database, starts_at: datetime) -> int:
    """Book and pay: what follows is enqueued."""
    booking = make_booking(database, make_pair(database), starts_at, meeting_url=None)
    follow(database, booking.id)
    return booking.id


def follow(database: Database, booking_id: int, **changes: object) -> None:
    """Change a booking as the use cases do: raise its revision and let the jobs follow."""
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        for name, value in changes.items():
            setattr(booking, name, value)
        booking.revision += bool(changes)
        followups.after_change(session, booking, datetime.now(UTC))


def read(database: Database, booking_id: int) -> MentorshipSession:
    with database.reading() as session:
        return session.get_one(MentorshipSession, booking_id)


def zooms(sandbox: SandboxProcess, booking_id: int) -> list[dict[str, object]]:
    """What Zoom holds for a booking."""
    return [
        one
        for one in sandbox.meetings()
        if not one["is_deleted"] and str(one["agenda"]).endswith(f"mentor-booking:{booking_id}")
    ]


def ways_in(database: Database, sandbox: SandboxProcess, booking_id: int) -> list[str]:
    """The ways that really lead into a room of this booking now: one is right, none and two are wrong."""
    booking = read(database, booking_id)
    found = [str(one["join_url"]) for one in zooms(sandbox, booking_id)]
    if booking.room_kind in (RoomKind.SPARE, RoomKind.OWN):
        found.append(booking.meeting_url or "")
    # A link to a meeting that is gone is no way in.
    return found if booking.meeting_url in found else []


def is_settled(database: Database, booking_id: int) -> bool:
    return not read(database, booking_id).room_due


def wait_for_room(database: Database, booking_id: int) -> None:
    assert within(PATIENCE, lambda: read(database, booking_id).meeting_url is not None), "no way in"


def wait_until_settled(database: Database, booking_id: int) -> None:
    assert within(PATIENCE, lambda: is_settled(database, booking_id)), "Zoom was not brought in line"


def mend(database: Database, sandbox: SandboxProcess, booking_id: int) -> None:
    """Let Zoom work again, and the pause before the job's next life be over."""
    sandbox.control("DELETE", "faults")
    with database.transaction() as session:
        meetings.ask_for_room(session, booking_id)
    wait_until_settled(database, booking_id)


def told(database: Database, booking_id: int) -> list[str]:
    """Who was told that a session has another room: one line for each message in the application."""
    with database.reading() as session:
        letters = session.exec(
            select(OutgoingMessage).where(
                OutgoingMessage.kind == Happening.ROOM_CHANGED,
                col(OutgoingMessage.dedupe_key).contains(f"-{booking_id}-"),
            )
        ).all()
        notes = session.exec(
            select(AppMessage).where(
                AppMessage.kind == Happening.ROOM_CHANGED,
                AppMessage.link == f"/mentorship/session/{booking_id}",
            )
        ).all()
    assert len(letters) == len(notes)
    return [note.body for note in notes]


def fault(kind: str, *routes: str, **options: object) -> Break:
    def switch_on(sandbox: SandboxProcess) -> None:
        for route in routes:
            sandbox.fault(route, kind, times=None, **options)

    return switch_on


BROKEN: dict[str, Break] = {
    "its daily limit is reached": fault("reply", "zoom.meetings.create", status=429, body=DAILY),
    "it is overloaded": fault("429", "zoom.meetings.create"),
    "it breaks down before the effect": fault("500_before", "zoom.meetings.create"),
    "it breaks down after the effect": fault("500_after", "zoom.meetings.create"),
    "it answers nonsense": fault("garbage", "zoom.*"),
    "it gives no token": fault("500_before", "zoom.token"),
    "it refuses our keys": fault("reply", "zoom.token", status=401, body={"error": "invalid_client"}),
    "its list is away": fault("500_before", "zoom.meetings.list"),
}


@ONE_KIND
@pytest.mark.parametrize("how", BROKEN)
def test_when_zoom_fails_near_the_start_both_get_a_spare_room(
    running: Resources, sandbox: SandboxProcess, how: str
) -> None:
    database = running.database
    BROKEN[how](sandbox)
    booking_id = booked(database, hours(3))
    wait_for_room(database, booking_id)
    booking = read(database, booking_id)
    if how != "it breaks down after the effect":
        assert booking.room_kind == RoomKind.SPARE
        assert str(booking.meeting_url).startswith("https://meet.jit.si/mentor-")
        assert [body.startswith("Zoom cannot make a room") for body in told(database, booking_id)] == [
            True,
            True,
        ]
    mend(database, sandbox, booking_id)
    assert len(ways_in(database, sandbox, booking_id)) == 1


@ONE_KIND
@pytest.mark.parametrize("kind", ["500_after", "lost_reply", "garbage", "500_before", "429"])
def test_one_failure_costs_nobody_the_room(running: Resources, sandbox: SandboxProcess, kind: str) -> None:
    sandbox.fault("zoom.meetings.create", kind)
    booking_id = booked(running.database, hours(3))
    wait_until_settled(running.database, booking_id)
    assert read(running.database, booking_id).room_kind == RoomKind.ZOOM
    assert len(ways_in(running.database, sandbox, booking_id)) == 1
    assert told(running.database, booking_id) == []


def test_an_expired_token_is_replaced(running: Resources, sandbox: SandboxProcess) -> None:
    first = booked(running.database, hours(3))
    wait_until_settled(running.database, first)
    sandbox.control("POST", "zoom/expire-tokens")
    second = booked(running.database, hours(5))
    wait_until_settled(running.database, second)
    assert len(ways_in(running.database, sandbox, second)) == 1


def test_far_ahead_the_room_waits_for_zoom(running: Resources, sandbox: SandboxProcess) -> None:
    database = running.database
    fault("reply", "zoom.meetings.create", status=429, body=DAILY)(sandbox)
    booking_id = booked(database, hours(72))
    assert within(PATIENCE, lambda: has_given_up(database, booking_id))
    booking = read(database, booking_id)
    assert (booking.meeting_url, booking.room_due) == (None, True)
    mend(database, sandbox, booking_id)
    assert read(database, booking_id).room_kind == RoomKind.ZOOM
    assert told(database, booking_id) == []


def has_given_up(database: Database, booking_id: int) -> bool:
    jobs = database.queue.list_workflows(workflow_id_prefix=f"room-{booking_id}-")
    return any(job.status == "ERROR" for job in jobs)


def test_a_moved_session_keeps_its_meeting_at_its_new_time(
    running: Resources, sandbox: SandboxProcess
) -> None:
    database = running.database
    booking_id = booked(database, hours(30))
    wait_until_settled(database, booking_id)
    before = read(database, booking_id)
    later = hours(50)
    follow(database, booking_id, starts_at=later, ends_at=later + timedelta(hours=1))
    wait_until_settled(database, booking_id)
    after = read(database, booking_id)
    assert (after.zoom_meeting_id, after.meeting_url) == (before.zoom_meeting_id, before.meeting_url)
    (meeting,) = zooms(sandbox, booking_id)
    assert meeting["start_time"] == later.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert sandbox.calls("zoom.meetings.patch") == 1


@ONE_KIND
@pytest.mark.parametrize("kind", ["404", "500_before", "500_after", "lost_reply", "garbage", "daily"])
def test_a_move_that_zoom_refuses_still_leaves_one_way_in(
    running: Resources, sandbox: SandboxProcess, kind: str
) -> None:
    database = running.database
    booking_id = booked(database, hours(30))
    wait_until_settled(database, booking_id)
    match kind:
        case "404":
            gone = {"code": 3001, "message": "Meeting does not exist."}
            sandbox.fault("zoom.meetings.patch", "reply", times=1, status=404, body=gone)
        case "daily":
            fault("reply", "zoom.meetings.patch", status=429, body=DAILY)(sandbox)
        case _:
            fault(kind, "zoom.meetings.patch")(sandbox)
    soon = hours(2)
    follow(database, booking_id, starts_at=soon, ends_at=soon + timedelta(hours=1))
    assert within(PATIENCE, lambda: is_settled(database, booking_id) or bool(told(database, booking_id)))
    mend(database, sandbox, booking_id)
    assert len(ways_in(database, sandbox, booking_id)) == 1
    if kind in ("500_before", "daily"):
        assert read(database, booking_id).room_kind == RoomKind.SPARE


def test_a_cancelled_session_leaves_no_meeting(running: Resources, sandbox: SandboxProcess) -> None:
    database = running.database
    booking_id = booked(database, hours(30))
    wait_until_settled(database, booking_id)
    fault("500_before", "zoom.meetings.delete")(sandbox)
    follow(database, booking_id, status=SessionStatus.CANCELLED)
    assert within(PATIENCE, lambda: has_ended(database, f"room-{booking_id}-1"))
    assert len(zooms(sandbox, booking_id)) == 1
    mend(database, sandbox, booking_id)
    assert zooms(sandbox, booking_id) == []
    booking = read(database, booking_id)
    assert (booking.zoom_meeting_id, booking.meeting_url, booking.room_kind) == (None, None, "")


@ONE_KIND
def test_a_meeting_that_is_going_on_is_deleted_once_it_has_ended(
    running: Resources, sandbox: SandboxProcess
) -> None:
    database = running.database
    booking_id = booked(database, hours(30))
    wait_until_settled(database, booking_id)
    meeting = read(database, booking_id).zoom_meeting_id
    sandbox.control("POST", f"zoom/meetings/{meeting}/started")
    follow(database, booking_id, status=SessionStatus.CANCELLED)
    assert within(PATIENCE, lambda: has_ended(database, f"room-{booking_id}-1"))
    assert len(zooms(sandbox, booking_id)) == 1
    assert database.queue.list_workflows(workflow_ids=[f"room-{booking_id}-1"])[0].status == "SUCCESS"
    sandbox.control("POST", f"zoom/meetings/{meeting}/ended")
    mend(database, sandbox, booking_id)
    assert zooms(sandbox, booking_id) == []


def has_ended(database: Database, job_id: str) -> bool:
    jobs = database.queue.list_workflows(workflow_ids=[job_id])
    return bool(jobs) and jobs[0].status in ("SUCCESS", "ERROR")


def test_cancelled_while_its_meeting_is_being_made_leaves_none(
    running: Resources, sandbox: SandboxProcess
) -> None:
    database = running.database
    sandbox.fault("zoom.meetings.create", "delay", seconds=2)
    booking_id = booked(database, hours(30))
    assert within(PATIENCE, lambda: sandbox.calls("zoom.meetings.create") > 0)
    follow(database, booking_id, status=SessionStatus.CANCELLED)
    assert within(PATIENCE, lambda: has_ended(database, f"room-{booking_id}-0"))
    assert within(PATIENCE, lambda: has_ended(database, f"room-{booking_id}-1"))
    wait_until_settled(database, booking_id)
    assert zooms(sandbox, booking_id) == []


def test_two_jobs_at_once_make_one_meeting(running: Resources, sandbox: SandboxProcess) -> None:
    database = running.database
    fault("delay", "zoom.meetings.create", seconds=1)(sandbox)
    booking_id = booked(database, hours(3))
    with database.transaction() as session:
        meetings.ask_for_room(session, booking_id)
    wait_until_settled(database, booking_id)
    assert within(PATIENCE, lambda: len(zooms(sandbox, booking_id)) == 1)
    assert len(ways_in(database, sandbox, booking_id)) == 1


@pytest.mark.parametrize("check", followups.CHECKS)
def test_a_check_makes_a_deleted_meeting_anew(
    running: Resources, sandbox: SandboxProcess, check: str
) -> None:
    database = running.database
    booking_id = booked(database, hours(0.5))
    wait_until_settled(database, booking_id)
    delete_at_zoom(running, read(database, booking_id))
    run_check(database, booking_id, check)
    assert within(PATIENCE, lambda: len(ways_in(database, sandbox, booking_id)) == 1)
    assert read(database, booking_id).room_kind == RoomKind.ZOOM


def delete_at_zoom(tools: Resources, booking: MentorshipSession) -> None:
    tools.meetings.delete_meeting(int(booking.zoom_meeting_id or 0))


def run_check(database: Database, booking_id: int, check: str, revision: int = 0) -> None:
    with database.transaction() as session:
        followups.enqueue(
            session, followups.CHECK_ROOM, f"checking-{check}-{booking_id}", str(booking_id), revision, check
        )


@ONE_KIND
@pytest.mark.parametrize("how", BROKEN)
def test_fifteen_minutes_before_a_deleted_meeting_and_a_failing_zoom_leave_one_way_in(
    running: Resources, sandbox: SandboxProcess, how: str
) -> None:
    database = running.database
    booking_id = booked(database, hours(0.3))
    wait_until_settled(database, booking_id)
    delete_at_zoom(running, read(database, booking_id))
    BROKEN[how](sandbox)
    run_check(database, booking_id, followups.LAST_CHECK)
    assert within(PATIENCE, lambda: has_ended(database, f"checking-15m-{booking_id}"))
    assert read(database, booking_id).meeting_url is not None
    mend(database, sandbox, booking_id)
    assert len(ways_in(database, sandbox, booking_id)) == 1


def test_an_hour_before_a_silent_zoom_moves_nobody(running: Resources, sandbox: SandboxProcess) -> None:
    database = running.database
    booking_id = booked(database, hours(1))
    wait_until_settled(database, booking_id)
    fault("500_before", "zoom.*")(sandbox)
    run_check(database, booking_id, "1h")
    assert within(PATIENCE, lambda: has_ended(database, f"checking-1h-{booking_id}"))
    assert read(database, booking_id).room_kind == RoomKind.ZOOM
    assert told(database, booking_id) == []


def test_a_check_of_a_session_that_moved_does_nothing(running: Resources, sandbox: SandboxProcess) -> None:
    database = running.database
    booking_id = booked(database, hours(3))
    wait_until_settled(database, booking_id)
    delete_at_zoom(running, read(database, booking_id))
    run_check(database, booking_id, "1h", revision=7)
    assert within(PATIENCE, lambda: has_ended(database, f"checking-1h-{booking_id}"))
    assert ways_in(database, sandbox, booking_id) == []
