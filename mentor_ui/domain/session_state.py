"""The life of a row in `mentorship_sessions`: its statuses, and who may move it between them, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
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
    """What is known of a booking's money; `REFUNDING` is all of it or a part, on its way back.

    `CREDIT_BACK`: it was one of a package, and counts among that package's unused sessions again.
    """

    NONE = "NONE"
    AWAITING = "AWAITING"
    PAID = "PAID"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"
    PARTLY_REFUNDED = "PARTLY_REFUNDED"
    CREDIT_BACK = "CREDIT_BACK"


class BookingMode(StrEnum):
    """How a time is taken: at once, or after the tutor said yes; an offering may leave the choice."""

    INSTANT = "INSTANT"
    REQUEST = "REQUEST"
    EITHER = "EITHER"


class Mover(StrEnum):
    """Who or what moves a booking on."""

    STUDENT = "STUDENT"
    TUTOR = "TUTOR"
    OPERATOR = "OPERATOR"
    CLOCK = "CLOCK"
    PAYMENT = "PAYMENT"
    MEETING = "MEETING"


class Stretch(StrEnum):
    """When a move is allowed, seen from the session's start and end.

    `OPENING`: from `MEETING_EARLY` before the start up to the end. `CLOSING`: from `MEETING_EARLY` before the
    end on. `MARKING`: for `MARK_WITHIN` after the end.
    """

    ALWAYS = "ALWAYS"
    BEFORE_START = "BEFORE_START"
    AFTER_START = "AFTER_START"
    OPENING = "OPENING"
    CLOSING = "CLOSING"
    AFTER_END = "AFTER_END"
    MARKING = "MARKING"


MEETING_EARLY = timedelta(minutes=15)
"""How long before the set time a meeting's start or end counts as the session's."""

MARK_WITHIN = timedelta(hours=24)
"""After the end: how long the tutor can say what became of a session."""

CONTEST_WITHIN = timedelta(hours=72)
"""After the end: how long the student can disagree."""

UNFINISHED = frozenset(
    {
        SessionStatus.HELD,
        SessionStatus.PENDING_MENTOR_REVIEW,
        SessionStatus.SCHEDULED,
        SessionStatus.IN_PROGRESS,
    }
)
"""Statuses in which a booking still lies ahead of somebody."""


@dataclass(frozen=True, slots=True)
class Timing:
    """A session's time and the present moment, all aware."""

    starts_at: datetime
    ends_at: datetime
    now: datetime

    def within(self, stretch: Stretch) -> bool:
        """Return whether the present moment lies in a stretch; each begins with its first moment."""
        closing = max(self.starts_at, self.ends_at - MEETING_EARLY)
        first, beyond = {
            Stretch.ALWAYS: (None, None),
            Stretch.BEFORE_START: (None, self.starts_at),
            Stretch.AFTER_START: (self.starts_at, None),
            Stretch.OPENING: (self.starts_at - MEETING_EARLY, self.ends_at),
            Stretch.CLOSING: (closing, None),
            Stretch.AFTER_END: (self.ends_at, None),
            Stretch.MARKING: (self.ends_at, self.ends_at + MARK_WITHIN),
        }[stretch]
        return (first is None or first <= self.now) and (beyond is None or self.now < beyond)


_S = SessionStatus
_BY_BOTH = {Mover.STUDENT: Stretch.BEFORE_START, Mover.TUTOR: Stretch.BEFORE_START}

