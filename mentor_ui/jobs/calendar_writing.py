"""Writing sessions into tutors' own calendars, and taking them out again."""

from datetime import UTC, datetime

import structlog
from dbos import DBOS

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.jobs.calendar_access import with_access
from mentor_ui.providers.calendars import CalendarAccounts
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import calendar_looks, calendar_writing
from mentor_ui.services.calendar_writing import WRITE_SESSION, Order

log = structlog.get_logger()


@DBOS.workflow(name=WRITE_SESSION)
def write_session(booking_id: str, calendar_id: str) -> None:
    """Make one session stand in one calendar as it should now.

    Args:
        booking_id: Decimal string.
        calendar_id: Decimal string.
    """
    make_it_stand(booking_id, calendar_id)


@DBOS.step(
    name="write_session_event", retries_allowed=True, max_attempts=6, interval_seconds=1, backoff_rate=3
)
def make_it_stand(booking_id: str, calendar_id: str) -> None:
    """Write, change or delete the event of a session, whatever is missing; repeating it changes nothing."""
    write(get_resources(), int(booking_id), int(calendar_id))


def write(resources: Resources, booking_id: int, calendar_id: int) -> None:
    """Make a calendar hold of a session what it should.

    Args:
        resources: Our tools.
        booking_id: Which session.
        calendar_id: Which linked calendar.

    Raises:
        ProviderError: It could not be done now.
    """
    with resources.database.reading() as session:
        order = calendar_writing.order_for(session, booking_id, calendar_id, resources.settings.public_url)
    if order is None or order.is_done or order.calendar.next_check_at is None:
        return
    try:
        with_access(
            resources, order.calendar, lambda accounts, token: _carry_out(resources, order, accounts, token)
        )
    except CalendarTrouble as trouble:
        # No further try helps before its tutor does something; the page says what.
        log.warning("a session was not written", calendar_id=calendar_id, booking_id=booking_id)
        with resources.database.transaction() as session:
            calendar_looks.record_failure(
                session,
                calendar_id,
                words=trouble.words,
                connect_anew=trouble.connect_anew,
                public_url=resources.settings.public_url,
                now=datetime.now(UTC),
            )


def enqueue_unwritten(resources: Resources, now: datetime) -> None:
    """Enqueue again what should stand in a calendar and does not."""
    with resources.database.reading() as session:
        missing = calendar_writing.unwritten(session, now)
    for booking_id, revision, calendar_id in missing:
        with resources.database.transaction() as session:
            calendar_writing.enqueue_again(session, booking_id, revision, calendar_id, now)


def _carry_out(resources: Resources, order: Order, accounts: CalendarAccounts, token: str) -> None:
    calendar_id, written = order.calendar.id, order.written
    if written is not None and (order.wanted is None or order.is_misplaced):
        accounts.delete_event(token, written.written_to, written.external_id)
        with resources.database.transaction() as session:
            calendar_writing.record_deleted(session, calendar_id, written.session_id)
        written = None
    if order.wanted is None:
        return
    writes_to = order.calendar.writes_to
    external_id = accounts.write_event(
        token, writes_to, order.wanted, None if written is None else written.external_id
    )
    with resources.database.transaction() as session:
        is_kept = calendar_writing.record_written(
            session, calendar_id, written_to=writes_to, event=order.wanted, external_id=external_id
        )
    if not is_kept:
        # The account was disconnected in this very moment, and nobody else knows of this event.
        accounts.delete_event(token, writes_to, external_id)
