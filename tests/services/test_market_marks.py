"""Searches for words together with all else, beside a filter in Python that reads every row."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.words import words_of
from mentor_ui.models import MentorshipSession
from mentor_ui.services import market_figures, market_marks, market_search, offerings
from mentor_ui.services.market_filters import CHEAPEST, DEAREST, NEWEST
from mentor_ui.services.marketplace import MarketFilters, find_offerings
from tests.catalogue import NOW, offering, tutor

WORDS = ("alpha", "alphabet", "beta", "gamma", "delta")
LENGTHS = (30, 45, 60, 90, 120, 180)
NAIRA = (500, 999, 1_000, 1_001, 4_999, 5_000, 5_001, 9_000, 19_999, 20_000, 199_999, 250_000)
PAGE = 5


def _mixed_market(session: Session, chance: random.Random, count: int = 400) -> list[MentorshipSession]:
    teacher = tutor(session).person_id
    rows: list[MentorshipSession] = []
    for place in range(count):
        words = " ".join(chance.sample(WORDS, chance.choice((1, 2, 2, 3))))
        row = MentorshipSession(
            is_offering=True,
            tutor_id=teacher,
            student_id=teacher,
            title=words,
            search_text=words,
            duration=chance.choice(LENGTHS),
            price_kobo=chance.choice(NAIRA) * 100,
            published=chance.random() < 0.9,
            # As identifiers are, so that the newest are those made last; some share a moment.
            created_at=NOW - timedelta(days=(count - place) // 3),
        )
        rows.append(row)
    session.add_all(rows)
    session.flush()
    return rows


def _naive(rows: list[MentorshipSession], filters: MarketFilters) -> list[str]:
    wanted = words_of(filters.q)
    lowest, highest = filters.min_kobo or 0, filters.max_kobo or 10**12
    found = [
        row
        for row in rows
        if row.published
        and all(any(one.startswith(word) for one in row.search_text.split()) for word in wanted)
        and lowest <= row.price_kobo <= highest
        and (not filters.durations or row.duration in filters.durations)
    ]

    def key(row: MentorshipSession) -> tuple[datetime | int, int]:
        return (row.created_at if filters.sort == NEWEST else row.price_kobo, row.id)

    found.sort(key=key, reverse=filters.sort != CHEAPEST)
    return [str(row.id) for row in found]


def _asked(chance: random.Random, sort: str) -> MarketFilters:
    low, high = sorted(chance.sample(NAIRA, 2))
    return MarketFilters(
        q=" ".join(
            chance.choice(("al", "alpha", "beta", "gam", "d")) for _ in range(chance.choice((1, 1, 2)))
        ),
        min_kobo=low * 100 if chance.random() < 0.6 else None,
        max_kobo=high * 100 if chance.random() < 0.6 else None,
        durations=tuple(sorted(chance.sample(LENGTHS, chance.choice((0, 0, 1, 2, 6))))),
        sort=sort,
    )


@pytest.mark.parametrize("sort", [NEWEST, CHEAPEST, DEAREST])
@pytest.mark.parametrize("gathered", [0, 20])
def test_every_page_holds_what_reading_all_rows_gives(
    database: Database, monkeypatch: pytest.MonkeyPatch, sort: str, gathered: int
) -> None:
    chance = random.Random(f"{sort} {gathered}")
    monkeypatch.setattr(market_figures, "LARGE_MARKET", 1)
    monkeypatch.setattr(market_marks, "PAGES_GATHERED", gathered)
    # So that neither a walk nor a look at the nearest answers before the marks are asked.
    monkeypatch.setattr(market_search, "READ_INDEX", 0)
    monkeypatch.setattr(market_search, "MOST_NEAR", 1)
    found_some = 0
    with database.transaction() as session:
        rows = _mixed_market(session, chance)
        for _ in range(12):
            filters = _asked(chance, sort)
            expected, seen = _naive(rows, filters), list[str]()
            for _ in range(len(expected) // PAGE + 1):
                page = find_offerings(session, None, filters, NOW, PAGE)
                seen += [card.id for card in page.cards]
                if not page.next_cursor:
                    break
                filters = MarketFilters.from_query(f"{filters.to_query()}&after={page.next_cursor}")
            assert seen == expected, filters
            found_some += len(expected) > PAGE
    assert found_some > 3


def test_a_changed_price_or_length_is_found_under_the_new_one_only(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market_figures, "LARGE_MARKET", 1)
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher, "Elixir", minutes=30, naira=3000)

        def finds(query: str) -> bool:
            filters = MarketFilters.from_query(f"q=elixir&{query}")
            return bool(find_offerings(session, None, filters, NOW).cards)

        before = ("maxPrice=3500", "duration=30", "duration=30&minPrice=2500&maxPrice=3500")
        after = ("minPrice=20000", "duration=90", "duration=90&minPrice=20000&maxPrice=40000")
        assert all(map(finds, before))
        assert not any(map(finds, after))
        draft = offerings.OfferingDraft(title="Elixir", duration_minutes=90, price=30_000)
        offerings.update(session, teacher, offering_id=number, draft=draft, now=NOW)
        assert not any(map(finds, before))
        assert all(map(finds, after))
        offerings.hide(session, teacher, offering_id=number, now=NOW)
        assert not any(map(finds, after))


def test_nobody_finds_an_offering_by_its_marks(database: Database) -> None:
    with database.transaction() as session:
        offering(session, tutor(session), "Elixir", minutes=60, naira=5000)
        for word in ("_l60", "l60", "_p8", "p8", "_", "l", "_w"):
            page = find_offerings(session, None, MarketFilters(q=f"elixir {word}"), NOW)
            assert not page.cards or not words_of(word), word


def _stored_marks(database: Database, session: Session) -> dict[int, set[str]]:
    if not database.is_sqlite:
        rows = session.connection().execute(
            text("SELECT id, tsvector_to_array(fts_words) FROM mentorship_sessions")
        )
        return {row[0]: {word for word in row[1] if word.startswith("_")} for row in rows}
    rows = session.connection().execute(text("SELECT id, search_text FROM fts_offering_live"))
    return {row[0]: {word for word in row[1].split() if word.startswith("_")} for row in rows}


def test_the_schema_makes_the_marks_that_searches_ask_for(database: Database) -> None:
    edges = [kobo + more for kobo in market_marks.PRICE_STEPS_KOBO for more in (-1, 0, 1)]
    with database.transaction() as session:
        teacher = tutor(session).person_id
        session.add_all(
            MentorshipSession(
                is_offering=True,
                tutor_id=teacher,
                student_id=teacher,
                title="Any",
                duration=60,
                price_kobo=kobo,
                created_at=NOW + timedelta(hours=place * 7),
            )
            for place, kobo in enumerate((0, *edges, 10**9))
        )
        session.flush()
        stored = _stored_marks(database, session)
        rows = session.exec(select(MentorshipSession)).all()
        assert len(rows) == len(edges) + 2
        for row in rows:
            step = market_marks.price_step(row.price_kobo)
            expected = {"_l60", f"_p{step}", f"_l60p{step}"}
            if not database.is_sqlite:
                expected |= set(market_marks.week_marks([market_marks.week_of(row.created_at)]))
            assert stored[row.id] == expected


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_steps_of_a_range_hold_all_its_prices(one: int, other: int, kobo: int) -> None:
    lowest, highest = sorted((one, other))
    steps = market_marks.price_steps(lowest, highest)
    assert (not lowest <= kobo <= highest) or market_marks.price_step(kobo) in steps
    bottom, top = market_marks.limits_of((market_marks.price_step(kobo),))
    assert (bottom or 0) <= kobo
    assert top is None or kobo <= top


@given(st.datetimes(datetime(2025, 1, 1), datetime(2080, 1, 1)))  # noqa: DTZ001
def test_a_week_ends_after_its_moments_and_begins_where_the_last_one_ended(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    week = market_marks.week_of(aware)
    assert market_marks.end_of(week - 1) <= aware < market_marks.end_of(week)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=80), st.integers(1, 24))
def test_stretches_lead_through_every_place_once(counts: list[int], limit: int) -> None:
    places = range(len(counts))
    cut = list(market_marks.stretches(places, lambda place: counts[place], limit))
    assert [place for some, _ in cut for place in some] == list(places)
    assert [is_last for _, is_last in cut[:-1]] == [False] * (len(cut) - 1)
    assert all(len(some) <= market_marks.MOST_MARKS for some, is_last in cut if not is_last)