MOVES: dict[tuple[SessionStatus, SessionStatus], dict[Mover, Stretch]] = {
    (_S.HELD, _S.SCHEDULED): {Mover.PAYMENT: Stretch.ALWAYS},
    (_S.HELD, _S.EXPIRED): {Mover.CLOCK: Stretch.ALWAYS, Mover.STUDENT: Stretch.ALWAYS},
    (_S.HELD, _S.CANCELLED): {Mover.STUDENT: Stretch.ALWAYS},
    # Money that arrives after the hold lapsed books the time when it is still free.
    (_S.EXPIRED, _S.SCHEDULED): {Mover.PAYMENT: Stretch.BEFORE_START},
    # A payer who sent too little pays the rest, when the time is still free.
    (_S.EXPIRED, _S.HELD): {Mover.PAYMENT: Stretch.BEFORE_START},
    # The tutor approves the time that was asked for, or the student accepts one that the tutor proposed.
    (_S.PENDING_MENTOR_REVIEW, _S.HELD): _BY_BOTH,
    (_S.PENDING_MENTOR_REVIEW, _S.REJECTED): {Mover.TUTOR: Stretch.ALWAYS},
    (_S.PENDING_MENTOR_REVIEW, _S.CANCELLED): {Mover.STUDENT: Stretch.ALWAYS},
    (_S.PENDING_MENTOR_REVIEW, _S.EXPIRED): {Mover.CLOCK: Stretch.ALWAYS},
    # The payer's bank can take the money back before the session.
    (_S.SCHEDULED, _S.CANCELLED): {**_BY_BOTH, Mover.PAYMENT: Stretch.BEFORE_START},
    (_S.SCHEDULED, _S.IN_PROGRESS): {Mover.CLOCK: Stretch.AFTER_START, Mover.MEETING: Stretch.OPENING},
    # After the end the tutor's mark need not wait for the clock's next sweep.
    (_S.SCHEDULED, _S.COMPLETED): {Mover.CLOCK: Stretch.AFTER_END, Mover.TUTOR: Stretch.MARKING},
    (_S.SCHEDULED, _S.NO_SHOW): {Mover.TUTOR: Stretch.MARKING},
    (_S.IN_PROGRESS, _S.COMPLETED): {
        Mover.CLOCK: Stretch.AFTER_END,
        Mover.MEETING: Stretch.CLOSING,
        Mover.TUTOR: Stretch.MARKING,
    },
    (_S.IN_PROGRESS, _S.NO_SHOW): {Mover.TUTOR: Stretch.MARKING},
    (_S.COMPLETED, _S.NO_SHOW): {Mover.TUTOR: Stretch.MARKING, Mover.OPERATOR: Stretch.AFTER_END},
    (_S.NO_SHOW, _S.COMPLETED): {Mover.TUTOR: Stretch.MARKING, Mover.OPERATOR: Stretch.AFTER_END},
    # An operator's ruling on a contested session gives the money back.
    (_S.COMPLETED, _S.CANCELLED): {Mover.OPERATOR: Stretch.AFTER_END},
    (_S.NO_SHOW, _S.CANCELLED): {Mover.OPERATOR: Stretch.AFTER_END},
}
"""Every legal move, who may do it and when; what is not here is refused."""


def may_move(current: SessionStatus, target: SessionStatus, by: Mover, timing: Timing) -> bool:
    """Return whether `by` may make a booking in `current` become `target` now."""
    stretch = MOVES.get((current, target), {}).get(by)
    return stretch is not None and timing.within(stretch)


def check_move(current: SessionStatus, target: SessionStatus, by: Mover, timing: Timing) -> None:
    """Refuse a move that the table above does not hold.

    Args:
        current: Where the booking stands.
        target: Where it is to go.
        by: Who or what moves it.
        timing: The booking's time, and the present moment.

    Raises:
        Conflict: With code `illegal_transition`.
    """
    if not may_move(current, target, by, timing):
        stretch = MOVES.get((current, target), {}).get(by)
        raise Conflict(
            _STANDS[current] if stretch is None else _too_early_or_late(stretch, timing),
            code="illegal_transition",
        )


_STANDS = {
    SessionStatus.HELD: "This session is not paid for yet, so this cannot be done.",
    SessionStatus.PENDING_MENTOR_REVIEW: "The tutor has not answered yet, so this cannot be done.",
    SessionStatus.SCHEDULED: "This session is still ahead, so this cannot be done.",
    SessionStatus.IN_PROGRESS: "This session has begun, so this cannot be done any more.",
    SessionStatus.COMPLETED: "This session is over, so this cannot be done any more.",
    SessionStatus.CANCELLED: "This session is cancelled already.",
    SessionStatus.NO_SHOW: "This session is over, so this cannot be done any more.",
    SessionStatus.REJECTED: "This request was declined already.",
    SessionStatus.EXPIRED: "This time is no longer kept, so this cannot be done any more.",
}


def _too_early_or_late(stretch: Stretch, timing: Timing) -> str:
    if stretch == Stretch.BEFORE_START:
        return "The session has begun, so this cannot be done any more."
    if timing.now >= timing.ends_at:
        return "The time to do this is over."
    return "This can be done once the session is over."
