"""What can be done about a session, on its page: moving, cancelling, other times, and what became of it."""

import reflex as rx

from mentor_ui.components.buttons import button, icon_button
from mentor_ui.components.cards import section_card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import text_area
from mentor_ui.components.notices import notice
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import Child, shown
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.pages.mentorship.session_changes_state import SessionChangesState as State
from mentor_ui.pages.mentorship.session_choices import ProposedTime
from mentor_ui.pages.mentorship.session_state import MentorshipSessionState
from mentor_ui.pages.mentorship.session_times import DayToChoose, TimeToChoose
from mentor_ui.services.changes import LONGEST_REASON
from mentor_ui.services.time_proposals import LONGEST_MESSAGE, MOST_TIMES
from mentor_ui.services.verdicts import LONGEST_REASON as LONGEST_OBJECTION

MOVE_DIALOG = "reschedule"
CANCEL_DIALOG = "cancel-session"
PROPOSE_DIALOG = "propose-times"
DECLINE_DIALOG = "decline-times"
CONTEST_DIALOG = "contest"


def session_news() -> rx.Component:
    """Show what happened to the session and its money, and what waits for an answer."""
    choices = MentorshipSessionState.choices
    return rx.el.div(
        shown(
            choices.ended,
            notice(choices.ended, shown(choices.money, rx.el.p(choices.money)), tone="info"),
        ),
        rx.cond(
            (choices.ended == "") & (choices.money != ""), notice(choices.money, tone="info"), rx.fragment()
        ),
        shown(choices.verdict, notice(choices.verdict, tone="info")),
        rx.cond(choices.proposed.length() > 0, _proposed()),
        class_name="flex flex-col gap-3 empty:hidden",
    )


def session_changes() -> rx.Component:
    """Show what the reader can do, with the dialogs behind it."""
    choices = MentorshipSessionState.choices
    return rx.fragment(
        rx.cond(choices.can_change | choices.can_propose, _before()),
        shown(choices.marking, _marking()),
        shown(choices.contesting, _contesting()),
        rx.el.p(State.told, role="status", class_name="sr-only"),
        rx.cond(choices.can_move, _move_dialog()),
        rx.cond(choices.can_propose, _propose_dialog()),
        rx.cond(choices.can_change, _cancel_dialog()),
        rx.cond(choices.proposed.length() > 0, _decline_dialog()),
        shown(choices.contesting, _contest_dialog()),
    )


def _before() -> rx.Component:
    choices = MentorshipSessionState.choices
    return section_card(
        "If plans change",
        shown(choices.moving, rx.el.p(choices.moving)),
        shown(choices.policy, rx.el.p(choices.policy, class_name="text-sm text-muted")),
        rx.cond(
            choices.is_tutor & choices.can_change,
            rx.el.p(
                "Propose other times first: the student chooses one, or gets everything back. "
                "If you cancel, everything goes back at once.",
                class_name="text-sm text-muted",
            ),
        ),
        rx.el.div(
            rx.cond(
                choices.can_move,
                dialog_button("Reschedule", dialog=MOVE_DIALOG, icon="calendar", on_click=State.open_times),
            ),
            rx.cond(
                choices.can_propose,
                dialog_button(
                    "Propose other times", dialog=PROPOSE_DIALOG, icon="calendar", on_click=State.open_times
                ),
            ),
            rx.cond(
                choices.can_change,
                dialog_button(
                    "Cancel session", dialog=CANCEL_DIALOG, kind="danger", on_click=State.look_at_cancelling
                ),
            ),
            class_name="flex flex-wrap gap-x-1 gap-y-2",
        ),
        class_name="gap-3!",
    )


def _proposed() -> rx.Component:
    choices = MentorshipSessionState.choices
    return section_card(
        rx.cond(choices.is_tutor, "You proposed other times", f"{choices.other} proposes other times"),
        shown(
            choices.proposed_note,
            rx.el.blockquote(
                choices.proposed_note, class_name="border-l-2 pl-3 whitespace-pre-line wrap-anywhere"
            ),
        ),
        rx.el.ul(
            rx.foreach(choices.proposed, _proposed_time),
            class_name="flex flex-col gap-2",
        ),
        rx.el.p(
            rx.cond(
                choices.is_tutor,
                f"{choices.other} can choose until {choices.proposed_until}.",
                f"Choose one until {choices.proposed_until}.",
            ),
            rx.cond(
                choices.paid,
                " Without an answer the session stays where it is.",
                " Without an answer your request ends, and nothing is charged.",
            ),
            class_name="text-sm text-muted",
        ),
        _problem_with("answer"),
        rx.cond(
            choices.is_tutor,
            rx.fragment(),
            rx.el.div(
                dialog_button(
                    rx.cond(choices.paid, "Get a full refund", "None of these suits me"),
                    dialog=DECLINE_DIALOG,
                    kind="quiet",
                ),
                class_name="-ml-3",
            ),
        ),
        class_name="gap-3!",
    )


def _proposed_time(time: rx.Var[ProposedTime]) -> rx.Component:
    return rx.el.li(
        rx.el.span(time.when, class_name="font-semibold tabular-nums"),
        rx.cond(
            MentorshipSessionState.choices.is_tutor,
            rx.fragment(),
            button(
                "Choose",
                rx.el.span(" ", time.when, class_name="sr-only"),
                size="sm",
                busy=State.busy == "answer",
                on_click=State.accept(time.id),
            ),
        ),
        class_name="flex flex-wrap items-center justify-between gap-x-4 gap-y-2",
        key=time.id,
    )


