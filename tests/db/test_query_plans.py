"""What runs for every visitor or every few seconds finds its rows by an index, on both databases."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlmodel import Session, select

from mentor_ui.db.engine import Database
from mentor_ui.models import MentorshipSession, PackagePurchase
from mentor_ui.services import (
    analytics,
    availability,
    bookings,
    calendar_feeds,
    market_facets,
    market_figures,
    marketplace,
    meetings,
    own_offerings,
    package_ends,
    request_ends,
    sessions,
    suggestions,
    unspent_money,
)
from mentor_ui.services.market_filters import MarketFilters
from tests.booked import make_booking
from tests.world import FREE_TIME, NOON, Pair, make_pair

Work = Callable[[Session, Pair], object]

WORK: dict[str, Work] = {
    "holds that ran out": lambda session, _pair: bookings.lapse_expired(session, NOON),
    "sessions that begin or end": lambda session, _pair: bookings.advance_clock(session, NOON),
    "rooms to be made": lambda session, _pair: meetings.rooms_due(session),
    "a student's holds": lambda session, pair: bookings.live_holds(session, pair.student.person_id, NOON),
    "a student's sessions": lambda session, pair: sessions.student_sessions(
        session, pair.student, sessions.StudentTab.UPCOMING, NOON
    ),
    "a person's calendar feed": lambda session, pair: calendar_feeds.booked_sessions(
        session, pair.student.person_id, NOON
    ),
    "a student's counts": lambda session, pair: sessions.student_counts(session, pair.student, NOON),
    "a tutor's sessions": lambda session, pair: sessions.tutor_sessions(
        session, pair.tutor, sessions.TutorTab.UPCOMING, NOON
    ),
    "a tutor's counts": lambda session, pair: sessions.tutor_counts(session, pair.tutor, NOON),
    "requests that nobody answered": lambda session, _pair: request_ends.lapse_unanswered(
        session, NOON, public_url=""
    ),
    "approved requests that nobody paid for": lambda session, _pair: request_ends.tell_unpaid(
        session, NOON, public_url=""
    ),
    "the next session": lambda session, pair: sessions.next_session(session, pair.student, NOON),
    "a tutor's month": lambda session, pair: analytics.tutor_month(session, pair.tutor, now=NOON),
    "a tutor's offerings": lambda session, pair: own_offerings.list_own(session, pair.tutor),
    "tutors whose soonest time is due": lambda session, _pair: availability.stale_tutors(session, NOON, 10),
    "whether a time is open": lambda session, pair: availability.is_open(
        session, session.get_one(MentorshipSession, pair.offering_id), starts_at=FREE_TIME, now=NOON
    ),
    "free times": lambda session, pair: availability.free_times(
        session,
        session.get_one(MentorshipSession, pair.offering_id),
        viewer_id=pair.student.person_id,
        now=NOON,
    ),
    "the soonest free time": lambda session, pair: availability.refresh_next_free(
        session, pair.tutor.person_id, NOON
    ),
}


MONEY_WORK: dict[str, tuple[str, Work]] = {
    "money whose payer has said nothing": (
        "payment",
        lambda session, _pair: unspent_money.overdue(session, NOON),
    ),
    "packages whose rest goes back": (
        "package_purchase",
        lambda session, _pair: package_ends.due(session, NOON),
    ),
    "packages of an offering": (
        "package_purchase",
        lambda session, pair: session.exec(
            select(PackagePurchase.id).where(PackagePurchase.offering_id == pair.offering_id)
        ).all(),
    ),
}


def plan_of(database: Database, connection: Connection, statement: str, parameters: Any) -> str:
    """Return how the database would answer a statement."""
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)
    return "\n".join(str(tuple(row)) for row in rows)


def statements_of(
    database: Database, work: Work, pair: Pair, table: str = "mentorship_sessions"
) -> list[tuple[str, Any]]:
    """Return the SELECTs on a table that a piece of work sends, with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        _, _, statement, parameters, _, _ = call
        if statement.lstrip().startswith("SELECT") and table in statement:
            sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        with database.transaction() as session:
            work(session, pair)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return sent


@pytest.mark.parametrize("name", WORK)
def test_no_hot_query_reads_the_whole_table_of_sessions(database: Database, name: str) -> None:
    pair = make_pair(database)
    statements = statements_of(database, WORK[name], pair)
    assert statements
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            # So small a table is read whole unless that is forbidden.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in statements:
            plan = plan_of(database, connection, statement, parameters)
            assert "SCAN mentorship_sessions" not in plan.replace("Seq Scan on", "SCAN"), plan


