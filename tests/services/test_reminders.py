"""What a reminder says, to whom, and when it keeps silent."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlmodel import Session as DatabaseSession
from sqlmodel import SQLModel, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import AppMessage, MentorshipSession, OutgoingMessage, Person
from mentor_ui.services import followups, notifications, reminders
from mentor_ui.services.reminders import REMIND, Reminder
from tests.booked import make_booking
from tests.world import NOON, make_pair

PUBLIC_URL = "https://mentor.example"
STARTS_AT = NOON + timedelta(days=3)
LEADS = {
    Reminder.DAY: timedelta(hours=24),
    Reminder.HOUR: timedelta(hours=1),
    Reminder.QUARTER: timedelta(minutes=15),
}


@pytest.fixture
def booking(database: Database) -> MentorshipSession:
    """A paid session at `STARTS_AT`; its student reads times in New York."""
    pair = make_pair(database)
    with database.transaction() as session:
        session.get_one(Person, pair.student.person_id).timezone = "America/New_York"
    return make_booking(database, pair, STARTS_AT)


def remind(
    database: Database,
    booking: MentorshipSession,
    kind: Reminder,
    *,
    now: datetime | None = None,
    starts_at: datetime = STARTS_AT,
) -> bool:
    with database.transaction() as session:
        return reminders.remind(
            session,
            booking_id=booking.id,
            kind=kind,
            starts_at=starts_at,
            public_url=PUBLIC_URL,
            now=now or starts_at - LEADS[kind],
        )


def change(database: Database, booking: MentorshipSession, **values: object) -> None:
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, booking.id)
        for name, value in values.items():
            setattr(row, name, value)


def mails(database: Database) -> list[OutgoingMessage]:
    with database.reading() as session:
        return list(session.exec(select(OutgoingMessage)).all())


def messages(database: Database) -> list[AppMessage]:
    with database.reading() as session:
        return list(session.exec(select(AppMessage)).all())


def scheduled(database: Database, booking: MentorshipSession, now: datetime) -> dict[str, float]:
    """Let what follows from a change be enqueued; return the waits of all its reminders, in minutes."""
    with database.transaction() as session:
        followups.after_change(session, session.get_one(MentorshipSession, booking.id), now)
    found = database.queue.list_workflows(queue_name=REMIND)
    return {
        job.workflow_id.replace(f"-{booking.id}", ""): round(
            ((job.delay_until_epoch_ms or 0) - (job.created_at or 0)) / 60_000
        )
        for job in found
    }


@pytest.mark.parametrize(
    ("kind", "student_reads", "tutor_reads"),
    [
        (Reminder.DAY, "Fri 27 Nov at 07:00: ", "Fri 27 Nov at 13:00: "),
        (Reminder.HOUR, "In 1 hour, at 07:00: ", "In 1 hour, at 13:00: "),
        (Reminder.QUARTER, "In 15 minutes, at 07:00: ", "In 15 minutes, at 13:00: "),
    ],
)
def test_both_are_reminded_in_their_own_zone_and_led_to_the_room(
    database: Database, booking: MentorshipSession, kind: Reminder, student_reads: str, tutor_reads: str
) -> None:
    assert remind(database, booking, kind)
    found = {mail.subject: mail for mail in mails(database)}
    title = "React Mastery 1:1"
    assert set(found) == {
        f"{student_reads}{title} with Tunde Bakare",
        f"{tutor_reads}{title} with Ada Obi",
    }
    assert {message.title for message in messages(database)} == set(found)
    student = found[f"{student_reads}{title} with Tunde Bakare"]
    assert "(New York time)" in student.text
    assert f"{PUBLIC_URL}/j/{booking.join_token}\n" in student.text
    assert (
        f"{PUBLIC_URL}/j/{booking.join_token}?as=host\n" in found[f"{tutor_reads}{title} with Ada Obi"].text
    )


def test_each_kind_is_sent_once_however_often_it_runs(database: Database, booking: MentorshipSession) -> None:
    for kind in Reminder:
        for _ in range(3):
            assert remind(database, booking, kind)
    assert len(mails(database)) == len(messages(database)) == 6


@pytest.mark.parametrize(
    "values",
    [
        {"starts_at": STARTS_AT + timedelta(hours=1), "ends_at": STARTS_AT + timedelta(hours=2)},
        {"status": SessionStatus.CANCELLED},
        {"status": SessionStatus.IN_PROGRESS},
        {"payment_status": PaymentStatus.REFUNDING},
        {"payment_status": PaymentStatus.AWAITING},
    ],
)
def test_nothing_is_said_of_a_session_that_moved_ended_or_is_not_paid(
    database: Database, booking: MentorshipSession, values: dict[str, object]
) -> None:
    change(database, booking, **values)
    for kind in Reminder:
        assert not remind(database, booking, kind)
    assert mails(database) == []
    assert messages(database) == []


@pytest.mark.parametrize(
    ("kind", "before", "wanted"),
    [
        (Reminder.DAY, timedelta(hours=2), True),
        (Reminder.DAY, timedelta(minutes=59), False),
        (Reminder.HOUR, timedelta(minutes=40), True),
        (Reminder.HOUR, timedelta(minutes=14), False),
        (Reminder.QUARTER, timedelta(minutes=1), True),
        (Reminder.QUARTER, timedelta(), False),
    ],
)
def test_a_late_reminder_is_sent_only_until_the_next_says_it_better(
    database: Database, booking: MentorshipSession, kind: Reminder, before: timedelta, *, wanted: bool
) -> None:
    assert remind(database, booking, kind, now=STARTS_AT - before) == wanted
    assert len(mails(database)) == (2 if wanted else 0)


def test_a_late_reminder_says_how_long_it_really_is(database: Database, booking: MentorshipSession) -> None:
    remind(database, booking, Reminder.HOUR, now=STARTS_AT - timedelta(minutes=40))
    assert all(mail.subject.startswith("In 40 minutes, at ") for mail in mails(database))


def test_a_mail_that_missed_its_moment_is_not_owed_any_more(
    database: Database, booking: MentorshipSession
) -> None:
    remind(database, booking, Reminder.QUARTER)
    assert {mail.useful_until for mail in mails(database)} == {STARTS_AT}
    late = mails(database)[0].created_at + notifications.SEND_TIME + timedelta(seconds=10)
    for useful_until, owed in ((late + timedelta(seconds=1), 2), (late, 0)):
        with database.transaction() as session:
            for mail in session.exec(select(OutgoingMessage)).all():
                mail.useful_until = useful_until
            session.flush()
            assert len(notifications.unsent(session, late)) == owed


@pytest.mark.parametrize(
    "values",
    [
        {"status": SessionStatus.CANCELLED},
        {"starts_at": STARTS_AT + timedelta(days=1), "ends_at": STARTS_AT + timedelta(days=1, hours=1)},
    ],
)
def test_mails_that_have_not_left_when_the_session_moves_or_ends_do_not_leave_any_more(
    database: Database, booking: MentorshipSession, values: dict[str, object]
) -> None:
    remind(database, booking, Reminder.DAY)
    left, kept = mails(database)
    at = STARTS_AT - timedelta(hours=23)
    with database.transaction() as session:
        session.get_one(OutgoingMessage, left.id).sent_at = at
    change(database, booking, revision=1, **values)
    scheduled(database, booking, at)
    found = {mail.id: mail.useful_until for mail in mails(database)}
    assert found == {left.id: STARTS_AT - timedelta(hours=1), kept.id: at}


def test_a_session_that_moves_away_and_back_is_reminded_of_once_each_time_it_stands(
    database: Database, booking: MentorshipSession
) -> None:
    """Jobs made for its first stand and for its third come at the same moment, and one of them writes."""
    remind(database, booking, Reminder.DAY)
    later = STARTS_AT + timedelta(days=1)
    change(database, booking, revision=1, starts_at=later, ends_at=later + timedelta(hours=1))
    assert not remind(database, booking, Reminder.HOUR)
    change(database, booking, revision=2, starts_at=STARTS_AT, ends_at=STARTS_AT + timedelta(hours=1))
    for _ in range(2):
        assert remind(database, booking, Reminder.HOUR)
    assert [mail.kind for mail in mails(database)] == ["reminder_24h"] * 2 + ["reminder_1h"] * 2


@pytest.mark.parametrize(
    ("ahead", "waits"),
    [
        (timedelta(days=30), {"24h": 29 * 1440, "1h": 30 * 1440 - 60, "15min": 30 * 1440 - 15}),
        (timedelta(hours=24), {"1h": 1380, "15min": 1425}),
        (timedelta(minutes=50), {"15min": 35}),
        (timedelta(minutes=15), {}),
    ],
)
def test_reminders_wait_for_their_moment_and_those_already_past_are_left_out(
    database: Database, booking: MentorshipSession, ahead: timedelta, waits: dict[str, int]
) -> None:
    assert scheduled(database, booking, STARTS_AT - ahead) == {
        f"remind-{kind}-0": minutes for kind, minutes in waits.items()
    }


def test_a_change_enqueues_anew_and_a_repeated_one_nothing(
    database: Database, booking: MentorshipSession
) -> None:
    assert len(scheduled(database, booking, NOON)) == 3
    assert len(scheduled(database, booking, NOON)) == 3
    change(
        database,
        booking,
        revision=1,
        starts_at=STARTS_AT + timedelta(days=1),
        ends_at=STARTS_AT + timedelta(days=2),
    )
    assert len(scheduled(database, booking, NOON)) == 6
    change(database, booking, revision=2, status=SessionStatus.CANCELLED)
    assert len(scheduled(database, booking, NOON)) == 6


def test_a_session_moved_away_and_back_is_reminded_of_once(
    database: Database, booking: MentorshipSession
) -> None:
    change(database, booking, revision=2)
    assert remind(database, booking, Reminder.DAY)  # the first version's job
    assert remind(database, booking, Reminder.DAY)  # the third version's
    assert len(mails(database)) == 2


def insert_regardless(session: DatabaseSession, row: SQLModel) -> bool:
    """Insert as if no key told that the row is there already."""
    assert isinstance(row, AppMessage | OutgoingMessage)
    row.dedupe_key = f"{row.dedupe_key}-{new_id()}"[-80:]
    session.add(row)
    return False


@pytest.mark.parametrize(("guarded", "expected"), [(True, 2), (False, 8)])
def test_jobs_that_run_at_the_same_moment_tell_once(
    database: Database,
    booking: MentorshipSession,
    monkeypatch: pytest.MonkeyPatch,
    guarded: bool,  # noqa: FBT001
    expected: int,
) -> None:
    if not guarded:
        monkeypatch.setattr(notifications, "insert_once", insert_regardless)
    together(4, partial(remind, database, booking, Reminder.QUARTER))
    assert len(mails(database)) == len(messages(database)) == expected


def together(number: int, act: Callable[[], object]) -> None:
    line = threading.Barrier(number)

    def run() -> None:
        line.wait()
        act()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
