"""Google Calendar v3: free/busy, and our sessions' events.

Protocol facts are Google's public API reference. Free/busy merges what it finds and cannot leave out our own
events, so a calendar that may hold them is read event by event instead.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import quote

from mentor_ui.domain.busy_times import Busy, CalendarTrouble, merged
from mentor_ui.domain.calendar_files import OWN_IDENTIFIER
from mentor_ui.domain.local_time import zone_named
from mentor_ui.providers.calendars import AccountCalendar, Grant, OwnEvents, SessionEvent
from mentor_ui.providers.errors import (
    AccessRefused,
    GrantEnded,
    ProviderError,
    ProviderRejected,
    ProviderThrottled,
    ProviderUnavailable,
)
from mentor_ui.providers.http import JsonApi, Reply
from mentor_ui.providers.oauth import OAuthApp, OAuthTokens
from mentor_ui.providers.replies import (
    JsonObject,
    UnreadableReplyError,
    iso_utc,
    json_object,
    json_objects,
    moment,
    required_text,
    text,
    whole_number,
)

Parsed = TypeVar("Parsed")

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
_GONE: Final = frozenset({404, 410})


class GoogleCalendars:
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
        self._tokens = OAuthTokens(GOOGLE, app, timeout_seconds=timeout_seconds)
        self._api = JsonApi(GOOGLE, calendar_url, judge=_judge, timeout_seconds=timeout_seconds)
        self._revoking = JsonApi(GOOGLE, revoke_url, judge=_judge, timeout_seconds=timeout_seconds)

    def close(self) -> None:
        """Close the connections of this process."""
        for api in (self._tokens, self._api, self._revoking):
            api.close()

    def authorization_url(self, *, redirect_uri: str, state: str, code_challenge: str, hint: str) -> str:
        """Return where the account's owner is asked.

        Google gives a refresh token only to who asks for offline access, and surely only with consent.
        """
        more = {"access_type": "offline", "prompt": "consent", "login_hint": hint}
        return self._tokens.authorization_url(
            redirect_uri=redirect_uri, state=state, code_challenge=code_challenge, more=more
        )

    def exchange(self, *, code: str, code_verifier: str, redirect_uri: str) -> Grant:
        """Turn the code of the owner's answer into tokens."""
        return self._tokens.exchange(code=code, code_verifier=code_verifier, redirect_uri=redirect_uri)

    def refresh(self, refresh_token: str) -> Grant:
        """Get a new access token."""
        return self._tokens.refresh(refresh_token)

    def revoke(self, refresh_token: str) -> None:
        """Give the grant back; one that has ended already is as good."""
        try:
            self._revoking.call("POST", "", _nothing, form={"token": refresh_token}, repeatable=True)
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
                    access_token, calendar_id, since=since, until=until, is_own=is_own, own_links=own_links
                )
        return merged(times, since=since, until=until)

    def write_event(
        self, access_token: str, calendar_id: str, event: SessionEvent, external_id: str | None
    ) -> str:
        """Make a session's event as it should be now, and return its identifier.

        The identifier is made from the booking's, so a repeated insert is refused as a duplicate and becomes
        a change. That also brings back an event which its owner deleted.
        """
        del external_id
        events = f"/calendars/{quote(calendar_id, safe='')}/events"
        event_id = f"mentor{event.booking_id}"
        body = _event_body(event)
        try:
            self._call("POST", events, access_token, json={"id": event_id, **body}, repeatable=True)
        except ProviderRejected as error:
            if error.http_status != 409:
                raise _in_words(error) from error
            self._call("PATCH", f"{events}/{event_id}", access_token, json=body, repeatable=True)
        return event_id

    def delete_event(self, access_token: str, calendar_id: str, external_id: str) -> None:
        """Delete an event; one that is gone already is as good."""
        path = f"/calendars/{quote(calendar_id, safe='')}/events/{quote(external_id, safe='')}"
        try:
            self._call("DELETE", path, access_token, repeatable=True)
        except ProviderRejected as error:
            if error.http_status not in _GONE:
                raise

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
            answer = self._api.call(
                "POST", "/freeBusy", _calendars_of, json=body, headers=_bearer(access_token), repeatable=True
            )
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
    ) -> Iterator[Busy]:
        query = {
            "singleEvents": "true",
            "timeMin": iso_utc(since),
            "timeMax": iso_utc(until),
            "maxResults": _PAGE_SIZE,
        }
        path = f"/calendars/{quote(calendar_id, safe='')}/events"
        try:
            for page in self._pages(access_token, path, query):
                zone = text(page.get("timeZone")) or "UTC"
                for event in json_objects(page.get("items")):
                    if _takes_time(event) and not _is_own(event, is_own, own_links):
                        yield _times_of(event, zone)
        except ProviderRejected as error:
            raise _in_words(error) from error
        except UnreadableReplyError as error:
            raise ProviderUnavailable(GOOGLE, f"unreadable event: {error}") from error

    def _pages(self, access_token: str, path: str, query: Mapping[str, str]) -> Iterator[JsonObject]:
        turn: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = self._api.call(
                "GET", path, _listing, params={**query, **turn}, headers=_bearer(access_token)
            )
            yield page
            following = text(page.get("nextPageToken"))
            if not following:
                return
            turn = {"pageToken": following}
        raise CalendarTrouble("This calendar holds too many events to look through.")

    def _call(
        self,
        method: str,
        path: str,
        access_token: str,
        *,
        json: Mapping[str, Any] | None = None,
        repeatable: bool,
    ) -> None:
        self._api.call(
            method, path, _nothing, json=json, headers=_bearer(access_token), repeatable=repeatable
        )


def _bearer(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}"}


def _nothing(_body: JsonObject) -> None:
    return None


def _listing(body: JsonObject) -> JsonObject:
    if not isinstance(body.get("items"), list):
        raise UnreadableReplyError("no list in items")
    return body


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
        or OWN_IDENTIFIER.match(text(event.get("iCalUID"))) is not None
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


def _in_words(error: ProviderRejected) -> Exception:
    if error.http_status in _GONE or error.http_status == 403:
        return CalendarTrouble("A calendar that you chose is gone, or no longer open to us. Choose again.")
    return error


def _judge(reply: Reply) -> ProviderError | None:
    """Sort an answer below 500; errors are `{error: {code, message, errors: [{reason}]}}`."""
    if reply.status < 400:
        return None
    error = json_object(reply.body.get("error"))
    reasons = [text(one.get("reason")) for one in json_objects(error.get("errors"))]
    reason = next(iter(reasons), "") or text(error.get("status")) or text(reply.body.get("error"))
    if reply.status == 401:
        return AccessRefused(GOOGLE, "the access token was refused")
    if reply.status == 429 or _LIMITS & set(reasons):
        wait = whole_number(reply.headers.get("retry-after"))
        return ProviderThrottled(GOOGLE, reason, retry_after_seconds=None if wait is None else float(wait))
    if not reply.readable:
        return None
    return ProviderRejected(GOOGLE, reason, code=reason or "unknown", http_status=reply.status)
