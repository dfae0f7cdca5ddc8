"""What a student's dashboard shows, read from the database and put into words."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from mentor_ui.components.calendar_menu import CalendarWays
from mentor_ui.components.next_session import NextSession
from mentor_ui.domain.local_time import moment_in_words, span
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.pages.session_words import SessionLine, calendar_ways, next_session, session_line
from mentor_ui.pages.student.credit_shown import CreditBoard, read_credit_board
from mentor_ui.services import courses, sessions, time_proposals
from mentor_ui.services.sessions import SessionRow, StudentTab
from mentor_ui.settings import get_settings

NOTHING_NEXT = NextSession()
NO_WAYS = CalendarWays()


@dataclass(frozen=True)
class OtherTime:
    """A time that the tutor proposes instead, in the student's zone."""

    id: str
    when: str


@dataclass(frozen=True)
class AskedLine:
    """A request or a hold: what waits for the tutor, is to be paid, or came to nothing.

    Attributes:
        asked: Whether it was asked for first.
        message: What the student wrote.
        until: When its stage ends, ISO 8601 UTC.
        until_words: The same, in the student's zone.
        times: What the tutor proposes instead.
        times_note: What the tutor wrote to them.
        times_until: Until when one can be chosen, in words.
        reason: Why it came to nothing.
    """

    line: SessionLine
    asked: bool
    message: str
    until: str
    until_words: str
    times: list[OtherTime]
    times_note: str
    times_until: str
    reason: str


@dataclass(frozen=True)
class FinishedCourse:
    """A course the student finished, and where its mentors are."""

    title: str
    tutor: str
    mentors: str


@dataclass(frozen=True)
class Dashboard:
    """All lists of the page, with how many sessions each has in all."""

    next: NextSession = NOTHING_NEXT
    ways: CalendarWays = NO_WAYS
    upcoming: list[SessionLine] = field(default_factory=list)
    to_pay: list[AskedLine] = field(default_factory=list)
    awaiting: list[AskedLine] = field(default_factory=list)
    history: list[SessionLine] = field(default_factory=list)
    declined: list[AskedLine] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    finished: list[FinishedCourse] = field(default_factory=list)
    credit: CreditBoard = field(default_factory=CreditBoard)


def read_dashboard(session: Session, actor: Actor, now: datetime) -> Dashboard:
    """Return a student's sessions in words.

    Args:
        session: For reading.
        actor: The student.
        now: The present moment.
    """

    def lines(tab: StudentTab) -> list[SessionLine]:
        found = sessions.student_sessions(session, actor, tab, now)
        return [session_line(row, actor.timezone) for row in found]

    def asked(tab: StudentTab) -> list[AskedLine]:
        found = sessions.student_sessions(session, actor, tab, now)
        return [_asked_line(session, row, actor.timezone, now) for row in found]

    upcoming = sessions.next_session(session, actor, now)
    return Dashboard(
        next=next_session(upcoming, actor.timezone, now),
        ways=calendar_ways(upcoming, get_settings().public_url),
        upcoming=lines(StudentTab.UPCOMING),
        to_pay=asked(StudentTab.READY_TO_PAY),
        awaiting=asked(StudentTab.AWAITING_APPROVAL),
        history=lines(StudentTab.HISTORY),
        declined=asked(StudentTab.DECLINED),
        counts=sessions.student_counts(session, actor, now),
        credit=read_credit_board(session, actor, now),
        finished=[
            FinishedCourse(card.title, card.tutor_name, f"/mentorship?courseId={card.id}")
            for card in courses.list_courses(session, actor)
            if card.status == "COMPLETED"
        ],
    )


def _asked_line(session: Session, row: SessionRow, zone: str, now: datetime) -> AskedLine:
    waits = row.status == SessionStatus.PENDING_MENTOR_REVIEW
    until = row.answer_until if waits else row.hold_expires_at
    times = time_proposals.open_for(session, row.id, now) if waits else []
    return AskedLine(
        line=session_line(row, zone),
        asked=row.asked,
        message=row.message,
        until=until.isoformat() if until else "",
        until_words=moment_in_words(until, zone) if until else "",
        times=[OtherTime(str(one.id), span(one.starts_at, one.ends_at, zone)) for one in times],
        times_note=times[0].message if times else "",
        times_until=moment_in_words(times[0].expires_at, zone) if times else "",
        reason=row.decline_reason,
    )
