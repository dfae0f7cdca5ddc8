"""Checkout: choose a time, which is held at once and paid for at Paystack, or ask the tutor for it first."""

import reflex as rx

from mentor_ui.components.address import shown_path
from mentor_ui.components.avatars import avatar
from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.cards import card
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.icons import icon
from mentor_ui.components.leaving import page_leave
from mentor_ui.components.links import back_link, text_link
from mentor_ui.components.notices import look_here, notice
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import shown
from mentor_ui.gate import SignedIn
from mentor_ui.pages.frame import framed
from mentor_ui.pages.mentorship.checkout_credit import waiting_money
from mentor_ui.pages.mentorship.checkout_package import WITH_PACKAGE
from mentor_ui.pages.mentorship.checkout_state import CheckoutState as State
from mentor_ui.pages.mentorship.checkout_summary import problem, summary, thumb_bar, ways_of_booking
from mentor_ui.pages.mentorship.checkout_times import MY_SESSIONS, free_times
from mentor_ui.pages.registry import page

COLUMNS = "grid w-full items-start gap-5 lg:grid-cols-[minmax(0,1fr)_340px] lg:gap-8"


@page(
    "/mentorship/checkout/[id]",
    title="Checkout",
    description="Choose a time, which is held for you while you pay, or ask for it first.",
    on_load=State.load,
    who=SignedIn,
)
def checkout_page() -> rx.Component:
    """Show the checkout."""
    ready = State.shown_for == shown_path()
    return framed(
        rx.el.div(
            back_link("Back to mentors", to="/mentorship"),
            rx.cond(
                ready,
                rx.cond(State.refusal, _refused(), rx.cond(State.asked.booking, _asked(), _checkout())),
                _on_its_way(),
            ),
            class_name="mx-auto flex max-w-[1000px] flex-col gap-4",
        ),
        rx.el.p(State.told, role="status", class_name="sr-only"),
        page_leave(State.leave_to),
        current="/mentorship",
        action_bar=rx.cond(
            ready & (State.refusal != ""),
            link_button("Find a mentor", to="/mentorship", kind="primary", size="lg", wide=True),
            rx.cond(
                State.asked.booking,
                link_button("See your requests", to=f"{MY_SESSIONS}#awaiting", kind="primary", wide=True),
                thumb_bar(),
            ),
        ),
    )


def _refused() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Checkout", class_name="sr-only"),
        empty_state(
            rx.match(
                State.refusal_code,
                ("own_offering", "This one is yours"),
                ("not_a_student", "For students"),
                ("offering_hidden", "Taking a break"),
                "No longer offered",
            ),
            State.refusal,
            icon="calendar",
            action=rx.el.div(
                link_button("Find a mentor", to="/mentorship", kind="primary"),
                rx.match(
                    State.refusal_code,
                    ("own_offering", link_button("Your schedule", to="/tutor/mentorship/schedule")),
                    ("not_a_student", link_button("Your account", to="/account")),
                    link_button("My sessions", to=MY_SESSIONS),
                ),
                class_name="flex flex-wrap justify-center gap-3",
            ),
        ),
    )


def _asked() -> rx.Component:
    """Say that the request is sent, and what happens next."""
    asked, tutor = State.asked, State.offered.tutor_first
    return look_here(
        card(
            icon("circle-check", size=28, class_name="text-primary"),
            rx.el.h1("You asked ", State.offered.tutor, class_name="wrap-anywhere"),
            rx.el.p("For ", State.offered.title, ", ", rx.el.strong(asked.when), "."),
            rx.el.ol(
                rx.el.li(tutor, " can answer until ", rx.el.strong(asked.answer_until), "."),
                rx.el.li("You hear of the answer here and by mail. You pay nothing before a yes."),
                rx.el.li(
                    rx.cond(
                        WITH_PACKAGE,
                        "After a yes it is booked, as one of your package.",
                        rx.el.span(
                            "After a yes the time is kept for you while you pay ", State.offered.price, "."
                        ),
                    )
                ),
                class_name="flex list-decimal flex-col gap-2 pl-5",
            ),
            rx.el.div(
                link_button(
                    "See your requests",
                    to=f"{MY_SESSIONS}#awaiting",
                    kind="primary",
                    class_name="max-md:hidden",
                ),
                button("Ask for another time", on_click=State.load),
                class_name="flex flex-wrap gap-3",
            ),
            class_name="mx-auto flex w-full max-w-[620px] flex-col gap-4 p-6",
        )
    )


def _checkout() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _heading(),
            problem(State.offering_problem, action=text_link("Find a mentor", to="/mentorship")),
            shown(
                State.waiting,
                notice(
                    "Your request waits for an answer",
                    rx.el.span("You have asked for ", State.waiting, "."),
                    action=text_link("See your requests", to=f"{MY_SESSIONS}#awaiting"),
                ),
            ),
            waiting_money(),
            rx.cond(State.offered.both_ways, ways_of_booking()),
            free_times(),
            class_name="flex min-w-0 flex-col gap-5",
        ),
        summary(),
        class_name=COLUMNS,
    )


def _heading() -> rx.Component:
    offered = State.offered
    return rx.el.div(
        rx.el.div(
            avatar(initials=offered.initials, hue=offered.hue, picture=offered.picture, size="lg"),
            rx.el.div(
                rx.el.h1(offered.title, class_name="md:text-2xl"),
                rx.el.div(
                    rx.el.span("with ", offered.tutor, class_name="wrap-anywhere"),
                    rx.el.span("·", aria_hidden="true"),
                    rx.el.span(offered.duration),
                    shown(offered.course, badge(offered.course, tone="go")),
                    class_name="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-muted",
                ),
                class_name="min-w-0",
            ),
            class_name="flex items-center gap-4",
        ),
        shown(
            offered.description,
            rx.el.p(offered.description, class_name="whitespace-pre-line"),
        ),
        class_name="flex flex-col gap-4",
    )


def _on_its_way() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Checkout", class_name="sr-only"),
        loading(
            rx.el.div(
                rx.el.div(
                    skeleton("size-14 rounded-full flex-none"),
                    rx.el.div(skeleton("h-7 w-3/5"), skeleton("h-4 w-2/5 mt-3"), class_name="flex-1"),
                    class_name="flex items-center gap-4",
                ),
                skeleton("h-4 w-full"),
                skeleton("h-[320px] rounded-card"),
                class_name="flex flex-col gap-5",
            ),
            skeleton("h-[330px] rounded-card"),
            class_name=COLUMNS,
        ),
    )
