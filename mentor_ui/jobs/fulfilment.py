"""Making the meeting of a paid booking, exactly once."""

from datetime import UTC, datetime

from dbos import DBOS

from mentor_ui.resources import get_resources
from mentor_ui.services import meetings
from mentor_ui.services.followups import FULFIL_BOOKING


@DBOS.workflow(name=FULFIL_BOOKING)
def fulfil_booking(booking_id: str) -> None:
    """Give a paid booking its room.

    Args:
        booking_id: Decimal string.
    """
    make_room(booking_id)


@DBOS.step(name="make_room", retries_allowed=True, max_attempts=10, interval_seconds=1, backoff_rate=2)
def make_room(booking_id: str) -> None:
    """Make and store the room of a booking.

    Zoom's create call takes no idempotency key, and a crash or a lost reply hides whether it took effect. So
    the meetings that carry the booking's mark are looked for first, every time.
    """
    resources = get_resources()
    with resources.database.reading() as session:
        order = meetings.room_order(session, int(booking_id))
    if order is None:
        return
    meeting = resources.meetings.find_meeting(order.booking_id, order.starts_at)
    if meeting is None:
        meeting = resources.meetings.create_meeting(
            booking_id=order.booking_id,
            topic=order.topic,
            starts_at=order.starts_at,
            duration_minutes=order.duration_minutes,
            agenda=order.agenda,
        )
    with resources.database.transaction() as session:
        meetings.store_room(
            session,
            order.booking_id,
            zoom_meeting_id=meeting.id,
            meeting_url=meeting.join_url,
            now=datetime.now(UTC),
        )
