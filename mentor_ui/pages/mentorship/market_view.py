"""What the marketplace shows for an address, worked out in one go from the services."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from mentor_ui.components.fields import SelectOption
from mentor_ui.components.offering_card import OfferingCard
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.money import naira_number
from mentor_ui.domain.roles import Actor
from mentor_ui.pages.heads import Head
from mentor_ui.pages.mentorship.price_chart import PriceChart, price_chart
from mentor_ui.pages.offering_cards import card_of
from mentor_ui.services.market_choices import chosen, course_titles, loosest, mentor_name
from mentor_ui.services.market_facets import Facets, facets
from mentor_ui.services.market_filters import TODAY, WEEK, MarketFilters
from mentor_ui.services.marketplace import Page, effective, find_offerings

PATH = "/mentorship"
ANY_COURSE = SelectOption("", "Any course")
QUICK_MINUTES = 60
QUICK_KOBO = 500_000


@dataclass(frozen=True)
class Pill:
    """A filter in force, and the address without it."""

    label: str
    href: str


@dataclass(frozen=True)
class QuickChip:
    """A filter at hand on a phone, and the address with it."""

    label: str
    href: str


@dataclass(frozen=True)
class Panel:
    """What the filter panel offers.

    Attributes:
        courses: `Any course` first; chosen ones are always among them.
        more_courses: Identifiers of chosen courses beside the one that the select shows.
        completed: How many courses the viewer has finished.
        taking: How many courses the viewer is taking.
        lowest: Of all prices, in naira as a field shows it; empty when there are none.
        highest: Of all prices, likewise.
    """

    mentors: list[str]
    courses: list[SelectOption]
    more_courses: list[str]
    completed: int
    taking: int
    lowest: str
    highest: str


@dataclass(frozen=True)
class Found:
    """One page of cards.

    Attributes:
        next_cursor: For `after`; empty on the last page.
    """

    cards: list[OfferingCard]
    next_cursor: str
    total: int
    total_words: str


@dataclass(frozen=True)
class MarketView:
    """All that the marketplace shows.

    Attributes:
        prices: How all prices are spread, and which the price filter touches. Beside the panel, since the
            rest of it stays the same from one filter to the next, and is not sent again.
        shown: The query that the form's fields show.
        clear_to: The address without filters; the order stays.
        start_to: The address of the first page when this is a later one, else empty.
        loosen: When nothing was found: the filter to take away, and how many there are then.
        of_mentor: The name of the one whose sessions these are, when nothing else is asked for.
        head: What the page's document says of itself.
    """

    found: Found
    panel: Panel
    prices: PriceChart
    pills: list[Pill]
    quick: list[QuickChip]
    shown: str
    clear_to: str
    start_to: str
    loosen: Pill
    loosen_words: str
    of_mentor: str
    head: Head


def address(filters: MarketFilters) -> str:
    """Return the path and query of the marketplace with these filters."""
    query = filters.to_query()
    return f"{PATH}?{query}" if query else PATH


def market_view(
    session: Session, actor: Actor | None, filters: MarketFilters, now: datetime, *, limit: int
) -> MarketView:
    """Return all that the marketplace shows.

    Args:
        session: For reading.
        actor: Who looks; None for a visitor.
        filters: As they stand in the address.
        now: The present moment.
        limit: Cards on the page.
    """
    filters = effective(filters, actor)
    found = find_page(session, actor, filters, now, limit=limit)
    loosening = None if found.total else loosest(session, actor, filters, now)
    first = replace(filters, after="")
    shown_mentor = mentor_name(session, filters.mentor)
    offered = facets(session, actor)
    of_mentor = shown_mentor if first == _of_mentor(first) and found.cards else ""
    return MarketView(
        found=found,
        panel=_panel(session, filters, offered),
        prices=price_chart(offered.prices, filters.min_kobo, filters.max_kobo),
        pills=[Pill(choice.label, address(choice.without)) for choice in chosen(session, actor, filters)],
        quick=quick_chips(first),
        shown=replace(first, mentor=shown_mentor).to_query(),
        clear_to=address(MarketFilters(sort=filters.sort)),
        start_to=address(first) if filters.after else "",
        loosen=Pill(loosening.label, address(loosening.without)) if loosening else Pill("", ""),
        loosen_words=sessions_words(loosening.total_words) if loosening else "",
        of_mentor=of_mentor,
        head=_head(filters, found, of_mentor),
    )


def _of_mentor(filters: MarketFilters) -> MarketFilters | None:
    """Return the filters that ask for one mentor by identifier and for nothing else; None without one."""
    if parse_id(filters.mentor) is None:
        return None
    return MarketFilters(mentor=filters.mentor, zone=filters.zone)


def _head(filters: MarketFilters, found: Found, of_mentor: str) -> Head:
    listed = {
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "url": f"{PATH}/offering/{card.id}"}
            for place, card in enumerate(found.cards, start=1)
        ],
    }
    if of_mentor:
        canonical = address(MarketFilters(mentor=filters.mentor))
        mentor = {"@type": "Person", "name": of_mentor, "url": canonical}
        return Head(
            canonical=canonical,
            kind="profile",
            facts=({"@type": "ProfilePage", "mainEntity": mentor}, listed),
        )
    # Every mix of filters is a page of its own to a search engine, and none of them is worth listing.
    whole = filters == MarketFilters(zone=filters.zone)
    return Head(canonical=PATH, indexed=whole, facts=(listed,) if whole else ())


def find_page(
    session: Session, actor: Actor | None, filters: MarketFilters, now: datetime, *, limit: int
) -> Found:
    """Return one page of cards in the viewer's zone."""
    page: Page = find_offerings(session, actor, filters, now, limit=limit)
    zone = actor.timezone if actor is not None else filters.zone
    return Found(
        cards=[card_of(card, zone, now) for card in page.cards],
        next_cursor=page.next_cursor,
        total=page.total,
        total_words=sessions_words(page.total_words),
    )


