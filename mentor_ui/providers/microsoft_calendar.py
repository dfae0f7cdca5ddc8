"""Calendars in Microsoft 365 and Outlook.com, by Microsoft Graph v1.0.

Protocol facts are Microsoft's public API reference. `calendarView` answers for accounts of work and school
and for personal ones alike, calendar by calendar and event by event; `getSchedule` knows no personal accounts
and cannot leave out our own events, so it is not used.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from mentor_ui.domain.busy_times import Busy, CalendarTrouble, merged
from mentor_ui.providers.calendars import AccountCalendar, Grant, OwnEvents, SessionEvent
from mentor_ui.providers.errors import (
    AccessRefused,
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

MICROSOFT: Final = "Microsoft"
SCOPES: Final = ("offline_access", "Calendars.ReadWrite")

_PREFERENCES: Final = 'outlook.timezone="UTC", IdType="ImmutableId"'
_PAGE_SIZE: Final = "500"
_MOST_PAGES: Final = 60
_NOT_BUSY: Final = frozenset({"free", "workingElsewhere"})
_GONE: Final = frozenset({404, 410})


class MicrosoftCalendars:
    """Talks to Microsoft. One per process, shared by all threads.

    Args:
        app: Our registration.
        graph_url: Where the API, or a stand-in, answers.
        timeout_seconds: Longest wait for an answer.
    """

    name = MICROSOFT

    def __init__(self, *, app: OAuthApp, graph_url: str, timeout_seconds: float = 10.0) -> None:
        self._tokens = OAuthTokens(MICROSOFT, app, timeout_seconds=timeout_seconds)
        self._api = JsonApi(MICROSOFT, graph_url, judge=_judge, timeout_seconds=timeout_seconds)

    def close(self) -> None:
        """Close the connections of this process."""
        self._tokens.close()
        self._api.close()

    def authorization_url(self, *, redirect_uri: str, state: str, code_challenge: str, hint: str) -> str:
        """Return where the account's owner is asked."""
        more = {"response_mode": "query", "login_hint": hint, "prompt": "" if hint else "select_account"}
        return self._tokens.authorization_url(
            redirect_uri=redirect_uri, state=state, code_challenge=code_challenge, more=more
        )

    def exchange(self, *, code: str, code_verifier: str, redirect_uri: str) -> Grant:
        """Turn the code of the owner's answer into tokens."""
        return self._tokens.exchange(code=code, code_verifier=code_verifier, redirect_uri=redirect_uri)

    def refresh(self, refresh_token: str) -> Grant:
        """Get a new access token, and the refresh token that takes the place of this one."""
        return self._tokens.refresh(refresh_token)

    def revoke(self, refresh_token: str) -> None:
        """Do nothing: Microsoft takes no single grant back, its owner ends it in the account's settings."""
        del refresh_token

    def account_name(self, access_token: str) -> str:
        """Return the account's address, as the owner of its main calendar."""
        for entry in self._entries(access_token):
            if entry.get("isDefaultCalendar") is True:
                owner = json_object(entry.get("owner"))
                return text(owner.get("address")) or text(owner.get("name")) or "Microsoft account"
        raise ProviderUnavailable(MICROSOFT, "the account has no main calendar")

    def calendars(self, access_token: str) -> list[AccountCalendar]:
        """Return the account's calendars."""
        return [
            AccountCalendar(
                text(entry.get("id")),
                text(entry.get("name")) or "Calendar",
                writable=entry.get("canEdit") is True,
                is_main=entry.get("isDefaultCalendar") is True,
            )
            for entry in self._entries(access_token)
        ]

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
        del written_to
        times: list[Busy] = []
        query = {
            "startDateTime": iso_utc(since),
            "endDateTime": iso_utc(until),
            "$top": _PAGE_SIZE,
            "$select": "id,showAs,isCancelled,responseStatus,start,end,location",
        }
        for calendar_id in calendar_ids:
            path = f"/me/calendars/{quote(calendar_id, safe='')}/calendarView"
            try:
                times += [
                    Busy(_moment_of(event, "start"), _moment_of(event, "end"))
                    for event in self._items(access_token, path, query)
                    if _takes_time(event) and not _is_own(event, is_own, own_links)
                ]
            except ProviderRejected as error:
                raise _in_words(error) from error
            except UnreadableReplyError as error:
                raise ProviderUnavailable(MICROSOFT, f"unreadable event: {error}") from error
        return merged(times, since=since, until=until)

    def write_event(
        self, access_token: str, calendar_id: str, event: SessionEvent, external_id: str | None
    ) -> str:
        """Make a session's event as it should be now, and return its identifier.

        A repeated insert carries the same `transactionId`, by which Microsoft knows the event that is there.
        """
        body = _event_body(event)
        if external_id is not None:
            try:
                return self._call("PATCH", _event_path(external_id), access_token, _identifier, json=body)
            except ProviderRejected as error:
                if error.http_status not in _GONE:
                    raise
        # An event that was deleted has used up its own transaction, so the next one is another.
        again = "" if external_id is None else f"-{event.revision}"
        place = hashlib.sha256(calendar_id.encode()).hexdigest()[:12]
        made = {**body, "transactionId": f"mentor-{event.booking_id}-{place}{again}"}
        path = f"/me/calendars/{quote(calendar_id, safe='')}/events"
        try:
            return self._call("POST", path, access_token, _identifier, json=made)
        except ProviderRejected as error:
            raise _in_words(error) from error

    def delete_event(self, access_token: str, calendar_id: str, external_id: str) -> None:
        """Delete an event; one that is gone already is as good."""
        del calendar_id
        try:
            self._call("DELETE", _event_path(external_id), access_token, _nothing)
        except ProviderRejected as error:
            if error.http_status not in _GONE:
                raise

    def _entries(self, access_token: str) -> Iterator[JsonObject]:
        return self._items(access_token, "/me/calendars", {"$top": "100"})

    def _items(self, access_token: str, path: str, query: Mapping[str, str]) -> Iterator[JsonObject]:
        """Yield the items of all pages; of a link to the next page only the query is followed."""
        for _ in range(_MOST_PAGES):
            page = self._call("GET", path, access_token, _listing, params=query)
            yield from json_objects(page["value"])
            following = text(page.get("@odata.nextLink"))
            if not following:
                return
            query = dict(parse_qsl(urlsplit(following).query))
        raise CalendarTrouble("This calendar holds too many events to look through.")

    def _call(
        self,
        method: str,
        path: str,
        access_token: str,
        parse: Callable[[JsonObject], Parsed],
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Parsed:
        headers = {"Authorization": f"Bearer {access_token}", "Prefer": _PREFERENCES}
        return self._api.call(method, path, parse, params=params, json=json, headers=headers, repeatable=True)


def _event_path(external_id: str) -> str:
    return f"/me/events/{quote(external_id, safe='')}"


def _nothing(_body: JsonObject) -> None:
    return None


def _identifier(body: JsonObject) -> str:
    return required_text(body, "id")


def _listing(body: JsonObject) -> JsonObject:
    if not isinstance(body.get("value"), list):
        raise UnreadableReplyError("no list in value")
    return body


def _takes_time(event: JsonObject) -> bool:
    return (
        text(event.get("showAs")) not in _NOT_BUSY
        and event.get("isCancelled") is not True
        and json_object(event.get("responseStatus")).get("response") != "declined"
    )


def _is_own(event: JsonObject, is_own: OwnEvents, own_links: str) -> bool:
    place = text(json_object(event.get("location")).get("displayName"))
    return is_own(text(event.get("id"))) or (bool(own_links) and place.startswith(own_links))


def _moment_of(event: JsonObject, name: str) -> datetime:
    stated = json_object(event.get(name))
    at = moment(stated.get("dateTime"))
    if at is None or stated.get("timeZone") != "UTC":
        raise UnreadableReplyError(f"no UTC time in {name}")
    return at


def _event_body(event: SessionEvent) -> dict[str, Any]:
    return {
        "subject": event.title,
        "body": {"contentType": "text", "content": event.notes},
        "location": {"displayName": event.join_url},
        "start": {"dateTime": iso_utc(event.starts_at).removesuffix("Z"), "timeZone": "UTC"},
        "end": {"dateTime": iso_utc(event.ends_at).removesuffix("Z"), "timeZone": "UTC"},
        "showAs": "busy",
    }


def _in_words(error: ProviderRejected) -> Exception:
    if error.http_status in _GONE or error.http_status == 403:
        return CalendarTrouble("A calendar that you chose is gone, or no longer open to us. Choose again.")
    return error


def _judge(reply: Reply) -> ProviderError | None:
    """Sort an answer below 500; errors are `{error: {code, message}}`."""
    if reply.status < 400:
        return None
    code = text(json_object(reply.body.get("error")).get("code"))
    if reply.status == 401:
        return AccessRefused(MICROSOFT, "the access token was refused")
    if reply.status == 429:
        wait = whole_number(reply.headers.get("retry-after"))
        return ProviderThrottled(MICROSOFT, code, retry_after_seconds=None if wait is None else float(wait))
    if not reply.readable:
        return None
    return ProviderRejected(MICROSOFT, code, code=code or "unknown", http_status=reply.status)
