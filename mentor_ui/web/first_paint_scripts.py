"""Works out on the server what the browser's expressions in a page come to.

Reflex writes a page's values as small JavaScript expressions over State: `home.cards.length > 0`, texts put
together, choices. This module reads the few forms that it writes and makes a Python function of each, so the
very same page can be drawn before any script has run. A form that is not known is an error when the page is
prepared, never a wrong page.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from mentor_ui.components.address import SHOWN_PATH, SHOWN_QUERY

Names = Mapping[str, Any]
"""What the names in an expression stand for: States by their name in the script, and loop variables."""

Worked = Callable[[Names], Any]

PATH_NAME = "shown_path"
QUERY_NAME = "shown_query"
"""The names under which the parts of the address are looked up."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<name>[A-Za-z_$][\w$]*)
      | (?P<sign>\?\.|===|!==|=>|>=|<=|&&|\|\||\?\?|[()\[\]{},:?!.+\-*/%<>])
    )""",
    re.VERBOSE,
)
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None}
_STRENGTH = {
    "||": 1,
    "??": 1,
    "&&": 2,
    "===": 3,
    "!==": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}


class UnknownScript(ValueError):
    """The expression has a form that the server cannot work out."""


def worked(script: str) -> Worked:
    """Make a function of an expression.

    Args:
        script: As Reflex writes it into the page.

    Returns:
        A function of the names' meanings.

    Raises:
        UnknownScript: The expression has a form that is not known here.
    """
    reader = _Reader(script.replace(SHOWN_PATH, PATH_NAME).replace(SHOWN_QUERY, QUERY_NAME))
    value = reader.choice()
    reader.end()
    return value


def is_true(value: Any) -> bool:
    """Tell what Reflex's `isTrue` does: Python's truth."""
    return bool(value)


def holds(value: Any) -> bool:
    """Tell whether a value counts as true in a script, where empty lists do."""
    return True if isinstance(value, list | dict) else bool(value)


def text_of(value: Any) -> str:
    """Return a value as a script turns it into text."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return "undefined"
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return format(Decimal(repr(value)), "f")
        case _:
            return str(value)


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, str) or isinstance(other, str):
        return text_of(one) + text_of(other)
    return one + other


_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "===": _same,
    "!==": lambda one, other: not _same(one, other),
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
    "+": _sum,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
    "%": lambda one, other: one % other,
}


def _member(value: Any, key: Any) -> Any:
    if key == "length" and isinstance(value, list | str):
        return len(cast("list[Any] | str", value))
    if isinstance(value, list):
        found = cast("list[Any]", value)
        return found[key] if isinstance(key, int) and 0 <= key < len(found) else None
    return cast("dict[str, Any]", value).get(key) if isinstance(value, dict) else None


