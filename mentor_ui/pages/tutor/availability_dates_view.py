"""The list of dates on which weekly hours do not tell the truth, and the dialog that adds or changes one."""

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, icon_button
from mentor_ui.components.cards import section_card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button, opens
from mentor_ui.components.fields import check_field, select_field, text_field
from mentor_ui.components.notices import message_notice
from mentor_ui.domain.availability_rules import ExceptionKind
from mentor_ui.pages.tutor.availability_dates_state import DateRow, DatesState
from mentor_ui.pages.tutor.availability_hours_view import ENDS, STARTS
from mentor_ui.pages.tutor.outside_rows import outside_notice
from mentor_ui.services.availability_exceptions import LONGEST_NOTE

FORM = "date-form"


def dates_card() -> rx.Component:
    """Show the dates, and the dialog for another."""
    return rx.fragment(
        section_card(
            "Dates",
            rx.el.p(
                "Days on which your weekly hours do not hold: you are away, or open beyond them.",
                class_name="text-sm text-muted",
            ),
            rx.cond(
                DatesState.rows,
                rx.el.ul(rx.foreach(DatesState.rows, _row), class_name="flex flex-col divide-y divide-line"),
                rx.el.p("No dates. Your weekly hours hold every week.", class_name="text-muted"),
            ),
            action=dialog_button(
                "Add dates",
                dialog=FORM,
                size="sm",
                icon="plus",
                fill=DatesState.blank,
                disabled=DatesState.blank == "",
                on_click=DatesState.start_over(""),
            ),
        ),
        _dialog(),
    )


def _row(row: rx.Var[DateRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(row.away, badge("Away", tone="stop"), badge("Extra hours", tone="go")),
        rx.el.div(
            rx.el.p(
                rx.el.span(row.days, class_name="font-semibold"),
                ", ",
                rx.el.span(row.times, class_name="tabular-nums"),
            ),
            rx.el.p(row.note, class_name="text-sm text-muted empty:hidden"),
            class_name="flex-1 min-w-0",
        ),
        icon_button(
            "pencil",
            label=f"Edit {row.days}",
            size="sm",
            custom_attrs=opens(FORM, fill=row.fill),
            on_click=DatesState.start_over(row.id),
        ),
        icon_button(
            "trash",
            label=f"Remove {row.days}",
            size="sm",
            on_click=DatesState.remove(row.id),
        ),
        key=row.id,
        class_name="flex items-center gap-3 py-2.5",
    )


def _dialog() -> rx.Component:
    errors = DatesState.errors

    def considered(name: str) -> dict[str, rx.event.EventType]:
        return {"on_change": lambda value: DatesState.consider(name, value)}

    form = rx.el.form(
        # Without a value here, so that React leaves alone what the browser fills in.
        rx.el.input(type="hidden", name="exception", custom_attrs={"data-identity": ""}),
        select_field(
            "What happens",
            [(ExceptionKind.AWAY.value, "I am away"), (ExceptionKind.EXTRA.value, "I have extra hours")],
            name="kind",
            id="date-kind",
            error=errors.kind,
            **considered("kind"),
        ),
        rx.el.div(
            text_field(
                "First day",
                name="first_day",
                id="date-first",
                type="date",
                min=DatesState.today,
                error=errors.first_day,
                **considered("first_day"),
            ),
            text_field(
                "Last day",
                name="last_day",
                id="date-last",
                type="date",
                min=DatesState.today,
                optional=True,
                error=errors.last_day,
                **considered("last_day"),
            ),
            class_name="grid gap-5 sm:grid-cols-2 items-start",
        ),
        rx.el.div(
            check_field(
                "All day",
                name="whole_day",
                id="date-whole",
                default_checked=True,
                on_change=DatesState.consider_whole_day,
            ),
            rx.el.div(
                select_field(
                    "From",
                    STARTS,
                    name="starts",
                    id="date-starts",
                    default_value="09:00",
                    error=errors.starts,
                    **considered("starts"),
                ),
                select_field(
                    "To",
                    ENDS,
                    name="ends",
                    id="date-ends",
                    default_value="12:00",
                    error=errors.ends,
                    **considered("ends"),
                ),
                class_name="grid gap-5 grid-cols-2 items-start mt-3 group-has-[#date-whole:checked]:hidden",
            ),
            class_name="group",
        ),
        text_field(
            "Note",
            name="note",
            id="date-note",
            optional=True,
            max_length=LONGEST_NOTE,
            auto_complete="off",
            placeholder="Exams, wedding, conference",
            hint="Only you see it.",
            error=errors.note,
        ),
        outside_notice(DatesState.outside_sentence, DatesState.outside),
        rx.el.div(message_notice(errors.whole), class_name="has-[>:empty]:-mt-5"),
        dialog_actions(
            cancel_button(FORM),
            button(
                rx.el.span("Add", class_name="for-new"),
                rx.el.span("Save changes", class_name="for-old"),
                kind="primary",
                type="submit",
                busy=DatesState.saving,
            ),
        ),
        on_submit=DatesState.save,
        no_validate=True,
        class_name="flex flex-col gap-5",
    )
    title = rx.fragment(
        rx.el.span("Add dates", class_name="for-new"), rx.el.span("Edit dates", class_name="for-old")
    )
    return dialog(form, id=FORM, title=title, sheet=True, close_on=DatesState.saved)
