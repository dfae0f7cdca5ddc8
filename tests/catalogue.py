"""Short ways to put people, courses and offerings into a test's database."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.slots import quarters_between
from mentor_ui.models import (
    BookedQuarter,
    Course,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    MentorshipSession,
    Person,
    PersonRole,
)
from mentor_ui.services import offerings

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""A Monday, 07:00 in Lagos."""


def person(session: Session, name: str, *roles: Role, timezone: str = "Africa/Lagos") -> Actor:
    """Add somebody and return them as an actor."""
    row = Person(
        email=f"{new_id()}@people.test",
        name=name,
        password_hash="",
        headline=f"{name}, at work",
        timezone=timezone,
    )
    session.add(row)
    session.flush()
    session.add_all(PersonRole(person_id=row.id, role=role) for role in roles)
    session.flush()
    return Actor(row.id, frozenset(roles), timezone)


def tutor(session: Session, name: str = "Tunde Bakare", *, timezone: str = "Africa/Lagos") -> Actor:
    """Add a tutor."""
    return person(session, name, Role.TUTOR, timezone=timezone)


def student(session: Session, name: str = "Ada Obi", *, timezone: str = "Africa/Lagos") -> Actor:
    """Add a student."""
    return person(session, name, Role.STUDENT, timezone=timezone)


def course(session: Session, teacher: Actor, title: str = "React from Zero", lessons: int = 2) -> Course:
    """Add a course with lessons."""
    row = Course(
        slug=f"{title.lower().replace(' ', '-')}-{new_id()}",
        title=title,
        tutor_id=teacher.person_id,
        creator_id=teacher.person_id,
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    session.add_all(
        Lesson(course_id=row.id, position=place, title=f"Lesson {place}", minutes=10)
        for place in range(1, lessons + 1)
    )
    session.flush()
    return row


def finished(session: Session, learner: Actor, what: Course) -> None:
    """Let a student have completed a course."""
    session.add(
        Enrolment(
            student_id=learner.person_id,
            course_id=what.id,
            status=EnrolmentStatus.COMPLETED,
            progress=100,
            completed_at=NOW,
        )
    )
    session.flush()


def offering(
    session: Session,
    teacher: Actor,
    title: str = "React Mastery 1:1",
    *,
    description: str = "",
    minutes: int = 60,
    naira: int = 5000,
    linked_to: Course | None = None,
    published: bool = True,
    now: datetime = NOW,
) -> int:
    """Put up an offering through its use case and return its identifier."""
    draft = offerings.OfferingDraft(
        title=title,
        description=description,
        duration_minutes=minutes,
        price=naira,
        course_id=str(linked_to.id) if linked_to else None,
        published=published,
    )
    return int(offerings.create(session, teacher, draft=draft, now=now).id)


def booking(
    session: Session,
    learner: Actor,
    offering_id: int,
    starts_at: datetime,
    *,
    status: SessionStatus = SessionStatus.SCHEDULED,
    paid: bool = True,
    hold_expires_at: datetime | None = None,
    claim: bool = True,
) -> MentorshipSession:
    """Add a booking of an offering with its claimed quarters."""
    source = session.get_one(MentorshipSession, offering_id)
    row = MentorshipSession(
        tutor_id=source.tutor_id,
        student_id=learner.person_id,
        offering_id=source.id,
        course_id=source.course_id,
        title=source.title,
        duration=source.duration,
        price_kobo=source.price_kobo,
        status=status,
        payment_status=PaymentStatus.PAID if paid else PaymentStatus.AWAITING,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=source.duration),
        hold_expires_at=hold_expires_at,
    )
    session.add(row)
    session.flush()
    if claim:
        session.add_all(
            BookedQuarter(person_id=someone, quarter=quarter, session_id=row.id)
            for someone in (source.tutor_id, learner.person_id)
            for quarter in quarters_between(starts_at, starts_at + timedelta(minutes=source.duration))
        )
        session.flush()
    return row


def titles(rows: Iterable[object]) -> list[str]:
    """Return the titles of some cards."""
    return [str(row.title) for row in rows]  # pyright: ignore[reportAttributeAccessIssue]
