"""Durable jobs enqueued in the transaction of what they follow from.

The queue's table lies in our own database (DBOS), so a job exists exactly when the change that asked
for it was committed.
"""

from typing import TYPE_CHECKING

from dbos import EnqueueOptions
from sqlmodel import Session

if TYPE_CHECKING:
    from mentor_ui.db.engine import Database

APPLICATION_VERSION = "mentor-1"
"""Pinned: work left by one release is finished by the next."""


def enqueue(session: Session, job: str, job_id: str, *arguments: str | int, delay_seconds: float = 0) -> None:
    """Enqueue a job in the session's transaction; the same `job_id` a second time changes nothing.

    Each kind of job has a queue of its own, named like it: one provider that is away holds up no other.

    Args:
        session: From `Database.transaction()`.
        job: Registered name of the workflow.
        job_id: What makes this piece of work unique, for example `mail-123`.
        arguments: Passed to the workflow; strings and integers only.
        delay_seconds: Not before this long from now.
    """
    database: Database = session.info["queue"]
    options: EnqueueOptions = {
        "workflow_name": job,
        "queue_name": job,
        "workflow_id": job_id,
        "app_version": APPLICATION_VERSION,
    }
    if delay_seconds > 0:
        options["delay_seconds"] = delay_seconds
    session.flush()
    database.queue.enqueue_in_transaction(session.connection(), options, *arguments)
