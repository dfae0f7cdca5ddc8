"""Messages that stand in the page: what happened, and what happens next."""

from typing import Literal

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.icons import icon
from mentor_ui.components.values import Child, Text, shown

Tone = Literal["info", "success", "warning", "error"]
LOOKS = {
    "info": ("info", "bg-info-soft", "text-info"),
    "success": ("circle-check", "bg-primary-soft", "text-primary"),
    "warning": ("triangle-alert", "bg-accent-soft", "text-accent-ink"),
    "error": ("circle-alert", "bg-danger-soft", "text-danger"),
}


def notice(
    title: Text, *children: Child, tone: Tone = "info", action: Child | None = None, announce: bool = False
) -> rx.Component:
    """Tell something in place.

    Args:
        title: One short sentence.
        *children: More, in plain text.
        tone: Sets icon and colour.
        action: A button or link that helps.
        announce: It appears after the reader did something, so screen readers say it at once.

    Returns:
        A `div` element.
    """
    name, background, colour = LOOKS[tone]
    spoken = {"role": "alert" if tone == "error" else "status"} if announce else {}
    return rx.el.div(
        icon(name, size=20, class_name=f"mt-0.5 {colour}"),
        rx.el.div(
            rx.el.p(title, class_name="font-semibold"),
            *([rx.el.div(*children, class_name="text-sm")] if children else []),
            class_name="flex-1 min-w-0" if action is None else "flex-1 basis-52 min-w-0",
        ),
        *([action] if action is not None else []),
        class_name=f"flex flex-wrap items-start gap-3 rounded-[12px] px-4 py-3 {background}",
        **spoken,
    )


class LookHere(BaseHTML):
    """The custom element `look-here` of `assets/mentor.js`."""

    tag = "LookHere"
    # Reflex makes identifiers of the tag, and an identifier cannot have the hyphen.
    alias = "look-here"


def look_here(*children: Child) -> rx.Component:
    """Scroll to something that appears where the reader may not be looking, unless it is in sight.

    Args:
        *children: What appears.

    Returns:
        An element that scrolls each time it appears.
    """
    return LookHere.create(*children, class_name="block")


def seen_for_a_while(message: Child, *, key: Text) -> rx.Component:
    """Keep what stands above the page in sight for some seconds, for those who have scrolled down.

    Args:
        message: A notice.
        key: Its text: another one begins anew.

    Returns:
        A `div` element; a live region has to surround it, as it comes and goes.
    """
    return rx.el.div(message, key=key, class_name="seen-for-a-while")


def message_notice(message: Text, *, tone: Tone = "error") -> rx.Component:
    """Show a message from a State when there is one, and say it to screen readers.

    Args:
        message: Empty when there is nothing to say.
        tone: Sets icon and colour.

    Returns:
        A live region.
    """
    return rx.el.div(
        shown(message, notice(message, tone=tone)),
        aria_live="assertive" if tone == "error" else "polite",
        # It has to be there before it speaks; until then it takes no gap between its neighbours.
        class_name="empty:absolute",
    )
