"""The choices of the filter panel."""

import itertools

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.models import Enrolment
from mentor_ui.services import market_facets, market_figures
from tests.catalogue import NOW, course, finished, offering, person, student, tutor
from tests.waiting import within


def test_choices_count_live_offerings(database: Database) -> None:
    with database.transaction() as session:
        teacher = person(session, "Tunde Bakare", Role.TUTOR, Role.STUDENT)
        other = tutor(session, "Amina Yusuf")
        react, types = course(session, teacher), course(session, other, "TypeScript")
        bare = course(session, other, "Nobody helps")
        for index in range(2):
            offering(session, teacher, f"React {index}", linked_to=react, naira=4000 + index)
        offering(session, other, "Types", linked_to=types, naira=9000)
        offering(session, other, "Hidden", linked_to=types, naira=90_000, published=False)
        offering(session, other, "Alone", naira=5000, now=NOW)
        learner = student(session)
        finished(session, learner, react)
        finished(session, learner, bare)
        session.add(Enrolment(student_id=learner.person_id, course_id=types.id))
        session.flush()
        panel = market_facets.facets(session, learner)
        assert [(row.title, row.offerings) for row in panel.courses] == [
            ("React from Zero", 2),
            ("TypeScript", 1),
        ]
        assert [(row.name, row.offerings) for row in panel.mentors] == [
            ("Amina Yusuf", 2),
            ("Tunde Bakare", 2),
        ]
        assert (panel.lowest_kobo, panel.highest_kobo) == (400_000, 900_000)
        assert [row.title for row in panel.completed] == ["Nobody helps", "React from Zero"]
        assert [row.title for row in panel.taking] == ["TypeScript"]
        assert [row.name for row in market_facets.facets(session, teacher).mentors] == ["Amina Yusuf"]
        assert market_facets.facets(session, None).completed == ()


def test_an_empty_market_has_no_choices(database: Database) -> None:
    with database.reading() as session:
        assert market_facets.facets(session, None) == market_facets.Facets((), (), (), (), 0, 0, ())


def test_a_large_market_is_counted_now_and_then_and_by_nobodys_request(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market_figures, "LARGE_MARKET", 1)
    with database.transaction() as session:
        teacher = tutor(session)
        offering(session, teacher)
    with database.reading() as session:
        first = market_facets.facets(session, None)
    with database.transaction() as session:
        offering(session, teacher)
    with database.reading() as session:
        assert market_facets.facets(session, None) == first
        monkeypatch.setattr(market_figures, "KEPT_SECONDS", -1.0)
        assert market_facets.facets(session, None) == first, "the old ones, while new ones are counted"
        monkeypatch.setattr(market_figures, "KEPT_SECONDS", 60.0)

    def counted_again() -> bool:
        with database.reading() as session:
            return market_facets.facets(session, None).mentors[0].offerings == 2

    assert within(30, counted_again)


def test_prices_are_spread_over_bars_of_one_round_width() -> None:
    bars = market_facets.price_bars(
        [(300_000, 4), (500_000, 30), (510_000, 6), (900_000, 59), (90_000_000, 1)]
    )
    assert len(bars) <= market_facets.BARS
    assert sum(bar.offerings for bar in bars) == 100
    assert bars[0].lowest_kobo == 300_000
    assert bars[-1] == market_facets.PriceBar(900_000, None, 60), "the last one holds the dearer ones too"
    widths = {bar.below_kobo - bar.lowest_kobo for bar in bars if bar.below_kobo}
    assert widths == {50_000}
    assert all(one.below_kobo == other.lowest_kobo for one, other in itertools.pairwise(bars))


def test_one_price_has_no_bars() -> None:
    assert market_facets.price_bars([]) == ()
    assert market_facets.price_bars([(500_000, 9)]) == ()
