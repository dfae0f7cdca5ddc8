"""The demo's data: believable, within the rules, and loaded once."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from mentor_ui import demo_data
from mentor_ui.db.engine import Database
from mentor_ui.domain.availability_rules import ExceptionKind
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, SessionStatus
from mentor_ui.jobs.daily_books import LOOKS_BACK
from mentor_ui.models import Course, LedgerEntry, MentorshipSession, Payment, Person, PersonRole
from mentor_ui.seed import paid_before_kobo, seed
from mentor_ui.services import (
    availability,
    availability_exceptions,
    courses,
    ledger_proof,
    money_figures,
    suggestions,
)
from mentor_ui.services.accounts import verify_sign_in
from mentor_ui.services.marketplace import MarketFilters, find_offerings
from mentor_ui.services.own_offerings import list_own
from mentor_ui.settings import Settings
from tests.catalogue import NOW

TABLES = (
    "person",
    "person_role",
    "course",
    "lesson",
    "enrolment",
    "mentorship_sessions",
    "payment",
    "ledger_entry",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, mentor_home=tmp_path)  # pyright: ignore[reportCallIssue]


def _actor(session: Session, email: str) -> Actor:
    number = session.exec(select(Person.id).where(Person.email == email)).one()
    roles = session.exec(select(PersonRole.role).where(PersonRole.person_id == number)).all()
    return Actor(number, frozenset(Role(role) for role in roles))


def _counts(database: Database) -> dict[str, Any]:
    with database.reading() as session:
        return {
            table: session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in TABLES
        }


def test_the_sandbox_opens_with_what_the_demo_says_was_paid(
    sqlite_database: Database, settings: Settings
) -> None:
    assert paid_before_kobo(sqlite_database) == 0
    seed(sqlite_database, settings, NOW)
    operator = Actor(1, frozenset({Role.ADMIN}))
    with sqlite_database.reading() as session:
        expected_kobo = money_figures.figures(session, operator, NOW).with_paystack_kobo
    assert paid_before_kobo(sqlite_database) == expected_kobo > 0


def test_the_demo_is_loaded_once(database: Database, settings: Settings) -> None:
    assert seed(database, settings, NOW)
    first = _counts(database)
    assert not seed(database, settings, NOW)
    assert _counts(database) == first
    assert first["course"] == len(demo_data.COURSES)


def test_the_demo_is_as_promised(database: Database, settings: Settings) -> None:
    seed(database, settings, NOW)
    with database.reading() as session:
        learner = _actor(session, demo_data.STUDENT)
        for email in (demo_data.TUTOR, demo_data.MENTOR, demo_data.STUDENT, demo_data.ADMIN):
            assert verify_sign_in(session, email=email, password="mentor-demo").person_id
        cards = {card.slug: card for card in courses.list_courses(session, learner)}
        assert (cards[demo_data.REACT].status, cards[demo_data.TYPES].progress) == ("COMPLETED", 50)
        react = session.exec(select(Course).where(Course.slug == demo_data.REACT)).one()
        page = courses.completion_page(session, learner, slug=react.slug)
        assert page.completed_at < NOW
        suggested = suggestions.suggestions(session, learner, course_id=react.id)
        assert len(suggested) == 5
        assert len({row.tutor_name for row in suggested}) == 2
        assert all(row.next_free_at and row.next_free_at > NOW for row in suggested)
        listed = find_offerings(session, learner, MarketFilters(), NOW, 50)
        assert listed.total == len(demo_data.OFFERINGS) - len(demo_data.HIDDEN)
        assert {card.duration_minutes for card in listed.cards} == {30, 45, 60, 90, 120, 180}
        assert {card.price_kobo for card in listed.cards} >= {250_000, 2_500_000}
        assert all(card.next_free_at for card in listed.cards)
        own = list_own(session, _actor(session, demo_data.TUTOR))
        assert {group.slug: group.graduates for group in own.linked} == {
            demo_data.REACT: 5,
            demo_data.TYPES: 2,
        }
        assert own.standalone
        assert own.booked == 7
        held = session.exec(
            select(MentorshipSession).where(
                MentorshipSession.student_id == learner.person_id,
                col(MentorshipSession.is_offering).is_(False),
            )
        ).all()
        assert [row.status for row in held] == [SessionStatus.COMPLETED]
        assert held[0].ends_at < NOW  # pyright: ignore[reportOptionalOperand]


def test_the_demo_shows_dates_rules_and_requests_and_its_card_books_at_once(
    database: Database, settings: Settings
) -> None:
    seed(database, settings, NOW)
    with database.reading() as session:
        teacher = _actor(session, demo_data.TUTOR)
        kinds = [one.kind for one in availability_exceptions.exceptions(session, teacher, NOW)]
        assert kinds == [ExceptionKind.EXTRA, ExceptionKind.AWAY]
        strict = _actor(session, "chidinma.eze@demo.test").person_id
        assert availability.tutor_rules(session, strict).cancellation_policy == CancellationPolicy.STRICT
        offered = session.exec(select(MentorshipSession).where(col(MentorshipSession.is_offering))).all()
        modes = {row.title: row.booking_mode for row in offered}
        assert set(modes.values()) == set(BookingMode)
        react = session.exec(select(Course).where(Course.slug == demo_data.REACT)).one()
        learner = _actor(session, demo_data.STUDENT)
        for row in suggestions.suggestions(session, learner, course_id=react.id):
            assert modes[row.title] == BookingMode.INSTANT


def test_the_demos_books_balance(database: Database, settings: Settings) -> None:
    seed(database, settings, NOW)
    with database.reading() as session:
        assert ledger_proof.verify(session) == []
        # The sandbox never heard of these payments: the daily comparison must not miss them there.
        assert session.exec(select(func.max(Payment.created_at))).one() < NOW - LOOKS_BACK
        assert session.exec(select(func.sum(LedgerEntry.amount_kobo))).one() == 0


@pytest.mark.parametrize("moment", ["2026-03-01T00:30:00+00:00", "2027-12-31T23:59:00+00:00"])
def test_the_demo_can_be_loaded_on_any_day(
    sqlite_database: Database, settings: Settings, moment: str
) -> None:
    assert seed(sqlite_database, settings, datetime.fromisoformat(moment))


def test_production_takes_no_demo_data(sqlite_database: Database, settings: Settings) -> None:
    production = settings.model_copy(update={"mentor_mode": "production"})
    with pytest.raises(NotAllowed):
        seed(sqlite_database, production, NOW)
    assert _counts(sqlite_database)["person"] == 0
