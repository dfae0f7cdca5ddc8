"""The marketplace: every filter is in the address, so going back, sharing and reloading work."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

import reflex as rx
from sqlalchemy.exc import SQLAlchemyError

from mentor_ui.components.offering_card import OfferingCard
from mentor_ui.gate import Anyone, Refused, allow, browsing, browsing_once, current_actor, current_zone
from mentor_ui.pages.heads import Head
from mentor_ui.pages.mentorship.market_layout import marketplace
from mentor_ui.pages.mentorship.market_view import (
    ANY_COURSE,
    PATH,
    Found,
    MarketView,
    Panel,
    Pill,
    QuickChip,
    find_page,
    market_view,
    quick_chips,
)
from mentor_ui.pages.mentorship.price_chart import NO_PRICES, PriceChart
from mentor_ui.pages.registry import page
from mentor_ui.services.market_filters import MarketFilters

PAGE_SIZE = 24
MOST_KEPT = 240
"""Beyond so many cards, "Show more" opens a page of its own."""


class Marketplace(rx.State):
    """What the marketplace shows for the address in the browser.

    Attributes:
        loaded: Whether there has been an answer in this tab.
        failed: Whether the last answer could not be had.
        answer: See `components.filter_form`.
        appending: Whether more cards are on their way.
        loosen: The filter to take away when nothing was found; its label is empty when none helps.
        of_mentor: The name of the one whose sessions these are, when the address asks for nothing else.
    """

    loaded: bool = False
    failed: bool = False
    answer: str = ""
    signed_in: bool = False
    sign_in_to: str = "/login?next=/mentorship"
    cards: list[OfferingCard] = []
    total: int = 0
    total_words: str = ""
    shown_words: str = ""
    next_cursor: str = ""
    appending: bool = False
    pills: list[Pill] = []
    quick: list[QuickChip] = quick_chips(MarketFilters())
    panel: Panel = Panel([], [ANY_COURSE], [], 0, 0, "", "")
    prices: PriceChart = NO_PRICES
    clear_to: str = PATH
    start_to: str = ""
    loosen: Pill = Pill("", "")
    loosen_words: str = ""
    of_mentor: str = ""
    _query: str = ""
    _head: Head = Head()

    @rx.event
    @allow(Anyone)
    async def load(self) -> None:
        """Answer the address. Cards added before are kept on the way back to the same address."""
        asked = str(self.router.url.query)
        filters = replace(MarketFilters.from_query(asked), zone=await current_zone(self))
        query = filters.to_query()
        limit = max(PAGE_SIZE, len(self.cards)) if query == self._query else PAGE_SIZE
        actor, now = await current_actor(self), datetime.now(UTC)
        try:
            view = await browsing_once(
                (PATH, actor, filters, limit),
                lambda session: market_view(session, actor, filters, now, limit=limit),
            )
        except SQLAlchemyError:
            logging.getLogger(__name__).exception("the marketplace could not be read")
            view = None
        if view is None or isinstance(view, Refused):
            self._set(failed=True, answer=f"{asked} {query}")
            return
        self._query = query
        self._show(view)
        self._set(
            failed=False,
            loaded=True,
            appending=False,
            signed_in=actor is not None,
            sign_in_to=f"/login?next={quote(f'{PATH}?{asked}' if asked else PATH, safe='/')}",
            answer=f"{asked} {view.shown}",
            of_mentor=view.of_mentor,
        )
        self._head = view.head

    @rx.event
    @allow(Anyone)
    async def show_more(self):  # noqa: ANN201 - an asynchronous generator of nothing
        """Put the next cards behind those that are there."""
        if not self.next_cursor or len(self.cards) >= MOST_KEPT:
            return
        self.appending = True
        yield
        filters = replace(
            MarketFilters.from_query(self._query), after=self.next_cursor, zone=await current_zone(self)
        )
        actor, now = await current_actor(self), datetime.now(UTC)
        found = await browsing(lambda session: find_page(session, actor, filters, now, limit=PAGE_SIZE))
        self.appending = False
        if isinstance(found, Refused):
            return
        known = {card.id for card in self.cards}
        self.cards = [*self.cards, *(card for card in found.cards if card.id not in known)]
        self.next_cursor = found.next_cursor
        self.shown_words = _shown_words(found, len(self.cards))

    def _show(self, view: MarketView) -> None:
        self._set(
            cards=view.found.cards,
            total=view.found.total,
            total_words=view.found.total_words,
            next_cursor=view.found.next_cursor,
            shown_words=_shown_words(view.found, len(view.found.cards)),
            pills=view.pills,
            quick=view.quick,
            panel=view.panel,
            prices=view.prices,
            clear_to=view.clear_to,
            start_to=view.start_to,
            loosen=view.loosen,
            loosen_words=view.loosen_words,
        )

    def _set(self, **values: object) -> None:
        # What stays the same is not sent again. Values as they are compare far faster than tracked ones.
        for name, value in values.items():
            if self.get_value(name) != value:
                # A list in a State is that tab's own, and what was read once is shown in many.
                setattr(self, name, [*cast("list[object]", value)] if isinstance(value, list) else value)


def _shown_words(found: Found, count: int) -> str:
    """Say how many cards are there, when not all of them fit one page."""
    return f"Showing {count} of {found.total_words}" if found.next_cursor or count > PAGE_SIZE else ""


@page(
    PATH,
    title=rx.cond(Marketplace.of_mentor, f"Sessions with {Marketplace.of_mentor}", "Find a mentor"),
    description=rx.cond(
        Marketplace.of_mentor,
        f"Book a one-to-one session with {Marketplace.of_mentor}: {Marketplace.total_words}, on Zoom.",
        "One-to-one sessions with the people who teach your courses.",
    ),
    on_load=Marketplace.load,
)
def marketplace_page() -> rx.Component:
    """Show the marketplace."""
    return marketplace(Marketplace)
