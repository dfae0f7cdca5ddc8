"""The free times of the checkout, and what may be wrong with one of them."""

import reflex as rx

from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.links import text_link
from mentor_ui.components.notices import look_here, notice
from mentor_ui.components.values import shown
from mentor_ui.components.week_pager import week_pager, week_title
from mentor_ui.pages.mentorship.checkout_shown import DayColumn, FreeSlot
from mentor_ui.pages.mentorship.checkout_state import CheckoutState as State

MY_SESSIONS = "/student/mentorship"


def free_times() -> rx.Component:
    """Show a week of free times, each a button."""
    week = State.week
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Pick a time", class_name="title"),
            rx.cond(
                week.unknown,
                rx.fragment(),
                rx.fragment(
                    rx.el.p(
                        "Times in ",
                        text_link(week.zone, to="/account", title="Change the zone on your account"),
                        class_name="text-sm text-muted md:ml-auto",
                    ),
                    week_pager(
                        week_title(week.title),
                        on_earlier=State.turn(-1),
                        on_later=State.turn(1),
                        at_start=week.number <= 0,
                        at_end=rx.cond(week.has_later, False, True),
                        class_name="max-md:w-full max-md:justify-between",
                    ),
                ),
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
                        action=rx.match(
                            State.time_problem_code,
                            ("too_many_holds", text_link("See your held times", to=f"{MY_SESSIONS}#pay")),
                            ("already_asked", _see_requests()),
                            ("too_many_requests", _see_requests()),
                            rx.fragment(),
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


def _see_requests() -> rx.Component:
    return text_link("See your requests", to=f"{MY_SESSIONS}#awaiting")


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
