"""Courses: looking, taking, finishing, teaching."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select

from mentor_ui.db.insert_once import insert_once
from mentor_ui.domain.errors import Conflict, NotAllowed, NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.models import (
    Course,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    LessonCompletion,
    MentorshipSession,
    Person,
)
from mentor_ui.services.search_texts import refresh_search_text
from mentor_ui.services.turns import take_turns

MOST_COURSES = 200


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course in a list.

    Attributes:
        minutes: Of all lessons together.
        status: `ACTIVE` or `COMPLETED` for the viewer, empty when not enrolled.
        progress: Whole percent, 0 when not enrolled.
    """

    id: str
    slug: str
    title: str
    summary: str
    thumbnail: str
    tutor_id: str
    tutor_name: str
    tutor_avatar: str
    lessons: int
    minutes: int
    status: str
    progress: int


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson of a course, and whether the viewer has done it."""

    id: str
    position: int
    title: str
    minutes: int
    done: bool


@dataclass(frozen=True, slots=True)
class CoursePage:
    """One course with its lessons.

    Attributes:
        completed_at: UTC, when the viewer finished it.
        teaches: Whether it is the viewer's own course, as its tutor or creator.
    """

    card: CourseCard
    description: str
    tutor_id: str
    tutor_headline: str
    lessons: tuple[LessonRow, ...]
    completed_at: datetime | None
    teaches: bool


@dataclass(frozen=True, slots=True)
class CompletionPage:
    """What somebody sees who has finished a course.

    Attributes:
        minutes: Of all lessons together.
        next_slug: A course to go on with, empty when there is none.
    """

    course_id: str
    slug: str
    title: str
    tutor_name: str
    lessons: int
    minutes: int
    completed_at: datetime
    next_slug: str
    next_title: str


@dataclass(frozen=True, slots=True)
class TeachingCourse:
    """A course that the tutor may link an offering to."""

    id: str
    title: str
    slug: str
    graduates: int


@dataclass(frozen=True, slots=True)
class LessonDone:
    """What finishing a lesson came to."""

    progress: int
    completed: bool


def _by_slug(session: Session, slug: str) -> Course:
    course = session.exec(select(Course).where(Course.slug == slug)).first()
    if course is None:
        raise NotFound("We cannot find this course. The list of courses has all of them.")
    return course


def _by_id(session: Session, course_id: int) -> Course:
    course = session.get(Course, course_id)
    if course is None:
        raise NotFound("We cannot find this course. The list of courses has all of them.")
    return course


def _cards(session: Session, actor: Actor | None, only: int | None = None) -> tuple[CourseCard, ...]:
    totals = (
        select(
            Lesson.course_id,
            func.count().label("lessons"),
            func.coalesce(func.sum(Lesson.minutes), 0).label("minutes"),
        )
        .group_by(col(Lesson.course_id))
        .subquery()
    )
    statement = (
        select(Course, Person, totals.c.lessons, totals.c.minutes)
        .join(Person, col(Person.id) == col(Course.tutor_id))
        .join(totals, totals.c.course_id == col(Course.id), isouter=True)
        .order_by(col(Course.created_at).desc(), col(Course.id).desc())
        .limit(MOST_COURSES)
    )
    if only is not None:
        statement = statement.where(Course.id == only)
    mine = _enrolments(session, actor)
    cards: list[CourseCard] = []
    for course, tutor, lessons, minutes in session.exec(statement):
        enrolment = mine.get(course.id)
        cards.append(
            CourseCard(
                id=str(course.id),
                slug=course.slug,
                title=course.title,
                summary=course.summary,
                thumbnail=course.thumbnail,
                tutor_id=str(course.tutor_id),
                tutor_name=tutor.name,
                tutor_avatar=tutor.avatar,
                lessons=lessons or 0,
                minutes=int(minutes or 0),
                status=enrolment.status if enrolment else "",
                progress=enrolment.progress if enrolment else 0,
            )
        )
    return tuple(cards)


def _enrolments(session: Session, actor: Actor | None) -> dict[int, Enrolment]:
    if actor is None:
        return {}
    rows = session.exec(select(Enrolment).where(Enrolment.student_id == actor.person_id))
    return {row.course_id: row for row in rows}


def list_courses(session: Session, actor: Actor | None) -> tuple[CourseCard, ...]:
    """Return the courses, newest first, with the viewer's own progress."""
    return _cards(session, actor)


def course_page(session: Session, actor: Actor | None, *, slug: str) -> CoursePage:
    """Return one course with its lessons and the viewer's progress.

    Raises:
        NotFound: There is no such course.
    """
    course = _by_slug(session, slug)
    card = _cards(session, actor, only=course.id)[0]
    tutor = session.get_one(Person, course.tutor_id)
    enrolment = None if actor is None else session.get(Enrolment, (actor.person_id, course.id))
    lessons = session.exec(
        select(Lesson).where(Lesson.course_id == course.id).order_by(col(Lesson.position))
    ).all()
    done = _done(session, actor.person_id, course.id) if enrolment and actor else frozenset[int]()
    return CoursePage(
        card=card,
        description=course.description,
        tutor_id=str(course.tutor_id),
        tutor_headline=tutor.headline,
        lessons=tuple(
            LessonRow(str(row.id), row.position, row.title, row.minutes, row.id in done) for row in lessons
        ),
        completed_at=enrolment.completed_at if enrolment else None,
        teaches=actor is not None and actor.person_id in {course.tutor_id, course.creator_id},
    )


