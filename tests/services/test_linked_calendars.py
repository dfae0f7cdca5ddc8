"""Linked calendars: whose they are, what is known of them, and who is told when nothing is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.availability_rules import CALENDAR_TRUSTED
from mentor_ui.domain.busy_times import Busy
from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import AppMessage, BusyTime, CalendarKind, LinkedCalendar, OutgoingMessage
from mentor_ui.services import calendar_looks, linked_calendars
from mentor_ui.services.calendar_looks import LOOK_AHEAD, LOOK_EVERY, Offer, Seen
from mentor_ui.services.linked_calendars import Linked
from tests.world import NOON, make_person

HOUR = Busy(NOON + timedelta(hours=1), NOON + timedelta(hours=2))
LATER = Busy(NOON + timedelta(hours=5), NOON + timedelta(hours=6))
OFFERS = (Offer("main", "Ada", writable=True), Offer("holidays", "Holidays", writable=False))
PUBLIC_URL = "https://mentor.test"


def link(
    database: Database,
    actor: Actor,
    *,
    kind: CalendarKind = CalendarKind.ICS,
    name: str = "Home",
    busy: Sequence[Busy] = (HOUR,),
    reads: str = "[]",
) -> int:
    """Link a calendar that was looked into at `NOON`."""
    seen = Seen(reads, busy, NOON + LOOK_AHEAD, offers=None if kind == CalendarKind.ICS else OFFERS)
    with database.transaction() as session:
        return linked_calendars.link(
            session, actor, kind=kind, name=name, sealed="sealed", seen=seen, now=NOON
        )


def succeed(database: Database, calendar_id: int, busy: Sequence[Busy] | None, now: datetime) -> None:
    """Record a good look."""
    seen = Seen("[]", busy, None if busy is None else now + LOOK_AHEAD, etag='"2"')
    with database.transaction() as session:
        calendar_looks.record_success(session, calendar_id, seen, now)


def fail(database: Database, calendar_id: int, now: datetime, *, connect_anew: bool = False) -> None:
    """Record a look that failed."""
    with database.transaction() as session:
        calendar_looks.record_failure(
            session,
            calendar_id,
            words="This address cannot be reached.",
            connect_anew=connect_anew,
            public_url=PUBLIC_URL,
            now=now,
        )


def known_busy(database: Database) -> list[Busy]:
    """Return all known busy times."""
    with database.reading() as session:
        return sorted(Busy(row.starts_at, row.ends_at) for row in session.exec(select(BusyTime)))


def shown(database: Database, actor: Actor, now: datetime = NOON) -> list[Linked]:
    """Return the actor's calendars."""
    with database.reading() as session:
        return linked_calendars.mine(session, actor, now)


def row_of(database: Database, calendar_id: int) -> LinkedCalendar:
    """Return a calendar's row."""
    with database.reading() as session:
        return session.get_one(LinkedCalendar, calendar_id)


def test_a_linked_calendar_is_its_tutors_alone(database: Database) -> None:
    tutor, other = make_person(database, Role.TUTOR), make_person(database, Role.MENTOR)
    calendar_id = link(database, tutor)
    assert [one.name for one in shown(database, tutor)] == ["Home"]
    assert shown(database, other) == []
    with database.transaction() as session, pytest.raises(NotFound):
        linked_calendars.remove(session, other, calendar_id=calendar_id, now=NOON)
    with database.transaction() as session, pytest.raises(NotFound):
        linked_calendars.choose(session, other, calendar_id=calendar_id, reads=[], writes_to="", now=NOON)
    assert known_busy(database) == [HOUR]


def test_students_link_nothing(database: Database) -> None:
    student = make_person(database, Role.STUDENT)
    with pytest.raises(NotAllowed):
        shown(database, student)
    with pytest.raises(NotAllowed):
        link(database, student)


