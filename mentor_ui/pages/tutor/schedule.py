"""A tutor's offerings: what students can book."""

import reflex as rx

from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.dialogs import dialog_button
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.layout import page_heading
from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import Notice
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.pages.tutor.offering_form import FORM, delete_question, offering_form
from mentor_ui.pages.tutor.offering_list import (
    figures,
    linked_offerings,
    schedule_skeleton,
    standalone_offerings,
)
from mentor_ui.pages.tutor.packages_view import packages_dialog, sold_packages
from mentor_ui.pages.tutor.schedule_state import ScheduleState

ROUTE = "/tutor/mentorship/schedule"


@page(
    ROUTE,
    title="Your offerings",
    description="Create and manage what students can book with you.",
    on_load=ScheduleState.load,
    who=TEACHING,
)
def schedule_page() -> rx.Component:
    """Show the tutor's offerings and the way to a new one."""
    create = dialog_button(
        "Create New Offering",
        dialog=FORM,
        kind="primary",
        icon="plus",
        fill=ScheduleState.blank,
        disabled=ScheduleState.blank == "",
        on_click=ScheduleState.start_over,
    )
    return framed(
        page_heading(
            "Your offerings",
            "What students can book. Link one to a course and its graduates see it first.",
            actions=rx.fragment(
                link_button(
                    "Availability", to="/tutor/availability", icon="clock", class_name="max-sm:hidden"
                ),
                create,
            ),
        ),
        rx.cond(
            ScheduleState.ready,
            rx.fragment(
                figures(ScheduleState.figures),
                rx.cond(
                    ScheduleState.linked | ScheduleState.standalone,
                    rx.fragment(linked_offerings(), standalone_offerings(), sold_packages()),
                    empty_state(
                        "You have no offerings yet",
                        "Create the first one: a title, a length, a price, and students can book it at once.",
                        icon="calendar-plus",
                    ),
                ),
            ),
            rx.cond(
                (ScheduleState.problem != "") | Notice.trouble,
                failed_state(
                    "Your offerings could not be loaded",
                    "Nothing is lost. Please try again in a moment.",
                    action=button("Try again", icon="refresh-cw", on_click=ScheduleState.load),
                ),
                schedule_skeleton(),
            ),
        ),
        offering_form(),
        delete_question(),
        packages_dialog(),
        current=ROUTE,
    )
