"""A migrated database with a market in it."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import insert

from mentor_ui.db.engine import Database
from mentor_ui.db.migrations import migrate
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.slots import DURATIONS_MINUTES
from mentor_ui.models import Course, MentorshipSession, Person, PersonRole, WeeklyHours

SEED = 20261122
"""The same market in every run."""


def make_database(folder: Path) -> Database:
    """Return a new, migrated SQLite database."""
    return migrated(f"sqlite:///{folder / 'bench.db'}")


def migrated(url: str) -> Database:
    """Return the database of a URL, with the newest schema."""
    migrate(url)
    return Database(url)


def add_people(database: Database, count: int, role: Role) -> list[Actor]:
    """Add people of one role; tutors can be booked round the clock."""
    now = datetime.now(UTC)
    numbers = [new_id() for _ in range(count)]
    with database.transaction() as session:
        connection = session.connection()
        connection.execute(
            insert(Person),
            [
                Person(id=number, email=f"{number}@demo.test", name="Ada Obi", password_hash="").model_dump()
                | {"created_at": now}
                for number in numbers
            ],
        )
        connection.execute(insert(PersonRole), [{"person_id": number, "role": role} for number in numbers])
        if role is Role.TUTOR:
            connection.execute(
                insert(WeeklyHours),
                [
                    WeeklyHours(tutor_id=number, weekday=day, starts_minute=0, ends_minute=1440).model_dump()
                    for number in numbers
                    for day in range(7)
                ],
            )
    return [Actor(number, frozenset({role})) for number in numbers]


def add_courses(database: Database, count: int, tutor: Actor) -> list[int]:
    """Add courses of one tutor."""
    made = [
        Course(slug=f"course-{place}", title="React", tutor_id=tutor.person_id, creator_id=tutor.person_id)
        for place in range(count)
    ]
    with database.transaction() as session:
        session.connection().execute(insert(Course), [course.model_dump() for course in made])
    return [course.id for course in made]


def add_offerings(database: Database, count: int, tutors: list[Actor], courses: list[int]) -> list[int]:
    """Add offerings, most of them on a few courses, as in a real market."""
    chance = random.Random(SEED)
    first = datetime.now(UTC) - timedelta(days=365)
    rows: list[dict[str, object]] = []
    for place in range(count):
        tutor = tutors[place % len(tutors)].person_id
        rows.append(
            MentorshipSession(
                is_offering=True,
                tutor_id=tutor,
                student_id=tutor,
                course_id=courses[int(len(courses) * chance.random() ** 3)] if courses else None,
                title="React Mastery 1:1",
                search_text="react mastery ada obi",
                duration=chance.choice(DURATIONS_MINUTES),
                price_kobo=chance.randrange(50_000, 2_500_000, 5_000),
                status=SessionStatus.SCHEDULED,
                payment_status=PaymentStatus.NONE,
                next_free_at=first + timedelta(days=366, minutes=30 * (place % 900)),
                created_at=first + timedelta(seconds=place),
            ).model_dump()
        )
    with database.transaction() as session:
        session.connection().execute(insert(MentorshipSession), rows)
    return [int(str(row["id"])) for row in rows]
