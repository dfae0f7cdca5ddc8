"""The right side of the checkout: what is chosen, and how to go on, by paying or by asking."""

from datetime import timedelta

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.cards import card, details_list
from mentor_ui.components.countdowns import countdown
from mentor_ui.components.fields import text_area
from mentor_ui.components.icons import icon
from mentor_ui.components.leaving import leaves
from mentor_ui.components.links import text_link
from mentor_ui.components.money import price
from mentor_ui.components.notices import look_here, notice
from mentor_ui.components.pills import choice_card, choice_group
from mentor_ui.components.values import Child, shown
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES, TRANSFER_ACCOUNT_MINUTES, TRANSFER_HOLD, Way
from mentor_ui.pages.mentorship.checkout_credit import credit_row, fee_row, use_credit
from mentor_ui.pages.mentorship.checkout_hold import hold_line
from mentor_ui.pages.mentorship.checkout_package import (
    WITH_PACKAGE,
    booking_with_package,
    package_button,
    package_part,
    ways_to_take_it,
)
from mentor_ui.pages.mentorship.checkout_state import CheckoutState as State
from mentor_ui.pages.mentorship.checkout_times import MY_SESSIONS
from mentor_ui.services.requests import ANSWER_TIME, LONGEST_MESSAGE, PAY_TIME

ASK_FORM = "ask-form"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
_CLOCK = "inline-flex items-center gap-1.5 tabular-nums font-semibold"


def summary() -> rx.Component:
    """Show what is chosen, what it costs, and the way on."""
    return card(
        rx.el.h2("Your session", class_name="title"),
        details_list(
            ("When", rx.cond(State.asks, _picked(), _held())),
            ("Where", "Zoom"),
            ("Session", rx.cond(WITH_PACKAGE, "From your package", _plain_amount())),
        ),
        rx.el.hr(),
        rx.cond(State.asks | WITH_PACKAGE, rx.fragment(), credit_row()),
        rx.cond(WITH_PACKAGE, rx.fragment(), fee_row()),
        rx.el.div(
            rx.el.span(
                rx.cond(WITH_PACKAGE, "Total", rx.cond(State.pays_with_credit, "To pay", "Total")),
                class_name="font-semibold",
            ),
            rx.cond(WITH_PACKAGE, package_part(), price(rx.cond(State.asks, _whole(), _to_pay()))),
            class_name="flex items-baseline justify-between",
        ),
        ways_to_take_it(),
        problem(
            State.price_problem,
            action=rx.cond(
                State.asks,
                rx.fragment(),
                button(
                    rx.el.span("Hold ", State.wanted.label, " at ", State.offered.price),
                    size="sm",
                    on_click=State.choose(State.wanted.start),
                    busy=State.choosing != "",
                ),
            ),
        ),
        rx.cond(
            State.asks, _asking(), rx.cond(WITH_PACKAGE, booking_with_package(_pay_problem()), _paying())
        ),
        rx.el.p(State.offered.policy, class_name="text-sm text-muted"),
        class_name="p-[18px] flex flex-col gap-4 lg:sticky lg:top-20",
    )


def thumb_bar() -> rx.Component:
    """Show the way on within a thumb's reach."""
    return rx.el.div(
        rx.el.div(
            rx.cond(State.asks, _picked_in_short(), _held_in_short()),
            class_name="flex items-center justify-between gap-3 text-sm",
        ),
        rx.cond(State.asks, _ask_button(), rx.cond(WITH_PACKAGE, package_button(), _pay_button())),
        class_name="flex flex-col gap-2",
    )


def ways_of_booking() -> rx.Component:
    """Let the student choose, where the tutor leaves it: book at once, or ask first.

    The radios change at once, without waiting for the server; so do those of the way of paying.
    """
    return choice_group(
        "How to book",
        choice_card(
            "Book at once",
            "The time is held for you while you pay.",
            name="booking",
            value="instant",
            default_checked=rx.cond(State.asks, False, True),
            on_change=State.book_by(False),
        ),
        choice_card(
            "Ask first",
            rx.el.span("Tell ", State.offered.tutor_first, " what you need. You pay only after a yes."),
            name="booking",
            value="request",
            default_checked=State.asks,
            on_change=State.book_by(True),
        ),
        class_name="grid gap-3 sm:grid-cols-2",
    )


def problem(message: rx.Var[str], *, action: Child | None = None) -> rx.Component:
    """Show what is wrong, where the reader can see it.

    Args:
        message: Empty when nothing is.
        action: A button or link that helps.
    """
    return rx.el.div(
        shown(message, look_here(notice(message, tone="warning", action=action))),
        role="status",
        class_name="empty:absolute",
    )


def _amount() -> rx.Var[str]:
    return rx.cond(State.held.booking, State.held.price, State.offered.price)


def _whole() -> rx.Var[str]:
    """Return what paying without credit costs, with Paystack's fee where that is added."""
    return rx.cond(State.credit.total, State.credit.total, _amount())


def _to_pay() -> rx.Var[str]:
    """Return what is left to pay beside the credit that is used."""
    rest = rx.cond(State.credit.rest, State.credit.rest, "₦0")
    return rx.cond(State.pays_with_credit, rest, _whole())