def _at(value: Any, place: int) -> Any:
    found = cast("list[Any]", value or [])
    return found[place] if -len(found) <= place < len(found) else None


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, script: str) -> None:
        self._script = script
        self._tokens: list[tuple[str, str]] = []
        place = 0
        script = script.rstrip()
        while place < len(script):
            match = _TOKEN.match(script, place)
            if match is None:
                raise UnknownScript(f"cannot read {script[place : place + 40]!r} in {script[:200]!r}")
            self._tokens.append((str(match.lastgroup), match[match.lastgroup or 0]))
            place = match.end()
        self._tokens.append(("end", ""))
        self._at = 0

    def end(self) -> None:
        if self._tokens[self._at][0] != "end":
            raise self._unknown()

    def choice(self) -> Worked:
        condition = self._operation(0)
        if not self._took("?"):
            return condition
        yes = self.choice()
        self._need(":")
        no = self.choice()
        return lambda names: yes(names) if holds(condition(names)) else no(names)

    def _operation(self, above: int) -> Worked:
        left = self._single()
        while (strength := _STRENGTH.get(self._sign(), 0)) > above:
            left = _combined(self._next(), left, self._operation(strength))
        return left

    def _single(self) -> Worked:
        if self._took("!"):
            inner = self._single()
            return lambda names: not holds(inner(names))
        if self._took("-"):
            number = self._single()
            return lambda names: -number(names)
        return self._rest(self._first())

    def _first(self) -> Worked:
        kind, word = self._tokens[self._at]
        self._at += 1
        match kind, word:
            case "number", _:
                found = _always(float(word) if "." in word else int(word))
            case "text", _:
                found = _always(_read_text(word))
            case "name", _:
                found = self._name(word)
            case "sign", "(":
                found = self.choice()
                self._need(")")
            case "sign", "[":
                found = self._list()
            case "sign", "{":
                found = self._object()
            case _:
                self._at -= 1
                raise self._unknown()
        return found

    def _name(self, word: str) -> Worked:
        if word in _CONSTANTS:
            return _always(_CONSTANTS[word])
        if word in _CALLS:
            self._need("(")
            return _CALLS[word](self._arguments())
        return lambda names: names[word]

    def _arguments(self) -> list[Worked]:
        found: list[Worked] = []
        while not self._took(")"):
            if self._sign() == "(" and self._tokens[self._at + 1] == ("sign", ")"):
                self._at += 2
                self._need("=>")
            found.append(self.choice())
            self._took(",")
        return found

    def _rest(self, value: Worked) -> Worked:
        while True:
            if self._took("."):
                value = self._dotted(value)
            elif self._took("?."):
                value = self._keyed(value) if self._took("[") else self._dotted(value)
            elif self._took("["):
                value = self._keyed(value)
            else:
                return value

    def _keyed(self, value: Worked) -> Worked:
        key = self.choice()
        self._need("]")
        return lambda names: _member(value(names), key(names))

    def _dotted(self, value: Worked) -> Worked:
        kind, word = self._tokens[self._at]
        if kind != "name":
            raise self._unknown()
        self._at += 1
        if word == "at":
            self._took("?.")
            self._need("(")
            (place,) = self._arguments()
            return lambda names: _at(value(names), place(names))
        if word == "valueOf":
            self._took("?.")
            self._need("(")
            self._need(")")
            return value
        return lambda names: _member(value(names), word)

    def _list(self) -> Worked:
        found: list[Worked] = []
        while not self._took("]"):
            found.append(self.choice())
            self._took(",")
        return lambda names: [one(names) for one in found]

    def _object(self) -> Worked:
        found: list[tuple[Worked, Worked]] = []
        while not self._took("}"):
            if self._took("["):
                key = self.choice()
                self._need("]")
            else:
                kind, word = self._tokens[self._at]
                self._at += 1
                key = _always(_read_text(word) if kind == "text" else word)
            self._need(":")
            found.append((key, self.choice()))
            self._took(",")
        return lambda names: {key(names): one(names) for key, one in found}

    def _sign(self) -> str:
        kind, word = self._tokens[self._at]
        return word if kind == "sign" else ""

    def _next(self) -> str:
        word = self._tokens[self._at][1]
        self._at += 1
        return word

    def _took(self, sign: str) -> bool:
        if self._sign() != sign:
            return False
        self._at += 1
        return True

    def _need(self, sign: str) -> None:
        if not self._took(sign):
            raise self._unknown()

    def _unknown(self) -> UnknownScript:
        return UnknownScript(f"unknown at {self._tokens[self._at][1]!r} in {self._script[:300]!r}")


def _combined(sign: str, left: Worked, right: Worked) -> Worked:
    match sign:
        case "&&":
            return lambda names: right(names) if holds(value := left(names)) else value
        case "||":
            return lambda names: value if holds(value := left(names)) else right(names)
        case "??":
            return lambda names: right(names) if (value := left(names)) is None else value
        case _:
            operation = _OPERATIONS[sign]
            return lambda names: operation(left(names), right(names))


def _always(value: Any) -> Worked:
    return lambda _names: value


def _read_text(word: str) -> str:
    if word[0] == "'":
        word = '"' + word[1:-1].replace('"', '\\"').replace("\\'", "'") + '"'
    return json.loads(word)


def _and(given: list[Worked]) -> Worked:
    left, right = given
    return lambda names: right(names) if is_true(value := left(names)) else value


def _or(given: list[Worked]) -> Worked:
    left, right = given
    return lambda names: value if is_true(value := left(names)) else right(names)


_CALLS: dict[str, Callable[[list[Worked]], Worked]] = {
    "isTrue": lambda given: lambda names: is_true(given[0](names)),
    "isNotNullOrUndefined": lambda given: lambda names: given[0](names) is not None,
    "pyAnd": _and,
    "pyOr": _or,
}
