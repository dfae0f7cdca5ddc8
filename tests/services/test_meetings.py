"""The room of a booking: whose choice it is, what both hear of it, and when the spare one takes its place."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, InvalidInput, NotFound
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    AppMessage,
    AttendanceEvent,
    MentorshipSession,
    OutgoingMessage,
    ProposalState,
    RoomKind,
    TimeProposal,
)
from mentor_ui.services import meetings
from mentor_ui.services.announcements import Happening
from mentor_ui.services.followups import SYNC_ROOM
from tests.booked import GUEST_URL, make_booking
from tests.world import Pair, make_pair, make_person

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PUBLIC_URL = "https://mentor.example"
SPARE_URL = "https://meet.jit.si"
LINK = "https://meet.example.org/room"


@pytest.fixture
def pair(database: Database) -> Pair:
    return make_pair(database)


def booked(database: Database, pair: Pair, hours: float = 3, **changes: object) -> int:
    booking = make_booking(database, pair, NOW + timedelta(hours=hours), room_kind=RoomKind.ZOOM)
    with database.transaction() as session:
        stored = session.get_one(MentorshipSession, booking.id)
        for name, value in changes.items():
            setattr(stored, name, value)
    return booking.id


def read(database: Database, booking_id: int) -> MentorshipSession:
    with database.reading() as session:
        return session.get_one(MentorshipSession, booking_id)


def own_link(database: Database, actor: Actor, booking_id: int, link: str = LINK) -> None:
    with database.transaction() as session:
        meetings.use_own_link(
            session,
            actor,
            booking_id=booking_id,
            link=link,
            own_hosts=frozenset({"mentor.example"}),
            public_url=PUBLIC_URL,
            now=NOW,
        )


def zoom_again(database: Database, actor: Actor, booking_id: int) -> None:
    with database.transaction() as session:
        meetings.use_zoom_again(session, actor, booking_id=booking_id, public_url=PUBLIC_URL, now=NOW)


def spare(database: Database, booking_id: int, *, now: datetime = NOW, doubted: bool = False) -> bool:
    with database.transaction() as session:
        return meetings.use_spare(
            session,
            booking_id,
            spare_room_url=SPARE_URL,
            public_url=PUBLIC_URL,
            now=now,
            doubted=doubted,
        )


def heard(database: Database) -> tuple[dict[int, int], int]:
    """How many messages about another room each person got, and how many mails went out."""
    with database.reading() as session:
        readers = session.exec(
            select(AppMessage.person_id).where(AppMessage.kind == Happening.ROOM_CHANGED)
        ).all()
        mails = session.exec(
            select(OutgoingMessage).where(OutgoingMessage.kind == Happening.ROOM_CHANGED)
        ).all()
        assert not any(LINK in mail.text or SPARE_URL in mail.text for mail in mails)
    return {reader: readers.count(reader) for reader in set(readers)}, len(mails)


def test_each_change_of_the_room_is_told_to_both_and_the_revision_stays(
    database: Database, pair: Pair
) -> None:
    booking_id = booked(database, pair)
    own_link(database, pair.tutor, booking_id)
    own_link(database, pair.tutor, booking_id)
    assert heard(database) == ({pair.tutor.person_id: 1, pair.student.person_id: 1}, 2)
    own_link(database, pair.tutor, booking_id, f"{LINK}-2")
    zoom_again(database, pair.tutor, booking_id)
    zoom_again(database, pair.tutor, booking_id)
    assert heard(database) == ({pair.tutor.person_id: 3, pair.student.person_id: 3}, 6)
    booking = read(database, booking_id)
    assert (booking.revision, booking.room_kind, booking.meeting_url) == (0, "", None)
    assert booking.room_due
    jobs = database.queue.list_workflows(queue_name=SYNC_ROOM)
    assert len(jobs) == 3
    with database.reading() as session:
        assert len(session.exec(select(AttendanceEvent)).all()) == 3


def test_another_room_ends_no_proposal_of_another_time(database: Database, pair: Pair) -> None:
    booking_id = booked(database, pair)
    later = NOW + timedelta(days=2)
    proposal = TimeProposal(
        session_id=booking_id,
        tutor_id=pair.tutor.person_id,
        revision=0,
        starts_at=later,
        ends_at=later + timedelta(hours=1),
        expires_at=later,
    )
    with database.transaction() as session:
        session.add(proposal)
    assert spare(database, booking_id, doubted=True)
    with database.reading() as session:
        assert session.get_one(TimeProposal, proposal.id).state == ProposalState.OPEN


def test_only_the_tutor_of_a_session_chooses_its_room(database: Database, pair: Pair) -> None:
    booking_id = booked(database, pair)
    for other in (pair.student, make_person(database, Role.TUTOR)):
        with pytest.raises(NotFound):
            own_link(database, other, booking_id)
        with pytest.raises(NotFound):
            zoom_again(database, other, booking_id)
    with pytest.raises(NotFound):
        own_link(database, pair.tutor, pair.offering_id)
    with pytest.raises(InvalidInput):
        own_link(database, pair.tutor, booking_id, "https://mentor.example/j/x")
    assert read(database, booking_id).meeting_url == GUEST_URL
    assert heard(database) == ({}, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": SessionStatus.CANCELLED},
        {"status": SessionStatus.HELD, "payment_status": PaymentStatus.AWAITING},
        {"status": SessionStatus.COMPLETED},
    ],
)
def test_a_session_that_needs_no_room_gets_none(
    database: Database, pair: Pair, changes: dict[str, object]
) -> None:
    booking_id = booked(database, pair, **changes)
    with pytest.raises(Conflict) as refusal:
        own_link(database, pair.tutor, booking_id)
    assert refusal.value.code == "session_not_ahead"
    spare(database, booking_id, doubted=True)
    assert read(database, booking_id).room_kind == RoomKind.ZOOM


@pytest.mark.parametrize(
    ("hours", "changes", "doubted", "moves"),
    [
        (3, {"meeting_url": None}, False, True),
        (23.9, {"meeting_url": None}, False, True),
        (24.1, {"meeting_url": None}, False, False),
        (-0.2, {"meeting_url": None, "status": SessionStatus.IN_PROGRESS}, False, True),
        # Zoom still holds the time before the session was moved.
        (3, {"room_due": True}, False, True),
        # In order when it was last seen: only at the last moment is that not enough.
        (3, {}, False, False),
        (0.28, {}, True, True),
        # Nobody is moved out of a room in which the session has begun.
        (-0.2, {"room_due": True}, True, False),
        (0.1, {"room_due": True, "status": SessionStatus.IN_PROGRESS}, True, False),
        (3, {"room_kind": RoomKind.OWN, "meeting_url": LINK}, True, False),
    ],
)
def test_the_spare_room_comes_when_it_is_needed_and_only_then(
    database: Database, pair: Pair, hours: float, changes: dict[str, object], *, doubted: bool, moves: bool
) -> None:
    booking_id = booked(database, pair, hours, **changes)
    has_way = spare(database, booking_id, doubted=doubted)
    booking = read(database, booking_id)
    assert (booking.room_kind == RoomKind.SPARE) == moves
    assert has_way == (booking.meeting_url is not None)
    assert heard(database)[1] == (2 if moves else 0)
    if moves:
        assert booking.meeting_url is not None
        assert booking.meeting_url.startswith(f"{SPARE_URL}/mentor-")
        assert booking.room_due
        assert spare(database, booking_id, doubted=True)
        assert read(database, booking_id).meeting_url == booking.meeting_url


def test_the_names_of_spare_rooms_cannot_be_guessed(database: Database, pair: Pair) -> None:
    rooms = set[str]()
    for number in range(5):
        booking_id = booked(database, pair, number + 1, meeting_url=None)
        spare(database, booking_id)
        rooms.add(read(database, booking_id).meeting_url or "")
    assert len(rooms) == 5
    assert {len(room.rpartition("-")[2]) for room in rooms} == {32}


def test_a_room_is_kept_only_while_the_booking_is_as_it_was(database: Database, pair: Pair) -> None:
    booking_id = booked(database, pair, meeting_url=None, zoom_meeting_id=None, room_kind="", room_due=True)
    with database.reading() as session:
        order = meetings.room_order(session, booking_id, NOW)
    assert order is not None
    for change in ({"revision": 1}, {"revision": 0, "status": SessionStatus.CANCELLED}):
        with database.transaction() as session:
            stored = session.get_one(MentorshipSession, booking_id)
            for name, value in change.items():
                setattr(stored, name, value)
        with database.transaction() as session:
            kept = meetings.store_room(session, order, zoom_meeting_id=7, meeting_url=GUEST_URL, now=NOW)
        assert (kept, read(database, booking_id).zoom_meeting_id) == (False, None)


def test_the_room_is_shown_to_its_two_people_alone_and_without_its_link(
    database: Database, pair: Pair
) -> None:
    booking_id = booked(database, pair)
    own_link(database, pair.tutor, booking_id)
    with database.reading() as session:
        for actor in (pair.tutor, pair.student):
            view = meetings.room_of(session, actor, booking_id, NOW)
            assert (view.kind, view.place) == (RoomKind.OWN, "meet.example.org")
            assert view.is_tutor == (actor == pair.tutor)
            assert LINK not in repr(view)
        with pytest.raises(NotFound):
            meetings.room_of(session, make_person(database, Role.STUDENT), booking_id, NOW)
