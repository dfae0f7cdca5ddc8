"""Zoom's webhooks: signature, the handshake that proves we know the secret, and what an event is about."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from mentor_ui.providers.replies import JsonObject, json_object, parse_object, text, whole_number

URL_VALIDATION: Final = "endpoint.url_validation"
_FRESH_SECONDS: Final = 300.0
_SMALLEST_MILLISECONDS: Final = 1_000_000_000_000


@dataclass(frozen=True, slots=True)
class Participant:
    """Who came or went, as far as Zoom knows.

    Attributes:
        user_id: Of an account that Zoom knows; empty for guests.
        name: What they called themselves.
        email: Empty for people outside of the account.
        customer_key: What a join that we made ourselves carried; empty for plain links.
        leave_reason: Only of somebody who went.
    """

    user_id: str
    name: str
    email: str
    customer_key: str
    leave_reason: str


@dataclass(frozen=True, slots=True)
class ZoomEvent:
    """What an event is about. Order them by `happened_at`: delivery order is not guaranteed.

    Attributes:
        name: Such as `meeting.started`; empty when the body is no event.
        happened_at: `event_ts` in UTC, None when it is missing.
        meeting_id: Zoom's id of the meeting, None when the event is about something else.
        host_id: User id of the meeting's host.
        participant: Only in events about one.
        plain_token: Only in `endpoint.url_validation`.
        dedupe_key: Equal for deliveries of the same event; 64 hexadecimal digits.
    """

    name: str
    happened_at: datetime | None
    meeting_id: int | None
    host_id: str
    participant: Participant | None
    plain_token: str
    dedupe_key: str


def verify_signature(
    secret: str, timestamp: str | None, raw_body: bytes, header: str | None, now: datetime
) -> bool:
    """Check `x-zm-signature` over the raw body, and that the request is at most five minutes old.

    Args:
        secret: The app's webhook secret token; an empty one refuses everything.
        timestamp: `x-zm-request-timestamp`, in seconds, or milliseconds when that large.
        raw_body: The body exactly as received.
        header: `x-zm-signature`.
        now: Aware present time.
    """
    sent = whole_number(timestamp)
    if not secret or timestamp is None or sent is None:
        return False
    seconds = sent / 1000 if sent >= _SMALLEST_MILLISECONDS else float(sent)
    signed = b"v0:" + timestamp.encode() + b":" + raw_body
    expected = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    genuine = hmac.compare_digest(expected.encode(), (header or "").strip().encode())
    return genuine and abs(now.timestamp() - seconds) <= _FRESH_SECONDS


def url_validation_reply(secret: str, plain_token: str) -> dict[str, str]:
    """Return the body that answers `endpoint.url_validation`.

    Raises:
        ValueError: There is no secret, so that anybody could work out the answer.
    """
    if not secret:
        raise ValueError("no Zoom webhook secret is set")
    digest = hmac.new(secret.encode(), plain_token.encode(), hashlib.sha256).hexdigest()
    return {"plainToken": plain_token, "encryptedToken": digest}


def read_event(raw_body: bytes) -> ZoomEvent:
    """Read an event. A strange body has empty parts."""
    event = parse_object(raw_body) or {}
    payload = json_object(event.get("payload"))
    subject = json_object(payload.get("object"))
    participant = json_object(subject.get("participant"))
    name = text(event.get("event"))
    stamp = whole_number(event.get("event_ts"))
    uuid = text(subject.get("uuid"))
    person = text(participant.get("participant_uuid")) or text(participant.get("user_id"))
    parts = (name, str(stamp), uuid, person)
    known = name and stamp is not None and uuid
    return ZoomEvent(
        name=name,
        happened_at=_from_milliseconds(stamp),
        meeting_id=whole_number(subject.get("id")),
        host_id=text(subject.get("host_id")),
        participant=_participant(participant) if participant else None,
        plain_token=text(payload.get("plainToken")),
        dedupe_key=hashlib.sha256("|".join(parts).encode() if known else raw_body).hexdigest(),
    )


def _participant(told: JsonObject) -> Participant:
    return Participant(
        user_id=text(told.get("id")) or text(told.get("participant_user_id")),
        name=text(told.get("user_name")).strip(),
        email=text(told.get("email")).strip().lower(),
        customer_key=text(told.get("customer_key")),
        leave_reason=text(told.get("leave_reason")),
    )


def _from_milliseconds(stamp: int | None) -> datetime | None:
    if stamp is None:
        return None
    try:
        return datetime.fromtimestamp(stamp / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
