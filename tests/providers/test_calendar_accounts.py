"""Google's and Microsoft's calendars: answers that no sandbox gives, and what is made of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.providers.calendars import CalendarAccounts, SessionEvent
from mentor_ui.providers.errors import (
    AccessRefused,
    GrantEnded,
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderThrottled,
    ProviderUnavailable,
)
from mentor_ui.providers.google_calendar import GoogleCalendars
from mentor_ui.providers.microsoft_calendar import MicrosoftCalendars
from mentor_ui.providers.oauth import OAuthApp
from tests.providers.scripted_server import Answer, ScriptedServer

SINCE = datetime(2026, 11, 24, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=20)
LINK = "https://mentor.test/j/"


def app_at(server: ScriptedServer) -> OAuthApp:
    """Return a registration with the scripted server."""
    return OAuthApp("client", "secret", f"{server.url}/authorize", f"{server.url}/token", ("one", "two"))


@pytest.fixture
def google(server: ScriptedServer) -> Iterator[GoogleCalendars]:
    """A client of the scripted server."""
    revoke_url = f"{server.url}/revoke"
    client = GoogleCalendars(
        app=app_at(server), calendar_url=server.url, revoke_url=revoke_url, timeout_seconds=0.5
    )
    yield client
    client.close()


@pytest.fixture
def microsoft(server: ScriptedServer) -> Iterator[MicrosoftCalendars]:
    """A client of the scripted server."""
    client = MicrosoftCalendars(app=app_at(server), graph_url=server.url, timeout_seconds=0.5)
    yield client
    client.close()


def busy(
    accounts: CalendarAccounts,
    *calendars: str,
    written_to: str = "",
    own: str = "",
    zone: str = "Africa/Lagos",
) -> list[str]:
    """Return busy times as `26 09:00/10:00`."""
    found = accounts.busy_times(
        "token",
        calendars,
        since=SINCE,
        until=UNTIL,
        written_to={written_to},
        is_own=lambda event_id: event_id == own,
        own_links=LINK,
        zone=zone,
    )
    return [f"{one.starts_at:%d %H:%M}/{one.ends_at:%d %H:%M}" for one in found]


def google_event(hour: int, **fields: Any) -> dict[str, Any]:
    """Return an event of an hour in Google's shape."""
    at = f"2026-11-26T{hour:02d}:00:00+01:00"
    until = f"2026-11-26T{hour + 1:02d}:00:00+01:00"
    return {"id": f"e{hour}", "start": {"dateTime": at}, "end": {"dateTime": until}, **fields}


def refused_by_google(status: int, reason: str) -> Answer:
    """Return an error in Google's shape."""
    return Answer(status, {"error": {"code": status, "errors": [{"reason": reason}]}})


def graph_event(hour: int, **fields: Any) -> dict[str, Any]:
    """Return an event of an hour in Graph's shape."""
    times = {
        name: {"dateTime": f"2026-11-26T{at:02d}:00:00.0000000", "timeZone": "UTC"}
        for name, at in (("start", hour), ("end", hour + 1))
    }
    return {"id": f"e{hour}", "showAs": "busy", **times, **fields}


def test_free_busy_is_asked_for_in_parts_and_merged(server: ScriptedServer, google: GoogleCalendars) -> None:
    span = {"start": "2026-11-26T09:00:00Z", "end": "2026-11-26T10:00:00Z"}
    server.will_answer(*[Answer(body={"calendars": {"a": {"busy": [span]}, "b": {"busy": [span]}}})] * 4)
    found = google.busy_times(
        "token",
        ["a", "b"],
        since=SINCE,
        until=SINCE + timedelta(days=93),
        written_to=(),
        is_own=lambda _event_id: False,
        own_links=LINK,
        zone="Africa/Lagos",
    )
    assert len(found) == 1
    asked = [(one.json["timeMin"], one.json["timeMax"]) for one in server.asked]
    assert asked[0] == ("2026-11-24T00:00:00Z", "2026-12-24T00:00:00Z")
    assert [later[0] for later in asked[1:]] == [earlier[1] for earlier in asked[:-1]]
    assert server.asked[0].headers["authorization"] == "Bearer token"


@pytest.mark.parametrize(
    "calendars",
    [
        {"a": {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}},
        {"a": {"errors": [{"domain": "global", "reason": "internalError"}]}},
        {"a": {}},
        {"b": {"busy": []}},
        {},
    ],
)
def test_a_calendar_without_an_answer_of_its_own_is_unknown(
    server: ScriptedServer, google: GoogleCalendars, calendars: dict[str, Any]
) -> None:
    server.will_answer(Answer(body={"calendars": calendars}))
    with pytest.raises(CalendarTrouble):
        busy(google, "a")


