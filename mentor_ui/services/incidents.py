"""What needs a person: raised once for each happening, wherever it is noticed, and closed by an operator."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import update
from sqlmodel import Session, col, select

from mentor_ui.db.insert_once import insert_once
from mentor_ui.domain.errors import Conflict, InvalidInput
from mentor_ui.domain.roles import Actor
from mentor_ui.models import Incident, IncidentKind
from mentor_ui.services import audit

log = structlog.get_logger()

MOST_OPEN = 100
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Something that waits for an operator.

    Attributes:
        subject_id: Of the payment, refund, payout or dispute that it is about; None for the ledger.
        due_at: UTC; until when something must be done, if there is such a moment.
    """

    id: int
    kind: IncidentKind
    summary: str
    subject_id: int | None
    due_at: datetime | None
    created_at: datetime


def raise_incident(
    session: Session,
    kind: IncidentKind,
    *,
    key: str,
    summary: str,
    now: datetime,
    subject_id: int | None = None,
    due_at: datetime | None = None,
) -> None:
    """Put something before the operators, unless this happening stands before them already.

    Args:
        session: Of a writing transaction.
        kind: What happened.
        key: Of the happening, such as `mismatch-<payment>`.
        summary: One sentence, without personal data.
        now: The present moment.
        subject_id: Of the payment, refund, payout or dispute.
        due_at: Until when something must be done.
    """
    is_new = insert_once(
        session,
        Incident(
            key=key, kind=kind, summary=summary[:300], subject_id=subject_id, due_at=due_at, created_at=now
        ),
    )
    if is_new:
        log.error("an incident needs an operator", kind=kind.value, key=key)


def end_of_itself(
    session: Session, kind: IncidentKind, *, subject_id: int, resolution: str, now: datetime
) -> None:
    """Close the open incidents of one kind about one thing, because it has mended itself.

    Args:
        session: Of a writing transaction.
        kind: What had happened.
        subject_id: What it was about.
        resolution: Why nobody is needed any more.
        now: The present moment.
    """
    session.connection().execute(
        update(Incident)
        .where(
            col(Incident.subject_id) == subject_id,
            col(Incident.kind) == kind,
            col(Incident.resolved_at).is_(None),
        )
        .values(resolved_at=now, resolution=resolution)
    )


def open_incidents(session: Session, actor: Actor, *, limit: int = MOST_OPEN) -> tuple[OpenIncident, ...]:
    """Return what waits for an operator: first what has a deadline, the nearest first, then the oldest.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    audit.check_operator(actor)
    rows = session.exec(
        select(Incident)
        .where(col(Incident.resolved_at).is_(None))
        .order_by(col(Incident.due_at).is_(None), col(Incident.due_at), col(Incident.created_at))
        .limit(limit)
    )
    return tuple(
        OpenIncident(row.id, IncidentKind(row.kind), row.summary, row.subject_id, row.due_at, row.created_at)
        for row in rows
    )


def resolve(session: Session, actor: Actor, *, incident_id: int, note: str, now: datetime) -> None:
    """Close an incident with a word on what was done about it.

    Args:
        session: Of a writing transaction.
        actor: An operator.
        incident_id: Which one.
        note: What was done, for those who read the log later.
        now: The present moment.

    Raises:
        NotAllowed: The actor does not run the platform.
        InvalidInput: The note is empty or too long.
        Conflict: `resolved`: somebody closed it before, or there is none.
    """
    audit.check_operator(actor)
    note = note.strip()
    if not note:
        raise InvalidInput("Please say in a few words what was done about it.", field="note")
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(f"Please keep it to {LONGEST_NOTE} characters.", field="note")
    closed = session.connection().execute(
        update(Incident)
        .where(col(Incident.id) == incident_id, col(Incident.resolved_at).is_(None))
        .values(resolved_at=now, resolved_by=actor.person_id, resolution=note)
    )
    if closed.rowcount != 1:
        raise Conflict("This is closed already.", code="resolved")
    audit.note(session, actor, "resolve_incident", subject=f"incident {incident_id}", detail=note, now=now)
