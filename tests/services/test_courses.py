"""Courses: taking, finishing, teaching and deleting them."""

from datetime import timedelta

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, NotAllowed, NotFound
from mentor_ui.domain.roles import Role
from mentor_ui.models import Enrolment, EnrolmentStatus, Lesson, MentorshipSession
from mentor_ui.services import courses
from tests.catalogue import NOW, booking, course, finished, offering, person, student, titles, tutor


def test_visitors_see_courses_and_students_their_progress(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        react = course(session, teacher)
        course(session, teacher, "TypeScript", lessons=0)
        finished(session, learner, react)
        assert {card.title: (card.status, card.lessons) for card in courses.list_courses(session, None)} == {
            react.title: ("", 2),
            "TypeScript": ("", 0),
        }
        mine = {card.title: (card.status, card.progress) for card in courses.list_courses(session, learner)}
        assert mine == {react.title: ("COMPLETED", 100), "TypeScript": ("", 0)}
        with pytest.raises(NotFound):
            courses.course_page(session, None, slug="nowhere")


def test_the_last_lesson_completes_the_course_once(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        react = course(session, teacher, lessons=3)
        other = course(session, teacher, "Next one")
        lessons = session.exec(
            select(Lesson.id).where(Lesson.course_id == react.id).order_by(Lesson.position)  # pyright: ignore[reportArgumentType]
        ).all()
        with pytest.raises(Conflict) as refused:
            courses.complete_lesson(session, learner, lesson_id=lessons[0], now=NOW)
        assert refused.value.code == "not_enrolled"
        courses.enrol(session, learner, course_id=react.id, now=NOW)
        courses.enrol(session, learner, course_id=react.id, now=NOW + timedelta(days=1))
        with pytest.raises(Conflict) as unfinished:
            courses.completion_page(session, learner, slug=react.slug)
        assert unfinished.value.code == "not_completed"
        seen = [
            courses.complete_lesson(session, learner, lesson_id=number, now=NOW)
            for number in (lessons[0], lessons[0], lessons[2], lessons[1])
        ]
        assert [(step.progress, step.completed) for step in seen] == [
            (33, False),
            (33, False),
            (66, False),
            (100, True),
        ]
        later = NOW + timedelta(days=3)
        assert courses.complete_lesson(session, learner, lesson_id=lessons[1], now=later).completed
        row = session.get_one(Enrolment, (learner.person_id, react.id))
        assert (row.status, row.progress, row.completed_at) == (EnrolmentStatus.COMPLETED, 100, NOW)
        page = courses.completion_page(session, learner, slug=react.slug)
        assert (page.lessons, page.minutes, page.completed_at) == (3, 30, NOW)
        assert page.next_slug == other.slug
        shown = courses.course_page(session, learner, slug=react.slug)
        assert [lesson.done for lesson in shown.lessons] == [True, True, True]
        assert (shown.completed_at, shown.teaches) == (NOW, False)
        with pytest.raises(NotFound):
            courses.complete_lesson(session, learner, lesson_id=1, now=NOW)


def test_nobody_enrols_in_their_own_course(database: Database) -> None:
    with database.transaction() as session:
        teacher = person(session, "Tunde Bakare", Role.TUTOR, Role.STUDENT)
        react = course(session, teacher)
        with pytest.raises(Conflict) as refused:
            courses.enrol(session, teacher, course_id=react.id, now=NOW)
        assert refused.value.code == "own_course"
        assert courses.course_page(session, teacher, slug=react.slug).teaches


def test_teaching_means_tutor_or_creator(database: Database) -> None:
    with database.transaction() as session:
        teacher, creator, stranger = (tutor(session, name) for name in ("Tunde B", "Chi Eze", "Amina Y"))
        react = course(session, teacher)
        react.creator_id = creator.person_id
        session.add(react)
        finished(session, student(session), react)
        for someone in (teacher, creator):
            found = courses.teaching_courses(session, someone)
            assert [(row.id, row.title, row.graduates) for row in found] == [(str(react.id), react.title, 1)]
        assert courses.teaching_courses(session, stranger) == ()


def test_offerings_and_bookings_outlive_their_course(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        react = course(session, teacher)
        number = offering(session, teacher, "Hooks", linked_to=react)
        sold = booking(session, learner, number, NOW + timedelta(days=2))
        finished(session, learner, react)
        with pytest.raises(NotAllowed):
            courses.delete_course(session, tutor(session, "Amina Yusuf"), course_id=react.id)
        courses.delete_course(session, teacher, course_id=react.id)
    with database.reading() as session:
        row = session.get_one(MentorshipSession, number)
        assert (row.course_id, row.search_text) == (None, "hooks tunde bakare")
        assert session.get_one(MentorshipSession, sold.id).course_id is None
        assert titles(courses.list_courses(session, learner)) == []


def test_an_admin_may_delete_any_course(database: Database) -> None:
    with database.transaction() as session:
        react = course(session, tutor(session))
        courses.delete_course(session, person(session, "Ngozi", Role.ADMIN), course_id=react.id)
        assert courses.list_courses(session, None) == ()
