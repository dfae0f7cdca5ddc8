"""How far along something is."""

import reflex as rx

from mentor_ui.components.values import Number, Text


def progress_bar(percent: Number, *, label: Text) -> rx.Component:
    """Show how much of a whole is done.

    Args:
        percent: 0 to 100.
        label: What is under way, for screen readers.

    Returns:
        A `progress` element as wide as what surrounds it.
    """
    return rx.el.progress(value=percent, max=100, aria_label=label, class_name="progress")
