"""The page for addresses that lead nowhere."""

import reflex as rx

from mentor_ui.components.buttons import link_button
from mentor_ui.components.empty_states import empty_state
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import NOT_FOUND, page


@page(
    NOT_FOUND,
    title="No such page",
    description="This address leads nowhere. The marketplace and your sessions are a step away.",
)
def not_found_page() -> rx.Component:
    """Say that there is no such page, and where to go on."""
    return framed(
        rx.el.h1("No such page", class_name="sr-only"),
        empty_state(
            "There is no page at this address",
            "The link may be old, or a letter of it got lost on the way.",
            icon="compass",
            action=rx.el.div(
                link_button("Find a mentor", to="/mentorship", kind="primary"),
                link_button("Go to the front page", to="/"),
                class_name="flex flex-wrap justify-center gap-3",
            ),
        ),
    )
