"""Turning the pages of a calendar: a button back, what is shown, a button on."""

import reflex as rx

from mentor_ui.components.buttons import icon_button
from mentor_ui.components.values import Child, Flag, Handler


def week_pager(
    shown_now: Child,
    *,
    on_earlier: Handler,
    on_later: Handler,
    at_start: Flag,
    at_end: Flag,
    earlier: str = "Earlier",
    later: str = "Later",
    class_name: str = "",
) -> rx.Component:
    """Make the two buttons that turn weeks, around what is shown.

    Args:
        shown_now: The week on screen.
        on_earlier: Turns back.
        on_later: Turns on.
        at_start: Nothing comes before.
        at_end: Nothing comes after.
        earlier: Name of the button back.
        later: Name of the button on.
        class_name: More classes, such as how the three share the row.

    Returns:
        A `div` element.
    """
    return rx.el.div(
        icon_button(
            "chevron-left",
            label=earlier,
            size="sm",
            on_click=on_earlier,
            disabled=at_start,
            class_name="border-line!",
        ),
        shown_now,
        icon_button(
            "chevron-right",
            label=later,
            size="sm",
            on_click=on_later,
            disabled=at_end,
            class_name="border-line!",
        ),
        class_name=f"flex items-center gap-2 {class_name}".strip(),
    )


def week_title(title: rx.Var[str]) -> rx.Component:
    """Make the usual words of a week between its two buttons."""
    return rx.el.span(title, class_name="text-sm font-semibold tabular-nums text-center min-w-24")
