"""Draws a page's components as HTML on the server, exactly as React draws them in the browser.

A page is prepared once: what never changes becomes text, the rest functions of the State's values. The HTML
has React's own marks (an empty comment between two texts, its escapes, its names of attributes), so React
takes the elements over instead of making them anew.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import reflex as rx

from mentor_ui.web.first_paint_scripts import (
    UnknownScript,
    Worked,
    holds,
    text_of,
    worked,
)

ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
NOT_DRAWN = frozenset({"key", "ref", "suppressHydrationWarning", "suppressContentEditableWarning"})
_MARKS = (
    "async autofocus checked default defer disabled formnovalidate hidden inert loop multiple muted nomodule "
    "novalidate open readonly required reversed selected"
)
YES_OR_NO = frozenset(_MARKS.split())
RENAMED = {
    "classname": "class",
    "htmlfor": "for",
    "httpequiv": "http-equiv",
    "strokelinecap": "stroke-linecap",
    "strokelinejoin": "stroke-linejoin",
    "strokewidth": "stroke-width",
    "fillrule": "fill-rule",
    "cliprule": "clip-rule",
}
CASE_MATTERS = frozenset({"viewBox", "preserveAspectRatio"})
ADDRESSES = frozenset({"href", "src", "action", "formaction"})
_RUNS = re.compile(r"^[\x00-\x20]*j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t\s*:", re.IGNORECASE)
BETWEEN_TEXTS = "<!-- -->"

Asked = Mapping[str, list[str]]
"""What the fields of a filter form show, by name."""


class NotDrawable(ValueError):
    """The page has something that the server cannot draw."""


@dataclass(slots=True)
class Sheet:
    """The HTML of one page as it comes to be.

    Attributes:
        names: What the names in the page's expressions stand for.
        asked: What the fields of a filter form show.
    """

    names: dict[str, Any]
    asked: Asked
    parts: list[str] = field(default_factory=list[str])
    after_text: bool = False
    filtering: bool = False
    chosen: str | None = None

    def text(self, value: str) -> None:
        """Write a text that is not HTML."""
        if value:
            if self.after_text:
                self.parts.append(BETWEEN_TEXTS)
            self.parts.append(value.translate(ESCAPES))
            self.after_text = True

    def html(self, value: str) -> None:
        """Write the beginning or the end of an element."""
        self.parts.append(value)
        self.after_text = False


Drawn = Callable[[Sheet], None]


def drawing(component: rx.Component) -> Drawn:
    """Prepare a component.

    Args:
        component: A page, or a part of one.

    Returns:
        Writes it on a sheet.

    Raises:
        NotDrawable: It has something that the server cannot draw.
    """
    return _node(cast("Any", component.render()))


def names_of(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what names mean to expressions.

    Args:
        values: Values of the States' vars, by State and var, both as the browser knows them.
    """
    names: dict[str, Any] = {state.replace(".", "__"): dict(found) for state, found in values.items()}
    names["connectErrors"] = []
    return names


def _node(node: Any) -> Drawn:
    match node:
        case {"contents": contents}:
            return _text(str(contents))
        case {"cond_state": condition, "true_value": yes, "false_value": no}:
            return _either(_worked(str(condition)), _node(yes), _node(no))
        case {"cond": value, "match_cases": cases, "default": default}:
            return _one_of(str(value), cases, default)
        case {"iterable": listed, "arg_name": name, "children": children, "arg_index": index}:
            return _each(_worked(str(listed)), str(name), str(index), _nodes(children))
        case {"name": name, "props": props, "children": children}:
            return _element(str(name), [str(prop) for prop in props], children)
        case _:
            raise NotDrawable(f"no component: {str(node)[:200]}")


def _worked(script: str) -> Worked:
    try:
        return worked(script)
    except UnknownScript as error:
        raise NotDrawable(str(error)) from error


def _nodes(children: Iterable[Any]) -> Drawn:
    drawn = [_node(child) for child in children]
    if len(drawn) == 1:
        return drawn[0]

    def draw(sheet: Sheet) -> None:
        for one in drawn:
            one(sheet)

    return draw