def sessions_words(total: str) -> str:
    """Return `128 sessions`."""
    return f"{total} session{'' if total == '1' else 's'}"


def quick_chips(filters: MarketFilters) -> list[QuickChip]:
    """Return the filters that a phone has at hand: those of a few useful ones that are not in force."""
    chips: list[QuickChip] = []
    if QUICK_MINUTES not in filters.durations:
        durations = tuple(sorted((*filters.durations, QUICK_MINUTES)))
        chips.append(QuickChip(f"{QUICK_MINUTES} min", address(replace(filters, durations=durations))))
    if filters.min_kobo is None and filters.max_kobo is None:
        chips.append(QuickChip("Up to ₦5k", address(replace(filters, max_kobo=QUICK_KOBO))))
    if not filters.when:
        chips.append(QuickChip("This week", address(replace(filters, when=WEEK))))
        chips.append(QuickChip("Today", address(replace(filters, when=TODAY))))
    return chips


def _panel(session: Session, filters: MarketFilters, offered: Facets) -> Panel:
    courses = {course.id: course.title for course in offered.courses}
    for course_id, title in course_titles(session, filters.course_ids).items():
        courses.setdefault(str(course_id), title)
    return Panel(
        mentors=sorted({mentor.name for mentor in offered.mentors}),
        courses=[
            ANY_COURSE,
            *(
                SelectOption(number, title)
                for number, title in sorted(courses.items(), key=lambda item: item[1])
            ),
        ],
        more_courses=[str(course_id) for course_id in filters.course_ids[1:]],
        completed=len(offered.completed),
        taking=len(offered.taking),
        lowest=_plain_naira(offered.lowest_kobo),
        highest=_plain_naira(offered.highest_kobo),
    )


def _plain_naira(kobo: int) -> str:
    return f"{naira_number(kobo):,}" if kobo else ""
