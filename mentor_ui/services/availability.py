"""When a tutor can be booked: hours, exceptions and rules minus what is taken.

Free times are known or they are not: after a linked calendar could not be read for `CALENDAR_TRUSTED`, nobody
can tell, and to say "nothing is free" would be as wrong as to say "free".
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from mentor_ui.db.live_offerings import live
from mentor_ui.domain.availability_rules import (
    BookingLimits,
    BookingRules,
    DateException,
    ExceptionKind,
    Stay,
)
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.local_time import zone_named
from mentor_ui.domain.slots import (
    DEFAULT_WEEKLY_RANGES,
    TutorHours,
    WeeklyRange,
    free_starts,
    open_time,
    quarter_of,
    quarter_start,
)
from mentor_ui.models import (
    AvailabilityException,
    MentorshipSession,
    Person,
    TutorRules,
    WeeklyHours,
    ZoneStay,
)
from mentor_ui.services.diaries import known_until, read_diary
from mentor_ui.services.turns import take_turns

LOOK_AGAIN = timedelta(hours=1)
"""After so long a tutor without a free time may have one, as a further day has come within reach."""

ASK_AGAIN = timedelta(minutes=10)
"""After so long an unreadable calendar may have become readable without anybody telling."""


class CannotFindOut(DomainError):
    """A linked calendar could not be read for too long, so nobody knows when the tutor is free."""

    code = "availability_unknown"
    status: ClassVar[int] = 503

    def __init__(self) -> None:
        super().__init__(
            "We cannot see this tutor's calendar right now, so we cannot say which times are free. "
            "Please try again in a few minutes."
        )


def weekly_hours(
    session: Session, tutor_id: int, *, schedule_id: int | None = None
) -> tuple[WeeklyRange, ...]:
    """Return the tutor's weekly pattern, in the tutor's own zone; empty when there is none.

    Args:
        session: For reading.
        tutor_id: Whose hours.
        schedule_id: Which of the tutor's named sets of hours; None for the usual ones.
    """
    return _weekly_hours(session, tutor_id).get(schedule_id, ())


def _weekly_hours(session: Session, tutor_id: int) -> dict[int | None, tuple[WeeklyRange, ...]]:
    rows = session.exec(
        select(
            WeeklyHours.schedule_id, WeeklyHours.weekday, WeeklyHours.starts_minute, WeeklyHours.ends_minute
        )
        .where(WeeklyHours.tutor_id == tutor_id)
        .order_by(col(WeeklyHours.weekday), col(WeeklyHours.starts_minute))
    )
    found: dict[int | None, tuple[WeeklyRange, ...]] = {}
    for schedule_id, weekday, starts_minute, ends_minute in rows:
        span = WeeklyRange(weekday, starts_minute, ends_minute)
        found[schedule_id] = (*found.get(schedule_id, ()), span)
    return found


def ensure_weekly_hours(session: Session, tutor_id: int) -> None:
    """Give a tutor who has no hours the usual ones, so that a first offering can be booked at once."""
    if weekly_hours(session, tutor_id):
        return
    session.add_all(
        WeeklyHours(
            tutor_id=tutor_id,
            weekday=span.weekday,
            starts_minute=span.starts_minute,
            ends_minute=span.ends_minute,
        )
        for span in DEFAULT_WEEKLY_RANGES
    )
    session.flush()


def hours_by_set(session: Session, tutor_id: int, since: datetime) -> dict[int | None, TutorHours]:
    """Return a tutor's hours by set, with exceptions and stays; None is the key of the usual ones.

    Args:
        session: For reading.
        tutor_id: Whose hours.
        since: Exceptions and stays that were over long before do not matter.
    """
    zone, _ = _tutor(session, tutor_id)
    exceptions, stays = _exceptions(session, tutor_id, since), _stays(session, tutor_id, since)
    weekly = {None: (), **_weekly_hours(session, tutor_id)}
    return {key: TutorHours(zone, spans, exceptions, stays) for key, spans in weekly.items()}


def tutor_rules(session: Session, tutor_id: int) -> TutorRules:
    """Return the tutor's rules about being booked; the defaults, in no table, when there are none."""
    return _tutor(session, tutor_id)[1]


def booking_rules(session: Session, offering: MentorshipSession) -> BookingRules:
    """Return what applies to an offering: the tutor's rules with the offering's own in their place."""
    return _applied(tutor_rules(session, offering.tutor_id), offering)


