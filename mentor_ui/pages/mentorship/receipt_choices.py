"""The receipt's choices: what becomes of money that came and bought nothing."""

import reflex as rx

from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.cards import card
from mentor_ui.components.leaving import leaves
from mentor_ui.components.links import text_link
from mentor_ui.components.notices import notice
from mentor_ui.components.values import Child, shown
from mentor_ui.domain.refund_words import BANKS_TAKE, THE_WAY_IT_CAME
from mentor_ui.models import Choice
from mentor_ui.pages.mentorship.receipt_choices_shown import TimeToTake
from mentor_ui.pages.mentorship.receipt_state import VerifyPayment as State


def choices() -> rx.Component:
    """Show what the payer can choose, or who can."""
    offered = State.choices
    return rx.el.section(
        rx.el.h2("What should happen with your ", offered.amount, "?", class_name="title"),
        rx.el.p(
            "Choose until ",
            rx.el.strong(offered.until),
            f". Without a choice all of it goes back {THE_WAY_IT_CAME}.",
            class_name="text-muted",
        ),
        rx.cond(offered.mine, _of_payer(), _of_others()),
        class_name="flex flex-col gap-4",
    )


def top_up() -> rx.Component:
    """Offer to pay what is missing while the time is held."""
    return _pay_missing()


def send_back_instead() -> rx.Component:
    """Offer to send unspent credit back to the bank that it came from."""
    return button(
        "Send ",
        State.choices.amount,
        " back instead",
        busy=State.deciding == Choice.REFUND.value,
        disabled=State.deciding != "",
        on_click=State.decide(Choice.REFUND.value),
    )


def _of_others() -> rx.Component:
    return card(
        rx.cond(
            State.choices.signed_in,
            rx.el.p("Only the person who paid can choose. You are signed in as somebody else."),
            rx.fragment(
                rx.el.p("Only the person who paid can choose. Sign in, and you come back to this page."),
                link_button("Sign in", to=State.choices.sign_in, kind="primary", class_name="self-start"),
            ),
        ),
        class_name="p-[18px] flex flex-col gap-3",
    )


def _of_payer() -> rx.Component:
    offered = State.choices
    return rx.el.div(
        rx.cond(offered.another_time, _another_time()),
        rx.cond(offered.top_up, _top_up()),
        _way(
            rx.el.span("Keep it as credit"),
            rx.el.p(
                offered.amount,
                " stays yours and pays for any session at the checkout. "
                "Until you have spent it, you can still have it sent back from here.",
            ),
            _decision("Keep ", offered.amount, " as credit", choice=Choice.CREDIT),
        ),
        _way(
            rx.el.span("Have it sent back"),
            rx.el.p(
                "All of it, ",
                offered.amount,
                f", goes back {THE_WAY_IT_CAME}. {BANKS_TAKE}",
            ),
            _decision("Send ", offered.amount, " back", choice=Choice.REFUND),
        ),
        class_name="flex flex-col gap-4",
    )


def _way(title: Child, *children: Child) -> rx.Component:
    return card(
        rx.el.h3(title, class_name="font-sans! text-base! font-semibold"),
        *children,
        class_name="p-[18px] flex flex-col items-start gap-3",
    )


def _decision(*words: Child, choice: Choice) -> rx.Component:
    return button(
        rx.el.span(*words),
        busy=State.deciding == choice.value,
        disabled=State.deciding != "",
        on_click=State.decide(choice.value),
    )


def _another_time() -> rx.Component:
    offered = State.choices
    return _way(
        rx.el.span("Book another time"),
        rx.el.p("Your ", offered.amount, " pays for the same session in full. There is nothing more to pay."),
        rx.cond(
            offered.unknown,
            notice(
                "We cannot see this tutor's calendar right now.",
                "So we do not know which times are free. It usually takes a few minutes.",
                tone="warning",
                action=button("Try again", size="sm", icon="refresh-cw", on_click=State.load),
            ),
            rx.cond(
                offered.times,
                rx.fragment(
                    rx.el.div(
                        rx.foreach(offered.times, _slot),
                        role="group",
                        aria_label="Free times",
                        class_name="flex flex-wrap gap-2",
                    ),
                    rx.cond(
                        offered.more,
                        rx.cond(
                            offered.many,
                            rx.el.p(
                                "For a later week, keep it as credit and choose in the ",
                                text_link("checkout", to=State.receipt.again),
                                ".",
                                class_name="text-sm text-muted",
                            ),
                            button("More times", kind="quiet", size="sm", on_click=State.more_times),
                        ),
                    ),
                    button(
                        rx.cond(
                            State.picked.start,
                            rx.el.span("Book ", State.picked.within, " with your ", offered.amount),
                            "Choose a time first",
                        ),
                        kind="primary",
                        busy=State.deciding == Choice.ANOTHER_TIME.value,
                        disabled=(State.picked.start == "") | (State.deciding != ""),
                        on_click=State.book_picked,
                    ),
                ),
                rx.el.p("No time is free at the moment.", class_name="text-muted"),
            ),
        ),
    )


def _slot(slot: rx.Var[TimeToTake]) -> rx.Component:
    picked = State.picked.start == slot.start
    look = "btn btn-sm tabular-nums"
    return rx.el.button(
        slot.label,
        type="button",
        on_click=State.pick(slot.start),
        disabled=State.deciding != "",
        aria_pressed=picked,
        class_name=rx.cond(picked, f"{look} btn-primary", f"{look} btn-secondary"),
        key=slot.start,
    )


def _top_up() -> rx.Component:
    offered = State.choices
    return rx.cond(
        offered.missing,
        _way(
            rx.el.span("Pay what is missing"),
            rx.el.p(
                "Your ",
                offered.amount,
                " is kept for this session and the time is held while you pay the rest. "
                "If you do not pay it, the money stays yours as credit.",
            ),
            _pay_missing(),
        ),
        _way(
            rx.el.span("Book it with this money"),
            rx.el.p(
                "It pays for the session in full.",
                shown(offered.left, rx.el.span(" ", offered.left, " stays yours as credit.")),
            ),
            button(
                rx.el.span("Book with your ", offered.amount),
                kind="primary",
                busy=State.deciding == Choice.TOP_UP.value,
                disabled=State.deciding != "",
                on_click=State.pay_missing,
            ),
        ),
    )


def _pay_missing() -> rx.Component:
    return button(
        rx.el.span("Pay ", State.choices.missing, " with Paystack"),
        kind="primary",
        busy=State.deciding == Choice.TOP_UP.value,
        disabled=State.deciding != "",
        on_click=State.pay_missing,
        custom_attrs=leaves(),
    )
