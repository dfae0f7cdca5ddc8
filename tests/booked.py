"""Booked sessions and signed-in browsers for tests, made through the tables."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, WebSession
from mentor_ui.models.mentorship import new_join_token
from mentor_ui.services.passwords import token_hash
from tests.world import Pair

GUEST_URL = "https://zoom.example/j/123?pwd=guest"


@contextmanager
def brought_near(database: Database, join_token: str) -> Iterator[None]:
    """Let a session begin in ten minutes for as long as the block runs, so that its door is open."""

    def set_times(starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
        with database.transaction() as session:
            booking = session.exec(
                select(MentorshipSession).where(MentorshipSession.join_token == join_token)
            ).one()
            assert booking.starts_at is not None
            assert booking.ends_at is not None
            before = booking.starts_at, booking.ends_at
            booking.starts_at, booking.ends_at = starts_at, ends_at
            session.add(booking)
        return before

    soon = datetime.now(UTC) + timedelta(minutes=10)
    before = set_times(soon, soon + timedelta(hours=1))
    try:
        yield
    finally:
        set_times(*before)


def cookie_for(database: Database, actor: Actor, *, until: datetime | None = None) -> str:
    """Sign a browser in and return the value of its cookie."""
    token = secrets.token_urlsafe(32)
    life = until or datetime.now().astimezone() + timedelta(days=1)
    row = WebSession(token_hash=token_hash(token), person_id=actor.person_id, expires_at=life)
    with database.transaction() as session:
        session.add(row)
    return token


def make_booking(
    database: Database,
    pair: Pair,
    starts_at: datetime,
    *,
    status: SessionStatus = SessionStatus.SCHEDULED,
    meeting_url: str | None = GUEST_URL,
    zoom_meeting_id: int | None = 123,
    room_kind: str = "",
    title: str = "React Mastery 1:1",
) -> MentorshipSession:
    """Add a paid booking of an hour and return it."""
    booking = MentorshipSession(
        id=new_id(),
        is_offering=False,
        tutor_id=pair.tutor.person_id,
        student_id=pair.student.person_id,
        offering_id=pair.offering_id,
        title=title,
        duration=60,
        price_kobo=pair.price_kobo,
        status=status,
        payment_status=PaymentStatus.PAID,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        join_token=new_join_token(),
        meeting_url=meeting_url,
        room_kind=room_kind,
        zoom_meeting_id=None if meeting_url is None or zoom_meeting_id is None else str(zoom_meeting_id),
    )
    with database.transaction() as session:
        session.add(booking)
    return booking
