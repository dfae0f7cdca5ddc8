"""The kinds of value that components take: each may be known now or be a Var of some page's State."""

from typing import Any

import reflex as rx
from reflex.event import EventType

Text = str | rx.Var[str]
Flag = bool | rx.Var[bool]
Number = int | rx.Var[int]
Child = rx.Component | rx.Var[Any] | str
Handler = EventType[Any] | list[Any]


def shown(condition: Text | Flag, component: rx.Component) -> rx.Component:
    """Show a component only when a text is not empty or a flag is set.

    Args:
        condition: Text or flag, known now or in the browser.
        component: What to show.

    Returns:
        The component, nothing, or a choice made in the browser.
    """
    if isinstance(condition, rx.Var):
        return rx.cond(condition, component)
    return component if condition else rx.fragment()
