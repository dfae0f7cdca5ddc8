"""The log of what operators did: written in the transaction of the deed, read page by page."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.roles import Actor
from mentor_ui.models import AuditEntry, Person

PAGE_LINES = 30
COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One deed.

    Attributes:
        who: The operator's name, or `command line`.
        action: A word of ours, such as `refund`.
        subject: What it was done to.
    """

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    detail: str


def note(
    session: Session, actor: Actor | None, action: str, *, subject: str, detail: str = "", now: datetime
) -> None:
    """Write down what an operator does, in the transaction that does it.

    Args:
        session: Of a writing transaction.
        actor: The operator; None for the command line.
        action: A word of ours, at most 40 characters.
        subject: What it is done to; cut at 80 characters.
        detail: The rest, for a reader; cut at 500 characters.
        now: The present moment.
    """
    session.add(
        AuditEntry(
            at=now,
            actor_id=None if actor is None else actor.person_id,
            action=action,
            subject=subject[:80],
            detail=detail[:500],
        )
    )


def log(
    session: Session, actor: Actor, *, before: int | None = None, limit: int = PAGE_LINES
) -> tuple[LogLine, ...]:
    """Return a page of the log, newest first.

    Args:
        session: Any.
        actor: An operator.
        before: The last line of the page before; None for the first page.
        limit: At most so many.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    check_operator(actor)
    statement = (
        select(AuditEntry, Person.name)
        .join(Person, col(Person.id) == col(AuditEntry.actor_id), isouter=True)
        .order_by(col(AuditEntry.id).desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(col(AuditEntry.id) < before)
    return tuple(
        LogLine(entry.id, entry.at, name or COMMAND_LINE, entry.action, entry.subject, entry.detail)
        for entry, name in session.exec(statement)
    )


def check_operator(actor: Actor) -> None:
    """Refuse whoever does not run the platform.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    if not actor.is_admin:
        raise NotAllowed("This page is for the people who run the platform.")
