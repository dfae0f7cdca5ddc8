"""Who came to a session: an append-only record that both sides see."""

from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.db.insert_once import insert_once
from mentor_ui.models import AttendanceEvent, AttendanceKind, MentorshipSession


def record(
    session: Session,
    booking: MentorshipSession,
    kind: AttendanceKind,
    *,
    source: str,
    key: str,
    happened_at: datetime,
    person_id: int | None = None,
    detail: str = "",
) -> bool:
    """Add one thing that was seen of a session; return False when it was reported before.

    Args:
        session: Of a writing transaction.
        booking: The session.
        kind: What was seen.
        source: `zoom`, `link`, `page`, `person` or `system`.
        key: What makes the report unique.
        happened_at: By the clock of whoever saw it.
        person_id: Whose doing it was, where that is known.
        detail: In words; cut at 200 characters.
    """
    return insert_once(
        session,
        AttendanceEvent(
            session_id=booking.id,
            tutor_id=booking.tutor_id,
            person_id=person_id,
            kind=kind,
            source=source,
            detail=detail[:200],
            dedupe_key=key,
            happened_at=happened_at,
        ),
    )


def timeline(session: Session, booking_id: int) -> list[AttendanceEvent]:
    """Return what was seen of a session, in the order in which it happened."""
    return list(
        session.exec(
            select(AttendanceEvent)
            .where(AttendanceEvent.session_id == booking_id)
            .order_by(col(AttendanceEvent.happened_at), col(AttendanceEvent.id))
        )
    )
