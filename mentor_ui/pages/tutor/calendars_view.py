"""The parts of the page of linked calendars: one calendar, and the ways to a further one."""

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, outside_link_button
from mentor_ui.components.cards import card, section_card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import check_field, select_field, text_field
from mentor_ui.components.icons import icon
from mentor_ui.components.local_time import local_time
from mentor_ui.components.notices import message_notice, notice
from mentor_ui.components.values import shown
from mentor_ui.pages.tutor.calendars_shown import CalendarRow, OfferRow
from mentor_ui.pages.tutor.calendars_state import CalendarsState

QUESTION = "remove-calendar"
SILENT = "has-[>:empty]:-mt-4"
"""A message that is not there takes no room between its neighbours."""

WAYS = {
    "Google Calendar": (
        "On a computer: Settings, then your calendar under “Settings for my calendars”, then “Integrate "
        "calendar”. Copy the “Secret address in iCal format”."
    ),
    "Outlook": (
        "Settings, Calendar, Shared calendars. Under “Publish a calendar” choose one with “Can view when I'm "
        "busy” or more, publish it, and copy the ICS link."
    ),
    "Apple iCloud": (
        "In Calendar, press the share symbol beside the calendar, switch on “Public Calendar”, and copy the "
        "link. It begins with webcal://."
    ),
}


def calendar_list() -> rx.Component:
    """Show the linked calendars."""
    return rx.el.ul(
        rx.foreach(CalendarsState.calendars, lambda row: rx.el.li(_calendar(row), key=row.id)),
        class_name="flex flex-col gap-5",
    )


def _calendar(row: rx.Var[CalendarRow]) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(row.name, class_name="title min-w-0 [overflow-wrap:anywhere]"),
            badge(row.kind),
            class_name="flex flex-wrap items-center gap-x-3 gap-y-1.5",
        ),
        shown(
            row.trouble,
            notice(
                row.trouble,
                rx.el.p(row.consequence),
                tone="warning",
                action=rx.cond(
                    row.reconnect,
                    outside_link_button("Connect again", href=row.reconnect, size="sm", icon="link"),
                ),
            ),
        ),
        _looked(row),
        rx.cond(row.is_account, _choice(row)),
        rx.el.div(
            rx.cond(
                row.reconnect,
                rx.fragment(),
                button(
                    "Look again now",
                    rx.el.span(" into ", row.name, class_name="sr-only"),
                    size="sm",
                    icon="refresh-cw",
                    busy=CalendarsState.busy_with == row.id,
                    on_click=CalendarsState.look_again(row.id),
                ),
            ),
            dialog_button(
                "Remove",
                rx.el.span(" ", row.name, class_name="sr-only"),
                dialog=QUESTION,
                fill=row.removing,
                size="sm",
                kind="quiet",
                icon="trash",
            ),
            class_name="flex flex-wrap gap-3",
        ),
        class_name="p-[18px] flex flex-col gap-4",
    )


def _looked(row: rx.Var[CalendarRow]) -> rx.Component:
    return rx.el.p(
        rx.cond(
            row.looked,
            rx.fragment("Last looked into: ", local_time(row.looked, at=row.looked_at), "."),
            "Not looked into yet.",
        ),
        class_name="text-sm text-muted",
    )


def _choice(row: rx.Var[CalendarRow]) -> rx.Component:
    """Make the form that says which calendars of an account count."""
    mine = CalendarsState.errors.choice_of == row.id
    return rx.el.form(
        rx.el.input(type="hidden", name="calendar", value=row.id, read_only=True),
        rx.el.fieldset(
            rx.el.legend("Keeps you from being booked", class_name="label"),
            rx.el.div(rx.foreach(row.offers, _offer), class_name="flex flex-col"),
            class_name="min-w-0",
        ),
        select_field(
            "Write your sessions into",
            row.targets,
            name="writes_to",
            id=f"writes-to-{row.id}",
            default_value=row.writes_to,
            hint="They appear there when they are booked, and move when they are moved.",
        ),
        rx.el.div(message_notice(rx.cond(mine, CalendarsState.errors.choice, "")), class_name=SILENT),
        rx.el.div(button("Save choice", type="submit", busy=CalendarsState.busy_with == row.id)),
        key=row.version,
        on_submit=CalendarsState.choose,
        class_name="flex flex-col gap-4 pt-4 border-t",
    )


