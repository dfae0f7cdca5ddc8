"""A tutor's own calendars: which of them keep students from booking, and where sessions are written."""

import reflex as rx

from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.layout import page_heading
from mentor_ui.components.skeletons import row_skeletons
from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import Notice
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.pages.tutor.calendars_state import CalendarsState
from mentor_ui.pages.tutor.calendars_view import calendar_list, connect_card, remove_question

ROUTE = "/tutor/calendars"


@page(
    ROUTE,
    title="Linked calendars",
    description="Your other plans, so that nobody books you while you are busy.",
    on_load=CalendarsState.load,
    who=TEACHING,
)
def calendars_page() -> rx.Component:
    """Show the linked calendars and the ways to a further one."""
    return framed(
        page_heading(
            "Linked calendars",
            "While you are busy in one of them, students cannot book you.",
            actions=link_button("Availability", to="/tutor/availability", icon="clock"),
        ),
        rx.cond(
            CalendarsState.ready,
            rx.el.div(
                rx.cond(
                    CalendarsState.calendars,
                    calendar_list(),
                    empty_state(
                        "No calendar is linked yet",
                        "Link the one in which your other plans stand. We look into it every 20 minutes.",
                        icon="calendar",
                    ),
                ),
                connect_card(),
                remove_question(),
                class_name="grid gap-5 items-start lg:grid-cols-[minmax(0,1fr)_400px]",
            ),
            rx.cond(
                (CalendarsState.problem != "") | Notice.trouble,
                failed_state(
                    "Your calendars could not be loaded",
                    "Nothing is lost. Please try again in a moment.",
                    action=button("Try again", icon="refresh-cw", on_click=CalendarsState.load),
                ),
                row_skeletons(2),
            ),
        ),
        current="/tutor/availability",
    )
