"""What became of a session, on its page: the tutor's mark, and the student's objection."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.cards import section_card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import text_area
from mentor_ui.components.values import shown
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.pages.mentorship.session_asking import problem_with
from mentor_ui.pages.mentorship.session_changes_state import SessionChangesState as State
from mentor_ui.pages.mentorship.session_state import MentorshipSessionState
from mentor_ui.services.verdicts import LONGEST_REASON

CONTEST_DIALOG = "contest"


def session_verdict() -> rx.Component:
    """Show what the reader can say about how it went, with the dialog behind it."""
    choices = MentorshipSessionState.choices
    return rx.fragment(
        shown(choices.marking, _marking()),
        shown(choices.contesting, _contesting()),
        shown(choices.contesting, _contest_dialog()),
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
        problem_with("mark"),
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
                max_length=LONGEST_REASON,
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
