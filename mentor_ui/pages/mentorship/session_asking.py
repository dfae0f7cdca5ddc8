"""What the dialogs of a session's page have in common: a field, a problem beside it, and two buttons."""

import reflex as rx

from mentor_ui.components.buttons import Kind, button
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions
from mentor_ui.components.notices import notice
from mentor_ui.components.values import Child, Flag, Handler
from mentor_ui.pages.mentorship.session_changes_state import SessionChangesState as State


def asking_dialog(
    *before: Child,
    asks: Child,
    what: str,
    on_submit: Handler,
    keep: str,
    confirm: Child,
    kind: Kind = "primary",
    unready: Flag = False,
    id: str,  # noqa: A002 - the attribute's name
    title: Child,
    narrow: bool = False,
) -> rx.Component:
    """Make a dialog that does one thing to the session, with some words from the reader.

    Args:
        *before: What stands above the field.
        asks: The field.
        what: What is done, as `State.busy` and `State.problem_of` name it.
        on_submit: Does it, with the form.
        keep: The button that does not.
        confirm: The button that does.
        kind: Of that button.
        unready: It cannot be done yet.
        id: Unique on the page.
        title: Its heading.
        narrow: For a question.
    """
    return dialog(
        *before,
        rx.el.form(
            asks,
            problem_with(what),
            dialog_actions(
                cancel_button(id, keep),
                button(confirm, type="submit", kind=kind, busy=State.busy == what, disabled=unready),
            ),
            on_submit=on_submit,
            class_name="flex flex-col gap-4",
        ),
        id=id,
        title=title,
        narrow=narrow,
        close_on=State.done,
    )


def problem_with(what: str) -> Child:
    """Say why something could not be done, beside it.

    Args:
        what: As `State.problem_of` names it.
    """
    said = (State.problem_of == what) & (State.problem != "")
    return rx.el.div(
        rx.cond(said, notice(State.problem, tone="warning")), role="status", class_name="empty:absolute"
    )
