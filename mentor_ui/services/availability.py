"""When a tutor can be booked: weekly hours minus what is taken."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, func, not_
from sqlmodel import Session, col, select

from mentor_ui.db.live_offerings import live
from mentor_ui.domain.local_time import zone_named
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.slots import (
    DEFAULT_WEEKLY_RANGES,
    WeeklyRange,
    free_starts,
    open_ranges,
    quarter_of,
    quarter_start,
)
from mentor_ui.models import BookedQuarter, MentorshipSession, Person, WeeklyHours
from mentor_ui.services.turns import take_turns

MINIMUM_NOTICE = timedelta(hours=2)
"""Nobody is booked at shorter notice than this."""

HORIZON_DAYS = 28
"""How far ahead a session can be booked."""


def weekly_hours(session: Session, tutor_id: int) -> tuple[WeeklyRange, ...]:
    """Return the tutor's weekly pattern, in the tutor's own zone; empty when there is none."""
    rows = session.exec(
        select(WeeklyHours)
        .where(WeeklyHours.tutor_id == tutor_id)
        .order_by(col(WeeklyHours.weekday), col(WeeklyHours.starts_minute))
    )
    return tuple(WeeklyRange(row.weekday, row.starts_minute, row.ends_minute) for row in rows)


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


def _zone_name(session: Session, tutor_id: int) -> str:
    return session.exec(select(Person.timezone).where(Person.id == tutor_id)).one()


def _claimed(
    session: Session, people: Collection[int], now: datetime, days: int, ignoring: int | None = None
) -> frozenset[int]:
    lapsed = and_(
        col(MentorshipSession.status) == SessionStatus.HELD,
        col(MentorshipSession.hold_expires_at).is_not(None),
        col(MentorshipSession.hold_expires_at) <= now,
    )
    return frozenset(
        session.exec(
            select(BookedQuarter.quarter)
            .join(MentorshipSession, col(MentorshipSession.id) == col(BookedQuarter.session_id))
            .where(
                col(BookedQuarter.person_id).in_(people),
                col(BookedQuarter.quarter) >= quarter_of(now),
                # A session that starts on the last day may reach into the next one.
                col(BookedQuarter.quarter) <= quarter_of(now + timedelta(days=days + 1)),
                not_(lapsed),
                col(BookedQuarter.session_id) != (ignoring or 0),
            )
        )
    )


def free_times(
    session: Session,
    offering: MentorshipSession,
    *,
    viewer_id: int | None,
    now: datetime,
    days: int = HORIZON_DAYS,
    ignoring: int | None = None,
) -> tuple[datetime, ...]:
    """Return the starts at which the offering can be booked, in order, aware UTC.

    Args:
        session: For reading.
        offering: Whose tutor and duration count.
        viewer_id: The student who looks, whose own sessions are left out too; None for a visitor.
        now: The present moment.
        days: How far to look, at most `HORIZON_DAYS`.
        ignoring: A booking whose time counts as free: the viewer's own hold, which another choice moves.
    """
    people = {offering.tutor_id} | ({viewer_id} if viewer_id is not None else set[int]())
    days = min(days, HORIZON_DAYS)
    zone = zone_named(_zone_name(session, offering.tutor_id))
    hours = weekly_hours(session, offering.tutor_id)
    starts = free_starts(
        open_ranges(hours, zone, now.astimezone(zone).date(), days + 1),
        claimed=_claimed(session, people, now, days, ignoring),
        duration_minutes=offering.duration,
        earliest=now + MINIMUM_NOTICE,
        latest=now + timedelta(days=days),
    )
    return tuple(quarter_start(start) for start in starts)


def is_open(session: Session, offering: MentorshipSession, *, starts_at: datetime, now: datetime) -> bool:
    """Return whether the tutor's hours hold a session of this offering at `starts_at`.

    Notice and horizon count; what is taken does not, since claiming the time decides that.
    """
    quarter = quarter_of(starts_at)
    if quarter_start(quarter) != starts_at:
        return False
    zone = zone_named(_zone_name(session, offering.tutor_id))
    day = starts_at.astimezone(zone).date()
    starts = free_starts(
        open_ranges(weekly_hours(session, offering.tutor_id), zone, day - timedelta(days=1), 3),
        claimed=frozenset(),
        duration_minutes=offering.duration,
        earliest=now + MINIMUM_NOTICE,
        latest=now + timedelta(days=HORIZON_DAYS),
    )
    return quarter in starts


def refresh_next_free(session: Session, tutor_id: int, now: datetime) -> None:
    """Set `next_free_at` of all the tutor's offerings, worked out once per duration."""
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
    zone = zone_named(_zone_name(session, tutor_id))
    ranges = tuple(
        open_ranges(weekly_hours(session, tutor_id), zone, now.astimezone(zone).date(), HORIZON_DAYS + 1)
    )
    claimed = _claimed(session, (tutor_id,), now, HORIZON_DAYS)
    soonest: dict[int, datetime | None] = {}
    for offering in offerings:
        if offering.duration not in soonest:
            start = next(
                free_starts(
                    ranges,
                    claimed=claimed,
                    duration_minutes=offering.duration,
                    earliest=now + MINIMUM_NOTICE,
                    latest=now + timedelta(days=HORIZON_DAYS),
                ),
                None,
            )
            soonest[offering.duration] = None if start is None else quarter_start(start)
        offering.next_free_at = soonest[offering.duration]
        session.add(offering)
    session.flush()


def stale_tutors(session: Session, now: datetime, limit: int) -> list[int]:
    """Return tutors whose soonest free time has come too near, or who had none.

    Args:
        session: For reading.
        now: The present moment.
        limit: How many offerings at most of each of the two sorts are looked at.
    """
    near = session.exec(
        select(MentorshipSession.tutor_id)
        .where(live(session), col(MentorshipSession.next_free_at) < now + MINIMUM_NOTICE)
        .order_by(col(MentorshipSession.next_free_at), col(MentorshipSession.id))
        .limit(limit)
    ).all()
    # A tutor who was full may be free now that a further day is in reach; chance gives each one a turn.
    full = session.exec(
        select(MentorshipSession.tutor_id)
        .where(
            live(session),
            col(MentorshipSession.next_free_at).is_(None),
            col(MentorshipSession.tutor_id).in_(select(WeeklyHours.tutor_id)),
        )
        .order_by(func.random())
        .limit(limit)
    ).all()
    return sorted({*near, *full})
