"""Reads what components compile to, as a tree of plain elements."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import reflex as rx


@dataclass
class Rendered:
    """An element: its tag, its properties as they stand in JavaScript, and what is in it."""

    tag: str
    props: dict[str, str] = field(default_factory=dict)
    children: list["Rendered"] = field(default_factory=list)
    text: str = ""

    def __iter__(self) -> Iterator["Rendered"]:
        """This element and all below it."""
        yield self
        for child in self.children:
            yield from child

    def all(self, tag: str) -> list["Rendered"]:
        """All elements of a tag."""
        return [element for element in self if element.tag == tag]

    def one(self, tag: str) -> "Rendered":
        """The only element of a tag."""
        (found,) = self.all(tag)
        return found

    def words(self) -> str:
        """All text in it, known when it was compiled."""
        return "".join(element.text for element in self)


def rendered(component: rx.Component) -> Rendered:
    """Compile a component and read the result; both sides of a choice count."""
    return _read(component.render())


def _read(node: Any) -> Rendered:
    if isinstance(node, str):
        return Rendered("", text=_text(node))
    if "contents" in node:
        return Rendered("", text=_text(node["contents"]))
    if "cond_state" in node:
        sides = [node["true_value"], node["false_value"]]
        return Rendered("cond", {"state": str(node["cond_state"])}, [_read(side) for side in sides if side])
    props = dict(prop.split(":", 1) for prop in node.get("props", []))
    return Rendered(
        str(node.get("name", "")).strip('"'),
        {name.strip('"'): _text(value) for name, value in props.items()},
        [_read(child) for child in node.get("children", [])],
    )


def _text(value: Any) -> str:
    try:
        read = json.loads(str(value))
    except ValueError:
        return str(value)
    return read if isinstance(read, str) else str(value)
