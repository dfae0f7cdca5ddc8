"""Checking an event's arguments against the handler's annotations, which Reflex does not enforce.

A client may send anything. What is let through has exactly the handler's parameters, of the annotated kind;
what is inside a form is still the handler's to read with care.
"""

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

TEXT_MAXIMUM = 20_000
"""Characters; no field of ours takes a tenth of it."""

_Check = Callable[[object], bool]


def fits(function: Callable[..., Any], payload: Mapping[str, object]) -> bool:
    """Whether a payload can be the arguments of a handler's function (without `self`)."""
    parameters = _parameters(function)
    if any(name not in parameters for name in payload):
        return False
    return all(
        check(payload[name]) if name in payload else optional
        for name, (check, optional) in parameters.items()
    )


def _is_text(value: object) -> bool:
    """Text that a database can keep: PostgreSQL refuses NUL, and half a surrogate pair is no character."""
    return (
        isinstance(value, str)
        and len(value) <= TEXT_MAXIMUM
        and "\0" not in value
        and not any("\ud800" <= character <= "\udfff" for character in value)
    )


def _is_whole(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= 20 and value.removeprefix("-").isdecimal() and value.isascii()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_whole(value) or isinstance(value, float)


def _is_plain(value: object, depth: int = 0) -> bool:
    """Text, numbers, truth, nothing, and lists or mappings of such, four deep."""
    if isinstance(value, str):
        return _is_text(value)
    if isinstance(value, list):
        return depth < 4 and all(_is_plain(item, depth + 1) for item in cast("list[object]", value))
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
        return depth < 4 and all(_is_text(key) and _is_plain(item, depth + 1) for key, item in items)
    return value is None or isinstance(value, bool | int | float)


_CHECKS: dict[object, _Check] = {
    str: _is_text,
    int: _is_whole,
    float: _is_number,
    type(None): lambda value: value is None,
    bool: lambda value: isinstance(value, bool),
    dict: lambda value: isinstance(value, dict) and _is_plain(cast("object", value)),
    list: lambda value: isinstance(value, list) and _is_plain(cast("object", value)),
}


def _check_for(hint: object) -> _Check:
    if typing.is_typeddict(cast("type", hint)):
        return _CHECKS[dict]
    origin = typing.get_origin(hint)
    if origin in {typing.Union, types.UnionType}:
        checks = [_check_for(one) for one in typing.get_args(hint)]
        return lambda value: any(check(value) for check in checks)
    if origin is Mapping or hint is Mapping:
        return _CHECKS[dict]
    return _CHECKS.get(hint) or _CHECKS.get(origin) or _is_plain


@cache
def _parameters(function: Callable[..., Any]) -> dict[str, tuple[_Check, bool]]:
    hints = typing.get_type_hints(function)
    _, *parameters = inspect.signature(function).parameters.values()
    return {
        parameter.name: (
            _check_for(hints.get(parameter.name)),
            parameter.default is not inspect.Parameter.empty,
        )
        for parameter in parameters
    }
