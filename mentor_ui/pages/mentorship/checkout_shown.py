"""What the checkout shows, read from the database and put into words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.domain.fees import FeeBearer
from mentor_ui.domain.free_weeks import free_days, nearest, week_count, week_of, week_title
from mentor_ui.domain.local_time import clock, long_day, moment_in_words, near_start, place_and_offset, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.models import MentorshipSession
from mentor_ui.pages.mentorship.checkout_credit_shown import CreditShown, read_credit
from mentor_ui.pages.package_words import left_of, package_shown
from mentor_ui.pages.policy_words import package_policy_line, policy_line
from mentor_ui.services import availability, bookings, offerings, package_uses, packages, requests
from mentor_ui.services.bookings import Hold
from mentor_ui.services.package_uses import Usable
from mentor_ui.services.requests import Request
from mentor_ui.settings import get_settings


@dataclass(frozen=True)
class Offered:
    """What is booked; `tutor_first` is for short sentences, `both_ways` lets the student ask first or not."""

    title: str = ""
    description: str = ""
    tutor: str = ""
    tutor_first: str = ""
    initials: str = ""
    hue: int = 0
    picture: str = ""
    course: str = ""
    duration: str = ""
    price: str = ""
    both_ways: bool = False
    policy: str = ""


@dataclass(frozen=True)
class FreeSlot:
    """A time to choose: its start in ISO 8601, the words on its button, and whether it is the chosen one."""

    start: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class DayColumn:
    """One day and its times; `key` names its heading."""

    key: str
    name: str
    slots: list[FreeSlot]


@dataclass(frozen=True)
class Week:
    """The days on screen, and whether there is more before or behind them.

    Attributes:
        unknown: Nobody can tell what is free just now, as a calendar of the tutor's cannot be read.
    """

    number: int
    title: str
    zone: str
    days: list[DayColumn]
    has_later: bool
    empty: bool
    none_at_all: bool
    unknown: bool = False


@dataclass(frozen=True)
class Held:
    """The time that is kept while the student pays; `until` in ISO 8601. No `booking` means none."""

    booking: str = ""
    start: str = ""
    when: str = ""
    price: str = ""
    until: str = ""


@dataclass(frozen=True)
class Picked:
    """A time to ask for, which nothing is held for; `answer_until` in words. No `start` means none."""

    start: str = ""
    when: str = ""
    answer_until: str = ""


@dataclass(frozen=True)
class Asked:
    """A request that was sent; `answer_until` in words. No `booking` means none."""

    booking: str = ""
    when: str = ""
    answer_until: str = ""


@dataclass(frozen=True)
class OwnPackage:
    """What the student has left of a package of this offering; no `purchase` means nothing.

    Attributes:
        left: Such as `2 of 3 left`.
        until: Until when they can be given a time, in words.
        after: What is left once this one is booked.
        other_length: Whether its sessions last longer or shorter than the offering's do now.
    """

    purchase: str = ""
    left: str = ""
    until: str = ""
    after: str = ""
    other_length: bool = False


@dataclass(frozen=True)
class Offers:
    """What packages can be bought, in words, and where; empty for none."""

    words: str = ""
    page: str = ""


@dataclass(frozen=True)
class Wishes:
    """What the student has chosen on the page.

    Attributes:
        asks: Ask first or not.
        picked: Which time to ask for.
        way: How to pay.
        singly: Pay for this one, though there is a package.
    """

    asks: bool = False
    picked: datetime | None = None
    way: Way = Way.CARD
    singly: bool = False


@dataclass(frozen=True)
class Checkout:
    """All that the page shows at one moment.

    Attributes:
        price_kobo: The offering's price on the screen.
        asks: Whether a time is asked for first, by the tutor's wish or the student's.
        waiting: What the student has asked for already, in words.
        package: What the student has left of a package.
        offers: What packages can be bought; none when there is one already.
    """

    offered: Offered
    price_kobo: int
    week: Week
    held: Held
    near: list[FreeSlot]
    asks: bool
    picked: Picked
    waiting: str
    credit: CreditShown
    package: OwnPackage
    offers: Offers


def read_checkout(
    session: Session,
    actor: Actor,
    offering_id: int,
    now: datetime,
    *,
    week: int | None = None,
    near: datetime | None = None,
    wishes: Wishes = Wishes(),
) -> Checkout:
    """Return the checkout of an offering for a student.

    Args:
        session: For reading.
        actor: The student.
        offering_id: What is to be booked.
        now: The present moment.
        week: Which week to show; None for that of the chosen or the first free time.
        near: A time that was refused, near which others are wanted.
        wishes: What the student has chosen.

    Raises:
        NotFound: `offering_gone`.
        NotAllowed: `own_offering`, `not_a_student`.
        Conflict: `offering_hidden`.
    """
    offering = bookings.bookable(session, actor, offering_id)
    details = offerings.details(session, actor, offering_id=offering_id)
    hold = bookings.current_hold(session, actor, offering_id=offering_id, now=now)
    asks = offering.booking_mode == BookingMode.REQUEST or (
        wishes.asks and offering.booking_mode == BookingMode.EITHER
    )
    usable = package_uses.usable(session, actor.person_id, offering_id, now)
    terms = offering
    if usable is not None and not wishes.singly:
        # The times are those for a session as long as it was bought.
        terms = package_uses.as_bought(session, actor.person_id, offering, usable.purchase_id, now)
    starts = _free(session, actor, terms, hold, now)
    rules = availability.booking_rules(session, offering)
    if asks and starts is not None:
        soonest = requests.soonest_start(notice_minutes=rules.notice_minutes, now=now)
        starts = tuple(start for start in starts if start >= soonest)
    picked = wishes.picked if asks and wishes.picked in (starts or ()) else None
    chosen = picked if asks else hold and hold.starts_at
    zone = actor.timezone
    answer_until = picked and requests.answer_until(picked, notice_minutes=rules.notice_minutes, now=now)
    waiting = requests.open_of(session, actor, offering_id=offering_id, now=now)
    name = details.tutor_name
    return Checkout(
        offered=Offered(
            title=details.title,
            description=details.description,
            tutor=name,
            tutor_first=name.split()[0] if name.split() else name,
            initials=initials_of(name),
            hue=hue_of(details.tutor_id),
            picture=details.tutor_avatar,
            course=details.course_title,
            duration=f"{terms.duration} min",
            price=show_naira(details.price_kobo),
            both_ways=offering.booking_mode == BookingMode.EITHER,
            policy=_policy(session, offering, hold, of_package=terms is not offering),
        ),
        price_kobo=details.price_kobo,
        week=replace(shown_week(starts or (), chosen, zone, now, week), unknown=starts is None),
        held=shown_hold(hold, zone) if hold else Held(),
        near=[
            FreeSlot(start.isoformat(), near_start(start, zone, now))
            for start in (nearest(starts or (), near) if near else ())
        ],
        asks=asks,
        picked=Picked(
            picked.isoformat(),
            span(picked, picked + timedelta(minutes=terms.duration), zone),
            moment_in_words(answer_until, zone),
        )
        if picked and answer_until
        else Picked(),
        waiting=" and ".join(span(one.starts_at, one.ends_at, zone) for one in waiting),
        credit=read_credit(
            session,
            actor,
            booking_id=hold.booking_id if hold else None,
            price_kobo=hold.price_kobo if hold else details.price_kobo,
            way=wishes.way,
            bearer=FeeBearer(get_settings().fee_bearer),
            now=now,
        ),
        package=_own_package(usable, offering, zone),
        offers=Offers() if usable else _offers(session, offering_id),
    )


def _own_package(usable: Usable | None, offering: MentorshipSession, zone: str) -> OwnPackage:
    if usable is None:
        return OwnPackage()
    return OwnPackage(
        purchase=str(usable.purchase_id),
        left=left_of(usable.left, usable.sessions),
        until=long_day(usable.expires_at, zone),
        after=left_of(usable.left - 1, usable.sessions),
        other_length=usable.duration != offering.duration,
    )


def _offers(session: Session, offering_id: int) -> Offers:
    """Return the packages on sale, such as `3 sessions for ₦12,000 (₦4,000 each)`."""
    shown = [package_shown(one) for one in packages.of_offering(session, offering_id)]
    words = " or ".join(f"{one.name} for {one.price} ({one.each})" for one in shown)
    return Offers(words, f"/mentorship/offering/{offering_id}")


def _policy(session: Session, offering: MentorshipSession, hold: Hold | None, *, of_package: bool) -> str:
    """Return what cancelling gives back: of a held time as it was pinned, else as the tutor has it now."""
    line = package_policy_line if of_package else policy_line
    if hold is not None:
        return line(session.get_one(MentorshipSession, hold.booking_id).cancellation_policy)
    return line(availability.tutor_rules(session, offering.tutor_id).cancellation_policy)


def _free(
    session: Session, actor: Actor, offering: MentorshipSession, hold: Hold | None, now: datetime
) -> tuple[datetime, ...] | None:
    """Return the free starts, or None when they cannot be found out."""
    try:
        return availability.free_times(
            session,
            offering,
            viewer_id=actor.person_id,
            now=now,
            ignoring=hold.booking_id if hold else None,
        )
    except availability.CannotFindOut:
        return None


def shown_request(request: Request, zone: str) -> Asked:
    """Return a request that was just sent, in the student's zone."""
    return Asked(
        booking=str(request.booking_id),
        when=span(request.starts_at, request.ends_at, zone),
        answer_until=moment_in_words(request.expires_at, zone),
    )


