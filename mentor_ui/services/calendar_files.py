"""A session as a calendar file (RFC 5545)."""

from datetime import UTC, datetime

from icalendar import Calendar, Event
from sqlmodel import Session

from mentor_ui.domain.calendar_links import CalendarEntry
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.services import sessions
from mentor_ui.services.sessions import SessionRow

PRODUCT = "-//mentor//Mentorship sessions//EN"
CALLED_OFF = (SessionStatus.CANCELLED, SessionStatus.REJECTED, SessionStatus.EXPIRED)


def entry_for(row: SessionRow, public_url: str) -> CalendarEntry:
    """Return what a participant's calendar keeps of a session.

    Args:
        row: The session as that participant sees it.
        public_url: Base of the join link.
    """
    return CalendarEntry(
        title=row.title,
        other_name=row.other_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        join_url=f"{public_url}/j/{row.join_token}",
    )


def session_file(
    session: Session,
    actor: Actor,
    *,
    session_id: int,
    public_url: str,
    platform_share_percent: int,
    now: datetime,
) -> bytes:
    """Return a session as an `.ics` file for one of its participants.

    The identifier stays the same for the session's whole life and SEQUENCE counts its changes, so a calendar
    that reads the file again moves the entry instead of adding one.

    Args:
        session: For reading.
        actor: One of the two participants.
        session_id: Which session.
        public_url: Base of the one join link, the only link in the file.
        platform_share_percent: As in the settings.
        now: Moment at which the file is made.

    Raises:
        NotFound: There is none, or the actor is not one of the two.
    """
    details = sessions.details(
        session, actor, session_id=session_id, platform_share_percent=platform_share_percent
    )
    entry = entry_for(details.row, public_url)
    event = Event()
    event.add("uid", f"session-{session_id}@mentor")
    event.add("sequence", details.revision)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.summary)
    event.add("description", entry.notes)
    event.add("location", entry.join_url)
    event.add("url", entry.join_url)
    event.add("status", _standing(details.row))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()


def _standing(row: SessionRow) -> str:
    if row.status in CALLED_OFF:
        return "CANCELLED"
    return "CONFIRMED" if row.payment_status == PaymentStatus.PAID else "TENTATIVE"
