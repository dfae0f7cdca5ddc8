"""Putting a session into one's own calendar."""

from dataclasses import dataclass

import reflex as rx

from mentor_ui.components.buttons import Kind, Size, button_classes
from mentor_ui.components.icons import icon
from mentor_ui.components.links import outside_link


@dataclass(frozen=True)
class CalendarWays:
    """Addresses that add a session to a calendar: Google's form, Outlook's two, and a file for others."""

    google: str = ""
    outlook: str = ""
    outlook_at_work: str = ""
    file: str = ""


def calendar_menu(ways: rx.Var[CalendarWays], *, kind: Kind = "secondary", size: Size = "md") -> rx.Component:
    """Offer the calendars.

    Args:
        ways: Where they lead.
        kind: See `buttons.button_classes`.
        size: See `buttons.button_classes`.

    Returns:
        A `details` element named "Add to calendar".
    """
    return rx.el.details(
        rx.el.summary(icon("calendar-plus"), "Add to calendar", class_name=button_classes(kind, size)),
        rx.el.div(
            _way("Google Calendar", ways.google, new_tab=True),
            _way("Outlook", ways.outlook, new_tab=True),
            _way("Outlook for work or school", ways.outlook_at_work, new_tab=True),
            _way("Other (.ics)", ways.file, new_tab=False),
            class_name="menu",
        ),
        class_name="row-menu",
    )


def _way(label: str, href: rx.Var[str], *, new_tab: bool) -> rx.Component:
    aside = {"target": "_blank", "rel": "noopener noreferrer"} if new_tab else {}
    return outside_link(icon("calendar", size=16), label, href=href, class_name="menu-item", **aside)
