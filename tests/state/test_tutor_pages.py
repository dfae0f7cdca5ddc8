"""The tutor's pages as their States fill them, without a browser."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.money import split_price
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.gate import Notice
from mentor_ui.models import MentorshipSession
from mentor_ui.pages.tutor.schedule_state import OfferingErrors, ScheduleState
from mentor_ui.pages.tutor.sessions_state import TutorSessionsState
from mentor_ui.services import accounts, ledger, ledger_lines
from tests import catalogue
from tests.state.client import Tab, Tabs

pytestmark = pytest.mark.anyio

SCHEDULE = "/tutor/mentorship/schedule"
DASHBOARD = "/tutor/mentorship"


class Person:
    """Somebody with a tab."""

    def __init__(self, database: Database, tabs: Tabs, name: str, role: Role = Role.TUTOR) -> None:
        account = accounts.NewAccount(f"{name}@demo.test", name, role, "Africa/Lagos", "no password")
        with database.transaction() as session:
            new = accounts.sign_up(session, account, browser="")
        self.actor = Actor(new.person_id, frozenset({role}))
        self.tab = Tab(tabs, name, new.token)

    async def schedule(self) -> ScheduleState:
        return await self.tab.state(ScheduleState)

    async def told(self) -> str:
        return (await self.tab.state(Notice)).text


def filled(blank: str, **typed: object) -> dict[str, object]:
    """What the browser sends of a form that began with `blank`; an unset checkbox is not sent."""
    form = {**json.loads(blank), **typed}
    return {name: "on" if value is True else value for name, value in form.items() if value is not False}


async def test_a_created_offering_stands_in_its_group_and_closes_the_form(
    sqlite_database: Database, tabs: Tabs
) -> None:
    tutor = Person(sqlite_database, tabs, "tunde")
    with sqlite_database.transaction() as session:
        course = catalogue.course(session, tutor.actor)
        catalogue.finished(session, catalogue.student(session), course)
        course_id = str(course.id)
    await tutor.tab.open(SCHEDULE)
    seen = await tutor.schedule()
    assert [option.label for option in seen.courses] == ["No course (standalone)", "React from Zero"]
    assert json.loads(seen.course_notes)[course_id].startswith("1 graduate will see this offering")
    blank, saved = seen.blank, seen.saved
    form = filled(blank, title="React Mastery 1:1", price="5,000", course=course_id, duration="90")
    await tutor.tab.fire(ScheduleState.save, form=form)
    seen = await tutor.schedule()
    assert (seen.saved, seen.saving, seen.errors) == (saved + 1, False, OfferingErrors())
    (group,) = seen.linked
    (row,) = group.offerings
    assert (row.title, row.live, row.duration, row.price) == ("React Mastery 1:1", True, "90 min", "₦5,000")
    assert (seen.figures.live, seen.linked_count, seen.standalone) == ("1", "1 offering", [])
    assert await tutor.told() == "“React Mastery 1:1” is live. Students can book it now."
    assert seen.blank != blank


async def test_a_double_press_makes_one_offering(sqlite_database: Database, tabs: Tabs) -> None:
    tutor = Person(sqlite_database, tabs, "tunde")
    await tutor.tab.open(SCHEDULE)
    form = filled((await tutor.schedule()).blank, title="Career hour", price="6000", published=False)
    await tutor.tab.fire(ScheduleState.save, form=form)
    await tutor.tab.fire(ScheduleState.save, form=form)
    seen = await tutor.schedule()
    assert [(row.title, row.live) for row in seen.standalone] == [("Career hour", False)]
    assert seen.figures.live_note == "1 hidden"
    await tutor.tab.fire(ScheduleState.save, form=filled(seen.blank, title="Career hour", price="6000"))
    assert len((await tutor.schedule()).standalone) == 2


async def test_everything_wrong_is_said_beside_its_field(sqlite_database: Database, tabs: Tabs) -> None:
    tutor, other = (Person(sqlite_database, tabs, name) for name in ("tunde", "amina"))
    with sqlite_database.transaction() as session:
        foreign = str(catalogue.course(session, other.actor).id)
    await tutor.tab.open(SCHEDULE)
    blank = (await tutor.schedule()).blank
    await tutor.tab.fire(ScheduleState.save, form=filled(blank, title=" ", price="ten", duration="61"))
    errors = (await tutor.schedule()).errors
    assert all((errors.title, errors.price, errors.duration))
    assert not any((errors.course, errors.description, errors.whole))
    await tutor.tab.fire(ScheduleState.save, form=filled(blank, title="Mine", price="5000", course=foreign))
    seen = await tutor.schedule()
    assert seen.errors == OfferingErrors(course="Choose one of your own courses, or none.")
    assert (seen.saved, seen.standalone, seen.blank) == (0, [], blank)
    await tutor.tab.fire(ScheduleState.start_over)
    assert (await tutor.schedule()).errors == OfferingErrors()


async def test_an_offering_is_changed_copied_hidden_and_deleted(
    sqlite_database: Database, tabs: Tabs
) -> None:
    tutor = Person(sqlite_database, tabs, "tunde")
    with sqlite_database.transaction() as session:
        offering = str(catalogue.offering(session, tutor.actor, "Career hour", now=datetime.now(UTC)))
    await tutor.tab.open(SCHEDULE)
    (row,) = (await tutor.schedule()).standalone
    await tutor.tab.fire(ScheduleState.save, form=filled(row.fill, title="Career hours", price="7,500.50"))
    (row,) = (await tutor.schedule()).standalone
    assert (row.id, row.title, row.price) == (offering, "Career hours", "₦7,500.50")
    await tutor.tab.fire(ScheduleState.duplicate, offering_id=offering)
    copy, _ = (await tutor.schedule()).standalone
    assert (copy.title, copy.live) == ("Career hours (copy)", False)
    await tutor.tab.fire(ScheduleState.publish, offering_id=copy.id)
    await tutor.tab.fire(ScheduleState.hide, offering_id=offering)
    assert [found.live for found in (await tutor.schedule()).standalone] == [True, False]
    await tutor.tab.fire(ScheduleState.delete, form=json.loads(row.name))
    seen = await tutor.schedule()
    assert [found.id for found in seen.standalone] == [copy.id]
    assert (seen.deleted, seen.deleting, await tutor.told()) == (1, False, "“Career hours” is deleted.")


async def test_an_offering_with_a_booking_ahead_is_hidden_instead_of_deleted(
    sqlite_database: Database, tabs: Tabs
) -> None:
    tutor = Person(sqlite_database, tabs, "tunde")
    now = datetime.now(UTC)
    with sqlite_database.transaction() as session:
        offering = catalogue.offering(session, tutor.actor, now=now)
        sold = catalogue.booking(session, catalogue.student(session), offering, now + timedelta(days=1))
        lines = ledger_lines.sale_lines(
            paid_kobo=500_000,
            price_kobo=500_000,
            fee_kobo=17_500,
            split=split_price(500_000, 30),
            tutor_id=tutor.actor.person_id,
        )
        ledger.post(session, lines, idempotency_key="sale", kind="sale", session_id=sold.id, now=now)
    await tutor.tab.open(SCHEDULE)
    (row,) = (await tutor.schedule()).standalone
    assert (row.booked, row.earned) == ("1", "₦3,500")
    await tutor.tab.fire(ScheduleState.delete, form=json.loads(row.name))
    seen = await tutor.schedule()
    assert (seen.refused_id, seen.deleted, len(seen.standalone)) == (str(offering), 0, 1)
    assert "Hide it instead" in seen.refusal
    await tutor.tab.fire(ScheduleState.hide_refused)
    seen = await tutor.schedule()
    assert (seen.refusal, seen.refused_id, seen.deleted) == ("", "", 1)
    assert [found.live for found in seen.standalone] == [False]
    await tutor.tab.fire(ScheduleState.delete, form=json.loads(row.name))
    seen = await tutor.schedule()
    assert "It is hidden" in seen.refusal
    assert seen.refused_id == ""


async def test_nobody_touches_the_offering_of_another(sqlite_database: Database, tabs: Tabs) -> None:
    owner, other = (Person(sqlite_database, tabs, name) for name in ("tunde", "amina"))
    student = Person(sqlite_database, tabs, "ada", Role.STUDENT)
    with sqlite_database.transaction() as session:
        offering = str(catalogue.offering(session, owner.actor, now=datetime.now(UTC)))

    def stored() -> list[tuple[str, bool]]:
        with sqlite_database.reading() as session:
            rows = session.exec(
                select(MentorshipSession).where(col(MentorshipSession.is_offering).is_(True))
            ).all()
            return [(row.title, row.published) for row in rows]

    before = stored()
    stolen = {"title": "Stolen", "price": "1,000", "duration": "60", "offering": offering}
    for person in (other, student):
        await person.tab.open(SCHEDULE)
        await person.tab.fire(ScheduleState.save, form=stolen)
        await person.tab.fire(ScheduleState.hide, offering_id=offering)
        await person.tab.fire(ScheduleState.duplicate, offering_id=offering)
        await person.tab.fire(ScheduleState.delete, form={"offering": offering})
        assert stored() == before
        assert not (await person.schedule()).standalone
    await other.tab.fire(ScheduleState.duplicate, offering_id="' OR 1=1")
    assert await other.told() == "We cannot find this offering. It may have been deleted."


async def test_the_dashboard_shows_sessions_and_never_offerings(
    sqlite_database: Database, tabs: Tabs
) -> None:
    tutor = Person(sqlite_database, tabs, "tunde")
    now = datetime.now(UTC)
    with sqlite_database.transaction() as session:
        offering = catalogue.offering(session, tutor.actor, now=now)
        catalogue.offering(session, tutor.actor, "Never booked", now=now)
        learner = catalogue.student(session)
        held = catalogue.booking(
            session, learner, offering, now - timedelta(days=2), status=SessionStatus.COMPLETED
        )
        soon = catalogue.booking(session, learner, offering, now + timedelta(hours=3))
        later = catalogue.booking(session, learner, offering, now + timedelta(days=3))
        soon.join_token = "join-soon"
        ids = [str(row.id) for row in (soon, later)], [str(held.id)]
        soon_at = soon.starts_at
    await tutor.tab.open(DASHBOARD)
    seen = await tutor.tab.state(TutorSessionsState)
    assert seen.ready
    assert seen.counts == {"approvals": 0, "upcoming": 2, "active": 0, "completed": 1}
    assert ([row.id for row in seen.upcoming], [row.id for row in seen.completed]) == ids
    assert (seen.approvals, seen.active) == ([], [])
    assert {row.student for row in seen.upcoming} == {"Ada Obi"}
    assert (seen.upcoming[0].received, seen.upcoming[0].badge) == ("₦3,500", "Paid")
    assert soon_at is not None
    coming = seen.coming
    assert (coming.id, coming.join, coming.running) == (ids[0][0], "/j/join-soon", False)
    assert datetime.fromisoformat(coming.starts_at) == soon_at


@pytest.mark.parametrize("path", [SCHEDULE, DASHBOARD])
async def test_the_pages_are_closed_to_students_and_visitors(
    sqlite_database: Database, tabs: Tabs, path: str
) -> None:
    visitor, student = Tab(tabs, "nobody"), Person(sqlite_database, tabs, "ada", Role.STUDENT)
    await visitor.open(path)
    assert visitor.redirects == [f"/login?next={path}"]
    await student.tab.open(path)
    assert "tutors and mentors" in (await student.tab.state(Notice)).not_yours
    assert not (await student.schedule()).ready
