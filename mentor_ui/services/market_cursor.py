"""The place in the marketplace's list from which the next page goes on."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Self

Kind = Literal["recent", "text", "cheap", "dear", "soon", "passed", "later"]

_KINDS: dict[str, Kind] = {
    "r": "recent",
    "t": "text",
    "p": "cheap",
    "d": "dear",
    "s": "soon",
    "o": "passed",
    "n": "later",
}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page.

    Attributes:
        kind: In which order it was the last.
        value: Its sort value: kobo, microseconds since 1970, or 0 where the identifier alone counts.
        id: Its identifier.
    """

    kind: Kind
    value: int
    id: int

    @classmethod
    def at(cls, kind: Kind, value: int | datetime | None, identifier: int) -> Self:
        """Make a cursor from a row's own values."""
        number = (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value or 0
        return cls(kind, number, identifier)

    @classmethod
    def parse(cls, text: str, *kinds: Kind) -> Self | None:
        """Return the cursor written in `text` when it is one of these kinds, else None."""
        try:
            plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
            letter, value, identifier = plain.split(".")
            found = cls(_KINDS[letter], int(value), int(identifier))
        except (ValueError, KeyError, binascii.Error):
            return None
        in_range = 0 <= found.value < _LARGEST and 0 < found.id < _LARGEST
        if not in_range or found.kind not in kinds or found.moment is None:
            return None
        return found

    @property
    def moment(self) -> datetime | None:
        """The value as an aware UTC moment; None when it is none."""
        try:
            return _EPOCH + self.value * _MICROSECOND if self.kind in {"recent", "soon", "passed"} else _EPOCH
        except OverflowError:
            return None

    def __str__(self) -> str:
        plain = f"{_LETTERS[self.kind]}.{self.value}.{self.id}"
        return base64.urlsafe_b64encode(plain.encode("ascii")).decode("ascii").rstrip("=")
