"""Answers that are given again for some seconds."""

import pytest

from mentor_ui.web.kept_bodies import Body, KeptBodies

BODIES = {number: Body.of({"number": number}) for number in (1, 2, 3)}


@pytest.mark.parametrize(("seconds", "found"), [(3600, BODIES[1]), (0, None)])
def test_a_body_is_given_again_for_so_many_seconds(seconds: float, found: Body | None) -> None:
    kept = KeptBodies(seconds, most=2)
    assert kept.get(1) is None
    kept.put(1, BODIES[1])
    assert kept.get(1) == found


def test_an_old_body_is_given_again_while_nothing_has_changed() -> None:
    kept = KeptBodies(0, most=2)
    kept.put(1, BODIES[1], (1, 7))
    kept.put(2, BODIES[2])
    assert kept.get(1, lambda: (1, 7)) == BODIES[1]
    assert kept.get(1, lambda: (1, 8)) is None
    assert kept.get(1) is None
    assert kept.get(2, lambda: None) is None


def test_the_oldest_body_leaves_first() -> None:
    kept = KeptBodies(3600, most=2)
    for number in (1, 2, 1, 3):
        kept.put(number, BODIES[number])
    assert (kept.get(1), kept.get(2), kept.get(3)) == (BODIES[1], None, BODIES[3])
