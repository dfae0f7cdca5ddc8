"""Which rows have a page that everybody may open, for search engines."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from mentor_ui.db.live_offerings import live
from mentor_ui.models import Course, MentorshipSession


class Kind(StrEnum):
    """What has public pages."""

    OFFERINGS = "offerings"
    MENTORS = "mentors"
    COURSES = "courses"


def paths(session: Session, kind: Kind, *, start: int = 0, limit: int) -> tuple[str, ...]:
    """Return the paths of public pages, in the order of their rows' identifiers.

    Args:
        session: For reading.
        kind: Of what.
        start: The first identifier that counts.
        limit: At most so many.
    """
    number, shown = _columns(kind)
    rows: Any = session.connection().execute(_query(session, kind, number, shown, start).limit(limit))
    return tuple(_path(kind, name) for _, name in rows)


def starts(session: Session, kind: Kind, *, every: int) -> Iterator[int]:
    """Yield the identifiers with which each part of `every` rows begins; nothing when there are none.

    Args:
        session: For reading.
        kind: Of what.
        every: Rows of a part.
    """
    number, _ = _columns(kind)
    query = _query(session, kind, number, number, 0).limit(1)
    first = session.connection().execute(query).scalar()
    while first is not None:
        yield int(first)
        query = _query(session, kind, number, number, int(first)).offset(every).limit(1)
        first = session.connection().execute(query).scalar()


def _columns(kind: Kind) -> tuple[Any, Any]:
    match kind:
        case Kind.OFFERINGS:
            return col(MentorshipSession.id), col(MentorshipSession.id)
        case Kind.MENTORS:
            return col(MentorshipSession.tutor_id), col(MentorshipSession.tutor_id)
        case Kind.COURSES:
            return col(Course.id), col(Course.slug)


def _query(session: Session, kind: Kind, number: Any, shown: Any, start: int) -> Any:
    query: Any = select(number, shown).where(number >= start).order_by(number)
    if kind is Kind.COURSES:
        return query
    query = query.where(live(session))
    return query.distinct() if kind is Kind.MENTORS else query


def _path(kind: Kind, name: object) -> str:
    match kind:
        case Kind.OFFERINGS:
            return f"/mentorship/offering/{name}"
        case Kind.MENTORS:
            return f"/mentorship?mentor={name}"
        case Kind.COURSES:
            return f"/courses/{name}"
