"""The life of a row in `mentorship_sessions`: its statuses and the moves between them."""

from enum import StrEnum

from mentor_ui.domain.errors import Conflict


class SessionStatus(StrEnum):
    """Where an offering or a booking stands.

    An offering is always `SCHEDULED`. A booking starts `HELD` (time kept while the student pays) or
    `PENDING_MENTOR_REVIEW` (asked for first).
    """

    HELD = "HELD"
    PENDING_MENTOR_REVIEW = "PENDING_MENTOR_REVIEW"
    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class PaymentStatus(StrEnum):
    """What is known of a booking's money."""

    NONE = "NONE"
    AWAITING = "AWAITING"
    PAID = "PAID"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"


class BookingMode(StrEnum):
    """How a time is taken: at once, or after the tutor said yes; an offering may leave the choice."""

    INSTANT = "INSTANT"
    REQUEST = "REQUEST"
    EITHER = "EITHER"


UNFINISHED = frozenset(
    {
        SessionStatus.HELD,
        SessionStatus.PENDING_MENTOR_REVIEW,
        SessionStatus.SCHEDULED,
        SessionStatus.IN_PROGRESS,
    }
)
"""Statuses in which a booking still lies ahead of somebody."""

_MOVES: dict[SessionStatus, frozenset[SessionStatus]] = {
    SessionStatus.HELD: frozenset({SessionStatus.SCHEDULED, SessionStatus.EXPIRED, SessionStatus.CANCELLED}),
    # Money that arrives after the hold lapsed books the time when it is still free.
    SessionStatus.EXPIRED: frozenset({SessionStatus.SCHEDULED}),
    SessionStatus.CANCELLED: frozenset(),
    SessionStatus.PENDING_MENTOR_REVIEW: frozenset(
        {SessionStatus.HELD, SessionStatus.REJECTED, SessionStatus.CANCELLED, SessionStatus.EXPIRED}
    ),
    SessionStatus.SCHEDULED: frozenset(
        {
            SessionStatus.IN_PROGRESS,
            SessionStatus.COMPLETED,
            SessionStatus.CANCELLED,
            SessionStatus.NO_SHOW,
        }
    ),
    SessionStatus.IN_PROGRESS: frozenset({SessionStatus.COMPLETED, SessionStatus.NO_SHOW}),
    # The tutor's mark after the end, and an operator's ruling on a contested one.
    SessionStatus.COMPLETED: frozenset({SessionStatus.NO_SHOW, SessionStatus.CANCELLED}),
    SessionStatus.NO_SHOW: frozenset({SessionStatus.COMPLETED, SessionStatus.CANCELLED}),
    SessionStatus.REJECTED: frozenset(),
}


def may_move(current: SessionStatus, target: SessionStatus) -> bool:
    """Return whether a booking in `current` may become `target`."""
    return target in _MOVES[current]


def check_move(current: SessionStatus, target: SessionStatus) -> None:
    """Refuse a move that the table above does not hold.

    Raises:
        Conflict: With code `illegal_transition`.
    """
    if not may_move(current, target):
        raise Conflict(
            f"This session is {current.lower().replace('_', ' ')} and cannot become "
            f"{target.lower().replace('_', ' ')}.",
            code="illegal_transition",
        )