def shown_hold(hold: Hold, zone: str) -> Held:
    """Return a hold in the student's zone."""
    return Held(
        booking=str(hold.booking_id),
        start=hold.starts_at.isoformat(),
        when=span(hold.starts_at, hold.ends_at, zone),
        price=show_naira(hold.price_kobo),
        until=hold.expires_at.isoformat(),
    )


def shown_week(
    free: Sequence[datetime], chosen: datetime | None, zone: str, now: datetime, week: int | None
) -> Week:
    """Return one week of free times, the chosen one among them.

    Args:
        free: Free starts, in order.
        chosen: The start that is held, or will be asked for.
        zone: The student's zone.
        now: The present moment.
        week: Which week; None for that of the chosen or the first free time.
    """
    starts = sorted({*free, chosen} if chosen else set(free))
    last = week_count(starts, zone, now) - 1
    first = chosen or (starts[0] if starts else now)
    number = week_of(first, zone, now) if week is None else min(max(week, 0), last)
    days = free_days(starts, zone, now, number)
    return Week(
        number=number,
        title=week_title(days),
        zone=place_and_offset(zone, next((day.starts[0] for day in days if day.starts), first)),
        days=[
            DayColumn(
                key=f"day-{day.day:%Y%m%d}",
                name=f"{day.day:%a} {day.day.day}",
                slots=[
                    FreeSlot(start.isoformat(), clock(start, zone), start == chosen) for start in day.starts
                ],
            )
            for day in days
        ],
        has_later=number < last,
        empty=not any(day.starts for day in days),
        none_at_all=not starts,
    )


def parse_moment(text: str, now: datetime) -> datetime | None:
    """Return the moment that a button stands for, or None when the text is none of ours."""
    try:
        moment = datetime.fromisoformat(text)
        return moment if abs(moment - now).days < 366 else None
    except (ValueError, TypeError):
        return None
