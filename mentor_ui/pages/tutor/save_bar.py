"""The bar at the end of a card whose changes are not saved yet; it stays in sight while the card is."""

import reflex as rx

from mentor_ui.components.values import Child


def save_bar(*buttons: Child, label: str) -> rx.Component:
    """Show that something is not saved yet, with what can be done about it.

    Args:
        *buttons: The main one last.
        label: What was changed, for screen readers.

    Returns:
        A group that lies over the card's lower edge.
    """
    return rx.el.div(
        rx.el.p("Not saved yet", class_name="text-sm font-semibold mr-auto"),
        *buttons,
        role="group",
        aria_label=label,
        class_name="sticky z-20 bottom-[calc(60px+env(safe-area-inset-bottom))] md:bottom-0"
        " -mx-[18px] -mb-[18px] px-[18px] py-3 flex items-center gap-1.5 border-t bg-surface rounded-b-card"
        " [&>button]:flex-none",
    )
