"""What can happen to a booking, and the words in which each of its people hears of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mentor_ui.domain.refund_words import BANKS_TAKE, THE_WAY_IT_CAME


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


class InPackage(StrEnum):
    """What becomes of a session of a package that is off.

    `UNUSED`: its owner can give it another time. `REFUNDED`: the package has ended, so its part of the price
    goes back. `USED`: it came too late for either.
    """

    UNUSED = "unused"
    REFUNDED = "refunded"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the words are made from.

    Attributes:
        when: The booking's time, in the reader's zone.
        note: What the acting person wrote, or why it happened.
        refund: What the student gets back, such as `₦2,500`; empty for nothing.
        to_bank: How much of it goes back to the bank; empty for nothing.
        to_credit: How much of it is the student's credit again; empty for nothing.
        until: A stated end, in the reader's zone; empty for none.
        own_doing: Whether the reader did it.
        doer: Who did it, as a sentence about it begins: `You`, the other one's name, or empty for neither.
        price: What the student paid, such as `₦5,000`.
        share: What the tutor receives of it; empty where the words do not name it.
        package: Of a session of a package that is off: what became of it there. None of any other.
    """

    title: str
    other: str
    when: str
    note: str
    refund: str
    to_bank: str
    to_credit: str
    until: str
    own_doing: bool
    doer: str
    price: str
    share: str
    package: InPackage | None = None


Words = Callable[[Facts], tuple[str, list[str]]]
"""Subject and sentences, made from the facts."""


def _quoted(facts: Facts) -> list[str]:
    if not facts.note or facts.own_doing:
        return []
    return [f"They wrote: “{facts.note}”" if facts.doer else facts.note]


def _booked_tutor(facts: Facts) -> tuple[str, list[str]]:
    return f"New booking: {facts.title} with {facts.other}", [
        f"{facts.other} booked “{facts.title}” for {facts.when}.",
        f"You receive {facts.share}. The link opens the room as its host.",
    ]


def _booked_student(facts: Facts) -> tuple[str, list[str]]:
    paid = facts.note or f"You paid {facts.price}."
    return f"Booked: {facts.title} with {facts.other}", [
        f"Your session “{facts.title}” with {facts.other} is booked for {facts.when}.",
        f"{paid} The link opens the room and stays the same if the session moves.",
    ]


def _requested_tutor(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} asks for {facts.title}", [
        f"{facts.other} asks for {facts.when}.",
        *_quoted(facts),
        f"Approve, decline or propose other times before {facts.until}.",
    ]


def _requested_student(facts: Facts) -> tuple[str, list[str]]:
    return f"Request sent: {facts.title} with {facts.other}", [
        f"You asked {facts.other} for {facts.when}.",
        f"{facts.other} can answer until {facts.until}. You pay nothing until then.",
    ]


def _approved_student(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} said yes: {facts.title}", [
        f"{facts.when} is kept for you.",
        f"Pay before {facts.until} to book it. After that, the time is free for others.",
    ]


def _approved_tutor(facts: Facts) -> tuple[str, list[str]]:
    began = f"You said yes to {facts.when}." if facts.own_doing else f"{facts.other} chose {facts.when}."
    return f"Kept for {facts.other}: {facts.title}", [
        f"{began} The time is kept for {facts.other}, who can pay until {facts.until}.",
        "We will tell you as soon as it is paid for, or free again.",
    ]


def _declined_student(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} cannot take {facts.title}", [
        f"{facts.other} declined {facts.when}. Nothing was charged.",
        *_quoted(facts),
    ]


def _withdrawn_tutor(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} no longer asks for {facts.title}", [
        f"The request for {facts.when} was withdrawn. There is nothing you need to do."
    ]


def _withdrawn_student(facts: Facts) -> tuple[str, list[str]]:
    return f"Withdrawn: {facts.title} with {facts.other}", [
        f"You no longer ask {facts.other} for {facts.when}. Nothing was charged."
    ]


def _lapsed_student(facts: Facts) -> tuple[str, list[str]]:
    return f"No answer: {facts.title} with {facts.other}", [
        f"Your request for {facts.when} ended without an answer. Nothing was charged.",
        "You can ask for another time, or choose another mentor.",
    ]


def _lapsed_tutor(facts: Facts) -> tuple[str, list[str]]:
    return f"A request ended: {facts.title}", [
        f"{facts.other} asked for {facts.when}, and the time to answer has passed. We told {facts.other}."
    ]


def _payment_lapsed_student(facts: Facts) -> tuple[str, list[str]]:
    return f"Not booked: {facts.title} with {facts.other}", [
        f"{facts.when} is no longer kept for you, as it was not paid for in time. {facts.note}".rstrip()
    ]


