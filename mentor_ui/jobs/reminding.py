"""Sending the reminders of booked sessions, each at its moment."""

from datetime import UTC, datetime

from dbos import DBOS

from mentor_ui.resources import get_resources
from mentor_ui.services import reminders
from mentor_ui.services.reminders import REMIND, Reminder


@DBOS.workflow(name=REMIND)
def remind(booking_id: str, kind: str, starts_at: int) -> None:
    """Remind both people of a session.

    Args:
        booking_id: Decimal string.
        kind: Of the reminder.
        starts_at: The start for which it was made, in seconds since 1970.
    """
    tell(booking_id, kind, starts_at)


@DBOS.step(name="tell_reminder", retries_allowed=True, max_attempts=8, interval_seconds=1, backoff_rate=2)
def tell(booking_id: str, kind: str, starts_at: int) -> None:
    """Write the messages and mails of one reminder; a second time it writes nothing."""
    resources = get_resources()
    with resources.database.transaction() as session:
        reminders.remind(
            session,
            booking_id=int(booking_id),
            kind=Reminder(kind),
            starts_at=reminders.start_of(starts_at),
            public_url=resources.rules.public_url,
            now=datetime.now(UTC),
        )
