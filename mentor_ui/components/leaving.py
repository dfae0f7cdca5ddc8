"""Leaving for a page that is not of the front end, such as Paystack's, once the server knows where it is."""

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.values import Text


class PageLeave(BaseHTML):
    """The custom element `page-leave` of `assets/mentor.js`."""

    tag = "PageLeave"
    # Reflex makes identifiers of the tag, and an identifier cannot have the hyphen.
    alias = "page-leave"


def leaves() -> dict[str, str]:
    """Make a button one that may lead away.

    An address that nobody asked for on this page is ignored, so going back to the page does not lead away
    from it again.

    Returns:
        Value for the button's `custom_attrs`.
    """
    return {"data-goes": ""}


def page_leave(to: Text) -> rx.Component:
    """Go where a State says, in the same tab, after a button with `leaves()` was pressed.

    Reflex's own redirect takes an address on this host for a page of the front end.

    Args:
        to: An http or https address; empty for staying.

    Returns:
        An element that shows nothing.
    """
    return PageLeave.create(custom_attrs={"to": to}, class_name="hidden")