def test_times_that_cannot_be_read_are_an_error(server: ScriptedServer, google: GoogleCalendars) -> None:
    server.will_answer(Answer(body={"calendars": {"a": {"busy": [{"start": "soon", "end": "later"}]}}}))
    with pytest.raises(ProviderUnavailable):
        busy(google, "a")
    server.will_answer(Answer(body={"items": [{"id": "x", "start": {}, "end": {}}]}))
    with pytest.raises(ProviderUnavailable):
        busy(google, "a", written_to="a")


def test_googles_events_that_take_no_time_or_are_ours(
    server: ScriptedServer, google: GoogleCalendars
) -> None:
    declined = [{"self": True, "responseStatus": "declined"}]
    first = [
        google_event(8),
        google_event(9, transparency="transparent"),
        google_event(10, status="cancelled"),
        google_event(11, eventType="workingLocation"),
        google_event(12, attendees=declined),
        google_event(13, iCalUID="session-7@mentor"),
        google_event(14, location=f"{LINK}abc"),
        google_event(15, id="written"),
    ]
    day = {"id": "d", "start": {"date": "2026-11-28"}, "end": {"date": "2026-11-29"}}
    server.will_answer(
        Answer(body={"items": first, "timeZone": "Africa/Lagos", "nextPageToken": "2"}),
        Answer(body={"items": [google_event(18), day], "timeZone": "Africa/Lagos"}),
    )
    found = busy(google, "a@gmail.test", written_to="a@gmail.test", own="written")
    assert found == ["26 07:00/26 08:00", "26 17:00/26 18:00", "27 23:00/28 23:00"]
    assert "pageToken=2" in server.paths[1]
    assert server.paths[0].startswith("GET /calendars/a%40gmail.test/events?singleEvents=true")


def test_graphs_events_that_take_no_time_or_are_ours(
    server: ScriptedServer, microsoft: MicrosoftCalendars
) -> None:
    first = [
        graph_event(8),
        graph_event(9, showAs="free"),
        graph_event(10, showAs="workingElsewhere"),
        graph_event(11, isCancelled=True),
        graph_event(12, responseStatus={"response": "declined"}),
        graph_event(13, location={"displayName": f"{LINK}abc"}),
        graph_event(14, id="written"),
        graph_event(15, showAs="tentative"),
        graph_event(17, showAs="unknown"),
    ]
    following = "https://elsewhere.test/steal?$skip=9&$top=500"
    server.will_answer(
        Answer(body={"value": first, "@odata.nextLink": following}), Answer(body={"value": [graph_event(20)]})
    )
    found = busy(microsoft, "AQ=", own="written")
    assert found == ["26 08:00/26 09:00", "26 15:00/26 16:00", "26 17:00/26 18:00", "26 20:00/26 21:00"]
    assert server.paths[1].startswith("GET /me/calendars/AQ%3D/calendarView?%24skip=9")
    assert 'outlook.timezone="UTC"' in server.asked[0].headers["prefer"]


def test_graphs_times_in_another_zone_are_an_error(
    server: ScriptedServer, microsoft: MicrosoftCalendars
) -> None:
    start = {"dateTime": "2026-11-26T09:00:00", "timeZone": "Pacific Standard Time"}
    server.will_answer(Answer(body={"value": [graph_event(8, start=start)]}))
    with pytest.raises(ProviderUnavailable):
        busy(microsoft, "AQ=")


def test_googles_days_are_meant_in_the_calendars_zone_or_else_in_the_owners(
    server: ScriptedServer, google: GoogleCalendars
) -> None:
    day = {"id": "d", "start": {"date": "2026-11-28"}, "end": {"date": "2026-11-29"}}
    server.will_answer(Answer(body={"items": [day]}), Answer(body={"items": [day], "timeZone": "UTC"}))
    assert busy(google, "a", written_to="a", zone="America/New_York") == ["28 05:00/29 05:00"]
    assert busy(google, "a", written_to="a", zone="America/New_York") == ["28 00:00/29 00:00"]


def test_graphs_whole_days_are_days_of_their_owner(
    server: ScriptedServer, microsoft: MicrosoftCalendars
) -> None:
    times = {
        name: {"dateTime": f"2026-11-{day}T00:00:00.0000000", "timeZone": "UTC"}
        for name, day in (("start", 28), ("end", 29))
    }
    holiday = {"id": "d", "showAs": "oof", "isAllDay": True, **times}
    shifted = {"id": "s", "showAs": "oof", "isAllDay": True, **graph_event(5)} | {"id": "s"}
    server.will_answer(Answer(body={"value": [holiday, shifted]}))
    found = busy(microsoft, "AQ=", zone="Pacific/Auckland")
    assert found == ["26 05:00/26 06:00", "27 11:00/28 11:00"]
    assert "isAllDay" in server.paths[0]


