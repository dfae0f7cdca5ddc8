"""Connected accounts at Google and Microsoft: the sandbox's look-alikes, over real HTTP."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.jobs import calendar_connecting, calendar_polling, calendar_writing, sweeps
from mentor_ui.jobs.calendar_access import grant_of
from mentor_ui.jobs.runtime import JobRuntime
from mentor_ui.models import (
    AppMessage,
    BusyTime,
    CalendarKind,
    LinkedCalendar,
    MentorshipSession,
    WrittenEvent,
)
from mentor_ui.resources import Resources
from mentor_ui.services import followups
from mentor_ui.services.calendar_files import session_uid
from tests.booked import make_booking
from tests.calendar_accounts import CALLBACK, answer, calendars_of, connected
from tests.jobs.test_runtime import within
from tests.sandbox_process import SandboxProcess
from tests.world import Pair, make_pair, make_person

IN_TWO_DAYS = (datetime.now(UTC) + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)
KINDS = (CalendarKind.GOOGLE, CalendarKind.MICROSOFT)


@dataclass(frozen=True)
class Account:
    """A connected account of a tutor with one offering and one student."""

    resources: Resources
    sandbox: SandboxProcess
    kind: CalendarKind
    name: str
    id: int
    pair: Pair
    calendars: dict[str, str]

    @property
    def tutor(self) -> Actor:
        """Whose it is."""
        return self.pair.tutor

    @property
    def main(self) -> str:
        """Identifier of its main calendar."""
        return self.calendars[self.name if self.kind == CalendarKind.GOOGLE else "Calendar"]

    @property
    def second(self) -> str:
        """Identifier of another calendar of its own."""
        return self.calendars["Family" if self.kind == CalendarKind.GOOGLE else "Side projects"]

    @property
    def row(self) -> LinkedCalendar:
        """Its row."""
        with self.resources.database.reading() as session:
            return session.get_one(LinkedCalendar, self.id)

    @property
    def busy(self) -> list[datetime]:
        """When known busy times start."""
        with self.resources.database.reading() as session:
            return sorted(session.exec(select(BusyTime.starts_at)))

    @property
    def events(self) -> list[dict[str, Any]]:
        """The account's live events."""
        found = self.sandbox.control("GET", "accounts/events")["events"]
        own = set(self.calendars.values())
        return [one for one in found if one["calendar_id"] in own and not one["is_deleted"]]

    def add(self, calendar_id: str, starts_at: datetime, **fields: Any) -> str:
        """Put an hour into a calendar, by hand."""
        end = starts_at + HOUR
        body = {
            "provider": self.kind.lower(),
            "calendar_id": calendar_id,
            "start": {"dateTime": starts_at.isoformat(), "timeZone": "UTC"},
            "end": {"dateTime": end.isoformat(), "timeZone": "UTC"},
            **fields,
        }
        event_id: str = self.sandbox.control("POST", "accounts/events", body)["id"]
        return event_id

    def look(self) -> LinkedCalendar:
        """Look into it once more."""
        calendar_polling.look(self.resources, self.id)
        return self.row

    def choose(self, *reads: str, writes_to: str = "") -> None:
        """Choose calendars."""
        calendar_connecting.choose(
            self.resources, self.tutor, calendar_id=self.id, reads=reads, writes_to=writes_to
        )

    def set_row(self, **values: object) -> None:
        """Change its row."""
        with self.resources.database.transaction() as session:
            session.connection().execute(
                update(LinkedCalendar).where(col(LinkedCalendar.id) == self.id).values(**values)
            )

    def book(self, starts_at: datetime) -> MentorshipSession:
        """Book a session."""
        return make_booking(self.resources.database, self.pair, starts_at)

    def change(self, booking: MentorshipSession, **values: object) -> None:
        """Change a session the way a use case does."""
        with self.resources.database.transaction() as session:
            row = session.get_one(MentorshipSession, booking.id)
            row.revision += 1
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
            session.flush()
            followups.after_change(session, row, datetime.now(UTC))

    def write(self, booking: MentorshipSession) -> None:
        """Carry out what the job of a session does."""
        calendar_writing.write(self.resources, booking.id, self.id)


