"""What stands where a list has nothing to show, or could not be loaded."""

import reflex as rx

from mentor_ui.components.icons import icon as draw_icon
from mentor_ui.components.values import Child, Text, shown


def empty_state(
    title: Text, body: Text = "", *, icon: str = "inbox", action: Child | None = None
) -> rx.Component:
    """Say that there is nothing yet, and what to do about it.

    Args:
        title: What is not there.
        body: How it comes to be there.
        icon: A picture of it.
        action: The button or link that makes a beginning.

    Returns:
        A `div` element.
    """
    return rx.el.div(
        rx.el.span(
            draw_icon(icon, size=26),
            class_name="grid place-items-center size-14 rounded-[18px] bg-raised text-muted",
        ),
        rx.el.p(title, class_name="title mt-2"),
        shown(body, rx.el.p(body, class_name="text-muted max-w-[44ch] text-balance")),
        *([rx.el.div(action, class_name="mt-2")] if action is not None else []),
        class_name="flex flex-col items-center gap-2 px-6 py-12 text-center"
        " rounded-card border border-dashed",
    )


def failed_state(title: Text, body: Text = "", *, action: Child | None = None) -> rx.Component:
    """Say that a list could not be loaded.

    Args:
        title: What is missing.
        body: What to do.
        action: A button that tries again.

    Returns:
        An alert.
    """
    return rx.el.div(empty_state(title, body, icon="triangle-alert", action=action), role="alert")
