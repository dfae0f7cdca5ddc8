"""The marketplace's filters in the address: lenient to read, one way to write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain.slots import DURATIONS_MINUTES
from mentor_ui.services.market_cursor import Cursor
from mentor_ui.services.market_filters import SORTS, MarketFilters


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("?q=+react++native+", "q=react+native"),
        ("minPrice=20000&maxPrice=3000", "minPrice=3000&maxPrice=20000"),
        ("minPrice=%E2%82%A63%2C000.50", "minPrice=3000.50"),
        ("minPrice=-5&maxPrice=lots", ""),
        ("minPrice=NaN&maxPrice=Infinity", ""),
        ("duration=90&duration=60&duration=61&duration=60", "duration=60&duration=90"),
        ("courseId=7&courseId=x&courseId=7&courseId=-1&courseId=9", "courseId=7&courseId=9"),
        ("courseId=99999999999999999999", ""),
        ("mine=everything&when=never&sort=random", ""),
        ("mine=COMPLETED&when=week&sort=soonest", "mine=completed&when=week&sort=soonest"),
        ("sort=newest", ""),
        ("unknown=1&page=2", ""),
        ("q=%00%00&mentor=Amina", "mentor=Amina"),
    ],
)
def test_queries_are_read_leniently_and_written_in_one_way(query: str, canonical: str) -> None:
    filters = MarketFilters.from_query(query)
    assert filters.to_query() == canonical
    assert MarketFilters.from_query(canonical) == filters


KNOWN = st.sampled_from(
    ["q", "mentor", "minPrice", "maxPrice", "duration", "courseId", "mine", "when", "sort", "after"]
)


@given(st.lists(st.tuples(KNOWN, st.text(max_size=150) | st.sampled_from(["60", "5000", "week", "soonest"]))))
def test_anything_can_be_read_and_comes_back_the_same(pairs: list[tuple[str, str]]) -> None:
    filters = MarketFilters.from_pairs(pairs)
    assert set(filters.durations) <= set(DURATIONS_MINUTES)
    assert filters.sort in SORTS
    assert filters.min_kobo is None or filters.max_kobo is None or filters.min_kobo <= filters.max_kobo
    assert MarketFilters.from_query(filters.to_query()) == filters


@given(st.text(max_size=80))
def test_a_strange_cursor_is_none_or_of_the_kinds_asked_for(text: str) -> None:
    found = Cursor.parse(text, "recent", "soon")
    assert found is None or found.kind in {"recent", "soon"}


@given(st.integers(0, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_cursors_come_back_the_same(value: int, number: int) -> None:
    cursor = Cursor("cheap", value, number)
    assert Cursor.parse(str(cursor), "cheap") == cursor
    assert Cursor.parse(str(cursor), "dear") is None
