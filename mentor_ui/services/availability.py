"""When a tutor can be booked: hours, exceptions and rules minus what is taken.

Free times are known or they are not: after a linked calendar could not be read for `CALENDAR_TRUSTED`, nobody
can tell, and to say "nothing is free" would be as wrong as to say "free".
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Session, col, select

from mentor_ui.db.live_offerings import live
from mentor_ui.domain.availability_rules import BookingLimits, BookingRules
from mentor_ui.domain.booking_limits import LimitReached, Load
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.domain.slots import (
    DEFAULT_WEEKLY_RANGES,
    Booked,
    Taken,
    TutorHours,
    WeeklyRange,
    free_starts,
    is_inside,
    open_time,
    quarter_of,
    quarter_start,
    too_near,
)
from mentor_ui.models import (
    MentorshipSession,
    TutorRules,
    WeeklyHours,
)
from mentor_ui.services.diaries import read_diary
from mentor_ui.services.turns import take_turns
from mentor_ui.services.tutors import Tutor, read_tutor, sets_of_hours

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
    return sets_of_hours(session, tutor_id).get(schedule_id, ())


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
    tutor = read_tutor(session, tutor_id, since)
    return {key: tutor.hours(key) for key in {None, *tutor.weekly}}


def tutor_rules(session: Session, tutor_id: int) -> TutorRules:
    """Return the tutor's rules about being booked; the defaults, in no table, when there are none."""
    return session.get(TutorRules, tutor_id, populate_existing=True) or TutorRules(tutor_id=tutor_id)


def booking_rules(session: Session, offering: MentorshipSession) -> BookingRules:
    """Return what applies to an offering: the tutor's rules with the offering's own in their place."""
    return applied(tutor_rules(session, offering.tutor_id), offering)


def applied(rules: TutorRules, offering: MentorshipSession) -> BookingRules:
    """Return what applies to an offering under its tutor's rules, which were read before."""

    def first(own: int | None, usual: int) -> int:
        return usual if own is None else own

    return BookingRules(
        notice_minutes=first(offering.notice_minutes, rules.notice_minutes),
        horizon_days=rules.horizon_days,
        buffer_before_minutes=first(offering.buffer_before_minutes, rules.buffer_before_minutes),
        buffer_after_minutes=first(offering.buffer_after_minutes, rules.buffer_after_minutes),
        limits=limits_of(rules),
    )


