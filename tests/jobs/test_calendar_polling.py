"""Looking into calendars by their address: the sandbox's host of files, over real HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from mentor_ui.domain.availability_rules import CALENDAR_TRUSTED
from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.jobs import calendar_polling, sweeps
from mentor_ui.jobs.runtime import JobRuntime
from mentor_ui.models import BusyTime, LinkedCalendar, MentorshipSession, Person
from mentor_ui.resources import Resources
from mentor_ui.services import availability
from tests.domain.test_calendar_files import event, file
from tests.jobs.test_runtime import within
from tests.sandbox_process import SandboxProcess
from tests.world import make_pair, make_person

IN_TWO_DAYS = (datetime.now(UTC) + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)


def publish(sandbox: SandboxProcess, *parts: str, name: str = "home.ics", head: str = "") -> str:
    """Put a file on the host and return its address."""
    body = {"body": file(*parts, head=head).decode()}
    address: str = sandbox.control("PUT", f"ics/{name}", body)["address"]
    return address


def hour_at(starts_at: datetime, uid: str = "a@elsewhere") -> str:
    """Return an event of an hour."""
    return event(f"DTSTART:{starts_at:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", uid=uid)


def known(resources: Resources) -> list[datetime]:
    """Return when known busy times start."""
    with resources.database.reading() as session:
        return sorted(session.exec(select(BusyTime.starts_at)))


def row_of(resources: Resources, calendar_id: int) -> LinkedCalendar:
    """Return a calendar's row."""
    with resources.database.reading() as session:
        return session.get_one(LinkedCalendar, calendar_id)


def set_row(resources: Resources, calendar_id: int, **values: object) -> None:
    """Change a calendar's row."""
    with resources.database.transaction() as session:
        session.connection().execute(
            update(LinkedCalendar).where(col(LinkedCalendar.id) == calendar_id).values(**values)
        )


@pytest.fixture
def tutor(served: Resources) -> Actor:
    """A tutor."""
    return make_person(served.database, Role.TUTOR)


def test_a_calendar_is_read_when_it_is_linked(
    served: Resources, sandbox: SandboxProcess, tutor: Actor
) -> None:
    address = publish(sandbox, hour_at(IN_TWO_DAYS), head="X-WR-CALNAME:Ada\\, at home")
    calendar_id = calendar_polling.link_address(served, tutor, f" {address} ")
    assert known(served) == [IN_TWO_DAYS]
    row = row_of(served, calendar_id)
    assert row.name == "Ada, at home"
    assert address not in row.secret
    with pytest.raises(Conflict):
        calendar_polling.link_address(served, tutor, address)


def test_an_address_without_a_calendar_is_not_linked(
    served: Resources, sandbox: SandboxProcess, tutor: Actor
) -> None:
    page = sandbox.control("PUT", "ics/page", {"body": "<!doctype html>", "content_type": "text/html"})
    with pytest.raises(InvalidInput, match="a web page") as caught:
        calendar_polling.link_address(served, tutor, page["address"])
    assert caught.value.field == "address"
    inside = sandbox.control("PUT", "ics/inside", {"redirect_to": "http://127.0.0.1:1/a.ics"})
    huge = sandbox.control("PUT", "ics/huge", {"body": "BEGIN:VCALENDAR", "padding": 9 * 1024**2})
    for address, words in (
        (inside["address"], "begins with https"),
        (huge["address"], "larger"),
        ("http://127.0.0.1:1/a.ics", "begins with https"),
        ("https://127.0.0.1/a.ics", "private network"),
        (f"{sandbox.base_url}/ics/nothing", "no calendar at this address"),
    ):
        with pytest.raises(InvalidInput, match=words):
            calendar_polling.link_address(served, tutor, address)
    student = make_person(served.database, Role.STUDENT)
    with pytest.raises(NotAllowed):
        calendar_polling.link_address(served, student, f"{sandbox.base_url}/ics/demo.ics")
    assert known(served) == []


def test_an_unchanged_file_is_not_sent_again_until_more_days_are_needed(
    served: Resources, sandbox: SandboxProcess, tutor: Actor
) -> None:
    address = publish(sandbox, hour_at(IN_TWO_DAYS))
    calendar_id = calendar_polling.link_address(served, tutor, address)
    sandbox.control("DELETE", "requests")
    calendar_polling.look(served, calendar_id)
    set_row(served, calendar_id, known_until=datetime.now(UTC) + timedelta(days=90))
    calendar_polling.look(served, calendar_id)
    log = sandbox.control("GET", "requests")["recent"]
    assert [call["status"] for call in log if call["route"] == "ics.get"] == [304, 200]
    assert known(served) == [IN_TWO_DAYS]
    assert row_of(served, calendar_id).trouble == ""


