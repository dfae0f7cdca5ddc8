"""People and offerings for tests, made through the tables."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mentor_ui.db.engine import Database
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.domain.slots import WeeklyRange
from mentor_ui.models import MentorshipSession, Person, PersonRole, WeeklyHours
from mentor_ui.services import followups

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""A Tuesday."""

FREE_TIME = NOON + timedelta(days=1)
"""Open in the hours of every tutor made here, a day after `NOON`."""


def make_person(database: Database, *roles: Role, name: str = "Ada Obi", zone: str = "Africa/Lagos") -> Actor:
    """Add a person with these roles; tutors can be booked round the clock."""
    person = Person(email=f"p{new_id()}@demo.test", name=name, password_hash="", timezone=zone)
    with database.transaction() as session:
        session.add(person)
        session.flush()
        session.add_all(PersonRole(person_id=person.id, role=role) for role in roles)
        if {Role.TUTOR, Role.MENTOR} & set(roles):
            spans = (WeeklyRange(day, 0, 1440) for day in range(7))
            session.add_all(
                WeeklyHours(
                    tutor_id=person.id,
                    weekday=span.weekday,
                    starts_minute=span.starts_minute,
                    ends_minute=span.ends_minute,
                )
                for span in spans
            )
    return Actor(person.id, frozenset(roles), zone)


def make_offering(
    database: Database,
    tutor: Actor,
    *,
    title: str = "React Mastery 1:1",
    price_kobo: int = 500_000,
    duration_minutes: int = 60,
    course_id: int | None = None,
    published: bool = True,
    mode: BookingMode = BookingMode.INSTANT,
) -> int:
    """Add an offering and return its identifier."""
    offering = MentorshipSession(
        is_offering=True,
        tutor_id=tutor.person_id,
        student_id=tutor.person_id,
        course_id=course_id,
        title=title,
        duration=duration_minutes,
        price_kobo=price_kobo,
        status=SessionStatus.SCHEDULED,
        payment_status=PaymentStatus.NONE,
        published=published,
        booking_mode=mode,
    )
    with database.transaction() as session:
        session.add(offering)
    return offering.id


@dataclass(frozen=True)
class Pair:
    """A tutor with one offering, and a student."""

    tutor: Actor
    student: Actor
    offering_id: int
    price_kobo: int


def make_pair(
    database: Database,
    *,
    price_kobo: int = 500_000,
    duration_minutes: int = 60,
    mode: BookingMode = BookingMode.INSTANT,
) -> Pair:
    """Add a tutor with one offering, and a student."""
    tutor = make_person(database, Role.TUTOR, name="Tunde Bakare")
    student = make_person(database, Role.STUDENT, name="Ada Obi")
    offering_id = make_offering(
        database, tutor, price_kobo=price_kobo, duration_minutes=duration_minutes, mode=mode
    )
    return Pair(tutor, student, offering_id, price_kobo)


def follow_sales(database: Database, now: datetime = NOON) -> list[int]:
    """Tell of all sales and enqueue what follows, as a process does within moments; return their bookings."""
    with database.reading() as session:
        due = followups.due(session)
    for booking_id in due:
        with database.transaction() as session:
            followups.follow_sale(session, booking_id, public_url="http://localhost:3000", now=now)
    return due
