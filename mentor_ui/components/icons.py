"""Icons, drawn inline: no request, no icon font, coloured like the text around them."""

import reflex as rx

from mentor_ui.components.icon_paths import PATHS


def icon(
    name: str, *, size: int = 18, label: str = "", solid: bool = False, class_name: str = ""
) -> rx.Component:
    """Draw an icon.

    Args:
        name: A key of `icon_paths.PATHS`.
        size: Width and height in pixels.
        label: What it says to a screen reader; empty when the text beside it says so already.
        solid: Fill the outline.
        class_name: More classes.

    Returns:
        An `svg` element.

    Raises:
        KeyError: There is no such icon.
    """
    meaning = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return rx.el.svg(
        rx.el.path(d=PATHS[name]),
        view_box="0 0 24 24",
        width=size,
        height=size,
        class_name=f"icon {'icon-solid ' if solid else ''}{class_name}".strip(),
        custom_attrs=meaning,
    )


def logo(*, size: int = 26) -> rx.Component:
    """Draw the mark that stands beside the name.

    Args:
        size: Width and height in pixels.

    Returns:
        An `svg` element.
    """
    return rx.el.svg(
        rx.el.path(
            d="M10 0h12a10 10 0 0 1 10 10v12a10 10 0 0 1-10 10H3a3 3 0 0 1-3-3V10A10 10 0 0 1 10 0Z",
            class_name="fill-primary",
        ),
        rx.el.path(
            d="M8.5 22v-9.5m0 4a3.75 3.75 0 0 1 7.5 0V22m0-5.5a3.75 3.75 0 0 1 7.5 0V22",
            class_name="fill-none stroke-on-primary stroke-[3.6]",
            custom_attrs={"strokeLinecap": "round", "strokeLinejoin": "round"},
        ),
        view_box="0 0 32 32",
        width=size,
        height=size,
        class_name="flex-none",
        custom_attrs={"aria-hidden": "true"},
    )
