"""Dates on which a tutor's weekly hours do not tell the truth: away, or open beyond them."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from mentor_ui.domain.availability_rules import DateException, ExceptionKind
from mentor_ui.domain.chosen_days import checked_days
from mentor_ui.domain.errors import Conflict, InvalidInput, NotFound
from mentor_ui.domain.free_weeks import local_date
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.weekly_hours import MINUTES_A_DAY, checked_span, minute_of
from mentor_ui.domain.words import one_line
from mentor_ui.models import AvailabilityException, Person
from mentor_ui.services.outside_sessions import (
    OutsideSession,
    after_hours_changed,
    outside_sessions,
    outside_with,
)
from mentor_ui.services.turns import take_turns
from mentor_ui.services.tutor_rules import check_teaches

LONGEST_NOTE = 120
MOST_EXCEPTIONS = 200


@dataclass(frozen=True, slots=True)
class ExceptionDraft:
    """What the dialog sends, as it was typed.

    Attributes:
        kind: Of `ExceptionKind`.
        first_day: ISO date.
        last_day: ISO date, included; empty for one day.
        whole_day: The times do not count.
        starts: `09:15`.
        ends: Up to `24:00`.
    """

    kind: str
    first_day: str
    last_day: str = ""
    whole_day: bool = True
    starts: str = ""
    ends: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoredException:
    """One exception; its days and minutes are local to the tutor."""

    exception_id: int
    kind: ExceptionKind
    first_day: date
    last_day: date
    starts_minute: int
    ends_minute: int
    note: str

    @property
    def whole_day(self) -> bool:
        """Whether it covers its days from midnight to midnight."""
        return (self.starts_minute, self.ends_minute) == (0, MINUTES_A_DAY)


def exception_errors(draft: ExceptionDraft, *, today: date) -> dict[str, str]:
    """Return everything that is wrong with a draft, by field."""
    return _read(draft, today)[1]


def exceptions(session: Session, actor: Actor, now: datetime) -> tuple[StoredException, ...]:
    """Return the exceptions that are not over, in order of time."""
    rows = session.exec(
        select(AvailabilityException)
        .where(
            AvailabilityException.tutor_id == actor.person_id,
            col(AvailabilityException.last_day) >= _today(session, actor, now),
        )
        .order_by(
            col(AvailabilityException.first_day),
            col(AvailabilityException.starts_minute),
            col(AvailabilityException.id),
        )
    )
    return tuple(_stored(row) for row in rows)


def would_lie_outside(
    session: Session, actor: Actor, *, draft: ExceptionDraft, exception_id: int | None = None, now: datetime
) -> tuple[OutsideSession, ...]:
    """Return the sessions and requests that would lie outside with this exception; none while it is wrong.

    Args:
        session: For reading.
        actor: The tutor.
        draft: What is filled in so far.
        exception_id: The exception that is changed into it; None for a new one.
        now: The present moment.
    """
    found, _ = _read(draft, _today(session, actor, now))
    if found is None or not actor.teaches:
        return ()
    changed = session.get(AvailabilityException, exception_id) if exception_id else None
    instead_of = _value(changed) if changed and changed.tutor_id == actor.person_id else None
    before = {row.session_id for row in outside_sessions(session, actor, now)}
    later = outside_with(session, actor, now, exception=found, instead_of=instead_of)
    return tuple(row for row in later if row.session_id not in before)


def add_exception(
    session: Session, actor: Actor, *, draft: ExceptionDraft, now: datetime
) -> tuple[OutsideSession, ...]:
    """Add an exception. What is booked stays booked.

    Returns:
        Sessions and requests that now lie outside.

    Raises:
        NotAllowed: `not_a_tutor`.
        InvalidInput: The first field that is wrong.
        Conflict: `too_many_exceptions`.
    """
    check_teaches(actor)
    take_turns(session, (actor.person_id,))
    today = _today(session, actor, now)
    found = _checked(draft, today)
    coming = session.exec(
        select(func.count())
        .select_from(AvailabilityException)
        .where(
            AvailabilityException.tutor_id == actor.person_id,
            col(AvailabilityException.last_day) >= today,
        )
    ).one()
    if coming >= MOST_EXCEPTIONS:
        raise Conflict(
            f"You have {MOST_EXCEPTIONS} dates already. Remove some, or change your weekly hours.",
            code="too_many_exceptions",
        )
    row = AvailabilityException(tutor_id=actor.person_id, **asdict(found), note=one_line(draft.note))
    session.add(row)
    return after_hours_changed(session, actor, now)


def change_exception(
    session: Session, actor: Actor, *, exception_id: int, draft: ExceptionDraft, now: datetime
) -> tuple[OutsideSession, ...]:
    """Give an exception other days, times or another note. What is booked stays booked.

    Returns:
        Sessions and requests that now lie outside.

    Raises:
        NotAllowed: `not_a_tutor`.
        NotFound: It is not the tutor's.
        InvalidInput: The first field that is wrong.
    """
    check_teaches(actor)
    take_turns(session, (actor.person_id,))
    row = _own(session, actor, exception_id)
    for column, value in asdict(_checked(draft, _today(session, actor, now))).items():
        setattr(row, column, value)
    row.note = one_line(draft.note)
    session.add(row)
    return after_hours_changed(session, actor, now)


def remove_exception(
    session: Session, actor: Actor, *, exception_id: int, now: datetime
) -> tuple[OutsideSession, ...]:
    """Remove an exception: the weekly hours count again on its days.

    Returns:
        Sessions and requests that now lie outside.

    Raises:
        NotAllowed: `not_a_tutor`.
        NotFound: It is not the tutor's.
    """
    check_teaches(actor)
    take_turns(session, (actor.person_id,))
    session.delete(_own(session, actor, exception_id))
    return after_hours_changed(session, actor, now)


def _own(session: Session, actor: Actor, exception_id: int) -> AvailabilityException:
    row = session.get(AvailabilityException, exception_id, populate_existing=True)
    if row is None or row.tutor_id != actor.person_id:
        raise NotFound("These days are removed already.", code="exception_not_found")
    return row


def _value(row: AvailabilityException) -> DateException:
    return DateException(
        ExceptionKind(row.kind), row.first_day, row.last_day, row.starts_minute, row.ends_minute
    )


def _checked(draft: ExceptionDraft, today: date) -> DateException:
    found, errors = _read(draft, today)
    if found is None:
        field, message = next(iter(errors.items()))
        raise InvalidInput(message, field=field)
    return found


def _today(session: Session, actor: Actor, now: datetime) -> date:
    zone = session.exec(select(Person.timezone).where(Person.id == actor.person_id)).one()
    return local_date(now, zone)


def _stored(row: AvailabilityException) -> StoredException:
    return StoredException(
        exception_id=row.id,
        kind=ExceptionKind(row.kind),
        first_day=row.first_day,
        last_day=row.last_day,
        starts_minute=row.starts_minute,
        ends_minute=row.ends_minute,
        note=row.note,
    )


def _read(draft: ExceptionDraft, today: date) -> tuple[DateException | None, dict[str, str]]:
    errors: dict[str, str] = {}
    if draft.kind not in set(ExceptionKind):
        errors["kind"] = "Choose whether you are away or open."
    days = checked_days(draft.first_day, draft.last_day, today=today, errors=errors)
    span: tuple[int, int] | None = (0, MINUTES_A_DAY)
    if not draft.whole_day:
        span = _span(draft, errors)
    if len(one_line(draft.note)) > LONGEST_NOTE:
        errors["note"] = f"Keep the note within {LONGEST_NOTE} characters."
    if errors or days is None or span is None:
        return None, errors
    return DateException(ExceptionKind(draft.kind), *days, *span), errors


def _span(draft: ExceptionDraft, errors: dict[str, str]) -> tuple[int, int] | None:
    starts, ends = minute_of(draft.starts), minute_of(draft.ends)
    if starts is None or ends is None:
        errors["starts" if starts is None else "ends"] = "Choose a time."
        return None
    try:
        return checked_span(starts, ends, field="ends")
    except InvalidInput as error:
        errors["ends"] = error.message
        return None