@pytest.fixture(params=KINDS)
def account(request: pytest.FixtureRequest, served: Resources, sandbox: SandboxProcess) -> Account:
    """A connected account of each provider."""
    kind: CalendarKind = request.param
    name = f"t{new_id()}@{'gmail' if kind == CalendarKind.GOOGLE else 'work'}.test"
    pair = make_pair(served.database)
    calendar_id = connected(served, sandbox, pair.tutor, kind, name)
    return Account(served, sandbox, kind, name, calendar_id, pair, calendars_of(sandbox, name))


def test_a_connected_account_is_read_at_once(account: Account) -> None:
    row = account.row
    assert row.name == account.name
    assert row.reads == f'["{account.main}"]'
    assert row.writes_to == ""
    assert '"writable": false' in row.offers
    assert account.name not in row.secret
    account.add(account.main, IN_TWO_DAYS)
    account.add(account.second, IN_TWO_DAYS + 3 * HOUR)
    assert account.look().trouble == ""
    assert account.busy == [IN_TWO_DAYS]
    account.choose(account.main, account.second)
    assert account.busy == [IN_TWO_DAYS, IN_TWO_DAYS + 3 * HOUR]
    account.choose()
    assert account.busy == []


def test_free_events_are_free(account: Account) -> None:
    marks: dict[str, Any] = (
        {"transparency": "transparent"} if account.kind == CalendarKind.GOOGLE else {"showAs": "free"}
    )
    account.add(account.main, IN_TWO_DAYS, **marks)
    account.look()
    assert account.busy == []


def test_a_calendar_that_cannot_be_looked_into_makes_nothing_free(account: Account) -> None:
    account.choose(account.main, account.second)
    account.add(account.main, IN_TWO_DAYS)
    account.look()
    body = {"provider": account.kind.lower(), "calendar_id": account.second, "error": "notFound"}
    account.sandbox.control("POST", "accounts/error", body)
    row = account.look()
    assert "Choose" in row.trouble
    assert row.failures == 1
    assert account.busy == [IN_TWO_DAYS]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("429", "less often"), ("500_before", "did not answer"), ("garbage", "did not answer")],
)
def test_a_provider_that_fails_leaves_what_was_known(account: Account, kind: str, words: str) -> None:
    account.add(account.main, IN_TWO_DAYS)
    account.look()
    route = "google.events.list" if account.kind == CalendarKind.GOOGLE else "microsoft.view"
    account.sandbox.fault(route, kind, times=3)
    assert words in account.look().trouble
    assert account.busy == [IN_TWO_DAYS]
    account.sandbox.control("DELETE", "faults")
    assert account.look().trouble == ""


def test_an_access_token_is_renewed_in_time_and_when_it_is_refused(account: Account) -> None:
    sealer = account.resources.calendars.sealer
    before = grant_of(sealer, account.row.secret)
    account.sandbox.control("POST", "accounts/expire-tokens")
    assert account.look().trouble == ""
    after = grant_of(sealer, account.row.secret)
    assert after.access_token != before.access_token
    rotates = account.kind == CalendarKind.MICROSOFT
    assert (after.refresh_token != before.refresh_token) is rotates
    assert account.look().trouble == ""
    assert grant_of(sealer, account.row.secret) == after


def test_of_two_renewals_at_once_no_token_is_lost(account: Account) -> None:
    account.sandbox.control("POST", "accounts/expire-tokens")
    account.sandbox.fault(f"{account.kind.lower()}.token", "delay", seconds=0.3, times=None)
    lookers = [threading.Thread(target=account.look) for _ in range(4)]
    for one in lookers:
        one.start()
    for one in lookers:
        one.join()
    account.sandbox.control("DELETE", "faults")
    assert account.row.next_check_at is not None
    account.sandbox.control("POST", "accounts/expire-tokens")
    assert account.look().trouble == ""


