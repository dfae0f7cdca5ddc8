"""What a tutor writes into the offering dialog, checked."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.money import parse_naira, price_in_range
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.domain.slots import DURATIONS_MINUTES
from mentor_ui.domain.words import one_line
from mentor_ui.models import Course, HoursSchedule
from mentor_ui.services.tutor_rules import checked_buffer, checked_notice

LONGEST_TITLE = 120
LONGEST_DESCRIPTION = 2000


@dataclass(frozen=True, slots=True)
class OfferingDraft:
    """What the dialog sends, as it was typed.

    Attributes:
        duration_minutes: One of `DURATIONS_MINUTES`, as a number or as text.
        price: Naira as a person types them: `5000`, `₦5,000.50`.
        course_id: Identifier of one of the tutor's courses; empty or None for a standalone offering.
        published: Whether students see it at once.
        booking_mode: Of `BookingMode`.
        schedule_id: Identifier of one of the tutor's named sets of hours; empty or None for the usual hours.
        notice_minutes: Shortest notice; empty or None for the tutor's rule, like the buffers.
        buffer_before_minutes: Kept free before a session.
        buffer_after_minutes: Kept free after it.
    """

    title: str
    duration_minutes: int | str
    price: object
    description: str = ""
    course_id: str | int | None = None
    published: bool = True
    booking_mode: str = BookingMode.INSTANT
    schedule_id: str | int | None = None
    notice_minutes: int | str | None = None
    buffer_before_minutes: int | str | None = None
    buffer_after_minutes: int | str | None = None


@dataclass(frozen=True, slots=True)
class OfferingTerms:
    """A draft that is in order; the names are those of the table's columns."""

    title: str
    description: str
    duration: int
    price_kobo: int
    course_id: int | None
    published: bool
    booking_mode: BookingMode
    schedule_id: int | None
    notice_minutes: int | None
    buffer_before_minutes: int | None
    buffer_after_minutes: int | None


def checked_terms(session: Session, actor: Actor, draft: OfferingDraft) -> OfferingTerms:
    """Return what a draft means.

    Raises:
        InvalidInput: A field is wrong, or the course or the hours are not the tutor's.
    """
    return OfferingTerms(
        title=_title(draft.title),
        description=_description(draft.description),
        duration=_duration(draft.duration_minutes),
        price_kobo=_price(draft.price),
        course_id=_linkable_course(session, actor, draft.course_id),
        published=draft.published,
        booking_mode=_booking_mode(draft.booking_mode),
        schedule_id=_own_hours(session, actor, draft.schedule_id),
        notice_minutes=_notice(draft.notice_minutes),
        buffer_before_minutes=_buffer_before(draft.buffer_before_minutes),
        buffer_after_minutes=_buffer_after(draft.buffer_after_minutes),
    )


def draft_errors(draft: OfferingDraft) -> dict[str, str]:
    """Return what is wrong with a draft, by field; course and hours are checked when it is saved."""
    errors: dict[str, str] = {}
    for check, value in (
        (_title, draft.title),
        (_description, draft.description),
        (_duration, draft.duration_minutes),
        (_price, draft.price),
        (_booking_mode, draft.booking_mode),
        (_notice, draft.notice_minutes),
        (_buffer_before, draft.buffer_before_minutes),
        (_buffer_after, draft.buffer_after_minutes),
    ):
        try:
            check(value)  # pyright: ignore[reportArgumentType]
        except InvalidInput as error:
            errors[error.field or ""] = error.message
    return errors


def _title(text: str) -> str:
    title = one_line(text)
    if not title:
        raise InvalidInput("Give the session a title, for example React Mastery 1:1.", field="title")
    if len(title) > LONGEST_TITLE:
        raise InvalidInput(f"Keep the title within {LONGEST_TITLE} characters.", field="title")
    return title


def _description(text: str) -> str:
    description = str(text).replace("\r\n", "\n").strip()
    if len(description) > LONGEST_DESCRIPTION:
        raise InvalidInput(
            f"Keep the description within {LONGEST_DESCRIPTION:,} characters.", field="description"
        )
    return description


def _duration(value: int | str) -> int:
    text = str(value).strip()
    duration = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if duration not in DURATIONS_MINUTES:
        *rest, last = DURATIONS_MINUTES
        listed = f"{', '.join(map(str, rest))} or {last}"
        raise InvalidInput(f"Choose a duration of {listed} minutes.", field="duration")
    return duration


def _price(value: object) -> int:
    if not str(value).strip():
        raise InvalidInput("Set a price, for example 5,000.", field="price")
    return price_in_range(parse_naira(value))


def _linkable_course(session: Session, actor: Actor, value: str | int | None) -> int | None:
    if value is None or value == "":
        return None
    course_id = parse_id(value)
    course = None if course_id is None else session.get(Course, course_id)
    if course is None or actor.person_id not in {course.tutor_id, course.creator_id}:
        raise InvalidInput("Choose one of your own courses, or none.", field="course", code="not_your_course")
    return course.id


def _booking_mode(value: str) -> BookingMode:
    try:
        return BookingMode(value)
    except ValueError:
        raise InvalidInput("Choose how it is booked.", field="booking_mode") from None


def _own_hours(session: Session, actor: Actor, value: str | int | None) -> int | None:
    if value is None or value == "":
        return None
    schedule_id = parse_id(value)
    schedule = None if schedule_id is None else session.get(HoursSchedule, schedule_id)
    if schedule is None or schedule.tutor_id != actor.person_id:
        raise InvalidInput(
            "These hours are no longer there. Choose others.", field="schedule", code="not_your_hours"
        )
    return schedule.id


def _override(check: Callable[[int | str], int], field: str) -> Callable[[int | str | None], int | None]:
    def read(value: int | str | None) -> int | None:
        if value is None or value == "":
            return None
        try:
            return check(value)
        except InvalidInput as error:
            raise InvalidInput(error.message, field=field) from None

    return read


_notice = _override(checked_notice, "notice")
_buffer_before = _override(checked_buffer, "buffer_before")
_buffer_after = _override(checked_buffer, "buffer_after")
