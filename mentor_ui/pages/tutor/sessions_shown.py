"""What a tutor's dashboard shows, read from the database and put into words."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.components.next_session import NextSession
from mentor_ui.domain.booking_limits import LimitReached
from mentor_ui.domain.fees import FeeBearer, price_parts
from mentor_ui.domain.local_time import clock, moment_in_words, near_start, place_of, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.slots import Booked
from mentor_ui.services import availability, sessions, student_records, time_proposals
from mentor_ui.services.sessions import SessionRow, TutorTab
from mentor_ui.services.student_records import StudentRecord
from mentor_ui.settings import get_settings

BADGES = {
    SessionStatus.PENDING_MENTOR_REVIEW: ("Awaiting approval", "now"),
    SessionStatus.IN_PROGRESS: ("On now", "now"),
    SessionStatus.COMPLETED: ("Completed", "go"),
    SessionStatus.NO_SHOW: ("No-show", "stop"),
}
MONEY = {
    PaymentStatus.PAID: ("Paid", "go"),
    PaymentStatus.AWAITING: ("Awaiting payment", "now"),
    PaymentStatus.REFUNDING: ("Refunding", "info"),
    PaymentStatus.REFUNDED: ("Refunded", "neutral"),
    PaymentStatus.PARTLY_REFUNDED: ("Partly refunded", "neutral"),
    PaymentStatus.CREDIT_BACK: ("Back in package", "neutral"),
}


@dataclass(frozen=True)
class TaughtSession:
    """One booked session in a list; `received` is the tutor's share of its price."""

    id: str
    title: str
    student: str
    initials: str
    hue: int
    picture: str
    when: str
    starts_at: str
    course: str
    badge: str
    tone: str
    received: str


@dataclass(frozen=True)
class AskedSession:
    """A request that waits for the tutor's answer.

    Attributes:
        session: What is asked for, and by whom.
        message: What the student wrote.
        until: Until when it can be answered, ISO 8601 UTC.
        until_words: The same, in the tutor's zone.
        courses: What the student learnt and learns.
        held: How many sessions the two have had, in words.
        proposed: The times that the tutor proposed instead, in words; empty for none.
        over_limit: That a yes goes over a limit of the tutor's, in a sentence; empty when it does not.
        fill: What a dialog about it begins with (JSON).
    """

    session: TaughtSession
    message: str
    until: str
    until_words: str
    courses: list[str]
    held: str
    proposed: str
    over_limit: str
    fill: str


@dataclass(frozen=True)
class Dashboard:
    """All that the page shows; of the lists without the requests."""

    coming: NextSession
    approvals: list[AskedSession]
    lists: dict[TutorTab, list[TaughtSession]]
    counts: dict[str, int]


def read_dashboard(session: Session, actor: Actor, limit: int, now: datetime) -> Dashboard:
    """Return a tutor's sessions in words.

    Args:
        session: For reading.
        actor: The tutor.
        limit: How many each list shows at most.
        now: The present moment.

    Raises:
        NotAllowed: The actor does not teach.
    """
    following = sessions.next_taught(session, actor, now)
    return Dashboard(
        coming=_coming(following, actor, now) if following else NextSession(),
        approvals=_approvals(session, actor, limit, now),
        lists={
            tab: [
                _taught(row, actor) for row in sessions.tutor_sessions(session, actor, tab, now, limit=limit)
            ]
            for tab in TutorTab
            if tab != TutorTab.APPROVALS
        },
        counts=sessions.tutor_counts(session, actor, now),
    )


def _approvals(session: Session, actor: Actor, limit: int, now: datetime) -> list[AskedSession]:
    rows = sessions.tutor_sessions(session, actor, TutorTab.APPROVALS, now, limit=limit)
    records = student_records.of_askers(session, actor, {row.other_id for row in rows})
    wanted = {row.id: Booked(row.starts_at, _minutes(row)) for row in rows}
    over = availability.limits_reached(session, actor.person_id, wanted, now)
    return [
        _asked(session, row, records[row.other_id], over.get(row.id), actor=actor, now=now) for row in rows
    ]


def _minutes(row: SessionRow) -> int:
    return int((row.ends_at - row.starts_at) / timedelta(minutes=1))


def _asked(
    session: Session,
    row: SessionRow,
    record: StudentRecord,
    over: LimitReached | None,
    *,
    actor: Actor,
    now: datetime,
) -> AskedSession:
    zone, until = actor.timezone, row.answer_until
    times = time_proposals.open_for(session, row.id, now)
    when = span(row.starts_at, row.ends_at, zone)
    return AskedSession(
        session=_taught(row, actor),
        message=row.message,
        until=until.isoformat() if until else "",
        until_words=moment_in_words(until, zone) if until else "",
        courses=[
            f"{course.title}, completed" if course.completed else f"{course.title}, {course.progress}% done"
            for course in record.courses
        ],
        held=_held_words(record.sessions_held),
        proposed=" · ".join(span(one.starts_at, one.ends_at, zone) for one in times),
        over_limit=f"A yes goes over your limit: {over.words}." if over else "",
        fill=json.dumps({"booking": str(row.id), "asked": f"{row.other_name} asks for {when}."}),
    )


def _held_words(sessions_held: int) -> str:
    if not sessions_held:
        return "No session with you yet"
    return "1 session with you" if sessions_held == 1 else f"{sessions_held} sessions with you"


def _coming(row: SessionRow, actor: Actor, now: datetime) -> NextSession:
    zone = actor.timezone
    begins = near_start(row.starts_at, zone, now)
    return NextSession(
        id=str(row.id),
        title=row.title,
        other=row.other_name,
        when=f"{begins} – {clock(row.ends_at, zone)}, {place_of(zone)} time",  # noqa: RUF001 (an en dash)
        starts_at=row.starts_at.isoformat(),
        ends_at=row.ends_at.isoformat(),
        running=row.starts_at <= now,
        join=f"/j/{row.join_token}",
    )


def _taught(row: SessionRow, actor: Actor) -> TaughtSession:
    said, tone = BADGES.get(row.status) or MONEY.get(row.payment_status, ("", "neutral"))
    settings = get_settings()
    parts = price_parts(row.price_kobo, settings.platform_share_percent, FeeBearer(settings.fee_bearer))
    return TaughtSession(
        id=str(row.id),
        title=row.title,
        student=row.other_name,
        initials=initials_of(row.other_name),
        hue=hue_of(row.other_id),
        picture=row.other_avatar,
        when=span(row.starts_at, row.ends_at, actor.timezone),
        starts_at=row.starts_at.isoformat(),
        course=row.course_title,
        badge=said,
        tone=tone,
        received=show_naira(parts.tutor_kobo),
    )
