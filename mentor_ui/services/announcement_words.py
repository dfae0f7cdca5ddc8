"""What can happen to a booking, and the words in which each of its people hears of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Happening(StrEnum):
    """What happened to a booking, as far as its people hear of it."""

    BOOKED = "booked"
    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    PAYMENT_LAPSED = "payment_lapsed"
    TIMES_PROPOSED = "times_proposed"
    PROPOSAL_DECLINED = "proposal_declined"
    PROPOSAL_LAPSED = "proposal_lapsed"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    ROOM_CHANGED = "room_changed"
    MARKED_NO_SHOW = "marked_no_show"
    CONTESTED = "contested"
    RULED = "ruled"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the words are made from.

    Attributes:
        when: The booking's time, in the reader's zone.
        note: What the acting person wrote, or why it happened.
        refund: What the student gets back, such as `₦2,500`; empty for nothing.
        until: A stated end, in the reader's zone; empty for none.
        own_doing: Whether the reader did it.
        doer: Who did it, as a sentence about it begins: `You`, the other one's name, or empty for neither.
        price: What the student paid, such as `₦5,000`.
        share: What the tutor receives of it; empty where the words do not name it.
    """

    title: str
    other: str
    when: str
    note: str
    refund: str
    until: str
    own_doing: bool
    doer: str
    price: str
    share: str


Words = Callable[[Facts], tuple[str, list[str]]]
"""Subject and sentences, made from the facts."""


TO_TUTOR: Mapping[Happening, Words] = {
    Happening.BOOKED: _booked_tutor,
    Happening.REQUESTED: _requested_tutor,
    Happening.APPROVED: _approved_tutor,
    Happening.WITHDRAWN: _withdrawn_tutor,
    Happening.LAPSED: _lapsed_tutor,
    Happening.PAYMENT_LAPSED: _payment_lapsed_tutor,
    Happening.PROPOSAL_DECLINED: _proposal_declined_tutor,
    Happening.PROPOSAL_LAPSED: _proposal_lapsed,
    Happening.RESCHEDULED: _rescheduled,
    Happening.CANCELLED: _cancelled_tutor,
    Happening.ROOM_CHANGED: _room_changed,
    Happening.CONTESTED: _contested_tutor,
    Happening.RULED: _ruled,
}

TO_STUDENT: Mapping[Happening, Words] = {
    Happening.BOOKED: _booked_student,
    Happening.REQUESTED: _requested_student,
    Happening.APPROVED: _approved_student,
    Happening.DECLINED: _declined_student,
    Happening.WITHDRAWN: _withdrawn_student,
    Happening.LAPSED: _lapsed_student,
    Happening.PAYMENT_LAPSED: _payment_lapsed_student,
    Happening.TIMES_PROPOSED: _proposed_student,
    Happening.PROPOSAL_LAPSED: _proposal_lapsed,
    Happening.RESCHEDULED: _rescheduled,
    Happening.CANCELLED: _cancelled_student,
    Happening.ROOM_CHANGED: _room_changed,
    Happening.MARKED_NO_SHOW: _no_show_student,
    Happening.CONTESTED: _contested_student,
    Happening.RULED: _ruled,
}
