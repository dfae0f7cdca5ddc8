"""Working on what Zoom told us, after the webhook was stored and answered."""

from datetime import UTC, datetime

from dbos import DBOS

from mentor_ui.models import ProviderEvent
from mentor_ui.providers.zoom_webhooks import read_event
from mentor_ui.resources import get_resources
from mentor_ui.services import meeting_events, provider_events

HANDLE_ZOOM_EVENT = "handle_zoom_event"
"""Name of the job that a stored Zoom webhook enqueues."""


@DBOS.workflow(name=HANDLE_ZOOM_EVENT)
def handle_zoom_event(event_id: str) -> None:
    """Do what a stored event asks for.

    Args:
        event_id: Of the `ProviderEvent`, as a decimal string.
    """
    act_on(event_id)


@DBOS.step(name="act_on_zoom_event", retries_allowed=True, max_attempts=8, interval_seconds=1, backoff_rate=2)
def act_on(event_id: str) -> None:
    """Note what was seen of a session, in one transaction; what we have no use for is marked as seen.

    Zoom keeps no order. Each row carries the moment at which it happened and whoever reads them goes by that,
    so an event may come late, twice, or behind a newer one.
    """
    database = get_resources().database
    now = datetime.now(UTC)
    with database.transaction() as session:
        stored = session.get_one(ProviderEvent, int(event_id))
        outcome = meeting_events.take_in(session, read_event(stored.body), stored.received_at, now)
        provider_events.mark_handled(session, stored.id, outcome, now)
