"""What follows from sales: told and enqueued within moments, by whichever process comes first.

A sale marks its booking (`followups.DUE`), which costs its own transaction nothing. The mark is taken off in
the transaction that tells and enqueues, so all of it happens once, whatever crashes in between.
"""

from datetime import UTC, datetime, timedelta

import structlog

from mentor_ui.resources import Resources
from mentor_ui.services import followups

PAUSE = timedelta(seconds=30)
"""Before one that failed is tried again, so that it never keeps the others from their turn."""

log = structlog.get_logger()


class SaleNews:
    """Follows sales for one process.

    Args:
        resources: Where the sales are.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._failed: dict[int, datetime] = {}

    def follow(self) -> int:
        """Do what is due and return how many sales that were; a failure is logged and tried again later."""
        now = datetime.now(UTC)
        self._failed = {one: until for one, until in self._failed.items() if until > now}
        with self._resources.database.reading() as session:
            due = followups.due(session, leaving_out=tuple(self._failed))
        return sum(self._follow(booking_id) for booking_id in due)

    def _follow(self, booking_id: int) -> bool:
        resources = self._resources
        try:
            with resources.database.transaction() as session:
                return followups.follow_sale(
                    session, booking_id, public_url=resources.settings.public_url, now=datetime.now(UTC)
                )
        except Exception:
            # The money is in order, and the next sale is not to blame.
            log.exception("a sale could not be followed", booking_id=booking_id)
            self._failed[booking_id] = datetime.now(UTC) + PAUSE
            return False
