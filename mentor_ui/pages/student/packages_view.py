"""A student's bought packages, and the question before one is given back."""

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, opens
from mentor_ui.components.notices import message_notice
from mentor_ui.components.session_row import session_row
from mentor_ui.pages.package_words import UNUSED
from mentor_ui.pages.student.packages_state import PackageRow, StudentPackages

QUESTION = "give-package-back"


def bought_packages() -> rx.Component:
    """Show what is left of the student's packages; nothing when there are none."""
    return rx.fragment(
        rx.cond(
            StudentPackages.rows,
            rx.el.section(
                rx.el.h2("Your packages", class_name="title"),
                rx.foreach(StudentPackages.rows, _row),
                rx.el.p(UNUSED, class_name="text-sm text-muted"),
                class_name="flex flex-col gap-3 mb-2",
            ),
        ),
        _question(),
    )


def _row(row: rx.Var[PackageRow]) -> rx.Component:
    named = f"bought-{row.id}"
    return session_row(
        key=row.id,
        title=rx.el.span(row.title, id=named),
        badge=badge(row.left, tone="go"),
        about=rx.fragment(row.tutor, " · choose the times until ", row.until),
        actions=rx.fragment(
            button(
                "Give the rest back",
                size="sm",
                kind="quiet",
                on_click=StudentPackages.forget_problem,
                custom_attrs={**opens(QUESTION, fill=row.fill), "aria-describedby": named},
            ),
            rx.cond(
                row.page,
                link_button(
                    "Choose a time",
                    to=row.page,
                    kind="primary",
                    size="sm",
                    custom_attrs={"aria-describedby": named},
                ),
                rx.el.span("Paused by the tutor", class_name="text-sm text-muted"),
            ),
        ),
    )


def _question() -> rx.Component:
    return dialog(
        rx.el.form(
            rx.el.input(type="hidden", name="purchase"),
            rx.el.input(type="hidden", name="refund_kobo"),
            rx.el.div(
                rx.el.p(rx.el.output(name="named"), class_name="font-semibold"),
                rx.el.p(rx.el.output(name="consequence")),
                rx.el.p("Sessions that have a time stay booked.", class_name="text-muted"),
                class_name="flex flex-col gap-2",
            ),
            rx.el.div(
                message_notice(StudentPackages.problem, tone="warning"), class_name="has-[>:empty]:-mt-5"
            ),
            dialog_actions(
                cancel_button(QUESTION, "Keep it"),
                button(
                    "Give it back",
                    kind="stop",
                    type="submit",
                    busy=StudentPackages.busy,
                ),
            ),
            on_submit=StudentPackages.give_back,
            class_name="flex flex-col gap-5",
        ),
        id=QUESTION,
        title="Give the rest back?",
        narrow=True,
        close_on=StudentPackages.done,
    )
