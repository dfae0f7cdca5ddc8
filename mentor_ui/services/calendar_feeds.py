"""A person's private subscription feed: its address, and the sessions in it.

The address is the key: it holds the person, a generation and a signature over both, made with SECRET_KEY. A
new generation ends the old address, and without a row in `calendar_feed` there is no feed at all.
"""

import hashlib
import hmac
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped
from sqlmodel import Session, and_, col, or_, select

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import CalendarFeed, MentorshipSession, Person
from mentor_ui.services.calendar_files import BOUGHT, feed_file

LOOKS_BACK = timedelta(days=30)
"""How long past sessions stay in the feed, and how long it tells that one was cancelled."""

MOST_SESSIONS = 500

_HEAD = struct.Struct(">QI")  # person, generation
_SIGNATURE_BYTES = 18
_TOKEN_LENGTH = 40  # of 30 bytes in base64
_GENERATION_BITS = 31  # what an integer column holds, without its sign


def address_token(session: Session, actor: Actor, *, secret_key: str) -> str:
    """Return the secret part of the address of the actor's feed; empty when it is turned off."""
    feed = session.get(CalendarFeed, actor.person_id)
    return "" if feed is None else _token(feed.person_id, feed.generation, secret_key)


def make_address(session: Session, actor: Actor, *, secret_key: str, now: datetime) -> str:
    """Give the actor's feed a new address and return its secret part; an address from before is dead.

    Args:
        session: Of a writing transaction.
        actor: Whose feed.
        secret_key: Signs it.
        now: The present moment.
    """
    feed = session.get(CalendarFeed, actor.person_id, with_for_update=True)
    if feed is None:
        feed = CalendarFeed(person_id=actor.person_id, generation=0)
    feed.generation = _other_than(feed.generation)
    feed.created_at = now
    session.add(feed)
    return _token(feed.person_id, feed.generation, secret_key)


def turn_off(session: Session, actor: Actor) -> None:
    """End the actor's feed; its address is dead."""
    feed = session.get(CalendarFeed, actor.person_id)
    if feed is not None:
        session.delete(feed)


def read_feed(
    session: Session, token: str, *, secret_key: str, public_url: str, sender: str, now: datetime
) -> bytes:
    """Return a person's sessions as a calendar file, to whoever knows the address.

    Args:
        session: For reading.
        token: The secret part of the address.
        secret_key: Signed it.
        public_url: Base of the join links.
        sender: The platform's own address, as mails bear it.
        now: The present moment.

    Raises:
        NotFound: Nobody's feed has this address, or has it any more.
    """
    person_id = _owner(session, token, secret_key)
    booked = booked_sessions(session, person_id, now)
    return feed_file(booked, reader_id=person_id, public_url=public_url, sender=sender)


def booked_sessions(session: Session, person_id: int, now: datetime) -> list[tuple[MentorshipSession, str]]:
    """Return a person's booked sessions on either side, soonest first, each with the other one's name.

    Args:
        session: For reading.
        person_id: Whose sessions.
        now: The present moment.
    """
    student, tutor = col(MentorshipSession.student_id), col(MentorshipSession.tutor_id)
    booked = [
        *_booked(session, student, tutor, person_id, now),
        *_booked(session, tutor, student, person_id, now),
    ]
    booked.sort(key=lambda pair: (pair[0].starts_at or now, pair[0].id))
    return booked


def _booked(
    session: Session, own: Mapped[int], other: Mapped[int], person_id: int, now: datetime
) -> list[tuple[MentorshipSession, str]]:
    since = now - LOOKS_BACK
    status = col(MentorshipSession.status)
    kept = (
        SessionStatus.SCHEDULED,
        SessionStatus.IN_PROGRESS,
        SessionStatus.COMPLETED,
        SessionStatus.NO_SHOW,
    )
    cancelled_lately = and_(status == SessionStatus.CANCELLED, col(MentorshipSession.updated_at) > since)
    found = session.exec(
        select(MentorshipSession, Person.name)
        .join(Person, col(Person.id) == other)
        .where(
            ~col(MentorshipSession.is_offering),
            own == person_id,
            col(MentorshipSession.starts_at) > since,
            col(MentorshipSession.payment_status).in_(BOUGHT),
            or_(status.in_(kept), cancelled_lately),
        )
        .order_by(col(MentorshipSession.starts_at).desc())
        .limit(MOST_SESSIONS)
    )
    return list(found)


def _owner(session: Session, token: str, secret_key: str) -> int:
    unknown = NotFound("There is no calendar at this address, or no longer.", code="feed_not_found")
    if len(token) != _TOKEN_LENGTH or not token.isascii():
        raise unknown
    try:
        person_id, generation = _HEAD.unpack_from(urlsafe_b64decode(token))
    except (ValueError, struct.error):
        raise unknown from None
    if not hmac.compare_digest(token, _token(person_id, generation, secret_key)):
        raise unknown
    feed = session.get(CalendarFeed, person_id)
    if feed is None or feed.generation != generation:
        raise unknown
    return feed.person_id


def _token(person_id: int, generation: int, secret_key: str) -> str:
    head = _HEAD.pack(person_id, generation)
    signature = hmac.digest(secret_key.encode(), b"calendar-feed" + head, hashlib.sha256)
    return urlsafe_b64encode(head + signature[:_SIGNATURE_BYTES]).decode()


def _other_than(generation: int) -> int:
    # Drawn and not counted, so that turning off and on again cannot bring an old address back.
    drawn = secrets.randbits(_GENERATION_BITS)
    return drawn if drawn != generation else _other_than(generation)
