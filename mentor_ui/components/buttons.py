"""Buttons, and links that look like them. One primary action per view."""

from typing import Any, Literal

import reflex as rx

from mentor_ui.components.icons import icon as draw_icon
from mentor_ui.components.links import link, outside_link
from mentor_ui.components.values import Child, Flag, Handler, Text, shown

Kind = Literal["primary", "secondary", "quiet", "danger", "stop", "accent"]
Size = Literal["sm", "md", "lg"]

ICON_SIZES = {"sm": 16, "md": 18, "lg": 20}


def button_classes(kind: Kind = "secondary", size: Size = "md", *, wide: bool = False) -> str:
    """Name the classes of a button, for elements made elsewhere.

    Args:
        kind: `primary` goes on, `secondary` is an alternative, `quiet` steps back, `danger` leads to
            something that cannot be undone, `stop` does it, `accent` is for what comes next.
        size: 34, 40 or 48 pixels high.
        wide: As wide as what surrounds it.

    Returns:
        Class names.
    """
    return f"btn btn-{kind}{'' if size == 'md' else f' btn-{size}'}{' w-full' if wide else ''}"


def button(
    *children: Child,
    kind: Kind = "secondary",
    size: Size = "md",
    icon: str = "",
    wide: bool = False,
    busy: Flag = False,
    disabled: Flag = False,
    type: Literal["button", "submit", "reset"] = "button",  # noqa: A002 - the attribute's name
    on_click: Handler | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Make a button.

    Args:
        *children: Its words.
        kind: See `button_classes`.
        size: See `button_classes`.
        icon: Icon before the words.
        wide: As wide as what surrounds it.
        busy: Work is under way: shows a spinner and cannot be pressed again.
        disabled: Cannot be pressed; say beside it why.
        type: `submit` inside a form.
        on_click: What it does.
        class_name: More classes.
        **props: More attributes.

    Returns:
        A `button` element.
    """
    if on_click is not None:
        props["on_click"] = on_click
    if isinstance(busy, rx.Var):
        props |= {"disabled": busy | disabled, "aria_busy": busy}
    elif isinstance(disabled, rx.Var) or disabled:
        props["disabled"] = disabled
    return rx.el.button(
        shown(busy, rx.el.span(class_name="spinner", aria_hidden="true")),
        *([draw_icon(icon, size=ICON_SIZES[size])] if icon else []),
        *children,
        type=type,
        class_name=f"{button_classes(kind, size, wide=wide)} {class_name}".strip(),
        **props,
    )


def link_button(
    *children: Child,
    to: Text,
    kind: Kind = "secondary",
    size: Size = "md",
    icon: str = "",
    wide: bool = False,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Make a link to a page of ours that looks like a button.

    Args:
        *children: Its words.
        to: Path in this application.
        kind: See `button_classes`.
        size: See `button_classes`.
        icon: Icon before the words.
        wide: As wide as what surrounds it.
        class_name: More classes.
        **props: More attributes.

    Returns:
        An `a` element that moves without a reload.
    """
    return link(
        *([draw_icon(icon, size=ICON_SIZES[size])] if icon else []),
        *children,
        to=to,
        class_name=f"{button_classes(kind, size, wide=wide)} {class_name}".strip(),
        **props,
    )


def outside_link_button(
    *children: Child,
    href: Text,
    kind: Kind = "secondary",
    size: Size = "md",
    icon: str = "",
    wide: bool = False,
    new_tab: bool = False,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Make a link to somewhere that is not a page of the front end (Zoom, Paystack, a download, `/j/...`).

    Args:
        *children: Its words.
        href: Address.
        kind: See `button_classes`.
        size: See `button_classes`.
        icon: Icon before the words.
        wide: As wide as what surrounds it.
        new_tab: Open beside this page.
        class_name: More classes.
        **props: More attributes.

    Returns:
        An `a` element.
    """
    if new_tab:
        props |= {"target": "_blank", "rel": "noopener noreferrer"}
    return outside_link(
        *([draw_icon(icon, size=ICON_SIZES[size])] if icon else []),
        *children,
        href=href,
        class_name=f"{button_classes(kind, size, wide=wide)} {class_name}".strip(),
        **props,
    )


def icon_button(
    name: str,
    *,
    label: Text,
    size: Size = "md",
    on_click: Handler | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Make a button that shows only an icon.

    Args:
        name: The icon.
        label: What it does, for screen readers and as a tooltip.
        size: 34 or 40 pixels.
        on_click: What it does.
        class_name: More classes.
        **props: More attributes.

    Returns:
        A `button` element.
    """
    if on_click is not None:
        props["on_click"] = on_click
    return rx.el.button(
        draw_icon(name, size=ICON_SIZES[size]),
        type="button",
        aria_label=label,
        title=label,
        class_name=f"btn btn-icon {'btn-sm ' if size == 'sm' else ''}{class_name}".strip(),
        **props,
    )
