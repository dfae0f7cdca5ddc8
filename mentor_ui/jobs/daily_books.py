"""Once a day: our payments against Paystack's own list, both ways, and the proof that the ledger adds up."""

from datetime import UTC, datetime, timedelta

from dbos import DBOS

from mentor_ui.resources import get_resources
from mentor_ui.services import ledger_proof, reconciliation

CHECK_BOOKS = "check_books"
"""Name of the job that does both."""

BEGINS_AT = timedelta(hours=1)
"""After midnight UTC, which is two in the morning in Lagos: what came late in the evening has arrived."""

LOOKS_BACK = timedelta(days=3)
"""Two days and some more, so that a day on which nothing ran is made up for."""


def run_of(now: datetime) -> str:
    """Return the name of the day's run: the first sweep of a day enqueues it, all others find it there."""
    return f"check-books-{(now - BEGINS_AT).date().isoformat()}"


@DBOS.workflow(name=CHECK_BOOKS)
def check_books(day: str) -> None:
    """Compare and prove.

    Args:
        day: Whose run this is, for the log.
    """
    compare(day)
    prove(day)


@DBOS.step(name="compare_books", retries_allowed=True, max_attempts=10, interval_seconds=2, backoff_rate=2)
def compare(day: str) -> None:
    """Settle what Paystack lists as paid and we have not, and tell the operators what does not match."""
    del day
    resources, now = get_resources(), datetime.now(UTC)
    found = reconciliation.reconcile(
        resources.database, resources.payments, resources.rules, now - LOOKS_BACK, now
    )
    with resources.database.transaction() as session:
        reconciliation.report(session, found, now)


@DBOS.step(name="prove_ledger", retries_allowed=True, max_attempts=3, interval_seconds=2)
def prove(day: str) -> None:
    """Recompute the ledger and keep what came of it."""
    del day
    database = get_resources().database
    # Reading all of it takes its time, in which everybody else goes on selling.
    with database.snapshot() as session:
        proven = ledger_proof.prove(session)
    with database.transaction() as session:
        ledger_proof.keep(session, proven, datetime.now(UTC))
