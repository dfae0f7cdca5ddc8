"""The tutor's zone, planned stays in another one, and the way to linked calendars."""

import reflex as rx

from mentor_ui.components.buttons import button, icon_button, link_button
from mentor_ui.components.cards import section_card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button, opens
from mentor_ui.components.fields import select_field, text_field
from mentor_ui.components.icons import icon
from mentor_ui.components.notices import message_notice
from mentor_ui.domain.account_rules import timezone_names
from mentor_ui.pages.tutor.availability_overview import OverviewState
from mentor_ui.pages.tutor.availability_zone_state import StayRow, ZoneState

FORM = "stay-form"


def zone_card() -> rx.Component:
    """Show the zone and the stays, and the dialog for one."""
    return rx.fragment(
        section_card(
            "Time zone and travel",
            rx.el.form(
                rx.el.div(
                    select_field(
                        "Your hours are meant in",
                        _zones(),
                        name="timezone",
                        id="tutor-zone",
                        default_value=ZoneState.zone,
                        error=ZoneState.zone_error,
                    ),
                    class_name="flex-1 min-w-48",
                ),
                button("Save zone", type="submit"),
                key=ZoneState.zone,
                on_submit=ZoneState.save_zone,
                class_name="flex flex-wrap items-end gap-3",
            ),
            rx.cond(
                ZoneState.rows,
                rx.el.ul(rx.foreach(ZoneState.rows, _row), class_name="flex flex-col divide-y divide-line"),
                rx.el.p(
                    "Travelling? Plan it, and on those days your hours are meant where you are.",
                    class_name="text-muted",
                ),
            ),
            action=dialog_button(
                "Plan a stay",
                dialog=FORM,
                size="sm",
                icon="plus",
                fill=ZoneState.blank,
                disabled=ZoneState.blank == "",
                on_click=ZoneState.start_over,
            ),
        ),
        _dialog(),
    )


def calendars_card() -> rx.Component:
    """Say in a line how the linked calendars are."""
    trouble = OverviewState.calendars_trouble
    return section_card(
        "Linked calendars",
        rx.el.p(
            rx.cond(
                trouble,
                icon("triangle-alert", size=17, class_name="mt-[3px] text-accent-ink"),
                icon("calendar-check", size=17, class_name="mt-[3px] text-muted"),
            ),
            rx.el.span(OverviewState.calendars),
            class_name="flex gap-2",
        ),
        rx.el.div(link_button("Linked calendars", to="/tutor/calendars", icon="link", size="sm")),
    )


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in timezone_names()]


def _row(row: rx.Var[StayRow]) -> rx.Component:
    return rx.el.li(
        icon("globe", size=18, class_name="text-muted"),
        rx.el.div(
            rx.el.p(row.place, class_name="font-semibold"),
            rx.el.p(row.days, class_name="text-sm text-muted"),
            class_name="flex-1 min-w-0",
        ),
        icon_button(
            "pencil",
            label=f"Edit {row.place}",
            size="sm",
            custom_attrs=opens(FORM, fill=row.fill),
            on_click=ZoneState.start_over,
        ),
        icon_button("trash", label=f"Remove {row.place}", size="sm", on_click=ZoneState.remove(row.id)),
        key=row.id,
        class_name="flex items-center gap-3 py-2.5",
    )


def _dialog() -> rx.Component:
    errors = ZoneState.errors
    form = rx.el.form(
        # Without a value here, so that React leaves alone what the browser fills in.
        rx.el.input(type="hidden", name="stay", custom_attrs={"data-identity": ""}),
        select_field("Where", _zones(), name="stay_zone", id="stay-zone", error=errors.timezone),
        rx.el.div(
            text_field(
                "First day",
                name="first_day",
                id="stay-first",
                type="date",
                min=ZoneState.today,
                error=errors.first_day,
            ),
            text_field(
                "Last day",
                name="last_day",
                id="stay-last",
                type="date",
                min=ZoneState.today,
                optional=True,
                error=errors.last_day,
            ),
            class_name="grid gap-5 sm:grid-cols-2 items-start",
        ),
        rx.el.p(
            "On these days your weekly hours are meant there. What is booked keeps its moment.",
            class_name="text-sm text-muted",
        ),
        rx.el.div(message_notice(errors.whole), class_name="has-[>:empty]:-mt-5"),
        dialog_actions(
            cancel_button(FORM),
            button(
                rx.el.span("Plan it", class_name="for-new"),
                rx.el.span("Save changes", class_name="for-old"),
                kind="primary",
                type="submit",
                busy=ZoneState.saving,
            ),
        ),
        on_submit=ZoneState.save,
        no_validate=True,
        class_name="flex flex-col gap-5",
    )
    title = rx.fragment(
        rx.el.span("Plan a stay", class_name="for-new"), rx.el.span("Edit the stay", class_name="for-old")
    )
    return dialog(form, id=FORM, title=title, sheet=True, close_on=ZoneState.saved)
