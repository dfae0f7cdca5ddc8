"""Calendar files, read back by an independent parser and applied as a calendar would."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, Person
from mentor_ui.services import calendar_files

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
STARTS_AT = datetime(2026, 11, 26, 10, tzinfo=UTC)
PUBLIC_URL = "https://mentor.example"
SENDER = "mentor <hello@mentor.example>"

TUTOR = Person(id=11, email="tunde@home.example", name="Tunde Bakare", password_hash="")
STUDENT = Person(id=12, email="ada@home.example", name="Ada Obi", password_hash="")


def booking(**changes: Any) -> MentorshipSession:
    facts: dict[str, Any] = {
        "id": new_id(),
        "is_offering": False,
        "tutor_id": TUTOR.id,
        "student_id": STUDENT.id,
        "title": "React Mastery 1:1",
        "duration": 60,
        "price_kobo": 500_000,
        "payment_status": PaymentStatus.PAID,
        "starts_at": STARTS_AT,
        "ends_at": STARTS_AT + timedelta(hours=1),
        "join_token": "the-token",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return MentorshipSession(**{**facts, **changes})


def mailed(booked: MentorshipSession, reader: Person = STUDENT, other: Person = TUTOR) -> bytes:
    made = calendar_files.invitation(booked, reader=reader, other=other, public_url=PUBLIC_URL, now=NOW)
    return calendar_files.with_organizer(made.text, SENDER)


@dataclass
class Calendar:
    """A person's calendar that takes invitations from mails as RFC 5546 asks for."""

    owner: str
    events: dict[str, Any] = field(default_factory=dict)

    def receive(self, file: bytes) -> None:
        """Apply one file; what is older than what is known changes nothing."""
        message: Any = vobject.readOne(file.decode())
        method = message.method.value
        event = message.vevent
        assert event.attendee.value == f"mailto:{self.owner}"
        assert event.organizer.value.startswith("mailto:")
        known = self.events.get(event.uid.value)
        if known is not None and _version(event) < _version(known):
            return
        if method == "REQUEST":
            self.events[event.uid.value] = event
        elif method == "CANCEL" and known is not None:
            assert event.status.value == "CANCELLED"
            self.events[event.uid.value] = event


def _version(event: Any) -> tuple[int, datetime]:
    return int(event.sequence.value), event.dtstamp.value


def test_invite_reschedule_cancel_leaves_one_cancelled_event_with_rising_sequence() -> None:
    booked = booking()
    calendar = Calendar(STUDENT.email)
    calendar.receive(mailed(booked))
    [event] = calendar.events.values()
    assert (event.sequence.value, event.status.value) == ("0", "CONFIRMED")
    assert event.dtstart.value == STARTS_AT

    later = STARTS_AT + timedelta(days=2, minutes=15)
    booked.starts_at, booked.ends_at, booked.revision = later, later + timedelta(hours=1), 1
    moving = mailed(booked)
    calendar.receive(moving)
    [event] = calendar.events.values()
    assert (event.sequence.value, event.dtstart.value) == ("1", later)

    booked.status, booked.payment_status, booked.revision = (
        SessionStatus.CANCELLED,
        PaymentStatus.REFUNDING,
        2,
    )
    calendar.receive(mailed(booked))
    calendar.receive(moving)  # mails overtake each other
    [event] = calendar.events.values()
    assert (event.sequence.value, event.status.value) == ("2", "CANCELLED")


def test_method_and_status_follow_the_booking() -> None:
    made = calendar_files.invitation(booking(), reader=STUDENT, other=TUTOR, public_url=PUBLIC_URL, now=NOW)
    assert (made.method, "METHOD:REQUEST\r\n" in made.text) == ("REQUEST", True)
    ended = calendar_files.invitation(
        booking(status=SessionStatus.CANCELLED), reader=STUDENT, other=TUTOR, public_url=PUBLIC_URL, now=NOW
    )
    assert (ended.method, "METHOD:CANCEL\r\n" in ended.text) == ("CANCEL", True)


