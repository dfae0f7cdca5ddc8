"""From what was seen of a session to a proposed verdict."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain.attendance import (
    Party,
    Proposal,
    Reason,
    Sight,
    Sighting,
    Verdict,
    enough_of,
    propose,
)

STARTS = datetime(2026, 11, 25, 10, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=1)
LATER = ENDS + timedelta(hours=2)

T, S, G = Party.TUTOR, Party.STUDENT, Party.GUEST


def saw(sight: Sight, who: Party, minute: float, name: str = "") -> Sighting:
    return Sighting(sight, who, STARTS + timedelta(minutes=minute), name)


def judged(*seen: Sighting, now: datetime = LATER) -> Proposal:
    found = propose(seen, starts_at=STARTS, ends_at=ENDS, now=now)
    assert found is not None
    return found


def stay(who: Party, came: float, left: float, name: str = "") -> list[Sighting]:
    return [saw(Sight.JOINED, who, came, name), saw(Sight.LEFT, who, left, name)]


def beats(who: Party, first: int, last: int) -> list[Sighting]:
    return [saw(Sight.PAGE, who, minute) for minute in range(first, last)]


@pytest.mark.parametrize(
    ("seen", "verdict", "reason"),
    [
        ([*stay(T, -5, 58), *stay(S, 2, 57)], Verdict.HELD, Reason.TOGETHER),
        ([*stay(T, 0, 5), *stay(T, 7, 20), *stay(S, 1, 20)], Verdict.HELD, Reason.TOGETHER),
        # The end of the meeting is the end of every stay that nobody saw ending.
        (
            [saw(Sight.JOINED, T, 0), saw(Sight.JOINED, S, 5), saw(Sight.ENDED, G, 40)],
            Verdict.HELD,
            Reason.TOGETHER,
        ),
        # Under a name that says nothing, but only two people have the link.
        ([*stay(T, 0, 60), *stay(G, 3, 55, "iPhone")], Verdict.HELD, Reason.TOGETHER),
        ([*stay(G, 0, 60, "Galaxy"), *stay(G, 3, 55, "iPhone")], Verdict.HELD, Reason.TOGETHER),
        ([saw(Sight.LED_IN, T, 0), saw(Sight.LED_IN, S, 1)], Verdict.HELD, Reason.BOTH_LED_IN),
        (stay(T, -3, 25), Verdict.STUDENT_ABSENT, Reason.WAITED_ALONE),
        (stay(S, -3, 25), Verdict.TUTOR_ABSENT, Reason.WAITED_ALONE),
        (
            [saw(Sight.LED_IN, S, 0), *beats(S, 0, 20)],
            Verdict.TUTOR_ABSENT,
            Reason.WAITED_ALONE,
        ),
        (stay(T, 0, 4), Verdict.UNKNOWN, Reason.LEFT_EARLY),
        ([], Verdict.UNKNOWN, Reason.NOBODY_SEEN),
        ([*stay(T, 0, 9), *stay(S, 7, 9)], Verdict.NETWORK_FAILURE, Reason.CUT_SHORT),
        (
            [*stay(T, 0, 50), *(saw(Sight.LED_IN, S, minute) for minute in (1, 4, 9))],
            Verdict.NETWORK_FAILURE,
            Reason.CUT_SHORT,
        ),
        ([*stay(T, 0, 15), *stay(S, 30, 45)], Verdict.UNKNOWN, Reason.MISSED_EACH_OTHER),
        ([*stay(T, 0, 50), *beats(S, 0, 3)], Verdict.UNKNOWN, Reason.MISSED_EACH_OTHER),
        (stay(G, 0, 50, "iPhone"), Verdict.UNKNOWN, Reason.UNNAMED_GUEST),
        # The day before, somebody tried the room.
        (stay(T, -1500, -1440), Verdict.UNKNOWN, Reason.NOBODY_SEEN),
    ],
)
def test_what_was_seen_says(seen: list[Sighting], verdict: Verdict, reason: Reason) -> None:
    found = judged(*seen)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_one_click_and_one_arrival_are_one_try() -> None:
    found = judged(saw(Sight.LED_IN, S, 30), *stay(S, 31, 45), saw(Sight.LED_IN, T, 0), *stay(T, 1, 14))
    assert found.reason == Reason.MISSED_EACH_OTHER


def test_before_the_end_only_a_session_that_was_held_is_judged() -> None:
    half = STARTS + timedelta(minutes=30)
    alone = propose(stay(T, 0, 25), starts_at=STARTS, ends_at=ENDS, now=half)
    together = [saw(Sight.JOINED, T, 0), saw(Sight.JOINED, S, 5)]
    assert alone is None
    assert judged(*together, now=half).together == timedelta(minutes=25)


def test_a_short_session_needs_less() -> None:
    assert enough_of(timedelta(minutes=15)) == timedelta(minutes=5)
    assert enough_of(timedelta(hours=2)) == timedelta(minutes=10)


sightings = st.builds(
    saw,
    st.sampled_from(Sight),
    st.sampled_from(Party),
    st.integers(-40, 100),
    st.sampled_from(["", "iPhone", "Galaxy"]),
)
MIRROR = {T: S, S: T, G: G}
MIRRORED = {
    **{verdict: verdict for verdict in Verdict},
    Verdict.STUDENT_ABSENT: Verdict.TUTOR_ABSENT,
    Verdict.TUTOR_ABSENT: Verdict.STUDENT_ABSENT,
}


@given(st.lists(sightings, max_size=25), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_the_verdict(
    seen: list[Sighting], chance: random.Random
) -> None:
    mixed = [*seen, *chance.sample(seen, k=len(seen) // 2)]
    chance.shuffle(mixed)
    assert judged(*mixed) == judged(*seen)


@given(st.lists(sightings, max_size=25))
def test_tutor_and_student_are_judged_alike(seen: list[Sighting]) -> None:
    other = [Sighting(one.sight, MIRROR[one.who], one.at, one.name) for one in seen]
    here, there = judged(*seen), judged(*other)
    assert (there.verdict, there.reason) == (MIRRORED[here.verdict], here.reason)
    assert there.together == here.together


@given(st.lists(sightings, max_size=25))
def test_nobody_is_called_absent_who_was_seen(seen: list[Sighting]) -> None:
    found = judged(*seen)
    door = [
        one
        for one in seen
        if -15 <= (one.at - STARTS).total_seconds() / 60 < 90
        and one.sight in (Sight.JOINED, Sight.LED_IN, Sight.KNOCKED, Sight.PAGE)
    ]
    present = {one.who for one in door}
    absent = {Verdict.TUTOR_ABSENT: T, Verdict.STUDENT_ABSENT: S}.get(found.verdict)
    assert absent not in present
    if absent is not None:
        assert {T: S, S: T}[absent] in present
    if found.verdict == Verdict.HELD and found.reason == Reason.TOGETHER:
        assert found.together >= enough_of(ENDS - STARTS)
    assert found.together <= min(found.tutor_present, found.student_present)


@given(st.lists(sightings, max_size=25))
def test_being_together_for_long_is_held_whatever_else_was_seen(seen: list[Sighting]) -> None:
    without_ends = [one for one in seen if one.sight not in (Sight.ENDED, Sight.LEFT)]
    both = [saw(Sight.JOINED, T, 0), saw(Sight.JOINED, S, 0), *stay(T, 30, 31), *stay(S, 30, 31)]
    assert judged(*without_ends, *both).verdict == Verdict.HELD


@given(st.lists(sightings, max_size=25), st.integers(-30, 60))
def test_more_time_never_takes_back_that_a_session_was_held(seen: list[Sighting], minute: int) -> None:
    now = STARTS + timedelta(minutes=minute)
    until_now = [one for one in seen if one.at <= now and one.sight != Sight.LEFT and one.who != G]
    early = propose(until_now, starts_at=STARTS, ends_at=ENDS, now=now)
    if early is not None and early.verdict == Verdict.HELD and now < ENDS:
        assert judged(*until_now).verdict == Verdict.HELD
