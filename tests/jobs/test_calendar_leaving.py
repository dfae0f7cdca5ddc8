"""Disconnecting an account: what is taken out of it, what stays, and what its tutor is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.roles import Role
from mentor_ui.jobs import calendar_connecting, calendar_writing, sweeps
from mentor_ui.jobs.calendar_access import grant_of
from mentor_ui.models import AppMessage, CalendarKind, LeftCalendar, LinkedCalendar, WrittenEvent
from mentor_ui.services import calendar_leaving, linked_calendars
from tests.calendar_accounts import connected
from tests.jobs.test_calendar_accounts import HOUR, IN_TWO_DAYS, Account, account
from tests.world import make_person

__all__ = ["account"]


def left(account: Account) -> list[LeftCalendar]:
    """Return the disconnected accounts that are not forgotten yet."""
    with account.resources.database.reading() as session:
        return list(session.exec(select(LeftCalendar)))


def told(account: Account) -> list[str]:
    """Return what the tutor was told."""
    with account.resources.database.reading() as session:
        return [f"{message.title}. {message.body}" for message in session.exec(select(AppMessage))]


def with_two_sessions(account: Account) -> None:
    """Write two sessions into it, and let a third be over."""
    account.choose(account.main, writes_to=account.main)
    for starts_at in (IN_TWO_DAYS, IN_TWO_DAYS + 3 * HOUR, IN_TWO_DAYS - timedelta(days=5)):
        account.write(account.book(starts_at))


def disconnect(account: Account) -> None:
    """Remove it from the page."""
    calendar_connecting.remove(account.resources, account.tutor, calendar_id=account.id)


def works(account: Account, token: str) -> bool:
    """Return whether an access token still opens the account."""
    is_google = account.kind == CalendarKind.GOOGLE
    path = "/google/calendar/v3/users/me/calendarList" if is_google else "/microsoft/v1.0/me/calendars"
    headers = {"authorization": f"Bearer {token}"}
    return account.sandbox.http.get(path, headers=headers).status_code == 200


def test_the_sessions_ahead_are_taken_out_and_then_the_grant_is_given_back(account: Account) -> None:
    with_two_sessions(account)
    grant = grant_of(account.resources.calendars.sealer, account.row.secret)
    with account.resources.database.reading() as session:
        [shown] = linked_calendars.mine(session, account.tutor, datetime.now(UTC))
    assert shown.written_ahead == 2
    stranger = make_person(account.resources.database, Role.TUTOR)
    for act in (calendar_connecting.remove, calendar_connecting.look_again):
        with pytest.raises(NotFound):
            act(account.resources, stranger, calendar_id=account.id)
    disconnect(account)
    with account.resources.database.reading() as session:
        assert session.exec(select(LinkedCalendar)).all() == []
    account.sandbox.control("POST", "accounts/expire-tokens")
    sweeps.sweep(account.resources)
    assert left(account) == []
    assert [one["starts_at"] < datetime.now(UTC).timestamp() for one in account.events] == [True]
    assert told(account) == []
    if account.kind == CalendarKind.GOOGLE:
        assert not works(account, grant.access_token)


def test_a_provider_that_is_away_is_tried_again_for_a_day(account: Account) -> None:
    with_two_sessions(account)
    disconnect(account)
    route = "google.events.delete" if account.kind == CalendarKind.GOOGLE else "microsoft.events.delete"
    account.sandbox.fault(route, "500_before", times=None)
    sweeps.sweep(account.resources)
    [row] = left(account)
    assert row.next_try_at > datetime.now(UTC)
    account.sandbox.control("DELETE", "faults")
    with account.resources.database.transaction() as session:
        calendar_leaving.postpone(session, row.id, row.created_at + timedelta(hours=23))
    assert len(left(account)) == 1
    with account.resources.database.transaction() as session:
        calendar_leaving.postpone(session, row.id, row.created_at + timedelta(hours=24))
    assert left(account) == []
    [words] = told(account)
    assert words.startswith(f"Sessions stay in {account.name}. We could not take 2 sessions out of it.")


def test_a_grant_that_ended_meanwhile_is_told(account: Account) -> None:
    with_two_sessions(account)
    disconnect(account)
    account.sandbox.control("POST", "accounts/end-grants")
    sweeps.sweep(account.resources)
    assert left(account) == []
    assert "by hand" in told(account)[0]


def test_an_account_that_had_ended_before_is_forgotten_at_once(account: Account) -> None:
    with_two_sessions(account)
    account.sandbox.control("POST", "accounts/end-grants")
    account.look()
    disconnect(account)
    assert left(account) == []
    assert len(account.events) == 3


def test_connected_again_it_takes_its_sessions_back(account: Account) -> None:
    with_two_sessions(account)
    disconnect(account)
    again = connected(account.resources, account.sandbox, account.tutor, account.kind, account.name)
    assert left(account) == []
    with account.resources.database.reading() as session:
        assert len(session.exec(select(WrittenEvent).where(WrittenEvent.calendar_id == again)).all()) == 2
        written = [row.session_id for row in session.exec(select(WrittenEvent))]
    # It was chosen anew to write nowhere, so they have to go.
    for booking_id in written:
        calendar_writing.write(account.resources, booking_id, again)
    assert len(account.events) == 1


def test_an_account_that_another_tutor_uses_keeps_its_grant(account: Account) -> None:
    other = make_person(account.resources.database, Role.TUTOR)
    theirs = connected(account.resources, account.sandbox, other, account.kind, account.name)
    disconnect(account)
    sweeps.sweep(account.resources)
    assert left(account) == []
    with account.resources.database.reading() as session:
        secret = session.get_one(LinkedCalendar, theirs).secret
    assert works(account, grant_of(account.resources.calendars.sealer, secret).access_token)


def test_a_session_written_while_its_account_is_disconnected_does_not_stay(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.choose(account.main, writes_to=account.main)
    booking = account.book(IN_TWO_DAYS)
    client = type(account.resources.calendars.accounts[account.kind])
    really_write = client.write_event

    def write_and_disconnect(*arguments: Any) -> str:
        event_id = really_write(*arguments)
        assert len(account.events) == 1
        disconnect(account)
        return event_id

    monkeypatch.setattr(client, "write_event", write_and_disconnect)
    account.write(booking)
    assert account.events == []
