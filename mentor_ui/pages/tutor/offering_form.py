"""The dialogs about one offering: creating or changing it, and deleting it.

Both are filled in the browser by the button that opens them, so that neither waits for the server.
"""

from datetime import timedelta

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions
from mentor_ui.components.fields import money_field, select_field, switch_field, text_area, text_field
from mentor_ui.components.icons import icon
from mentor_ui.components.links import text_link
from mentor_ui.components.notices import message_notice
from mentor_ui.components.price_parts import price_parts
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.domain.slots import DURATIONS_MINUTES
from mentor_ui.pages.tutor.availability_choices import buffer_options, notice_options
from mentor_ui.pages.tutor.schedule_state import ScheduleState
from mentor_ui.services.offering_drafts import LONGEST_DESCRIPTION, LONGEST_TITLE
from mentor_ui.services.requests import ANSWER_TIME

FORM = "offering-form"
QUESTION = "offering-delete"
PRICE_PARTS = "price-parts"
ANSWER_HOURS = ANSWER_TIME // timedelta(hours=1)
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
                bearer=ScheduleState.bearer,
                parts=PRICE_PARTS,
                hint="What one session costs.",
                error=errors.price,
            ),
            class_name="grid gap-5 sm:grid-cols-2 items-start",
        ),
        price_parts(id=PRICE_PARTS, fee_note=ScheduleState.fee_note),
        _times_and_booking(),
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


def _times_and_booking() -> rx.Component:
    errors = ScheduleState.errors
    yours = ("", "Your rule")
    return rx.el.details(
        rx.el.summary(
            icon("chevron-right", size=16, class_name="text-muted group-open:rotate-90"),
            rx.el.span(
                rx.el.span("Times and booking", class_name="font-semibold"),
                " ",
                rx.el.span("your usual rules, unless you change them", class_name="text-sm text-muted"),
            ),
            class_name="flex items-center gap-2 min-h-8 list-none [&::-webkit-details-marker]:hidden",
        ),
        rx.el.div(
            select_field(
                "How it is booked",
                [
                    (BookingMode.INSTANT.value, "Book at once"),
                    (BookingMode.REQUEST.value, "Ask first"),
                    (BookingMode.EITHER.value, "Student chooses"),
                ],
                name="booking_mode",
                hint=f"When asked first, you have {ANSWER_HOURS} hours to answer.",
                error=errors.booking_mode,
            ),
            select_field(
                "Hours",
                ScheduleState.hours,
                name="schedule",
                hint=rx.fragment("Set on ", text_link("Availability", to="/tutor/availability"), "."),
                error=errors.schedule,
            ),
            rx.el.div(
                select_field(
                    "Shortest notice", [yours, *notice_options()], name="notice", error=errors.notice
                ),
                class_name="sm:col-span-2",
            ),
            select_field(
                "Break before",
                [yours, *buffer_options()],
                name="buffer_before",
                error=errors.buffer_before,
            ),
            select_field(
                "Break after", [yours, *buffer_options()], name="buffer_after", error=errors.buffer_after
            ),
            class_name="grid gap-5 sm:grid-cols-2 items-start pt-4",
        ),
        open=_wrong_inside(),
        class_name="group border-y py-3",
    )


def _wrong_inside() -> rx.Var[bool]:
    errors = ScheduleState.errors
    inside = (errors.booking_mode, errors.schedule, errors.notice, errors.buffer_before, errors.buffer_after)
    wrong = inside[0] != ""
    for error in inside[1:]:
        wrong |= error != ""
    return wrong


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
