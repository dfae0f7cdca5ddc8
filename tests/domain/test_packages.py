"""What each session of a package is worth: together exactly its price."""

from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain.packages import Saving, next_number, part_kobo, parts_kobo, saving


@given(st.integers(50_000, 1_000_000_000), st.integers(2, 50))
def test_the_parts_of_a_package_are_its_price(price_kobo: int, sessions: int) -> None:
    parts = [part_kobo(price_kobo, sessions, number) for number in range(1, sessions + 1)]
    assert sum(parts) == price_kobo == parts_kobo(price_kobo, sessions, range(1, sessions + 1))
    assert max(parts) - min(parts) <= 1
    assert min(parts) > 0


def test_a_package_is_compared_with_single_sessions() -> None:
    assert saving(1_200_000, 3, 500_000) == Saving(each_kobo=400_000, saved_kobo=300_000)
    assert saving(1_000_000, 3, 500_000) == Saving(each_kobo=333_334, saved_kobo=500_000)
    assert saving(1_000_000, 2, 400_000) == Saving(each_kobo=500_000, saved_kobo=0)


def test_the_next_session_is_the_first_that_does_not_count_as_used() -> None:
    assert next_number(3, set()) == 1
    assert next_number(3, {1, 3}) == 2
    assert next_number(3, {1, 2, 3}) is None
