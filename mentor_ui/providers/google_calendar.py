"""Google Calendar v3: free/busy, and our sessions' events.

Protocol facts are Google's public API reference. Free/busy merges what it finds and cannot leave out our own
events, so a calendar that may hold them is read event by event instead.

A session's event has the same iCalendar identifier as in its mails, so a calendar that takes both holds one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import quote

from mentor_ui.domain.busy_times import Busy, CalendarTrouble, merged
from mentor_ui.domain.calendar_files import is_own_identifier
from mentor_ui.domain.local_time import zone_named
from mentor_ui.providers.account_client import GONE, AccountClient, in_words, listing, nothing, refusal
from mentor_ui.providers.calendars import AccountCalendar, OwnEvents, SessionEvent
from mentor_ui.providers.errors import GrantEnded, ProviderError, ProviderRejected, ProviderUnavailable
from mentor_ui.providers.http import JsonApi, Reply
from mentor_ui.providers.oauth import OAuthApp
from mentor_ui.providers.replies import (
    JsonObject,
    UnreadableReplyError,
    iso_utc,
    json_object,
    json_objects,
    moment,
    required_text,
    text,
)

GOOGLE: Final = "Google"
SCOPES: Final = tuple(
    f"https://www.googleapis.com/auth/calendar.{name}"
    for name in ("calendarlist.readonly", "freebusy", "events.owned")
)

_WINDOW: Final = timedelta(days=30)
_PAGE_SIZE: Final = "2500"
_MOST_PAGES: Final = 20
_MOST_CALENDARS: Final = 50
_LIMITS: Final = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "calendarUsageLimitsExceeded"}
)
_WRITABLE: Final = frozenset({"owner"})
_NOT_OURS: Final = "forbiddenForNonOrganizer"


class GoogleCalendars(AccountClient):
    """Talks to Google. One per process, shared by all threads.

    Args:
        app: Our registration.
        calendar_url: Where the API, or a stand-in, answers.
        revoke_url: Where grants are given back.
        timeout_seconds: Longest wait for an answer.
    """

    name = GOOGLE

    def __init__(
        self, *, app: OAuthApp, calendar_url: str, revoke_url: str, timeout_seconds: float = 10.0
    ) -> None:
        super().__init__(GOOGLE, app, calendar_url, judge=_judge, timeout_seconds=timeout_seconds)
        self._revoking = JsonApi(GOOGLE, revoke_url, judge=_judge, timeout_seconds=timeout_seconds)

    def close(self) -> None:
        """Close the connections of this process."""
        super().close()
        self._revoking.close()

    def authorization_url(self, *, redirect_uri: str, state: str, code_challenge: str, hint: str) -> str:
        """Return where the account's owner is asked.

        Google gives a refresh token only to who asks for offline access, and surely only with consent.
        """
        more = {"access_type": "offline", "prompt": "consent", "login_hint": hint}
        return self._tokens.authorization_url(
            redirect_uri=redirect_uri, state=state, code_challenge=code_challenge, more=more
        )

    def revoke(self, refresh_token: str) -> None:
        """Give the grant back; one that has ended already is as good."""
        try:
            self._revoking.call("POST", "", nothing, form={"token": refresh_token}, repeatable=True)
        except (GrantEnded, ProviderRejected):
            return

    def account_name(self, access_token: str) -> str:
        """Return the account's address, which is also the identifier of its main calendar."""
        main = next((one for one in self.calendars(access_token) if one.is_main), None)
        if main is None:
            raise ProviderUnavailable(GOOGLE, "the account has no main calendar")
        return main.id

    def calendars(self, access_token: str) -> list[AccountCalendar]:
        """Return the account's calendars."""
        pages = self._pages(access_token, "/users/me/calendarList", {"maxResults": "250"})
        return [_calendar(entry) for page in pages for entry in json_objects(page.get("items"))]

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
        """Return when the owner is busy; see `CalendarAccounts`."""
        times: list[Busy] = []
        by_free_busy = [one for one in calendar_ids if one not in written_to]
        for first in range(0, len(by_free_busy), _MOST_CALENDARS):
            times += self._free_busy(
                access_token, by_free_busy[first : first + _MOST_CALENDARS], since, until
            )
        for calendar_id in calendar_ids:
            if calendar_id in written_to:
                times += self._event_times(
                    access_token,
                    calendar_id,
                    since=since,
                    until=until,
                    is_own=is_own,
                    own_links=own_links,
                    zone=zone,
                )
        return merged(times, since=since, until=until)

    def write_event(
        self, access_token: str, calendar_id: str, event: SessionEvent, external_id: str | None
    ) -> str:
        """Make a session's event as it should be now, and return its identifier.

        Google takes an iCalendar identifier once for each calendar, even after its event was deleted, and it
        never changes an event by importing it again. So what is there already is looked for and changed.
        """
        events, body = _events_of(calendar_id), _event_body(event)
        try:
            if external_id is not None and self._changed(access_token, events, external_id, body):
                return external_id
            return self._imported(access_token, events, {**body, "iCalUID": event.uid})
        except ProviderRejected as error:
            raise in_words(error) from error

    def delete_event(self, access_token: str, calendar_id: str, external_id: str) -> None:
        """Delete an event; one that is gone already is as good."""
        self._delete(f"{_events_of(calendar_id)}/{quote(external_id, safe='')}", access_token)

    def _imported(self, access_token: str, events: str, body: Mapping[str, Any]) -> str:
        try:
            return self._call("POST", f"{events}/import", access_token, _identifier, json=body)
        except ProviderRejected as error:
            if error.http_status != 409:
                raise
            query = {"iCalUID": str(body["iCalUID"]), "showDeleted": "true"}
            page = self._call("GET", events, access_token, listing("items"), params=query)
            found = next((text(one.get("id")) for one in json_objects(page["items"])), "")
            if not found or not self._changed(access_token, events, found, body):
                raise ProviderUnavailable(GOOGLE, "an event is there and cannot be found") from error
            return found

    def _changed(self, access_token: str, events: str, event_id: str, body: Mapping[str, Any]) -> bool:
        """Change an event and return whether it is there; also brings back one that its owner deleted."""
        changes = {name: value for name, value in body.items() if name != "iCalUID"}
        path = f"{events}/{quote(event_id, safe='')}"
        try:
            self._call("PATCH", path, access_token, nothing, json=changes)
        except ProviderRejected as error:
            if error.code == _NOT_OURS:
                # It came by mail, and further mails keep it as it should be.
                return True
            if error.http_status not in GONE:
                raise
            return False
        return True

    def _free_busy(
        self, access_token: str, calendar_ids: Sequence[str], since: datetime, until: datetime
    ) -> Iterator[Busy]:
        # A query may span some weeks only, so a season is asked for in parts.
        begin = since
        while begin < until:
            end = min(begin + _WINDOW, until)
            body = {
                "timeMin": iso_utc(begin),
                "timeMax": iso_utc(end),
                "items": [{"id": calendar_id} for calendar_id in calendar_ids],
            }
            answer = self._call("POST", "/freeBusy", access_token, _calendars_of, json=body)
            for calendar_id in calendar_ids:
                yield from _free_busy_of(answer, calendar_id)
            begin = end

    def _event_times(
        self,
        access_token: str,
        calendar_id: str,
        *,
        since: datetime,
        until: datetime,
        is_own: OwnEvents,
        own_links: str,
        zone: str,
    ) -> Iterator[Busy]:
        query = {
            "singleEvents": "true",
            "timeMin": iso_utc(since),
            "timeMax": iso_utc(until),
            "maxResults": _PAGE_SIZE,
        }
        try:
            for page in self._pages(access_token, _events_of(calendar_id), query):
                days_in = text(page.get("timeZone")) or zone
                for event in json_objects(page.get("items")):
                    if _takes_time(event) and not _is_own(event, is_own, own_links):
                        yield _times_of(event, days_in)
        except ProviderRejected as error:
            raise in_words(error) from error
        except UnreadableReplyError as error:
            raise ProviderUnavailable(GOOGLE, f"unreadable event: {error}") from error

    def _pages(self, access_token: str, path: str, query: Mapping[str, str]) -> Iterator[JsonObject]:
        turn: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = self._call("GET", path, access_token, listing("items"), params={**query, **turn})
            yield page
            following = text(page.get("nextPageToken"))
            if not following:
                return
            turn = {"pageToken": following}
        raise CalendarTrouble("This calendar holds too many events to look through.")


