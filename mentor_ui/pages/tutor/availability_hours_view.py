"""The editor of weekly hours: a row per day, native selects by quarters of an hour, days copied."""

import reflex as rx

from mentor_ui.components.buttons import button, icon_button
from mentor_ui.components.cards import section_card
from mentor_ui.components.dialogs import (
    cancel_button,
    confirm_dialog,
    dialog,
    dialog_actions,
    dialog_button,
    opens,
)
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.fields import check_field, select_control, text_field
from mentor_ui.components.icons import icon
from mentor_ui.components.notices import message_notice
from mentor_ui.domain.slots import QUARTER_MINUTES
from mentor_ui.domain.weekly_hours import MINUTES_A_DAY, WEEKDAYS, clock_of
from mentor_ui.pages.tutor.availability_hours_shown import DayRow, RangeRow
from mentor_ui.pages.tutor.availability_hours_state import HoursState
from mentor_ui.pages.tutor.outside_rows import outside_notice
from mentor_ui.pages.tutor.save_bar import save_bar
from mentor_ui.services.weekly_hours import LONGEST_NAME

COPY, NAME, QUESTION = "hours-copy", "hours-name", "hours-delete"
STARTS = [(clock_of(minute),) * 2 for minute in range(0, MINUTES_A_DAY, QUARTER_MINUTES)]
ENDS = [(clock_of(minute),) * 2 for minute in range(QUARTER_MINUTES, MINUTES_A_DAY + 1, QUARTER_MINUTES)]


def weekly_hours_card() -> rx.Component:
    """Show the set of hours that is being looked at, and the dialogs about it."""
    return rx.fragment(
        section_card(
            "Weekly hours",
            _which_set(),
            rx.cond(
                HoursState.about.named,
                rx.fragment(),
                rx.el.p(
                    "When students can book you in a usual week, in your own zone.",
                    class_name="text-sm text-muted",
                ),
            ),
            rx.el.div(
                rx.foreach(HoursState.days, _day), class_name="flex flex-col divide-y divide-line -my-1"
            ),
            rx.cond(HoursState.days.length() > 0, _empty_week()),
            outside_notice(HoursState.outside_sentence, HoursState.outside),
            _save_bar(),
            action=_set_actions(),
        ),
        _copy_dialog(),
        _name_dialog(),
        confirm_dialog(
            id=QUESTION,
            title=rx.fragment("Delete “", HoursState.about.name, "”?"),
            body=rx.el.p(HoursState.about.followers, " What is booked stays booked."),
            confirm="Delete hours",
            on_confirm=HoursState.delete_set,
            close_on=HoursState.removed,
        ),
    )


def _which_set() -> rx.Component:
    return rx.cond(
        HoursState.sets.length() > 1,
        rx.el.div(
            rx.el.label("Which hours", html_for="hours-set", class_name="label mb-0! flex-none"),
            rx.el.div(
                select_control(
                    HoursState.sets, id="hours-set", value=HoursState.chosen, on_change=HoursState.choose
                ),
                class_name="flex-1 min-w-40",
            ),
            class_name="flex flex-wrap items-center gap-x-3 gap-y-2",
        ),
    )


def _set_actions() -> rx.Component:
    return rx.el.div(
        rx.cond(
            HoursState.about.named,
            rx.fragment(
                icon_button(
                    "pencil",
                    label="Rename these hours",
                    size="sm",
                    on_click=HoursState.forget_errors,
                    custom_attrs=opens(NAME, fill=HoursState.about.rename),
                ),
                icon_button("trash", label="Delete these hours", size="sm", custom_attrs=opens(QUESTION)),
            ),
        ),
        dialog_button(
            "Other hours",
            dialog=NAME,
            size="sm",
            icon="plus",
            fill='{"schedule": "", "name": ""}',
            on_click=HoursState.forget_errors,
        ),
        class_name="flex items-center gap-1.5",
    )


def _day(day: rx.Var[DayRow]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(day.name, class_name="font-sans! text-base! font-semibold sm:w-28 sm:pt-2.5 flex-none"),
        rx.el.div(
            rx.cond(
                day.ranges,
                rx.foreach(day.ranges, lambda span: _range(day, span)),
                rx.el.p("Not available", class_name="text-muted sm:pt-2"),
            ),
            rx.el.div(
                rx.cond(
                    day.error,
                    rx.el.p(
                        icon("circle-alert", size=15, class_name="mt-[3px]"),
                        rx.el.span(day.error),
                        class_name="flex gap-1.5 text-sm text-danger",
                    ),
                ),
                aria_live="polite",
                class_name="empty:hidden",
            ),
            class_name="flex flex-col gap-2 order-last sm:order-none w-full sm:w-auto sm:flex-1 min-w-0",
        ),
        rx.el.div(
            icon_button(
                "plus",
                label=f"Add hours on {day.name}",
                on_click=HoursState.add(day.weekday),
                disabled=day.full,
            ),
            icon_button(
                "copy",
                label=f"Copy {day.name} to other days",
                custom_attrs=opens(COPY, fill=day.copy),
            ),
            class_name="flex gap-1 ml-auto",
        ),
        key=day.name,
        role="group",
        aria_label=day.name,
        tab_index=-1,
        class_name="flex flex-wrap sm:flex-nowrap items-center sm:items-start gap-x-3 gap-y-1.5 py-2.5"
        " focus:outline-none",
    )