def _applied(rules: TutorRules, offering: MentorshipSession) -> BookingRules:
    def first(own: int | None, usual: int) -> int:
        return usual if own is None else own

    return BookingRules(
        notice_minutes=first(offering.notice_minutes, rules.notice_minutes),
        horizon_days=rules.horizon_days,
        buffer_before_minutes=first(offering.buffer_before_minutes, rules.buffer_before_minutes),
        buffer_after_minutes=first(offering.buffer_after_minutes, rules.buffer_after_minutes),
        limits=BookingLimits(
            sessions_day=rules.most_sessions_day,
            minutes_day=rules.most_minutes_day,
            sessions_week=rules.most_sessions_week,
            minutes_week=rules.most_minutes_week,
        ),
    )


def free_times(
    session: Session,
    offering: MentorshipSession,
    *,
    viewer_id: int | None,
    now: datetime,
    days: int | None = None,
    ignoring: int | None = None,
) -> tuple[datetime, ...]:
    """Return the starts at which the offering can be booked, in order, aware UTC.

    Args:
        session: For reading.
        offering: Whose tutor, duration, hours and rules count. A booking to be moved will do too: it has its
            duration and buffers pinned, and gets the tutor's usual hours and notice.
        viewer_id: The student who looks, whose own sessions are left out too; None for a visitor.
        now: The present moment.
        days: How far to look, at most the tutor's horizon; None for all of it.
        ignoring: A booking whose time counts as free: the viewer's own, which another choice moves.

    Raises:
        CannotFindOut: A linked calendar cannot be read.
    """
    zone, tutors = _tutor(session, offering.tutor_id)
    rules = _applied(tutors, offering)
    _check_known(session, offering.tutor_id, now)
    horizon = rules.horizon_days if days is None else min(days, rules.horizon_days)
    earliest, latest = now + timedelta(minutes=rules.notice_minutes), now + timedelta(days=horizon)
    if latest < earliest:
        return ()
    time = open_time(_hours(session, offering, zone, earliest), earliest, latest)
    diary = read_diary(session, offering.tutor_id, time, now, viewer_id=viewer_id, ignoring=ignoring)
    starts = free_starts(
        time,
        rules,
        duration_minutes=offering.duration,
        earliest=earliest,
        latest=latest,
        taken=(*diary.sessions, *diary.busy),
        claimed=diary.claimed,
        booked=diary.booked,
    )
    return tuple(quarter_start(start) for start in starts)


def is_open(
    session: Session,
    offering: MentorshipSession,
    *,
    starts_at: datetime,
    now: datetime,
    ignoring: int | None = None,
) -> bool:
    """Return whether everything but the claims allows a session of this offering at `starts_at`.

    Hours, exceptions, notice, horizon, busy times, buffers and limits count, by what is booked now: ask after
    `take_turns`, in the transaction that books. A session at the same time does not count, since claiming the
    quarters decides that.

    Args:
        session: Of the writing transaction.
        offering: As for `free_times`.
        starts_at: Aware.
        now: The present moment.
        ignoring: A booking that is moved: its buffers and its part of the limits are free.

    Raises:
        CannotFindOut: A linked calendar cannot be read.
    """
    zone, tutors = _tutor(session, offering.tutor_id)
    rules = _applied(tutors, offering)
    earliest, latest = now + timedelta(minutes=rules.notice_minutes), now + timedelta(days=rules.horizon_days)
    if quarter_start(quarter_of(starts_at)) != starts_at or not earliest <= starts_at <= latest:
        return False
    _check_known(session, offering.tutor_id, now)
    time = open_time(_hours(session, offering, zone, starts_at), starts_at, starts_at)
    diary = read_diary(session, offering.tutor_id, time, now, ignoring=ignoring)
    ends_at = starts_at + timedelta(minutes=offering.duration)
    beside = (one for one in diary.sessions if one.ends_at <= starts_at or one.starts_at >= ends_at)
    starts = free_starts(
        time,
        rules,
        duration_minutes=offering.duration,
        earliest=starts_at,
        latest=starts_at,
        taken=(*beside, *diary.busy),
        booked=diary.booked,
    )
    return next(starts, None) is not None


def refresh_next_free(session: Session, tutor_id: int, now: datetime) -> None:
    """Set `next_free_at` of all the tutor's offerings, or that it is unknown, and when to look again."""
    # The later of two bookings of one tutor has to see the earlier one's claims.
    take_turns(session, (tutor_id,))
    offerings = session.exec(
        select(MentorshipSession)
        .where(MentorshipSession.tutor_id == tutor_id, col(MentorshipSession.is_offering))
        .order_by(col(MentorshipSession.id))
        .execution_options(populate_existing=True)
    ).all()
    if not offerings:
        return
    known = known_until(session, tutor_id)
    if known is not None and known <= now:
        for offering in offerings:
            offering.next_free_at, offering.next_free_unknown = None, True
            offering.next_free_due_at = now + ASK_AGAIN
    else:
        soonest = _soonest(session, tutor_id, offerings, now)
        for offering in offerings:
            start, due_at = soonest[offering.id]
            offering.next_free_at, offering.next_free_unknown = start, False
            offering.next_free_due_at = min(due_at, known) if known else due_at
    session.add_all(offerings)
    session.flush()