def _payment_lapsed_tutor(facts: Facts) -> tuple[str, list[str]]:
    return f"Not paid for: {facts.title}", [
        f"{facts.other} did not pay for {facts.when} in time. The time is free again."
    ]


def _proposed_student(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} proposes other times: {facts.title}", [
        f"{facts.other} cannot make {facts.when} and proposes other times.",
        *_quoted(facts),
        f"Choose one before {facts.until}.",
    ]


def _proposal_declined_tutor(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} cannot make your times: {facts.title}", [
        f"None of the times that you proposed instead of {facts.when} suits {facts.other}."
    ]


def _proposal_lapsed(facts: Facts) -> tuple[str, list[str]]:
    return f"It stays: {facts.title} with {facts.other}", [
        f"None of the other times was chosen, so the session stays at {facts.when}."
    ]


def _rescheduled(facts: Facts) -> tuple[str, list[str]]:
    moved = f"{facts.doer} moved the session." if facts.doer else "The session was moved."
    return f"Moved: {facts.title} with {facts.other}", [
        f"{moved} It is now {facts.when}.",
        "Your link stays the same.",
    ]


def _cancelled_student(facts: Facts) -> tuple[str, list[str]]:
    match facts.package:
        case InPackage.UNUSED:
            money = "It is back in your package, and you can choose another time for it."
        case InPackage.REFUNDED:
            money = "Your package has ended, so what it cost in the package goes back to you."
        case InPackage.USED:
            money = "It counts as used in your package."
        case None:
            money = _back_to_student(facts)
    return f"Cancelled: {facts.title} with {facts.other}", [_off(facts), *_quoted(facts), money]


def _back_to_student(facts: Facts) -> str:
    back = [
        f"{facts.to_bank} goes back to you {THE_WAY_IT_CAME}. {BANKS_TAKE}" if facts.to_bank else "",
        f"{facts.to_credit} is your credit again." if facts.to_credit else "",
    ]
    return " ".join(filter(None, back)) or "Nothing is refunded for it."


def _cancelled_tutor(facts: Facts) -> tuple[str, list[str]]:
    match facts.package:
        case InPackage.UNUSED:
            back = [f"It is back in the package of {facts.other}, who can choose another time."]
        case InPackage.REFUNDED:
            back = [f"The package has ended, so what it cost in the package goes back to {facts.other}."]
        case InPackage.USED:
            back = [f"It counts as used in the package of {facts.other}."]
        case None:
            back = [f"{facts.refund} goes back to {facts.other}."] if facts.refund else []
    kept = [f"You receive {facts.share}."] if facts.share else []
    return f"Cancelled: {facts.title} with {facts.other}", [_off(facts), *_quoted(facts), *back, *kept]


def _off(facts: Facts) -> str:
    if facts.doer:
        return f"{facts.doer} cancelled the session of {facts.when}."
    return f"The session of {facts.when} was cancelled."


def _room_changed(facts: Facts) -> tuple[str, list[str]]:
    return f"Another room: {facts.title} with {facts.other}", [
        facts.note,
        f"Your link stays the same and leads there. The time stays, too: {facts.when}.",
    ]


def _no_show_student(facts: Facts) -> tuple[str, list[str]]:
    return f"Marked as missed: {facts.title} with {facts.other}", [
        f"{facts.other} says that you did not come to the session of {facts.when}.",
        f"If you were there, say so on the session's page before {facts.until}.",
    ]


def _contested_tutor(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} disagrees: {facts.title}", [
        f"{facts.other} disagrees about the session of {facts.when}. We will look at it and tell you both.",
        *_quoted(facts),
    ]


def _contested_student(facts: Facts) -> tuple[str, list[str]]:
    return f"We will look at it: {facts.title} with {facts.other}", [
        f"You told us about the session of {facts.when}. We will look at it and tell you both."
    ]


def _ruled(facts: Facts) -> tuple[str, list[str]]:
    return f"Decided: {facts.title} with {facts.other}", [
        f"We looked at the session of {facts.when}. {facts.note}"
    ]


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

REQUEST_TO_TUTOR = {Happening.REQUESTED: ("Answer the request", "/tutor/mentorship#approvals")}
REQUEST_TO_STUDENT = {
    Happening.REQUESTED: ("See your requests", "/student/mentorship#awaiting"),
    Happening.APPROVED: ("Pay for the session", "/student/mentorship#pay"),
    Happening.DECLINED: ("See your requests", "/student/mentorship#declined"),
    Happening.LAPSED: ("See your requests", "/student/mentorship#declined"),
    Happening.PAYMENT_LAPSED: ("See your requests", "/student/mentorship#declined"),
    Happening.TIMES_PROPOSED: ("Choose a time", "/student/mentorship#awaiting"),
}
"""Label and path of where a request is answered or paid for, which is not on the page of its own."""
