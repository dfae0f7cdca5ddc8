"""The requests that wait for a tutor's answer, and the dialogs in which they are answered."""

from typing import Any

import reflex as rx

from mentor_ui.components.avatars import avatar
from mentor_ui.components.buttons import button
from mentor_ui.components.countdowns import countdown
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.fields import described, field, text_area
from mentor_ui.components.links import link
from mentor_ui.components.local_time import local_time
from mentor_ui.components.notices import message_notice, notice
from mentor_ui.components.session_row import figure
from mentor_ui.components.values import shown
from mentor_ui.pages.tutor.sessions_shown import AskedSession
from mentor_ui.pages.tutor.sessions_state import TIME_FIELDS
from mentor_ui.pages.tutor.sessions_state import TutorSessionsState as State
from mentor_ui.services.requests import LONGEST_REASON, PAY_TIME
from mentor_ui.services.time_proposals import LONGEST_MESSAGE

DECLINE = "decline-request"
PROPOSE = "propose-times"
SILENT = "has-[>:empty]:-mt-5"
PAY_HOURS = int(PAY_TIME.total_seconds()) // 3600
_LABELS = ("First time", "Second time", "Third time")


def approvals(more: rx.Component) -> rx.Component:
    """Show the requests, each with what the tutor needs to know.

    Args:
        more: What stands at the list's end.
    """
    return rx.el.div(
        # A request that is over by now leaves the list, but not what became of the answer.
        rx.el.div(message_notice(rx.cond(State.refused == "", State.refusal, ""), tone="warning")),
        rx.cond(
            State.approvals,
            rx.el.div(
                rx.el.div(rx.foreach(State.approvals, _request), class_name="flex flex-col gap-3"),
                rx.el.p(
                    "A yes keeps the time for the student, who then has up to "
                    f"{PAY_HOURS} hours to pay. You hear from us either way.",
                    class_name="text-sm text-muted",
                ),
                more,
                class_name="flex flex-col gap-3",
            ),
            empty_state(
                "Nothing waits for your answer",
                "A student who asks for a time first appears here.",
                icon="inbox",
            ),
        ),
        class_name="flex flex-col [&>:not(:empty)+*]:mt-3",
    )


def decline_dialog() -> rx.Component:
    """Make the dialog in which a request is declined."""
    form = rx.el.form(
        _booking(),
        text_area(
            "Reason",
            name="reason",
            max_length=LONGEST_REASON,
            placeholder="I travel that week. Any morning after it suits me.",
            hint="The student reads it.",
            error=State.reason_problem,
        ),
        rx.el.div(message_notice(State.refusal, tone="warning"), class_name=SILENT),
        dialog_actions(
            cancel_button(DECLINE, "Keep it"),
            button("Decline", kind="stop", type="submit", busy=State.busy != ""),
        ),
        on_submit=State.decline,
        no_validate=True,
        class_name="flex flex-col gap-5",
    )
    return dialog(form, id=DECLINE, title="Decline this request?", narrow=True, close_on=State.answered)


def propose_dialog() -> rx.Component:
    """Make the dialog in which other times are proposed."""
    form = rx.el.form(
        _booking(),
        rx.el.fieldset(
            rx.el.legend(
                rx.el.span("Times in ", State.zone, ", on the quarter hour"), class_name="text-sm text-muted"
            ),
            rx.el.div(
                *[
                    _time(name, label, optional=place > 0)
                    for place, (name, label) in enumerate(zip(TIME_FIELDS, _LABELS, strict=True))
                ],
                class_name="mt-3 flex flex-col gap-4",
            ),
        ),
        text_area("Message", name="message", rows=3, optional=True, max_length=LONGEST_MESSAGE),
        rx.el.div(message_notice(State.refusal, tone="warning"), class_name=SILENT),
        dialog_actions(
            cancel_button(PROPOSE),
            button("Propose these times", kind="primary", type="submit", busy=State.busy != ""),
        ),
        on_submit=State.propose,
        no_validate=True,
        class_name="flex flex-col gap-5",
    )
    return dialog(form, id=PROPOSE, title="Propose other times", sheet=True, close_on=State.answered)


def _booking() -> rx.Component:
    return rx.fragment(
        # Without a value here, so that React leaves alone what the browser fills in.
        rx.el.input(type="hidden", name="booking", custom_attrs={"data-identity": ""}),
        rx.el.p(rx.el.output(name="asked"), class_name="font-semibold"),
    )


def _time(name: str, label: str, *, optional: bool) -> rx.Component:
    field_id = f"propose-{name}"
    error: Any = State.times_problem if not optional else ""
    control = rx.el.input(
        type="datetime-local",
        name=name,
        step="900",
        required=not optional,
        class_name="input",
        **described(field_id, error),
    )
    return field(label, control, id=field_id, error=error, optional=optional)


def _request(asked: rx.Var[AskedSession]) -> rx.Component:
    session = asked.session
    return rx.el.article(
        rx.el.div(
            avatar(initials=session.initials, hue=session.hue, picture=session.picture),
            rx.el.div(
                rx.el.h2(
                    link(session.title, to=f"/mentorship/session/{session.id}", class_name="hover:underline"),
                    class_name="title",
                ),
                rx.el.div(
                    rx.el.span(session.student),
                    local_time(session.when, at=session.starts_at),
                    rx.cond(session.course, rx.el.span(session.course)),
                    class_name="mt-0.5 flex flex-wrap gap-x-4 gap-y-0.5 text-sm text-muted wrap-anywhere",
                ),
                class_name="min-w-0 flex-1 basis-52",
            ),
            figure("You receive", session.received),
            class_name="flex flex-wrap items-start gap-3",
        ),
        shown(
            asked.message,
            rx.el.blockquote(asked.message, class_name="border-l-2 pl-3 whitespace-pre-line wrap-anywhere"),
        ),
        _record(asked),
        rx.el.p(
            "Answer before ",
            asked.until_words,
            ", ",
            rx.el.strong(countdown(until=asked.until, words=True, on_elapsed=State.refresh)),
            ".",
            class_name="text-sm text-muted",
        ),
        shown(
            asked.proposed,
            rx.el.p("You proposed: ", asked.proposed, class_name="text-sm"),
        ),
        shown(asked.over_limit, notice(asked.over_limit, tone="warning")),
        rx.el.div(
            rx.cond(State.refused == session.id, notice(State.refusal, tone="warning")),
            role="status",
            class_name="empty:hidden",
        ),
        rx.el.div(
            button(
                "Approve",
                kind="primary",
                size="sm",
                busy=State.busy == session.id,
                disabled=State.busy != "",
                on_click=State.approve(session.id),
            ),
            dialog_button(
                "Decline",
                dialog=DECLINE,
                size="sm",
                fill=asked.fill,
                on_click=State.begin_answer,
            ),
            dialog_button(
                "Propose other times",
                dialog=PROPOSE,
                size="sm",
                fill=asked.fill,
                on_click=State.begin_answer,
            ),
            class_name="flex flex-wrap gap-2",
        ),
        key=session.id,
        class_name="card flex flex-col gap-3 px-[18px] py-4",
    )


def _record(asked: rx.Var[AskedSession]) -> rx.Component:
    return rx.el.ul(
        rx.el.li(asked.held, class_name="badge"),
        rx.foreach(asked.courses, lambda course: rx.el.li(course, class_name="badge", key=course)),
        aria_label="Course history",
        class_name="flex flex-wrap gap-1.5",
    )
