"""What a tutor says about being booked, read in as few queries as there is something to read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, exists
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from mentor_ui.domain.availability_rules import DateException, ExceptionKind, Stay
from mentor_ui.domain.local_time import zone_named
from mentor_ui.domain.slots import TutorHours, WeeklyRange
from mentor_ui.models import (
    AvailabilityException,
    LinkedCalendar,
    Person,
    TutorRules,
    WeeklyHours,
    ZoneStay,
)
from mentor_ui.services.diaries import known_until

SetsOfHours = dict[int | None, tuple[WeeklyRange, ...]]
"""Weekly hours by named set; None is the key of the usual ones."""

_Row = tuple[str, TutorRules | None, bool, bool, bool]

_TUTOR_ID = cast("Any", bindparam("tutor_id"))
_SINCE = cast("Any", bindparam("since"))

# Made once: making a statement takes longer than running it.
_WEEKLY = (
    select(WeeklyHours.schedule_id, WeeklyHours.weekday, WeeklyHours.starts_minute, WeeklyHours.ends_minute)
    .where(col(WeeklyHours.tutor_id) == _TUTOR_ID)
    .order_by(col(WeeklyHours.weekday), col(WeeklyHours.starts_minute))
)
_EXCEPTIONS = select(AvailabilityException).where(
    col(AvailabilityException.tutor_id) == _TUTOR_ID, col(AvailabilityException.last_day) >= _SINCE
)
_STAYS = (
    select(ZoneStay)
    .where(col(ZoneStay.tutor_id) == _TUTOR_ID, col(ZoneStay.last_day) >= _SINCE)
    .order_by(col(ZoneStay.first_day), col(ZoneStay.id))
)
_TUTOR: Any = (
    sql_select(
        col(Person.timezone),
        TutorRules,
        # Most tutors have none of these, and are spared the queries.
        exists().where(
            col(AvailabilityException.tutor_id) == _TUTOR_ID, col(AvailabilityException.last_day) >= _SINCE
        ),
        exists().where(col(ZoneStay.tutor_id) == _TUTOR_ID, col(ZoneStay.last_day) >= _SINCE),
        exists().where(col(LinkedCalendar.tutor_id) == _TUTOR_ID),
    )
    .join(TutorRules, col(TutorRules.tutor_id) == col(Person.id), isouter=True)
    .where(col(Person.id) == _TUTOR_ID)
)


@dataclass(frozen=True, slots=True)
class Tutor:
    """What a tutor says about being booked.

    Attributes:
        rules: Not to be changed; the defaults, in no table, when there are none.
        linked: Whether there are linked calendars.
        known_until: Until when their busy times are known; None when none is read.
    """

    zone: ZoneInfo
    rules: TutorRules
    weekly: SetsOfHours
    exceptions: tuple[DateException, ...]
    stays: tuple[Stay, ...]
    linked: bool
    known_until: datetime | None

    def hours(self, schedule_id: int | None) -> TutorHours:
        """Return one set of hours with all that changes it."""
        return TutorHours(self.zone, self.weekly.get(schedule_id, ()), self.exceptions, self.stays)

    def is_known(self, now: datetime) -> bool:
        """Return whether it can be found out when the tutor is busy."""
        return self.known_until is None or now < self.known_until


def sets_of_hours(session: Session, tutor_id: int) -> SetsOfHours:
    """Return the tutor's weekly patterns, each in order."""
    found: SetsOfHours = {}
    for schedule_id, weekday, starts_minute, ends_minute in session.exec(
        _WEEKLY, params={"tutor_id": tutor_id}
    ):
        span = WeeklyRange(weekday, starts_minute, ends_minute)
        found[schedule_id] = (*found.get(schedule_id, ()), span)
    return found


def read_tutor(session: Session, tutor_id: int, since: datetime) -> Tutor:
    """Return what the tables say now, whatever the session read before.

    Args:
        session: For reading; of a writing transaction, after its turn came.
        tutor_id: Whose.
        since: Exceptions and stays that were over long before do not matter.
    """
    # Enough for the local week in which the moment lies, whatever the zone.
    days = {"tutor_id": tutor_id, "since": since.date() - timedelta(days=14)}
    found = cast("Any", session.exec(_TUTOR, params=days, execution_options={"populate_existing": True}))
    zone_name, rules, has_exceptions, has_stays, is_linked = cast("_Row", found.one())
    exceptions = session.exec(_EXCEPTIONS, params=days) if has_exceptions else ()
    stays = session.exec(_STAYS, params=days) if has_stays else ()
    return Tutor(
        zone=zone_named(zone_name),
        rules=rules or TutorRules(tutor_id=tutor_id),
        weekly=sets_of_hours(session, tutor_id),
        exceptions=tuple(
            DateException(
                ExceptionKind(one.kind), one.first_day, one.last_day, one.starts_minute, one.ends_minute
            )
            for one in exceptions
        ),
        stays=tuple(Stay(one.first_day, one.last_day, one.timezone) for one in stays),
        linked=is_linked,
        known_until=known_until(session, tutor_id) if is_linked else None,
    )