def test_floating_times_move_with_their_owners_zone_though_the_file_is_the_same(
    served: Resources, sandbox: SandboxProcess, tutor: Actor
) -> None:
    floating = event(f"DTSTART:{IN_TWO_DAYS:%Y%m%dT%H%M%S}", "DURATION:PT1H")
    calendar_id = calendar_polling.link_address(served, tutor, publish(sandbox, floating))
    assert known(served) == [IN_TWO_DAYS - timedelta(hours=1)]
    with served.database.transaction() as session:
        session.get_one(Person, tutor.person_id).timezone = "Asia/Kathmandu"
    calendar_polling.look(served, calendar_id)
    assert known(served) == [IN_TWO_DAYS - timedelta(hours=5, minutes=45)]


def test_students_are_offered_no_busy_time_and_none_at_all_when_nothing_is_known(
    served: Resources, sandbox: SandboxProcess
) -> None:
    pair = make_pair(served.database)

    def offered() -> tuple[datetime, ...]:
        with served.database.reading() as session:
            offering = session.get_one(MentorshipSession, pair.offering_id)
            return availability.free_times(session, offering, viewer_id=None, now=datetime.now(UTC))

    assert IN_TWO_DAYS in offered()
    calendar_id = calendar_polling.link_address(served, pair.tutor, publish(sandbox, hour_at(IN_TWO_DAYS)))
    free = offered()
    assert IN_TWO_DAYS not in free
    assert IN_TWO_DAYS + timedelta(hours=1) in free
    long_ago = datetime.now(UTC) - CALENDAR_TRUSTED - timedelta(minutes=1)
    set_row(served, calendar_id, succeeded_at=long_ago)
    with pytest.raises(availability.CannotFindOut):
        offered()
    sandbox.fault("ics.get", "500_before")
    calendar_polling.look(served, calendar_id)
    with served.database.reading() as session:
        assert session.get_one(MentorshipSession, pair.offering_id).next_free_unknown
    calendar_polling.look(served, calendar_id)
    assert offered() == free
    with served.database.reading() as session:
        assert not session.get_one(MentorshipSession, pair.offering_id).next_free_unknown


@pytest.mark.parametrize(
    ("kind", "words"),
    [("500_before", "an error"), ("garbage", "a web page"), ("429", "less often"), ("lost_reply", "reached")],
)
def test_a_look_that_fails_keeps_what_was_known_and_says_why(
    served: Resources, sandbox: SandboxProcess, tutor: Actor, kind: str, words: str
) -> None:
    address = publish(sandbox, hour_at(IN_TWO_DAYS))
    calendar_id = calendar_polling.link_address(served, tutor, address)
    sandbox.fault("ics.get", kind)
    calendar_polling.look(served, calendar_id)
    row = row_of(served, calendar_id)
    assert words in row.trouble
    assert row.failures == 1
    assert known(served) == [IN_TWO_DAYS]
    calendar_polling.look(served, calendar_id)
    assert (row_of(served, calendar_id).trouble, row_of(served, calendar_id).failures) == ("", 0)


def test_a_calendar_sealed_with_another_key_has_to_be_linked_again(
    served: Resources, sandbox: SandboxProcess, tutor: Actor
) -> None:
    calendar_id = calendar_polling.link_address(served, tutor, publish(sandbox))
    set_row(served, calendar_id, secret="sealed by somebody else")
    calendar_polling.look(served, calendar_id)
    row = row_of(served, calendar_id)
    assert "Link it again" in row.trouble
    assert row.next_check_at is None


def test_the_running_jobs_look_again_by_themselves(
    served: Resources, sandbox: SandboxProcess, tutor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar_id = calendar_polling.link_address(served, tutor, publish(sandbox, hour_at(IN_TWO_DAYS)))
    moved = IN_TWO_DAYS + timedelta(hours=3)
    publish(sandbox, hour_at(moved))
    set_row(served, calendar_id, next_check_at=datetime.now(UTC) - timedelta(minutes=1))
    runtime = JobRuntime(served, "test")
    runtime.start()
    try:
        sweeps.sweep(served)
        sweeps.sweep(served)
        assert within(30, lambda: known(served) == [moved])
        jobs = served.database.queue.list_workflows(workflow_id_prefix="calendar-poll-")
        assert len(jobs) == 1
        assert (row_of(served, calendar_id).next_check_at or moved) > datetime.now(UTC)
    finally:
        runtime.stop()
