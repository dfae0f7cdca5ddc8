"""What Zoom accepts in a meeting, checked field by field (providers.md 2.2)."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from mentor_ui.sandbox.wire import Json, Sandbox
from mentor_ui.sandbox.zoom_wire import validation_failed

_UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_PASSWORD = re.compile(r"[A-Za-z0-9@\-_*]{1,10}")

DEFAULT_SETTINGS: Json = {
    "host_video": False,
    "participant_video": False,
    "join_before_host": False,
    "jbh_time": 0,
    "waiting_room": False,
    "mute_upon_entry": False,
    "watermark": False,
    "use_pmi": False,
    "approval_type": 2,
    "audio": "both",
    "auto_recording": "none",
    "alternative_hosts": "",
    "alternative_hosts_email_notification": True,
    "meeting_authentication": False,
    "show_share_button": False,
    "allow_multiple_devices": False,
    "registrants_confirmation_email": True,
    "registrants_email_notification": True,
    "private_meeting": False,
    "calendar_type": 0,
    "push_change_to_calendar": False,
    "contact_name": "",
    "contact_email": "",
    "encryption_type": "enhanced_encryption",
    "continuous_meeting_chat": {"enable": False},
    "auto_start_meeting_summary": False,
    "email_notification": True,
    "meeting_invitees": [],
}
_CHOICES: dict[str, tuple[Any, ...]] = {
    "jbh_time": (0, 5, 10, 15),
    "approval_type": (0, 1, 2),
    "auto_recording": ("none", "local", "cloud"),
    "audio": ("both", "telephony", "voip", "thirdParty"),
    "calendar_type": (0, 1, 2),
    "encryption_type": ("enhanced_encryption", "e2ee"),
}


def meeting_changes(sandbox: Sandbox, body: Json, *, zone_now: str) -> Json:
    """The columns that `body` sets; fields that it leaves out are left out here.

    Args:
        sandbox: for the users that may be alternative hosts.
        body: what the client sent.
        zone_now: IANA zone of local start times when the body names none.

    Raises:
        RefusedError: 400 with code 300, naming the field.
    """
    changes: Json = {}
    for field, check in _CHECKS.items():
        if field in body and body[field] is not None:
            changes |= check(body[field])
    if "timezone" in changes:
        zone_now = changes["timezone"]
    if body.get("start_time") is not None:
        changes["start_time"] = _start_time(body["start_time"], zone_now)
    if body.get("settings") is not None:
        changes["settings"] = settings_changes(sandbox, body["settings"])
    return changes


def _text(name: str, longest: int) -> Callable[[Any], Json]:
    def check(value: Any) -> Json:
        if not isinstance(value, str):
            raise validation_failed(name, "Invalid field.")
        if len(value) > longest:
            raise validation_failed(name, f"The maximum length is {longest} characters.")
        return {name: value}

    return check


def _kind(value: Any) -> Json:
    if isinstance(value, bool) or value not in {1, 2, 3, 8, 10}:
        raise validation_failed("type", "Invalid field.")
    return {"type": value}


def _duration(value: Any) -> Json:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1440:
        raise validation_failed("duration", "The duration must be a whole number of minutes from 1 to 1440.")
    return {"duration_minutes": value}


def _timezone(value: Any) -> Json:
    try:
        ZoneInfo(value)
    except (KeyError, TypeError, ValueError, OSError):
        raise validation_failed("timezone", "Invalid field.") from None
    return {"timezone": value}


def _password(value: Any) -> Json:
    if not isinstance(value, str) or not _PASSWORD.fullmatch(value):
        raise validation_failed("password", "At most 10 characters of letters, digits and @ - _ *.")
    return {"password": value}


def _tracking_fields(value: Any) -> Json:
    given: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [None]
    kept: list[Json] = []
    for item in given:
        field = cast("Json", item) if isinstance(item, dict) else {}
        if not isinstance(field.get("field"), str):
            raise validation_failed("tracking_fields", "Invalid field.")
        kept.append({"value": "", "visible": True, **field})
    return {"tracking_fields": json.dumps(kept)}


_CHECKS: dict[str, Callable[[Any], Json]] = {
    "topic": _text("topic", 200),
    "agenda": _text("agenda", 2000),
    "type": _kind,
    "duration": _duration,
    "timezone": _timezone,
    "password": _password,
    "tracking_fields": _tracking_fields,
}


def _start_time(value: Any, zone: str) -> float:
    text = value if isinstance(value, str) else ""
    try:
        if _UTC_TIME.fullmatch(text):
            return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC).timestamp()
        if _LOCAL_TIME.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()
    except ValueError:
        pass
    raise validation_failed("start_time", "Use yyyy-MM-ddTHH:mm:ssZ, or yyyy-MM-ddTHH:mm:ss with a timezone.")


def settings_changes(sandbox: Sandbox, value: Any) -> Json:
    """The known settings in `value`; unknown or unsupported ones vanish without a word, as at Zoom.

    Raises:
        RefusedError: 400 with code 300, naming the setting.
    """
    if not isinstance(value, dict):
        raise validation_failed("settings", "Invalid field.")
    kept: Json = {}
    for name, wanted in cast("Json", value).items():
        if name not in DEFAULT_SETTINGS or wanted is None:
            continue
        default = DEFAULT_SETTINGS[name]
        if type(wanted) is not type(default) or (name in _CHOICES and wanted not in _CHOICES[name]):
            raise validation_failed(f"settings.{name}", "Invalid field.")
        kept[name] = wanted
    for email in filter(None, str(kept.get("alternative_hosts", "")).split(";")):
        known = sandbox.store.one(
            "SELECT 1 FROM zoom_users WHERE email = ? AND type = 2", email.strip().lower()
        )
        if known is None:
            raise validation_failed(
                "settings.alternative_hosts", f"{email} is not a licensed user of this account."
            )
    return kept
