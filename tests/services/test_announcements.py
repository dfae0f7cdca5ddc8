"""Who is told what of a booking, in which words, and what it does to calendars."""

import re
from datetime import datetime, timedelta

import pytest
import vobject
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import AppMessage, MentorshipSession, OutgoingMessage, Person
from mentor_ui.models.mentorship import RoomKind
from mentor_ui.services.announcements import Happening, announce
from tests.booked import make_booking
from tests.world import NOON, Pair, make_pair

PUBLIC_URL = "https://mentor.example"
STARTS_AT = NOON + timedelta(days=2)
LINK = re.compile(r"https?://[^\s\"'<>]+")


@pytest.fixture
def pair(database: Database) -> Pair:
    return make_pair(database)


def tell(
    database: Database,
    booking: MentorshipSession,
    happening: Happening,
    *,
    by: int | None = None,
    note: str = "",
    refund_kobo: int = 0,
    tutor_kobo: int = 350_000,
    until: datetime | None = None,
) -> None:
    with database.transaction() as session:
        announce(
            session,
            session.get_one(MentorshipSession, booking.id),
            happening,
            public_url=PUBLIC_URL,
            by=by,
            note=note,
            refund_kobo=refund_kobo,
            tutor_kobo=tutor_kobo,
            until=until,
        )


def change(database: Database, booking: MentorshipSession, **values: object) -> None:
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, booking.id)
        for name, value in values.items():
            setattr(row, name, value)


def mails(database: Database) -> dict[str, OutgoingMessage]:
    """Return the mails of the outbox by what distinguishes them: happening, role and revision."""
    with database.reading() as session:
        rows = session.exec(select(OutgoingMessage).order_by(col(OutgoingMessage.id))).all()
    return {re.sub(r"\d{9,}-", "", row.dedupe_key): row for row in rows}


def test_booked_tells_both_with_their_own_way_in_and_an_invitation(database: Database, pair: Pair) -> None:
    booking = make_booking(database, pair, STARTS_AT)
    tell(database, booking, Happening.BOOKED, by=pair.student.person_id)
    student, tutor = mails(database)["booked-student-0"], mails(database)["booked-tutor-0"]
    assert student.subject == "Booked: React Mastery 1:1 with Tunde Bakare"
    assert "You paid ₦5,000." in student.text
    assert "Thu 26 Nov, 13:00 – 14:00 (Lagos time)" in student.text  # noqa: RUF001
    assert f"Join on Zoom: {PUBLIC_URL}/j/{booking.join_token}\n" in student.text
    assert tutor.subject == "New booking: React Mastery 1:1 with Ada Obi"
    assert "You receive ₦3,500." in tutor.text
    assert f"Join on Zoom: {PUBLIC_URL}/j/{booking.join_token}?as=host\n" in tutor.text
    for mail, role in ((student, "student"), (tutor, "tutor")):
        assert mail.calendar_method == "REQUEST", role
        assert vobject.readOne(mail.calendar_file).vevent.attendee.value == f"mailto:{mail.recipient}"
    with database.reading() as session:
        titles = session.exec(select(AppMessage.title)).all()
    assert sorted(titles) == sorted((student.subject, tutor.subject))


def test_a_happening_is_told_once_for_each_revision(database: Database, pair: Pair) -> None:
    booking = make_booking(database, pair, STARTS_AT)
    for _ in range(2):
        tell(database, booking, Happening.RESCHEDULED, by=pair.student.person_id)
    assert len(mails(database)) == 2
    change(database, booking, revision=1)
    tell(database, booking, Happening.RESCHEDULED, by=pair.student.person_id)
    assert len(mails(database)) == 4


def test_what_moves_or_ends_a_booked_session_changes_calendars_and_nothing_else_does(
    database: Database, pair: Pair
) -> None:
    booking = make_booking(database, pair, STARTS_AT)
    for happening in Happening:
        tell(database, booking, happening, until=NOON)
    assert {key for key, mail in mails(database).items() if mail.calendar_file} == {
        f"{happening}-{role}-0"
        for happening in (Happening.BOOKED, Happening.RESCHEDULED, Happening.CANCELLED)
        for role in ("student", "tutor")
    }


