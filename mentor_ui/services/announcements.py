"""Telling the two people of a booking what happened to it: in the application, and by mail.

The one place that knows which happening is told to whom and in which words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from mentor_ui.domain.local_time import place_of, span
from mentor_ui.domain.money import show_naira
from mentor_ui.models import MentorshipSession, Person
from mentor_ui.services import notifications
from mentor_ui.services.letters import Letter, plain_letter


class Happening(StrEnum):
    """What happened to a booking, as far as its people hear of it."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    PAYMENT_LAPSED = "payment_lapsed"
    TIMES_PROPOSED = "times_proposed"
    PROPOSAL_DECLINED = "proposal_declined"
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
    """

    title: str
    other: str
    when: str
    note: str
    refund: str
    until: str
    own_doing: bool


Words = Callable[[Facts], tuple[str, list[str]]]


def announce(
    session: Session,
    booking: MentorshipSession,
    happening: Happening,
    *,
    public_url: str,
    by: int | None = None,
    note: str = "",
    refund_kobo: int = 0,
    until: datetime | None = None,
) -> None:
    """Tell both people of a booking, each in the words for them; once per happening and revision.

    Args:
        session: Of the writing transaction in which it happened.
        booking: As it stands afterwards.
        happening: What happened.
        public_url: Base of the links.
        by: Whose doing it was; None for the clock or the operator.
        note: What that person wrote, or why it happened.
        refund_kobo: What the student gets back.
        until: When something that it began will end, such as the time to pay.
    """
    tutor, student = session.get_one(Person, booking.tutor_id), session.get_one(Person, booking.student_id)
    for reader, other, words in ((tutor, student, _TO_TUTOR), (student, tutor, _TO_STUDENT)):
        compose = words.get(happening)
        if compose is None:
            continue
        facts = Facts(
            title=booking.title,
            other=other.name,
            when=_when(booking, reader.timezone),
            note=note,
            refund=show_naira(refund_kobo) if refund_kobo else "",
            until=_moment(until, reader.timezone) if until else "",
            own_doing=by == reader.id,
        )
        subject, lines = compose(facts)
        page = f"/mentorship/session/{booking.id}"
        letter = plain_letter(subject, reader.name, lines, ("See the session", f"{public_url}{page}"))
        role = "tutor" if reader is tutor else "student"
        _send(
            session,
            reader,
            letter,
            key=f"{happening}-{role}-{booking.id}-{booking.revision}",
            kind=happening,
            body=" ".join(lines),
            page=page,
        )


def _send(
    session: Session, reader: Person, letter: Letter, *, key: str, kind: str, body: str, page: str
) -> None:
    notifications.tell(
        session, reader.id, key=key, kind=kind, title=letter.subject, body=body[:500], link=page
    )
    notifications.owe_mail(
        session,
        reader.email,
        key=key,
        kind=kind,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )


def _when(booking: MentorshipSession, zone: str) -> str:
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    return f"{span(booking.starts_at, booking.ends_at, zone)} ({place_of(zone)} time)"


def _moment(at: datetime, zone: str) -> str:
    return f"{span(at, at, zone).rsplit(' ', 2)[0]} ({place_of(zone)} time)"


def _quoted(facts: Facts) -> list[str]:
    return [f"They wrote: “{facts.note}”"] if facts.note and not facts.own_doing else []


def _requested_tutor(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} asks for {facts.title}", [
        f"{facts.other} asks for {facts.when}.",
        *_quoted(facts),
        f"Approve, decline or propose other times before {facts.until}.",
    ]


def _requested_student(facts: Facts) -> tuple[str, list[str]]:
    return f"Asked: {facts.title} with {facts.other}", [
        f"You asked {facts.other} for {facts.when}.",
        f"{facts.other} can answer until {facts.until}. You pay nothing before that.",
    ]


def _approved_student(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} said yes: {facts.title}", [
        f"{facts.when} is kept for you.",
        f"Pay before {facts.until} to book it. After that the time is free for others.",
    ]


def _approved_tutor(facts: Facts) -> tuple[str, list[str]]:
    began = f"You said yes to {facts.when}." if facts.own_doing else f"{facts.other} chose {facts.when}."
    return f"Kept for {facts.other}: {facts.title}", [
        f"{began} The time is kept for {facts.other}, who can pay until {facts.until}.",
        "You hear from us as soon as it is paid for, or free again.",
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
        f"{facts.other} asked for {facts.when}, and the time to answer is over."
    ]


def _payment_lapsed_student(facts: Facts) -> tuple[str, list[str]]:
    return f"Not booked: {facts.title} with {facts.other}", [
        f"{facts.when} is no longer kept for you, as it was not paid for in time. Nothing was charged."
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


def _rescheduled(facts: Facts) -> tuple[str, list[str]]:
    who = "You" if facts.own_doing else facts.other
    return f"Moved: {facts.title} with {facts.other}", [
        f"{who} moved the session. It is now {facts.when}.",
        "Your link stays the same.",
    ]


def _cancelled_student(facts: Facts) -> tuple[str, list[str]]:
    who = "You" if facts.own_doing else facts.other
    money = f"{facts.refund} goes back to you." if facts.refund else "Nothing is refunded for it."
    return f"Cancelled: {facts.title} with {facts.other}", [
        f"{who} cancelled {facts.when}. {money}",
        *_quoted(facts),
    ]


def _cancelled_tutor(facts: Facts) -> tuple[str, list[str]]:
    who = "You" if facts.own_doing else facts.other
    money = f"{facts.refund} goes back to {facts.other}." if facts.refund else "You keep your share."
    return f"Cancelled: {facts.title} with {facts.other}", [
        f"{who} cancelled {facts.when}. {money}",
        *_quoted(facts),
    ]


def _room_changed(facts: Facts) -> tuple[str, list[str]]:
    return f"Another room: {facts.title} with {facts.other}", [
        f"{facts.note} Your link stays the same and leads there: {facts.when}."
    ]


def _no_show_student(facts: Facts) -> tuple[str, list[str]]:
    return f"Marked as missed: {facts.title} with {facts.other}", [
        f"{facts.other} says that you did not come to the session of {facts.when}.",
        f"If you were there, say so on the session's page before {facts.until}.",
    ]


def _contested_tutor(facts: Facts) -> tuple[str, list[str]]:
    return f"{facts.other} disagrees: {facts.title}", [
        f"{facts.other} disagrees about the session of {facts.when}. We look at it and tell you both.",
        *_quoted(facts),
    ]


def _contested_student(facts: Facts) -> tuple[str, list[str]]:
    return f"We look at it: {facts.title} with {facts.other}", [
        f"You told us about the session of {facts.when}. We look at it and tell you both."
    ]


def _ruled(facts: Facts) -> tuple[str, list[str]]:
    return f"Decided: {facts.title} with {facts.other}", [
        f"We looked at the session of {facts.when}. {facts.note}"
    ]


_TO_TUTOR: Mapping[Happening, Words] = {
    Happening.REQUESTED: _requested_tutor,
    Happening.APPROVED: _approved_tutor,
    Happening.WITHDRAWN: _withdrawn_tutor,
    Happening.LAPSED: _lapsed_tutor,
    Happening.PAYMENT_LAPSED: _payment_lapsed_tutor,
    Happening.PROPOSAL_DECLINED: _proposal_declined_tutor,
    Happening.RESCHEDULED: _rescheduled,
    Happening.CANCELLED: _cancelled_tutor,
    Happening.ROOM_CHANGED: _room_changed,
    Happening.CONTESTED: _contested_tutor,
    Happening.RULED: _ruled,
}

_TO_STUDENT: Mapping[Happening, Words] = {
    Happening.REQUESTED: _requested_student,
    Happening.APPROVED: _approved_student,
    Happening.DECLINED: _declined_student,
    Happening.WITHDRAWN: _withdrawn_student,
    Happening.LAPSED: _lapsed_student,
    Happening.PAYMENT_LAPSED: _payment_lapsed_student,
    Happening.TIMES_PROPOSED: _proposed_student,
    Happening.RESCHEDULED: _rescheduled,
    Happening.CANCELLED: _cancelled_student,
    Happening.ROOM_CHANGED: _room_changed,
    Happening.MARKED_NO_SHOW: _no_show_student,
    Happening.CONTESTED: _contested_student,
    Happening.RULED: _ruled,
}
