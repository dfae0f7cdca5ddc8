"""What a tutor's own settings come to: the times that a student would see, and the calendars behind them."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.models import LinkedCalendar, MentorshipSession
from mentor_ui.services.availability import CannotFindOut, free_times
from mentor_ui.services.diaries import known_until


@dataclass(frozen=True, slots=True)
class PreviewedOffering:
    """One of the tutor's offerings to look at."""

    offering_id: int
    title: str
    published: bool


@dataclass(frozen=True, slots=True)
class FreePreview:
    """The free times of one offering.

    Attributes:
        starts: In order, aware UTC.
        unknown: They cannot be found out, as a linked calendar cannot be read.
    """

    offering_id: int
    starts: tuple[datetime, ...]
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class CalendarsState:
    """How many calendars the tutor has linked, and how many of them could not be read at the last try.

    Attributes:
        unknown: One could not be read for so long that no time is offered.
    """

    linked: int
    troubled: int
    unknown: bool = False


def previewed_offerings(session: Session, actor: Actor) -> tuple[PreviewedOffering, ...]:
    """Return the tutor's offerings, live ones first, newest first."""
    rows = session.exec(
        select(MentorshipSession.id, MentorshipSession.title, MentorshipSession.published)
        .where(MentorshipSession.tutor_id == actor.person_id, col(MentorshipSession.is_offering))
        .order_by(
            col(MentorshipSession.published).desc(),
            col(MentorshipSession.created_at).desc(),
            col(MentorshipSession.id).desc(),
        )
    )
    return tuple(PreviewedOffering(*row) for row in rows)


def free_preview(session: Session, actor: Actor, *, offering_id: int, now: datetime) -> FreePreview:
    """Return the times at which a student without sessions of their own could book.

    Raises:
        NotFound: The offering is not the tutor's.
    """
    offering = session.get(MentorshipSession, offering_id)
    if offering is None or not offering.is_offering or offering.tutor_id != actor.person_id:
        raise NotFound("We cannot find this offering. It may have been deleted.")
    try:
        return FreePreview(offering_id, free_times(session, offering, viewer_id=None, now=now))
    except CannotFindOut:
        return FreePreview(offering_id, (), unknown=True)


def calendars_state(session: Session, actor: Actor, now: datetime) -> CalendarsState:
    """Return how the tutor's linked calendars are."""
    troubles = session.exec(
        select(LinkedCalendar.trouble).where(LinkedCalendar.tutor_id == actor.person_id)
    ).all()
    known = known_until(session, actor.person_id)
    return CalendarsState(
        linked=len(troubles),
        troubled=sum(bool(trouble) for trouble in troubles),
        unknown=known is not None and known <= now,
    )
