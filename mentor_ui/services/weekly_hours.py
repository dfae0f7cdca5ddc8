"""A tutor's weekly hours: the usual ones, and named sets beside them for offerings that ask for one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete as sql_delete
from sqlalchemy import func
from sqlalchemy import update as sql_update
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, InvalidInput, NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.slots import WeeklyRange
from mentor_ui.domain.weekly_hours import checked_week
from mentor_ui.domain.words import one_line
from mentor_ui.models import HoursSchedule, MentorshipSession, WeeklyHours
from mentor_ui.services.availability import refresh_next_free
from mentor_ui.services.outside_sessions import OutsideSession, after_hours_changed
from mentor_ui.services.turns import take_turns
from mentor_ui.services.tutor_rules import check_teaches, remember
from mentor_ui.services.tutors import sets_of_hours

LONGEST_NAME = 60
MOST_SCHEDULES = 10
USUAL = "Usual hours"
HOURS_CHANGED = "hours_changed"


@dataclass(frozen=True, slots=True)
class HoursSet:
    """One set of weekly hours.

    Attributes:
        schedule_id: None for the usual hours.
        offerings: How many of the tutor's offerings follow it.
    """

    schedule_id: int | None
    name: str
    ranges: tuple[WeeklyRange, ...]
    offerings: int = 0


def hours_sets(session: Session, actor: Actor) -> tuple[HoursSet, ...]:
    """Return the usual hours, then the named sets by name."""
    ranges = sets_of_hours(session, actor.person_id)
    followed = dict(
        session.exec(
            select(MentorshipSession.schedule_id, func.count())
            .where(MentorshipSession.tutor_id == actor.person_id, col(MentorshipSession.is_offering))
            .group_by(col(MentorshipSession.schedule_id))
        ).all()
    )
    named = session.exec(
        select(HoursSchedule)
        .where(HoursSchedule.tutor_id == actor.person_id)
        .order_by(func.lower(HoursSchedule.name), col(HoursSchedule.id))
    )
    sets = [(None, USUAL), *((schedule.id, schedule.name) for schedule in named)]
    return tuple(
        HoursSet(number, name, ranges.get(number, ()), followed.get(number, 0)) for number, name in sets
    )


def save_hours(
    session: Session,
    actor: Actor,
    *,
    schedule_id: int | None,
    ranges: Collection[WeeklyRange],
    seen: Collection[WeeklyRange] | None = None,
    now: datetime,
) -> tuple[OutsideSession, ...]:
    """Replace one set of weekly hours. What is booked stays booked.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        schedule_id: Which named set; None for the usual hours.
        ranges: All of the week.
        seen: The hours that the tutor changed into these, as they were stored then; None when whatever is
            stored is to be replaced.
        now: The present moment.

    Returns:
        Sessions and requests that now lie outside.

    Raises:
        NotAllowed: `not_a_tutor`.
        NotFound: The set is not the tutor's.
        InvalidInput: A range is wrong; the field is its weekday, `monday`.
        Conflict: `hours_changed`: they are neither those seen nor those wanted any more.
    """
    check_teaches(actor)
    week = checked_week(ranges)
    take_turns(session, (actor.person_id,))
    if schedule_id is not None:
        _own(session, actor, schedule_id)
    if seen is not None:
        stored = sets_of_hours(session, actor.person_id).get(schedule_id, ())
        if set(stored) not in (set(seen), set(week)):
            raise Conflict(
                "These hours were changed in another window meanwhile. Yours are still here and not saved. "
                "Save once more to put them in the place of the others, or discard them to see those.",
                code=HOURS_CHANGED,
            )
    _replace(session, actor, schedule_id, week)
    return _settled(session, actor, now)


def create_schedule(
    session: Session, actor: Actor, *, name: str, ranges: Collection[WeeklyRange], now: datetime
) -> HoursSet:
    """Add a named set of hours; no offering follows it yet.

    Raises:
        NotAllowed: `not_a_tutor`.
        InvalidInput: The name or a range is wrong.
        Conflict: `too_many_schedules`.
    """
    check_teaches(actor)
    week = checked_week(ranges)
    take_turns(session, (actor.person_id,))
    known = _names(session, actor)
    if len(known) >= MOST_SCHEDULES:
        raise Conflict(
            f"You have {MOST_SCHEDULES} sets of hours already. Delete one first, or change one.",
            code="too_many_schedules",
        )
    schedule = HoursSchedule(tutor_id=actor.person_id, name=_checked_name(name, known.values()))
    session.add(schedule)
    session.flush()
    _replace(session, actor, schedule.id, week)
    remember(session, actor)
    refresh_next_free(session, actor.person_id, now)
    return HoursSet(schedule.id, schedule.name, week)


def rename_schedule(session: Session, actor: Actor, *, schedule_id: int, name: str) -> None:
    """Give a named set of hours another name.

    Raises:
        NotAllowed: `not_a_tutor`.
        NotFound: The set is not the tutor's.
        InvalidInput: The name is wrong.
    """
    check_teaches(actor)
    take_turns(session, (actor.person_id,))
    schedule = _own(session, actor, schedule_id)
    others = {number: known for number, known in _names(session, actor).items() if number != schedule_id}
    schedule.name = _checked_name(name, others.values())
    session.add(schedule)
    session.flush()


def delete_schedule(
    session: Session, actor: Actor, *, schedule_id: int, now: datetime
) -> tuple[OutsideSession, ...]:
    """Delete a named set of hours; offerings that followed it follow the usual hours from now on.

    Returns:
        Sessions and requests that now lie outside.

    Raises:
        NotAllowed: `not_a_tutor`.
        NotFound: The set is not the tutor's.
    """
    check_teaches(actor)
    take_turns(session, (actor.person_id,))
    schedule = _own(session, actor, schedule_id)
    # The foreign keys do not do this, so that no hours can turn into the usual ones unnoticed.
    session.exec(
        sql_update(MentorshipSession)
        .where(col(MentorshipSession.schedule_id) == schedule_id)
        .values(schedule_id=None)
    )
    session.exec(sql_delete(WeeklyHours).where(col(WeeklyHours.schedule_id) == schedule_id))
    session.delete(schedule)
    session.flush()
    return _settled(session, actor, now)


def own_schedule(session: Session, actor: Actor, schedule_id: int) -> int:
    """Return the set's identifier if it is the tutor's.

    Raises:
        NotFound: It is not.
    """
    return _own(session, actor, schedule_id).id


def _own(session: Session, actor: Actor, schedule_id: int) -> HoursSchedule:
    schedule = session.get(HoursSchedule, schedule_id, populate_existing=True)
    if schedule is None or schedule.tutor_id != actor.person_id:
        raise NotFound(
            "We cannot find these hours. They may have been deleted in another window.",
            code="schedule_not_found",
        )
    return schedule


def _names(session: Session, actor: Actor) -> dict[int, str]:
    named = select(HoursSchedule).where(HoursSchedule.tutor_id == actor.person_id)
    return {schedule.id: schedule.name for schedule in session.exec(named)}


def _checked_name(text: str, taken: Collection[str]) -> str:
    name = one_line(text)
    if not name:
        raise InvalidInput("Give these hours a name, for example Weekend mornings.", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"Keep the name within {LONGEST_NAME} characters.", field="name")
    if name.casefold() in {known.casefold() for known in (USUAL, *taken)}:
        raise InvalidInput(f"You have hours called “{name}” already.", field="name")
    return name


def _replace(
    session: Session, actor: Actor, schedule_id: int | None, ranges: Collection[WeeklyRange]
) -> None:
    of_set = (
        col(WeeklyHours.schedule_id).is_(None)
        if schedule_id is None
        else col(WeeklyHours.schedule_id) == schedule_id
    )
    session.exec(sql_delete(WeeklyHours).where(col(WeeklyHours.tutor_id) == actor.person_id, of_set))
    session.add_all(
        WeeklyHours(
            tutor_id=actor.person_id,
            schedule_id=schedule_id,
            weekday=span.weekday,
            starts_minute=span.starts_minute,
            ends_minute=span.ends_minute,
        )
        for span in ranges
    )
    session.flush()


def _settled(session: Session, actor: Actor, now: datetime) -> tuple[OutsideSession, ...]:
    remember(session, actor)
    return after_hours_changed(session, actor, now)
