"""Incidents on the operations page: what needs a person, and what that person can do about it."""

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button
from mentor_ui.components.cards import card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.fields import text_area
from mentor_ui.components.notices import message_notice
from mentor_ui.components.skeletons import until_loaded
from mentor_ui.components.values import shown
from mentor_ui.pages.admin.incidents_state import IncidentLine, IncidentsState
from mentor_ui.pages.admin.subjects_shown import subject_links
from mentor_ui.pages.admin.verifying import subject_actions, subject_answer
from mentor_ui.services.incidents import LONGEST_NOTE

RESOLVE_DIALOG = "resolve-incident"


def open_incidents() -> rx.Component:
    """List what waits for an operator, with the dialog that closes it."""
    state = IncidentsState
    return rx.el.section(
        rx.el.h2("Open incidents", class_name="mb-4"),
        until_loaded(
            state.loaded,
            rx.cond(
                state.rows.length() > 0,
                rx.el.div(rx.foreach(state.rows, _drawn), class_name="flex flex-col gap-3"),
                empty_state(
                    "Nothing needs you", "Whatever goes wrong with money appears here.", icon="check"
                ),
            ),
        ),
        rx.el.p(state.told, role="status", class_name="sr-only"),
        _resolve_dialog(),
    )


def _drawn(row: rx.Var[IncidentLine]) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.kind, class_name="title min-w-0"),
            shown(
                row.due,
                rx.cond(row.overdue, badge("Overdue", tone="stop"), badge("Has a deadline", tone="now")),
            ),
            class_name="flex flex-wrap items-center gap-x-2.5 gap-y-1",
        ),
        rx.el.p(row.summary, class_name="wrap-anywhere"),
        shown(
            row.subject.id,
            rx.el.p(
                row.subject.amount,
                ", ",
                row.subject.state,
                " · ",
                row.subject.about,
                class_name="text-sm text-muted wrap-anywhere",
            ),
        ),
        rx.el.p(
            "Raised ",
            row.raised,
            shown(row.due, rx.fragment(" · until ", row.due)),
            class_name="text-sm text-muted",
        ),
        subject_links(row.subject),
        rx.el.div(
            shown(row.verifiable, subject_actions(row.subject)),
            dialog_button(
                "Resolve",
                rx.el.span(" ", row.kind, " ", row.subject.reference, class_name="sr-only"),
                dialog=RESOLVE_DIALOG,
                size="sm",
                on_click=IncidentsState.choose(row.id),
            ),
            class_name="flex flex-wrap gap-3",
        ),
        subject_answer(row.subject),
        class_name="flex flex-col gap-2 p-[18px]",
        key=row.id,
    )


def _resolve_dialog() -> rx.Component:
    state = IncidentsState
    return dialog(
        rx.el.form(
            text_area(
                "What was done",
                name="note",
                id="incident-note",
                rows=3,
                max_length=LONGEST_NOTE,
                hint="It stays in the log. Closing an incident moves no money.",
                error=rx.cond(state.problem_field == "note", state.problem, ""),
            ),
            message_notice(rx.cond(state.problem_field == "", state.problem, ""), tone="warning"),
            dialog_actions(
                cancel_button(RESOLVE_DIALOG, "Not now"), button("Close it", type="submit", kind="primary")
            ),
            on_submit=state.resolve,
            class_name="flex flex-col gap-4",
        ),
        id=RESOLVE_DIALOG,
        title="Close this incident",
        close_on=state.done,
    )
