"""Working on what Paystack told us, after the webhook was stored and answered."""

from datetime import UTC, datetime

from dbos import DBOS

from mentor_ui.domain.errors import NotFound
from mentor_ui.jobs import disputing, refunding
from mentor_ui.jobs.paying_out import pursue_reference
from mentor_ui.models import ProviderEvent
from mentor_ui.providers.paystack_webhooks import PaystackEvent, read_event
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import provider_events
from mentor_ui.services.settlement import settle

PAYOUT_EVENTS = frozenset({"transfer.success", "transfer.failed", "transfer.reversed"})

HANDLE_PAYSTACK_EVENT = "handle_paystack_event"
"""Name of the job that a stored Paystack webhook enqueues."""


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
    """Look up what an event speaks of. Events we have no use for are kept and marked as seen."""
    resources = get_resources()
    with resources.database.reading() as session:
        body = session.get_one(ProviderEvent, int(event_id)).body
    event = read_event(body)
    outcome = "kept"
    if event.domain in ("", resources.rules.domain):
        outcome = _follow(resources, event)
    with resources.database.transaction() as session:
        provider_events.mark_handled(session, int(event_id), outcome, datetime.now(UTC))


def _follow(resources: Resources, event: PaystackEvent) -> str:
    """Return what came of looking up what an event speaks of."""
    if event.name == "charge.success":
        try:
            return settle(
                resources.database, resources.payments, resources.rules, event.reference, datetime.now(UTC)
            )
        except NotFound:
            # One Paystack account serves several products; each hears of every payment.
            return "unknown reference"
    if event.name in PAYOUT_EVENTS:
        return pursue_reference(resources, event.reference)
    if event.name.startswith("charge.dispute.") and event.entity_id is not None:
        return disputing.look_at(resources, event.entity_id)
    if event.name.startswith("refund."):
        return refunding.look_at(resources, event.reference)
    return "kept"
