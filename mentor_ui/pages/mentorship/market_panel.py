"""The marketplace's filters: a column beside the cards, on a phone a sheet."""

from typing import TYPE_CHECKING

import reflex as rx

from mentor_ui.components.buttons import button, icon_button
from mentor_ui.components.dialogs import closes
from mentor_ui.components.fields import check_field, select_control
from mentor_ui.components.icons import icon
from mentor_ui.components.links import link, text_link
from mentor_ui.components.pills import choice_chip, choice_group
from mentor_ui.components.skeletons import skeleton
from mentor_ui.domain.slots import DURATIONS_MINUTES
from mentor_ui.pages.mentorship.price_chart import price_picture
from mentor_ui.services.market_filters import COMPLETED, ENROLLED, TODAY, WEEK

if TYPE_CHECKING:
    from mentor_ui.pages.mentorship.marketplace import Marketplace

FILTERS = "filters"
MENTORS = "mentor-names"


def filter_panel(state: type["Marketplace"]) -> rx.Component:
    """Lay out the filters.

    Args:
        state: Where the values of the marketplace are.
    """
    return rx.el.dialog(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Filters", id=f"{FILTERS}-title", class_name="title mr-auto"),
                rx.cond(
                    state.pills.length() > 0,
                    link("Clear all", to=state.clear_to, class_name="text-link text-sm"),
                ),
                icon_button(
                    "x",
                    label="Close",
                    size="sm",
                    class_name="lg:hidden noscript:hidden",
                    custom_attrs=closes(FILTERS),
                ),
                class_name="flex items-center justify-between gap-4 min-h-8",
            ),
            _mentor(state),
            _price(state),
            choice_group(
                "Duration",
                *[
                    choice_chip(f"{minutes} min", name="duration", value=str(minutes))
                    for minutes in DURATIONS_MINUTES
                ],
            ),
            _courses(state),
            choice_group(
                "Available",
                choice_chip("Any time", name="when", value="", type="radio", default_checked=True),
                choice_chip("Today", name="when", value=TODAY, type="radio"),
                choice_chip("This week", name="when", value=WEEK, type="radio"),
            ),
            button(
                "Show sessions",
                type="submit",
                kind="primary",
                wide=True,
                # Where no script runs, nothing else sends what was chosen.
                class_name="hidden! noscript:flex!",
            ),
            class_name="flex flex-col gap-6 p-5 lg:p-0",
        ),
        rx.el.div(
            button(
                rx.cond(state.loaded, rx.el.span("Show ", state.total_words), "Show sessions"),
                type="submit",
                kind="primary",
                size="lg",
                wide=True,
            ),
            class_name="sticky bottom-0 px-5 py-3 border-t bg-surface lg:hidden noscript:hidden",
        ),
        id=FILTERS,
        class_name="sheet side-panel",
        custom_attrs={"data-light": "", "aria-labelledby": f"{FILTERS}-title"},
    )


def _mentor(state: type["Marketplace"]) -> rx.Component:
    return rx.el.div(
        rx.el.label("Mentor", html_for="field-mentor", class_name="label"),
        rx.el.div(
            icon(
                "search",
                size=16,
                class_name="absolute left-3 top-1/2 -translate-y-1/2 text-muted pointer-events-none",
            ),
            rx.el.input(
                id="field-mentor",
                name="mentor",
                placeholder="Any mentor",
                auto_complete="off",
                max_length=100,
                class_name="input pl-9!",
                custom_attrs={"list": MENTORS},
            ),
            class_name="relative",
        ),
        rx.el.datalist(
            rx.foreach(state.panel.mentors, lambda name: rx.el.option(value=name, key=name)), id=MENTORS
        ),
    )


def _price(state: type["Marketplace"]) -> rx.Component:
    return choice_group(
        "Price per session",
        price_picture(state.prices),
        _naira("Lowest price", "minPrice", state.panel.lowest),
        rx.el.span("–", class_name="text-muted", aria_hidden="true"),  # noqa: RUF001  (an en dash between two ends)
        _naira("Highest price", "maxPrice", state.panel.highest),
        class_name="grid grid-cols-[1fr_auto_1fr] items-center gap-3",
    )


def _naira(label: str, name: str, placeholder: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        rx.el.span("₦", class_name="absolute left-3 top-1/2 -translate-y-1/2 text-muted", aria_hidden="true"),
        rx.el.input(
            name=name,
            aria_label=label,
            placeholder=placeholder,
            input_mode="numeric",
            auto_complete="off",
            max_length=14,
            class_name="input pl-8! tabular-nums",
        ),
        class_name="relative min-w-0",
    )


def _courses(state: type["Marketplace"]) -> rx.Component:
    own = rx.el.div(
        _own_courses("Courses I completed", COMPLETED, state.panel.completed),
        _own_courses("Courses I'm taking", ENROLLED, state.panel.taking),
    )
    visitor = rx.el.p(
        text_link("Sign in", to=state.sign_in_to),
        " to see sessions for the courses you completed or are taking.",
        class_name="text-sm text-muted",
    )
    waiting = rx.el.div(skeleton("h-4 w-40"), skeleton("h-4 w-36 mt-4"), class_name="py-2")
    return choice_group(
        "Course",
        rx.el.div(
            rx.cond(state.loaded, rx.cond(state.signed_in, own, visitor), waiting), class_name="min-h-16"
        ),
        select_control(state.panel.courses, name="courseId", aria_label="Course"),
        # The select shows one course; an address may name more.
        rx.foreach(
            state.panel.more_courses,
            lambda number: rx.el.input(type="hidden", name="courseId", value=number, key=number),
        ),
        class_name="flex flex-col gap-2",
    )


def _own_courses(label: str, value: str, count: rx.Var[int]) -> rx.Component:
    return check_field(
        label,
        name="mine",
        id=f"field-mine-{value}",
        note=count,
        value=value,
        custom_attrs={"data-alone": ""},
    )
