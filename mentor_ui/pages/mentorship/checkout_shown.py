"""What the checkout shows, read from the database and put into words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.domain.free_weeks import free_days, nearest, week_count, week_of, week_title
from mentor_ui.domain.local_time import clock, near_start, place_and_offset, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.services import availability, bookings, offerings
from mentor_ui.services.bookings import Hold


@dataclass(frozen=True)
class Offered:
    """What is booked; `tutor_first` is for short sentences."""

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


@dataclass(frozen=True)
class FreeSlot:
    """A time to choose: its start in ISO 8601, the words on its button, and whether it is the held one."""

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

    With `unknown` nobody can tell now what is free, so the days are empty and that means nothing.
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
class Checkout:
    """All that the page shows at one moment; `price_kobo` is the offering's price on the screen."""

    offered: Offered
    price_kobo: int
    week: Week
    held: Held
    near: list[FreeSlot]


def read_checkout(
    session: Session,
    actor: Actor,
    offering_id: int,
    now: datetime,
    *,
    week: int | None = None,
    near: datetime | None = None,
) -> Checkout:
    """Return the checkout of an offering for a student.

    Args:
        session: For reading.
        actor: The student.
        offering_id: What is to be booked.
        now: The present moment.
        week: Which week to show; None for that of the held or the first free time.
        near: A time that was refused, near which others are wanted.

    Raises:
        NotFound: `offering_gone`.
        NotAllowed: `own_offering`, `not_a_student`.
        Conflict: `offering_hidden`.
    """
    offering = bookings.bookable(session, actor, offering_id)
    details = offerings.details(session, actor, offering_id=offering_id)
    hold = bookings.current_hold(session, actor, offering_id=offering_id, now=now)
    unknown, starts = False, tuple[datetime, ...]()
    try:
        starts = availability.free_times(
            session,
            offering,
            viewer_id=actor.person_id,
            now=now,
            ignoring=hold.booking_id if hold else None,
        )
    except availability.CannotFindOut:
        unknown = True
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
            duration=f"{details.duration_minutes} min",
            price=show_naira(details.price_kobo),
        ),
        price_kobo=details.price_kobo,
        week=replace(shown_week(starts, hold, actor.timezone, now, week), unknown=unknown),
        held=shown_hold(hold, actor.timezone) if hold else Held(),
        near=[
            FreeSlot(start.isoformat(), near_start(start, actor.timezone, now))
            for start in (nearest(starts, near) if near else ())
        ],
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
    free: Sequence[datetime], hold: Hold | None, zone: str, now: datetime, week: int | None
) -> Week:
    """Return one week of free times, the held one among them.

    Args:
        free: Free starts, in order.
        hold: The student's hold.
        zone: The student's zone.
        now: The present moment.
        week: Which week; None for that of the held or the first free time.
    """
    held_start = hold.starts_at if hold else None
    starts = sorted({*free, held_start} if held_start else set(free))
    last = week_count(starts, zone, now) - 1
    first = held_start or (starts[0] if starts else now)
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
                    FreeSlot(start.isoformat(), clock(start, zone), start == held_start)
                    for start in day.starts
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
