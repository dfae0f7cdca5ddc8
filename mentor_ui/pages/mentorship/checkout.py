"""Checkout: choose a time, which is held at once, and go on to Paystack."""

import reflex as rx

from mentor_ui.components.address import shown_path
from mentor_ui.components.avatars import avatar
from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, icon_button, link_button
from mentor_ui.components.cards import card, details_list
from mentor_ui.components.countdowns import countdown
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.icons import icon
from mentor_ui.components.leaving import leaves, page_leave
from mentor_ui.components.links import back_link, text_link
from mentor_ui.components.money import price
from mentor_ui.components.notices import look_here, notice
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import Child, shown
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES
from mentor_ui.gate import SignedIn
from mentor_ui.pages.frame import framed
from mentor_ui.pages.mentorship.checkout_shown import DayColumn, FreeSlot
from mentor_ui.pages.mentorship.checkout_state import CheckoutState as State
from mentor_ui.pages.registry import page

COLUMNS = "grid w-full items-start gap-5 lg:grid-cols-[minmax(0,1fr)_340px] lg:gap-8"
MY_SESSIONS = "/student/mentorship"
_CLOCK = "inline-flex items-center gap-1.5 tabular-nums font-semibold"


@page(
    "/mentorship/checkout/[id]",
    title="Checkout",
    description="Choose a time, which is held for you while you pay.",
    on_load=State.load,
    who=SignedIn,
)
def checkout_page() -> rx.Component:
    """Show the checkout."""
    ready = State.shown_for == shown_path()
    return framed(
        rx.el.div(
            back_link("Back to mentors", to="/mentorship"),
            rx.cond(ready, rx.cond(State.refusal, _refused(), _checkout()), _on_its_way()),
            class_name="mx-auto flex max-w-[1000px] flex-col gap-4",
        ),
        rx.el.p(State.told, role="status", class_name="sr-only"),
        page_leave(State.leave_to),
        current="/mentorship",
        action_bar=rx.cond(
            ready & (State.refusal != ""),
            link_button("Find a mentor", to="/mentorship", kind="primary", size="lg", wide=True),
            _thumb_bar(),
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
                ("offering_hidden", "Paused for now"),
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


def _checkout() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _heading(),
            _problem(State.offering_problem, action=text_link("Find a mentor", to="/mentorship")),
            _times(),
            class_name="flex min-w-0 flex-col gap-5",
        ),
        _summary(),
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


def _times() -> rx.Component:
    week = State.week
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Pick a time", class_name="title"),
            rx.el.p(
                "Times in ",
                text_link(week.zone, to="/account", title="Change the zone on your account"),
                class_name="text-sm text-muted md:ml-auto",
            ),
            rx.el.div(
                icon_button(
                    "chevron-left",
                    label="Earlier",
                    size="sm",
                    on_click=State.turn(-1),
                    disabled=week.number <= 0,
                    class_name="border-line!",
                ),
                rx.el.span(week.title, class_name="text-sm font-semibold tabular-nums text-center min-w-24"),
                icon_button(
                    "chevron-right",
                    label="Later",
                    size="sm",
                    on_click=State.turn(1),
                    disabled=rx.cond(week.has_later, False, True),
                    class_name="border-line!",
                ),
                class_name="flex items-center gap-2 max-md:w-full max-md:justify-between",
            ),
            class_name="flex flex-wrap items-center justify-between gap-x-4 gap-y-2",
        ),
        rx.el.div(
            shown(
                State.time_problem,
                look_here(
                    notice(
                        State.time_problem,
                        rx.el.div(
                            rx.foreach(State.near, _slot),
                            class_name="flex flex-wrap gap-2 mt-2 empty:hidden",
                        ),
                        tone="warning",
                        action=rx.cond(
                            State.time_problem_code == "too_many_holds",
                            text_link("See your held times", to=f"{MY_SESSIONS}#pay"),
                        ),
                    )
                ),
            ),
            role="status",
            class_name="empty:absolute",
        ),
        rx.cond(
            week.unknown,
            _unknown_times(),
            rx.cond(
                week.none_at_all,
                empty_state(
                    "No free time at the moment",
                    "New times appear here as the tutor opens them.",
                    icon="calendar",
                    action=link_button("Find a mentor", to="/mentorship"),
                ),
                rx.fragment(
                    rx.el.div(
                        rx.foreach(week.days, _day),
                        class_name="grid gap-x-2 gap-y-4 md:grid-cols-7 md:gap-y-2",
                    ),
                    rx.cond(
                        week.empty, rx.el.p("Nothing is free in these days.", class_name="text-sm text-muted")
                    ),
                ),
            ),
        ),
        class_name="card flex flex-col gap-4 p-[18px]",
    )