def test_an_ended_grant_is_told_and_can_be_made_anew(account: Account) -> None:
    account.choose(account.main, account.second)
    account.sandbox.control("POST", "accounts/end-grants")
    row = account.look()
    assert "Connect it again" in row.trouble
    assert row.next_check_at is None
    with account.resources.database.reading() as session:
        titles = [message.title for message in session.exec(select(AppMessage))]
    assert titles == [f"Connect {account.name} again"]
    again = connected(account.resources, account.sandbox, account.tutor, account.kind, account.name)
    assert again == account.id
    row = account.look()
    assert (row.trouble, account.second in row.reads) == ("", True)


def test_a_code_is_good_once_and_with_its_own_verifier(
    served: Resources, sandbox: SandboxProcess, account: Account
) -> None:
    url = served.calendars.accounts[account.kind].authorization_url(
        redirect_uri=CALLBACK, state="state", code_challenge="challenge", hint=""
    )
    told = answer(sandbox, url, account.name)
    assert told["state"] == "state"
    with pytest.raises(InvalidInput, match="too late"):
        calendar_connecting.connect(
            served,
            account.tutor,
            kind=account.kind,
            code=told["code"],
            code_verifier="another verifier",
            redirect_uri=CALLBACK,
        )
    assert answer(sandbox, url, account.name, "deny") == {"error": "access_denied", "state": "state"}


def test_a_session_is_written_moved_and_taken_out(account: Account) -> None:
    account.choose(account.main, writes_to=account.main)
    booking = account.book(IN_TWO_DAYS)
    account.write(booking)
    account.write(booking)
    assert [one["starts_at"] for one in account.events] == [IN_TWO_DAYS.timestamp()]
    assert f"/j/{booking.join_token}" in str(account.events[0]["body"])
    moved = IN_TWO_DAYS + 5 * HOUR
    account.change(booking, starts_at=moved, ends_at=moved + HOUR)
    account.write(booking)
    assert [one["starts_at"] for one in account.events] == [moved.timestamp()]
    account.look()
    assert account.busy == [], "our own session makes its tutor busy by its claim alone"
    account.change(booking, status=SessionStatus.CANCELLED)
    account.write(booking)
    account.write(booking)
    assert account.events == []
    with account.resources.database.reading() as session:
        assert session.exec(select(WrittenEvent)).all() == []


def test_our_own_events_hide_no_other_beside_them(account: Account) -> None:
    account.choose(account.main, writes_to=account.main)
    account.write(account.book(IN_TWO_DAYS))
    account.add(account.main, IN_TWO_DAYS)
    account.add(account.main, IN_TWO_DAYS + HOUR)
    account.look()
    with account.resources.database.reading() as session:
        times = [(row.starts_at, row.ends_at) for row in session.exec(select(BusyTime))]
    assert times == [(IN_TWO_DAYS, IN_TWO_DAYS + 2 * HOUR)]


def test_a_session_that_came_by_mail_is_neither_busy_nor_written_twice_at_google(account: Account) -> None:
    if account.kind == CalendarKind.MICROSOFT:
        # Graph gives no way to name an event's iCalendar identifier; docs/time.md says what follows.
        link = f"{account.resources.settings.public_url}/j/{account.book(IN_TWO_DAYS).join_token}"
        account.add(account.main, IN_TWO_DAYS, location={"displayName": link})
        account.look()
        assert account.busy == []
        return
    booking = account.book(IN_TWO_DAYS)
    by_mail = {"iCalUID": session_uid(booking.id), "organizer": {"email": "hello@mentor.test"}}
    account.add(account.main, IN_TWO_DAYS, **by_mail)
    account.look()
    assert account.busy == [], "a session is no other plan, also in a calendar that we do not write into"
    account.choose(account.main, writes_to=account.main)
    account.write(booking)
    assert len(account.events) == 1
    moved = IN_TWO_DAYS + HOUR
    account.change(booking, starts_at=moved, ends_at=moved + HOUR)
    account.write(booking)
    assert len(account.events) == 1, "the mail about the change moves it"
    assert account.row.trouble == ""
    account.change(booking, status=SessionStatus.CANCELLED)
    account.write(booking)
    assert account.events == []


