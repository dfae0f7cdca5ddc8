"""One offering: what it is, who gives it, and when there is time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

import reflex as rx

from mentor_ui.components.avatars import avatar, hue_of, initials_of
from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.cards import card, section_card
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.icons import icon
from mentor_ui.components.links import back_link, link, text_link
from mentor_ui.components.money import price
from mentor_ui.components.notices import notice
from mentor_ui.components.offering_card import duration, standing
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import shown
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import clock, near_day, place_of
from mentor_ui.domain.money import naira_number, show_naira
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.gate import Anyone, Refused, allow, current_actor, current_zone, reading
from mentor_ui.pages.frame import framed
from mentor_ui.pages.heads import MISSING, Head
from mentor_ui.pages.mentorship.offering_packages import OfferingPackages, offering_packages, own_package
from mentor_ui.pages.offering_cards import held_words
from mentor_ui.pages.policy_words import policy_line
from mentor_ui.pages.registry import page
from mentor_ui.services.offering_page import OfferingPage, offering_page
from mentor_ui.services.requests import ANSWER_TIME

LOOK_DAYS = 14
DAYS_SHOWN = 4
TIMES_SHOWN = 5
GONE = "offering_gone"
_HOURS = f"{ANSWER_TIME // timedelta(hours=1)} hours"
_BOOKING = {
    BookingMode.INSTANT: "Booked at once: the time is held for you while you pay.",
    BookingMode.REQUEST: f"You ask for a time, and the mentor answers within {_HOURS}. You pay after a yes.",
    BookingMode.EITHER: f"Book at once, or ask first: the mentor then answers within {_HOURS}.",
}


@dataclass(frozen=True)
class FreeDay:
    """A day with free starts, in the viewer's zone, and how many more there are."""

    name: str
    times: list[str]
    more: str


@dataclass(frozen=True)
class Shown:
    """The offering as the page shows it."""

    id: str = ""
    title: str = ""
    description: str = ""
    duration: str = ""
    price: str = ""
    course: str = ""
    course_href: str = ""
    tutor: str = ""
    headline: str = ""
    initials: str = ""
    hue: int = 0
    picture: str = ""
    standing: str = ""
    more_href: str = ""
    booking: str = ""
    policy: str = ""
    own: bool = False
    hidden: bool = False


class Offering(rx.State):
    """One offering's page.

    Attributes:
        status: `loading`, `shown`, `gone` or `failed`.
        times_unknown: Whether nobody can tell now when there is time.
    """

    status: str = "loading"
    offering: Shown = Shown()
    days: list[FreeDay] = []
    times_unknown: bool = False
    zone: str = ""
    _head: Head = Head()

    @rx.event
    @allow(Anyone)
    async def load(self):  # noqa: ANN201 - an asynchronous generator of nothing
        """Show the offering that the address names."""
        offering_id = parse_id(str(self.router.url.path).rstrip("/").rpartition("/")[2])
        if offering_id is None:
            self.status, self._head = "gone", MISSING
            return
        if self.offering.id != str(offering_id):
            self.status = "loading"
            yield
        actor, now = await current_actor(self), datetime.now(UTC)
        found = await reading(
            lambda session: offering_page(session, actor, offering_id=offering_id, now=now, days=LOOK_DAYS)
        )
        if isinstance(found, Refused):
            self.status = "gone" if found.code == GONE else "failed"
            self.offering, self._head = Shown(), MISSING
            return
        zone = await current_zone(self)
        self.offering = _shown(found)
        self.days, self.times_unknown = _days(found.free or (), zone, now), found.free is None
        self.zone = place_of(zone)
        self.status = "shown"
        self._head = _head(found)


def _shown(found: OfferingPage) -> Shown:
    offering = found.offering
    return Shown(
        id=offering.id,
        title=offering.title,
        description=offering.description,
        duration=f"{offering.duration_minutes} min",
        price=show_naira(offering.price_kobo),
        course=offering.course_title,
        course_href=f"/courses/{offering.course_slug}" if offering.course_slug else "",
        tutor=offering.tutor_name,
        headline=offering.tutor_headline,
        initials=initials_of(offering.tutor_name),
        hue=hue_of(offering.tutor_id),
        picture=offering.tutor_avatar,
        standing=held_words(found.sessions_held),
        more_href=f"/mentorship?mentor={offering.tutor_id}",
        booking=_BOOKING[BookingMode(offering.booking_mode)],
        policy=policy_line(found.cancellation_policy),
        own=offering.own,
        hidden=not offering.published,
    )


