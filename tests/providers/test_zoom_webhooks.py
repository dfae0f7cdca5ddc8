"""Zoom's signature, handshake and what tells one event from another."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mentor_ui.providers.zoom_webhooks import read_event, url_validation_reply, verify_signature

SECRET = "secret"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
BODY = '{"event":"meeting.started","payload":{"object":{"topic":"Álgèbre ₦"}}}'.encode()


def signed(timestamp: str, body: bytes = BODY, secret: str = SECRET) -> str:
    message = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def raw(**changes: Any) -> bytes:
    subject = {"id": "85746065432", "uuid": "abc==", "participant": {"participant_uuid": "p1"}}
    event = {
        "event": "meeting.participant_joined",
        "event_ts": SECONDS * 1000,
        "payload": {"account_id": "a", "object": subject},
    }
    return json.dumps({**event, **changes}).encode()


@pytest.mark.parametrize("offset", [-299, 0, 299])
def test_a_fresh_signature_in_seconds_or_milliseconds(offset: int) -> None:
    for stamp in (str(SECONDS + offset), str((SECONDS + offset) * 1000)):
        assert verify_signature("secret", stamp, BODY, signed(stamp), NOW)


@pytest.mark.parametrize("offset", [-301, 301, -86_400])
def test_an_old_or_future_signature_is_refused(offset: int) -> None:
    for stamp in (str(SECONDS + offset), str((SECONDS + offset) * 1000)):
        assert not verify_signature("secret", stamp, BODY, signed(stamp), NOW)


def test_what_was_not_signed_is_refused() -> None:
    stamp = str(SECONDS)
    header = signed(stamp)
    assert not verify_signature("secret", stamp, BODY + b" ", header, NOW)
    assert not verify_signature("secret", str(SECONDS + 1), BODY, header, NOW)
    assert not verify_signature("other", stamp, BODY, header, NOW)
    assert not verify_signature("secret", stamp, BODY, None, NOW)
    assert not verify_signature("secret", stamp, BODY, header.removeprefix("v0="), NOW)
    assert not verify_signature("secret", stamp, BODY, "é", NOW)
    assert not verify_signature("", stamp, BODY, signed(stamp, secret=""), NOW)


@pytest.mark.parametrize("stamp", [None, "", "soon", "1e9", "99999999999999999999"])
def test_a_strange_time_is_refused(stamp: str | None) -> None:
    assert not verify_signature("secret", stamp, BODY, signed(str(stamp)), NOW)


def test_the_handshake() -> None:
    expected = hmac.new(b"secret", b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
    assert url_validation_reply("secret", "qgg8vlvZRS6UYooatFL8Aw") == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": expected,
    }
    with pytest.raises(ValueError, match="secret"):
        url_validation_reply("", "token")


def test_an_event_says_which_meeting_and_when() -> None:
    event = read_event(raw())
    assert (event.name, event.meeting_id) == ("meeting.participant_joined", 85_746_065_432)
    assert event.happened_at == NOW
    handshake = read_event(b'{"event":"endpoint.url_validation","payload":{"plainToken":"t"}}')
    assert (handshake.name, handshake.plain_token) == ("endpoint.url_validation", "t")


def test_dedupe_is_by_event_time_meeting_and_person() -> None:
    key = read_event(raw()).dedupe_key
    other_person = {"object": {"id": 1, "uuid": "abc==", "participant": {"participant_uuid": "p2"}}}
    assert read_event(raw(extra=1)).dedupe_key == key
    assert read_event(raw(event_ts=SECONDS * 1000 + 1)).dedupe_key != key
    assert read_event(raw(event="meeting.participant_left")).dedupe_key != key
    assert read_event(raw(payload=other_person)).dedupe_key != key


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"event_ts":1e300}', b'{"event_ts":9999999999999999999}']
)
def test_a_strange_body_is_an_event_without_parts(body: bytes) -> None:
    event = read_event(body)
    assert (event.name, event.meeting_id, event.happened_at) == ("", None, None)
    assert len(event.dedupe_key) == 64
