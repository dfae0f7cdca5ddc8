"""What a student sees this week of one of the tutor's offerings."""

import reflex as rx

from mentor_ui.components.buttons import link_button
from mentor_ui.components.cards import section_card
from mentor_ui.components.fields import select_field
from mentor_ui.components.icons import icon
from mentor_ui.components.notices import notice
from mentor_ui.components.week_pager import week_pager
from mentor_ui.pages.tutor.availability_overview import OverviewState, PreviewDay


def preview_card() -> rx.Component:
    """Show real free times, as they are saved now."""
    week = OverviewState.week
    return section_card(
        rx.cond(week.number == 0, "What a student sees this week", "What a student sees"),
        rx.cond(
            OverviewState.offerings,
            rx.fragment(
                rx.el.div(
                    select_field(
                        "Offering",
                        OverviewState.offerings,
                        name="offering",
                        id="preview-offering",
                        value=OverviewState.offering,
                        on_change=OverviewState.look_at,
                    ),
                    select_field(
                        "Seen from",
                        OverviewState.zones,
                        name="zone",
                        id="preview-zone",
                        value=OverviewState.zone,
                        on_change=OverviewState.look_from,
                    ),
                    class_name="grid gap-4 sm:grid-cols-2 lg:grid-cols-1",
                ),
                rx.cond(
                    week.hidden,
                    rx.el.p(
                        icon("eye-off", size=16, class_name="mt-[3px]"),
                        rx.el.span("This offering is hidden. Students see it once you publish it."),
                        class_name="flex gap-2 text-sm text-muted",
                    ),
                ),
                rx.el.div(
                    rx.match(
                        week.state,
                        ("unknown", _unknown()),
                        ("full", _full()),
                        ("times", _times()),
                        rx.fragment(),
                    ),
                    aria_live="polite",
                ),
            ),
            rx.el.div(
                rx.el.p(
                    "You have no offerings yet. With the first one you see its free times here.",
                    class_name="text-muted",
                ),
                link_button("Create Offering", to="/tutor/mentorship/schedule", icon="plus", size="sm"),
                class_name="flex flex-col items-start gap-3",
            ),
        ),
    )


def _unknown() -> rx.Component:
    return notice(
        "We could not find out",
        rx.el.p(
            "One of your linked calendars could not be read lately, so nobody knows when you are free. "
            "Students are told so, and are offered no time that may be taken."
        ),
        tone="warning",
        action=link_button("Linked calendars", to="/tutor/calendars", size="sm"),
    )


def _full() -> rx.Component:
    return notice(
        "No free time",
        rx.el.p(
            "Nobody can book this offering now. More hours, a shorter notice or a wider view ahead help."
        ),
        tone="info",
    )


def _times() -> rx.Component:
    week = OverviewState.week
    return rx.el.div(
        week_pager(
            rx.el.p(
                rx.el.span(week.title, class_name="block font-semibold tabular-nums"),
                rx.el.span(week.zone, class_name="block text-sm text-muted"),
                class_name="text-center",
            ),
            on_earlier=OverviewState.turn(-1),
            on_later=OverviewState.turn(1),
            at_start=week.number <= 0,
            at_end=rx.cond(week.has_later, False, True),
            earlier="Week before",
            later="Week after",
            class_name="justify-between mb-3",
        ),
        rx.el.dl(rx.foreach(week.days, _day), class_name="flex flex-col divide-y divide-line"),
        rx.el.p(week.empty, class_name="mt-2 text-sm text-muted empty:hidden"),
    )


def _day(day: rx.Var[PreviewDay]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(day.name, class_name="w-14 flex-none text-sm font-semibold pt-0.5"),
        rx.el.dd(
            rx.cond(
                day.times,
                rx.foreach(
                    day.times,
                    lambda start: rx.el.span(start, key=start, class_name="badge badge-go tabular-nums"),
                ),
                rx.el.span("nothing free", class_name="text-sm text-muted"),
            ),
            class_name="flex flex-wrap gap-1.5 min-w-0",
        ),
        key=day.key,
        class_name="flex gap-2 py-2",
    )
