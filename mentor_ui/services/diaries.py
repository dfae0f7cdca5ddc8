"""What stands against a tutor's hours: sessions, claims, and busy times of linked calendars."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, not_, or_
from sqlmodel import Session, col, select

from mentor_ui.domain.availability_rules import CALENDAR_TRUSTED
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.slots import Booked, OpenTime, Taken, quarter_start
from mentor_ui.models import BookedQuarter, BusyTime, CalendarKind, LinkedCalendar, MentorshipSession

TIME_SPENT = (
    SessionStatus.HELD,
    SessionStatus.SCHEDULED,
    SessionStatus.IN_PROGRESS,
    SessionStatus.COMPLETED,
    SessionStatus.NO_SHOW,
)
"""Statuses of bookings that keep their buffers and count towards the tutor's limits."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Diary:
    """What stands against a tutor's hours for some weeks.

    Attributes:
        sessions: Of the tutor, as tutor and as student, around which buffers are kept.
        busy: By linked calendars; buffers are kept around that too.
        claimed: Quarters claimed by the tutor or by the student who looks.
        booked: What counts towards the limits.
    """

    sessions: tuple[Taken, ...]
    busy: tuple[Taken, ...]
    claimed: tuple[range, ...]
    booked: tuple[Booked, ...]


def running(now: Any, ignoring: Any = 0) -> ColumnElement[bool]:
    """Return the condition of a booking that is neither a hold that has run out nor the one to ignore.

    Args:
        now: The present moment, or a parameter for it.
        ignoring: A booking's identifier, or a parameter for it; 0 for none.
    """
    lapsed = and_(
        col(MentorshipSession.status) == SessionStatus.HELD,
        col(MentorshipSession.hold_expires_at).is_not(None),
        col(MentorshipSession.hold_expires_at) <= now,
    )
    return and_(not_(lapsed), col(MentorshipSession.id) != ignoring)


# Made once: making a statement takes longer than running it.
_RUNNING = running(bindparam("now"), bindparam("ignoring"))

_LOOKS = select(LinkedCalendar.succeeded_at).where(
    col(LinkedCalendar.tutor_id) == bindparam("tutor_id"),
    # An account of which nothing is read makes nobody busy.
    or_(col(LinkedCalendar.kind) == CalendarKind.ICS, col(LinkedCalendar.reads) != "[]"),
)

_OWN = select(
    MentorshipSession.starts_at,
    MentorshipSession.ends_at,
    MentorshipSession.buffer_before_minutes,
    MentorshipSession.buffer_after_minutes,
).where(
    ~col(MentorshipSession.is_offering),
    col(MentorshipSession.tutor_id) == bindparam("tutor_id"),
    col(MentorshipSession.starts_at) >= bindparam("begins"),
    col(MentorshipSession.starts_at) < bindparam("ends"),
    col(MentorshipSession.status).in_(TIME_SPENT),
    _RUNNING,
)

_CLAIMS = (
    select(
        BookedQuarter.person_id,
        MentorshipSession.tutor_id,
        func.min(BookedQuarter.quarter),
        func.max(BookedQuarter.quarter),
    )
    .join(MentorshipSession, col(MentorshipSession.id) == col(BookedQuarter.session_id))
    .where(
        col(BookedQuarter.person_id).in_(bindparam("people", expanding=True)),
        col(BookedQuarter.quarter) >= bindparam("first"),
        col(BookedQuarter.quarter) < bindparam("stop"),
        _RUNNING,
    )
    .group_by(col(BookedQuarter.person_id), col(BookedQuarter.session_id), col(MentorshipSession.tutor_id))
)

_BUSY = select(BusyTime.starts_at, BusyTime.ends_at).where(
    col(BusyTime.tutor_id) == bindparam("tutor_id"),
    col(BusyTime.starts_at) < bindparam("ends"),
    col(BusyTime.ends_at) > bindparam("begins"),
)


def known_until(session: Session, tutor_id: int) -> datetime | None:
    """Return until when the busy times of all linked calendars count as known; None when none is linked.

    A calendar that was never read is known until long ago.
    """
    looks = session.exec(_LOOKS, params={"tutor_id": tutor_id}).all()
    return min((look + CALENDAR_TRUSTED if look else LONG_AGO for look in looks), default=None)


def own_sessions(
    session: Session,
    tutor_id: int,
    begins: datetime,
    ends: datetime,
    *,
    now: datetime,
    ignoring: int | None = None,
) -> list[Taken]:
    """Return a tutor's sessions that start from `begins` to before `ends`, with their buffers."""
    within = {"tutor_id": tutor_id, "begins": begins, "ends": ends, "now": now, "ignoring": ignoring or 0}
    return [
        Taken(starts_at, ends_at, before or 0, after or 0)
        for starts_at, ends_at, before, after in session.exec(_OWN, params=within)
        if starts_at is not None and ends_at is not None
    ]


def read_diary(
    session: Session,
    tutor_id: int,
    time: OpenTime,
    now: datetime,
    *,
    linked: bool,
    viewer_id: int | None = None,
    ignoring: int | None = None,
) -> Diary:
    """Return what stands against the tutor's hours in the weeks of `time`.

    Args:
        session: For reading.
        tutor_id: Whose diary.
        time: The weeks.
        now: The present moment; a hold that has run out takes nothing.
        linked: Whether calendars are linked, of which busy times have to be read.
        viewer_id: The student who looks; None for nobody.
        ignoring: A booking that takes nothing, as it is being moved.
    """
    begins, ends = quarter_start(time.days[0].begins), quarter_start(time.days[-1].ends)
    sessions = own_sessions(session, tutor_id, begins, ends, now=now, ignoring=ignoring)
    claims = session.exec(
        _CLAIMS,
        params={
            "people": [tutor_id] if viewer_id is None else [tutor_id, viewer_id],
            "first": time.days[0].begins,
            "stop": time.days[-1].ends,
            "now": now,
            "ignoring": ignoring or 0,
        },
    ).all()
    # A tutor who learns from somebody else keeps the usual distance from that too.
    elsewhere = [
        Taken(quarter_start(first), quarter_start(last + 1))
        for person_id, teacher_id, first, last in claims
        if person_id == tutor_id != teacher_id
    ]
    within = {"tutor_id": tutor_id, "begins": begins, "ends": ends}
    busy = session.exec(_BUSY, params=within) if linked else ()
    return Diary(
        sessions=(*sessions, *elsewhere),
        busy=tuple(Taken(starts_at, ends_at) for starts_at, ends_at in busy),
        claimed=tuple(range(first, last + 1) for _, _, first, last in claims),
        booked=tuple(
            Booked(one.starts_at, int((one.ends_at - one.starts_at) / timedelta(minutes=1)))
            for one in sessions
        ),
    )
