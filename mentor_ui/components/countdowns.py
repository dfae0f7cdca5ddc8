"""Countdowns that tick in the browser, without a word to the server."""

from typing import Any

import reflex as rx
from reflex_base.event import no_args_event_spec
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.values import Handler, Text


class CountDown(BaseHTML):
    """The custom element `count-down` of `assets/mentor.js`."""

    tag = "CountDown"
    # Reflex makes identifiers of the tag, and an identifier cannot have the hyphen.
    alias = "count-down"
    # React attaches handlers of names it does not know only where it did not hydrate.
    on_animation_end: rx.EventHandler[no_args_event_spec]


def countdown(
    *, until: Text, words: bool = False, warn_seconds: int = 60, on_elapsed: Handler | None = None
) -> rx.Component:
    """Count down to a moment. Screen readers hear it now and then, and in the last minute once.

    Args:
        until: ISO 8601 UTC; when it changes the count starts anew.
        words: "in 14 min" instead of "9:42".
        warn_seconds: From when on it shows amber.
        on_elapsed: Fires once at zero, also when the moment had passed before.

    Returns:
        An inline element.
    """
    attributes: dict[str, Any] = {"until": until, "warn": str(warn_seconds)}
    if words:
        attributes["words"] = ""
    events = {} if on_elapsed is None else {"on_animation_end": on_elapsed}
    return CountDown.create(role="timer", custom_attrs=attributes, **events)


def last_minute(words: Text) -> rx.Component:
    """Show words once a countdown that stands before them, in the same paragraph, is in its last minute.

    Args:
        words: What to say; screen readers hear the countdown itself.

    Returns:
        An inline element.
    """
    return rx.el.strong(words, aria_hidden="true", class_name="last-minute")
