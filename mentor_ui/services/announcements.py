"""Telling the two people of a booking what happened to it: in the application, and by mail.

The one place that knows whether a happening changes calendars and where its mail leads; the words are in
`announcement_words`.
"""

from datetime import datetime

from sqlmodel import Session

from mentor_ui.domain.calendar_links import join_link
from mentor_ui.domain.local_time import place_of, span
from mentor_ui.domain.money import show_naira
from mentor_ui.models import MentorshipSession, Person
from mentor_ui.models.columns import utc_now
from mentor_ui.models.mentorship import RoomKind
from mentor_ui.services import calendar_files, notifications
from mentor_ui.services.announcement_words import TO_STUDENT, TO_TUTOR, Facts, Happening
from mentor_ui.services.calendar_files import BOUGHT, CALLED_OFF, Invitation
from mentor_ui.services.letters import Letter, plain_letter, session_letter

_LEADS_INTO_THE_ROOM and booking.payment_status in BOUGHT:
        return session_letter(subject, reader.name, lines, way_in(booking, reader, public_url), page_url)
    return plain_letter(subject, reader.name, lines, ("See the session", page_url))


def _invitation(
    booking: MentorshipSession, happening: Happening, reader: Person, other: Person, public_url: str
) -> Invitation | None:
    """Return the calendar's side of a happening; None for a booking that no calendar holds."""
    changes = happening in _CHANGES_CALENDARS or (
        happening == Happening.RULED and booking.status in CALLED_OFF
    )
    if not changes or booking.payment_status not in BOUGHT:
        return None
    return calendar_files.invitation(
        booking, reader=reader, other=other, public_url=public_url, now=utc_now()
    )


def time_of(booking: MentorshipSession, zone: str) -> str:
    """Return a booking's time in a reader's zone, which it names."""
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    return f"{span(booking.starts_at, booking.ends_at, zone)} ({place_of(zone)} time)"


def _moment(at: datetime, zone: str) -> str:
    return f"{span(at, at, zone).rsplit(' ', 2)[0]} ({place_of(zone)} time)"


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
    return f"Booked: {facts.title} with {facts.other}", [
        f"Your session “{facts.title}” with {facts.other} is booked for {facts.when}.",
        f"You paid {facts.price}. The link opens the room and stays the same if the session moves.",
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
    money = (
        f"{facts.refund} goes back to you. Banks take 3 to 10 working days."
        if facts.refund
        else "Nothing is refunded for it."
    )
    return f"Cancelled: {facts.title} with {facts.other}", [_off(facts), *_quoted(facts), money]


def _cancelled_tutor(facts: Facts) -> tuple[str, list[str]]:
    money = f"{facts.refund} goes back to {facts.other}." if facts.refund else "You keep your share."
    return f"Cancelled: {facts.title} with {facts.other}", [_off(facts), *_quoted(facts), money]


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


_LEADS_INTO_THE_ROOM = frozenset({Happening.BOOKED, Happening.RESCHEDULED, Happening.ROOM_CHANGED})

_CHANGES_CALENDARS = frozenset({Happening.BOOKED, Happening.RESCHEDULED, Happening.CANCELLED})


def announce(
    session: Session,
    booking: MentorshipSession,
    happening: Happening,
    *,
    public_url: str,
    by: int | None = None,
    note: str = "",
    refund_kobo: int = 0,
    tutor_kobo: int = 0,
    until: datetime | None = None,
    again: str = "",
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
        tutor_kobo: What the tutor receives, where it is told.
        until: When something that it began will end, such as the time to pay.
        again: What tells it from an earlier one of the same kind and revision.
    """
    tutor, student = session.get_one(Person, booking.tutor_id), session.get_one(Person, booking.student_id)
    for reader, other, wordings in ((tutor, student, TO_TUTOR), (student, tutor, TO_STUDENT)):
        compose = wordings.get(happening)
        if compose is None:
            continue
        facts = Facts(
            title=booking.title,
            other=other.name,
            when=time_of(booking, reader.timezone),
            note=note,
            refund=show_naira(refund_kobo) if refund_kobo else "",
            until=_moment(until, reader.timezone) if until else "",
            own_doing=by == reader.id,
            doer={reader.id: "You", other.id: other.name}.get(by or 0, ""),
            price=show_naira(booking.price_kobo),
            share=show_naira(tutor_kobo) if tutor_kobo else "",
        )
        words = compose(facts)
        role = "tutor" if reader is tutor else "student"
        notifications.tell_and_mail(
            session,
            reader,
            _letter(booking, happening, reader, words, public_url),
            key=f"{happening}-{role}-{booking.id}-{booking.revision}{again and f'-{again}'}",
            kind=happening,
            body=" ".join(words[1]),
            link=session_page(booking),
            invitation=_invitation(booking, happening, reader, other, public_url),
        )


def session_page(booking: MentorshipSession) -> str:
    """Return the path of a booking's own page."""
    return f"/mentorship/session/{booking.id}"


def way_in(booking: MentorshipSession, reader: Person, public_url: str) -> tuple[str, str]:
    """Return label and address of the reader's way into the room: our own link, never the room's."""
    by_zoom = booking.room_kind in ("", RoomKind.ZOOM)
    link = join_link(public_url, booking.join_token or "", as_host=reader.id == booking.tutor_id)
    return ("Join on Zoom" if by_zoom else "Join the session"), link


def _letter(
    booking: MentorshipSession,
    happening: Happening,
    reader: Person,
    words: tuple[str, list[str]],
    public_url: str,
) -> Letter:
    subject, lines = words
    page_url = f"{public_url}{session_page(booking)}"
    if happening in _LEADS_INTO_THE_ROOM and booking.payment_status in BOUGHT:
        return session_letter(subject, reader.name, lines, way_in(booking, reader, public_url), page_url)
    return plain_letter(subject, reader.name, lines, ("See the session", page_url))


def _invitation(
    booking: MentorshipSession, happening: Happening, reader: Person, other: Person, public_url: str
) -> Invitation | None:
    """Return the calendar's side of a happening; None for a booking that no calendar holds."""
    changes = happening in _CHANGES_CALENDARS or (
        happening == Happening.RULED and booking.status in CALLED_OFF
    )
    if not changes or booking.payment_status not in BOUGHT:
        return None
    return calendar_files.invitation(
        booking, reader=reader, other=other, public_url=public_url, now=utc_now()
    )


def time_of(booking: MentorshipSession, zone: str) -> str:
    """Return a booking's time in a reader's zone, which it names."""
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    return f"{span(booking.starts_at, booking.ends_at, zone)} ({place_of(zone)} time)"


def _moment(at: datetime, zone: str) -> str:
    return f"{span(at, at, zone).rsplit(' ', 2)[0]} ({place_of(zone)} time)"
