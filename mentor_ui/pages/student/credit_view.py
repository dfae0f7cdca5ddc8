"""The student's credit on the dashboard, and money that waits for a choice."""

import reflex as rx

from mentor_ui.components.buttons import link_button
from mentor_ui.components.icons import icon
from mentor_ui.components.links import text_link
from mentor_ui.components.money import price
from mentor_ui.components.notices import notice
from mentor_ui.components.values import shown
from mentor_ui.domain.refund_words import THE_WAY_IT_CAME
from mentor_ui.pages.student.credit_shown import CreditRow, WaitingRow
from mentor_ui.pages.student.sessions_state import StudentMentorship


def credit_panel() -> rx.Component:
    """Show what waits for a choice, and the credit with its lines; nothing to who has neither."""
    board = StudentMentorship.board.credit
    return rx.el.div(
        rx.foreach(board.waiting, _waiting),
        shown(
            board.free,
            rx.el.details(
                rx.el.summary(
                    icon("wallet", size=20, class_name="text-primary"),
                    rx.el.span("Your credit", class_name="title flex-1"),
                    price(board.free),
                    class_name="flex cursor-pointer items-center gap-3 p-[18px]",
                ),
                rx.el.div(
                    rx.el.p(
                        "It pays for any session at the checkout.",
                        shown(
                            board.kept,
                            rx.el.span(" ", board.kept, " more is kept for a session that you are paying."),
                        ),
                        class_name="text-sm text-muted",
                    ),
                    rx.el.ul(rx.foreach(board.lines, _line), class_name="flex flex-col gap-3"),
                    class_name="flex flex-col gap-4 px-[18px] pb-[18px]",
                ),
                class_name="card",
            ),
        ),
        class_name="mb-4 flex flex-col gap-4 empty:hidden",
    )


def _waiting(row: rx.Var[WaitingRow]) -> rx.Component:
    return notice(
        rx.el.span("You have ", row.amount, " that has booked nothing yet"),
        rx.el.span(
            "Choose what happens with it until ", row.until, f". After that it goes back {THE_WAY_IT_CAME}."
        ),
        tone="warning",
        action=link_button("Choose", to=row.link, size="sm", kind="primary"),
    )


def _line(row: rx.Var[CreditRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.cond(row.link, text_link(row.what, to=row.link), row.what),
            rx.el.span(row.when, class_name="block text-sm text-muted"),
            class_name="min-w-0 wrap-anywhere",
        ),
        rx.el.span(row.amount, class_name="price whitespace-nowrap"),
        class_name="flex items-baseline justify-between gap-4",
    )
