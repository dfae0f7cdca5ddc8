"""The dialogs that change a session: moving it, cancelling it, proposing other times and declining them."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions
from mentor_ui.components.fields import text_area
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import shown
from mentor_ui.components.week_pager import week_pager, week_title
from mentor_ui.pages.mentorship.session_asking import asking_dialog, problem_with
from mentor_ui.pages.mentorship.session_changes_state import SessionChangesState as State
from mentor_ui.pages.mentorship.session_state import MentorshipSessionState
from mentor_ui.pages.mentorship.session_times import DayToChoose, TimeToChoose
from mentor_ui.services.changes import LONGEST_REASON
from mentor_ui.services.time_proposals import LONGEST_MESSAGE, MOST_TIMES

MOVE_DIALOG = "reschedule"
CANCEL_DIALOG = "cancel-session"
PROPOSE_DIALOG = "propose-times"
DECLINE_DIALOG = "decline-times"


def move_dialog() -> rx.Component:
    """Let the student choose another time."""
    choices = MentorshipSessionState.choices
    return dialog(
        rx.el.p(choices.moving, " Nothing is charged for it, and your link stays the same."),
        _times(),
        problem_with("move"),
        dialog_actions(
            cancel_button(MOVE_DIALOG, "Keep the time"),
            button(
                rx.cond(
                    State.chosen_words.length() > 0,
                    rx.el.span("Move to ", State.chosen_words[0]),
                    "Choose a time",
                ),
                kind="primary",
                busy=State.busy == "move",
                disabled=State.chosen.length() == 0,
                on_click=State.move,
            ),
        ),
        id=MOVE_DIALOG,
        title="Move the session",
        close_on=State.done,
    )


def propose_dialog() -> rx.Component:
    """Let the tutor choose other times and say why."""
    choices = MentorshipSessionState.choices
    return asking_dialog(
        rx.el.p(
            f"Choose up to {MOST_TIMES} times. {choices.other} picks one",
            rx.cond(choices.paid, ", or gets a full refund.", ", and can pay for it then."),
            " Nothing is kept free for it meanwhile.",
        ),
        _times(),
        shown(
            State.chosen_words.length() > 0,
            rx.el.p(
                "Chosen: ",
                rx.el.span(State.chosen_words.join(" · "), class_name="font-semibold tabular-nums"),
            ),
        ),
        asks=text_area(
            "Message",
            name="message",
            id="propose-message",
            rows=2,
            optional=True,
            max_length=LONGEST_MESSAGE,
        ),
        what="propose",
        on_submit=State.propose,
        keep="Not now",
        confirm="Propose these times",
        unready=State.chosen.length() == 0,
        id=PROPOSE_DIALOG,
        title="Propose other times",
    )


def cancel_dialog() -> rx.Component:
    """Say what cancelling means at this moment, and do it."""
    choices = MentorshipSessionState.choices
    return asking_dialog(
        rx.cond(
            State.consequence.length() > 0,
            rx.el.div(
                rx.foreach(
                    State.consequence,
                    lambda line, place: rx.el.p(
                        line, class_name=rx.cond(place == 0, "font-semibold", "text-sm text-muted")
                    ),
                ),
                role="status",
                class_name="flex flex-col gap-2",
            ),
            loading(skeleton("h-5 w-4/5"), skeleton("h-4 w-3/5"), class_name="flex flex-col gap-2"),
        ),
        asks=rx.fragment(
            text_area(
                "Reason",
                name="reason",
                id="cancel-reason",
                rows=2,
                optional=True,
                max_length=LONGEST_REASON,
                hint=f"{choices.other} reads it.",
            ),
            rx.el.input(type="hidden", name="refund_seen", value=State.refund_seen.to_string()),
        ),
        what="cancel",
        on_submit=State.cancel,
        keep="Keep the session",
        confirm="Cancel the session",
        kind="stop",
        unready=State.consequence.length() == 0,
        id=CANCEL_DIALOG,
        title="Cancel this session?",
        narrow=True,
    )


def decline_dialog() -> rx.Component:
    """Say what it means that none of the proposed times suits, and do it."""
    choices = MentorshipSessionState.choices
    return dialog(
        rx.el.p(
            rx.cond(
                choices.paid,
                f"The session is cancelled, and you get {choices.in_full} back in full.",
                f"Your request stays as it is, and {choices.other} hears that none of these times suits you.",
            )
        ),
        problem_with("answer"),
        dialog_actions(
            cancel_button(DECLINE_DIALOG, "Look at the times again"),
            button(
                rx.cond(choices.paid, "Cancel and get it back", "None of these suits me"),
                kind="stop",
                busy=State.busy == "answer",
                on_click=State.decline,
            ),
        ),
        id=DECLINE_DIALOG,
        title=rx.cond(choices.paid, "Get a full refund?", "None of these times?"),
        narrow=True,
        close_on=State.done,
    )


def _times() -> rx.Component:
    times = State.times
    return rx.el.div(
        rx.el.div(
            week_pager(
                week_title(times.title),
                on_earlier=State.turn(-1),
                on_later=State.turn(1),
                at_start=times.number <= 0,
                at_end=rx.cond(times.has_later, False, True),
            ),
            rx.el.span("Times in ", times.zone, class_name="text-sm text-muted ml-auto"),
            class_name="flex flex-wrap items-center gap-2",
        ),
        problem_with("times"),
        rx.cond(
            times.title == "",
            loading(skeleton("h-[180px] rounded-card")),
            rx.cond(
                times.days.length() > 0,
                rx.el.div(
                    rx.foreach(times.days, _day),
                    class_name="flex flex-col gap-4 max-h-[40dvh] overflow-auto overscroll-contain p-1 -m-1",
                    tab_index=0,
                    role="group",
                    aria_label="Free times",
                ),
                rx.el.p(
                    rx.cond(
                        times.none_at_all, "There is no other free time.", "Nothing is free in these days."
                    ),
                    class_name="text-muted",
                ),
            ),
        ),
        class_name="flex flex-col gap-4",
    )


def _day(day: rx.Var[DayToChoose]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(day.name, id=day.key, class_name="font-sans! text-sm! font-semibold"),
        rx.el.div(
            rx.foreach(day.times, lambda time: _time(time, day.key)),
            class_name="grid grid-cols-4 sm:grid-cols-6 gap-2",
        ),
        class_name="flex flex-col gap-2",
        key=day.key,
    )


def _time(time: rx.Var[TimeToChoose], day_key: rx.Var[str]) -> rx.Component:
    chosen = State.chosen.contains(time.start)
    look = "btn btn-sm tabular-nums px-1!"
    return rx.el.button(
        time.label,
        type="button",
        on_click=State.pick(time.start),
        aria_pressed=chosen,
        aria_describedby=day_key,
        class_name=rx.cond(chosen, f"{look} btn-primary", f"{look} btn-secondary"),
        key=time.start,
    )
