"""The receipt page, to which Paystack sends the payer back: it says truthfully what is known."""

import reflex as rx

from mentor_ui.components.address import shown_query
from mentor_ui.components.buttons import button, link_button, outside_link_button
from mentor_ui.components.cards import card, details_list
from mentor_ui.components.copying import copy_button
from mentor_ui.components.countdowns import countdown
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.icons import icon
from mentor_ui.components.leaving import leaves, page_leave
from mentor_ui.components.notices import look_here, notice
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import shown
from mentor_ui.domain.receipt_links import RECEIPTS
from mentor_ui.gate import Anyone
from mentor_ui.pages.frame import framed
from mentor_ui.pages.mentorship.receipt_choices import choices, send_back_instead, top_up
from mentor_ui.pages.mentorship.receipt_state import VerifyPayment as State
from mentor_ui.pages.registry import page

LOOKS = {
    "waiting": ("hourglass", "bg-info-soft text-info"),
    "not_paid": ("credit-card", "bg-raised text-muted"),
    "failed": ("circle-alert", "bg-accent-soft text-accent-ink"),
    "bought": ("circle-check", "bg-primary-soft text-primary"),
    "unbought": ("circle-alert", "bg-accent-soft text-accent-ink"),
    "booked": ("circle-check", "bg-primary-soft text-primary"),
    "cancelled": ("receipt", "bg-raised text-muted"),
    "choose": ("wallet", "bg-accent-soft text-accent-ink"),
    "topping_up": ("hourglass", "bg-info-soft text-info"),
    "credited": ("wallet", "bg-primary-soft text-primary"),
    "refunding": ("refresh-cw", "bg-info-soft text-info"),
    "refunded": ("receipt", "bg-primary-soft text-primary"),
    "attention": ("circle-alert", "bg-accent-soft text-accent-ink"),
}


@page(
    RECEIPTS,
    title="Your payment",
    description="What is known of your payment and your session.",
    on_load=State.load,
    who=Anyone,
)
def verify_payment_page() -> rx.Component:
    """Show the receipt."""
    known = (State.receipt.reference != "") | (State.unknown != "")
    return framed(
        rx.cond(
            known & (State.shown_for == shown_query()),
            rx.cond(State.unknown, _unknown(), _receipt()),
            _on_its_way(),
        ),
        page_leave(State.leave_to),
        current="/student/mentorship",
        width="narrow",
    )


def _receipt() -> rx.Component:
    receipt = State.receipt
    return rx.el.div(
        card(
            rx.el.div(
                _symbol(),
                rx.el.h1(receipt.title, class_name="mt-4"),
                rx.foreach(receipt.body, lambda sentence: rx.el.p(sentence, class_name="mt-2")),
                rx.cond(
                    receipt.held_until,
                    rx.el.p(
                        "We hold your time for ",
                        rx.el.strong(countdown(until=receipt.held_until, on_elapsed=State.load)),
                        ".",
                        class_name="mt-2 text-muted",
                    ),
                ),
                role="status",
                class_name="flex flex-col items-center text-center",
            ),
            _ways_on(),
            rx.el.div(
                shown(State.problem, rx.el.div(notice(State.problem, tone="warning"), class_name="mt-6")),
                role="status",
            ),
            class_name="p-6 md:p-8",
        ),
        rx.el.div(
            shown(State.choice_problem, look_here(notice(State.choice_problem, tone="warning"))),
            role="status",
            class_name="empty:absolute",
        ),
        rx.cond(receipt.state == "choose", choices()),
        card(
            details_list(
                ("Session", receipt.session),
                ("With", receipt.tutor),
                ("When", receipt.when),
            ),
            rx.el.hr(class_name="my-4"),
            _amounts(),
            rx.el.div(
                rx.el.span("Reference", class_name="text-muted"),
                rx.el.span(
                    rx.el.code(receipt.reference, class_name="text-sm [overflow-wrap:anywhere]"),
                    copy_button(receipt.reference, what="reference"),
                    class_name="flex flex-wrap items-center justify-end gap-x-1 [&>button]:-mr-3",
                ),
                class_name="mt-4 flex items-center justify-between gap-x-4 border-t pt-3",
            ),
            class_name="p-6",
        ),
        rx.cond(receipt.open, _debited()),
        class_name="flex flex-col gap-5",
    )