def _head(found: OfferingPage) -> Head:
    offering = found.offering
    path = f"/mentorship/offering/{offering.id}"
    price_naira = naira_number(offering.price_kobo)
    return Head(
        canonical=path,
        indexed=offering.published,
        kind="product",
        image=offering.tutor_avatar,
        facts=(
            {
                "@type": "Service",
                "name": offering.title,
                "description": offering.description,
                "url": path,
                "serviceType": "One-to-one mentorship session",
                "provider": {
                    "@type": "Person",
                    "name": offering.tutor_name,
                    "url": f"/mentorship?mentor={offering.tutor_id}",
                },
                "offers": {
                    "@type": "Offer",
                    "price": str(price_naira),
                    "priceCurrency": "NGN",
                    "url": path,
                    "availability": "https://schema.org/" + ("SoldOut" if found.free == () else "InStock"),
                },
            },
        ),
    )


def _days(free: tuple[datetime, ...], zone: str, now: datetime) -> list[FreeDay]:
    days: list[FreeDay] = []
    for name, group in groupby(free, key=lambda start: near_day(start, zone, now)):
        times = [clock(start, zone) for start in group]
        more = len(times) - TIMES_SHOWN
        days.append(FreeDay(name, times[:TIMES_SHOWN], f"and {more} more" if more > 0 else ""))
        if len(days) == DAYS_SHOWN:
            break
    return days


@page(
    "/mentorship/offering/[id]",
    title=rx.cond(
        Offering.offering.title, f"{Offering.offering.title} with {Offering.offering.tutor}", "Session"
    ),
    description=rx.cond(
        Offering.offering.title,
        f"{Offering.offering.duration} one to one for {Offering.offering.price}. "
        f"{Offering.offering.description}",
        "What the session is about, who gives it, what it costs and when there is time.",
    ),
    on_load=[Offering.load, OfferingPackages.load],
)
def offering_details_page() -> rx.Component:
    """Show one offering."""
    offering = Offering.offering
    return framed(
        rx.el.div(back_link("All mentors", to="/mentorship"), class_name="mb-3"),
        rx.match(
            Offering.status,
            ("shown", _details(offering)),
            ("gone", _gone()),
            ("failed", _failed()),
            _waiting(),
        ),
        current="/mentorship",
        width="reading",
        action_bar=rx.cond(
            (Offering.status == "shown") & ~offering.own,  # pyright: ignore[reportDeprecated]
            rx.el.div(
                rx.el.div(price(offering.price), rx.el.p(offering.duration, class_name="text-xs text-muted")),
                _book(offering, "max-w-56 flex-1"),
                class_name="flex items-center justify-between gap-4",
            ),
        ),
    )


def _details(offering: rx.Var[Shown]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _notices(offering),
            own_package(),
            rx.el.div(
                shown(
                    offering.course,
                    link(
                        icon("book-open", size=14),
                        offering.course,
                        to=offering.course_href,
                        class_name="badge badge-go mb-3 hover:underline",
                    ),
                ),
                rx.el.h1(offering.title),
                rx.el.p(
                    duration(offering.duration),
                    rx.el.span(
                        icon("video", size=14), "One to one on Zoom", class_name="flex items-center gap-1.5"
                    ),
                    class_name="mt-2.5 flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted",
                ),
            ),
            section_card(
                "What you will cover",
                rx.el.p(
                    rx.cond(
                        offering.description,
                        offering.description,
                        "The mentor has not described it yet. Ask about anything once you have a time.",
                    ),
                    class_name="whitespace-pre-line",
                ),
            ),
            offering_packages(own=offering.own),
            _mentor(offering),
            class_name="flex flex-col gap-5 min-w-0",
        ),
        _booking(offering),
        class_name="grid gap-5 md:grid-cols-[minmax(0,1fr)_320px] md:gap-7 items-start",
    )


def _notices(offering: rx.Var[Shown]) -> rx.Component:
    manage = link_button("Manage your offerings", to="/tutor/mentorship/schedule", size="sm")
    return rx.cond(
        offering.own,
        rx.cond(
            offering.hidden,
            notice("This is your offering. It is hidden: only you see it.", action=manage),
            notice("This is your offering. Students see it like this.", action=manage),
        ),
    )