def _done(session: Session, student_id: int, course_id: int) -> frozenset[int]:
    return frozenset(
        session.exec(
            select(LessonCompletion.lesson_id)
            .join(Lesson, col(Lesson.id) == col(LessonCompletion.lesson_id))
            .where(Lesson.course_id == course_id, LessonCompletion.student_id == student_id)
        )
    )


def enrol(session: Session, actor: Actor, *, course_id: int, now: datetime) -> None:
    """Put the person on a course; a second time changes nothing.

    Raises:
        NotFound: There is no such course.
        Conflict: `own_course`: they teach it themselves.
    """
    course = _by_id(session, course_id)
    if actor.person_id in {course.tutor_id, course.creator_id}:
        raise Conflict("This is your own course, so there is nothing to enrol in.", code="own_course")
    insert_once(session, Enrolment(student_id=actor.person_id, course_id=course.id, started_at=now))


def complete_lesson(session: Session, actor: Actor, *, lesson_id: int, now: datetime) -> LessonDone:
    """Mark a lesson as done; the last one completes the course. A second time changes nothing.

    Raises:
        NotFound: There is no such lesson.
        Conflict: `not_enrolled`.
    """
    lesson = session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound("We cannot find this lesson.")
    enrolment = session.get(Enrolment, (actor.person_id, lesson.course_id), with_for_update=True)
    if enrolment is None:
        raise Conflict("Enrol in the course first, then its lessons count.", code="not_enrolled")
    insert_once(session, LessonCompletion(student_id=actor.person_id, lesson_id=lesson.id, completed_at=now))
    if enrolment.status == EnrolmentStatus.COMPLETED:
        return LessonDone(progress=100, completed=True)
    total = session.exec(
        select(func.count()).select_from(Lesson).where(Lesson.course_id == lesson.course_id)
    ).one()
    done = len(_done(session, actor.person_id, lesson.course_id))
    enrolment.progress = done * 100 // total
    if done == total:
        enrolment.status = EnrolmentStatus.COMPLETED
        enrolment.completed_at = now
    session.add(enrolment)
    session.flush()
    return LessonDone(progress=enrolment.progress, completed=done == total)


def graduates(session: Session, course_ids: frozenset[int]) -> dict[int, int]:
    """Return how many students have finished each of these courses; courses without any are left out."""
    if not course_ids:
        return {}
    rows = session.exec(
        select(Enrolment.course_id, func.count())
        .where(col(Enrolment.course_id).in_(course_ids), Enrolment.status == EnrolmentStatus.COMPLETED)
        .group_by(col(Enrolment.course_id))
    )
    return dict(rows.all())


def teaching_courses(session: Session, actor: Actor) -> tuple[TeachingCourse, ...]:
    """Return the courses that the person teaches or made, by title."""
    rows = session.exec(
        select(Course)
        .where(or_(col(Course.tutor_id) == actor.person_id, col(Course.creator_id) == actor.person_id))
        .order_by(col(Course.title), col(Course.id))
    ).all()
    counts = graduates(session, frozenset(row.id for row in rows))
    return tuple(TeachingCourse(str(row.id), row.title, row.slug, counts.get(row.id, 0)) for row in rows)


def delete_course(session: Session, actor: Actor, *, course_id: int) -> None:
    """Delete a course. Offerings linked to it stay and stand alone; bookings keep all they need.

    Raises:
        NotFound: There is no such course.
        NotAllowed: The person is neither its tutor, nor its creator, nor an admin.
    """
    course = _by_id(session, course_id)
    if actor.person_id not in {course.tutor_id, course.creator_id} and not actor.is_admin:
        raise NotAllowed("Only the course's own tutor can delete it.", code="not_your_course")
    tutors = select(MentorshipSession.tutor_id).where(MentorshipSession.course_id == course_id).distinct()
    take_turns(session, session.exec(tutors).all())
    linked = session.exec(
        select(MentorshipSession.id).where(
            MentorshipSession.course_id == course_id, col(MentorshipSession.is_offering)
        )
    ).all()
    # The foreign key would do this too, but behind the back of rows the session has at hand.
    session.exec(
        update(MentorshipSession).where(col(MentorshipSession.course_id) == course_id).values(course_id=None)
    )
    session.delete(course)
    session.flush()
    refresh_search_text(session, offering_ids=linked)


def completion_page(session: Session, actor: Actor, *, slug: str) -> CompletionPage:
    """Return what the person sees who has finished the course.

    Raises:
        NotFound: There is no such course.
        Conflict: `not_completed`: it is not finished yet.
    """
    course = _by_slug(session, slug)
    enrolment = session.get(Enrolment, (actor.person_id, course.id))
    if enrolment is None or enrolment.completed_at is None:
        raise Conflict("There are lessons left in this course. Finish them first.", code="not_completed")
    card = _cards(session, actor, only=course.id)[0]
    others = [other for other in _cards(session, actor) if other.status != EnrolmentStatus.COMPLETED]
    # One that was begun comes before one that was not.
    others.sort(key=lambda other: not other.status)
    following = others[0] if others else None
    return CompletionPage(
        course_id=card.id,
        slug=card.slug,
        title=card.title,
        tutor_name=card.tutor_name,
        lessons=card.lessons,
        minutes=card.minutes,
        completed_at=enrolment.completed_at,
        next_slug=following.slug if following else "",
        next_title=following.title if following else "",
    )
