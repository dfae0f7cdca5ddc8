"""The filters in words, and which one to take away when nothing is left."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from mentor_ui.db.engine import Database
from mentor_ui.models import MentorshipSession
from mentor_ui.services import market_figures
from mentor_ui.services.market_choices import chosen, loosest, mentor_name, price_words
from mentor_ui.services.market_filters import MarketFilters
from mentor_ui.services.marketplace import find_offerings
from tests.catalogue import NOW, course, finished, offering, student, tutor


def labels(session: Session, query: str) -> list[str]:
    return [choice.label for choice in chosen(session, None, MarketFilters.from_query(query))]


def test_each_filter_has_its_words(database: Database) -> None:
    with database.transaction() as session:
        tunde = tutor(session)
        react = course(session, tunde, "React from Zero")
        query = (
            f"q=hooks&mentor={tunde.person_id}&minPrice=3000&maxPrice=20000&duration=60&duration=90"
            f"&courseId={react.id}&courseId=7&when=week&sort=price&after=x"
        )
        assert labels(session, query) == [
            "“hooks”",
            "Tunde Bakare",
            "₦3,000 – ₦20,000",  # noqa: RUF001
            "60 min",
            "90 min",
            "React from Zero",
            "A course that is no longer here",
            "Free this week",
        ]
        assert labels(session, "mentor=tun&when=today&minPrice=1") == ["tun", "From ₦1", "Free today"]


def test_each_filter_goes_alone_and_the_order_stays(database: Database) -> None:
    filters = MarketFilters.from_query(
        "q=a&maxPrice=20&duration=60&duration=90&courseId=7&sort=price&after=x"
    )
    with database.reading() as session:
        without = [choice.without for choice in chosen(session, None, filters)]
    first = replace(filters, after="")
    assert without == [
        replace(first, q=""),
        replace(first, max_kobo=None),
        replace(first, durations=(90,)),
        replace(first, durations=(60,)),
        replace(first, course_ids=()),
    ]


def test_courses_of_ones_own_count_only_for_somebody(database: Database) -> None:
    filters = MarketFilters.from_query("mine=completed")
    with database.transaction() as session:
        ada = student(session)
        assert [choice.label for choice in chosen(session, ada, filters)] == ["Courses I completed"]
        assert chosen(session, None, filters) == ()


def test_the_filter_that_hides_most_is_named(database: Database) -> None:
    with database.transaction() as session:
        tunde, ada = tutor(session), student(session)
        react = course(session, tunde)
        finished(session, ada, react)
        offering(session, tunde, "Hooks", minutes=60, naira=5000)
        for title in ("State", "Effects"):
            offering(session, tunde, title, minutes=30, naira=5000)
        wanted = MarketFilters.from_query("duration=30&q=hooks&sort=price")
        found = loosest(session, ada, wanted, NOW)
        assert found is not None
        assert (found.label, found.total_words) == ("“hooks”", "2")
        assert found.without.to_query() == "duration=30&sort=price"
        assert loosest(session, ada, MarketFilters.from_query("duration=180&q=nothing"), NOW) is None


def test_several_courses_or_durations_go_together(database: Database) -> None:
    with database.transaction() as session:
        tunde = tutor(session)
        for minutes in (30, 30, 60):
            offering(session, tunde, "Hooks", minutes=minutes, naira=5000)
        filters = MarketFilters.from_query("courseId=7&courseId=8&duration=30&duration=60&q=hooks")
        found = loosest(session, None, filters, NOW)
        assert found is not None
        assert (found.label, found.total_words) == ("these 2 courses", "3")
        assert found.without.to_query() == "q=hooks&duration=30&duration=60"
        dear = MarketFilters.from_query("duration=90&duration=120&maxPrice=9000")
        found = loosest(session, None, dear, NOW)
        assert found is not None
        assert (found.label, found.without.durations) == ("90 or 120 min", ())


def test_invented_courses_cost_no_walk_through_the_market(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market_figures, "LARGE_MARKET", 1)
    invented = "&".join(f"courseId={number}" for number in range(1, 51))
    filters = MarketFilters.from_query(f"{invented}&minPrice=10")
    statements: list[str] = []
    steps = 0

    def note(*call: Any) -> None:
        statements.append(call[2])

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with database.transaction() as session:
        tunde = tutor(session)
        session.add_all(
            MentorshipSession(
                is_offering=True,
                tutor_id=tunde.person_id,
                student_id=tunde.person_id,
                title=f"Number {index}",
                duration=60,
                price_kobo=500_000,
            )
            for index in range(1500)
        )
        session.flush()
        market_figures.figures(session)
        connection = session.connection()
        driver: Any = connection.connection.driver_connection
        event.listen(connection, "before_cursor_execute", note)
        if database.is_sqlite:
            driver.set_progress_handler(step, 1)
        try:
            assert find_offerings(session, None, filters, NOW).total == 0
            found = loosest(session, None, filters, NOW)
        finally:
            if database.is_sqlite:
                driver.set_progress_handler(None, 1)
            event.remove(connection, "before_cursor_execute", note)
    assert found is not None
    assert found.without.course_ids == ()
    assert len(statements) <= 10
    # One walk past all offerings takes over ten instructions of each.
    assert steps < 15_000


@pytest.mark.parametrize(("mentor", "name"), [("Tun", "Tun"), ("99", "A mentor who is no longer here")])
def test_a_mentor_who_is_not_there_still_has_a_name(database: Database, mentor: str, name: str) -> None:
    with database.reading() as session:
        assert mentor_name(session, mentor) == name


def test_a_price_without_an_upper_end() -> None:
    assert price_words(500_000, None) == "From ₦5,000"
    assert price_words(None, 500_000) == "Up to ₦5,000"
