"""What Paystack and Zoom told us, kept as it came, and whether it was worked on."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from mentor_ui.models import ProviderEvent

HANDLING_TIME = timedelta(minutes=5)
"""What the first job gets to handle an event."""

EVENT_LIFE = timedelta(days=7)


def unhandled(session: Session, provider: str, now: datetime, limit: int = 50) -> list[int]:
    """Return a provider's events that should have been handled by now, in chance order."""
    return list(
        session.exec(
            select(ProviderEvent.id)
            .where(
                col(ProviderEvent.handled_at).is_(None),
                ProviderEvent.provider == provider,
                col(ProviderEvent.received_at) < now - HANDLING_TIME,
                col(ProviderEvent.received_at) > now - EVENT_LIFE,
            )
            .order_by(func.random())
            .limit(limit)
        )
    )


def mark_handled(session: Session, event_id: int, outcome: str, now: datetime) -> None:
    """Note what came of an event.

    Args:
        session: Of the writing transaction in which it came about.
        event_id: Of the event.
        outcome: In words; cut at 200 characters.
        now: The present moment.
    """
    stored = session.get_one(ProviderEvent, event_id)
    stored.handled_at, stored.outcome = now, outcome[:200]
    session.add(stored)
