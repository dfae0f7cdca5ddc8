"""The Zoom client against bodies in the shapes that the documentation and its readers report."""

import base64
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from mentor_ui.providers.errors import (
    MeetingNotFound,
    MeetingRunning,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderThrottled,
    ProviderUnavailable,
)
from mentor_ui.providers.zoom import Meetings, ZoomClient
from mentor_ui.providers.zoom_wire import meeting_body
from tests.providers.samples import meeting
from tests.providers.scripted_server import Answer, ScriptedServer

BOOKING = 7301234567890123
STARTS_AT = datetime(2026, 11, 25, 17, 30, tzinfo=UTC)
TOKEN = Answer(body={"access_token": "token-one", "token_type": "bearer", "expires_in": 3599, "scope": "a b"})
NEXT_TOKEN = Answer(body={"access_token": "token-two", "token_type": "bearer", "expires_in": "3600"})
EXPIRED = Answer(401, {"code": 124, "message": "Invalid access token."})


def create(zoom: ZoomClient, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "booking_id": BOOKING,
        "topic": "Algebra with Ada",
        "starts_at": STARTS_AT,
        "duration_minutes": 60,
        "agenda": "Bring your questions.",
    }
    return zoom.create_meeting(**{**values, **changes})


def page(*meetings: dict[str, Any], following: str = "") -> Answer:
    return Answer(body={"page_size": 300, "next_page_token": following, "meetings": list(meetings)})


def listed(**changes: Any) -> dict[str, Any]:
    whole = meeting(**changes)
    del whole["start_url"]
    return whole


def test_the_client_keeps_the_protocol(zoom: ZoomClient) -> None:
    meetings: Meetings = zoom
    assert meetings is zoom


def test_create_asks_for_a_token_and_marks_the_meeting(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, Answer(201, meeting()))

    made = create(zoom)

    token, created = server.asked
    assert server.paths == ["POST /oauth/token", "POST /v2/users/host@example.com/meetings"]
    assert parse_qs(token.body.decode()) == {"grant_type": ["account_credentials"], "account_id": ["account"]}
    assert token.headers["authorization"] == "Basic " + base64.b64encode(b"client:secret").decode()
    assert created.headers["authorization"] == "Bearer token-one"
    body = created.json
    assert body["type"] == 2
    assert (body["start_time"], body["timezone"], body["duration"]) == ("2026-11-25T17:30:00Z", "UTC", 60)
    assert body["agenda"] == f"Bring your questions.\n\nmentor-booking:{BOOKING}"
    assert body["tracking_fields"] == [{"field": "mentor_booking", "value": str(BOOKING)}]
    assert len(body["password"]) == 10
    assert (made.id, made.booking_id, made.starts_at) == (85_746_065_432, BOOKING, STARTS_AT)
    assert made.join_url == "https://zoom.example/j/85746065432?pwd=abc"
    assert "pwd" not in repr(made)
    assert not hasattr(made, "start_url")


def test_a_long_agenda_keeps_its_marker_and_a_foreign_marker_is_dropped() -> None:
    def body(agenda: str) -> dict[str, Any]:
        return meeting_body(
            booking_id=BOOKING, topic="x" * 300, starts_at=STARTS_AT, duration_minutes=60, agenda=agenda
        )

    long = body("a" * 3000)
    assert len(long["agenda"]) <= 2000
    assert long["agenda"].endswith(f"mentor-booking:{BOOKING}")
    assert len(long["topic"]) == 200
    assert body("mentor-booking:1 hello")["agenda"] == f"hello\n\nmentor-booking:{BOOKING}"
    assert body("")["agenda"] == f"mentor-booking:{BOOKING}"


@pytest.mark.parametrize("changes", [{"booking_id": 0}, {"duration_minutes": 0}, {"duration_minutes": 1441}])
def test_values_that_zoom_would_bend_are_not_sent(
    zoom: ZoomClient, server: ScriptedServer, changes: dict[str, int]
) -> None:
    with pytest.raises(ValueError, match=r"booking|minutes"):
        create(zoom, **changes)
    assert not server.asked


def test_the_token_is_kept_and_shared(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, *[Answer(body=meeting())] * 12)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(zoom.get_meeting, range(12)))
    assert all(found)
    assert server.paths.count("POST /oauth/token") == 1


