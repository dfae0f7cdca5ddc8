"""The quiet line that says how the connection is."""

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.values import Text

PLAIN_SESSIONS = "/sessions"
"""The next sessions as a page that needs no socket (`web/plain_sessions.py`)."""


class ConnectionLine(BaseHTML):
    """The custom element `connection-line` of `web/client/connection.js`."""

    tag = "ConnectionLine"
    # Reflex makes identifiers of the tag, and an identifier cannot have the hyphen.
    alias = "connection-line"


def connection_line(*, sessions: Text) -> rx.Component:
    """Say when the connection is lost, what waits for it, and that it is back; nothing while all is well.

    Args:
        sessions: Where the person's sessions are to be had without a socket; empty for a visitor.
    """
    return ConnectionLine.create(role="status", custom_attrs={"data-sessions": sessions})