def test_access_in_part_is_told_as_such(served: Resources, sandbox: SandboxProcess) -> None:
    tutor = make_person(served.database, Role.TUTOR)
    body = {"error": {"code": 403, "errors": [{"reason": "insufficientPermissions"}]}}
    sandbox.fault("google.calendars", "reply", status=403, body=body)
    with pytest.raises(InvalidInput, match="only in part") as caught:
        connected(served, sandbox, tutor, CalendarKind.GOOGLE, "in-part@gmail.test")
    assert caught.value.code == "access_in_part"


@pytest.mark.parametrize("fault", ["500_after", "lost_reply", "garbage"])
def test_a_lost_answer_writes_no_second_event(account: Account, fault: str) -> None:
    account.choose(account.main, writes_to=account.main)
    booking = account.book(IN_TWO_DAYS)
    route = "google.events.import" if account.kind == CalendarKind.GOOGLE else "microsoft.events.create"
    account.sandbox.fault(route, fault)
    account.write(booking)
    assert len(account.events) == 1
    # A crash after the effect and before our own row: the job runs again from the start.
    with account.resources.database.transaction() as session:
        session.delete(session.get_one(WrittenEvent, (account.id, booking.id)))
    account.write(booking)
    assert len(account.events) == 1


def test_an_event_that_was_deleted_by_hand_comes_back_when_the_session_moves(account: Account) -> None:
    account.choose(account.main, writes_to=account.main)
    booking = account.book(IN_TWO_DAYS)
    account.write(booking)
    account.sandbox.control("DELETE", f"accounts/events/{account.kind.lower()}/{account.events[0]['id']}")
    account.write(booking)
    assert account.events == []
    moved = IN_TWO_DAYS + HOUR
    account.change(booking, starts_at=moved, ends_at=moved + HOUR)
    account.write(booking)
    assert [one["starts_at"] for one in account.events] == [moved.timestamp()]


def test_another_calendar_to_write_to_takes_the_sessions_along(account: Account) -> None:
    account.choose(account.main, writes_to=account.main)
    booking = account.book(IN_TWO_DAYS)
    account.write(booking)
    account.choose(account.main, writes_to=account.second)
    account.write(booking)
    assert [one["calendar_id"] for one in account.events] == [account.second]
    account.choose(account.main, writes_to="")
    account.write(booking)
    assert account.events == []


def test_the_running_jobs_write_what_was_booked_and_what_was_missed(account: Account) -> None:
    account.choose(account.main, writes_to=account.main)
    first, second = account.book(IN_TWO_DAYS), account.book(IN_TWO_DAYS + 3 * HOUR)
    runtime = JobRuntime(account.resources, "test")
    runtime.start()
    try:
        account.change(first)
        assert within(30, lambda: len(account.events) >= 1)
        # Nothing was enqueued for the second: the sweep finds it.
        sweeps.sweep(account.resources)
        assert within(30, lambda: len(account.events) == 2)
        moved = IN_TWO_DAYS + 6 * HOUR
        account.change(second, starts_at=moved, ends_at=moved + HOUR)
        assert within(30, lambda: moved.timestamp() in {one["starts_at"] for one in account.events})
    finally:
        runtime.stop()


def test_a_provider_that_is_not_set_up_any_more_is_trouble(account: Account) -> None:
    tools = account.resources.calendars
    accounts = dict(tools.accounts)
    tools.accounts.clear()  # pyright: ignore[reportAttributeAccessIssue]
    try:
        assert "not possible here" in account.look().trouble
    finally:
        tools.accounts.update(accounts)  # pyright: ignore[reportAttributeAccessIssue]
