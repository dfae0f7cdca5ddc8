"""Form fields: a label, the control, a hint and what is wrong, each tied to the control for screen readers.

Controls keep what was typed because they are not bound to a State unless `value` is given; `default_value`
counts only when the control appears. Read them with the form's `on_submit`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.icons import icon
from mentor_ui.components.values import Child, Number, Text, shown


@dataclass(frozen=True)
class SelectOption:
    """One choice of a select: what is sent, and what is shown."""

    value: str
    label: str


def field(
    label: Text,
    control: rx.Component,
    *,
    id: str,  # noqa: A002 - the attribute's name
    hint: Child = "",
    error: Text = "",
    optional: bool = False,
) -> rx.Component:
    """Put a label, a hint and an error round a control made with `described`.

    Args:
        label: The control's name.
        control: The control; its id is `id`.
        id: Unique on the page.
        hint: What helps to fill it in.
        error: What is wrong with it, and how to mend that; empty when nothing is.
        optional: It may stay empty.

    Returns:
        A `div` element.
    """
    return rx.el.div(
        # Beside the label and not in it: the control is named by its label alone.
        rx.el.div(
            rx.el.label(label, html_for=id),
            *([rx.el.span("optional", class_name="ml-1.5 font-normal text-muted")] if optional else []),
            class_name="label",
        ),
        control,
        rx.el.p(
            hint, id=f"{id}-hint", class_name="mt-1.5 text-sm text-muted empty:hidden has-[>:empty]:mt-0"
        ),
        rx.el.div(
            shown(
                error,
                rx.el.p(
                    icon("circle-alert", size=15, class_name="mt-[3px]"),
                    rx.el.span(error),
                    class_name="mt-1.5 flex gap-1.5 text-sm text-danger",
                ),
            ),
            id=f"{id}-error",
            aria_live="polite",
        ),
        class_name="min-w-0",
    )


def described(id: str, error: Text) -> dict[str, Any]:  # noqa: A002
    """Tie a control to its hint and its error.

    Args:
        id: The control's id.
        error: As in `field`.

    Returns:
        Attributes for the control.
    """
    invalid: Any = rx.cond(error, "true", "false") if isinstance(error, rx.Var) else str(bool(error)).lower()
    return {"id": id, "aria_invalid": invalid, "aria_describedby": f"{id}-hint {id}-error"}


def text_field(
    label: Text,
    *,
    name: str,
    id: str = "",  # noqa: A002
    type: str = "text",  # noqa: A002
    hint: Child = "",
    error: Text = "",
    optional: bool = False,
    **props: Any,
) -> rx.Component:
    """Ask for one line.

    Args:
        label: The field's name.
        name: Key in the form's data.
        id: Unique on the page; `field-{name}` unless given.
        type: Kind of `input`.
        hint: See `field`.
        error: See `field`.
        optional: See `field`.
        **props: More attributes (`auto_complete`, `default_value`, `max_length`, `on_change`, ...).

    Returns:
        The field.
    """
    id = id or f"field-{name}"  # noqa: A001
    control = rx.el.input(
        name=name, type=type, required=not optional, class_name="input", **described(id, error), **props
    )
    return field(label, control, id=id, hint=hint, error=error, optional=optional)


def text_area(
    label: Text,
    *,
    name: str,
    id: str = "",  # noqa: A002
    rows: int = 4,
    hint: Child = "",
    error: Text = "",
    optional: bool = False,
    **props: Any,
) -> rx.Component:
    """Ask for several lines; what is typed outlives a reload (`kept_text`).

    Args:
        label: The field's name.
        name: Key in the form's data.
        id: Unique on the page; `field-{name}` unless given.
        rows: Height in lines.
        hint: See `field`.
        error: See `field`.
        optional: See `field`.
        **props: More attributes.

    Returns:
        The field.
    """
    id = id or f"field-{name}"  # noqa: A001
    control = rx.el.textarea(
        name=name, rows=str(rows), required=not optional, class_name="input", **described(id, error), **props
    )
    return kept_text(field(label, control, id=id, hint=hint, error=error, optional=optional))


class KeptText(BaseHTML):
    """The custom element `kept-text` of `web/client/drafts.js`."""

    tag = "KeptText"
    # Reflex makes identifiers of the tag, and an identifier cannot have the hyphen.
    alias = "kept-text"


def kept_text(field: rx.Component) -> rx.Component:
    """Keep what is typed into a field in this tab until its form is sent, or somebody signs in or out.

    Never for passwords or cards.

    Args:
        field: A field with a name, in a form.
    """
    return KeptText.create(field, class_name="contents")


def select_control(
    options: Sequence[tuple[str, str]] | rx.Var[list[SelectOption]], *, class_name: str = "", **props: Any
) -> rx.Component:
    """Make a native select without a label of its own; give it `id` or `aria_label`.

    Args:
        options: Pairs of value and label, or a Var of `SelectOption`.
        class_name: More classes.
        **props: More attributes (`value` or `default_value`, `on_change`, `name`, ...).

    Returns:
        The select with its arrow.
    """
    if isinstance(options, rx.Var):
        choices = [rx.foreach(options, lambda option: rx.el.option(option.label, value=option.value))]
    else:
        choices = [rx.el.option(label, value=value) for value, label in options]
    return rx.el.div(
        rx.el.select(*choices, class_name=f"input {class_name}".strip(), **props),
        icon(
            "chevron-down",
            size=16,
            class_name="absolute right-3 top-1/2 -translate-y-1/2 pointer-events-none",
        ),
        class_name="relative min-w-0",
    )


def select_field(
    label: Text,
    options: Sequence[tuple[str, str]] | rx.Var[list[SelectOption]],
    *,
    name: str,
    id: str = "",  # noqa: A002
    hint: Child = "",
    error: Text = "",
    optional: bool = False,
    notes: Text | None = None,
    **props: Any,
) -> rx.Component:
    """Ask for one of a list, with the browser's own control.

    Args:
        label: The field's name.
        options: See `select_control`.
        name: Key in the form's data.
        id: Unique on the page; `field-{name}` unless given.
        hint: See `field`.
        error: See `field`.
        optional: See `field`.
        notes: JSON of an object; what it holds for the chosen value takes the hint's place.
        **props: More attributes.

    Returns:
        The field.
    """
    id = id or f"field-{name}"  # noqa: A001
    if notes is not None:
        props["custom_attrs"] = {"data-notes": notes, "data-note-output": f"{id}-note"}
        # Filled by the browser, so React is given nothing in it that it could lose.
        hint = rx.el.span(id=f"{id}-note", aria_live="polite")
    control = select_control(options, name=name, required=not optional, **described(id, error), **props)
    return field(label, control, id=id, hint=hint, error=error, optional=optional)


def money_field(
    label: Text,
    *,
    name: str,
    id: str = "",  # noqa: A002
    share_percent: Number = 0,
    bearer: Text = "platform",
    parts: str = "",
    hint: str = "",
    error: Text = "",
    optional: bool = False,
    **props: Any,
) -> rx.Component:
    """Ask for an amount of naira.

    Args:
        label: The field's name.
        name: Key in the form's data; the value is what was typed, such as "5,000".
        id: Unique on the page; `field-{name}` unless given.
        share_percent: When set, "You receive ₦3,500 (70%)." takes the hint's place while the amount is typed.
        bearer: Whose cost Paystack's fee is: `platform`, `tutor` or `student`.
        parts: Identifier of the `price_parts` that follow the amount.
        hint: See `field`.
        error: See `field`.
        optional: See `field`.
        **props: More attributes.

    Returns:
        The field.
    """
    id = id or f"field-{name}"  # noqa: A001
    shares = isinstance(share_percent, rx.Var) or bool(share_percent)
    if shares:
        output = f"{id}-share"
        props["custom_attrs"] = {
            "data-share": share_percent,
            "data-share-output": output,
            "data-share-hint": hint,
            "data-bearer": bearer,
            "data-parts": parts,
        }
    control = rx.el.div(
        rx.el.span("₦", class_name="absolute left-3 top-1/2 -translate-y-1/2 text-muted", aria_hidden="true"),
        rx.el.input(
            name=name,
            input_mode="decimal",
            auto_complete="off",
            required=not optional,
            class_name="input pl-8! tabular-nums",
            **described(id, error),
            **props,
        ),
        class_name="relative",
    )
    shown_hint: Child = rx.el.span(hint, id=f"{id}-share", aria_live="polite") if shares else hint
    return field(label, control, id=id, hint=shown_hint, error=error, optional=optional)


def search_field(label: str, *, name: str = "q", id: str = "", **props: Any) -> rx.Component:  # noqa: A002
    """Ask for words to look for; the label is for screen readers and stands in the empty field.

    Args:
        label: What can be looked for.
        name: Key in the form's data.
        id: Unique on the page; `field-{name}` unless given.
        **props: More attributes.

    Returns:
        The field.
    """
    id = id or f"field-{name}"  # noqa: A001
    return rx.el.div(
        rx.el.label(label, html_for=id, class_name="sr-only"),
        icon("search", class_name="absolute left-3 top-1/2 -translate-y-1/2 text-muted pointer-events-none"),
        rx.el.input(
            id=id,
            name=name,
            type="search",
            placeholder=label,
            auto_complete="off",
            class_name="input pl-10!",
            **props,
        ),
        class_name="relative min-w-0",
    )


def switch_field(label: Child, *, name: str, id: str = "", **props: Any) -> rx.Component:  # noqa: A002
    """Ask for on or off.

    Args:
        label: What on means.
        name: Key in the form's data.
        id: Unique on the page; `field-{name}` unless given.
        **props: More attributes (`default_checked`, `on_change`, ...).

    Returns:
        A switch with its label.
    """
    return check_field(label, name=name, id=id, role="switch", class_name="switch", **props)


def check_field(label: Child, *, name: str, id: str = "", note: Child = "", **props: Any) -> rx.Component:  # noqa: A002
    """Ask yes or no.

    Args:
        label: What yes means.
        name: Key in the form's data.
        id: Unique on the page; `field-{name}` unless given.
        note: A short word at the right, such as a count.
        **props: More attributes (`checked`, `default_checked`, `on_change`, ...).

    Returns:
        A checkbox with its label.
    """
    id = id or f"field-{name}"  # noqa: A001
    return rx.el.label(
        rx.el.input(type="checkbox", id=id, name=name, **props),
        rx.el.span(label, " ", rx.el.span(note, class_name="ml-1 text-sm text-muted")),
        html_for=id,
        class_name="flex items-center gap-2.5 min-h-8",
    )
