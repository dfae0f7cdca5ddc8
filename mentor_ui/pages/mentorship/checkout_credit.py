"""The checkout's credit: what of the price it pays, and money that waits to become credit."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.links import text_link
from mentor_ui.components.notices import notice
from mentor_ui.components.values import shown
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.pages.mentorship.checkout_state import CheckoutState as State


def use_credit() -> rx.Component:
    """Let the student pay with credit, as far as it goes; the box changes without waiting for the server."""
    return shown(
        State.credit.has,
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name="credit",
                default_checked=State.uses_credit,
                on_change=State.pay_with_credit,
                class_name="mt-1 size-5 flex-none accent-[var(--primary)]",
            ),
            rx.el.span(
                rx.el.span("Use my ", State.credit.has, " credit", class_name="block font-semibold"),
                rx.el.span(
                    rx.cond(
                        State.credit.rest,
                        rx.el.span(
                            State.credit.uses, " of it pays now, and ", State.credit.rest, " is left to pay."
                        ),
                        "It pays for all of it. Nothing is charged.",
                    ),
                    class_name="block text-sm text-muted",
                ),
                class_name="min-w-0",
            ),
            # What it offers has changed, so it shows anew whether it is used.
            key=State.credit.has,
            class_name="flex cursor-pointer items-start gap-3",
        ),
    )


def credit_row() -> rx.Component:
    """Show what credit takes off the price, above the total."""
    return rx.cond(
        State.pays_with_credit,
        rx.el.div(
            rx.el.span("Your credit", class_name="text-muted"),
            rx.el.span("− ", State.credit.uses, class_name="tabular-nums"),  # noqa: RUF001 - a minus sign
            class_name="flex items-baseline justify-between",
        ),
    )


def fee_row() -> rx.Component:
    """Show Paystack's fee above the total, where it is added to the price."""
    beside_credit = rx.cond(State.pays_with_credit, State.credit.rest_fee, State.credit.fee)
    fee = rx.cond(State.asks, State.credit.fee, beside_credit)
    return shown(
        fee,
        rx.el.div(
            rx.el.span("Paystack's fee", class_name="text-muted"),
            rx.el.span(fee, class_name="tabular-nums"),
            class_name="flex items-baseline justify-between",
        ),
    )


def waiting_money() -> rx.Component:
    """Tell of money that bought nothing, and let it become credit here."""
    return shown(
        State.credit.waiting,
        notice(
            rx.el.span("You have ", State.credit.waiting, " that has booked nothing yet"),
            rx.el.p(
                "As credit it can pay here. Until it is spent you can still have it sent back. ",
                text_link(
                    "See all choices",
                    to=receipt_path(State.credit.waiting_reference),
                ),
            ),
            action=button(
                rx.el.span("Keep ", State.credit.waiting, " as credit"),
                size="sm",
                busy=State.crediting,
                on_click=State.take_as_credit,
            ),
        ),
    )
