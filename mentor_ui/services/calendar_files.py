"""A session as a calendar file (RFC 5545): the invitations of mails (RFC 5546), a download, and the feed.

Each of the two people gets a copy of their own. It names the other one but never shows an e-mail address of
theirs: the platform is the organizer, and the reader is the only attendee. Nobody has to answer it, for who
booked and who was booked have said yes already.

The identifier is the same in every copy, mail, download and feed, and SEQUENCE counts the booking's changes.
A calendar that hears of a session again therefore moves or ends its entry instead of adding one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress
from sqlmodel import Session

from mentor_ui.domain.calendar_links import CalendarEntry, join_link
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.words import one_line
from mentor_ui.models import MentorshipSession, Person
from mentor_ui.services.sessions import SessionRow

PRODUCT = "-//mentor//Mentorship sessions//EN"
FILE_NAME = "mentor-session.ics"
CALLED_OFF = (SessionStatus.CANCELLED, SessionStatus.REJECTED, SessionStatus.EXPIRED)
BOUGHT = (
    PaymentStatus.PAID,
    PaymentStatus.REFUNDING,
    PaymentStatus.REFUNDED,
    PaymentStatus.PARTLY_REFUNDED,
    PaymentStatus.CREDIT_BACK,
)
REFRESH = timedelta(hours=1)
"""How soon we would like a feed to be read again; most calendars take longer."""


class Method(StrEnum):
    """What a calendar is to do with a file."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar file for a mail; its organizer is added by `with_organizer` when the mail goes out."""

    text: str
    method: Method


def session_uid(booking_id: int) -> str:
    """Return a booking's identifier in calendars, the same for its whole life.

    The number is of our own making and holds time and chance, so no other installation makes it too. There is
    no host in it, as PUBLIC_URL may change and the identifier may not.
    """
    return f"session-{booking_id}@mentor"


def entry_for(row: SessionRow, public_url: str, *, as_host: bool = False) -> CalendarEntry:
    """Return what a participant's calendar keeps of a session.

    Args:
        row: The session as that participant sees it.
        public_url: Base of the join link.
        as_host: Whether that participant is the tutor.
    """
    return CalendarEntry(
        title=row.title,
        other_name=row.other_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        join_url=join_link(public_url, row.join_token, as_host=as_host),
    )


def invitation(
    booking: MentorshipSession, *, reader: Person, other: Person, public_url: str, now: datetime
) -> Invitation:
    """Return what makes a mail put the session into its reader's calendar, move it there or end it.

    Args:
        booking: As it stands now; a cancelled one gives a CANCEL.
        reader: Who gets the mail, and the only attendee.
        other: The other of the two, who is named only.
        public_url: Base of the join link.
        now: Moment at which the file is made.
    """
    called_off = booking.status in CALLED_OFF
    event = _event(booking, reader_id=reader.id, other_name=other.name, public_url=public_url)
    event.add("dtstamp", now.astimezone(UTC))
    attendee = vCalAddress(f"mailto:{reader.email}")
    attendee.params["CN"] = _common_name(reader.name)
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    event.add("attendee", attendee)
    method = Method.CANCEL if called_off else Method.REQUEST
    return Invitation(_calendar(method, [event]).to_ical().decode(), method)


def with_organizer(invitation_text: str, sender: str) -> bytes:
    """Return an invitation whose organizer is who sends the mail.

    Mail programs mistrust an invitation whose organizer is not its sender, so both come from one place.

    Args:
        invitation_text: Of an `Invitation`.
        sender: The mail's From.
    """
    calendar = Calendar.from_ical(invitation_text)
    for event in calendar.events:
        event.add("organizer", _organizer(sender))
    return calendar.to_ical()


def session_file(
    session: Session, actor: Actor, *, session_id: int, public_url: str, sender: str, now: datetime
) -> bytes:
    """Return a session as an `.ics` file for one of its participants.

    Args:
        session: For reading.
        actor: One of the two participants.
        session_id: Which session.
        public_url: Base of the one join link, the only link in the file.
        sender: The platform's own address, as mails bear it.
        now: Moment at which the file is made.

    Raises:
        NotFound: There is none, or the actor is not one of the two.
    """
    booking = session.get(MentorshipSession, session_id)
    if (
        booking is None
        or booking.is_offering
        or actor.person_id not in (booking.tutor_id, booking.student_id)
    ):
        raise NotFound("We cannot find this session among yours.", code="session_not_found")
    other_id = booking.student_id if actor.person_id == booking.tutor_id else booking.tutor_id
    other = session.get_one(Person, other_id)
    event = _event(booking, reader_id=actor.person_id, other_name=other.name, public_url=public_url)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("organizer", _organizer(sender))
    return _calendar(Method.PUBLISH, [event]).to_ical()


def feed_file(
    booked: Iterable[tuple[MentorshipSession, str]], *, reader_id: int, public_url: str, sender: str
) -> bytes:
    """Return a person's sessions as one file that calendars subscribe to.

    Each event is stamped with its booking's last change and not with the present, so that the file stays the
    same, byte for byte, while nothing changes.

    Args:
        booked: The bookings, each with the name of the other participant.
        reader_id: Whose sessions they are.
        public_url: Base of the join links.
        sender: The platform's own address, as mails bear it.
    """
    events: list[Event] = []
    for booking, other_name in booked:
        event = _event(booking, reader_id=reader_id, other_name=other_name, public_url=public_url)
        event.add("dtstamp", booking.updated_at.astimezone(UTC))
        event.add("organizer", _organizer(sender))
        events.append(event)
    calendar = _calendar(Method.PUBLISH, events)
    calendar.add("x-wr-calname", "mentor sessions")
    calendar.add("name", "mentor sessions")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return calendar.to_ical()


def _calendar(method: Method, events: Iterable[Event]) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    for event in events:
        calendar.add_component(event)
    return calendar


def _event(booking: MentorshipSession, *, reader_id: int, other_name: str, public_url: str) -> Event:
    if booking.starts_at is None or booking.ends_at is None or booking.join_token is None:
        raise ValueError(f"booking {booking.id} has no time or no link")
    entry = CalendarEntry(
        title=booking.title,
        other_name=other_name,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        join_url=join_link(public_url, booking.join_token, as_host=reader_id == booking.tutor_id),
    )
    event = Event()
    event.add("uid", session_uid(booking.id))
    event.add("sequence", booking.revision)
    event.add("created", booking.created_at.astimezone(UTC))
    event.add("last-modified", booking.updated_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", one_line(entry.summary))
    event.add("description", entry.notes)
    event.add("location", entry.join_url)
    event.add("url", entry.join_url)
    event.add("status", _standing(booking))
    return event


def _standing(booking: MentorshipSession) -> str:
    if booking.status in CALLED_OFF:
        return "CANCELLED"
    return "CONFIRMED" if booking.payment_status in BOUGHT else "TENTATIVE"


def _organizer(sender: str) -> vCalAddress:
    name, address = parseaddr(sender)
    organizer = vCalAddress(f"mailto:{address}")
    organizer.params["CN"] = _common_name(name or address)
    return organizer


def _common_name(name: str) -> str:
    # A parameter cannot hold a double quote but in the spelling of RFC 6868, which few calendars read.
    return one_line(name).replace('"', "'")
