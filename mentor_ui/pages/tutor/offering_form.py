"""The dialogs about one offering: creating or changing it, and deleting it.

Both are filled in the browser by the button that opens them, so that neither waits for the server.
"""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions
from mentor_ui.components.fields import money_field, select_field, switch_field, text_area, text_field
from mentor_ui.components.notices import message_notice
from mentor_ui.domain.slots import DURATIONS_MINUTES
from mentor_ui.pages.tutor.schedule_state import ScheduleState
from mentor_ui.services.offering_drafts import LONGEST_DESCRIPTION, LONGEST_TITLE

FORM = "offering-form"
QUESTION = "offering-delete"
SILENT = "has-[>:empty]:-mt-5"


def offering_form() -> rx.Component:
    """Make the dialog in which an offering is created or changed."""
    errors = ScheduleState.errors
    fields = rx.el.form(
        _hidden("offering", identity=True),
        _hidden("mark"),
        text_field(
            "Title",
            name="title",
            max_length=LONGEST_TITLE,
            auto_complete="off",
            placeholder="React Mastery 1:1",
            error=errors.title,
        ),
        select_field(
            "Course",
            ScheduleState.courses,
            name="course",
            optional=True,
            notes=ScheduleState.course_notes,
            error=errors.course,
        ),
        text_area(
            "Description",
            name="description",
            optional=True,
            max_length=LONGEST_DESCRIPTION,
            placeholder="What you will cover, and what the student goes home with",
            error=errors.description,
        ),
        rx.el.div(
            select_field(
                "Duration",
                [(str(minutes), f"{minutes} minutes") for minutes in DURATIONS_MINUTES],
                name="duration",
                default_value="60",
                error=errors.duration,
            ),
            money_field(
                "Price",
                name="price",
                placeholder="5,000",
                share_percent=ScheduleState.share,
                hint="What one session costs.",
                error=errors.price,
            ),
            class_name="grid gap-5 sm:grid-cols-2 items-start",
        ),
        # A live region has to be there before it speaks; while it is silent it takes no room.
        rx.el.div(message_notice(errors.whole), class_name=SILENT),
        dialog_actions(
            cancel_button(FORM),
            button(
                rx.el.span("Create offering", class_name="for-new"),
                rx.el.span("Save changes", class_name="for-old"),
                kind="primary",
                type="submit",
                busy=ScheduleState.saving,
            ),
            start=switch_field(
                rx.fragment(
                    rx.el.span("Publish now", class_name="for-new"),
                    rx.el.span("Live for students", class_name="for-old"),
                ),
                name="published",
                default_checked=True,
            ),
        ),
        on_submit=ScheduleState.save,
        no_validate=True,
        class_name="flex flex-col gap-5",
    )
    title = rx.fragment(
        rx.el.span("New offering", class_name="for-new"), rx.el.span("Edit offering", class_name="for-old")
    )
    return dialog(fields, id=FORM, title=title, sheet=True, close_on=ScheduleState.saved)


def delete_question() -> rx.Component:
    """Make the dialog that asks before an offering is deleted, and offers to hide it when it cannot be."""
    form = rx.el.form(
        _hidden("offering"),
        # An input and not only an output: the announcement afterwards names what was deleted.
        _hidden("title"),
        rx.el.div(
            rx.el.p(rx.el.output(name="named"), class_name="font-semibold"),
            rx.cond(
                ScheduleState.refusal,
                rx.fragment(),
                rx.el.p("Students will no longer find it. Past sessions and your earnings stay."),
            ),
            class_name="flex flex-col gap-1",
        ),
        rx.el.div(message_notice(ScheduleState.refusal, tone="warning"), class_name=SILENT),
        dialog_actions(
            cancel_button(QUESTION, "Keep it"),
            rx.cond(
                ScheduleState.refusal,
                rx.cond(
                    ScheduleState.refused_id,
                    button("Hide it instead", kind="primary", on_click=ScheduleState.hide_refused),
                ),
                button("Delete", kind="stop", type="submit", busy=ScheduleState.deleting),
            ),
        ),
        on_submit=ScheduleState.delete,
        class_name="flex flex-col gap-5",
    )
    return dialog(
        form, id=QUESTION, title="Delete this offering?", narrow=True, close_on=ScheduleState.deleted
    )


def _hidden(name: str, *, identity: bool = False) -> rx.Component:
    # Without a value here, so that React leaves alone what the browser fills in.
    attributes = {"data-identity": ""} if identity else {}
    return rx.el.input(type="hidden", name=name, custom_attrs=attributes)
