"""Faces: a picture with its room kept free, or initials on a soft colour."""

from typing import Literal

import reflex as rx

from mentor_ui.components.values import Number, Text

HUES = 8
Size = Literal["sm", "md", "lg"]
PIXELS = {"sm": 34, "md": 40, "lg": 56}


def initials_of(name: str) -> str:
    """Take the initials of a name.

    Args:
        name: A person's full name.

    Returns:
        One or two capitals, "?" for an empty name.
    """
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def hue_of(identifier: int | str) -> int:
    """Choose the soft colour of a person; the same person always has the same.

    Args:
        identifier: The person's id.

    Returns:
        A number from 0 to `HUES` - 1.
    """
    return sum(str(identifier).encode()) % HUES


def avatar(*, initials: Text, hue: Number = 0, picture: Text = "", size: Size = "md") -> rx.Component:
    """Show a person. The name stands beside it, so it is hidden from screen readers.

    Args:
        initials: See `initials_of`.
        hue: See `hue_of`.
        picture: Address of a square picture, or empty.
        size: 34, 40 or 56 pixels.

    Returns:
        A round element.
    """
    classes = f"avatar{'' if size == 'md' else f' avatar-{size}'} hue-{hue}"
    pixels = PIXELS[size]
    face = rx.el.img(
        src=picture,
        alt="",
        loading="lazy",
        decoding="async",
        # As keyword arguments they would become a style, which is there only once React runs.
        custom_attrs={"width": pixels, "height": pixels},
    )
    inside = (
        rx.cond(picture, face, initials) if isinstance(picture, rx.Var) else (face if picture else initials)
    )
    return rx.el.span(inside, class_name=classes, aria_hidden="true")
