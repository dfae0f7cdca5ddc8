"""The zone in which a tutor keeps hours, and planned days in another one."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from mentor_ui.domain.account_rules import checked_timezone
from mentor_ui.domain.availability_rules import Stay
from mentor_ui.domain.chosen_days import checked_days
from mentor_ui.domain.errors import Conflict, InvalidInput, NotFound
from mentor_ui.domain.free_weeks import local_date
from mentor_ui.domain.roles import Actor
from mentor_ui.models import Person, ZoneStay
from mentor_ui.services.outside_sessions import OutsideSession, after_hours_changed
from mentor_ui.services.turns import take_turns
from mentor_ui.services.tutor_rules import check_teaches

MOST_STAYS = 50


@dataclass(frozen=True, slots=True)
class StayDraft:
    """What the dialog sends, as it was typed; the days are ISO dates, both included."""

    timezone: str
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True)
class StoredStay:
    """One planned stay; its days are included."""

    stay_id: int
    first_day: date
    last_day: date
    timezone: str


def zone_of(session: Session, actor: Actor) -> str:
    """Return the zone in which the person reads times and, as a tutor, keeps hours."""
    return session.exec(select(Person.timezone).where(Person.id == actor.person_id)).one()


def stays(session: Session, actor: Actor, now: datetime) -> tuple[StoredStay, ...]:
    """Return the stays that are not over, in order of time."""
    rows = session.exec(
        select(ZoneStay)
        .where(
            ZoneStay.tutor_id == actor.person_id,
            col(ZoneStay.last_day) >= local_date(now, zone_of(session, actor)),
        )
        .order_by(col(ZoneStay.first_day))
    )
    return tuple(StoredStay(row.id, row.first_day, row.last_day, row.timezone) for row in rows)


def save_zone(session: Session, actor: Actor, *, timezone: str, now: datetime) -> tuple[OutsideSession, ...]:
    """Keep the weekly hours in another zone from now on, and show times in it.

    Returns:
        Sessions and requests that now lie outside.

    Raises:
        NotAllowed: `not_a_tutor`.
        InvalidInput: There is no such zone.
    """
    check_teaches(actor)
    name = checked_timezone(timezone)
    take_turns(session, (actor.person_id,))
    person = session.get_one(Person, actor.person_id, populate_existing=True)
    person.timezone = name
    session.add(person)
    return after_hours_changed(session, actor, now)


def stay_errors(draft: StayDraft, *, today: date) -> dict[str, str]:
    """Return what is wrong with a draft by itself, by field; overlaps are found when it is saved."""
    return _read(draft, today)[1]


def add_stay(
    session: Session, actor: Actor, *, draft: StayDraft, now: datetime
) -> tuple[OutsideSession, ...]:
    """Plan days in another zone: on them the weekly hours are meant there.

    Returns:
        Sessions and requests that now lie outside.

    Raises:
        NotAllowed: `not_a_tutor`.
        InvalidInput: The first field that is wrong, or `stays_overlap`.
        Conflict: `too_many_stays`.
    """
    check_teaches(actor)
    take_turns(session, (actor.person_id,))
    found = _checked(session, actor, draft, now)
    if len(stays(session, actor, now)) >= MOST_STAYS:
        raise Conflict("You have planned very many stays. Remove some first.", code="too_many_stays")
    row = ZoneStay(tutor_id=actor.person_id, **asdict(found))
    session.add(row)
    return after_hours_changed(session, actor, now)


def change_stay(
    session: Session, actor: Actor, *, stay_id: int, draft: StayDraft, now: datetime
) -> tuple[OutsideSession, ...]:
    """Give a planned stay other days or another zone.

    Returns:
        Sessions and requests that now lie outside.

    Raises:
        NotAllowed: `not_a_tutor`.
        NotFound: It is not the tutor's.
        InvalidInput: The first field that is wrong, or `stays_overlap`.
    """
    check_teaches(actor)
    take_turns(session, (actor.person_id,))
    row = _own(session, actor, stay_id)
    for column, value in asdict(_checked(session, actor, draft, now, changed=stay_id)).items():
        setattr(row, column, value)
    session.add(row)
    return after_hours_changed(session, actor, now)


def remove_stay(session: Session, actor: Actor, *, stay_id: int, now: datetime) -> tuple[OutsideSession, ...]:
    """Give up a planned stay.

    Returns:
        Sessions and requests that now lie outside.

    Raises:
        NotAllowed: `not_a_tutor`.
        NotFound: It is not the tutor's.
    """
    check_teaches(actor)
    take_turns(session, (actor.person_id,))
    session.delete(_own(session, actor, stay_id))
    return after_hours_changed(session, actor, now)


def _own(session: Session, actor: Actor, stay_id: int) -> ZoneStay:
    row = session.get(ZoneStay, stay_id, populate_existing=True)
    if row is None or row.tutor_id != actor.person_id:
        raise NotFound("This stay is removed already.", code="stay_not_found")
    return row


def _checked(
    session: Session, actor: Actor, draft: StayDraft, now: datetime, *, changed: int | None = None
) -> Stay:
    found, errors = _read(draft, local_date(now, zone_of(session, actor)))
    if found is None:
        field, message = next(iter(errors.items()))
        raise InvalidInput(message, field=field)
    others = [row for row in stays(session, actor, now) if row.stay_id != changed]
    if any(row.first_day <= found.last_day and found.first_day <= row.last_day for row in others):
        raise InvalidInput(
            "You have planned another stay on some of these days. Change or remove it, or choose other days.",
            field="first_day",
            code="stays_overlap",
        )
    return found


def _read(draft: StayDraft, today: date) -> tuple[Stay | None, dict[str, str]]:
    errors: dict[str, str] = {}
    try:
        checked_timezone(draft.timezone)
    except InvalidInput as error:
        errors["timezone"] = error.message
    days = checked_days(draft.first_day, draft.last_day, today=today, errors=errors)
    if errors or days is None:
        return None, errors
    return Stay(*days, draft.timezone), errors
