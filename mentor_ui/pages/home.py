"""The front page: what this is, in one screen."""

import logging
from datetime import UTC, datetime

import reflex as rx
from sqlalchemy.exc import SQLAlchemyError

from mentor_ui.components.buttons import link_button
from mentor_ui.components.links import text_link
from mentor_ui.components.offering_card import OfferingCard, offering_grid
from mentor_ui.components.skeletons import card_skeletons
from mentor_ui.gate import Anyone, Refused, allow, browsing, current_actor, current_zone
from mentor_ui.pages.frame import framed
from mentor_ui.pages.heads import Head
from mentor_ui.pages.mentorship.market_view import PATH, find_page
from mentor_ui.pages.registry import page
from mentor_ui.services.market_filters import SOONEST, MarketFilters

CARDS_SHOWN = 3
LOOKED_AT = 12
"""So many, to show three different mentors."""


class Home(rx.State):
    """Three offerings that are free soon.

    Attributes:
        loaded: Whether they were looked for; none are shown when that failed.
    """

    loaded: bool = False
    cards: list[OfferingCard] = []
    total_words: str = ""
    _head: Head = Head(
        facts=(
            {
                "@type": "WebSite",
                "name": "mentor",
                "url": "/",
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": f"{PATH}?q={{search_term_string}}",
                    "query-input": "required name=search_term_string",
                },
            },
        )
    )

    @rx.event
    @allow(Anyone)
    async def load(self) -> None:
        """Find them."""
        actor, now = await current_actor(self), datetime.now(UTC)
        filters = MarketFilters(sort=SOONEST, zone=await current_zone(self))
        try:
            found = await browsing(lambda session: find_page(session, actor, filters, now, limit=LOOKED_AT))
        except SQLAlchemyError:
            logging.getLogger(__name__).exception("the front page's offerings could not be read")
            found = None
        self.loaded = True
        if found is not None and not isinstance(found, Refused):
            one_each = {card.tutor: card for card in reversed(found.cards)}
            self.cards = [card for card in found.cards if one_each[card.tutor] is card][:CARDS_SHOWN]
            self.total_words = found.total_words


@page(
    "/",
    title="Learn it twice",
    description="Book an hour with the tutor who taught the course: one to one, on Zoom.",
    on_load=Home.load,
)
def home_page() -> rx.Component:
    """Show what this is."""
    return framed(
        rx.el.div(
            rx.el.h1(
                "Learn it twice: once in the course, once with its tutor.",
                # Not in `ch`, which is another width in the font that is shown first.
                class_name="text-[2rem]! md:text-[2.75rem]! max-w-[13.3em]",
            ),
            rx.el.p(
                "Book an hour with the person who taught it. Bring your own code, your draft or your"
                " questions, and meet one to one on Zoom.",
                class_name="mt-3.5 max-w-[52ch] text-lg text-muted",
            ),
            rx.el.div(
                link_button("Find a mentor", to=PATH, kind="primary", size="lg", icon="search"),
                link_button("See the courses", to="/courses", size="lg"),
                class_name="mt-6 flex flex-wrap gap-3",
            ),
            class_name="py-4 md:py-9",
        ),
        rx.cond(
            Home.loaded & (Home.cards.length() == 0),
            rx.fragment(),
            rx.el.section(
                rx.el.div(
                    rx.el.h2("Free soon"),
                    rx.cond(Home.total_words, text_link(f"See all {Home.total_words}", to=PATH)),
                    class_name="flex flex-wrap items-baseline justify-between gap-3 mb-4",
                ),
                rx.cond(
                    Home.loaded,
                    offering_grid(Home.cards),
                    card_skeletons(CARDS_SHOWN, label="Loading sessions"),
                ),
                class_name="mt-4",
            ),
        ),
        rx.el.p(
            "Do you teach? ",
            text_link("Offer your own sessions", to="/tutor/mentorship/schedule"),
            " at a price of your own.",
            class_name="mt-8 text-muted",
        ),
        current="/",
    )