def test_nobody_links_calendars_without_end(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    for _ in range(linked_calendars.MOST_CALENDARS):
        link(database, tutor)
    with pytest.raises(Conflict):
        link(database, tutor)


def test_a_good_look_replaces_all_that_was_known(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    calendar_id, other_id = link(database, tutor), link(database, tutor, busy=())
    succeed(database, calendar_id, [LATER], NOON + LOOK_EVERY)
    assert known_busy(database) == [LATER]
    succeed(database, calendar_id, None, NOON + 2 * LOOK_EVERY)
    assert known_busy(database) == [LATER]
    row = row_of(database, calendar_id)
    assert (row.succeeded_at, row.etag) == (NOON + 2 * LOOK_EVERY, '"2"')
    assert (row.known_until, row.next_check_at) == (NOON + LOOK_EVERY + LOOK_AHEAD, NOON + 3 * LOOK_EVERY)
    assert row_of(database, other_id).succeeded_at == NOON


def test_failures_wait_longer_and_the_tutor_hears_once_when_it_matters(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    calendar_id = link(database, tutor)
    pauses: list[int] = []
    now = NOON
    for _ in range(6):
        now += timedelta(minutes=10)
        fail(database, calendar_id, now)
        row = row_of(database, calendar_id)
        assert row.next_check_at is not None
        pauses.append(int((row.next_check_at - now).total_seconds() / 60))
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert known_busy(database) == [HOUR], "the last known times stay until they are too old"
    assert shown(database, tutor, now)[0].is_known
    with database.reading() as session:
        assert session.exec(select(AppMessage)).all() == []
    for hours in (4, 5, 6):
        fail(database, calendar_id, NOON + timedelta(hours=hours))
    assert not shown(database, tutor, NOON + timedelta(hours=4))[0].is_known
    with database.reading() as session:
        messages, mails = session.exec(select(AppMessage)).all(), session.exec(select(OutgoingMessage)).all()
    assert [message.title for message in messages] == ["We cannot look into Home"]
    assert len(mails) == 1
    assert "This address cannot be reached." in mails[0].text
    assert f"{PUBLIC_URL}/tutor/calendars" in mails[0].text
    # It works again, and fails again: that is another outage.
    again = NOON + timedelta(hours=7)
    succeed(database, calendar_id, [HOUR], again)
    assert shown(database, tutor, again)[0].trouble == ""
    fail(database, calendar_id, again + CALENDAR_TRUSTED + timedelta(minutes=1))
    with database.reading() as session:
        assert len(session.exec(select(AppMessage)).all()) == 2


def test_an_ended_connection_is_not_looked_into_and_its_owner_hears_at_once(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    calendar_id = link(database, tutor, kind=CalendarKind.GOOGLE, name="ada@gmail.test")
    fail(database, calendar_id, NOON + timedelta(minutes=1), connect_anew=True)
    assert shown(database, tutor)[0].has_ended
    with database.reading() as session:
        assert calendar_looks.due(session, NOON + timedelta(days=30)) == []
        assert [message.title for message in session.exec(select(AppMessage))] == [
            "Connect ada@gmail.test again"
        ]


def test_an_account_that_is_only_written_to_keeps_no_times_from_students(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    calendar_id = link(database, tutor, kind=CalendarKind.GOOGLE, reads="[]", busy=())
    later = NOON + timedelta(days=1)
    fail(database, calendar_id, later)
    assert shown(database, tutor, later)[0].is_known
    with database.reading() as session:
        assert session.exec(select(AppMessage)).all() == []
    fail(database, calendar_id, later, connect_anew=True)
    with database.reading() as session:
        assert "not written into it" in session.exec(select(AppMessage)).one().body


def test_connecting_an_account_again_takes_up_the_old_choice(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    name = "ada@gmail.test"
    first = link(database, tutor, kind=CalendarKind.GOOGLE, name=name, reads='["main"]')
    with database.transaction() as session:
        linked_calendars.choose(
            session, tutor, calendar_id=first, reads=["holidays"], writes_to="main", now=NOON
        )
    fail(database, first, NOON, connect_anew=True)
    assert link(database, tutor, kind=CalendarKind.GOOGLE, name=name, reads='["main"]') == first
    one = shown(database, tutor)[0]
    assert (one.reads, one.writes_to, one.has_ended, one.trouble) == ({"holidays"}, "main", False, "")


def test_only_calendars_of_the_account_can_be_chosen(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    calendar_id = link(database, tutor, kind=CalendarKind.MICROSOFT, reads='["main"]')
    for reads, writes_to in ((["elsewhere"], ""), (["main"], "holidays"), (["main"], "elsewhere")):
        with database.transaction() as session, pytest.raises(InvalidInput):
            linked_calendars.choose(
                session, tutor, calendar_id=calendar_id, reads=reads, writes_to=writes_to, now=NOON
            )


def test_another_choice_is_unknown_until_it_was_looked_into(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    calendar_id = link(database, tutor, kind=CalendarKind.GOOGLE, reads='["main"]')
    with database.transaction() as session:
        linked_calendars.choose(
            session, tutor, calendar_id=calendar_id, reads=["main", "holidays"], writes_to="", now=NOON
        )
    assert not shown(database, tutor)[0].is_known
    # A look that began before the choice says nothing of it.
    with database.transaction() as session:
        calendar_looks.record_success(session, calendar_id, Seen('["main"]', [LATER], None), NOON)
    assert not shown(database, tutor)[0].is_known
    assert known_busy(database) == [HOUR]
    with database.transaction() as session:
        calendar_looks.record_success(session, calendar_id, Seen('["holidays", "main"]', [LATER], None), NOON)
    assert shown(database, tutor)[0].is_known
    assert known_busy(database) == [LATER]


def test_a_removed_calendar_leaves_nothing_and_its_late_look_changes_nothing(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    calendar_id = link(database, tutor)
    with database.transaction() as session:
        linked_calendars.remove(session, tutor, calendar_id=calendar_id, now=NOON)
    assert (shown(database, tutor), known_busy(database)) == ([], [])
    succeed(database, calendar_id, [LATER], NOON)
    fail(database, calendar_id, NOON)
    assert (shown(database, tutor), known_busy(database)) == ([], [])


def test_calendars_are_due_when_their_time_has_come(database: Database) -> None:
    tutor = make_person(database, Role.TUTOR)
    calendar_id = link(database, tutor)
    with database.reading() as session:
        assert calendar_looks.due(session, NOON + LOOK_EVERY - timedelta(seconds=1)) == []
        assert calendar_looks.due(session, NOON + LOOK_EVERY) == [calendar_id]
