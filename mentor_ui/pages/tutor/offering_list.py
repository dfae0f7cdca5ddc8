"""A tutor's offerings in two groups, each with what can be done to it."""

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, icon_button, link_button
from mentor_ui.components.cards import stat_card
from mentor_ui.components.dialogs import opens
from mentor_ui.components.icons import icon
from mentor_ui.components.links import text_link
from mentor_ui.components.session_row import figure, session_row
from mentor_ui.components.skeletons import loading, row_skeletons, skeleton
from mentor_ui.components.values import shown
from mentor_ui.pages.tutor.offering_form import FORM, QUESTION
from mentor_ui.pages.tutor.offering_rows import CourseRows, Figures, OfferingRow
from mentor_ui.pages.tutor.packages_state import PackagesState
from mentor_ui.pages.tutor.packages_view import DIALOG as PACKAGES
from mentor_ui.pages.tutor.schedule_state import ScheduleState

FIGURES = "grid grid-cols-2 sm:grid-cols-3 gap-3 sm:gap-4 mb-8 max-sm:*:last:col-span-2"
ROWS = "flex flex-col gap-3"


def figures(shown: rx.Var[Figures]) -> rx.Component:
    """Show the figures on top."""
    return rx.el.div(
        stat_card("Live offerings", shown.live, note=shown.live_note),
        stat_card("Sessions this month", shown.sessions, note=shown.sessions_note),
        stat_card("Earned this month", shown.earned, note=shown.earned_note, good=True),
        class_name=FIGURES,
    )


def linked_offerings() -> rx.Component:
    """Show the offerings linked to courses, by course."""
    return rx.cond(
        ScheduleState.linked,
        _group(
            "Linked to courses",
            ScheduleState.linked_count,
            rx.el.div(rx.foreach(ScheduleState.linked, _course), class_name="flex flex-col gap-6"),
        ),
    )


def standalone_offerings() -> rx.Component:
    """Show the offerings without a course."""
    return rx.cond(
        ScheduleState.standalone,
        _group(
            "Standalone",
            ScheduleState.standalone_count,
            rx.el.div(rx.foreach(ScheduleState.standalone, _offering), class_name=ROWS),
        ),
    )


def schedule_skeleton() -> rx.Component:
    """Stand in for the figures and the lists."""
    shape = rx.el.div(
        skeleton("h-3.5 w-24"), skeleton("h-7 w-20 mt-2.5"), class_name="card p-[18px] min-h-[118px]"
    )
    return rx.fragment(
        loading(shape, shape, shape, class_name=FIGURES),
        rx.el.div(skeleton("h-6 w-44"), class_name="mb-4"),
        row_skeletons(3),
    )


def _group(title: str, count: rx.Var[str], rows: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title),
            rx.el.p(count, class_name="text-sm text-muted"),
            class_name="flex items-baseline justify-between gap-4 mb-4",
        ),
        rows,
        aria_label=title,
        class_name="mb-9",
    )


def _course(course: rx.Var[CourseRows]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            badge(course.title, tone="go"),
            rx.el.p(course.about, class_name="text-sm text-muted"),
            class_name="flex flex-wrap items-center gap-x-3 gap-y-1 mb-3",
        ),
        rx.el.div(rx.foreach(course.offerings, _offering), class_name=ROWS),
        key=course.id,
    )


def _offering(row: rx.Var[OfferingRow]) -> rx.Component:
    return session_row(
        key=row.id,
        title=rx.el.span(row.title, id=_named(row)),
        badge=rx.cond(row.live, badge("Live", tone="go"), badge("Hidden")),
        about=rx.el.div(
            rx.el.span(icon("clock", size=15), row.duration, class_name="inline-flex items-center gap-1.5"),
            rx.el.span(rx.el.span(row.price, class_name="price text-ink"), " per session"),
            shown(row.booked_how, rx.el.span(row.booked_how)),
            rx.cond(
                row.live,
                rx.cond(
                    row.stuck,
                    text_link(row.next_free, to="/tutor/availability", title="See your availability"),
                    rx.el.span(row.next_free),
                ),
            ),
            class_name="flex flex-wrap gap-x-4 gap-y-0.5",
        ),
        figures=rx.fragment(figure("Booked", row.booked), figure("Earned", row.earned)),
        actions=_actions(row),
    )


def _actions(row: rx.Var[OfferingRow]) -> rx.Component:
    return rx.fragment(
        link_button("View details", to=f"/mentorship/offering/{row.id}", size="sm", custom_attrs=_whose(row)),
        button(
            "Edit",
            size="sm",
            on_click=ScheduleState.start_over,
            custom_attrs={**opens(FORM, fill=row.fill), **_whose(row)},
        ),
        button(
            "Packages",
            size="sm",
            on_click=PackagesState.open(row.id),
            custom_attrs={**opens(PACKAGES, fill=row.packages), **_whose(row)},
        ),
        icon_button(
            "copy",
            label="Duplicate",
            size="sm",
            on_click=ScheduleState.duplicate(row.id),
            custom_attrs=_whose(row),
        ),
        rx.cond(
            row.live,
            icon_button(
                "eye-off",
                label="Hide",
                size="sm",
                on_click=ScheduleState.hide(row.id),
                custom_attrs=_whose(row),
            ),
            icon_button(
                "eye",
                label="Publish",
                size="sm",
                on_click=ScheduleState.publish(row.id),
                custom_attrs=_whose(row),
            ),
        ),
        icon_button(
            "trash",
            label="Delete",
            size="sm",
            on_click=ScheduleState.start_over,
            custom_attrs={**opens(QUESTION, fill=row.name), **_whose(row)},
        ),
    )


def _whose(row: rx.Var[OfferingRow]) -> dict[str, str]:
    # Every row has the same buttons: the title tells screen readers which row they are in. A new dictionary
    # for each, since Reflex writes an element's other attributes into it.
    return {"aria-describedby": _named(row)}


def _named(row: rx.Var[OfferingRow]) -> str:
    return f"offering-{row.id}"
