"""Dialogs: the browser's own, opened and closed without asking the server.

A button opens one by naming it (`dialog_button`, or `opens(id)` among the attributes of any `rx.el.button`).
Esc, a press beside it and its cross close it, and focus returns to the button. The server closes or opens one
by changing the number given as `close_on` or `open_on`.
"""

from typing import Any

import reflex as rx

from mentor_ui.components.buttons import Kind, Size, button, button_classes, icon_button
from mentor_ui.components.icons import icon as draw_icon
from mentor_ui.components.values import Child, Flag, Handler, Number, Text, shown


def opens(dialog: Text, *, fill: Text | None = None) -> dict[str, Any]:
    """Make a button open a dialog.

    Args:
        dialog: The dialog's id.
        fill: JSON of an object: what the fields of the dialog's form begin with, by name; `output` elements
            show theirs. Opened once more with the same, the form keeps what was typed, unless it was
            cancelled. With an `owner` among them, that person finds it in this tab even after the page was
            left; `mark` may differ then.

    Returns:
        Value for the button's `custom_attrs`.
    """
    attributes: dict[str, Any] = {"command": "show-modal", "commandfor": dialog, "aria-haspopup": "dialog"}
    return attributes if fill is None else {**attributes, "data-fill": fill}


def refills(dialog: Text, fill: Text) -> dict[str, Any]:
    """Make a button within a dialog begin its form with something else.

    Args:
        dialog: The dialog's id.
        fill: See `opens`.

    Returns:
        Value for the button's `custom_attrs`.
    """
    return {"command": "show-modal", "commandfor": dialog, "data-fill": fill}


def closes(dialog: Text) -> dict[str, Any]:
    """Make a button close a dialog.

    Args:
        dialog: The dialog's id.

    Returns:
        Value for the button's `custom_attrs`.
    """
    return {"command": "close", "commandfor": dialog}


def dialog_button(
    *children: Child,
    dialog: Text,
    kind: Kind = "secondary",
    size: Size = "md",
    icon: str = "",
    class_name: str = "",
    fill: Text | None = None,
    disabled: Flag = False,
    on_click: Handler | None = None,
) -> rx.Component:
    """Make a button that opens a dialog.

    Args:
        *children: Its words.
        dialog: The dialog's id.
        kind: See `buttons.button_classes`.
        size: See `buttons.button_classes`.
        icon: Icon before the words.
        class_name: More classes.
        fill: See `opens`.
        disabled: Cannot be pressed, such as while `fill` is not known yet.
        on_click: What else it does, such as loading what the dialog shows.

    Returns:
        A `button` element.
    """
    events = {} if on_click is None else {"on_click": on_click}
    if isinstance(disabled, rx.Var) or disabled:
        events["disabled"] = disabled
    return rx.el.button(
        *([draw_icon(icon)] if icon else []),
        *children,
        type="button",
        class_name=f"{button_classes(kind, size)} {class_name}".strip(),
        custom_attrs=opens(dialog, fill=fill),
        **events,
    )


def dialog(
    *children: Child,
    id: Text,  # noqa: A002 - the attribute's name
    title: Child,
    footer: Child | None = None,
    sheet: bool = False,
    narrow: bool = False,
    open_on: Number | None = None,
    close_on: Number | None = None,
    refill: Text | None = None,
) -> rx.Component:
    """Make a dialog.

    Args:
        *children: What it holds; a form's own buttons belong in the form.
        id: Unique on the page.
        title: Its heading and accessible name.
        footer: What stands at its end.
        sheet: On a phone it comes up from the lower edge.
        narrow: For a question.
        open_on: A State's number; each change opens it.
        close_on: A State's number; each change closes it.
        refill: A State's `fill` (see `opens`); each change begins the form with it, such as after a save.

    Returns:
        A `dialog` element, closed.
    """
    attributes: dict[str, Any] = {"data-light": "", "aria-labelledby": f"{id}-title"}
    if open_on is not None:
        attributes["data-open-on"] = open_on
    if close_on is not None:
        attributes["data-close-on"] = close_on
    if refill is not None:
        attributes["data-refill"] = refill
    return rx.el.dialog(
        rx.el.div(
            rx.el.h2(title, id=f"{id}-title", class_name="pr-10"),
            *children,
            *([footer] if footer is not None else []),
            # Last in order, so that the first field has the focus.
            icon_button(
                "x", label="Close", size="sm", class_name="absolute! top-5 right-5", custom_attrs=closes(id)
            ),
            class_name="relative flex flex-col gap-5 p-6",
        ),
        id=id,
        class_name=f"{'sheet' if sheet else 'dialog'}{' dialog-narrow' if narrow else ''}",
        custom_attrs=attributes,
    )


def dialog_actions(*children: Child, start: Child | None = None) -> rx.Component:
    """Lay out the buttons at a dialog's end.

    Args:
        *children: Buttons, the main one last.
        start: What stands at the left, such as a switch.

    Returns:
        A `div` element.
    """
    return rx.el.div(
        *([start] if start is not None else []),
        rx.el.div(
            *children, class_name="flex flex-wrap justify-end gap-3 ml-auto max-sm:w-full max-sm:*:grow"
        ),
        class_name="flex flex-wrap items-center gap-3",
    )


def cancel_button(dialog: Text, label: str = "Cancel", *, class_name: str = "") -> rx.Component:
    """Make the button that closes a dialog and changes nothing.

    Args:
        dialog: The dialog's id.
        label: Its words.
        class_name: More classes.

    Returns:
        A `button` element.
    """
    return button(label, class_name=class_name, custom_attrs={**closes(dialog), "data-discard": ""})


def confirm_dialog(
    *,
    id: Text,  # noqa: A002 - the attribute's name
    title: Child,
    body: Child,
    confirm: Child,
    on_confirm: Handler,
    keep: str = "Keep it",
    danger: bool = True,
    busy: Flag = False,
    error: Text = "",
    close_on: Number | None = None,
) -> rx.Component:
    """Ask before something that cannot be undone.

    Args:
        id: Unique on the page.
        title: The question.
        body: What will happen.
        confirm: The button that does it.
        on_confirm: What it does.
        keep: The button that does not.
        danger: It destroys something.
        busy: It is being done.
        error: Why it could not be done.
        close_on: A State's number; without one the dialog closes as soon as it is confirmed.

    Returns:
        A `dialog` element, closed.
    """
    at_once = {"custom_attrs": closes(id)} if close_on is None else {}
    return dialog(
        rx.el.div(body, class_name="text-muted"),
        rx.el.div(
            shown(error, rx.el.p(error, class_name="text-sm text-danger")),
            aria_live="assertive",
            class_name="empty:hidden",
        ),
        dialog_actions(
            cancel_button(id, keep),
            button(confirm, kind="stop" if danger else "primary", busy=busy, on_click=on_confirm, **at_once),
        ),
        id=id,
        title=title,
        narrow=True,
        close_on=close_on,
    )
