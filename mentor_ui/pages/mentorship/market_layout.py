"""How the marketplace is laid out: one form with search, filters and order, and the cards beside it."""

from typing import TYPE_CHECKING

import reflex as rx

from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.dialogs import opens
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.fields import search_field, select_control
from mentor_ui.components.filter_form import filter_form
from mentor_ui.components.icons import icon
from mentor_ui.components.links import link, text_link
from mentor_ui.components.offering_card import offering_grid
from mentor_ui.components.pills import filter_pill
from mentor_ui.components.skeletons import card_skeletons, skeleton
from mentor_ui.components.values import shown
from mentor_ui.pages.frame import framed
from mentor_ui.pages.mentorship.market_panel import FILTERS, filter_panel
from mentor_ui.pages.mentorship.market_view import PATH

if TYPE_CHECKING:
    from mentor_ui.pages.mentorship.marketplace import Marketplace

CARDS = "market-cards"
"""The element that holds the cards, or what stands for them."""

SORTS = (
    ("", "Newest"),
    ("soonest", "Soonest first"),
    ("price", "Price: low to high"),
    ("price_desc", "Price: high to low"),
)


def marketplace(state: type["Marketplace"]) -> rx.Component:
    """Lay out the marketplace.

    Args:
        state: Where its values are.
    """
    return framed(
        filter_form(
            rx.el.div(
                rx.el.div(
                    rx.el.h1("Learn it from someone who has done it."),
                    rx.el.p(
                        "One-to-one sessions with the people who teach your courses.",
                        class_name="mt-1.5 text-muted max-md:hidden",
                    ),
                ),
                rx.el.div(
                    search_field("Search topic, mentor or course", max_length=100),
                    class_name="w-full md:w-[360px] flex-none",
                ),
                class_name="flex flex-col md:flex-row md:items-end justify-between gap-x-6 gap-y-3"
                " mb-3 lg:mb-6",
            ),
            _quick_row(state),
            rx.el.div(
                filter_panel(state),
                rx.el.section(
                    _toolbar(state),
                    rx.el.div(
                        _results(state),
                        id=CARDS,
                        aria_busy=rx.cond(rx.State.is_hydrated, "false", "true"),
                        class_name="transition-opacity delay-150 aria-busy:has-[ul]:opacity-60",
                    ),
                    aria_label="Sessions",
                    class_name="min-w-0",
                ),
                class_name="lg:grid lg:grid-cols-[272px_minmax(0,1fr)] lg:gap-9 lg:items-start",
            ),
            action=PATH,
            answer=state.answer,
            label="Find a session",
        ),
        current=PATH,
    )


def _quick_row(state: type["Marketplace"]) -> rx.Component:
    count = state.pills.length()
    return rx.el.div(
        rx.el.button(
            icon("sliders-horizontal", size=15),
            "Filters",
            rx.cond(count > 0, rx.el.span(" · ", count), ""),
            type="button",
            class_name=rx.cond(count > 0, "chip chip-on noscript:hidden", "chip noscript:hidden"),
            custom_attrs=opens(FILTERS),
        ),
        rx.foreach(
            state.pills,
            lambda pill: link(
                rx.el.span("Remove filter: ", class_name="sr-only"),
                pill.label,
                icon("x", size=14),
                to=pill.href,
                class_name="chip chip-on",
                key=pill.href,
            ),
        ),
        rx.foreach(
            state.quick, lambda chip: link(chip.label, to=chip.href, class_name="chip", key=chip.label)
        ),
        class_name="flex gap-2 -mx-4 px-4 py-1 mb-2 overflow-x-auto [scrollbar-width:none]"
        " md:mx-0 md:px-0 lg:hidden",
    )


def _toolbar(state: type["Marketplace"]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.cond(state.loaded, state.total_words, skeleton("h-5 w-28")),
            role="status",
            class_name="font-semibold text-base md:text-lg min-h-6",
        ),
        rx.el.ul(
            rx.foreach(
                state.pills,
                lambda pill: rx.el.li(
                    filter_pill(pill.label, to=pill.href), key=pill.href, class_name="min-w-0"
                ),
            ),
            aria_label="Filters in force",
            class_name="hidden lg:flex flex-wrap gap-2 min-w-0 flex-1",
        ),
        rx.el.div(
            select_control(
                SORTS, name="sort", aria_label="Order", class_name="input-sm font-semibold max-md:text-sm!"
            ),
            button("Sort", type="submit", size="sm", class_name="hidden! noscript:flex!"),
            class_name="ml-auto flex gap-2",
        ),
        class_name="flex flex-wrap items-center gap-x-3 gap-y-2.5 mb-4 md:min-h-9",
    )


def _results(state: type["Marketplace"]) -> rx.Component:
    return rx.cond(
        state.failed,
        failed_state(
            "We could not load the sessions",
            "This is on our side. Your filters are kept.",
            action=button("Try again", icon="refresh-cw", on_click=state.load),
        ),
        rx.cond(
            state.loaded,
            rx.cond(state.total > 0, _cards(state), _nothing(state)),
            card_skeletons(6, label="Loading sessions"),
        ),
    )


def _cards(state: type["Marketplace"]) -> rx.Component:
    return rx.fragment(
        shown(
            state.start_to,
            rx.el.p(
                "These are from further down the list. ",
                text_link("Back to the first", to=state.start_to),
                class_name="mb-4 text-sm text-muted",
            ),
        ),
        offering_grid(state.cards),
        rx.el.div(
            shown(
                state.next_cursor,
                button(
                    shown(state.appending, rx.el.span(class_name="spinner", aria_hidden="true")),
                    "Show more",
                    type="submit",
                    name="after",
                    value=state.next_cursor,
                    aria_busy=rx.cond(state.appending, "true", "false"),
                    on_click=state.show_more.prevent_default,
                ),
            ),
            rx.el.p(state.shown_words, role="status", class_name="text-sm text-muted empty:hidden"),
            class_name="mt-7 flex flex-col items-center gap-2.5",
        ),
    )


def _nothing(state: type["Marketplace"]) -> rx.Component:
    return rx.cond(
        state.loosen.label,
        empty_state(
            "No session matches all of this",
            f"Without {state.loosen.label} you would see {state.loosen_words}.",
            icon="search",
            action=rx.el.div(
                link_button("Remove ", state.loosen.label, to=state.loosen.href, kind="primary"),
                link_button("Clear all", to=state.clear_to),
                class_name="flex flex-wrap justify-center gap-3",
            ),
        ),
        rx.cond(
            state.pills.length() > 0,
            empty_state(
                "No session matches this",
                "Try fewer filters or other words.",
                icon="search",
                action=link_button("Clear all", to=state.clear_to, kind="primary"),
            ),
            empty_state(
                "No sessions yet",
                "As soon as a mentor offers one, it appears here.",
                icon="calendar",
                action=link_button("See the courses", to="/courses"),
            ),
        ),
    )