def _mentor(offering: rx.Var[Shown]) -> rx.Component:
    return section_card(
        "Your mentor",
        rx.el.div(
            avatar(initials=offering.initials, hue=offering.hue, picture=offering.picture, size="lg"),
            rx.el.div(
                rx.el.p(offering.tutor, class_name="font-semibold"),
                shown(offering.headline, rx.el.p(offering.headline, class_name="text-muted")),
                standing(offering.standing),
                class_name="min-w-0",
            ),
            class_name="flex items-center gap-4",
        ),
        rx.el.p(text_link("More sessions of this mentor", to=offering.more_href), class_name="text-sm"),
    )


def _booking(offering: rx.Var[Shown]) -> rx.Component:
    return card(
        rx.el.div(
            price(offering.price, size="lg"),
            rx.el.span("for ", offering.duration, class_name="text-sm text-muted"),
            class_name="flex items-baseline gap-2",
        ),
        rx.cond(~offering.own, _book(offering, "w-full max-md:hidden")),
        rx.el.p(offering.booking, class_name="text-sm text-muted"),
        rx.el.p(offering.policy, class_name="text-sm text-muted"),
        rx.el.div(
            rx.el.h2("Next free times", class_name="title"),
            rx.cond(
                Offering.times_unknown,
                _unknown_times(),
                rx.cond(
                    Offering.days.length() > 0,
                    rx.fragment(
                        rx.el.ul(rx.foreach(Offering.days, _day), class_name="flex flex-col gap-3.5"),
                        rx.el.p("Times in ", Offering.zone, class_name="text-sm text-muted"),
                    ),
                    rx.el.p(
                        f"Nothing is free in the next {LOOK_DAYS} days. "
                        "Look again soon, or try another mentor.",
                        class_name="text-muted",
                    ),
                ),
            ),
            class_name="flex flex-col gap-3 border-t pt-4",
        ),
        class_name="flex flex-col gap-4 p-[18px] md:sticky md:top-[84px]",
    )


def _unknown_times() -> rx.Component:
    return notice(
        "We cannot see this tutor's calendar right now.",
        "So we do not know which times are free. It usually takes a few minutes.",
        tone="warning",
        action=button("Try again", size="sm", icon="refresh-cw", on_click=Offering.load),
    )


def _day(day: rx.Var[FreeDay]) -> rx.Component:
    return rx.el.li(
        rx.el.p(day.name, class_name="text-sm font-semibold"),
        rx.el.p(
            rx.foreach(
                day.times,
                lambda time: rx.el.span(
                    time, class_name="px-2 py-0.5 rounded-control bg-raised tabular-nums", key=time
                ),
            ),
            shown(day.more, rx.el.span(day.more, class_name="py-0.5 text-muted")),
            class_name="mt-1.5 flex flex-wrap gap-1.5 text-sm",
        ),
        key=day.name,
    )


def _book(offering: rx.Var[Shown], class_name: str) -> rx.Component:
    return link_button(
        "Book session",
        to=f"/mentorship/checkout/{offering.id}",
        kind="primary",
        size="lg",
        class_name=class_name,
    )


def _gone() -> rx.Component:
    return rx.fragment(
        rx.el.h1("Session", class_name="sr-only"),
        empty_state(
            "This session is no longer offered",
            "Its mentor has removed or hidden it. The marketplace has others like it.",
            icon="calendar",
            action=link_button("Find another", to="/mentorship", kind="primary"),
        ),
    )


def _failed() -> rx.Component:
    return rx.fragment(
        rx.el.h1("Session", class_name="sr-only"),
        failed_state(
            "We could not load this session",
            "This is on our side. Please try again in a moment.",
            action=button("Try again", icon="refresh-cw", on_click=Offering.load),
        ),
    )


def _waiting() -> rx.Component:
    return loading(
        rx.el.div(
            skeleton("h-9 w-4/5"),
            skeleton("h-4 w-1/2"),
            skeleton("h-40 rounded-card"),
            skeleton("h-40 rounded-card"),
            class_name="flex flex-col gap-5",
        ),
        skeleton("h-80 rounded-card"),
        label="Loading the session",
        class_name="grid gap-5 md:grid-cols-[minmax(0,1fr)_320px] md:gap-7 items-start",
    )
