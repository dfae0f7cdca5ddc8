"""When a tutor can be booked: weekly hours, dates, rules, zone, and what a student sees of it."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.empty_states import failed_state
from mentor_ui.components.layout import page_heading
from mentor_ui.components.links import outside_link
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import Notice
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.pages.tutor.availability_dates_state import DatesState
from mentor_ui.pages.tutor.availability_dates_view import dates_card
from mentor_ui.pages.tutor.availability_hours_state import HoursState
from mentor_ui.pages.tutor.availability_hours_view import weekly_hours_card
from mentor_ui.pages.tutor.availability_overview import OverviewState
from mentor_ui.pages.tutor.availability_preview_view import preview_card
from mentor_ui.pages.tutor.availability_rules_state import RulesState
from mentor_ui.pages.tutor.availability_rules_view import rules_card
from mentor_ui.pages.tutor.availability_zone_state import ZoneState
from mentor_ui.pages.tutor.availability_zone_view import calendars_card, zone_card
from mentor_ui.pages.tutor.outside_rows import outside_notice

ROUTE = "/tutor/availability"

PARTS = (
    ("hours", "Weekly hours"),
    ("dates", "Dates"),
    ("rules", "Rules"),
    ("zone", "Zone and travel"),
    ("preview", "What a student sees"),
)


@page(
    ROUTE,
    title="Availability",
    description="When students can book you, and by which rules.",
    on_load=(HoursState.load, DatesState.load, RulesState.load, ZoneState.load, OverviewState.load),
    who=TEACHING,
)
def availability_page() -> rx.Component:
    """Show all that says when the tutor can be booked."""
    return framed(
        page_heading(
            "Availability",
            rx.cond(
                ZoneState.shown_zone,
                rx.el.span("When students can book you. Your hours are in ", ZoneState.shown_zone, "."),
                "When students can book you.",
            ),
        ),
        rx.cond(
            HoursState.ready,
            rx.fragment(
                _outside(),
                _jumps(),
                rx.el.div(
                    rx.el.div(
                        _part("hours", weekly_hours_card()),
                        _part("dates", dates_card()),
                        _part("rules", rx.cond(RulesState.ready, rules_card(), _card_skeleton())),
                        _part("zone", rx.cond(ZoneState.ready, zone_card(), _card_skeleton())),
                        class_name="flex flex-col gap-5 min-w-0",
                    ),
                    rx.el.div(
                        _part("preview", preview_card()),
                        calendars_card(),
                        class_name="flex flex-col gap-5 min-w-0 lg:sticky lg:top-20",
                    ),
                    class_name="grid gap-5 items-start lg:grid-cols-[minmax(0,1fr)_360px]",
                ),
            ),
            rx.cond(
                (HoursState.problem != "") | Notice.trouble,
                failed_state(
                    "Your hours could not be loaded",
                    "Nothing is lost. Please try again in a moment.",
                    action=button("Try again", icon="refresh-cw", on_click=HoursState.load),
                ),
                loading(_card_skeleton(), _card_skeleton(), class_name="flex flex-col gap-5"),
            ),
        ),
        current=ROUTE,
    )


def _outside() -> rx.Component:
    return rx.el.div(
        outside_notice(OverviewState.sentence, OverviewState.outside), class_name="has-[>:not(:empty)]:mb-5"
    )


def _jumps() -> rx.Component:
    return rx.el.nav(
        *[outside_link(label, href=f"#{key}", class_name="chip") for key, label in PARTS],
        aria_label="Parts of this page",
        class_name="flex gap-2 mb-4 -mx-4 px-4 overflow-x-auto [scrollbar-width:none] lg:hidden",
    )


def _part(key: str, content: rx.Component) -> rx.Component:
    return rx.el.div(content, id=key, class_name="scroll-mt-20")


def _card_skeleton() -> rx.Component:
    lines = [skeleton("h-10") for _ in range(5)]
    return rx.el.div(
        skeleton("h-6 w-40"), *lines, class_name="card p-[18px] flex flex-col gap-4 min-h-[320px]"
    )
