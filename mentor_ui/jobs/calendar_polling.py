"""Looking into linked calendars: every twenty minutes, when one is linked, and when its tutor asks."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from dbos import DBOS
from sqlmodel import Session, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.domain.calendar_files import calendar_name
from mentor_ui.domain.errors import Conflict, InvalidInput
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.sealing import SealBroken
from mentor_ui.jobs.calendar_access import lost_secret, with_access
from mentor_ui.models import CalendarKind, LinkedCalendar, Person, WrittenEvent
from mentor_ui.providers.calendar_reading import read_busy_times
from mentor_ui.providers.calendars import AccountCalendar, CalendarAccounts
from mentor_ui.providers.errors import ProviderError, ProviderThrottled
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import calendar_looks, linked_calendars
from mentor_ui.services.calendar_looks import LOOK_AHEAD, LOOK_BEHIND, SEEN_ENOUGH, Offer, Seen

POLL_CALENDAR = "poll_calendar"
"""Name of the job that looks into one linked calendar."""

_SHORTENED = re.compile(r"\s+")


@DBOS.workflow(name=POLL_CALENDAR)
def poll_calendar(calendar_id: str) -> None:
    """Look into one calendar.

    Args:
        calendar_id: Decimal string.
    """
    look_once(calendar_id)


@DBOS.step(name="look_into_calendar")
def look_once(calendar_id: str) -> None:
    """Look into one calendar and keep how it went; a look that fails is repeated by the clock."""
    look(get_resources(), int(calendar_id))


def enqueue_due(resources: Resources, now: datetime) -> None:
    """Enqueue a look into every calendar whose time has come, once for each such time."""
    with resources.database.reading() as session:
        due = calendar_looks.due(session, now)
    for calendar_id in due:
        with resources.database.transaction() as session:
            row = session.get(LinkedCalendar, calendar_id)
            if row is None or row.next_check_at is None or row.next_check_at > now:
                continue
            # Set before the job runs: one that dies on its way is followed by another.
            was_due, row.next_check_at = row.next_check_at, now + calendar_looks.LOOK_EVERY
            session.add(row)
            job_id = f"calendar-poll-{calendar_id}-{int(was_due.timestamp() * 1000)}"
            enqueue(session, POLL_CALENDAR, job_id, str(calendar_id))


def look(resources: Resources, calendar_id: int) -> None:
    """Look into a calendar at once and keep what was seen, or why nothing was."""
    now = datetime.now(UTC)
    with resources.database.reading() as session:
        row = session.get(LinkedCalendar, calendar_id)
        zone = "" if row is None else _zone(session, row.tutor_id)
    if row is None:
        return
    connect_anew, wait = False, None
    try:
        seen = _seen(resources, row, zone, now)
    except CalendarTrouble as trouble:
        words, connect_anew = trouble.words, trouble.connect_anew
    except ProviderThrottled as error:
        words = f"{error.provider} asks us to look less often."
        wait = timedelta(seconds=error.retry_after_seconds or 0)
    except ProviderError as error:
        words = f"{error.provider} did not answer as it should."
    else:
        with resources.database.transaction() as session:
            calendar_looks.record_success(session, calendar_id, seen, now)
        return
    with resources.database.transaction() as session:
        calendar_looks.record_failure(
            session,
            calendar_id,
            words=words,
            connect_anew=connect_anew,
            wait=wait,
            public_url=resources.settings.public_url,
            now=datetime.now(UTC),
        )


def link_address(resources: Resources, actor: Actor, address: str) -> int:
    """Link a calendar by its address, which is tried at once.

    Args:
        resources: Our tools.
        actor: The tutor.
        address: As it was typed.

    Returns:
        The identifier of the linked calendar.

    Raises:
        InvalidInput: The address gives no calendar; the message says why.
        Conflict: It is linked already, or there are too many.
        NotAllowed: The actor does not teach.
    """
    now = datetime.now(UTC)
    sealer = resources.calendars.sealer
    address = address.strip()
    with resources.database.reading() as session:
        linked_calendars.require_room(session, actor)
        sealed_before = linked_calendars.secrets_of(session, actor, CalendarKind.ICS)
        zone = _zone(session, actor.person_id)
    if any(_opened(resources, sealed) == address for sealed in sealed_before):
        raise Conflict("You have linked this calendar already.", code="calendar_linked")
    try:
        seen, name = _by_address(resources, address, zone, now)
    except CalendarTrouble as trouble:
        raise InvalidInput(trouble.words, field="address", code="calendar_unreadable") from trouble
    with resources.database.transaction() as session:
        return linked_calendars.link(
            session,
            actor,
            kind=CalendarKind.ICS,
            name=name or urlsplit(address).hostname or "Calendar",
            sealed=sealer.seal(address),
            seen=seen,
            now=now,
        )


def _zone(session: Session, tutor_id: int) -> str:
    return session.exec(select(Person.timezone).where(Person.id == tutor_id)).one()


def _opened(resources: Resources, sealed: str) -> str:
    try:
        return resources.calendars.sealer.unseal(sealed)
    except SealBroken:
        return ""


def _seen(resources: Resources, row: LinkedCalendar, zone: str, now: datetime) -> Seen:
    if row.kind == CalendarKind.ICS:
        try:
            address = resources.calendars.sealer.unseal(row.secret)
        except SealBroken as error:
            raise lost_secret() from error
        return _by_address(resources, address, zone, now, before=row)[0]
    return with_access(
        resources,
        row,
        lambda accounts, token: _in_account(resources, row, accounts, token, zone=zone, now=now),
    )


def _by_address(
    resources: Resources, address: str, zone: str, now: datetime, *, before: LinkedCalendar | None = None
) -> tuple[Seen, str]:
    """Fetch and read a file; an unchanged one is not read again while it was worked out far enough ahead."""
    etag = last_modified = ""
    if before is not None and before.read_zone == zone and _reaches(before, now):
        etag, last_modified = before.etag, before.last_modified
    fetched = resources.calendars.addresses.fetch(address, etag=etag, last_modified=last_modified)
    if fetched.body is None:
        return Seen("[]", None, None, fetched.etag, fetched.last_modified), ""
    until = now + LOOK_AHEAD
    busy = read_busy_times(
        fetched.body,
        zone=zone,
        since=now - LOOK_BEHIND,
        until=until,
        own_links=f"{resources.settings.public_url}/j/",
    )
    name = _SHORTENED.sub(" ", calendar_name(fetched.body)).strip()
    return Seen("[]", busy, until, fetched.etag, fetched.last_modified, zone), name


def _reaches(row: LinkedCalendar, now: datetime) -> bool:
    return row.known_until is not None and row.known_until >= now + SEEN_ENOUGH


def _in_account(
    resources: Resources,
    row: LinkedCalendar,
    accounts: CalendarAccounts,
    token: str,
    *,
    zone: str,
    now: datetime,
) -> Seen:
    with resources.database.reading() as session:
        written = session.exec(select(WrittenEvent).where(WrittenEvent.calendar_id == row.id)).all()
    own_events = {event.external_id for event in written}
    # A session gets into any of the owner's own calendars, also by mail or by hand.
    own_calendars = {offer.id for offer in calendar_looks.offers_of(row) if offer.writable}
    until = now + LOOK_AHEAD
    busy = accounts.busy_times(
        token,
        calendar_looks.reads_of(row),
        since=now - LOOK_BEHIND,
        until=until,
        written_to=own_calendars | {event.written_to for event in written},
        is_own=own_events.__contains__,
        own_links=f"{resources.settings.public_url}/j/",
        zone=zone,
    )
    return Seen(row.reads, busy, until, offers=offers_from(accounts.calendars(token)))


def offers_from(calendars: list[AccountCalendar]) -> list[Offer]:
    """Return an account's calendars as they can be chosen, the main one first."""
    in_order = sorted(calendars, key=lambda one: (not one.is_main, one.name.lower()))
    return [Offer(one.id, one.name, one.writable) for one in in_order]
