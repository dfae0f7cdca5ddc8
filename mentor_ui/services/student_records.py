"""What a tutor sees of a student who asks for a time: courses taken, and sessions held together."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import Course, Enrolment, EnrolmentStatus, MentorshipSession

MOST_COURSES = 6


@dataclass(frozen=True, slots=True)
class CourseTaken:
    """A course of the student's; `progress` in whole percent."""

    title: str
    completed: bool
    progress: int


@dataclass(frozen=True, slots=True)
class StudentRecord:
    """One student, as the tutor who was asked may know of.

    Attributes:
        courses: Completed ones first, then those furthest on; at most `MOST_COURSES`.
        sessions_held: Completed ones with this tutor.
    """

    courses: tuple[CourseTaken, ...] = ()
    sessions_held: int = 0


def of_askers(session: Session, actor: Actor, student_ids: Collection[int]) -> dict[int, StudentRecord]:
    """Return the records of students who asked the actor for a time, or booked one.

    Args:
        session: For reading.
        actor: The tutor.
        student_ids: Whose; those who never turned to this tutor are left out.
    """
    known = set(
        session.exec(
            select(MentorshipSession.student_id).where(
                ~col(MentorshipSession.is_offering),
                MentorshipSession.tutor_id == actor.person_id,
                col(MentorshipSession.student_id).in_(student_ids),
            )
        )
    )
    courses: defaultdict[int, list[CourseTaken]] = defaultdict(list)
    taken = session.exec(
        select(Enrolment.student_id, Course.title, Enrolment.status, Enrolment.progress)
        .join(Course, col(Course.id) == col(Enrolment.course_id))
        .where(col(Enrolment.student_id).in_(known))
        .order_by(
            (col(Enrolment.status) == EnrolmentStatus.COMPLETED).desc(),
            col(Enrolment.progress).desc(),
            col(Course.title),
        )
    )
    for student_id, title, status, progress in taken:
        if len(courses[student_id]) < MOST_COURSES:
            courses[student_id].append(CourseTaken(title, status == EnrolmentStatus.COMPLETED, progress))
    held = dict(
        session.exec(
            select(MentorshipSession.student_id, func.count())
            .where(
                ~col(MentorshipSession.is_offering),
                MentorshipSession.tutor_id == actor.person_id,
                col(MentorshipSession.student_id).in_(known),
                MentorshipSession.status == SessionStatus.COMPLETED,
            )
            .group_by(col(MentorshipSession.student_id))
        ).all()
    )
    return {one: StudentRecord(tuple(courses.get(one, ())), held.get(one, 0)) for one in known}
