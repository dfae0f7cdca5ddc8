"""Offerings as the services give them, turned into what cards show."""

from datetime import datetime

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.components.offering_card import OfferingCard
from mentor_ui.domain.local_time import near_start
from mentor_ui.domain.money import show_naira
from mentor_ui.services.marketplace import Card

NO_FREE_TIME = "No free time"
TIMES_UNKNOWN = "Times not known right now"


def held_words(sessions_held: int) -> str:
    """Return how well a tutor is known: `128 sessions`, or `New mentor`."""
    if not sessions_held:
        return "New mentor"
    return f"{sessions_held:,} session{'' if sessions_held == 1 else 's'}"


def next_words(free_at: datetime | None, timezone: str, now: datetime, *, unknown: bool) -> tuple[str, str]:
    """Return the next free time in a zone, or what to say instead of it; one of the two is empty.

    Args:
        free_at: UTC; None when there is none, or none is known.
        timezone: IANA name.
        now: The present moment.
        unknown: Whether nobody can tell.
    """
    if unknown or (free_at is not None and free_at <= now):
        return "", TIMES_UNKNOWN
    return (near_start(free_at, timezone, now), "") if free_at else ("", NO_FREE_TIME)


def card_of(card: Card, timezone: str, now: datetime) -> OfferingCard:
    """Return a card for a person who reads times in a zone.

    Args:
        card: The offering.
        timezone: IANA name.
        now: The present moment, by which a day is `Today`.
    """
    next_time, no_time = next_words(card.next_free_at, timezone, now, unknown=card.times_unknown)
    return OfferingCard(
        id=card.id,
        title=card.title,
        description=card.description,
        course=card.course_title,
        tutor=card.tutor_name,
        initials=initials_of(card.tutor_name),
        hue=hue_of(card.tutor_id),
        picture=card.tutor_avatar,
        standing=held_words(card.sessions_held),
        rating="",
        duration=f"{card.duration_minutes} min",
        next_time=next_time,
        no_time=no_time,
        price=show_naira(card.price_kobo),
    )
