"""When the one link of a session opens its room, and what it says before and after."""

from datetime import datetime, timedelta
from enum import StrEnum

from mentor_ui.domain.session_state import SessionStatus

DOOR_OPENS = timedelta(minutes=15)
"""Before the start: time to try camera and microphone. Zoom lets guests in no earlier before their host."""

LEFT_OPEN = timedelta(minutes=30)
"""After its end, so that a session that runs over can be entered again."""


class Door(StrEnum):
    """What a join link leads to at a moment."""

    EARLY = "early"
    OPEN = "open"
    ROOM_BEING_MADE = "room_being_made"
    NOT_BOOKED = "not_booked"
    CANCELLED = "cancelled"
    OVER = "over"


def door_at(
    status: SessionStatus, starts_at: datetime, ends_at: datetime, *, has_room: bool, now: datetime
) -> Door:
    """Return what the link of a session leads to.

    Args:
        status: Of the session.
        starts_at: Its start.
        ends_at: Its end.
        has_room: Whether there is a room to enter.
        now: The present moment.
    """
    match status:
        case SessionStatus.HELD | SessionStatus.PENDING_MENTOR_REVIEW | SessionStatus.EXPIRED:
            return Door.NOT_BOOKED
        case SessionStatus.CANCELLED | SessionStatus.REJECTED:
            return Door.CANCELLED
        case SessionStatus.NO_SHOW:
            return Door.OVER
        case SessionStatus.SCHEDULED | SessionStatus.IN_PROGRESS | SessionStatus.COMPLETED:
            if now >= ends_at + LEFT_OPEN:
                return Door.OVER
            if now < starts_at - DOOR_OPENS:
                return Door.EARLY
            return Door.OPEN if has_room else Door.ROOM_BEING_MADE
