"""Calendars in Microsoft 365 and Outlook.com, by Microsoft Graph v1.0.

Protocol facts are Microsoft's public API reference. `calendarView` answers for accounts of work and school
and for personal ones alike, calendar by calendar and event by event; `getSchedule` knows no personal accounts
and cannot leave out our own events, so it is not used.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from mentor_ui.domain.busy_times import Busy, CalendarTrouble, merged
from mentor_ui.domain.local_time import zone_named
from mentor_ui.providers.account_client import GONE, AccountClient, in_words, listing, refusal
from mentor_ui.providers.calendars import AccountCalendar, OwnEvents, SessionEvent
from mentor_ui.providers.errors import ProviderError, ProviderRejected, ProviderUnavailable
from mentor_ui.providers.http import Reply
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

MICROSOFT: Final = "Microsoft"
SCOPES: Final = ("offline_access", "Calendars.ReadWrite")

_PREFERENCES: Final = 'outlook.timezone="UTC", IdType="ImmutableId"'
_PAGE_SIZE: Final = "500"
_MOST_PAGES: Final = 60
_NOT_BUSY: Final = frozenset({"free", "workingElsewhere"})


class MicrosoftCalendars(AccountClient):
    """Talks to Microsoft. One per process, shared by all threads.

    Args:
        app: Our registration.
        graph_url: Where the API, or a stand-in, answers.
        timeout_seconds: Longest wait for an answer.
    """

    name = MICROSOFT

    def __init__(self, *, app: OAuthApp, graph_url: str, timeout_seconds: float = 10.0) -> None:
        headers = {"Prefer": _PREFERENCES}
        super().__init__(
            MICROSOFT, app, graph_url, judge=_judge, timeout_seconds=timeout_seconds, headers=headers
        )

    def authorization_url(self, *, redirect_uri: str, state: str, code_challenge: str, hint: str) -> str:
        """Return where the account's owner is asked."""
        more = {"response_mode": "query", "login_hint": hint, "prompt": "" if hint else "select_account"}
        return self._tokens.authorization_url(
            redirect_uri=redirect_uri, state=state, code_challenge=code_challenge, more=more
        )

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
        zone: str,
    ) -> list[Busy]:
        """Return when the owner is busy; see `CalendarAccounts`."""
        del written_to
        times: list[Busy] = []
        query = {
            "startDateTime": iso_utc(since),
            "endDateTime": iso_utc(until),
            "$top": _PAGE_SIZE,
            "$select": "id,showAs,isAllDay,isCancelled,responseStatus,start,end,location",
        }
        for calendar_id in calendar_ids:
            path = f"/me/calendars/{quote(calendar_id, safe='')}/calendarView"
            try:
                times += [
                    Busy(_moment_of(event, "start", zone), _moment_of(event, "end", zone))
                    for event in self._items(access_token, path, query)
                    if _takes_time(event) and not _is_own(event, is_own, own_links)
                ]
            except ProviderRejected as error:
                raise in_words(error) from error
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
                if error.http_status not in GONE:
                    raise
        # An event that was deleted has used up its own transaction, so the next one is another.
        again = "" if external_id is None else f"-{event.revision}"
        place = hashlib.sha256(calendar_id.encode()).hexdigest()[:12]
        made = {**body, "transactionId": f"mentor-{event.booking_id}-{place}{again}"}
        path = f"/me/calendars/{quote(calendar_id, safe='')}/events"
        try:
            return self._call("POST", path, access_token, _identifier, json=made)
        except ProviderRejected as error:
            raise in_words(error) from error

    def delete_event(self, access_token: str, calendar_id: str, external_id: str) -> None:
        """Delete an event; one that is gone already is as good."""
        del calendar_id
        self._delete(_event_path(external_id), access_token)

    def _entries(self, access_token: str) -> Iterator[JsonObject]:
        return self._items(access_token, "/me/calendars", {"$top": "100"})

    def _items(self, access_token: str, path: str, query: Mapping[str, str]) -> Iterator[JsonObject]:
        """Yield the items of all pages; of a link to the next page only the query is followed."""
        for _ in range(_MOST_PAGES):
            page = self._call("GET", path, access_token, listing("value"), params=query)
            yield from json_objects(page["value"])
            following = text(page.get("@odata.nextLink"))
            if not following:
                return
            query = dict(parse_qsl(urlsplit(following).query))
        raise CalendarTrouble("This calendar holds too many events to look through.")


def _event_path(external_id: str) -> str:
    return f"/me/events/{quote(external_id, safe='')}"


def _identifier(body: JsonObject) -> str:
    return required_text(body, "id")


def _takes_time(event: JsonObject) -> bool:
    return (
        text(event.get("showAs")) not in _NOT_BUSY
        and event.get("isCancelled") is not True
        and json_object(event.get("responseStatus")).get("response") != "declined"
    )


def _is_own(event: JsonObject, is_own: OwnEvents, own_links: str) -> bool:
    place = text(json_object(event.get("location")).get("displayName"))
    return is_own(text(event.get("id"))) or (bool(own_links) and place.startswith(own_links))


def _moment_of(event: JsonObject, name: str, zone: str) -> datetime:
    """Read a time in UTC. A whole day is that day wherever its owner is, whatever zone was asked for."""
    stated = json_object(event.get(name))
    at = moment(stated.get("dateTime"))
    if at is None or stated.get("timeZone") != "UTC":
        raise UnreadableReplyError(f"no UTC time in {name}")
    if event.get("isAllDay") is True and at.time() == time.min:
        return at.replace(tzinfo=zone_named(zone)).astimezone(UTC)
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


def _judge(reply: Reply) -> ProviderError | None:
    """Sort an answer below 500; errors are `{error: {code, message}}`."""
    return refusal(MICROSOFT, reply, text(json_object(reply.body.get("error")).get("code")))