def test_the_token_is_renewed_five_minutes_early(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(
        TOKEN, Answer(body=meeting()), Answer(body=meeting()), NEXT_TOKEN, Answer(body=meeting())
    )
    with time_machine.travel(STARTS_AT, tick=False) as clock:
        zoom.get_meeting(1)
        clock.shift(timedelta(seconds=3298))
        zoom.get_meeting(1)
        clock.shift(timedelta(seconds=2))
        zoom.get_meeting(1)
    authorised = [asked.headers["authorization"] for asked in server.asked if "oauth" not in asked.path]
    assert authorised == ["Bearer token-one", "Bearer token-one", "Bearer token-two"]


def test_a_refused_token_is_renewed_once_even_for_a_post(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, EXPIRED, NEXT_TOKEN, Answer(201, meeting()))
    assert create(zoom).id == 85_746_065_432
    assert server.asked[-1].headers["authorization"] == "Bearer token-two"


def test_a_token_refused_twice_is_the_operators_business(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, EXPIRED, NEXT_TOKEN, EXPIRED)
    with pytest.raises(ProviderMisconfigured, match="access token"):
        zoom.get_meeting(1)
    assert len(server.asked) == 4


def test_a_broken_token_endpoint_leaves_no_doubt_about_the_meeting(
    zoom: ZoomClient, server: ScriptedServer
) -> None:
    server.will_answer(*[Answer(hang_up=True)] * 3)
    with pytest.raises(ProviderUnavailable) as caught:
        create(zoom)
    assert not caught.value.effect_unknown
    assert server.paths == ["POST /oauth/token"] * 3


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}),
        Answer(401, {"reason": "Invalid Token!", "error": "invalid_request"}),
        Answer(400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"}),
    ],
)
def test_refused_credentials(zoom: ZoomClient, server: ScriptedServer, answer: Answer) -> None:
    server.will_answer(answer)
    with pytest.raises(ProviderMisconfigured, match=answer.body["reason"]):
        create(zoom)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            Answer(400, {"code": 4700, "message": "does not contain scopes: [meeting:write]"}),
            ProviderMisconfigured,
        ),
        (Answer(401, {"code": 4700, "message": "does not contain scopes"}), ProviderMisconfigured),
        (Answer(200, {"code": 4700, "message": "does not contain scopes"}), ProviderMisconfigured),
        (Answer(400, {"code": 200, "message": "Only for paid accounts"}), ProviderMisconfigured),
        (Answer(404, {"code": 1001, "message": "User does not exist"}), ProviderMisconfigured),
        (Answer(400, {"code": 3161, "message": "May not host"}), ProviderMisconfigured),
        (Answer(400, {"code": 300, "message": "Invalid", "errors": []}), ProviderRejected),
        (Answer(200, {"code": 1114, "message": "Something"}), ProviderRejected),
        (Answer(409, {"message": "Conflict"}), ProviderRejected),
        (Answer(404, {"code": "3001", "message": "Meeting does not exist"}), MeetingNotFound),
        (Answer(400, {"code": 3002, "message": "Sorry, it is in progress"}), MeetingRunning),
    ],
)
def test_refusals_are_told_apart(
    zoom: ZoomClient, server: ScriptedServer, answer: Answer, error: type[Exception]
) -> None:
    server.will_answer(TOKEN, answer)
    with pytest.raises(error) as caught:
        create(zoom)
    assert type(caught.value) is error
    assert len(server.asked) == 2


def test_a_refusal_names_the_fields(zoom: ZoomClient, server: ScriptedServer) -> None:
    errors = [{"field": "duration", "message": "too long"}]
    server.will_answer(TOKEN, Answer(400, {"code": 300, "message": "Validation Failed.", "errors": errors}))
    with pytest.raises(ProviderRejected, match="duration: too long") as caught:
        create(zoom)
    assert (caught.value.code, caught.value.http_status) == ("300", 400)


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        (
            {},
            {"code": 429, "message": "You have exceeded the daily rate limit (100) of Meeting APIs"},
            21_600,
        ),
        ({"X-RateLimit-Type": "Daily-limit"}, {"code": 429, "message": "limit"}, 21_600),
        ({"Retry-After": "2026-11-22T18:30:00Z"}, {"code": 429, "message": "limit"}, 1800),
        ({"Retry-After": "Sun, 22 Nov 2026 18:10:00 GMT"}, {"code": 429, "message": "limit"}, 600),
        ({"Retry-After": "7"}, {"code": 429, "message": "limit"}, 7),
        ({"X-RateLimit-Type": "QPS"}, {"code": 429, "message": "per-second limit"}, 1.5),
        ({}, {"code": 4001, "message": "too fast"}, 1.5),
    ],
)
def test_how_long_to_wait(
    zoom: ZoomClient, server: ScriptedServer, headers: dict[str, str], body: dict[str, Any], wait: float
) -> None:
    server.will_answer(TOKEN, Answer(429, body, headers))
    now = datetime(2026, 11, 22, 18, tzinfo=UTC)
    with time_machine.travel(now, tick=False), pytest.raises(ProviderThrottled) as caught:
        create(zoom)
    assert caught.value.retry_after_seconds == pytest.approx(wait)
    assert len(server.asked) == 2


def test_a_lost_answer_to_create_is_not_repeated(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, Answer(hang_up=True), Answer(201, meeting()))
    with pytest.raises(ProviderUnavailable) as caught:
        create(zoom)
    assert caught.value.effect_unknown
    assert len(server.asked) == 2