def _text(contents: str) -> Drawn:
    value = _worked(contents)

    def draw(sheet: Sheet) -> None:
        found = value(sheet.names)
        # As in React, nothing is shown of these.
        if found is not None and not isinstance(found, bool):
            sheet.text(text_of(found))

    return draw


def _either(condition: Worked, yes: Drawn, no: Drawn) -> Drawn:
    def draw(sheet: Sheet) -> None:
        (yes if holds(condition(sheet.names)) else no)(sheet)

    return draw


def _one_of(value: str, cases: Iterable[Any], default: Any) -> Drawn:
    wanted, otherwise = _worked(value), _node(default)
    known = [([_worked(str(one)) for one in conditions], _node(shown)) for conditions, shown in cases]

    def draw(sheet: Sheet) -> None:
        found = wanted(sheet.names)
        for conditions, shown in known:
            if any(condition(sheet.names) == found for condition in conditions):
                shown(sheet)
                return
        otherwise(sheet)

    return draw


def _each(listed: Worked, name: str, index: str, inner: Drawn) -> Drawn:
    def draw(sheet: Sheet) -> None:
        for place, value in enumerate(cast("list[Any]", listed(sheet.names) or [])):
            sheet.names[name], sheet.names[index] = value, place
            inner(sheet)

    return draw


def _element(name: str, props: list[str], children: list[Any]) -> Drawn:
    if name in {"Fragment", ""}:
        return _nodes(children)
    if name == "ReactRouterLink":
        return _plain("a", [*_router_props(props), ("data-discover", _worked('"true"'))], children)
    if not name.startswith('"'):
        raise NotDrawable(f"{name} is drawn by the browser alone")
    return _plain(name.strip('"'), [_split(prop) for prop in props], children)


def _split(prop: str) -> tuple[str, Worked]:
    name, _, script = prop.partition(":")
    name = name.strip('"')
    if re.fullmatch(r"on[A-Z]\w*", name) or name in NOT_DRAWN:
        return "", _worked("null")
    if name == "css":
        raise NotDrawable(f"a style that only the browser can make: {script}")
    return name, _worked(script)


def _router_props(props: list[str]) -> list[tuple[str, Worked]]:
    named = {"to": "href"}
    left_out = {"replace", "preventScrollReset", "discover", "prefetch", "reloadDocument"}
    return [(named.get(name, name), value) for name, value in map(_split, props) if name not in left_out]


def _plain(tag: str, props: list[tuple[str, Worked]], children: list[Any]) -> Drawn:
    attributes = [(_attribute(tag, name), value) for name, value in props if name]
    given = dict(attributes)
    inner = _nodes(children)
    special = _SPECIAL.get(tag)
    if special is not None:
        return special(tag, given, inner)
    if tag == "filter-form":
        return _filtering(tag, given, inner)
    begin = _beginning(tag, given)
    if tag in VOID:
        return begin
    end = f"</{tag}>"

    def draw(sheet: Sheet) -> None:
        begin(sheet)
        inner(sheet)
        sheet.html(end)

    return draw


def _attribute(tag: str, name: str) -> str:
    if "-" in tag:
        return "class" if name == "className" else name
    lower = name.lower()
    return RENAMED.get(lower, name if name in CASE_MATTERS else lower)


def _written(tag: str, name: str, value: Any) -> str:
    """Return one attribute as React writes it, with a blank before it; empty when it is left out."""
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - not a number
        return ""
    if isinstance(value, bool):
        if name.startswith(("aria-", "data-")):
            value = text_of(value)
        elif value and (name in YES_OR_NO or "-" in tag):
            value = ""
        else:
            return ""
    elif name in YES_OR_NO:
        if not value:
            return ""
        value = ""
    text = text_of(value)
    if name in ADDRESSES and _RUNS.match(text):
        text = "#"
    return f' {name}="{text.translate(ESCAPES)}"'


def _beginning(tag: str, given: Mapping[str, Worked]) -> Drawn:
    fixed: list[str | tuple[str, Worked]] = [f"<{tag}"]
    for name, value in given.items():
        always, known = _constant(value)
        if always:
            fixed.append(_written(tag, name, known))
        else:
            fixed.append((name, value))
    fixed.append("/>" if tag in VOID else ">")
    pieces: list[str | tuple[str, Worked]] = []
    for piece in fixed:
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)

    def draw(sheet: Sheet) -> None:
        sheet.html(
            "".join(
                piece if isinstance(piece, str) else _written(tag, piece[0], piece[1](sheet.names))
                for piece in pieces
            )
        )

    return draw