@pytest.mark.parametrize(
    ("reader", "other", "link"),
    [(STUDENT, TUTOR, "/j/the-token"), (TUTOR, STUDENT, "/j/the-token?as=host")],
)
def test_each_reader_gets_a_copy_that_names_the_other_and_shows_no_address_of_theirs(
    reader: Person, other: Person, link: str
) -> None:
    file = mailed(booking(meeting_url="https://zoom.example/j/1?pwd=guest"), reader, other)
    event: Any = vobject.readOne(file.decode()).vevent
    assert event.summary.value == f"React Mastery 1:1 with {other.name}"
    assert event.location.value == event.url.value == f"{PUBLIC_URL}{link}"
    assert event.description.value == f"Join: {PUBLIC_URL}{link}"
    assert event.attendee.params["CN"] == [reader.name]
    assert event.attendee.params["RSVP"] == ["FALSE"]
    assert (event.organizer.value, event.organizer.params["CN"]) == (
        "mailto:hello@mentor.example",
        ["mentor"],
    )
    assert other.email.encode() not in file
    assert b"zoom.example" not in file


def test_all_copies_of_a_booking_share_one_identifier_and_no_other_booking_has_it() -> None:
    booked = booking()
    copies = (
        mailed(booked),
        mailed(booked, TUTOR, STUDENT),
        calendar_files.feed_file(
            [(booked, "Ada Obi")], reader_id=TUTOR.id, public_url="https://other.example", sender=SENDER
        ),
    )
    found = {vobject.readOne(file.decode()).vevent.uid.value for file in copies}
    assert found == {calendar_files.session_uid(booked.id)}
    assert calendar_files.session_uid(booking().id) not in found


def test_the_organizer_is_who_sends_the_mail() -> None:
    made = calendar_files.invitation(booking(), reader=STUDENT, other=TUTOR, public_url=PUBLIC_URL, now=NOW)
    sent = calendar_files.with_organizer(made.text, '"Mentor, Inc" <post@mail.example>')
    organizer = vobject.readOne(sent.decode()).vevent.organizer
    assert (organizer.value, organizer.params["CN"]) == ("mailto:post@mail.example", ["Mentor, Inc"])


@pytest.mark.parametrize(
    "title",
    [
        "Reviews; loops, and “ends”",
        r"Back\slash \n and \, more",
        "Ọmọ 📚🎓 " + "ẹ́" * 50,
        "Very long " * 12,
        "A:B=C;D'E^F",
    ],
)
def test_strange_and_long_titles_come_back_whole_from_short_lines(title: str) -> None:
    file = mailed(booking(title=title.strip()))
    event: Any = vobject.readOne(file.decode()).vevent
    assert event.summary.value == f"{title.strip()} with Tunde Bakare"
    assert_lines_are_sound(file)


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp")), max_size=120),
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80),
)
def test_any_title_and_name_can_be_read_back(title: str, name: str) -> None:
    other = Person(id=11, email="t@home.example", name=name, password_hash="")
    reader = Person(id=12, email="ada@home.example", name=name, password_hash="")
    file = mailed(booking(title=title), reader, other)
    assert_lines_are_sound(file)
    calendar: Any = vobject.readOne(file.decode())
    assert calendar.vevent.summary.value == " ".join(
        "".join(one if one.isprintable() else " " for one in f"{title} with {name}").split()
    )
    assert calendar.vevent.attendee.value == "mailto:ada@home.example"
    assert set(calendar.contents) == {"version", "prodid", "method", "vevent"}


def assert_lines_are_sound(file: bytes) -> None:
    """Check what RFC 5545 section 3.1 asks of lines: CRLF, and 75 octets at most."""
    assert file.endswith(b"END:VCALENDAR\r\n")
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", file) is None
    assert max(len(line) for line in file.split(b"\r\n")) <= 75
    for line in file.split(b"\r\n"):
        line.decode()  # no character is torn