SESSION = SessionEvent(
    booking_id=7,
    uid="session-7@mentor",
    revision=2,
    title="React with Ada",
    notes="Join",
    starts_at=SINCE,
    ends_at=UNTIL,
    join_url=f"{LINK}abc",
)


def test_a_session_that_came_by_mail_is_found_and_not_written_twice(
    server: ScriptedServer, google: GoogleCalendars
) -> None:
    server.will_answer(
        refused_by_google(409, "duplicate"),
        Answer(body={"items": [{"id": "by mail"}]}),
        refused_by_google(403, "forbiddenForNonOrganizer"),
    )
    assert google.write_event("token", "a", SESSION, None) == "by mail"
    assert server.asked[0].json["iCalUID"] == "session-7@mentor"
    assert "iCalUID=session-7%40mentor&showDeleted=true" in server.paths[1]
    assert server.paths[2] == "PATCH /calendars/a/events/by%20mail"
    assert "iCalUID" not in server.asked[2].json


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([refused_by_google(403, "requiredAccessLevel")], CalendarTrouble),
        ([refused_by_google(404, "notFound")], CalendarTrouble),
        ([refused_by_google(409, "duplicate"), Answer(body={"items": []})], ProviderUnavailable),
        ([refused_by_google(400, "invalid")], ProviderRejected),
    ],
)
def test_a_session_that_google_does_not_take_is_an_error(
    server: ScriptedServer, google: GoogleCalendars, answers: list[Answer], error: type[Exception]
) -> None:
    server.will_answer(*answers)
    with pytest.raises((ProviderError, CalendarTrouble)) as caught:
        google.write_event("token", "a", SESSION, None)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused_by_google(401, "authError"), AccessRefused),
        (refused_by_google(403, "rateLimitExceeded"), ProviderThrottled),
        (refused_by_google(403, "quotaExceeded"), ProviderThrottled),
        (refused_by_google(429, "other"), ProviderThrottled),
        (refused_by_google(403, "insufficientPermissions"), ProviderRejected),
        (Answer(400, b"<html>"), ProviderUnavailable),
    ],
)
def test_googles_errors_are_told_apart(
    server: ScriptedServer, google: GoogleCalendars, answer: Answer, error: type[ProviderError]
) -> None:
    server.will_answer(*[answer] * 3)
    with pytest.raises(ProviderError) as caught:
        busy(google, "a")
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401, {"error": {"code": "InvalidAuthenticationToken"}}), AccessRefused),
        (Answer(429, {"error": {"code": "x"}}, {"Retry-After": "120"}), ProviderThrottled),
        (Answer(404, {"error": {"code": "ErrorItemNotFound"}}), CalendarTrouble),
        (Answer(403, {"error": {"code": "ErrorAccessDenied"}}), CalendarTrouble),
        (Answer(400, {"error": {"code": "BadRequest"}}), ProviderRejected),
    ],
)
def test_graphs_errors_are_told_apart(
    server: ScriptedServer, microsoft: MicrosoftCalendars, answer: Answer, error: type[Exception]
) -> None:
    server.will_answer(*[answer] * 3)
    with pytest.raises((ProviderError, CalendarTrouble)) as caught:
        busy(microsoft, "AQ=")
    assert type(caught.value) is error
    if isinstance(caught.value, ProviderThrottled):
        assert caught.value.retry_after_seconds == 120


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": "invalid_grant", "error_description": "code=secret"}, GrantEnded),
        ({"error": "invalid_client"}, ProviderMisconfigured),
        ({"error": "invalid_request"}, ProviderRejected),
        ({"message": "nothing of ours"}, ProviderUnavailable),
    ],
)
def test_refused_tokens_are_told_apart_and_say_no_secret(
    server: ScriptedServer, google: GoogleCalendars, body: dict[str, str], error: type[ProviderError]
) -> None:
    server.will_answer(*[Answer(400, body)] * 3)
    with pytest.raises(ProviderError) as caught:
        google.refresh("refresh-token")
    assert type(caught.value) is error
    assert "secret" not in str(caught.value).replace("client id or secret", "")


def test_tokens_are_kept_out_of_what_is_printed(server: ScriptedServer, google: GoogleCalendars) -> None:
    server.will_answer(Answer(body={"access_token": "hush", "refresh_token": "quiet", "expires_in": 10}))
    grant = google.exchange(code="c", code_verifier="v", redirect_uri="https://mentor.test/back")
    assert "hush" not in repr(grant)
    assert "quiet" not in repr(grant)
    assert grant.expires_at < datetime.now(UTC) + timedelta(seconds=11)