def _events_of(calendar_id: str) -> str:
    return f"/calendars/{quote(calendar_id, safe='')}/events"


def _identifier(body: JsonObject) -> str:
    return required_text(body, "id")


def _calendars_of(body: JsonObject) -> JsonObject:
    if not isinstance(body.get("calendars"), dict):
        raise UnreadableReplyError("no object in calendars")
    return json_object(body["calendars"])


def _calendar(entry: JsonObject) -> AccountCalendar:
    calendar_id = text(entry.get("id"))
    return AccountCalendar(
        calendar_id,
        text(entry.get("summaryOverride")) or text(entry.get("summary")) or calendar_id,
        writable=entry.get("accessRole") in _WRITABLE,
        is_main=entry.get("primary") is True,
    )


def _free_busy_of(answer: JsonObject, calendar_id: str) -> Iterator[Busy]:
    """Read one calendar's part; one with errors has an empty list, which means unknown and never free."""
    found = json_object(answer.get(calendar_id))
    if found.get("errors") or not isinstance(found.get("busy"), list):
        raise CalendarTrouble(
            f"Google cannot look into the calendar {calendar_id[:80]}. Choose your calendars again."
        )
    for one in json_objects(found["busy"]):
        starts_at, ends_at = moment(one.get("start")), moment(one.get("end"))
        if starts_at is None or ends_at is None:
            raise ProviderUnavailable(GOOGLE, "unreadable busy time")
        yield Busy(starts_at, ends_at)