def limits_of(rules: TutorRules) -> BookingLimits:
    """Return how much a tutor takes in a day and in a week."""
    return BookingLimits(
        sessions_day=rules.most_sessions_day,
        minutes_day=rules.most_minutes_day,
        sessions_week=rules.most_sessions_week,
        minutes_week=rules.most_minutes_week,
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
    tutor = read_tutor(session, offering.tutor_id, now)
    rules = applied(tutor.rules, offering)
    _check_known(tutor, now)
    horizon = rules.horizon_days if days is None else min(days, rules.horizon_days)
    earliest, latest = now + timedelta(minutes=rules.notice_minutes), now + timedelta(days=horizon)
    if latest < earliest:
        return ()
    time = open_time(tutor.hours(offering.schedule_id), earliest, latest)
    diary = read_diary(
        session,
        offering.tutor_id,
        time,
        now,
        linked=tutor.linked,
        viewer_id=viewer_id,
        ignoring=ignoring,
    )
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
    tutor = read_tutor(session, offering.tutor_id, now)
    rules = applied(tutor.rules, offering)
    earliest, latest = now + timedelta(minutes=rules.notice_minutes), now + timedelta(days=rules.horizon_days)
    if quarter_start(quarter_of(starts_at)) != starts_at or not earliest <= starts_at <= latest:
        return False
    _check_known(tutor, now)
    time = open_time(tutor.hours(offering.schedule_id), starts_at, starts_at)
    diary = read_diary(session, offering.tutor_id, time, now, linked=tutor.linked, ignoring=ignoring)
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


def limits_reached(
    session: Session,
    tutor_id: int,
    wanted: Mapping[int, Booked],
    now: datetime,
    *,
    ignoring: int | None = None,
) -> dict[int, LimitReached]:
    """Return which sessions would each go over a limit of the tutor's, by their keys, and over which.

    Args:
        session: For reading; of a writing transaction, after its turn came.
        tutor_id: Whose limits.
        wanted: Sessions that do not count yet.
        now: The present moment.
        ignoring: A booking that is moved, and so does not count where it stands.
    """
    tutor = read_tutor(session, tutor_id, now)
    limits = limits_of(tutor.rules)
    if not wanted or limits == BookingLimits():
        return {}
    starts = [one.starts_at for one in wanted.values()]
    time = open_time(tutor.hours(None), min(starts), max(starts))
    diary = read_diary(session, tutor_id, time, now, linked=False, ignoring=ignoring)
    load = Load(time.counted(diary.booked))
    found: dict[int, LimitReached] = {}
    for key, one in wanted.items():
        day = time.day_of(one.starts_at)
        reached = load.limit_reached(limits, day, one.minutes) if day else None
        if reached is not None:
            found[key] = reached
    return found


def limit_reached(
    session: Session, booking: MentorshipSession, starts_at: datetime, now: datetime
) -> LimitReached | None:
    """Return the limit of the tutor's that a booking would go over at another time, or at its own."""
    wanted = {booking.id: Booked(starts_at, booking.duration)}
    return limits_reached(session, booking.tutor_id, wanted, now, ignoring=booking.id).get(booking.id)


def still_fits(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    """Return whether the tutor's hours, busy times and limits still allow a booking that was let go.

    Notice and horizon were kept when its time was chosen. To the time of a request the tutor said yes,
    whatever the hours. Claims and buffers do not count here: claiming decides them.

    Args:
        session: Of a writing transaction, after its turn came.
        booking: With a time, and claiming none.
        now: The present moment.
    """
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    if limit_reached(session, booking, booking.starts_at, now):
        return False
    if booking.booking_mode == BookingMode.REQUEST:
        return True
    tutor = read_tutor(session, booking.tutor_id, now)
    if not tutor.is_known(now):
        return False
    offering = session.get(MentorshipSession, booking.offering_id) if booking.offering_id else None
    hours = tutor.hours(offering.schedule_id if offering else None)
    time = open_time(hours, booking.starts_at, booking.starts_at)
    diary = read_diary(session, booking.tutor_id, time, now, linked=tutor.linked, ignoring=booking.id)
    itself = Taken(
        booking.starts_at,
        booking.ends_at,
        booking.buffer_before_minutes or 0,
        booking.buffer_after_minutes or 0,
    )
    beside = not any(too_near(itself, one) for one in diary.busy)
    return beside and is_inside(time, booking.starts_at, booking.ends_at)


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
    tutor = read_tutor(session, tutor_id, now)
    if tutor.is_known(now):
        soonest = _soonest(session, tutor_id, tutor, offerings, now)
        for offering in offerings:
            start, due_at = soonest[offering.id]
            offering.next_free_at, offering.next_free_unknown = start, False
            offering.next_free_due_at = min(due_at, tutor.known_until) if tutor.known_until else due_at
    else:
        for offering in offerings:
            offering.next_free_at, offering.next_free_unknown = None, True
            offering.next_free_due_at = now + ASK_AGAIN
    session.add_all(offerings)
    session.flush()


def _soonest(
    session: Session, tutor_id: int, tutor: Tutor, offerings: Collection[MentorshipSession], now: datetime
) -> dict[int, tuple[datetime | None, datetime]]:
    """Return each offering's soonest free start, and when that stops being true by itself."""
    latest = now + timedelta(days=tutor.rules.horizon_days)
    times = {
        schedule_id: open_time(tutor.hours(schedule_id), now, latest)
        for schedule_id in {offering.schedule_id for offering in offerings}
    }
    diary = read_diary(session, tutor_id, next(iter(times.values())), now, linked=tutor.linked)
    found: dict[tuple[object, ...], int | None] = {}
    soonest: dict[int, tuple[datetime | None, datetime]] = {}
    for offering in offerings:
        rules = applied(tutor.rules, offering)
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


def _check_known(tutor: Tutor, now: datetime) -> None:
    if not tutor.is_known(now):
        raise CannotFindOut


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
