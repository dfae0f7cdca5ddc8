"""Keeping Zoom in line with the bookings: one meeting for each that wants one, none for the others."""

from datetime import UTC, datetime

from dbos import DBOS, error

from mentor_ui.jobs.retries import FEW_TRIES
from mentor_ui.providers.errors import MeetingNotFound, MeetingRunning
from mentor_ui.providers.zoom import Meeting
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import meetings
from mentor_ui.services.followups import CHECK_ROOM, LAST_CHECK, SYNC_ROOM
from mentor_ui.services.meetings import RoomOrder

MOST_CHANGES = 5
"""Of a booking while its room is worked on, before the job starts anew."""


@DBOS.workflow(name=SYNC_ROOM)
def sync_room(booking_id: str) -> None:
    """Make, move or delete the meeting of a booking, as the booking stands; without Zoom, find a spare room.

    Args:
        booking_id: Decimal string.
    """
    _with_spare(booking_id, thorough=True)


@DBOS.workflow(name=CHECK_ROOM)
def check_room(booking_id: str, revision: int, check: str) -> None:
    """Look whether the meeting of a booking is still there, and make it anew when it is not.

    Args:
        booking_id: Decimal string.
        revision: Of the booking when the check was planned; one that moved since has checks of its own.
        check: Which of `followups.CHECKS`; the last one trusts only what it has seen.
    """
    if is_as_planned(booking_id, revision):
        _with_spare(booking_id, thorough=False, doubted=check == LAST_CHECK)


def _with_spare(booking_id: str, *, thorough: bool, doubted: bool = False) -> None:
    try:
        bring_in_line(booking_id, thorough)
    except error.DBOSMaxStepRetriesExceeded:
        if not fall_back(booking_id, doubted):
            raise


@DBOS.step(name="is_as_planned")
def is_as_planned(booking_id: str, revision: int) -> bool:
    """Return whether a booking is still the one that a check was planned for."""
    with get_resources().database.reading() as session:
        return meetings.is_revision(session, int(booking_id), revision)


@DBOS.step(
    name="bring_in_line", retries_allowed=True, max_attempts=FEW_TRIES, interval_seconds=1, backoff_rate=2
)
def bring_in_line(booking_id: str, thorough: bool) -> None:  # noqa: FBT001 - jobs take positions
    """Do to Zoom what the booking asks for, until the booking has not changed meanwhile.

    Args:
        booking_id: Decimal string.
        thorough: Also look for meetings that nobody knows of. Without it a meeting that is as it should be
            costs one call.
    """
    resources = get_resources()
    for _ in range(MOST_CHANGES):
        now = datetime.now(UTC)
        with resources.database.reading() as session:
            order = meetings.room_order(session, int(booking_id), now)
        if order is None:
            with resources.database.transaction() as session:
                done = meetings.give_up_room(session, int(booking_id), now)
        elif order.wanted:
            done = _provide(resources, order, thorough=thorough or order.due)
        elif thorough or order.due:
            done = _clear(resources, order)
        else:
            return
        if done:
            return
    raise RuntimeError(f"booking {booking_id} changed all the time while its room was made")


@DBOS.step(name="fall_back_on_spare_room", retries_allowed=True, max_attempts=5)
def fall_back(booking_id: str, doubted: bool) -> bool:  # noqa: FBT001 - jobs take positions
    """Use the spare room if the start is near; see `meetings.use_spare`."""
    resources = get_resources()
    with resources.database.transaction() as session:
        return meetings.use_spare(
            session,
            int(booking_id),
            spare_room_url=resources.settings.spare_room_url,
            public_url=resources.settings.public_url,
            now=datetime.now(UTC),
            doubted=doubted,
        )


def _provide(resources: Resources, order: RoomOrder, *, thorough: bool) -> bool:
    """See to it that Zoom holds one meeting with the booking's time.

    Zoom's create call takes no idempotency key, and a crash or a lost reply hides whether it took effect. So
    the meetings that carry the booking's mark are looked for first, every time one may have to be made.
    """
    zoom, known = resources.meetings, None
    if order.zoom_meeting_id is not None:
        known = zoom.get_meeting(order.zoom_meeting_id)
        if known is None:
            with resources.database.transaction() as session:
                meetings.lose_room(session, order.booking_id, order.zoom_meeting_id, datetime.now(UTC))
            return False
    if known is None or thorough:
        marked = zoom.find_meetings(order.booking_id, order.starts_at)
        known = known or next(iter(marked), None)
        for other in marked:
            if known is not None and other.id != known.id:
                zoom.delete_meeting(other.id)
    meeting = known or _create(resources, order)
    if not _agrees(meeting, order) and not _moved(resources, meeting, order):
        return False
    with resources.database.transaction() as session:
        return meetings.store_room(
            session,
            order,
            zoom_meeting_id=meeting.id,
            meeting_url=meeting.join_url,
            now=datetime.now(UTC),
        )


def _create(resources: Resources, order: RoomOrder) -> Meeting:
    return resources.meetings.create_meeting(
        booking_id=order.booking_id,
        topic=order.topic,
        starts_at=order.starts_at,
        duration_minutes=order.duration_minutes,
        agenda=order.agenda,
    )


def _agrees(meeting: Meeting, order: RoomOrder) -> bool:
    # Only a change is sent: it counts towards the host's hundred a day, asking does not.
    return meeting.starts_at == order.starts_at and meeting.duration_minutes == order.duration_minutes


def _moved(resources: Resources, meeting: Meeting, order: RoomOrder) -> bool:
    try:
        resources.meetings.update_meeting(
            meeting.id,
            booking_id=order.booking_id,
            topic=order.topic,
            starts_at=order.starts_at,
            duration_minutes=order.duration_minutes,
            agenda=order.agenda,
        )
    except MeetingNotFound:
        with resources.database.transaction() as session:
            meetings.lose_room(session, order.booking_id, meeting.id, datetime.now(UTC))
        return False
    return True


def _clear(resources: Resources, order: RoomOrder) -> bool:
    zoom = resources.meetings
    try:
        if order.zoom_meeting_id is not None:
            zoom.delete_meeting(order.zoom_meeting_id)
        for marked in zoom.find_meetings(order.booking_id, order.starts_at):
            zoom.delete_meeting(marked.id)
    except MeetingRunning:
        # Nobody is thrown out; the room stays due, and the sweeper comes back for it.
        return True
    with resources.database.transaction() as session:
        return meetings.store_cleared(session, order, datetime.now(UTC))
