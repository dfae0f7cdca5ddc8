"""What must happen even when nobody asks: lapsed holds, silent payments, the clock, and jobs that gave up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlmodel import col, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.jobs.refunding import follow
from mentor_ui.models import OutgoingMessage, Refund, RefundState
from mentor_ui.providers.errors import ProviderError
from mentor_ui.resources import Resources
from mentor_ui.services import availability, bookings, meetings, payments, refunds
from mentor_ui.services.notifications import DELIVER_MAIL
from mentor_ui.services.settlement import FULFIL_BOOKING, settle

log = structlog.get_logger()

GAVE_UP = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")
"""States in which the queue will not touch a job again."""


def sweep(resources: Resources) -> None:
    """Run every sweep once. Each is safe to repeat, and to run in several processes at the same time.

    One sweep's failure is logged and does not keep the others from running.
    """
    for part in (
        _lapse_holds,
        _advance_clock,
        _check_payments,
        _follow_refunds,
        _revive_jobs,
        _refresh_next_free,
    ):
        _run(part, resources)


def _run(part: Callable[[Resources, datetime], None], resources: Resources) -> None:
    try:
        part(resources, datetime.now(UTC))
    except Exception:
        # The loop must go on: a sweep that fails today is tried again in seconds, and the log tells of it.
        log.exception("sweep failed", sweep=part.__name__.lstrip("_"))


def _lapse_holds(resources: Resources, now: datetime) -> None:
    with resources.database.transaction() as session:
        bookings.lapse_expired(session, now)


def _advance_clock(resources: Resources, now: datetime) -> None:
    with resources.database.transaction() as session:
        bookings.advance_clock(session, now)


def _check_payments(resources: Resources, now: datetime) -> None:
    with resources.database.reading() as session:
        due = payments.due_for_check(session, now)
    for reference in due:
        try:
            settle(resources.database, resources.payments, resources.rules, reference, datetime.now(UTC))
        except ProviderError as error:
            log.warning("payment could not be checked", reference=reference, reason=str(error))
            return


def _follow_refunds(resources: Resources, now: datetime) -> None:
    del now
    with resources.database.reading() as session:
        unfinished = refunds.unfinished(session)
    for refund_id in unfinished:
        try:
            follow(resources, refund_id)
        except ProviderError as error:
            log.warning("refund could not be followed", refund_id=refund_id, reason=str(error))
            return


def _revive_jobs(resources: Resources, now: datetime) -> None:
    """Enqueue anew the work whose job gave up after all its tries."""
    with resources.database.reading() as session:
        roomless = meetings.roomless(session, now)
        unsent = session.exec(
            select(OutgoingMessage.id)
            .where(
                col(OutgoingMessage.sent_at).is_(None),
                col(OutgoingMessage.created_at) < now - timedelta(minutes=5),
            )
            .limit(50)
        ).all()
        owed = session.exec(select(Refund.id).where(Refund.state == RefundState.DUE).limit(50)).all()
    for job, prefix, identifiers in (
        (FULFIL_BOOKING, "fulfil", roomless),
        (DELIVER_MAIL, "mail", unsent),
        (refunds.SEND_REFUND, "refund", owed),
    ):
        for identifier in identifiers:
            _enqueue_again(resources, job, f"{prefix}-{identifier}", identifier)


def _enqueue_again(resources: Resources, job: str, job_id: str, identifier: int) -> None:
    tries = resources.database.queue.list_workflows(workflow_id_prefix=job_id)
    if any(status.status not in GAVE_UP for status in tries):
        return
    with resources.database.transaction() as session:
        enqueue(session, job, f"{job_id}-{len(tries)}" if tries else job_id, str(identifier))


def _refresh_next_free(resources: Resources, now: datetime) -> None:
    with resources.database.transaction() as session:
        availability.refresh_stale_next_free(session, now, limit=200)
