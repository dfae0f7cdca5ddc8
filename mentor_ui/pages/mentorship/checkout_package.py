"""The checkout's part about packages: using one that was bought, or hearing that there are some."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.links import text_link
from mentor_ui.components.pills import choice_card, choice_group
from mentor_ui.components.values import shown
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES
from mentor_ui.pages.mentorship.checkout_hold import hold_line
from mentor_ui.pages.mentorship.checkout_state import CheckoutState as State

WITH_PACKAGE = (State.package.purchase != "") & (State.singly == False)  # noqa: E712 - a Var, not a bool


def ways_to_take_it() -> rx.Component:
    """Let the owner of a package use it, or pay for this session all the same."""
    package = State.package
    return rx.cond(
        package.purchase,
        choice_group(
            "How to pay",
            choice_card(
                "Use your package",
                rx.el.span(package.left, ", until ", package.until),
                name="payment",
                value="package",
                default_checked=rx.cond(State.singly, False, True),
                on_change=State.take_singly(False),
            ),
            choice_card(
                "Pay for this one",
                rx.el.span(State.offered.price, ", and the package stays as it is"),
                name="payment",
                value="singly",
                default_checked=State.singly,
                on_change=State.take_singly(True),
            ),
            class_name="flex flex-col gap-2",
        ),
        shown(
            State.offers.words,
            rx.el.p(
                "Several for less: ",
                State.offers.words,
                ". ",
                text_link("See the packages", to=State.offers.page),
                class_name="text-sm",
            ),
        ),
    )


def package_part() -> rx.Component:
    """Say, in the place of an amount, that it is one of a package."""
    return rx.el.span("1 session", class_name="price text-base")


def package_button(*, class_name: str = "") -> rx.Component:
    """Book the held time with the package."""
    return button(
        "Book with your package",
        kind="primary",
        size="lg",
        wide=True,
        busy=State.paying,
        disabled=(State.held.booking == "") | (State.choosing != ""),
        on_click=State.book_with_package,
        class_name=class_name,
    )


def booking_with_package(problem: rx.Component) -> rx.Component:
    """Show the way on for somebody who uses a package.

    Args:
        problem: What went wrong, if anything did.
    """
    return rx.el.div(
        package_button(class_name="max-md:hidden"),
        problem,
        hold_line(
            "It is booked at once, nothing is charged, and you then have ",
            State.package.after,
            ".",
            before=f"The time you choose is held for you for {HOLD_MINUTES} minutes. Nothing is charged.",
        ),
        class_name="flex flex-col gap-4",
    )