def _amounts() -> rx.Component:
    """Show what was paid and how, and what became of it."""
    receipt = State.receipt
    rows = (
        ("Price", receipt.price, receipt.price != ""),
        ("Your credit", receipt.credit, receipt.credit != ""),
        (receipt.amount_label, rx.el.span(receipt.amount, class_name="price"), True),
        ("Paystack's fee", receipt.fee, receipt.fee != ""),
        ("Too much, now credit", receipt.extra, receipt.extra != ""),
        ("Back to your bank", receipt.back, receipt.back != ""),
        ("Back to your credit", receipt.to_credit, receipt.to_credit != ""),
        ("Paid on", rx.cond(receipt.paid_on, receipt.paid_on, "Not yet"), True),
    )
    return rx.el.dl(
        *[
            rx.cond(
                there,
                rx.el.div(
                    rx.el.dt(term, class_name="text-muted"),
                    rx.el.dd(value, class_name="text-right font-semibold min-w-0"),
                    class_name="flex items-baseline justify-between gap-4",
                ),
            )
            for term, value, there in rows
        ],
        class_name="flex flex-col gap-3",
    )


def _symbol() -> rx.Component:
    def drawn(state: str) -> rx.Component:
        name, colours = LOOKS[state]
        return rx.el.span(
            icon(name, size=30), class_name=f"grid place-items-center size-16 rounded-full {colours}"
        )

    return rx.match(State.receipt.state, *[(state, drawn(state)) for state in LOOKS], drawn("waiting"))


def _ways_on() -> rx.Component:
    receipt = State.receipt
    booked = rx.fragment(
        link_button("See your session", to=f"/mentorship/session/{receipt.booking}", kind="primary"),
        shown(State.join, outside_link_button("Join on Zoom", href=State.join, new_tab=True, icon="video")),
    )
    to_pay = rx.cond(
        receipt.held_until,
        button(
            "Go on paying",
            kind="primary",
            busy=State.paying,
            on_click=State.go_on_paying,
            custom_attrs=leaves(),
        ),
        link_button("Choose a time again", to=receipt.again, kind="primary"),
    )
    return rx.el.div(
        rx.match(
            receipt.state,
            ("booked", booked),
            ("bought", link_button("Choose the first time", to=receipt.again, kind="primary")),
            ("unbought", link_button("Back to the package", to=receipt.again, kind="primary")),
            ("not_paid", to_pay),
            ("failed", to_pay),
            ("waiting", link_button("My sessions", to="/student/mentorship")),
            ("choose", rx.fragment()),
            ("topping_up", rx.cond(State.choices.mine, top_up())),
            ("credited", _credited()),
            ("attention", link_button("My sessions", to="/student/mentorship")),
            link_button("Find another time", to=receipt.again),
        ),
        class_name="mt-6 flex flex-wrap justify-center gap-3 empty:hidden",
    )


def _credited() -> rx.Component:
    return rx.fragment(
        link_button("Find a time", to=State.receipt.again, kind="primary"),
        rx.cond(State.choices.mine & State.choices.returnable, send_back_instead()),
    )


def _debited() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Did the money leave your account?", class_name="title"),
        rx.el.p(
            "Then it is not lost: either it books this session, or it goes back to you.",
            class_name="text-sm text-muted",
        ),
        rx.el.div(button("I was debited", icon="refresh-cw", busy=State.asking, on_click=State.was_debited)),
        rx.el.p(State.answer, role="status", class_name="text-sm empty:absolute"),
        class_name="flex flex-col items-start gap-3 px-1",
    )


def _unknown() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Your payment", class_name="sr-only"),
        empty_state(
            "No payment under this reference",
            State.unknown,
            icon="receipt",
            action=link_button("My sessions", to="/student/mentorship", kind="primary"),
        ),
    )


def _on_its_way() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Your payment", class_name="sr-only"),
        loading(
            skeleton("h-[300px] rounded-card"),
            skeleton("h-[260px] rounded-card"),
            label="Looking up your payment",
            class_name="flex flex-col gap-5",
        ),
    )
