"""Filter pills that can be taken away, and choices as chips or cards over real checkboxes and radios."""

from typing import Any, Literal

import reflex as rx

from mentor_ui.components.icons import icon
from mentor_ui.components.links import link
from mentor_ui.components.values import Child, Handler, Text


def filter_pill(label: Text, *, to: Text = "", on_remove: Handler | None = None) -> rx.Component:
    """Show a filter in force; pressing it takes it away.

    Args:
        label: What is filtered for.
        to: The address without this filter; a link, unless `on_remove` is given.
        on_remove: What takes it away.

    Returns:
        A link or a button named "Remove filter: label".
    """
    inside = [rx.el.span("Remove filter: ", class_name="sr-only"), label, icon("x", size=14)]
    classes = "badge hover:text-ink"
    if on_remove is not None:
        return rx.el.button(*inside, type="button", on_click=on_remove, class_name=classes)
    return link(*inside, to=to, class_name=classes)


def choice_chip(
    label: Child,
    *,
    name: str,
    value: Text,
    type: Literal["checkbox", "radio"] = "checkbox",  # noqa: A002 - the attribute's name
    **props: Any,
) -> rx.Component:
    """Offer a short choice.

    Args:
        label: What is chosen.
        name: Key in the form's data; radios of one name exclude each other.
        value: What is sent.
        type: Several of them, or one.
        **props: `checked` with `on_change`, or `default_checked`; `disabled`; ...

    Returns:
        A label over a real control.
    """
    return rx.el.label(
        rx.el.input(type=type, name=name, value=value, **props), rx.el.span(label), class_name="chip"
    )


def choice_card(title: Child, body: Child, *, name: str, value: Text, **props: Any) -> rx.Component:
    """Offer one of a few choices that need a sentence each.

    Args:
        title: The choice.
        body: What it means.
        name: Radios of one name exclude each other.
        value: What is sent.
        **props: `checked` with `on_change`, or `default_checked`; `disabled`; ...

    Returns:
        A label over a real radio.
    """
    return rx.el.label(
        rx.el.input(type="radio", name=name, value=value, **props),
        rx.el.span(class_name="choice-dot", aria_hidden="true"),
        rx.el.span(
            rx.el.span(title, class_name="block font-semibold"),
            rx.el.span(body, class_name="block text-sm text-muted"),
            class_name="min-w-0",
        ),
        class_name="choice",
    )


def choice_group(
    legend: Text, *choices: Child, hide_legend: bool = False, class_name: str = ""
) -> rx.Component:
    """Put choices together under a name.

    Args:
        legend: What is chosen.
        *choices: Chips, cards or checkboxes.
        hide_legend: Only screen readers need the name.
        class_name: Layout of the choices; a wrapping row unless given.

    Returns:
        A `fieldset` element.
    """
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="sr-only" if hide_legend else "label"),
        rx.el.div(*choices, class_name=class_name or "flex flex-wrap gap-2"),
        class_name="min-w-0",
    )
