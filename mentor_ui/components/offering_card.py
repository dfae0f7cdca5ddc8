"""An offering as the marketplace shows it, and as a row of the card on the completion page."""

from dataclasses import dataclass

import reflex as rx

from mentor_ui.components.avatars import avatar
from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import link_button
from mentor_ui.components.icons import icon
from mentor_ui.components.links import link
from mentor_ui.components.money import price
from mentor_ui.components.skeletons import CARD_GRID
from mentor_ui.components.values import Text, shown


@dataclass(frozen=True)
class OfferingCard:
    """What a card shows, formatted by the server.

    `standing` is "128 sessions" or "New mentor"; `rating` is "4.9" or empty; `next_time` is "Today 18:30" in
    the viewer's zone, or empty and `no_time` says "No free time" or that nobody knows; `price` is "₦5,000".
    """

    id: str
    title: str
    description: str
    course: str
    tutor: str
    initials: str
    hue: int
    picture: str
    standing: str
    rating: str
    duration: str
    next_time: str
    no_time: str
    price: str


def offering_card(offering: OfferingCard | rx.Var[OfferingCard]) -> rx.Component:
    """Show an offering.

    Args:
        offering: What to show.

    Returns:
        An `article` element whose links work before any script.
    """
    page = f"/mentorship/offering/{offering.id}"
    heading = f"offering-{offering.id}"
    return rx.el.article(
        rx.el.div(
            avatar(initials=offering.initials, hue=offering.hue, picture=offering.picture),
            rx.el.div(
                rx.el.p(offering.tutor, class_name="font-semibold truncate"),
                standing(offering.standing, rating=offering.rating),
                class_name="min-w-0",
            ),
            class_name="flex items-center gap-3",
        ),
        rx.el.h2(link(offering.title, to=page, class_name="hover:underline"), id=heading, class_name="title"),
        shown(offering.course, rx.el.p(badge(offering.course, tone="go"), class_name="-mt-1")),
        rx.el.p(offering.description, class_name="clamp-3 text-muted text-[.90625rem]"),
        rx.el.div(
            duration(offering.duration),
            shown(
                offering.next_time,
                rx.el.span("Next: ", rx.el.b(offering.next_time, class_name="font-semibold text-ink")),
            ),
            shown(offering.no_time, rx.el.span(offering.no_time)),
            class_name="mt-auto flex flex-wrap items-center gap-x-3.5 gap-y-1 text-sm text-muted",
        ),
        rx.el.div(
            price(offering.price),
            link_button(
                "Book session",
                to=f"/mentorship/checkout/{offering.id}",
                kind="primary",
                size="sm",
                aria_describedby=heading,
            ),
            class_name="flex items-center justify-between gap-3 border-t pt-3.5",
        ),
        aria_labelledby=heading,
        class_name="card flex flex-col gap-2.5 p-[18px] min-w-0",
    )


def offering_grid(offerings: rx.Var[list[OfferingCard]]) -> rx.Component:
    """Lay out offerings as the marketplace does.

    Args:
        offerings: What to show.

    Returns:
        A list of cards: one, two or three beside each other.
    """
    return rx.el.ul(
        rx.foreach(
            offerings,
            lambda offering: rx.el.li(offering_card(offering), key=offering.id, class_name="grid min-w-0"),
        ),
        class_name=f"far-cards {CARD_GRID}",
    )


def offering_row(offering: OfferingCard | rx.Var[OfferingCard]) -> rx.Component:
    """Show an offering in one line, with a button named "Book".

    Args:
        offering: What to show.

    Returns:
        A `li` element.
    """
    heading = f"suggestion-{offering.id}"
    return rx.el.li(
        avatar(initials=offering.initials, hue=offering.hue, picture=offering.picture),
        rx.el.div(
            rx.el.p(
                link(
                    offering.title,
                    to=f"/mentorship/offering/{offering.id}",
                    class_name="inline-block py-0.5 hover:underline",
                ),
                id=heading,
                class_name="font-semibold",
            ),
            rx.el.p(
                offering.tutor,
                " · ",
                offering.duration,
                shown(offering.next_time, rx.el.span(" · next ", offering.next_time)),
                shown(offering.no_time, rx.el.span(" · ", offering.no_time)),
                class_name="text-sm text-muted",
            ),
            class_name="flex-1 basis-44 min-w-0",
        ),
        rx.el.div(
            price(offering.price, size="sm"),
            link_button(
                "Book",
                to=f"/mentorship/checkout/{offering.id}",
                kind="primary",
                size="sm",
                aria_describedby=heading,
            ),
            class_name="flex items-center gap-4 ml-auto",
        ),
        key=offering.id,
        class_name="flex flex-wrap items-center gap-3 py-3.5 border-t",
    )


def standing(text: Text, *, rating: Text = "") -> rx.Component:
    """Say how well a tutor is known.

    Args:
        text: "128 sessions" or "New mentor".
        rating: "4.9", or empty.

    Returns:
        A `p` element.
    """
    stars = rx.el.span(
        icon("star", size=13, solid=True, label="Rated"),
        rating,
        rx.el.span("·", class_name="px-0.5"),
        class_name="inline-flex items-center gap-1",
    )
    return rx.el.p(shown(rating, stars), text, class_name="flex items-center gap-1 text-sm text-muted")


def duration(text: Text) -> rx.Component:
    """Say how long a session takes.

    Args:
        text: "60 min".

    Returns:
        A `span` element.
    """
    return rx.el.span(icon("clock", size=14), text, class_name="inline-flex items-center gap-1.5")
