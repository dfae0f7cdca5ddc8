"""Sending the reminders of packages that run out, each at its moment."""

from datetime import UTC, datetime

from dbos import DBOS

from mentor_ui.resources import get_resources
from mentor_ui.services import package_reminders
from mentor_ui.services.package_reminders import REMIND_PACKAGE


@DBOS.workflow(name=REMIND_PACKAGE)
def remind_package(purchase_id: str, days: int, ends: int) -> None:
    """Remind the owner of a package.

    Args:
        purchase_id: Decimal string.
        days: How long before its end.
        ends: The end for which it was made, in seconds since 1970.
    """
    tell(purchase_id, days, ends)


@DBOS.step(
    name="tell_package_reminder", retries_allowed=True, max_attempts=8, interval_seconds=1, backoff_rate=2
)
def tell(purchase_id: str, days: int, ends: int) -> None:
    """Write the message and the mail of one reminder; a second time it writes nothing."""
    resources = get_resources()
    with resources.database.transaction() as session:
        package_reminders.remind(
            session,
            purchase_id=int(purchase_id),
            days=days,
            ends=ends,
            public_url=resources.settings.public_url,
            now=datetime.now(UTC),
        )