def _takes_time(event: JsonObject) -> bool:
    declined = any(
        one.get("self") is True and one.get("responseStatus") == "declined"
        for one in json_objects(event.get("attendees"))
    )
    return (
        not declined
        and event.get("status") != "cancelled"
        and event.get("transparency") != "transparent"
        and event.get("eventType") != "workingLocation"
    )


def _is_own(event: JsonObject, is_own: OwnEvents, own_links: str) -> bool:
    return (
        is_own(text(event.get("id")))
        or is_own_identifier(text(event.get("iCalUID")))
        or (bool(own_links) and text(event.get("location")).startswith(own_links))
    )


def _times_of(event: JsonObject, zone: str) -> Busy:
    return Busy(
        _moment_of(json_object(event.get("start")), zone), _moment_of(json_object(event.get("end")), zone)
    )


def _moment_of(stated: JsonObject, zone: str) -> datetime:
    """Read a time, or the midnight with which a day begins in the calendar's zone."""
    at = moment(stated.get("dateTime"))
    if at is not None:
        return at
    try:
        day = date.fromisoformat(required_text(stated, "date"))
    except ValueError as error:
        raise UnreadableReplyError("neither time nor day") from error
    return datetime.combine(day, time.min, zone_named(zone)).astimezone(UTC)


def _event_body(event: SessionEvent) -> dict[str, Any]:
    return {
        "summary": event.title,
        "description": event.notes,
        "location": event.join_url,
        "start": {"dateTime": iso_utc(event.starts_at), "timeZone": "UTC"},
        "end": {"dateTime": iso_utc(event.ends_at), "timeZone": "UTC"},
        "status": "confirmed",
        "transparency": "opaque",
        "extendedProperties": {"private": {"mentorSession": str(event.booking_id)}},
    }


def _judge(reply: Reply) -> ProviderError | None:
    """Sort an answer below 500; errors are `{error: {code, message, errors: [{reason}]}}`."""
    error = json_object(reply.body.get("error"))
    reasons = [text(one.get("reason")) for one in json_objects(error.get("errors"))]
    reason = next(iter(reasons), "") or text(error.get("status")) or text(reply.body.get("error"))
    return refusal(GOOGLE, reply, reason, is_limit=bool(_LIMITS & set(reasons)))