def test_find_reads_all_pages_and_fetches_only_the_marked_one(
    zoom: ZoomClient, server: ScriptedServer
) -> None:
    server.will_answer(
        TOKEN,
        page(
            listed(id=1, agenda="Team lunch"),
            listed(id=2, agenda=f"mentor-booking:{BOOKING}9"),
            following="two",
        ),
        page(listed(id=3)),
        Answer(body=meeting(id=3)),
    )

    found = next(iter(zoom.find_meetings(BOOKING, STARTS_AT)), None)

    assert found is not None
    assert found.id == 3
    assert [urlsplit(asked.path).path for asked in server.asked[1:]] == [
        "/v2/users/host@example.com/meetings",
        "/v2/users/host@example.com/meetings",
        "/v2/meetings/3",
    ]
    assert parse_qs(urlsplit(server.asked[2].path).query) == {
        "type": ["upcoming"],
        "page_size": ["300"],
        "next_page_token": ["two"],
    }


def test_find_looks_into_meetings_whose_agenda_was_cut(zoom: ZoomClient, server: ScriptedServer) -> None:
    far = "2026-12-25T17:30:00Z"
    server.will_answer(
        TOKEN,
        page(
            listed(id=1, agenda="a" * 250),
            listed(id=2, agenda="a" * 250, start_time=far),
            listed(id=3, agenda="short and whole"),
        ),
        Answer(body=meeting(id=1, agenda="a" * 250 + "\n\nmentor-booking:5")),
        page(listed(id=4, agenda="")),
        Answer(
            body=meeting(
                id=4, agenda="", tracking_fields=[{"field": "mentor_booking", "value": str(BOOKING)}]
            )
        ),
    )

    found = next(iter(zoom.find_meetings(BOOKING, STARTS_AT)), None)

    assert found is not None
    assert found.id == 4
    assert [path for path in server.paths if "/v2/meetings/" in path] == [
        "GET /v2/meetings/1",
        "GET /v2/meetings/4",
    ]


def test_find_returns_none_only_after_both_lists(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, page(), page())
    assert zoom.find_meetings(BOOKING, STARTS_AT) == []
    kinds = [parse_qs(urlsplit(asked.path).query)["type"] for asked in server.asked[1:]]
    assert kinds == [["upcoming"], ["scheduled"]]


def test_find_never_takes_a_broken_list_for_an_empty_one(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, *[Answer(body={"message": "hm"})] * 3)
    with pytest.raises(ProviderUnavailable, match="no list"):
        zoom.find_meetings(BOOKING, STARTS_AT)


def test_find_gives_the_oldest_of_several(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(
        TOKEN,
        page(listed(id=9), listed(id=8)),
        Answer(body=meeting(id=9, created_at="2026-11-22T10:00:20Z")),
        Answer(body=meeting(id=8, created_at="2026-11-22T10:00:10Z")),
    )
    found = next(iter(zoom.find_meetings(BOOKING, STARTS_AT)), None)
    assert found is not None
    assert found.id == 8


def test_a_list_that_goes_in_circles_stops(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, *[page(following="same")] * 5)
    with pytest.raises(ProviderUnavailable, match="circles"):
        zoom.find_meetings(BOOKING, STARTS_AT)


def test_a_meeting_that_is_gone(zoom: ZoomClient, server: ScriptedServer) -> None:
    gone = Answer(404, {"code": 3001, "message": "Meeting does not exist: 1."})
    server.will_answer(TOKEN, gone, gone, gone, gone)

    assert zoom.get_meeting(1) is None
    zoom.delete_meeting(1)
    with pytest.raises(MeetingNotFound):
        zoom.start_url(1)
    with pytest.raises(MeetingNotFound):
        zoom.update_meeting(1, booking_id=1, topic="t", starts_at=STARTS_AT, duration_minutes=30)


def test_deleting_passes_other_refusals_on(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, Answer(404, {"code": 1001, "message": "User does not exist"}))
    with pytest.raises(ProviderMisconfigured):
        zoom.delete_meeting(1)


def test_update_and_delete_take_an_empty_answer(zoom: ZoomClient, server: ScriptedServer) -> None:
    server.will_answer(TOKEN, Answer(204), Answer(204))
    zoom.update_meeting(85, booking_id=BOOKING, topic="New", starts_at=STARTS_AT, duration_minutes=90)
    zoom.delete_meeting(85)
    assert server.paths[1:] == ["PATCH /v2/meetings/85", "DELETE /v2/meetings/85"]
    assert server.asked[1].json["agenda"] == f"mentor-booking:{BOOKING}"
    assert "password" not in server.asked[1].json


def test_the_start_link_and_tokens_stay_out_of_logs(
    zoom: ZoomClient,
    server: ScriptedServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = Answer(body={**meeting(), "start_url": "hostpower"})
    server.will_answer(TOKEN, Answer(500), Answer(body=meeting()), *[broken] * 3)
    with caplog.at_level(logging.DEBUG):
        assert zoom.start_url(85).endswith("zak=hostpower")
        with pytest.raises(ProviderUnavailable) as caught:
            zoom.start_url(85)

    printed = capsys.readouterr()
    said = caplog.text + printed.out + printed.err + str(caught.value)
    assert "retry_scheduled" in said
    for secret in ("hostpower", "token-one", "secret"):
        assert secret not in said
