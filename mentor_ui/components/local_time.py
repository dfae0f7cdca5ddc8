"""Times. The server formats them in the zone that the viewer saved, so every device shows the same words."""

import reflex as rx

from mentor_ui.components.values import Text


def local_time(label: Text, *, at: Text) -> rx.Component:
    """Show a moment.

    Args:
        label: The moment in the viewer's zone, formatted by the server ("Mon 24 Nov, 09:00").
        at: The same moment in ISO 8601 UTC, for machines.

    Returns:
        A `time` element.
    """
    return rx.el.time(label, date_time=at)