def _unknown_times() -> rx.Component:
    return notice(
        "We cannot see this tutor's calendar right now.",
        rx.cond(
            State.held.booking,
            "The time that we hold for you stays yours. Which others are free we do not know.",
            "So we do not know which times are free. It usually takes a few minutes.",
        ),
        tone="warning",
        action=button("Try again", size="sm", icon="refresh-cw", on_click=State.load),
    )


def _day(day: rx.Var[DayColumn]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(day.name, id=day.key, class_name="font-sans! text-sm! font-semibold md:text-center"),
        rx.cond(
            day.slots,
            rx.el.div(
                rx.foreach(day.slots, lambda slot: _slot(slot, day=day.key)),
                class_name="grid grid-cols-4 gap-2 md:grid-cols-1",
            ),
            rx.el.p(
                rx.el.span("–", aria_hidden="true"),  # noqa: RUF001 - a dash for nothing
                rx.el.span("nothing free", class_name="sr-only"),
                class_name="text-center text-muted",
            ),
        ),
        key=day.key,
        class_name=rx.cond(day.slots, "flex flex-col gap-2", "flex flex-col gap-2 max-md:hidden text-muted"),
    )


def _slot(slot: rx.Var[FreeSlot], *, day: rx.Var[str] | None = None) -> rx.Component:
    busy = State.choosing == slot.start
    look = f"btn btn-sm tabular-nums {'' if day is None else 'px-1!'}"
    return rx.el.button(
        rx.cond(busy, rx.el.span(class_name="spinner", aria_hidden="true")),
        slot.label,
        type="button",
        on_click=State.choose(slot.start),
        disabled=State.choosing != "",
        aria_busy=busy,
        aria_pressed=slot.chosen,
        class_name=rx.cond(slot.chosen, f"{look} btn-primary", f"{look} btn-secondary"),
        key=slot.start,
        **({} if day is None else {"aria_describedby": day}),
    )


def _summary() -> rx.Component:
    held = State.held
    return card(
        rx.el.h2("Your session", class_name="title"),
        details_list(
            ("When", rx.cond(held.booking, held.when, _not_held_yet())),
            ("Where", "Zoom"),
            ("Session", rx.el.span(_amount(), class_name="font-normal tabular-nums")),
        ),
        rx.el.hr(),
        rx.el.div(
            rx.el.span("Total", class_name="font-semibold"),
            price(_amount()),
            class_name="flex items-baseline justify-between",
        ),
        _problem(
            State.price_problem,
            action=button(
                rx.el.span("Hold ", State.wanted.label, " at ", State.offered.price),
                size="sm",
                on_click=State.choose(State.wanted.start),
                busy=State.choosing != "",
            ),
        ),
        _pay_button(class_name="max-md:hidden"),
        _problem(
            State.pay_problem,
            action=rx.cond(
                State.pay_problem_code == "already_paid", text_link("See your sessions", to=MY_SESSIONS)
            ),
        ),
        rx.cond(
            held.booking,
            rx.el.div(
                rx.el.p(
                    "We hold this time for you for ",
                    rx.el.strong(countdown(until=held.until, on_elapsed=State.hold_ended)),
                    ". You pay on Paystack's page; the Zoom link comes as soon as you have paid.",
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
            rx.el.p(
                "Nothing is charged before you confirm on Paystack's page. "
                f"The time you choose is held for you for {HOLD_MINUTES} minutes.",
                class_name="text-sm text-muted",
            ),
        ),
        class_name="p-[18px] flex flex-col gap-4 lg:sticky lg:top-20",
    )


def _not_held_yet() -> rx.Component:
    return rx.el.span(
        rx.cond(State.wanted.start, State.wanted.label, "Choose a time"), class_name="text-muted"
    )


def _amount() -> rx.Var[str]:
    return rx.cond(State.held.booking, State.held.price, State.offered.price)


def _pay_button(*, class_name: str = "") -> rx.Component:
    return button(
        rx.el.span("Pay ", _amount(), " with Paystack"),
        kind="primary",
        size="lg",
        wide=True,
        busy=State.paying,
        disabled=(State.held.booking == "") | (State.choosing != ""),
        on_click=State.pay,
        class_name=class_name,
        custom_attrs=leaves(),
    )


def _thumb_bar() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.cond(
                State.held.booking,
                rx.fragment(
                    rx.el.span(State.held.when, class_name="font-semibold"),
                    rx.el.span(icon("clock", size=14), countdown(until=State.held.until), class_name=_CLOCK),
                ),
                rx.el.span("Choose a time first", class_name="text-muted"),
            ),
            class_name="flex items-center justify-between gap-3 text-sm",
        ),
        _pay_button(),
        class_name="flex flex-col gap-2",
    )


def _problem(message: rx.Var[str], *, action: Child | None = None) -> rx.Component:
    return rx.el.div(
        shown(message, look_here(notice(message, tone="warning", action=action))),
        role="status",
        class_name="empty:absolute",
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
