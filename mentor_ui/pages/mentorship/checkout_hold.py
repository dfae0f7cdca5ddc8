"""The time that is held while the student decides how to pay: how long still, and letting it go."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.countdowns import countdown, last_minute
from mentor_ui.components.values import Child
from mentor_ui.pages.mentorship.checkout_state import CheckoutState as State


def hold_line(*what_follows: Child, before: str) -> rx.Component:
    """Say how long the time is held still, and let it go; before there is one, what holding means.

    Args:
        *what_follows: What paying does then, as sentences.
        before: What to know before a time is chosen.
    """
    return rx.cond(
        State.held.booking,
        rx.el.div(
            rx.el.p(
                "We hold this time for you for ",
                rx.el.strong(countdown(until=State.held.until, on_elapsed=State.hold_ended)),
                ". ",
                last_minute("Less than a minute is left. "),
                *what_follows,
            ),
            button(
                "Let this time go",
                kind="quiet",
                size="sm",
                on_click=State.let_go,
                busy=State.releasing,
                class_name="self-start -ml-3",
                custom_attrs={"data-leaves": ""},
            ),
            class_name="flex flex-col gap-1 text-sm text-muted",
        ),
        rx.el.p(before, class_name="text-sm text-muted"),
    )
