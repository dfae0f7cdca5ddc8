"""The private feed: who reads it, what is in it, and how its address ends."""

from datetime import timedelta
from typing import Any

import pytest
import vobject

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession
from mentor_ui.services import calendar_feeds
from mentor_ui.services.calendar_files import session_uid
from tests.booked import make_booking
from tests.world import NOON, Pair, make_offering, make_pair, make_person

KEY = "k" * 40
PUBLIC_URL = "https://mentor.example"


def address(database: Database, actor: Actor, key: str = KEY) -> str:
    with database.transaction() as session:
        return calendar_feeds.make_address(session, actor, secret_key=key, now=NOON)


def read(database: Database, token: str, *, key: str = KEY, later: timedelta = timedelta()) -> bytes:
    with database.reading() as session:
        return calendar_feeds.read_feed(
            session,
            token,
            secret_key=key,
            public_url=PUBLIC_URL,
            sender="mentor <hello@mentor.example>",
            now=NOON + later,
        )


def events(file: bytes) -> dict[str, Any]:
    calendar: Any = vobject.readOne(file.decode())
    return {event.uid.value: event for event in calendar.contents.get("vevent", [])}


def change(database: Database, booking: MentorshipSession, **values: object) -> None:
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, booking.id)
        for name, value in values.items():
            setattr(row, name, value)


@pytest.fixture
def pair(database: Database) -> Pair:
    return make_pair(database)


def test_sessions_of_either_side_are_in_it_with_ones_own_way_in(database: Database, pair: Pair) -> None:
    taught = make_booking(database, pair, NOON + timedelta(days=1))
    other_tutor = make_person(database, Role.TUTOR, name="Ngozi Eze")
    learnt_pair = Pair(other_tutor, pair.tutor, make_offering(database, other_tutor), 500_000)
    learnt = make_booking(database, learnt_pair, NOON + timedelta(days=2), title="Pricing 1:1")
    make_booking(database, make_pair(database), NOON + timedelta(days=3))
    found = events(read(database, address(database, pair.tutor)))
    assert set(found) == {session_uid(taught.id), session_uid(learnt.id)}
    mine, theirs = found[session_uid(taught.id)], found[session_uid(learnt.id)]
    assert (mine.summary.value, theirs.summary.value) == (
        "React Mastery 1:1 with Ada Obi",
        "Pricing 1:1 with Ngozi Eze",
    )
    assert mine.url.value == f"{PUBLIC_URL}/j/{taught.join_token}?as=host"
    assert theirs.url.value == f"{PUBLIC_URL}/j/{learnt.join_token}"
    assert "attendee" not in mine.contents
    assert mine.organizer.value == "mailto:hello@mentor.example"


@pytest.mark.parametrize(
    ("days", "values", "status"),
    [
        (1, {}, "CONFIRMED"),
        (0, {"status": SessionStatus.IN_PROGRESS}, "CONFIRMED"),
        (-1, {"status": SessionStatus.COMPLETED}, "CONFIRMED"),
        (-29, {"status": SessionStatus.NO_SHOW}, "CONFIRMED"),
        (-31, {"status": SessionStatus.COMPLETED}, None),
        (1, {"status": SessionStatus.CANCELLED, "updated_at": NOON}, "CANCELLED"),
        (
            40,
            {"status": SessionStatus.CANCELLED, "payment_status": PaymentStatus.REFUNDED, "updated_at": NOON},
            "CANCELLED",
        ),
        (40, {"status": SessionStatus.CANCELLED, "updated_at": NOON - timedelta(days=31)}, None),
        (1, {"status": SessionStatus.HELD, "payment_status": PaymentStatus.AWAITING}, None),
        (1, {"status": SessionStatus.EXPIRED, "payment_status": PaymentStatus.REFUNDING}, None),
        (1, {"status": SessionStatus.PENDING_MENTOR_REVIEW, "payment_status": PaymentStatus.NONE}, None),
    ],
)
def test_what_is_booked_is_in_it_and_what_was_cancelled_lately(
    database: Database, pair: Pair, days: int, values: dict[str, object], status: str | None
) -> None:
    booking = make_booking(database, pair, NOON + timedelta(days=days))
    change(database, booking, **values)
    found = events(read(database, address(database, pair.student)))
    assert [event.status.value for event in found.values()] == ([status] if status else [])


def test_it_is_the_same_byte_for_byte_until_something_changes(database: Database, pair: Pair) -> None:
    booking = make_booking(database, pair, NOON + timedelta(days=1))
    token = address(database, pair.student)
    before = read(database, token)
    assert read(database, token, later=timedelta(hours=5)) == before
    change(database, booking, revision=1, updated_at=NOON + timedelta(hours=6))
    after = read(database, token, later=timedelta(hours=7))
    assert after != before
    assert events(after)[session_uid(booking.id)].sequence.value == "1"


def test_a_feed_without_sessions_is_a_calendar_all_the_same(database: Database, pair: Pair) -> None:
    calendar: Any = vobject.readOne(read(database, address(database, pair.student)).decode())
    assert calendar.method.value == "PUBLISH"
    assert calendar.contents["refresh-interval"][0].params == {"VALUE": ["DURATION"]}


def test_a_new_address_ends_the_old_one(database: Database, pair: Pair) -> None:
    old = address(database, pair.student)
    new = address(database, pair.student)
    assert old != new
    assert read(database, new)
    assert_dead(database, old)
    with database.reading() as session:
        assert calendar_feeds.address_token(session, pair.student, secret_key=KEY) == new


def test_a_feed_that_was_turned_off_comes_back_under_another_address(database: Database, pair: Pair) -> None:
    old = address(database, pair.student)
    with database.transaction() as session:
        calendar_feeds.turn_off(session, pair.student)
        calendar_feeds.turn_off(session, pair.student)
    with database.reading() as session:
        assert not calendar_feeds.address_token(session, pair.student, secret_key=KEY)
    assert_dead(database, old)
    assert address(database, pair.student) != old
    assert_dead(database, old)


def test_an_address_cannot_be_made_up(database: Database, pair: Pair) -> None:
    mine, theirs = address(database, pair.student), address(database, pair.tutor)
    forged = address(database, pair.student, key="another key " * 4)
    mine = address(database, pair.student)
    for wrong in (
        forged,
        theirs[:16] + mine[16:],  # another person, my signature
        mine[:-1] + ("A" if mine[-1] != "A" else "B"),
        mine[:-1],
        f"{mine}A",
        "",
        "=" * 40,
        "ọ" * 40,
        "a" * 40,
    ):
        assert_dead(database, wrong)
    assert read(database, mine)


def test_another_secret_key_ends_all_addresses(database: Database, pair: Pair) -> None:
    token = address(database, pair.student)
    with pytest.raises(NotFound):
        read(database, token, key="another key " * 4)


def assert_dead(database: Database, token: str) -> None:
    with pytest.raises(NotFound) as caught:
        read(database, token)
    assert caught.value.code == "feed_not_found"
