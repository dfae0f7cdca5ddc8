"""The course pages and the operations page as their States fill them, without a browser."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate import Notice
from mentor_ui.models import AccountKind, Course, Lesson, MentorshipSession, PersonRole
from mentor_ui.pages.admin.mentorship import OperationsState
from mentor_ui.pages.courses.all_courses import AllCoursesState
from mentor_ui.pages.courses.completion import CompletionState
from mentor_ui.pages.courses.course import CourseState
from mentor_ui.services import accounts, suggestions
from tests import catalogue
from tests.state.client import Tab, Tabs

pytestmark = pytest.mark.anyio


class Scene:
    """A tutor with a course of two lessons and linked offerings, and other people with their tabs."""

    def __init__(self, database: Database, tabs: Tabs, *, offerings: int = 2) -> None:
        self.database, self.tabs = database, tabs
        self.tutor, self.tutor_cookie = self.person("tunde", Role.TUTOR)
        with database.transaction() as session:
            course = catalogue.course(session, self.tutor)
            for number in range(offerings):
                catalogue.offering(
                    session, self.tutor, f"Session {number}", linked_to=course, now=datetime.now(UTC)
                )
            self.course_id, self.path = course.id, f"/courses/{course.slug}"
            self.lessons = [
                str(number)
                for number in session.exec(
                    select(Lesson.id).where(Lesson.course_id == course.id).order_by(col(Lesson.position))
                )
            ]

    def person(self, name: str, role: Role) -> tuple[Actor, str]:
        account = accounts.NewAccount(f"{name}@demo.test", name, role, "Africa/Lagos", "no password")
        with self.database.transaction() as session:
            new = accounts.sign_up(session, account, browser="")
        return Actor(new.person_id, frozenset({role})), new.token

    def tab(self, name: str, role: Role = Role.STUDENT) -> Tab:
        return Tab(self.tabs, name, self.person(name, role)[1])

    async def finish(self, tab: Tab) -> None:
        await tab.open(self.path)
        await tab.fire(CourseState.start)
        for lesson in self.lessons:
            await tab.fire(CourseState.complete, lesson_id=lesson)


async def test_the_last_lesson_leads_to_the_page_for_graduates(sqlite_database: Database, tabs: Tabs) -> None:
    scene = Scene(sqlite_database, tabs)
    ada = scene.tab("ada")
    await ada.open("/courses")
    assert [tile.title for tile in (await ada.state(AllCoursesState)).others] == ["React from Zero"]
    await ada.open(scene.path)
    await ada.fire(CourseState.start)
    await ada.fire(CourseState.complete, lesson_id=scene.lessons[0])
    seen = await ada.state(CourseState)
    assert (seen.course.done, seen.course.progress, seen.busy) == ("1 of 2 lessons done", 50, "")
    assert [line.done for line in seen.lessons] == [True, False]
    assert ada.redirects == []
    await ada.fire(CourseState.complete, lesson_id=scene.lessons[1])
    assert ada.redirects == [f"{scene.path}/complete"]
    await ada.open(f"{scene.path}/complete")
    page = await ada.state(CompletionState)
    assert page.finish.title == "React from Zero"
    assert page.finish.facts.startswith("2 lessons, 20 min. Completed ")
    assert [one.title for one in page.offerings] == ["Session 1", "Session 0"]
    assert page.offerings[0].price == "₦5,000"
    assert page.offerings[0].next_time
    await ada.open("/courses")
    assert [tile.finished for tile in (await ada.state(AllCoursesState)).mine] == [True]


async def test_the_card_stays_away_on_every_device_of_that_person(
    sqlite_database: Database, tabs: Tabs
) -> None:
    scene = Scene(sqlite_database, tabs)
    ada, ben = scene.tab("ada"), scene.tab("ben")
    for tab in (ada, ben):
        await scene.finish(tab)
        await tab.open(f"{scene.path}/complete")
    await ada.fire(CompletionState.hide_card)
    phone = Tab(tabs, "ada's phone", ada.cookie)
    await phone.open(f"{scene.path}/complete")
    assert (await phone.state(CompletionState)).put_away
    await ben.open(f"{scene.path}/complete")
    assert not (await ben.state(CompletionState)).put_away
    await phone.fire(CompletionState.show_card)
    await ada.open(f"{scene.path}/complete")
    assert not (await ada.state(CompletionState)).put_away


async def test_who_has_not_finished_is_told_and_led_to_the_course(
    sqlite_database: Database, tabs: Tabs
) -> None:
    scene = Scene(sqlite_database, tabs)
    ada = scene.tab("ada")
    await ada.open(f"{scene.path}/complete")
    stranger = await ada.state(CompletionState)
    assert "not started" in stranger.unfinished
    assert stranger.go_on == "See the course"
    await ada.open(scene.path)
    await ada.fire(CourseState.start)
    await ada.open(f"{scene.path}/complete")
    learner = await ada.state(CompletionState)
    assert learner.unfinished.startswith("2 lessons to go")
    assert learner.go_on == "Go on with the course"
    assert learner.offerings == []
    await ada.open("/courses/nowhere/complete")
    assert (await ada.state(CompletionState)).missing
    visitor = Tab(tabs, "visitor")
    await visitor.open(f"{scene.path}/complete")
    assert visitor.redirects == [f"/login?next={scene.path}/complete"]


async def test_lessons_count_only_for_those_on_the_course(sqlite_database: Database, tabs: Tabs) -> None:
    scene = Scene(sqlite_database, tabs, offerings=0)
    ada = scene.tab("ada")
    await ada.open(scene.path)
    for lesson in (scene.lessons[0], "1", "not a number"):
        await ada.fire(CourseState.complete, lesson_id=lesson)
        assert (await ada.state(Notice)).text
    seen = await ada.state(CourseState)
    assert not any(line.done for line in seen.lessons)
    assert seen.offerings == []


async def test_only_the_courses_own_tutor_deletes_it(sqlite_database: Database, tabs: Tabs) -> None:
    scene = Scene(sqlite_database, tabs)
    other = scene.tab("ife", Role.TUTOR)
    await other.open(scene.path)
    await other.fire(CourseState.delete)
    refused = await other.state(CourseState)
    assert "own tutor" in refused.delete_error
    assert not refused.course.teaches
    tunde = Tab(tabs, "tunde", scene.tutor_cookie)
    await tunde.open(scene.path)
    assert (await tunde.state(CourseState)).course.teaches
    await tunde.fire(CourseState.delete)
    assert tunde.redirects == ["/courses"]
    await tunde.open("/courses")
    assert "stand alone" in (await tunde.state(Notice)).text
    with sqlite_database.reading() as session:
        assert session.get(Course, scene.course_id) is None
        rows = session.exec(select(MentorshipSession.course_id)).all()
        assert rows == [None, None]
        assert suggestions.suggestions(session, None, course_id=scene.course_id) == ()


async def test_the_operations_page_is_for_admins(sqlite_database: Database, tabs: Tabs) -> None:
    scene = Scene(sqlite_database, tabs)
    tunde = Tab(tabs, "tunde", scene.tutor_cookie)
    await tunde.open("/admin/mentorship")
    assert (await tunde.state(Notice)).not_yours
    assert not (await tunde.state(OperationsState)).loaded

    ada, _ = scene.person("ada", Role.STUDENT)
    boss, token = scene.person("funke", Role.STUDENT)
    with sqlite_database.transaction() as session:
        offered = session.exec(select(MentorshipSession.id)).first()
        assert offered
        catalogue.booking(session, ada, offered, datetime.now(UTC) + timedelta(days=1))
        session.add(PersonRole(person_id=boss.person_id, role=Role.ADMIN))
    funke = Tab(tabs, "funke", token)
    await funke.open("/admin/mentorship?q=FUNKE")
    seen = await funke.state(OperationsState)
    assert [(row.people, row.status, row.money) for row in seen.sessions] == [
        ("tunde with ada", "Booked", "paid")
    ]
    assert [row.name for row in seen.people] == ["funke"]
    assert seen.balanced
    assert len(seen.totals) == len(AccountKind)
    await funke.fire(OperationsState.search, form={"q": "ada & co"})
    assert funke.redirects == ["/admin/mentorship?q=ada%20%26%20co#people"]