def _offer(offer: rx.Var[OfferRow]) -> rx.Component:
    return check_field(
        offer.name,
        name=offer.field,
        id=f"offer-{offer.field}",
        default_checked=offer.reads,
        key=offer.id,
    )


def connect_card() -> rx.Component:
    """Show the ways to a further calendar."""
    return section_card(
        "Add a calendar",
        rx.cond(
            CalendarsState.google | CalendarsState.microsoft,
            rx.el.div(
                rx.el.p(
                    "Connect an account, and your sessions can be written into it as well.",
                    class_name="text-muted",
                ),
                rx.el.div(
                    rx.cond(
                        CalendarsState.google,
                        outside_link_button(
                            "Connect Google", href="/api/calendars/google/connect", icon="calendar"
                        ),
                    ),
                    rx.cond(
                        CalendarsState.microsoft,
                        outside_link_button(
                            "Connect Microsoft", href="/api/calendars/microsoft/connect", icon="calendar"
                        ),
                    ),
                    class_name="flex flex-wrap gap-3",
                ),
                class_name="flex flex-col gap-3 pb-4 border-b",
            ),
        ),
        _by_address(),
        _ways(),
    )


def _by_address() -> rx.Component:
    return rx.el.form(
        text_field(
            "Calendar address",
            name="address",
            id="calendar-address",
            input_mode="url",
            auto_complete="off",
            spell_check=False,
            max_length=2_000,
            placeholder="https://…",
            hint="Any calendar that can be published works. We keep when you are busy, never what you do.",
            error=CalendarsState.errors.address,
        ),
        rx.el.div(button("Link calendar", type="submit", kind="primary", busy=CalendarsState.linking)),
        key=CalendarsState.linked.to_string(),
        on_submit=CalendarsState.link,
        no_validate=True,
        class_name="flex flex-col gap-4",
    )


def _ways() -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            icon("chevron-right", size=16, class_name="transition-transform group-open:rotate-90"),
            "Where do I find the address?",
            class_name="flex items-center gap-1.5 min-h-8 cursor-pointer"
            " font-semibold text-primary list-none",
        ),
        rx.el.dl(
            *[
                rx.el.div(
                    rx.el.dt(name, class_name="font-semibold"),
                    rx.el.dd(way, class_name="text-muted"),
                )
                for name, way in WAYS.items()
            ],
            class_name="flex flex-col gap-3 mt-2 text-sm",
        ),
        class_name="group",
    )


def remove_question() -> rx.Component:
    """Make the dialog that asks before a calendar is removed."""
    form = rx.el.form(
        # Without a value here, so that React leaves alone what the browser fills in.
        rx.el.input(type="hidden", name="calendar"),
        rx.el.div(
            rx.el.p(rx.el.output(name="named"), class_name="font-semibold [overflow-wrap:anywhere]"),
            rx.el.p("It no longer keeps students from booking you.", class_name="text-muted"),
            rx.el.p(rx.el.output(name="stays"), class_name="text-muted"),
            class_name="flex flex-col gap-1",
        ),
        dialog_actions(
            cancel_button(QUESTION, "Keep it"),
            button("Remove calendar", kind="stop", type="submit", busy=CalendarsState.busy_with != ""),
        ),
        on_submit=CalendarsState.remove,
        class_name="flex flex-col gap-5",
    )
    return dialog(
        form, id=QUESTION, title="Remove this calendar?", narrow=True, close_on=CalendarsState.removed
    )
