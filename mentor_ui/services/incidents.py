"""What needs a person: raised once for each happening, wherever it is noticed, and closed by an operator."""

from datetime import datetime

import structlog
from sqlmodel import Session

from mentor_ui.db.insert_once import insert_once
from mentor_ui.models import Incident, IncidentKind

log = structlog.get_logger()


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
    insert_once(
        session,
        Incident(
            key=key, kind=kind, summary=summary[:300], subject_id=subject_id, due_at=due_at, created_at=now
        ),
    )
    log.error("an incident needs an operator", kind=kind.value, key=key)
