"""A session as its page shows it: read from the database and put into words."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.components.calendar_menu import CalendarWays
from mentor_ui.domain.local_time import long_day, place_of, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.pages.session_words import again_path, calendar_ways, join_path, standing
from mentor_ui.services import sessions
from mentor_ui.services.sessions import SessionDetails
from mentor_ui.settings import get_settings

NO_WAYS = CalendarWays()
AHEAD = (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS)


@dataclass(frozen=True)
class Face:
    """One of the two participants."""

    name: str
    role: str
    initials: str
    hue: int


@dataclass(frozen=True)
class SessionShown:
    """A session in words, in the viewer's zone; `starts_at` and `ends_at` in ISO 8601.

    Attributes:
        ahead: Whether it can still be joined.
        running: Whether it has begun.
        where: In whose room it takes place.
        join_words: What the button into it says.
        room: What is known of the room.
        receives: What the tutor gets, for the tutor; empty for the student.
        home: The viewer's dashboard.
    """

    title: str = ""
    description: str = ""
    badge: str = ""
    tone: str = "neutral"
    when: str = ""
    zone: str = ""
    starts_at: str = ""
    ends_at: str = ""
    ahead: bool = False
    running: bool = False
    to_pay: bool = False
    join: str = ""
    where: str = "Zoom"
    join_words: str = "Join on Zoom"
    room: str = ""
    people: tuple[Face, ...] = ()
    price: str = ""
    receives: str = ""
    receipt: str = ""
    course: str = ""
    course_path: str = ""
    booked_on: str = ""
    again: str = ""
    home: str = "/student/mentorship"
    ways: CalendarWays = NO_WAYS


def read_session(session: Session, actor: Actor, session_id: int, now: datetime) -> tuple[SessionShown, str]:
    """Return a session in words, and the reference of its payment.

    Args:
        session: For reading.
        actor: One of the two participants.
        session_id: Which session.
        now: The present moment.

    Raises:
        NotFound: There is none, or the actor is not one of the two.
    """
    settings = get_settings()
    found = sessions.details(
        session, actor, session_id=session_id, platform_share_percent=settings.platform_share_percent
    )
    row, zone = found.row, actor.timezone
    words, tone = standing(row)
    ahead = row.status in AHEAD and row.ends_at > now
    shown_session = SessionShown(
        title=row.title,
        description=found.description,
        badge=words,
        tone=tone,
        when=span(row.starts_at, row.ends_at, zone),
        zone=place_of(zone),
        starts_at=row.starts_at.isoformat(),
        ends_at=row.ends_at.isoformat(),
        ahead=ahead,
        running=ahead and row.starts_at <= now,
        to_pay=row.status == SessionStatus.HELD and not found.is_tutor,
        join=join_path(row) if ahead else "",
        where="Zoom" if found.on_zoom else "Another room, see below",
        join_words="Join on Zoom" if found.on_zoom else "Join the session",
        room=_room(found) if ahead else "",
        people=(
            Face(found.tutor_name, "Tutor", initials_of(found.tutor_name), hue_of(found.tutor_id)),
            Face(found.student_name, "Student", initials_of(found.student_name), hue_of(found.student_id)),
        ),
        price=show_naira(row.price_kobo),
        receives=show_naira(found.tutor_kobo) if found.is_tutor else "",
        receipt=receipt_path(found.reference) if found.reference and not found.is_tutor else "",
        course=row.course_title,
        course_path=f"/courses/{found.course_slug}" if found.course_slug else "",
        booked_on=long_day(found.created_at, zone),
        again=again_path(row.offering_id),
        home="/tutor/mentorship" if found.is_tutor else "/student/mentorship",
        ways=calendar_ways(row, settings.public_url, as_host=found.is_tutor) if ahead else NO_WAYS,
    )
    return shown_session, found.reference


def _room(found: SessionDetails) -> str:
    if not found.has_room:
        return "The Zoom room is being made; the link works already and waits for it."
    room = "The Zoom room is ready" if found.on_zoom else "The room is ready"
    return f"{room}. This link stays the same, also for your calendar."