def _constant(value: Worked) -> tuple[bool, Any]:
    try:
        return True, value({})
    except KeyError:
        return False, None


def _filtering(tag: str, given: Mapping[str, Worked], inner: Drawn) -> Drawn:
    """Draw a filter form, whose fields show what the address asks for before the script fills them."""
    begin = _beginning(tag, given)

    def draw(sheet: Sheet) -> None:
        begin(sheet)
        sheet.filtering = True
        inner(sheet)
        sheet.filtering = False
        sheet.html(f"</{tag}>")

    return draw


def _input(tag: str, given: Mapping[str, Worked], inner: Drawn) -> Drawn:
    del inner
    named = {
        {"defaultvalue": "value", "defaultchecked": "checked"}.get(key, key): one
        for key, one in given.items()
    }
    begin = _beginning(tag, named)
    ticked = _beginning(tag, {**named, "checked": _worked("true")})
    blank = {key: one for key, one in named.items() if key not in {"checked", "value"}}
    unticked = _beginning(tag, {key: one for key, one in named.items() if key != "checked"})
    filled = _beginning(tag, {**blank, "value": lambda names: names["asked_value"]})
    kind, name, value = (named.get(key, _worked('""')) for key in ("type", "name", "value"))

    def draw(sheet: Sheet) -> None:
        names = sheet.names
        field_kind, field_name = kind(names), name(names)
        if not sheet.filtering or not field_name or field_kind in {"hidden", "submit"}:
            begin(sheet)
            return
        wanted = sheet.asked.get(field_name, [])
        if field_kind in {"checkbox", "radio"}:
            mine = text_of(value(names))
            (ticked if (mine in wanted if wanted else mine == "") else unticked)(sheet)
        elif wanted:
            names["asked_value"] = wanted[0]
            filled(sheet)
        else:
            begin(sheet)

    return draw


def _select(tag: str, given: Mapping[str, Worked], inner: Drawn) -> Drawn:
    preset = given.get("value") or given.get("defaultvalue")
    begin = _beginning(tag, {key: one for key, one in given.items() if key not in {"value", "defaultvalue"}})
    name = given.get("name", _worked('""'))

    def draw(sheet: Sheet) -> None:
        chosen = None if preset is None else preset(sheet.names)
        if sheet.filtering and (wanted := sheet.asked.get(name(sheet.names), [])):
            chosen = wanted[0]
        sheet.chosen = None if chosen is None else text_of(chosen)
        begin(sheet)
        inner(sheet)
        sheet.html(f"</{tag}>")
        sheet.chosen = None

    return draw


def _option(tag: str, given: Mapping[str, Worked], inner: Drawn) -> Drawn:
    begin = _beginning(tag, given)
    chosen = _beginning(tag, {**given, "selected": _worked("true")})
    value = given.get("value", _worked('""'))

    def draw(sheet: Sheet) -> None:
        (chosen if sheet.chosen is not None and text_of(value(sheet.names)) == sheet.chosen else begin)(sheet)
        inner(sheet)
        sheet.html(f"</{tag}>")

    return draw


def _textarea(tag: str, given: Mapping[str, Worked], inner: Drawn) -> Drawn:
    del inner
    preset = given.get("value") or given.get("defaultvalue") or _worked('""')
    begin = _beginning(tag, {key: one for key, one in given.items() if key not in {"value", "defaultvalue"}})

    def draw(sheet: Sheet) -> None:
        begin(sheet)
        text = text_of(preset(sheet.names) or "")
        # A browser drops the first line break of the element.
        sheet.html(("\n" if text.startswith("\n") else "") + text.translate(ESCAPES) + f"</{tag}>")

    return draw


_SPECIAL: dict[str, Callable[[str, Mapping[str, Worked], Drawn], Drawn]] = {
    "input": _input,
    "select": _select,
    "option": _option,
    "textarea": _textarea,
}
