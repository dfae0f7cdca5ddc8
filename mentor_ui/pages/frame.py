"""The frame of every page, with the viewer, the messages and the closed door already in it."""

import reflex as rx

from mentor_ui.components.buttons import link_button
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.layout import page_frame
from mentor_ui.components.notices import notice, seen_for_a_while
from mentor_ui.components.values import Child
from mentor_ui.gate import Notice
from mentor_ui.pages.viewer import Viewer


def framed(
    *children: Child, current: str = "", width: str = "wide", action_bar: Child | None = None
) -> rx.Component:
    """Put the frame round a page.

    What `gate.say` says appears above the page; a page that is not open to the person's role is replaced by a
    sentence that says so.

    Args:
        *children: The page; its first heading is an `h1`.
        current: Path of the place in the navigation that this page belongs to.
        width: `wide`, `reading` or `narrow`.
        action_bar: See `components.layout.page_frame`.
    """
    closed = rx.fragment(
        rx.el.h1("Not open to your account", class_name="sr-only"),
        empty_state(
            "Not open to your account",
            Notice.not_yours,
            icon="lock",
            action=link_button("Find a mentor", to="/mentorship", kind="primary"),
        ),
    )
    return page_frame(
        rx.el.div(
            rx.cond(
                Notice.trouble & (Notice.text != ""),
                seen_for_a_while(
                    rx.el.div(notice(Notice.text, tone="error"), class_name="mb-5"), key=Notice.text
                ),
            ),
            aria_live="assertive",
            class_name="contents",
        ),
        rx.cond(Notice.not_yours, closed, rx.fragment(*children)),
        viewer=Viewer.card,
        current=current,
        message=rx.cond(Notice.trouble, "", Notice.text),
        message_tone="success",
        width=width,
        action_bar=action_bar,
    )
