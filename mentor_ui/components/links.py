"""Links that move between pages without a reload, which would drop the socket."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A
from reflex_components_core.react_router import link as router_link

from mentor_ui.components.icons import icon
from mentor_ui.components.values import Child, Text


def link(*children: Child, to: Text, class_name: Text = "", **props: Any) -> rx.Component:
    """Link to a page of this application.

    Args:
        *children: What is shown.
        to: Path, with query and fragment where needed.
        class_name: Classes.
        **props: More attributes.

    Returns:
        An `a` element; before any script has run it works as a plain one.
    """
    return router_link(*children, to=to, class_name=class_name, **props)


def outside_link(*children: Child, href: Text, class_name: Text = "", **props: Any) -> rx.Component:
    """Link to anything that is not a page of the front end: another site, an HTTP route of ours, a fragment.

    Args:
        *children: What is shown.
        href: Address.
        class_name: Classes.
        **props: More attributes.

    Returns:
        A plain `a` element; `rx.el.a` would be the router's link.
    """
    return A.create(*children, href=href, class_name=class_name, **props)


def text_link(label: Child, *, to: Text, **props: Any) -> rx.Component:
    """Link within text or beside a heading.

    Args:
        label: What is shown.
        to: Path in this application.
        **props: More attributes.

    Returns:
        The link.
    """
    return link(label, to=to, class_name="text-link", **props)


def back_link(label: Text, *, to: Text) -> rx.Component:
    """Lead back to the page above this one.

    Args:
        label: Where it leads, such as "Back to mentors".
        to: Path in this application.

    Returns:
        The link.
    """
    return link(
        icon("chevron-left", size=16),
        label,
        to=to,
        class_name="inline-flex items-center gap-1 min-h-8 text-sm text-muted hover:text-ink",
    )