def _soonest(
    session: Session, tutor_id: int, offerings: Collection[MentorshipSession], now: datetime
) -> dict[int, tuple[datetime | None, datetime]]:
    """Return each offering's soonest free start, and when that stops being true by itself."""
    zone, tutors = _tutor(session, tutor_id)
    latest = now + timedelta(days=tutors.horizon_days)
    weekly = _weekly_hours(session, tutor_id)
    exceptions, stays = _exceptions(session, tutor_id, now), _stays(session, tutor_id, now)
    times = {
        schedule_id: open_time(TutorHours(zone, weekly.get(schedule_id, ()), exceptions, stays), now, latest)
        for schedule_id in {offering.schedule_id for offering in offerings}
    }
    diary = read_diary(session, tutor_id, next(iter(times.values())), now)
    found: dict[tuple[object, ...], int | None] = {}
    soonest: dict[int, tuple[datetime | None, datetime]] = {}
    for offering in offerings:
        rules = _applied(tutors, offering)
        notice = timedelta(minutes=rules.notice_minutes)
        question = (offering.schedule_id, offering.duration, rules)
        if question not in found:
            starts = free_starts(
                times[offering.schedule_id],
                rules,
                duration_minutes=offering.duration,
                earliest=now + notice,
                latest=latest,
                taken=(*diary.sessions, *diary.busy),
                claimed=diary.claimed,
                booked=diary.booked,
            )
            found[question] = next(starts, None)
        quarter = found[question]
        start = None if quarter is None else quarter_start(quarter)
        soonest[offering.id] = (start, now + LOOK_AGAIN if start is None else start - notice)
    return soonest


def stale_tutors(session: Session, now: datetime, limit: int) -> list[int]:
    """Return tutors whose soonest free time has to be worked out anew, as time has passed.

    Args:
        session: For reading.
        now: The present moment.
        limit: How many offerings at most are looked at.
    """
    rows = session.exec(
        select(MentorshipSession.tutor_id)
        .where(live(session), col(MentorshipSession.next_free_due_at) < now)
        .order_by(col(MentorshipSession.next_free_due_at), col(MentorshipSession.tutor_id))
        .limit(limit)
    )
    return sorted(set(rows))


def _tutor(session: Session, tutor_id: int) -> tuple[ZoneInfo, TutorRules]:
    zone_name, rules = session.exec(
        select(Person.timezone, TutorRules)
        .join(TutorRules, col(TutorRules.tutor_id) == col(Person.id), isouter=True)
        .where(Person.id == tutor_id)
        # What was read before this transaction's turn came may have changed.
        .execution_options(populate_existing=True)
    ).one()
    return zone_named(zone_name), rules or TutorRules(tutor_id=tutor_id)


def _hours(session: Session, offering: MentorshipSession, zone: ZoneInfo, since: datetime) -> TutorHours:
    tutor_id = offering.tutor_id
    return TutorHours(
        zone,
        weekly_hours(session, tutor_id, schedule_id=offering.schedule_id),
        _exceptions(session, tutor_id, since),
        _stays(session, tutor_id, since),
    )


def _exceptions(session: Session, tutor_id: int, since: datetime) -> tuple[DateException, ...]:
    rows = session.exec(
        select(AvailabilityException).where(
            AvailabilityException.tutor_id == tutor_id,
            col(AvailabilityException.last_day) >= _some_days_before(since),
        )
    )
    return tuple(
        DateException(
            ExceptionKind(row.kind), row.first_day, row.last_day, row.starts_minute, row.ends_minute
        )
        for row in rows
    )


def _stays(session: Session, tutor_id: int, since: datetime) -> tuple[Stay, ...]:
    rows = session.exec(
        select(ZoneStay)
        .where(ZoneStay.tutor_id == tutor_id, col(ZoneStay.last_day) >= _some_days_before(since))
        .order_by(col(ZoneStay.first_day), col(ZoneStay.id))
    )
    return tuple(Stay(row.first_day, row.last_day, row.timezone) for row in rows)


def _some_days_before(moment: datetime) -> date:
    # Enough for the local week in which the moment lies, whatever the zone.
    return moment.date() - timedelta(days=14)


def _check_known(session: Session, tutor_id: int, now: datetime) -> None:
    known = known_until(session, tutor_id)
    if known is not None and known <= now:
        raise CannotFindOut
