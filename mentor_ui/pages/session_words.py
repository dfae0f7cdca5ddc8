"""Booked sessions put into words, for whichever page shows them."""

from dataclasses import dataclass
from datetime import datetime

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.components.calendar_menu import CalendarWays
from mentor_ui.components.next_session import NextSession
from mentor_ui.domain.calendar_links import google_link, outlook_link
from mentor_ui.domain.local_time import clock, near_day, place_of, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.services.calendar_files import entry_for
from mentor_ui.services.sessions import SessionRow

_STANDING: dict[SessionStatus, tuple[str, str]] = {
    SessionStatus.HELD: ("Ready to pay", "now"),
    SessionStatus.PENDING_MENTOR_REVIEW: ("Awaiting approval", "info"),
    SessionStatus.SCHEDULED: ("Paid", "go"),
    SessionStatus.IN_PROGRESS: ("On now", "now"),
    SessionStatus.COMPLETED: ("Completed", "neutral"),
    SessionStatus.CANCELLED: ("Cancelled", "stop"),
    SessionStatus.NO_SHOW: ("No-show", "stop"),
    SessionStatus.REJECTED: ("Declined", "stop"),
    SessionStatus.EXPIRED: ("Not paid in time", "neutral"),
}


_UNPAID_REQUEST: dict[SessionStatus, tuple[str, str]] = {
    SessionStatus.EXPIRED: ("No answer", "neutral"),
    SessionStatus.CANCELLED: ("Withdrawn", "neutral"),
}
"""What else has become of a request that nothing was paid for."""


@dataclass(frozen=True)
class SessionLine:
    """One session in a list, in the viewer's zone; `tone` is a badge's, `until` ends a hold (ISO 8601)."""

    id: str
    title: str
    other: str
    initials: str
    hue: int
    picture: str
    about: str
    badge: str
    tone: str
    price: str
    join: str
    again: str
    until: str


def standing(row: SessionRow) -> tuple[str, str]:
    """Return the words and the tone of a session's badge."""
    match row.payment_status:
        case PaymentStatus.REFUNDING:
            return "Refund on its way", "info"
        case PaymentStatus.REFUNDED:
            return "Refunded", "neutral"
        case PaymentStatus.CREDIT_BACK:
            return "Back in package", "neutral"
        case PaymentStatus.NONE if row.asked and row.status in _UNPAID_REQUEST:
            return _UNPAID_REQUEST[row.status]
        case _:
            return _STANDING[row.status]


def session_line(row: SessionRow, zone: str) -> SessionLine:
    """Return a session as a line of a list.

    Args:
        row: The session.
        zone: The viewer's zone.
    """
    badge, tone = standing(row)
    return SessionLine(
        id=str(row.id),
        title=row.title,
        other=row.other_name,
        initials=initials_of(row.other_name),
        hue=hue_of(row.other_id),
        picture=row.other_avatar,
        about=f"{row.other_name} · {span(row.starts_at, row.ends_at, zone)}",
        badge=badge,
        tone=tone,
        price=show_naira(row.price_kobo),
        join=join_path(row),
        again=again_path(row.offering_id),
        until=row.hold_expires_at.isoformat() if row.hold_expires_at else "",
    )


def next_session(row: SessionRow | None, zone: str, now: datetime) -> NextSession:
    """Return what the card on top of a dashboard shows.

    Args:
        row: The session that comes next, if any.
        zone: The viewer's zone.
        now: The present moment.
    """
    if row is None:
        return NextSession()
    times = f"{clock(row.starts_at, zone)} – {clock(row.ends_at, zone)}"  # noqa: RUF001 - an en dash
    return NextSession(
        id=str(row.id),
        title=row.title,
        other=row.other_name,
        when=f"{near_day(row.starts_at, zone, now)} {times}, {place_of(zone)} time",
        starts_at=row.starts_at.isoformat(),
        ends_at=row.ends_at.isoformat(),
        running=row.starts_at <= now,
        join=join_path(row),
    )


def join_path(row: SessionRow) -> str:
    """Return the path of a session's one join link."""
    return f"/j/{row.join_token}"


def again_path(offering_id: int | None) -> str:
    """Return where the same session can be booked again, or the marketplace when it is gone."""
    return "/mentorship" if offering_id is None else f"/mentorship/checkout/{offering_id}"


def calendar_ways(row: SessionRow | None, public_url: str, *, as_host: bool = False) -> CalendarWays:
    """Return the ways into a calendar.

    Args:
        row: The session, if any.
        public_url: Base of the join link that calendars keep.
        as_host: Whether the reader is the tutor.
    """
    if row is None:
        return CalendarWays()
    entry = entry_for(row, public_url, as_host=as_host)
    return CalendarWays(
        google_link(entry),
        outlook_link(entry),
        outlook_link(entry, at_work=True),
        f"/api/calendar/sessions/{row.id}.ics",
    )
