"""One offering with what somebody needs to know before booking it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mentor_ui.domain.roles import Actor
from mentor_ui.models import MentorshipSession
from mentor_ui.services.availability import CannotFindOut, free_times, tutor_rules
from mentor_ui.services.marketplace import sessions_held
from mentor_ui.services.offerings import OfferingDetails, details


@dataclass(frozen=True, slots=True)
class OfferingPage:
    """What the offering's page shows.

    Attributes:
        sessions_held: Completed sessions of the tutor, of any offering.
        cancellation_policy: What a booking made now would pin, of `CancellationPolicy`.
        free: The next free starts, in order, aware UTC; None when they cannot be found out.
    """

    offering: OfferingDetails
    sessions_held: int
    cancellation_policy: str
    free: tuple[datetime, ...] | None


def offering_page(
    session: Session, actor: Actor | None, *, offering_id: int, now: datetime, days: int
) -> OfferingPage:
    """Return one offering, its tutor's record and its free times.

    Args:
        session: For reading.
        actor: Who looks; None for a visitor.
        offering_id: Which one.
        now: The present moment.
        days: How far to look for free times.

    Raises:
        NotFound: There is no such offering, or it is hidden from this person.
    """
    offering = details(session, actor, offering_id=offering_id)
    tutor_id = int(offering.tutor_id)
    try:
        free = free_times(
            session,
            session.get_one(MentorshipSession, offering_id),
            viewer_id=actor.person_id if actor is not None else None,
            now=now,
            days=days,
        )
    except CannotFindOut:
        free = None
    return OfferingPage(
        offering,
        sessions_held(session, tutor_id),
        tutor_rules(session, tutor_id).cancellation_policy,
        free,
    )
