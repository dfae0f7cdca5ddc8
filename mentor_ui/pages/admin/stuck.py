"""What is stuck, on the money tab: each with its ways there and what can be done about it."""

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.cards import card
from mentor_ui.components.skeletons import until_loaded
from mentor_ui.pages.admin.stuck_state import StuckLine, StuckState
from mentor_ui.pages.admin.subjects_shown import subject_links
from mentor_ui.pages.admin.verifying import subject_actions, subject_answer


def stuck_money() -> rx.Component:
    """List what has waited too long."""
    return rx.el.section(
        rx.el.h2("Stuck", class_name="mb-4"),
        until_loaded(
            StuckState.loaded,
            rx.cond(
                StuckState.rows.length() > 0,
                rx.el.div(rx.foreach(StuckState.rows, _drawn), class_name="flex flex-col gap-3"),
                card(rx.el.p("Nothing is stuck: all money came and went in time.", class_name="text-muted")),
            ),
            rows=1,
        ),
    )


def _drawn(row: rx.Var[StuckLine]) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.subject.amount, class_name="title tabular-nums"),
            badge(row.why, tone=row.tone),
            class_name="flex flex-wrap items-center gap-x-2.5 gap-y-1",
        ),
        rx.el.p(row.subject.about, class_name="text-sm text-muted wrap-anywhere"),
        rx.el.p(row.subject.reference, class_name="text-sm text-muted tabular-nums break-all select-all"),
        subject_links(row.subject),
        rx.el.div(subject_actions(row.subject), class_name="flex flex-wrap gap-3"),
        subject_answer(row.subject),
        class_name="flex flex-col gap-2 p-[18px]",
        key=row.key,
    )
