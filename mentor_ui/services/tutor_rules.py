"""A tutor's rules about being booked: buffers, notice, limits, and what changes of plan cost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, DecimalException

from sqlmodel import Session

from mentor_ui.domain.availability_rules import LONGEST_HORIZON_DAYS
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.errors import InvalidInput, NotAllowed
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.slots import QUARTER_MINUTES
from mentor_ui.models import TutorRules
from mentor_ui.services.outside_sessions import OutsideSession, after_hours_changed
from mentor_ui.services.turns import take_turns

LONGEST_BUFFER_MINUTES = 4 * 60
LONGEST_NOTICE_MINUTES = 14 * 24 * 60
LONGEST_RESCHEDULE_NOTICE_HOURS = 7 * 24
MOST_RESCHEDULES = 10
MOST_SESSIONS_DAY = 24
MOST_SESSIONS_WEEK = 100
HOURS_A_DAY = 24
HOURS_A_WEEK = 168


@dataclass(frozen=True, slots=True)
class RulesDraft:
    """What the form sends, as it was typed; an empty limit is none."""

    buffer_before_minutes: int | str
    buffer_after_minutes: int | str
    notice_minutes: int | str
    horizon_days: int | str
    cancellation_policy: str
    reschedule_notice_hours: int | str
    most_reschedules: int | str
    most_sessions_day: int | str = ""
    most_hours_day: int | str = ""
    most_sessions_week: int | str = ""
    most_hours_week: int | str = ""


def check_teaches(actor: Actor) -> None:
    """Refuse those who cannot be booked.

    Raises:
        NotAllowed: `not_a_tutor`.
    """
    if not actor.teaches:
        raise NotAllowed("Hours are kept by tutors and mentors.", code="not_a_tutor")


def has_settled(session: Session, tutor_id: int) -> bool:
    """Return whether the tutor has ever set hours or rules, so that empty hours are meant."""
    return session.get(TutorRules, tutor_id) is not None


def remember(session: Session, actor: Actor) -> TutorRules:
    """Return the tutor's rules for changing; from now on the tutor counts as one who has set hours."""
    rules = session.get(TutorRules, actor.person_id, populate_existing=True)
    if rules is None:
        rules = TutorRules(tutor_id=actor.person_id)
        session.add(rules)
        session.flush()
    return rules


def checked_buffer(value: int | str) -> int:
    """Return a buffer in minutes.

    Raises:
        InvalidInput: It is not by quarters of an hour, or too long.
    """
    minutes = _whole(value)
    if minutes is None or minutes > LONGEST_BUFFER_MINUTES or minutes % QUARTER_MINUTES:
        raise InvalidInput("Choose up to 4 hours, by quarters of an hour.")
    return minutes


def checked_notice(value: int | str) -> int:
    """Return a shortest notice in minutes.

    Raises:
        InvalidInput: It is no such time.
    """
    minutes = _whole(value)
    if minutes is None or minutes > LONGEST_NOTICE_MINUTES:
        raise InvalidInput("Choose a notice of up to 14 days.")
    return minutes


def rules_errors(draft: RulesDraft) -> dict[str, str]:
    """Return everything that is wrong with a draft, by field."""
    return _read(draft)[1]


def save_rules(
    session: Session, actor: Actor, *, draft: RulesDraft, seen: RulesDraft | None = None, now: datetime
) -> tuple[OutsideSession, ...]:
    """Store the rules. They count for what is booked from now on.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        draft: All fields.
        seen: What the form began with: fields that are still so keep what another window may have saved
            meanwhile. None to store all of them.
        now: The present moment.

    Returns:
        Sessions and requests that lie outside the tutor's hours and limits.

    Raises:
        NotAllowed: `not_a_tutor`.
        InvalidInput: The first field that is wrong.
    """
    check_teaches(actor)
    values, errors = _read(draft)
    if errors:
        field, message = next(iter(errors.items()))
        raise InvalidInput(message, field=field)
    take_turns(session, (actor.person_id,))
    rules = remember(session, actor)
    for field, column, _ in _FIELDS:
        if seen is None or getattr(draft, field) != getattr(seen, field):
            setattr(rules, column, values[column])
    session.add(rules)
    return after_hours_changed(session, actor, now)


def _read(draft: RulesDraft) -> tuple[dict[str, int | str | None], dict[str, str]]:
    values: dict[str, int | str | None] = {}
    errors: dict[str, str] = {}
    for field, column, read in _FIELDS:
        try:
            values[column] = read(getattr(draft, field))
        except InvalidInput as error:
            errors[field] = error.message
    return values, errors


def _whole(value: int | str) -> int | None:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _between(least: int, most: int, refusal: str) -> Callable[[int | str], int]:
    def read(value: int | str) -> int:
        number = _whole(value)
        if number is None or not least <= number <= most:
            raise InvalidInput(refusal)
        return number

    return read


def _sessions_up_to(most: int) -> Callable[[int | str], int | None]:
    within = _between(1, most, f"Write a number from 1 to {most}, or leave it empty for no limit.")
    return lambda value: within(value) if str(value).strip() else None


def _hours_up_to(most: int) -> Callable[[int | str], int | None]:
    def read(value: int | str) -> int | None:
        text = str(value).strip().replace(",", ".")
        if not text:
            return None
        try:
            minutes = Decimal(text[:8]) * 60
        except DecimalException:
            minutes = Decimal()
        if not (minutes.is_finite() and 0 < minutes <= most * 60) or minutes % QUARTER_MINUTES:
            raise InvalidInput(f"Write hours up to {most}, such as 4 or 4.5, or leave it empty for no limit.")
        return int(minutes)

    return read


def _policy(value: int | str) -> str:
    if value not in set(CancellationPolicy):
        raise InvalidInput("Choose one of the three.")
    return str(value)


_FIELDS: tuple[tuple[str, str, Callable[[int | str], int | str | None]], ...] = (
    ("buffer_before_minutes", "buffer_before_minutes", checked_buffer),
    ("buffer_after_minutes", "buffer_after_minutes", checked_buffer),
    ("notice_minutes", "notice_minutes", checked_notice),
    (
        "horizon_days",
        "horizon_days",
        _between(1, LONGEST_HORIZON_DAYS, f"Choose 1 to {LONGEST_HORIZON_DAYS} days."),
    ),
    ("most_sessions_day", "most_sessions_day", _sessions_up_to(MOST_SESSIONS_DAY)),
    ("most_hours_day", "most_minutes_day", _hours_up_to(HOURS_A_DAY)),
    ("most_sessions_week", "most_sessions_week", _sessions_up_to(MOST_SESSIONS_WEEK)),
    ("most_hours_week", "most_minutes_week", _hours_up_to(HOURS_A_WEEK)),
    ("cancellation_policy", "cancellation_policy", _policy),
    (
        "reschedule_notice_hours",
        "reschedule_notice_hours",
        _between(0, LONGEST_RESCHEDULE_NOTICE_HOURS, "Choose up to 7 days."),
    ),
    (
        "most_reschedules",
        "most_reschedules",
        _between(0, MOST_RESCHEDULES, f"Choose 0 to {MOST_RESCHEDULES}."),
    ),
)
"""Field of the draft, column of the table, and what reads the one for the other."""
