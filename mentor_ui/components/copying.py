"""Copying a short text, such as a reference, with one press."""

import reflex as rx

from mentor_ui.components.icons import icon
from mentor_ui.components.values import Text


def copy_button(text: Text, *, what: str) -> rx.Component:
    """Copy a text in the browser; the button says for a moment that it was done.

    Args:
        text: What is copied.
        what: What it is, for screen readers, such as "reference".

    Returns:
        A `button` element.
    """
    return rx.el.button(
        icon("copy", size=16),
        rx.el.span("Copy", aria_live="polite"),
        rx.el.span(f" {what}", class_name="sr-only"),
        type="button",
        class_name="btn btn-quiet btn-sm",
        custom_attrs={"data-copy": text},
    )
