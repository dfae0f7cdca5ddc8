"""Working on what Paystack told us, after the webhook was stored and answered."""

from datetime import UTC, datetime, timedelta

from dbos import DBOS
from sqlmodel import Session, col, func, select

from mentor_ui.domain.errors import NotFound
from mentor_ui.models import ProviderEvent
from mentor_ui.providers.paystack_webhooks import read_event
from mentor_ui.resources import get_resources
from mentor_ui.services.settlement import settle

HANDLE_PAYSTACK_EVENT = "handle_paystack_event"
"""Name of the job that a stored Paystack webhook enqueues."""


HANDLING_TIME = timedelta(minutes=5)
"""What the first job gets to handle an event."""

EVENT_LIFE = timedelta(days=7)


def unhandled(session: Session, now: datetime, limit: int = 50) -> list[int]:
    """Return events of Paystack's that should have been handled by now, in chance order."""
    return list(
        session.exec(
            select(ProviderEvent.id)
            .where(
                col(ProviderEvent.handled_at).is_(None),
                ProviderEvent.provider == "paystack",
                col(ProviderEvent.received_at) < now - HANDLING_TIME,
                col(ProviderEvent.received_at) > now - EVENT_LIFE,
            )
            .order_by(func.random())
            .limit(limit)
        )
    )


@DBOS.workflow(name=HANDLE_PAYSTACK_EVENT)
def handle_paystack_event(event_id: str) -> None:
    """Do what a stored event asks for.

    Args:
        event_id: Of the `ProviderEvent`, as a decimal string.
    """
    act_on(event_id)


@DBOS.step(
    name="act_on_paystack_event", retries_allowed=True, max_attempts=8, interval_seconds=1, backoff_rate=2
)
def act_on(event_id: str) -> None:
    """Settle the charge that an event speaks of. Events we have no use for are kept and marked as seen."""
    resources = get_resources()
    with resources.database.reading() as session:
        body = session.get_one(ProviderEvent, int(event_id)).body
    event = read_event(body)
    outcome = "kept"
    if event.name == "charge.success" and event.domain in ("", resources.rules.domain):
        try:
            outcome = settle(
                resources.database, resources.payments, resources.rules, event.reference, datetime.now(UTC)
            )
        except NotFound:
            # One Paystack account serves several products; each hears of every payment.
            outcome = "unknown reference"
    with resources.database.transaction() as session:
        stored = session.get_one(ProviderEvent, int(event_id))
        stored.handled_at = datetime.now(UTC)
        stored.outcome = outcome
        session.add(stored)
