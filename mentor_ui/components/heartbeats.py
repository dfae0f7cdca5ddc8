"""The sign of life of an open session page, sent by the browser itself."""

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.values import Text


class HeartBeat(BaseHTML):
    """The custom element `heart-beat` of `assets/mentor.js`."""

    tag = "HeartBeat"
    # Reflex makes identifiers of the tag, and an identifier cannot have the hyphen.
    alias = "heart-beat"


def heartbeat(*, session: Text, since: Text, until: Text) -> rx.Component:
    """Tell once a minute that the page of a session is looked at.

    Args:
        session: Its identifier; empty tells nothing.
        since: From when on it counts, ISO 8601 UTC.
        until: Until when.

    Returns:
        An element that shows nothing.
    """
    return HeartBeat.create(custom_attrs={"session": session, "from": since, "until": until}, hidden=True)