@pytest.mark.parametrize("happening", [Happening.CANCELLED, Happening.RULED])
def test_a_session_called_off_leaves_calendars(database: Database, pair: Pair, happening: Happening) -> None:
    booking = make_booking(database, pair, STARTS_AT)
    tell(database, booking, Happening.BOOKED)
    change(
        database,
        booking,
        status=SessionStatus.CANCELLED,
        payment_status=PaymentStatus.REFUNDING,
        revision=1,
    )
    tell(database, booking, happening, by=pair.tutor.person_id, refund_kobo=500_000)
    for role in ("student", "tutor"):
        mail = mails(database)[f"{happening}-{role}-1"]
        event = vobject.readOne(mail.calendar_file).vevent
        assert (mail.calendar_method, event.status.value, event.sequence.value) == (
            "CANCEL",
            "CANCELLED",
            "1",
        )


def test_what_was_never_booked_is_in_no_calendar(database: Database, pair: Pair) -> None:
    booking = make_booking(database, pair, STARTS_AT)
    change(database, booking, payment_status=PaymentStatus.AWAITING, status=SessionStatus.CANCELLED)
    tell(database, booking, Happening.CANCELLED, by=pair.student.person_id)
    assert [mail.calendar_file for mail in mails(database).values()] == ["", ""]


def test_mails_carry_no_link_but_ours(database: Database, pair: Pair) -> None:
    booking = make_booking(database, pair, STARTS_AT, meeting_url="https://zoom.example/j/1?pwd=guest")
    for happening in Happening:
        tell(database, booking, happening, note="A note.", until=NOON)
    for key, mail in mails(database).items():
        found = LINK.findall(mail.text) + LINK.findall(mail.html) + LINK.findall(mail.calendar_file)
        assert found, key
        assert all(link.startswith(f"{PUBLIC_URL}/") for link in found), key


def test_another_room_is_not_called_zoom(database: Database, pair: Pair) -> None:
    booking = make_booking(database, pair, STARTS_AT)
    change(database, booking, room_kind=RoomKind.SPARE, revision=1)
    tell(database, booking, Happening.ROOM_CHANGED, note="Zoom is away, so you meet in our spare room.")
    for mail in mails(database).values():
        assert f"Join the session: {PUBLIC_URL}/j/" in mail.text


def test_the_longest_words_fit_and_strange_ones_stay_on_one_line(database: Database, pair: Pair) -> None:
    booking = make_booking(database, pair, STARTS_AT, title="T" * 120)
    with database.transaction() as session:
        session.get_one(Person, pair.tutor.person_id).name = "Tunde\r\nBcc: eve@example.com " + "x" * 50
    for happening in Happening:
        tell(database, booking, happening, note="n" * 1000, until=NOON, by=pair.tutor.person_id)
    with database.reading() as session:
        messages = session.exec(select(AppMessage)).all()
    assert len(messages) == len(mails(database))
    assert all(len(message.title) <= 160 and len(message.body) <= 500 for message in messages)
    assert all(mail.subject.isprintable() for mail in mails(database).values())


@pytest.mark.parametrize(
    ("by", "student_reads", "tutor_reads"),
    [
        ("student", "You cancelled the session of", "Ada Obi cancelled the session of"),
        ("tutor", "Tunde Bakare cancelled the session of", "You cancelled the session of"),
        ("", "The session of Thu 26 Nov", "The session of Thu 26 Nov"),
    ],
)
def test_a_cancellation_says_who_why_and_what_becomes_of_the_money(
    database: Database, pair: Pair, by: str, student_reads: str, tutor_reads: str
) -> None:
    booking = make_booking(database, pair, STARTS_AT)
    person_id = {"student": pair.student.person_id, "tutor": pair.tutor.person_id}.get(by)
    money = {"refund_kobo": 250_000, "tutor_kobo": 175_000}
    tell(database, booking, Happening.CANCELLED, by=person_id, note="I am ill", **money)
    student, tutor = mails(database)["cancelled-student-0"].text, mails(database)["cancelled-tutor-0"].text
    assert student_reads in student
    assert tutor_reads in tutor
    assert "₦2,500 goes back to you the way it came. Banks take 3 to 10 working days." in student
    assert "₦2,500 goes back to Ada Obi.\nYou receive ₦1,750." in tutor
    assert ("They wrote: “I am ill”" in student) == (by == "tutor")
    assert ("They wrote: “I am ill”" in tutor) == (by == "student")
    assert ("\nI am ill\n" in student) == (not by)