def _range(day: rx.Var[DayRow], span: rx.Var[RangeRow]) -> rx.Component:
    return rx.el.div(
        _clock(
            STARTS,
            value=span.starts,
            label=f"{day.name}{span.number}, from",
            on_change=lambda clock: HoursState.set_start(span.key, clock),
        ),
        rx.el.span("to", class_name="text-sm text-muted"),
        _clock(
            ENDS,
            value=span.ends,
            label=f"{day.name}{span.number}, to",
            on_change=lambda clock: HoursState.set_end(span.key, clock),
        ),
        icon_button(
            "x",
            label=f"Remove {day.name} {span.starts} to {span.ends}",
            on_click=HoursState.remove(span.key),
            custom_attrs={"data-leaves": ""},
        ),
        key=span.key,
        class_name="flex items-center gap-2",
    )


def _clock(
    options: list[tuple[str, str]], *, value: rx.Var[str], label: rx.Var[str], on_change: rx.event.EventType
) -> rx.Component:
    # Not bound to the State, so that a slow answer never takes back what was chosen.
    return rx.el.div(
        select_control(
            options,
            default_value=value,
            aria_label=label,
            on_change=on_change,
            class_name="tabular-nums pl-3! pr-8!",
        ),
        class_name="w-[6.25rem] max-sm:flex-1 max-sm:max-w-36",
    )


def _empty_week() -> rx.Component:
    empty = rx.Var.create(True)
    for place in range(len(WEEKDAYS)):
        empty &= HoursState.days[place].ranges.length() == 0
    return rx.cond(
        empty,
        empty_state(
            "No hours, so nobody can book you",
            "Add hours to a day above, or begin with mornings and evenings of a working week.",
            icon="clock",
            action=button("Fill in usual hours", on_click=HoursState.begin_with_usual),
        ),
    )


def _save_bar() -> rx.Component:
    return rx.fragment(
        rx.el.div(message_notice(HoursState.refusal), class_name="has-[>:empty]:absolute"),
        rx.cond(
            HoursState.dirty,
            save_bar(
                button("Discard", kind="quiet", on_click=HoursState.discard),
                button("Save hours", kind="primary", on_click=HoursState.save, busy=HoursState.saving),
                label="Weekly hours: changes",
            ),
        ),
    )


def _copy_dialog() -> rx.Component:
    form = rx.el.form(
        rx.el.input(type="hidden", name="source"),
        rx.el.p(
            "The hours of ",
            rx.el.output(name="copied", class_name="font-semibold"),
            " take the place of what is there.",
            class_name="text-muted",
        ),
        rx.el.fieldset(
            rx.el.legend("Copy to", class_name="label"),
            *[_target(weekday, name) for weekday, name in enumerate(WEEKDAYS)],
            class_name="flex flex-col gap-1",
        ),
        dialog_actions(cancel_button(COPY), button("Copy", kind="primary", type="submit")),
        on_submit=HoursState.copy,
        class_name="group flex flex-col gap-5",
    )
    return dialog(form, id=COPY, title="Copy hours", narrow=True, close_on=HoursState.copied)


def _target(weekday: int, name: str) -> rx.Component:
    return rx.el.div(
        check_field(name, name=f"day-{weekday}", id=f"copy-day-{weekday}"),
        # A day is not copied to itself.
        class_name=f"group-has-[[name=source][value='{weekday}']]:hidden",
    )


def _name_dialog() -> rx.Component:
    form = rx.el.form(
        rx.el.input(type="hidden", name="schedule", custom_attrs={"data-identity": ""}),
        text_field(
            "Name",
            name="name",
            id="hours-name-field",
            placeholder="Weekend mornings",
            max_length=LONGEST_NAME,
            auto_complete="off",
            hint=rx.el.span(
                "They begin with the hours on the screen. Offerings follow them once you choose them there.",
                class_name="for-new",
            ),
            error=HoursState.name_error,
        ),
        dialog_actions(
            cancel_button(NAME),
            button(
                rx.el.span("Add hours", class_name="for-new"),
                rx.el.span("Rename", class_name="for-old"),
                kind="primary",
                type="submit",
            ),
        ),
        on_submit=HoursState.name_set,
        no_validate=True,
        class_name="flex flex-col gap-5",
    )
    title = rx.fragment(
        rx.el.span("Hours for some offerings", class_name="for-new"),
        rx.el.span("Rename hours", class_name="for-old"),
    )
    return dialog(form, id=NAME, title=title, narrow=True, close_on=HoursState.named)
