"""Telling the two people of a booking what happened to it: in the application, and by mail.

The one place that knows whether a happening changes calendars and where its mail leads; the words are in
`announcement_words`.
"""

from datetime import datetime

from sqlmodel import Session

from mentor_ui.domain.calendar_links import join_link
from mentor_ui.domain.local_time import place_of, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.session_state import PaymentStatus
from mentor_ui.models import MentorshipSession, PackagePurchase, Person, PurchaseState
from mentor_ui.models.columns import utc_now
from mentor_ui.models.mentorship import RoomKind
from mentor_ui.services import calendar_files, notifications
from mentor_ui.services.announcement_words import (
    REQUEST_TO_STUDENT,
    REQUEST_TO_TUTOR,
    TO_STUDENT,
    TO_TUTOR,
    Facts,
    Happening,
    InPackage,
)
from mentor_ui.services.calendar_files import BOUGHT, CALLED_OFF, Invitation
from mentor_ui.services.letters import Letter, plain_letter, session_letter

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
    credit_kobo: int = 0,
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
        credit_kobo: How much of that is credit again.
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
            to_bank=show_naira(refund_kobo - credit_kobo) if refund_kobo > credit_kobo else "",
            to_credit=show_naira(credit_kobo) if credit_kobo else "",
            until=_moment(until, reader.timezone) if until else "",
            own_doing=by == reader.id,
            doer={reader.id: "You", other.id: other.name}.get(by or 0, ""),
            price=show_naira(booking.price_kobo),
            share=show_naira(tutor_kobo) if tutor_kobo > 0 else "",
            package=_in_package(session, booking),
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
            link=_page(booking, happening, reader)[1],
            invitation=_invitation(booking, happening, reader, other, public_url),
        )


def _in_package(session: Session, booking: MentorshipSession) -> InPackage | None:
    if booking.purchase_id is None or booking.status not in CALLED_OFF:
        return None
    if booking.payment_status != PaymentStatus.CREDIT_BACK:
        return InPackage.USED
    purchase = session.get_one(PackagePurchase, booking.purchase_id)
    return InPackage.UNUSED if purchase.state == PurchaseState.ACTIVE else InPackage.REFUNDED


def session_page(booking: MentorshipSession) -> str:
    """Return the path of a booking's own page."""
    return f"/mentorship/session/{booking.id}"


def _page(booking: MentorshipSession, happening: Happening, reader: Person) -> tuple[str, str]:
    """Return label and path of the page on which the reader can do something about it."""
    own = ("See the session", session_page(booking))
    if booking.payment_status in BOUGHT:
        return own
    lists = REQUEST_TO_TUTOR if reader.id == booking.tutor_id else REQUEST_TO_STUDENT
    return lists.get(happening, own)


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
    label, path = _page(booking, happening, reader)
    page_url = f"{public_url}{path}"
    if happening in _LEADS_INTO_THE_ROOM and booking.payment_status in BOUGHT:
        return session_letter(subject, reader.name, lines, way_in(booking, reader, public_url), page_url)
    return plain_letter(subject, reader.name, lines, (label, page_url))


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