def _move_dialog() -> rx.Component:
    choices = MentorshipSessionState.choices
    return dialog(
        rx.el.p(choices.moving, " Nothing is charged for it, and your link stays the same."),
        _times(),
        _problem_with("move"),
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


def _propose_dialog() -> rx.Component:
    choices = MentorshipSessionState.choices
    return dialog(
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
        rx.el.form(
            text_area(
                "Message",
                name="message",
                id="propose-message",
                rows=2,
                optional=True,
                max_length=LONGEST_MESSAGE,
            ),
            _problem_with("propose"),
            dialog_actions(
                cancel_button(PROPOSE_DIALOG, "Not now"),
                button(
                    "Propose these times",
                    type="submit",
                    kind="primary",
                    busy=State.busy == "propose",
                    disabled=State.chosen.length() == 0,
                ),
            ),
            on_submit=State.propose,
            class_name="flex flex-col gap-4",
        ),
        id=PROPOSE_DIALOG,
        title="Propose other times",
        close_on=State.done,
    )


def _cancel_dialog() -> rx.Component:
    choices = MentorshipSessionState.choices
    return dialog(
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
        rx.el.form(
            text_area(
                "Reason",
                name="reason",
                id="cancel-reason",
                rows=2,
                optional=True,
                max_length=LONGEST_REASON,
                hint=f"{choices.other} reads it.",
            ),
            _problem_with("cancel"),
            dialog_actions(
                cancel_button(CANCEL_DIALOG, "Keep the session"),
                button(
                    "Cancel the session",
                    type="submit",
                    kind="stop",
                    busy=State.busy == "cancel",
                    disabled=State.consequence.length() == 0,
                ),
            ),
            on_submit=State.cancel,
            class_name="flex flex-col gap-4",
        ),
        id=CANCEL_DIALOG,
        title="Cancel this session?",
        narrow=True,
        close_on=State.done,
    )


def _decline_dialog() -> rx.Component:
    choices = MentorshipSessionState.choices
    return dialog(
        rx.el.p(
            rx.cond(
                choices.paid,
                f"The session is cancelled, and you get {choices.in_full} back in full.",
                f"Your request stays as it is, and {choices.other} hears that none of these times suits you.",
            )
        ),
        _problem_with("answer"),
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


def _marking() -> rx.Component:
    choices = MentorshipSessionState.choices

    def mark(label: str, verdict: SessionStatus) -> rx.Component:
        def drawn(*, pressed: bool) -> rx.Component:
            return button(
                label,
                kind="primary" if pressed else "secondary",
                busy=State.busy == "mark",
                on_click=State.mark(verdict.value),
                aria_pressed=pressed,
            )

        return rx.cond(choices.marked == verdict.value, drawn(pressed=True), drawn(pressed=False))

    return section_card(
        "How did it go?",
        rx.el.p(
            rx.match(
                choices.marked,
                (SessionStatus.COMPLETED.value, "You said that it was held."),
                (SessionStatus.NO_SHOW.value, f"You said that {choices.other} did not come."),
                f"Say whether it was held, or whether {choices.other} did not come.",
            ),
            rx.cond(choices.marked, " You can think again until ", " You can do so until "),
            choices.marking,
            ".",
        ),
        _problem_with("mark"),
        rx.el.div(
            mark("Mark completed", SessionStatus.COMPLETED),
            mark("Mark no-show", SessionStatus.NO_SHOW),
            class_name="flex flex-wrap gap-3",
        ),
        class_name="gap-3!",
    )


def _contesting() -> rx.Component:
    choices = MentorshipSessionState.choices
    return section_card(
        rx.cond(
            choices.marked == SessionStatus.NO_SHOW.value,
            f"{choices.other} says that you did not come",
            "Did something go wrong?",
        ),
        rx.el.p(
            "If this session was not what it should have been, tell us what happened until ",
            choices.contesting,
            ". We look at it and tell you both.",
        ),
        rx.el.div(dialog_button("Tell us what happened", dialog=CONTEST_DIALOG)),
        class_name="gap-3!",
    )


def _contest_dialog() -> rx.Component:
    return dialog(
        rx.el.form(
            text_area(
                "What happened",
                name="reason",
                id="contest-reason",
                rows=4,
                max_length=LONGEST_OBJECTION,
                hint="Your tutor and the people who run the platform read it.",
                error=rx.cond(State.problem_of == "contest", State.problem, ""),
            ),
            dialog_actions(
                cancel_button(CONTEST_DIALOG, "Not now"),
                button("Send", type="submit", kind="primary", busy=State.busy == "contest"),
            ),
            on_submit=State.contest,
            class_name="flex flex-col gap-4",
        ),
        id=CONTEST_DIALOG,
        title="Tell us what happened",
        close_on=State.done,
    )


def _times() -> rx.Component:
    times = State.times
    return rx.el.div(
        rx.el.div(
            icon_button(
                "chevron-left",
                label="Earlier",
                size="sm",
                on_click=State.turn(-1),
                disabled=times.number <= 0,
                class_name="border-line!",
            ),
            rx.el.span(times.title, class_name="text-sm font-semibold tabular-nums text-center min-w-24"),
            icon_button(
                "chevron-right",
                label="Later",
                size="sm",
                on_click=State.turn(1),
                disabled=rx.cond(times.has_later, False, True),
                class_name="border-line!",
            ),
            rx.el.span("Times in ", times.zone, class_name="text-sm text-muted ml-auto"),
            class_name="flex flex-wrap items-center gap-2",
        ),
        _problem_with("times"),
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


def _problem_with(what: str) -> Child:
    said = (State.problem_of == what) & (State.problem != "")
    return rx.el.div(
        rx.cond(said, notice(State.problem, tone="warning")), role="status", class_name="empty:absolute"
    )
