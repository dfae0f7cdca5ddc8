"""What must happen even when nobody asks: lapsed holds, silent payments, the clock, and jobs that gave up."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from sqlmodel import Session

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.jobs.calendar_leaving import leave
from mentor_ui.jobs.calendar_polling import enqueue_due
from mentor_ui.jobs.calendar_writing import enqueue_unwritten
from mentor_ui.jobs.daily_books import CHECK_BOOKS, run_of
from mentor_ui.jobs.disputing import look_at, look_for_new
from mentor_ui.jobs.executors import name_of_the_dead
from mentor_ui.jobs.paying_out import pursue
from mentor_ui.jobs.payment_events import HANDLE_PAYSTACK_EVENT
from mentor_ui.jobs.refunding import follow
from mentor_ui.jobs.zoom_events import HANDLE_ZOOM_EVENT
from mentor_ui.models import MentorshipSession
from mentor_ui.providers.errors import ProviderError
from mentor_ui.resources import Resources
from mentor_ui.services import (
    availability,
    bookings,
    calendar_leaving,
    dispute_answers,
    disputes,
    done_taps,
    earnings,
    meetings,
    notifications,
    package_ends,
    payments,
    payout_progress,
    provider_events,
    refund_progress,
    refunds,
    reminders,
    request_ends,
    time_proposals,
    unspent_money,
)
from mentor_ui.services.dispute_answers import ANSWER_DISPUTE
from mentor_ui.services.followups import SYNC_ROOM
from mentor_ui.services.notifications import DELIVER_MAIL
from mentor_ui.services.reminders import REMIND, Reminder
from mentor_ui.services.settlement import settle

log = structlog.get_logger()

MOST_FAILURES = 3
MOST_TUTORS = 50
SHORTEST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
"""Between two lives of a job that gave up; the first pause is twice the shortest."""

Thing = TypeVar("Thing", int, str)

GAVE_UP = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")
"""States in which the queue will not touch a job again."""


def sweep(resources: Resources) -> None:
    """Run every sweep once. Each is safe to repeat, and to run in several processes at the same time.

    One sweep's failure is logged and does not keep the others from running.
    """
    for part in (
        _lapse_holds,
        _lapse_requests,
        _lapse_proposals,
        _advance_clock,
        _check_payments,
        _send_back_unspent,
        _follow_refunds,
        _follow_disputes,
        look_for_new,
        _pursue_payouts,
        _release_earnings,
        _end_packages,
        _check_books,
        _take_over,
        _revive_jobs,
        _revive_reminders,
        _refresh_next_free,
        enqueue_due,
        enqueue_unwritten,
        _leave_calendars,
        _forget_taps,
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


def _lapse_requests(resources: Resources, now: datetime) -> None:
    public_url = resources.settings.public_url
    with resources.database.transaction() as session:
        request_ends.lapse_unanswered(session, now, public_url=public_url)
    with resources.database.transaction() as session:
        request_ends.tell_unpaid(session, now, public_url=public_url)


def _lapse_proposals(resources: Resources, now: datetime) -> None:
    with resources.database.transaction() as session:
        time_proposals.lapse_unanswered(session, now, public_url=resources.settings.public_url)


def _advance_clock(resources: Resources, now: datetime) -> None:
    with resources.database.transaction() as session:
        bookings.advance_clock(session, now)


def _check_payments(resources: Resources, now: datetime) -> None:
    def check(reference: str) -> None:
        settle(resources.database, resources.payments, resources.rules, reference, datetime.now(UTC))

    with resources.database.reading() as session:
        due = payments.due_for_check(session, now)
    _each(resources, due, check, payments.postpone)


def _send_back_unspent(resources: Resources, now: datetime) -> None:
    with resources.database.reading() as session:
        overdue = unspent_money.overdue(session, now)
    _one_by_one(
        resources,
        overdue,
        lambda session, reference: unspent_money.send_back_overdue(
            session, resources.settings.public_url, reference, now
        ),
    )


def _follow_refunds(resources: Resources, now: datetime) -> None:
    with resources.database.reading() as session:
        due = refund_progress.due_for_check(session, now)
    _each(resources, due, partial(follow, resources), refund_progress.postpone)


def _pursue_payouts(resources: Resources, now: datetime) -> None:
    with resources.database.reading() as session:
        due = payout_progress.due_for_check(session, now)
    _each(resources, due, partial(pursue, resources), payout_progress.postpone)


def _follow_disputes(resources: Resources, now: datetime) -> None:
    def follow_dispute(provider_dispute_id: int) -> None:
        look_at(resources, provider_dispute_id)

    with resources.database.reading() as session:
        due = disputes.due_for_check(session, now)
    _each(resources, due, follow_dispute, disputes.postpone)


def _release_earnings(resources: Resources, now: datetime) -> None:
    wait = timedelta(hours=resources.settings.escrow_hours)
    with resources.database.reading() as session:
        due = earnings.due(session, now, wait=wait)
    _one_by_one(resources, due, lambda session, one: earnings.release(session, one, now, wait=wait))


def _end_packages(resources: Resources, now: datetime) -> None:
    with resources.database.transaction() as session:
        package_ends.lapse_unpaid(session, now)
    with resources.database.reading() as session:
        due = package_ends.due(session, now)
    public_url = resources.settings.public_url
    _one_by_one(
        resources, due, lambda session, one: package_ends.end(session, one, public_url=public_url, now=now)
    )


def _leave_calendars(resources: Resources, now: datetime) -> None:
    with resources.database.reading() as session:
        due = calendar_leaving.due(session, now)
    _each(resources, due, partial(leave, resources), calendar_leaving.postpone)


def _forget_taps(resources: Resources, now: datetime) -> None:
    with resources.database.transaction() as session:
        done_taps.forget_old(session, now)


def _check_books(resources: Resources, now: datetime) -> None:
    run = run_of(now)
    _enqueue_again(resources, CHECK_BOOKS, run, now, run)


def _one_by_one(
    resources: Resources, things: Sequence[Thing], do: Callable[[Session, Thing], object]
) -> None:
    """Do something to each thing in a transaction of its own; one that fails is logged, and no other is."""
    for thing in things:
        try:
            with resources.database.transaction() as session:
                do(session, thing)
        except Exception:
            log.exception("this one could not be done", about=str(thing))


def _each(
    resources: Resources,
    things: Sequence[Thing],
    ask: Callable[[Thing], None],
    postpone: Callable[[Session, Thing, datetime], None],
) -> None:
    """Ask a provider about each thing; one that fails waits, and never keeps the others from their turn.

    A provider that fails several times in a row is left alone until the next sweep.
    """
    failures = 0
    for thing in things:
        try:
            ask(thing)
        except ProviderError as error:
            failures += 1
            log.warning("a provider could not be asked", about=str(thing), reason=str(error))
        except Exception:
            # Whatever is wrong with this one, the next is not to blame.
            log.exception("an answer could not be used", about=str(thing))
        else:
            failures = 0
            continue
        with resources.database.transaction() as session:
            postpone(session, thing, datetime.now(UTC))
        if failures >= MOST_FAILURES:
            return


def _take_over(resources: Resources, now: datetime) -> None:
    """Go on with the work of processes that ended and did not come back under their name."""
    del now
    queue = resources.database.queue
    begun = queue.list_workflows(status="PENDING", load_input=False, load_output=False)
    for name in sorted({one.executor_id for one in begun if one.executor_id}):
        with name_of_the_dead(resources.database, name) as is_dead:
            if not is_dead:
                continue
            left = queue.list_workflows(
                status="PENDING", executor_id=[name], load_input=False, load_output=False
            )
            for one in left:
                queue.resume_workflows([one.workflow_id], queue_name=one.name)
        log.warning("took over the work of a process that is gone", executor=name, jobs=len(left))


def _revive_jobs(resources: Resources, now: datetime) -> None:
    """Enqueue anew the work whose job gave up after all its tries."""
    with resources.database.reading() as session:
        unfinished = (
            (DELIVER_MAIL, "mail", notifications.unsent(session, now)),
            (HANDLE_PAYSTACK_EVENT, "paystack-event", provider_events.unhandled(session, "paystack", now)),
            (HANDLE_ZOOM_EVENT, "zoom-event", provider_events.unhandled(session, "zoom", now)),
        )
        answers = dispute_answers.unsent(session)
        waiting = refund_progress.not_asked_for(session)
        rooms = meetings.rooms_due(session)
    for job, prefix, identifiers in unfinished:
        for identifier in identifiers:
            _enqueue_again(resources, job, f"{prefix}-{identifier}", now, str(identifier))
    for dispute_id in answers:
        _enqueue_again(resources, ANSWER_DISPUTE, f"answer-dispute-{dispute_id}", now, str(dispute_id))
    for refund_id in waiting:
        # A job that found another refund of its payment under way has ended well and done nothing.
        _enqueue_again(
            resources,
            refunds.SEND_REFUND,
            f"refund-{refund_id}",
            now,
            str(refund_id),
            ended=(*GAVE_UP, "SUCCESS"),
        )
    for booking_id, job_id in rooms:
        # One that fell back on the spare room has ended well, and yet left something to tidy up.
        _enqueue_again(resources, SYNC_ROOM, job_id, now, str(booking_id), ended=(*GAVE_UP, "SUCCESS"))


def _revive_reminders(resources: Resources, now: datetime) -> None:
    """Enqueue anew the reminders whose job gave up, as long as they are still of use.

    Only the queue knows which there should have been: those whose moment had passed were never made.
    """
    dead = resources.database.queue.list_workflows(
        name=REMIND,
        status=list(GAVE_UP),
        completed_after=(now - reminders.LEADS[Reminder.DAY]).isoformat(),
        load_output=False,
    )
    for job in dead:
        booking_id, kind, starts_at = job.input["args"] if job.input else ("0", Reminder.DAY, 0)
        with resources.database.reading() as session:
            booking = session.get(MentorshipSession, int(booking_id))
        if reminders.is_wanted(booking, Reminder(kind), reminders.start_of(starts_at), now):
            first_id = reminders.first_job_id(job.workflow_id)
            _enqueue_again(resources, REMIND, first_id, now, booking_id, kind, starts_at)


def _enqueue_again(
    resources: Resources,
    job: str,
    job_id: str,
    now: datetime,
    *arguments: str | int,
    ended: Sequence[str] = GAVE_UP,
) -> None:
    tries = resources.database.queue.list_workflows(
        workflow_id_prefix=job_id, load_input=False, load_output=False
    )
    if any(status.status not in ended for status in tries):
        return
    last_ms = max((status.updated_at or 0 for status in tries), default=0)
    pause = min(SHORTEST_PAUSE * 2 ** min(len(tries), 20), LONGEST_PAUSE)
    if tries and now.timestamp() < last_ms / 1000 + pause.total_seconds():
        return
    with resources.database.transaction() as session:
        enqueue(session, job, f"{job_id}-{len(tries)}" if tries else job_id, *arguments)


def _refresh_next_free(resources: Resources, now: datetime) -> None:
    with resources.database.reading() as session:
        tutors = availability.stale_tutors(session, now, limit=MOST_TUTORS)
    for tutor_id in tutors:
        # One short transaction each: nobody who books waits for the others.
        with resources.database.transaction() as session:
            availability.refresh_next_free(session, tutor_id, now)
