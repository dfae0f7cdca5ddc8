"""Reading other people's JSON without trusting its shapes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

JsonObject: TypeAlias = dict[str, Any]


class UnreadableReplyError(ValueError):
    """A reply lacks something without which it means nothing."""


def json_object(value: Any) -> JsonObject:
    """Return `value` when it is a JSON object, else an empty one."""
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def json_objects(value: Any) -> list[JsonObject]:
    """Return the objects in `value` when it is a list, else nothing."""
    if not isinstance(value, list):
        return []
    return [cast("JsonObject", item) for item in cast("list[Any]", value) if isinstance(item, dict)]


def parse_object(raw_body: bytes | str) -> JsonObject | None:
    """Parse a JSON object; None when the text is something else."""
    try:
        parsed: Any = json.loads(raw_body)
    except (ValueError, RecursionError):
        return None
    return cast("JsonObject", parsed) if isinstance(parsed, dict) else None


def text(value: Any) -> str:
    """Return a string or a number as text, anything else as the empty string."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def whole_number(value: Any) -> int | None:
    """Read a whole number that may come as an integer, a digit string or `5000.0`; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() else None
    if isinstance(value, str):
        digits = value.strip()
        unsigned = digits.removeprefix("-")
        # int() also takes underscores and other scripts' digits, and is slow on very long text.
        return int(digits) if unsigned.isascii() and unsigned.isdigit() and len(unsigned) <= 20 else None
    return None


def required_number(source: Mapping[str, Any], key: str) -> int:
    """Read a whole number that has to be there.

    Raises:
        UnreadableReplyError: It is missing or no whole number.
    """
    number = whole_number(source.get(key))
    if number is None:
        raise UnreadableReplyError(f"no whole number in {key}")
    return number


def required_text(source: Mapping[str, Any], key: str) -> str:
    """Read a text that has to be there and not be empty.

    Raises:
        UnreadableReplyError: It is missing or empty.
    """
    found = text(source.get(key))
    if not found:
        raise UnreadableReplyError(f"no text in {key}")
    return found


def required_web_address(source: Mapping[str, Any], key: str) -> str:
    """Read a link that people will be sent to.

    Raises:
        UnreadableReplyError: It is missing or neither http nor https.
    """
    address = text(source.get(key))
    if not address.startswith(("https://", "http://")):
        raise UnreadableReplyError(f"no web address in {key}")
    return address


def moment(value: Any) -> datetime | None:
    """Read an ISO 8601 time as aware UTC; one without a zone is UTC; None when it is no time."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def first_moment(source: Mapping[str, Any], *keys: str) -> datetime | None:
    """Return the first of several spellings of a time that can be read."""
    return next((found for key in keys if (found := moment(source.get(key)))), None)


def iso_utc(at: datetime) -> str:
    """Write an aware time as `2026-11-22T10:00:00Z`.

    Raises:
        ValueError: The time has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("a time sent to a provider needs a zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
