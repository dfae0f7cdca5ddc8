"""What can be done about a session before it begins, on its page, and what was done."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.cards import section_card
from mentor_ui.components.dialogs import dialog_button
from mentor_ui.components.notices import notice
from mentor_ui.components.values import shown
from mentor_ui.pages.mentorship.session_asking import problem_with
from mentor_ui.pages.mentorship.session_change_dialogs import (
    CANCEL_DIALOG,
    DECLINE_DIALOG,
    MOVE_DIALOG,
    PROPOSE_DIALOG,
    cancel_dialog,
    decline_dialog,
    move_dialog,
    propose_dialog,
)
from mentor_ui.pages.mentorship.session_changes_state import SessionChangesState as State
from mentor_ui.pages.mentorship.session_choices import ProposedTime
from mentor_ui.pages.mentorship.session_state import MentorshipSessionState


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
    """Show what the reader can do before the session, with the dialogs behind it."""
    choices = MentorshipSessionState.choices
    return rx.fragment(
        rx.cond(choices.can_change | choices.can_propose, _before()),
        rx.el.p(State.told, role="status", class_name="sr-only"),
        rx.cond(choices.can_move, move_dialog()),
        rx.cond(choices.can_propose, propose_dialog()),
        rx.cond(choices.can_change, cancel_dialog()),
        rx.cond(choices.proposed.length() > 0, decline_dialog()),
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
        problem_with("answer"),
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
