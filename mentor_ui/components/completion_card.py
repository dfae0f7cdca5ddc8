"""The card for somebody who has finished a course: sessions with those who teach it."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.buttons import button, icon_button, link_button
from mentor_ui.components.offering_card import OfferingCard, offering_row
from mentor_ui.components.values import Child, Flag, Handler, Text

HEADING = "Master this course with mentorship"
BRING_BACK = "Show mentorship suggestions again"


class PutAway(BaseHTML):
    """The custom element `put-away` of `assets/mentor.js`."""

    tag = "PutAway"
    # Reflex makes identifiers of the tag, and an identifier cannot have the hyphen.
    alias = "put-away"


def completion_card(
    *,
    course_id: Text,
    offerings: rx.Var[list[OfferingCard]],
    put_away: Flag,
    on_put_away: Handler,
    on_bring_back: Handler,
) -> rx.Component:
    """Suggest sessions, unless there are none. Putting the card away needs no answer from the server.

    Args:
        course_id: The card is put away for this course.
        offerings: What is suggested.
        put_away: The person put it away before, on whatever device.
        on_put_away: Tells the server afterwards.
        on_bring_back: Tells the server afterwards.

    Returns:
        The card, or in its place a button that brings it back.
    """
    return rx.cond(
        offerings.length() > 0,
        PutAway.create(
            _card(course_id, offerings, on_put_away),
            rx.el.p(
                button(
                    BRING_BACK,
                    kind="quiet",
                    size="sm",
                    custom_attrs={"data-bring-back": ""},
                    on_click=on_bring_back,
                ),
                class_name="put-away-again text-center",
            ),
            custom_attrs={"name": course_id, "away": rx.cond(put_away, "true", "false")},
        ),
    )


def offering_list(offerings: rx.Var[list[OfferingCard]]) -> rx.Component:
    """List offerings in one line each.

    Args:
        offerings: What to show.

    Returns:
        A `ul` element.
    """
    return rx.el.ul(rx.foreach(offerings, offering_row))


def all_mentors_link(label: Child, course_id: Text) -> rx.Component:
    """Lead to the marketplace, filtered to a course.

    Args:
        label: The link's words.
        course_id: The course.

    Returns:
        A link that looks like a button.
    """
    return link_button(label, to=f"/mentorship?courseId={course_id}", size="sm")


def _card(course_id: Text, offerings: rx.Var[list[OfferingCard]], on_put_away: Handler) -> rx.Component:
    def away() -> dict[str, Any]:
        # Made anew for each: Reflex writes a button's label into the attributes that it is given.
        return {"custom_attrs": {"data-put-away": ""}, "on_click": on_put_away}

    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2(HEADING, id="completion-card"),
                rx.el.p(
                    "Bring your own project. These mentors teach this course.",
                    class_name="mt-1.5 mb-4 text-muted",
                ),
                class_name="min-w-0",
            ),
            icon_button("x", label="Dismiss", class_name="-mt-2 -mr-2", **away()),
            class_name="flex items-start justify-between gap-3",
        ),
        offering_list(offerings),
        rx.el.div(
            all_mentors_link("View all mentors", course_id),
            button("Maybe later", kind="quiet", size="sm", class_name="-mr-3", **away()),
            class_name="flex flex-wrap items-center justify-between gap-3 border-t pt-3.5",
        ),
        aria_labelledby="completion-card",
        class_name="put-away-thing invitation px-[18px] md:px-6 pt-5 pb-[18px]",
    )
