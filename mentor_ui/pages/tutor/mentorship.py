"""A tutor's dashboard: what is asked for, what comes, what runs, what was held."""

from typing import Any

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, link_button, outside_link_button
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.layout import page_heading
from mentor_ui.components.links import link
from mentor_ui.components.local_time import local_time
from mentor_ui.components.next_session import next_session_card
from mentor_ui.components.session_row import figure, session_row
from mentor_ui.components.skeletons import row_skeletons
from mentor_ui.components.tabs import Tab, tabs
from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import Notice
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.pages.tutor.approvals_view import approvals, decline_dialog, propose_dialog
from mentor_ui.pages.tutor.sessions_shown import TaughtSession
from mentor_ui.pages.tutor.sessions_state import MOST_SHOWN, TutorSessionsState
from mentor_ui.services.sessions import TutorTab

ROUTE = "/tutor/mentorship"


@page(
    ROUTE,
    title="Your sessions",
    description="The sessions you give, and those you are asked for.",
    on_load=TutorSessionsState.load,
    who=TEACHING,
)
def tutor_mentorship_page() -> rx.Component:
    """Show the tutor's sessions."""
    return framed(
        page_heading(
            "Your sessions",
            actions=rx.fragment(
                link_button("Availability", to="/tutor/availability", icon="clock"),
                link_button("Create Offering", to="/tutor/mentorship/schedule", kind="primary", icon="plus"),
            ),
        ),
        rx.cond(
            TutorSessionsState.ready,
            rx.fragment(_next(), _lists(), decline_dialog(), propose_dialog()),
            rx.cond(
                (TutorSessionsState.problem != "") | Notice.trouble,
                failed_state(
                    "Your sessions could not be loaded",
                    "Nothing is lost. Please try again in a moment.",
                    action=button("Try again", icon="refresh-cw", on_click=TutorSessionsState.load),
                ),
                row_skeletons(4),
            ),
        ),
        current=ROUTE,
        width="reading",
    )


def _next() -> rx.Component:
    coming = TutorSessionsState.coming
    file = f"/api/calendar/sessions/{coming.id}.ics"
    return next_session_card(
        coming,
        on_change=TutorSessionsState.refresh,
        more=outside_link_button("Add to calendar", href=file, icon="calendar-plus"),
    )


def _lists() -> rx.Component:
    counts = TutorSessionsState.counts
    return tabs(
        Tab(
            "approvals",
            "Approvals",
            approvals(_more(TutorTab.APPROVALS, TutorSessionsState.approvals)),
            count=counts[TutorTab.APPROVALS],
        ),
        Tab(
            "upcoming",
            "Upcoming",
            _list(
                TutorTab.UPCOMING,
                TutorSessionsState.upcoming,
                empty_state(
                    "No session is booked yet",
                    "As soon as a student has paid for a time, it appears here by itself.",
                    icon="calendar",
                ),
            ),
            count=counts[TutorTab.UPCOMING],
        ),
        Tab(
            "active",
            "Active",
            _list(
                TutorTab.ACTIVE,
                TutorSessionsState.active,
                empty_state("No session is on now", "A session moves here when it begins.", icon="video"),
            ),
            count=counts[TutorTab.ACTIVE],
        ),
        Tab(
            "completed",
            "Completed",
            _list(
                TutorTab.COMPLETED,
                TutorSessionsState.completed,
                empty_state("No session is over yet", "Sessions you have given stay here.", icon="award"),
            ),
            count=counts[TutorTab.COMPLETED],
        ),
        label="Your sessions",
        start="upcoming",
    )


def _list(tab: TutorTab, rows: rx.Var[list[TaughtSession]], empty: rx.Component) -> rx.Component:
    return rx.cond(
        rows,
        rx.fragment(
            rx.el.div(rx.foreach(rows, _row), class_name="flex flex-col gap-3"),
            _more(tab, rows),
        ),
        empty,
    )


def _more(tab: TutorTab, rows: rx.Var[Any]) -> rx.Component:
    more = (TutorSessionsState.counts[tab] > rows.length()) & (TutorSessionsState.shown < MOST_SHOWN)
    return rx.cond(
        more,
        rx.el.div(button("Show more", on_click=TutorSessionsState.show_more), class_name="mt-5 text-center"),
    )


def _row(row: rx.Var[TaughtSession]) -> rx.Component:
    return session_row(
        key=row.id,
        level=2,
        title=link(row.title, to=f"/mentorship/session/{row.id}", class_name="hover:underline"),
        badge=rx.cond(row.badge, badge(row.badge, tone=row.tone)),
        about=rx.el.div(
            rx.el.span(row.student),
            local_time(row.when, at=row.starts_at),
            rx.cond(row.course, rx.el.span(row.course)),
            class_name="flex flex-wrap gap-x-4 gap-y-0.5",
        ),
        initials=row.initials,
        hue=row.hue,
        picture=row.picture,
        figures=figure("You receive", row.received),
        actions=link_button("Details", to=f"/mentorship/session/{row.id}", size="sm"),
    )
