"""The mails of a booking's life as they arrive over real SMTP, and what a calendar makes of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
import vobject
from sqlmodel import col, select

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.jobs.mail_delivery import send
from mentor_ui.models import MentorshipSession, OutgoingMessage, Person
from mentor_ui.services.announcements import Happening, announce
from tests.application import settings_for
from tests.booked import make_booking
from tests.providers.test_mail import Postbox, smtp_server
from tests.world import make_pair

PUBLIC_URL = "https://mentor.example"
STRANGE_NAME = "Túndé “T;B”, the 📚 Bakare"


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def mailing(database: Database, monkeypatch: pytest.MonkeyPatch, postbox: Postbox) -> Iterator[Database]:
    """A database whose outbox goes to the postbox."""
    monkeypatch.setattr(resources, "_made", {})
    with (
        smtp_server(postbox) as port,
        settings_for(
            database,
            monkeypatch,
            public_url=PUBLIC_URL,
            smtp_url=f"smtp://127.0.0.1:{port}",
            mail_from='"Mentor, here" <post@mail.mentor.example>',
        ),
    ):
        yield database


def deliver(database: Database) -> None:
    with database.reading() as session:
        owed = session.exec(
            select(OutgoingMessage.id)
            .where(col(OutgoingMessage.sent_at).is_(None))
            .order_by(col(OutgoingMessage.id))
        ).all()
    for mail_id in owed:
        send(str(mail_id))


def happens(database: Database, booking: MentorshipSession, happening: Happening, **values: object) -> None:
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, booking.id)
        for name, value in values.items():
            setattr(row, name, value)
        announce(session, row, happening, public_url=PUBLIC_URL, by=row.tutor_id, refund_kobo=500_000)
    deliver(database)


def calendar_part(letter: EmailMessage) -> EmailMessage:
    """Return the part that mail programs show as an invitation."""
    [part] = [
        part
        for part in letter.walk()
        if part.get_content_type() == "text/calendar" and part.get_param("method")
    ]
    assert isinstance(part, EmailMessage)
    return part


def test_a_life_of_mails_moves_and_ends_one_event(mailing: Database, postbox: Postbox) -> None:
    pair = make_pair(mailing)
    with mailing.transaction() as session:
        session.get_one(Person, pair.tutor.person_id).name = STRANGE_NAME
        reader = session.get_one(Person, pair.student.person_id).email
    starts_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    booking = make_booking(mailing, pair, starts_at)
    later = starts_at + timedelta(days=1)
    happens(mailing, booking, Happening.BOOKED)
    happens(
        mailing,
        booking,
        Happening.RESCHEDULED,
        starts_at=later,
        ends_at=later + timedelta(hours=1),
        revision=1,
    )
    happens(
        mailing,
        booking,
        Happening.CANCELLED,
        status=SessionStatus.CANCELLED,
        payment_status=PaymentStatus.REFUNDING,
        revision=2,
    )
    letters = [letter for letter in postbox.letters if letter["To"] == reader]
    seen = []
    for letter in letters:
        assert letter.get_content_type() == "multipart/mixed"
        part = calendar_part(letter)
        calendar: Any = vobject.readOne(part.get_content())
        event = calendar.vevent
        assert part.get_param("method") == calendar.method.value
        assert part.get_param("charset") == "utf-8"
        assert event.organizer.value == f"mailto:{parseaddr(letter['From'])[1]}"
        assert event.attendee.value == f"mailto:{reader}"
        assert event.summary.value == f"React Mastery 1:1 with {STRANGE_NAME}"
        facts = (event.uid, event.sequence, event.status, event.dtstart)
        seen.append((calendar.method.value, *(fact.value for fact in facts)))
    uid = f"session-{booking.id}@mentor"
    assert seen == [
        ("REQUEST", uid, "0", "CONFIRMED", starts_at),
        ("REQUEST", uid, "1", "CONFIRMED", later),
        ("CANCEL", uid, "2", "CANCELLED", later),
    ]


def test_the_invitation_is_one_of_the_ways_to_read_the_letter_and_a_file(
    mailing: Database, postbox: Postbox
) -> None:
    booking = make_booking(mailing, make_pair(mailing), datetime.now(UTC) + timedelta(days=3))
    happens(mailing, booking, Happening.BOOKED)
    letter = postbox.letters[0]
    ways, file = letter.iter_parts()
    assert isinstance(ways, EmailMessage)
    assert ways.get_content_type() == "multipart/alternative"
    assert [way.get_content_type() for way in ways.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert (file.get_filename(), file.get_content_disposition()) == ("mentor-session.ics", "attachment")
    attached = file.get_payload(decode=True)
    assert attached == calendar_part(letter).get_payload(decode=True)
    assert isinstance(attached, bytes)
    assert attached.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in attached.split(b"\r\n")) <= 75


def test_a_mail_that_has_become_useless_is_not_sent(mailing: Database, postbox: Postbox) -> None:
    booking = make_booking(mailing, make_pair(mailing), datetime.now(UTC) + timedelta(days=3))
    with mailing.transaction() as session:
        announce(session, booking, Happening.BOOKED, public_url=PUBLIC_URL)
        first, second = session.exec(select(OutgoingMessage)).all()
        first.useful_until = datetime.now(UTC) - timedelta(seconds=1)
        second.useful_until = datetime.now(UTC) + timedelta(minutes=1)
    deliver(mailing)
    assert [letter["To"] for letter in postbox.letters] == [second.recipient]
