"""Keeping the words by which offerings are found in step with titles, tutors and courses."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from mentor_ui.domain.words import search_text
from mentor_ui.models import Course, MentorshipSession, Person


def refresh_search_text(
    session: Session,
    *,
    offering_ids: Collection[int] | None = None,
    tutor_id: int | None = None,
    course_id: int | None = None,
) -> None:
    """Work out the search words of some offerings anew.

    Args:
        session: Of a writing transaction.
        offering_ids: These offerings.
        tutor_id: All offerings of this tutor, for example after a new name.
        course_id: All offerings of this course, for example after a new title.
    """
    statement = (
        select(MentorshipSession, Person.name, Course.title)
        .join(Person, col(Person.id) == col(MentorshipSession.tutor_id))
        .join(Course, col(Course.id) == col(MentorshipSession.course_id), isouter=True)
        .where(col(MentorshipSession.is_offering))
    )
    if offering_ids is not None:
        statement = statement.where(col(MentorshipSession.id).in_(offering_ids))
    if tutor_id is not None:
        statement = statement.where(MentorshipSession.tutor_id == tutor_id)
    if course_id is not None:
        statement = statement.where(MentorshipSession.course_id == course_id)
    for offering, tutor_name, course_title in session.exec(statement).all():
        offering.search_text = search_text(
            offering.title, offering.description, tutor_name, course_title or ""
        )
        session.add(offering)
    session.flush()
