"""What free times cost: one tutor's month, and the next free time of a whole market of tutors."""

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel, insert

from benchmarks.result import Result
from benchmarks.world import SEED, add_offerings, add_people, make_database
from mentor_ui.db.engine import Database
from mentor_ui.domain.availability_rules import (
    DEFAULT_HORIZON_DAYS,
    BookingLimits,
    BookingRules,
    DateException,
    ExceptionKind,
    Stay,
)
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.slots import (
    DEFAULT_WEEKLY_RANGES,
    Booked,
    Taken,
    TutorHours,
    free_starts,
    open_time,
    quarter_start,
    quarters_between,
)
from mentor_ui.models import (
    AvailabilityException,
    BookedQuarter,
    BusyTime,
    CalendarKind,
    LinkedCalendar,
    MentorshipSession,
    TutorRules,
)
from mentor_ui.services import availability

MARKET = 10_000
TUTORS = 300
"""So many are measured; all of the market would keep the table waiting for a minute."""

ROUNDS = 300
SESSIONS = 40
APPOINTMENTS = 60
"""Of one busy tutor in a month."""

BUDGET_MS = 2.0
RULES = BookingRules(
    buffer_before_minutes=10,
    buffer_after_minutes=15,
    limits=BookingLimits(sessions_day=5, minutes_week=20 * 60),
)
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
"""London's clocks change within the month."""


def measure(folder: Path) -> list[Result]:
    """Time the pure function, the same with its queries, and the sweep over all tutors."""
    return [_tutor_month(), *_market(folder)]


def _milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    taken: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


def _starts(chance: random.Random, count: int, begins: datetime) -> list[datetime]:
    quarters = chance.sample(range(0, DEFAULT_HORIZON_DAYS * 96, 4), count)
    return [begins + timedelta(minutes=15 * quarter) for quarter in sorted(quarters)]


def _tutor_month() -> Result:
    chance = random.Random(SEED)
    sessions = [Taken(at, at + timedelta(hours=1), 10, 15) for at in _starts(chance, SESSIONS, NOON)]
    busy = [Taken(at, at + timedelta(minutes=50)) for at in _starts(chance, APPOINTMENTS, NOON)]
    booked = [Booked(one.starts_at, 60) for one in sessions]
    latest = NOON + timedelta(days=DEFAULT_HORIZON_DAYS)
    hours = TutorHours(
        ZoneInfo("Europe/London"),
        DEFAULT_WEEKLY_RANGES,
        tuple(
            DateException(kind, day, day + timedelta(days=1), 8 * 60, 15 * 60)
            for kind in ExceptionKind
            for day in (date(2026, 3, 12), date(2026, 3, 21), date(2026, 4, 2))
        ),
        (Stay(date(2026, 3, 24), date(2026, 3, 27), "America/New_York"),),
    )

    def work() -> list[datetime]:
        time = open_time(hours, NOON, latest)
        starts = free_starts(
            time,
            RULES,
            duration_minutes=60,
            earliest=NOON,
            latest=latest,
            taken=(*sessions, *busy),
            booked=booked,
        )
        return [quarter_start(start) for start in starts]

    what = f"Free times of a tutor-month ({SESSIONS} sessions, {APPOINTMENTS} appointments)"
    return Result(what, _milliseconds(work), "ms", budget=BUDGET_MS)


def _market(folder: Path) -> list[Result]:
    database = make_database(folder)
    tutors = add_people(database, TUTORS, Role.TUTOR)
    offerings = add_offerings(database, TUTORS, tutors, [])
    student = add_people(database, 1, Role.STUDENT)[0]
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    # Every tenth tutor is as busy as the one above, the others have a few sessions.
    crowded = tutors[::10]
    quiet = [tutor for place, tutor in enumerate(tutors) if place % 10]
    for part, sessions in ((crowded, SESSIONS), (quiet, 3)):
        _book(database, part, student, sessions, now)
    _link(database, crowded, now)
    with database.reading() as session:
        row = session.get_one(MentorshipSession, offerings[0])
        alone = _milliseconds(lambda: availability.free_times(session, row, viewer_id=None, now=now), 100)
    started = time.perf_counter()
    for tutor in tutors:
        with database.transaction() as session:
            availability.refresh_next_free(session, tutor.person_id, now)
    seconds = time.perf_counter() - started
    database.dispose()
    return [
        Result("Free times of such a month with its queries (SQLite)", alone, "ms"),
        Result(
            "Next free time of one tutor, renewed in a transaction (SQLite)", seconds * 1000 / TUTORS, "ms"
        ),
        Result(
            f"Next free time of {MARKET:,} tutors ({TUTORS:,} measured, multiplied)",
            seconds * MARKET / TUTORS,
            "s",
        ),
    ]


def _book(database: Database, tutors: list[Actor], student: Actor, count: int, now: datetime) -> None:
    chance = random.Random(SEED)
    rows: list[dict[str, object]] = []
    claims: list[dict[str, int]] = []
    for tutor in tutors:
        for starts_at in _starts(chance, count, now):
            row = MentorshipSession(
                tutor_id=tutor.person_id,
                student_id=student.person_id,
                title="React Mastery 1:1",
                duration=60,
                price_kobo=500_000,
                status=SessionStatus.SCHEDULED,
                payment_status=PaymentStatus.PAID,
                buffer_before_minutes=RULES.buffer_before_minutes,
                buffer_after_minutes=RULES.buffer_after_minutes,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=1),
            )
            rows.append(row.model_dump())
            claims += [
                {"person_id": tutor.person_id, "quarter": quarter, "session_id": row.id}
                for quarter in quarters_between(starts_at, starts_at + timedelta(hours=1))
            ]
    with database.transaction() as session:
        session.connection().execute(insert(MentorshipSession), rows)
        session.connection().execute(insert(BookedQuarter), claims)


def _link(database: Database, tutors: list[Actor], now: datetime) -> None:
    """Give tutors rules, days away and a calendar that was read just now."""
    chance = random.Random(SEED)
    calendars = {tutor.person_id: new_id() for tutor in tutors}
    today = now.date()
    tables: dict[type[SQLModel], list[SQLModel]] = {
        TutorRules: [
            TutorRules(
                tutor_id=tutor,
                buffer_before_minutes=RULES.buffer_before_minutes,
                buffer_after_minutes=RULES.buffer_after_minutes,
                most_sessions_day=RULES.limits.sessions_day,
                most_minutes_week=RULES.limits.minutes_week,
            )
            for tutor in calendars
        ],
        LinkedCalendar: [
            LinkedCalendar(
                id=number,
                tutor_id=tutor,
                kind=CalendarKind.ICS,
                name="Home",
                secret="",
                # As if it went on being read while the benchmark runs.
                succeeded_at=now + timedelta(days=1),
            )
            for tutor, number in calendars.items()
        ],
        BusyTime: [
            BusyTime(calendar_id=number, tutor_id=tutor, starts_at=at, ends_at=at + timedelta(minutes=50))
            for tutor, number in calendars.items()
            for at in _starts(chance, APPOINTMENTS, now)
        ],
        AvailabilityException: [
            AvailabilityException(
                tutor_id=tutor,
                kind=ExceptionKind.AWAY,
                first_day=today + timedelta(days=day),
                last_day=today + timedelta(days=day + 1),
            )
            for tutor in calendars
            for day in (6, 17)
        ],
    }
    with database.transaction() as session:
        for table, rows in tables.items():
            session.connection().execute(insert(table), [row.model_dump() for row in rows])
