"""Zoom: one meeting for each booking, made once even when answers are lost.

Protocol facts are Zoom's public API reference. Times are aware UTC, durations minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote

from mentor_ui.providers.errors import MeetingNotFound, ProviderUnavailable
from mentor_ui.providers.http import JsonApi
from mentor_ui.providers.replies import (
    JsonObject,
    UnreadableReplyError,
    json_objects,
    moment,
    text,
    whole_number,
)
from mentor_ui.providers.zoom_tokens import ZOOM, ZoomTokens
from mentor_ui.providers.zoom_wire import (
    CUT_AGENDA_LENGTH,
    Meeting,
    TokenRefusedError,
    booking_of,
    judge,
    meeting_body,
    new_meeting_settings,
    parse_meeting,
    parse_start_url,
)

Parsed = TypeVar("Parsed")

_PAGE_SIZE: Final = "300"
_MOST_PAGES: Final = 1_000
_SEARCH_WINDOW: Final = timedelta(days=1)
# `scheduled` holds what `upcoming` does and past ones too, but is longer: look in the short list first.
_LISTS: Final = ("upcoming", "scheduled")


class Meetings(Protocol):
    """What the services need from a meeting provider; see `ZoomClient` for the meaning of each call."""

    def create_meeting(
        self, *, booking_id: int, topic: str, starts_at: datetime, duration_minutes: int, agenda: str = ""
    ) -> Meeting:
        """Make the meeting of a booking."""
        ...

    def find_meetings(self, booking_id: int, around: datetime) -> list[Meeting]:
        """Look for the meetings of a booking, oldest first."""
        ...

    def get_meeting(self, meeting_id: int) -> Meeting | None:
        """Fetch a meeting."""
        ...

    def start_url(self, meeting_id: int) -> str:
        """Fetch a fresh start link for the host."""
        ...

    def update_meeting(
        self,
        meeting_id: int,
        *,
        booking_id: int,
        topic: str,
        starts_at: datetime,
        duration_minutes: int,
        agenda: str = "",
    ) -> None:
        """Change a meeting in place."""
        ...

    def delete_meeting(self, meeting_id: int) -> None:
        """Delete a meeting."""
        ...

    def close(self) -> None:
        """Close the connections of this process."""
        ...


class ZoomClient:
    """Talks to Zoom as a server-to-server app. One per process, shared by all threads.

    Args:
        account_id: Of the server-to-server app.
        client_id: Of the server-to-server app.
        client_secret: Of the server-to-server app.
        oauth_url: Address of the token endpoint.
        api_url: Where the API, or a stand-in, answers.
        host: User id or e-mail of the licensed user under whom meetings are made.
        timeout_seconds: Longest wait for an answer.
    """

    def __init__(
        self,
        *,
        account_id: str,
        client_id: str,
        client_secret: str,
        oauth_url: str = "https://zoom.us/oauth/token",
        api_url: str = "https://api.zoom.us/v2",
        host: str = "me",
        timeout_seconds: float = 10.0,
    ) -> None:
        self._host_meetings = f"/users/{quote(host, safe='@')}/meetings"
        self._api = JsonApi(ZOOM, api_url, judge=judge, timeout_seconds=timeout_seconds)
        self._tokens = ZoomTokens(
            account_id=account_id,
            client_id=client_id,
            client_secret=client_secret,
            oauth_url=oauth_url,
            timeout_seconds=timeout_seconds,
        )

    def close(self) -> None:
        """Close the connections of this process."""
        self._api.close()
        self._tokens.close()

    def create_meeting(
        self, *, booking_id: int, topic: str, starts_at: datetime, duration_minutes: int, agenda: str = ""
    ) -> Meeting:
        """Make the meeting of a booking. There is no idempotency key: `find_meetings` before repeating it.

        Args:
            booking_id: Left in the agenda and the tracking fields, where `find_meetings` looks for it.
            topic: Title, cut at 200 characters.
            starts_at: Aware start.
            duration_minutes: 1 to 1,440.
            agenda: Further words, cut so that the marker fits.

        Raises:
            ProviderThrottled: Such as 100 creations and changes per host and UTC day.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        body = meeting_body(
            booking_id=booking_id,
            topic=topic,
            starts_at=starts_at,
            duration_minutes=duration_minutes,
            agenda=agenda,
        )
        return self._call("POST", self._host_meetings, parse_meeting, json={**body, **new_meeting_settings()})

    def find_meetings(self, booking_id: int, around: datetime) -> list[Meeting]:
        """Look for the meetings of a booking, oldest first; more than one are left by lost answers.

        Lists cut long agendas, so meetings within a day of `around` whose marker may have been cut off are
        fetched whole.

        Args:
            booking_id: The booking.
            around: Aware start the meeting was made with.

        Raises:
            ProviderError: See `mentor_ui.providers.errors`. Not knowing is never returned as an empty list.
        """
        looked_at: set[int] = set()
        found: list[Meeting] = []
        for kind in _LISTS:
            for listed in self._listed(kind):
                meeting_id = whole_number(listed.get("id"))
                if meeting_id is None or meeting_id in looked_at:
                    continue
                looked_at.add(meeting_id)
                if booking_of(listed) == booking_id or _marker_may_be_cut(listed, around):
                    meeting = self.get_meeting(meeting_id)
                    if meeting is not None and meeting.booking_id == booking_id:
                        found.append(meeting)
            if found:
                break
        return sorted(found, key=_age)

    def get_meeting(self, meeting_id: int) -> Meeting | None:
        """Fetch a meeting; None when it was deleted or has expired."""
        try:
            return self._call("GET", f"/meetings/{meeting_id}", parse_meeting)
        except MeetingNotFound:
            return None

    def start_url(self, meeting_id: int) -> str:
        """Fetch a fresh start link for the host. Redirect to it at once; never store, log or mail it.

        Raises:
            MeetingNotFound: The meeting was deleted or has expired.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        return self._call("GET", f"/meetings/{meeting_id}", parse_start_url)

    def update_meeting(
        self,
        meeting_id: int,
        *,
        booking_id: int,
        topic: str,
        starts_at: datetime,
        duration_minutes: int,
        agenda: str = "",
    ) -> None:
        """Change a meeting in place, so that its join link stays.

        Repeating it does no harm but counts towards the host's 100 creations and changes a day.

        Raises:
            MeetingNotFound: The meeting was deleted or has expired: make a new one.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        body = meeting_body(
            booking_id=booking_id,
            topic=topic,
            starts_at=starts_at,
            duration_minutes=duration_minutes,
            agenda=agenda,
        )
        self._call("PATCH", f"/meetings/{meeting_id}", _nothing, json=body)

    def delete_meeting(self, meeting_id: int) -> None:
        """Delete a meeting; one that is gone already is as good.

        Raises:
            MeetingRunning: It is going on.
        """
        try:
            self._call("DELETE", f"/meetings/{meeting_id}", _nothing)
        except MeetingNotFound:
            return

    def _listed(self, kind: str) -> Iterator[JsonObject]:
        """Yield the host's meetings of one list, over all its pages."""
        turn: dict[str, str] = {}
        turns: set[str] = set()
        while True:
            page, following = self._call(
                "GET", self._host_meetings, _read_page, params={"type": kind, "page_size": _PAGE_SIZE, **turn}
            )
            yield from page
            if not following:
                return
            if following in turns or len(turns) >= _MOST_PAGES:
                raise ProviderUnavailable(ZOOM, "the pages of the meeting list go in circles")
            turns.add(following)
            turn = {"next_page_token": following}

    def _call(
        self,
        method: str,
        path: str,
        parse: Callable[[JsonObject], Parsed],
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Parsed:
        def send(token: str) -> Parsed:
            headers = {"Authorization": f"Bearer {token}"}
            return self._api.call(method, path, parse, params=params, json=json, headers=headers)

        token = self._tokens.current()
        try:
            return send(token)
        except TokenRefusedError:
            # A refused token did nothing, so even a POST may be sent again with a fresh one.
            return send(self._tokens.replace(token))


def _read_page(body: JsonObject) -> tuple[list[JsonObject], str]:
    if not isinstance(body.get("meetings"), list):
        raise UnreadableReplyError("no list in meetings")
    return json_objects(body["meetings"]), text(body.get("next_page_token"))


def _nothing(_body: JsonObject) -> None:
    return None


def _marker_may_be_cut(listed: JsonObject, around: datetime) -> bool:
    starts_at = moment(listed.get("start_time"))
    if starts_at is None or abs(starts_at - around) > _SEARCH_WINDOW:
        return False
    agenda = text(listed.get("agenda"))
    return not agenda or len(agenda) >= CUT_AGENDA_LENGTH


def _age(meeting: Meeting) -> tuple[float, int]:
    return (meeting.created_at.timestamp() if meeting.created_at else 0.0, meeting.id)
