"""Zoom's bodies: what we ask for, what a meeting holds, and which answer is which error."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from mentor_ui.providers.errors import (
    MeetingNotFound,
    MeetingRunning,
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderThrottled,
)
from mentor_ui.providers.http import Reply
from mentor_ui.providers.replies import (
    JsonObject,
    first_moment,
    iso_utc,
    json_objects,
    moment,
    required_number,
    required_web_address,
    text,
    whole_number,
)
from mentor_ui.providers.zoom_tokens import ZOOM

TRACKING_FIELD: Final = "mentor_booking"
# Zoom cuts agendas in lists to 250 characters; shorter ones are whole.
CUT_AGENDA_LENGTH: Final = 240
_MARKER: Final = re.compile(r"mentor-booking:(\d{1,19})(?!\d)")
_LONGEST_TOPIC: Final = 200
_LONGEST_AGENDA: Final = 2000
_LONGEST_MINUTES: Final = 1440
_PER_SECOND_WAIT: Final = 1.5
_OPERATOR_CODES: Final = frozenset({124, 200, 1001, 2306, 3161, 4700})
_LIMIT_CODES: Final = frozenset({429, 4001})
_OF_A_MEETING: Final[dict[int, type[ProviderRejected]]] = {3001: MeetingNotFound, 3002: MeetingRunning}


class TokenRefusedError(ProviderMisconfigured):
    """The access token was refused; a fresh one may be taken."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A Zoom meeting. The host's start link is left out on purpose: ask for it when the host presses Start.

    Attributes:
        status: `waiting` or `started`; there is no word for ended.
        join_url: Holds the passcode: whoever has it gets in.
        booking_id: From the marker we left in it; None on meetings that are not ours.
    """

    id: int
    uuid: str
    host_id: str
    topic: str
    status: str
    starts_at: datetime | None
    duration_minutes: int | None
    join_url: str = field(repr=False)
    agenda: str = field(repr=False)
    booking_id: int | None
    created_at: datetime | None


def meeting_body(
    *, booking_id: int, topic: str, starts_at: datetime, duration_minutes: int, agenda: str
) -> dict[str, Any]:
    """Make the fields that create and update share, with the booking's marker at the end of the agenda.

    Raises:
        ValueError: No booking id, a time without zone, or a duration outside 1 to 1,440 minutes.
    """
    if booking_id <= 0:
        raise ValueError("a booking id is positive")
    if not 1 <= duration_minutes <= _LONGEST_MINUTES:
        raise ValueError("a meeting lasts 1 to 1,440 minutes")
    marker = f"mentor-booking:{booking_id}"
    room = _LONGEST_AGENDA - len(marker) - 2
    own_words = _MARKER.sub("", agenda).strip()[:room]
    return {
        "topic": topic.strip()[:_LONGEST_TOPIC],
        "start_time": iso_utc(starts_at),
        "timezone": "UTC",
        "duration": duration_minutes,
        "agenda": f"{own_words}\n\n{marker}" if own_words else marker,
        "tracking_fields": [{"field": TRACKING_FIELD, "value": str(booking_id)}],
    }


def new_meeting_settings() -> dict[str, Any]:
    """Make the settings of a new meeting: the private link with its passcode lets either person in early.

    Nobody has to be let in by a host who is late, so a session never hangs on one person's start link.
    """
    return {
        "type": 2,
        "password": secrets.token_hex(5),
        "settings": {
            "join_before_host": True,
            "jbh_time": 15,  # as early as our own door opens
            "waiting_room": False,
            "host_video": True,
            "participant_video": True,
            "mute_upon_entry": False,
            "approval_type": 2,
            "auto_recording": "none",
            "use_pmi": False,
            "meeting_authentication": False,
        },
    }


def parse_meeting(body: JsonObject) -> Meeting:
    """Read a meeting as create and get return it."""
    return Meeting(
        id=required_number(body, "id"),
        uuid=text(body.get("uuid")),
        host_id=text(body.get("host_id")),
        topic=text(body.get("topic")),
        status=text(body.get("status")),
        starts_at=moment(body.get("start_time")),
        duration_minutes=whole_number(body.get("duration")),
        join_url=required_web_address(body, "join_url"),
        agenda=text(body.get("agenda")),
        booking_id=booking_of(body),
        created_at=first_moment(body, "created_at"),
    )


def parse_start_url(body: JsonObject) -> str:
    """Read the host's start link, which gives its holder the host's power for two hours."""
    return required_web_address(body, "start_url")


def booking_of(body: Mapping[str, Any]) -> int | None:
    """Find the booking id that we left in a meeting; None when there is none."""
    found = _MARKER.search(text(body.get("agenda")))
    if found:
        return int(found[1])
    for tracked in json_objects(body.get("tracking_fields")):
        if tracked.get("field") == TRACKING_FIELD:
            return whole_number(tracked.get("value"))
    return None


def judge(reply: Reply) -> ProviderError | None:
    """Sort an answer below 500: an error, or None for a success or something unreadable.

    Some endpoints answer 200 with an error in the body, so the body's code counts as well as the status.
    """
    body, status = reply.body, reply.status
    code = whole_number(body.get("code"))
    message = text(body.get("message")) or f"HTTP {status}"
    if status < 400 and (not code or "id" in body):
        return None
    if status == 429 or code in _LIMIT_CODES:
        return ProviderThrottled(ZOOM, message, retry_after_seconds=_retry_after(reply, code, message))
    if status == 401 and code != 4700:
        return TokenRefusedError(ZOOM, f"the access token was refused: {message}")
    if code in _OPERATOR_CODES or status == 401:
        return ProviderMisconfigured(ZOOM, f"{message} (code {code})")
    if not reply.readable or not body:
        return None
    details = "; ".join(
        f"{text(one.get('field'))}: {text(one.get('message'))}" for one in json_objects(body.get("errors"))
    )
    kind = ProviderRejected if code is None else _OF_A_MEETING.get(code, ProviderRejected)
    return kind(
        ZOOM,
        f"{message} ({details})" if details else message,
        code="unknown" if code is None else str(code),
        http_status=status,
    )


def _retry_after(reply: Reply, code: int | None, message: str) -> float:
    """Work out the wait: `Retry-After` when it is there, else till the next UTC day for daily limits."""
    now = datetime.now(UTC)
    header = reply.headers.get("retry-after", "")
    seconds = whole_number(header)
    if seconds is not None:
        return float(max(0, seconds))
    at = moment(header) or _http_date(header)
    if at is not None:
        return max(0.0, (at - now).total_seconds())
    kind = reply.headers.get("x-ratelimit-type", "").lower()
    if code != 4001 and ("da" in kind or "daily" in message.lower() or "per day" in message.lower()):
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return (midnight - now).total_seconds()
    return _PER_SECOND_WAIT


def _http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
