"""Mentorship suggested to those who have finished a course."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete
from sqlmodel import Session, col, select

from mentor_ui.db.engine import Database
from mentor_ui.db.insert_once import insert_once
from mentor_ui.db.raw_sql import moment_of
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.models import Course, SuggestionDismissal
from mentor_ui.models.mentorship import LIVE_POSTGRESQL, LIVE_SQLITE

MOST_SUGGESTED = 5

_COLUMNS = """mentorship_sessions.id AS id, title, description, duration, price_kobo, next_free_at,
 next_free_unknown, person.id AS tutor_id, name, headline, avatar"""
_NEWEST = """SELECT {} FROM mentorship_sessions LEFT JOIN person ON person.id = tutor_id
 WHERE course_id = {} AND {} AND tutor_id <> {}
 ORDER BY mentorship_sessions.created_at DESC, mentorship_sessions.id DESC LIMIT {}"""
_SQLITE = _NEWEST.format(_COLUMNS, "?", LIVE_SQLITE, "?", "?")
_POSTGRESQL = _NEWEST.format(_COLUMNS, "%s", LIVE_POSTGRESQL, "%s", "%s")
_OF_ONE = _NEWEST.format(
    f"{_COLUMNS}, mentorship_sessions.created_at", "asked.of_course", LIVE_POSTGRESQL, 0, MOST_SUGGESTED
)
_OF_EACH = f"""SELECT of_course, id, title, description, duration, price_kobo, next_free_at,
 next_free_unknown, tutor_id, name, headline, avatar
 FROM unnest(%s::bigint[]) AS asked (of_course) CROSS JOIN LATERAL ({_OF_ONE}) AS newest
 ORDER BY of_course, created_at DESC, id DESC"""  # noqa: S608 - our own words


class Suggestion(NamedTuple):
    """One offering linked to the course; a tuple is made several times as fast as a frozen dataclass.

    Attributes:
        tutor_avatar: Address of a picture, empty when there is none.
        next_free_at: UTC; None when there is no free time, or none is known. It may have passed.
        next_free_unknown: Whether nobody can tell now when the tutor is free.
    """

    id: str
    title: str
    description: str
    duration_minutes: int
    price_kobo: int
    tutor_id: str
    tutor_name: str
    tutor_headline: str
    tutor_avatar: str
    next_free_at: datetime | None
    next_free_unknown: bool


def newest_for_course(
    connection: Connection, course_id: int, *, without_tutor: int = 0, limit: int = MOST_SUGGESTED
) -> tuple[Suggestion, ...]:
    """Return the newest live offerings linked to a course, by one look into one index.

    Handed to the driver as it is: making the statement would take ten times as long as running it.

    Args:
        connection: For reading.
        course_id: The course.
        without_tutor: Whose offerings are left out; 0 for nobody's.
        limit: At most so many.
    """
    statement = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    return tuple(map(_suggestion, connection.exec_driver_sql(statement, (course_id, without_tutor, limit))))


def newest_for_anybody(database: Database, course_id: int) -> tuple[Suggestion, ...]:
    """Return the newest live offerings linked to a course, by the shortest way that the database has."""
    statement = _SQLITE if database.is_sqlite else _POSTGRESQL
    return tuple(map(_suggestion, database.quick_rows(statement, (course_id, 0, MOST_SUGGESTED))))


def newest_for_each(database: Database, course_ids: Sequence[int]) -> dict[int, tuple[Suggestion, ...]]:
    """Return what `newest_for_anybody` returns for each of some courses; a server is asked once for all.

    Args:
        database: Where to look.
        course_ids: The courses, each once.
    """
    if database.is_sqlite:
        return {course_id: newest_for_anybody(database, course_id) for course_id in course_ids}
    found: dict[int, list[Suggestion]] = {course_id: [] for course_id in course_ids}
    for course_id, *row in database.quick_rows(_OF_EACH, (list(course_ids),)):
        found[course_id].append(_suggestion(row))
    return {course_id: tuple(rows) for course_id, rows in found.items()}


def _suggestion(row: Any) -> Suggestion:
    (
        number, title, description, minutes, kobo, free_at, unknown,
        tutor_id, name, headline, avatar,
    ) = row  # fmt: skip
    free_at = moment_of(free_at)
    return Suggestion(
        str(number),
        title,
        description,
        minutes,
        kobo,
        str(tutor_id),
        name,
        headline,
        avatar,
        free_at,
        bool(unknown),
    )


def suggestions(
    session: Session, actor: Actor | None, *, course_id: int, limit: int = MOST_SUGGESTED
) -> tuple[Suggestion, ...]:
    """Return the newest live offerings linked to a course, never the viewer's own; often none."""
    without = actor.person_id if actor is not None else 0
    return newest_for_course(session.connection(), course_id, without_tutor=without, limit=limit)


def dismiss(session: Session, actor: Actor, *, course_id: int, now: datetime) -> None:
    """Put the course's card away, on every device; a second time changes nothing.

    Raises:
        NotFound: There is no such course.
    """
    if session.get(Course, course_id) is None:
        raise NotFound("We cannot find this course.")
    insert_once(
        session, SuggestionDismissal(student_id=actor.person_id, course_id=course_id, dismissed_at=now)
    )


def restore(session: Session, actor: Actor, *, course_id: int) -> None:
    """Bring the course's card back."""
    session.exec(
        delete(SuggestionDismissal).where(
            col(SuggestionDismissal.student_id) == actor.person_id,
            col(SuggestionDismissal.course_id) == course_id,
        )
    )


def is_dismissed(session: Session, actor: Actor | None, *, course_id: int) -> bool:
    """Return whether the viewer has put the course's card away."""
    return (
        actor is not None
        and session.exec(
            select(SuggestionDismissal.course_id).where(
                SuggestionDismissal.student_id == actor.person_id,
                SuggestionDismissal.course_id == course_id,
            )
        ).first()
        is not None
    )
