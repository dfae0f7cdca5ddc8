"""Badges: one short word about a thing. At most one coloured badge per card."""

from typing import Literal

import reflex as rx

from mentor_ui.components.icons import icon as draw_icon
from mentor_ui.components.values import Text

Tone = Literal["neutral", "go", "now", "info", "stop"]
TONES: tuple[Tone, ...] = ("neutral", "go", "now", "info", "stop")


def badge(label: Text, *, tone: Tone | rx.Var[str] = "neutral", icon: str = "") -> rx.Component:
    """Make a badge.

    Args:
        label: One or two words; the colour only supports them.
        tone: `go` done or live, `now` waits for the reader, `info` waits for someone else, `stop` failed.
        icon: Icon before the words.

    Returns:
        A `span` element.
    """
    return rx.el.span(
        *([draw_icon(icon, size=14)] if icon else []),
        label,
        class_name="badge" if isinstance(tone, str) and tone == "neutral" else f"badge badge-{tone}",
    )