def _plain_amount() -> rx.Component:
    return rx.el.span(_amount(), class_name="font-normal tabular-nums")


def _pay_problem() -> rx.Component:
    return problem(
        State.pay_problem,
        action=rx.cond(
            State.pay_problem_code == "already_paid", text_link("See your sessions", to=MY_SESSIONS)
        ),
    )


def _unset(words: Child) -> rx.Component:
    return rx.el.span(words, class_name="text-muted")


def _held() -> rx.Component:
    wanted = _unset(rx.cond(State.wanted.start, State.wanted.label, "Choose a time"))
    return rx.cond(State.held.booking, State.held.when, wanted)


def _picked() -> rx.Component:
    return rx.cond(State.picked.start, State.picked.when, _unset("Choose a time"))


def _paying() -> rx.Component:
    return rx.el.div(
        use_credit(),
        rx.cond(State.credit_pays_all, rx.fragment(), _ways_of_paying()),
        _pay_button(class_name="max-md:hidden"),
        _pay_problem(),
        hold_line(
            rx.cond(
                State.credit_pays_all,
                "Your credit pays at once, and the Zoom link comes with it.",
                "You pay on Paystack's page; the Zoom link comes as soon as you have paid.",
            ),
            before="Nothing is charged before you confirm on Paystack's page. "
            f"The time you choose is held for you for {HOLD_MINUTES} minutes.",
        ),
        class_name="flex flex-col gap-4",
    )


def _ways_of_paying() -> rx.Component:
    return choice_group(
        "Way of paying",
        choice_card(
            "Card or USSD",
            "Booked within seconds.",
            name="way",
            value=Way.CARD.value,
            default_checked=State.way == Way.CARD.value,
            on_change=State.pay_by(Way.CARD.value),
        ),
        choice_card(
            "Bank transfer",
            f"You get an account that takes the money for {TRANSFER_ACCOUNT_MINUTES} minutes. "
            f"The time is then held for {TRANSFER_HOLD // MINUTE} minutes.",
            name="way",
            value=Way.TRANSFER.value,
            default_checked=State.way == Way.TRANSFER.value,
            on_change=State.pay_by(Way.TRANSFER.value),
        ),
        class_name="flex flex-col gap-2",
    )


def _pay_button(*, class_name: str = "") -> rx.Component:
    return button(
        rx.cond(
            State.credit_pays_all,
            rx.el.span("Pay ", _amount(), " with your credit"),
            rx.el.span("Pay ", _to_pay(), " with Paystack"),
        ),
        kind="primary",
        size="lg",
        wide=True,
        busy=State.paying,
        disabled=(State.held.booking == "") | (State.choosing != ""),
        on_click=State.pay,
        class_name=class_name,
        custom_attrs=leaves(),
    )


def _asking() -> rx.Component:
    tutor = State.offered.tutor_first
    return rx.el.form(
        text_area(
            "Message",
            name="message",
            optional=True,
            max_length=LONGEST_MESSAGE,
            placeholder="What you would like to work on, and where you are stuck",
            hint=f"Up to {LONGEST_MESSAGE:,} characters.",
            error=State.message_problem,
        ),
        _ask_button(class_name="max-md:hidden"),
        rx.el.p(
            tutor,
            rx.cond(
                State.picked.answer_until,
                rx.el.span(" can answer until ", State.picked.answer_until, ", "),
                " has up to ",
            ),
            rx.cond(State.picked.answer_until, "at most ", ""),
            f"{ANSWER_TIME // HOUR} hours",
            rx.cond(State.picked.answer_until, " from now", " to answer"),
            rx.cond(
                WITH_PACKAGE,
                rx.el.span(
                    ". With a yes it is booked, as one of your package; until then others can still take "
                    "the time. If nothing is left of the package by then, you can pay for it singly."
                ),
                rx.el.span(
                    ". You pay nothing before a yes. Then the time is kept for you for up to "
                    f"{PAY_TIME // HOUR} hours while you pay; until then others can still take it."
                ),
            ),
            class_name="text-sm text-muted",
        ),
        id=ASK_FORM,
        on_submit=State.ask,
        class_name="flex flex-col gap-4",
    )


def _ask_button(*, class_name: str = "") -> rx.Component:
    return button(
        "Ask for this time",
        type="submit",
        kind="primary",
        size="lg",
        wide=True,
        busy=State.asking,
        disabled=(State.picked.start == "") | (State.choosing != ""),
        class_name=class_name,
        custom_attrs={"form": ASK_FORM},
    )


def _held_in_short() -> rx.Component:
    return rx.cond(
        State.held.booking,
        rx.fragment(
            rx.el.span(State.held.when, class_name="font-semibold"),
            rx.el.span(icon("clock", size=14), countdown(until=State.held.until), class_name=_CLOCK),
        ),
        _unset("Choose a time first"),
    )


def _picked_in_short() -> rx.Component:
    return rx.cond(
        State.picked.start,
        rx.el.span(State.picked.when, class_name="font-semibold"),
        _unset("Choose a time first"),
    )