@pytest.mark.parametrize("name", MONEY_WORK)
def test_no_sweep_of_money_reads_what_was_settled_long_ago(database: Database, name: str) -> None:
    table, work = MONEY_WORK[name]
    statements = statements_of(database, work, make_pair(database), table)
    assert statements
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in statements:
            plan = plan_of(database, connection, statement, parameters)
            assert f"SCAN {table}" not in plan.replace("Seq Scan on", "SCAN"), plan
            assert "ix_" in plan, plan


def a_market(database: Database, pair: Pair, count: int = 1500) -> None:
    """Add offerings, of which 30 are free today, half later, and half never."""
    with database.transaction() as session:
        session.add_all(
            MentorshipSession(
                is_offering=True,
                tutor_id=pair.tutor.person_id,
                student_id=pair.tutor.person_id,
                title=f"Number {place}",
                search_text=f"number {place}",
                duration=60,
                price_kobo=500_000,
                next_free_at=NOON + timedelta(hours=1)
                if place % 50 == 0
                else (NOON + timedelta(days=9, minutes=place), None)[place % 2],
                created_at=NOON - timedelta(minutes=place),
            )
            for place in range(count)
        )
    with database.engine.begin() as connection:
        connection.execute(text("ANALYZE"))


MARKET_FILTERS = (
    "",
    "q=number",
    "q=number+7",
    "mentor=ada",
    "minPrice=4000&maxPrice=6000",
    "duration=60&duration=90",
    "courseId=1&courseId=2",
    "mine=completed",
    "when=today",
    "when=week",
    "q=number&duration=60&maxPrice=9000&when=week",
    "minPrice=1000&duration=60&when=today&courseId=1",
)
ORDERS = ("newest", "soonest", "price", "price_desc")


@pytest.mark.parametrize("is_large", [False, True])
def test_no_filter_of_the_marketplace_reads_the_whole_table(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, is_large: bool
) -> None:
    monkeypatch.setattr(market_figures, "LARGE_MARKET", 1 if is_large else 10_000)
    pair = make_pair(database)
    a_market(database, pair)
    viewers = (None, pair.student, pair.tutor)

    def look(session: Session, _pair: Pair) -> None:
        for viewer in viewers:
            for query in MARKET_FILTERS:
                for order in ORDERS:
                    filters = MarketFilters.from_query(f"{query}&sort={order}")
                    first = marketplace.find_offerings(session, viewer, filters, NOON, 5)
                    after = replace(filters, after=first.next_cursor)
                    marketplace.find_offerings(session, viewer, after, NOON, 5)
            market_facets.facets(session, viewer)
        suggestions.suggestions(session, pair.student, course_id=1)

    sent = dict(statements_of(database, look, pair))
    assert len(sent) > 50
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, values in sent.items():
            for line in plan_of(database, connection, statement, values).splitlines():
                reads = re.search(r"SCAN (mentorship_sessions|held|s)\b(?! USING)|Seq Scan on", line)
                assert not reads, f"{statement}\n{line}"


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "ix_live_recent"),
        ("minPrice=3000&maxPrice=9000&duration=60", "ix_live_recent"),
        ("sort=price&minPrice=3000", "ix_live_price"),
        ("sort=price_desc", "ix_live_price"),
        ("sort=soonest", "ix_live_soonest"),
        ("when=today&sort=soonest", "ix_live_soonest"),
        ("q=number", "fts_offering"),
    ],
)
def test_each_order_is_read_from_its_index_alone(sqlite_database: Database, query: str, index: str) -> None:
    pair = make_pair(sqlite_database)
    a_market(sqlite_database, pair)
    filters = MarketFilters.from_query(query)
    pages: list[marketplace.Page] = []
    sent = statements_of(
        sqlite_database,
        lambda session, _: pages.append(marketplace.find_offerings(session, None, filters, NOON)),
        pair,
        table=index,
    )
    assert len(pages[0].cards) == 24
    with sqlite_database.engine.begin() as connection:
        plans = [plan_of(sqlite_database, connection, *one) for one in sent]
    assert plans
    for plan in plans:
        assert "TEMP B-TREE" not in plan, plan
        assert "COVERING INDEX" in plan or "VIRTUAL TABLE" in plan, plan


def test_a_crowd_under_way_does_not_keep_later_sessions_from_beginning(database: Database) -> None:
    pair = make_pair(database)
    for number in range(4):
        make_booking(database, pair, NOON - timedelta(minutes=50 - number))
    for _ in range(2):
        with database.transaction() as session:
            moved = bookings.advance_clock(session, NOON, limit=2)
        assert moved == 2
