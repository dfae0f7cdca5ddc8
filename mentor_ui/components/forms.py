"""Forms that the browser sends itself to an HTTP route, such as sign-in and sign-out."""

from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.values import Child


class NativeForm(BaseHTML):
    """A `form` that Reflex leaves alone: `rx.el.form` without `on_submit` swallows what is sent."""

    tag = "form"


def native_form(
    *children: Child,
    action: str,
    method: Literal["get", "post"] = "post",
    class_name: str = "",
    **attributes: str,
) -> rx.Component:
    """Make a form that works without any script.

    Args:
        *children: Fields and a submit button.
        action: Path that takes it.
        method: How it is sent.
        class_name: Classes.
        **attributes: More attributes, as they stand in HTML.

    Returns:
        A `form` element.
    """
    attrs: dict[str, Any] = {"action": action, "method": method, **attributes}
    return NativeForm.create(*children, class_name=class_name, custom_attrs=attrs)
