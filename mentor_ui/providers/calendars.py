"""Calendars of people's own accounts at Google and Microsoft, behind one Protocol."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mentor_ui.domain.busy_times import Busy


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account's owner let us have.

    Attributes:
        access_token: Good until `expires_at`.
        refresh_token: Gets the next one; empty when the earlier one stays good.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccountCalendar:
    """One calendar of an account.

    Attributes:
        id: The provider's, in any characters.
        writable: Whether a session can be written into it.
        is_main: Whether it is the account's first one.
    """

    id: str
    name: str
    writable: bool
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """A session as it is written into a calendar.

    Attributes:
        booking_id: Which session; with it, writing twice makes one event.
        uid: Its iCalendar identifier, the same as in mails and feeds.
        revision: How often the session changed.
        join_url: Our own link; also how our events are told from others.
    """

    booking_id: int
    uid: str
    revision: int
    title: str
    notes: str
    starts_at: datetime
    ends_at: datetime
    join_url: str


OwnEvents = Callable[[str], bool]
"""Whether an identifier of an event is that of a session which we wrote."""


class CalendarAccounts(Protocol):
    """What the jobs need from a calendar provider.

    A call that takes an `access_token` raises `AccessRefused` when it is no longer good, `CalendarTrouble`
    when a calendar is gone or not open to us, and other errors of `mentor_ui.providers.errors`.
    """

    name: str

    def authorization_url(self, *, redirect_uri: str, state: str, code_challenge: str, hint: str) -> str:
        """Return where the account's owner is asked; `hint` is the account's address, if it is known."""
        ...

    def exchange(self, *, code: str, code_verifier: str, redirect_uri: str) -> Grant:
        """Turn the code of the owner's answer into tokens."""
        ...

    def refresh(self, refresh_token: str) -> Grant:
        """Get a new access token.

        Raises:
            GrantEnded: The owner, or time, has ended the connection.
        """
        ...

    def revoke(self, refresh_token: str) -> None:
        """Give the grant back, where the provider takes it."""
        ...

    def account_name(self, access_token: str) -> str:
        """Return the account's address."""
        ...

    def calendars(self, access_token: str) -> list[AccountCalendar]:
        """Return the account's calendars."""
        ...

    def busy_times(
        self,
        access_token: str,
        calendar_ids: Sequence[str],
        *,
        since: datetime,
        until: datetime,
        written_to: Collection[str],
        is_own: OwnEvents,
        own_links: str,
        zone: str,
    ) -> list[Busy]:
        """Return when the owner is busy by these calendars, without our own sessions.

        Args:
            access_token: From the grant.
            calendar_ids: Which calendars.
            since: Begin of the window.
            until: Its end.
            written_to: Those of them that may hold our sessions, written by us or taken from a mail.
            is_own: Tells our events by their identifiers.
            own_links: What the links of our sessions begin with.
            zone: The owner's, in which whole days are meant unless the calendar has a zone of its own.

        Raises:
            CalendarTrouble: Even one of them cannot be looked into: then nothing is known.
        """
        ...

    def write_event(
        self, access_token: str, calendar_id: str, event: SessionEvent, external_id: str | None
    ) -> str:
        """Make a session's event as it should be now, and return its identifier.

        Args:
            access_token: From the grant.
            calendar_id: Into which calendar.
            event: As it should be.
            external_id: Of the event when it was written before; one that its owner deleted is made anew.
        """
        ...

    def delete_event(self, access_token: str, calendar_id: str, external_id: str) -> None:
        """Delete an event; one that is gone already is as good."""
        ...

    def close(self) -> None:
        """Close the connections of this process."""
        ...
