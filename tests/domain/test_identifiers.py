"""Identifiers: distinct, in order, and read back from text only when they are one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mentor_ui.domain.identifiers import new_id, parse_id


def test_identifiers_of_many_threads_are_distinct_and_rise() -> None:
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: [new_id() for _ in range(500)], range(8)))
    made = [number for batch in batches for number in batch]
    assert len(set(made)) == len(made)
    assert all(batch == sorted(batch) for batch in batches)
    assert all(0 < number < 2**63 for number in made)


def test_an_identifier_reads_back() -> None:
    number = new_id()
    assert parse_id(str(number)) == parse_id(number) == number


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "1.0", "abc", "\uff11\uff12", "9" * 19, "9" * 40, None, True, [1], 2**63]
)
def test_what_is_no_identifier_is_none(text: object) -> None:
    assert parse_id(text) is None
