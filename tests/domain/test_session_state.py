"""The moves between a session's statuses: only those of the table, only by whom and when it says."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.session_state import (
    MARK_WITHIN,
    MEETING_EARLY,
    MOVES,
    UNFINISHED,
    Mover,
    SessionStatus,
    Stretch,
    Timing,
    check_move,
    may_move,
)

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
END = START + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MARKED = {SessionStatus.COMPLETED, SessionStatus.NO_SHOW}
"""What a tutor may still mark the other way, and an operator call off."""

ENDED = set(SessionStatus) - UNFINISHED - MARKED - {SessionStatus.EXPIRED}
LEGAL = {(current, target, by) for (current, target), movers in MOVES.items() for by in movers}


def at(now: datetime) -> Timing:
    return Timing(START, END, now)


@given(
    st.sampled_from(SessionStatus),
    st.sampled_from(SessionStatus),
    st.sampled_from(Mover),
    st.integers(-7 * 24 * 60, 7 * 24 * 60).map(lambda minutes: START + minutes * MINUTE),
)
def test_a_move_is_in_the_table_for_this_mover_and_this_moment_or_refused(
    current: SessionStatus, target: SessionStatus, by: Mover, now: datetime
) -> None:
    if may_move(current, target, by, at(now)):
        assert (current, target, by) in LEGAL
        assert at(now).within(MOVES[current, target][by])
        check_move(current, target, by, at(now))
    else:
        with pytest.raises(Conflict) as caught:
            check_move(current, target, by, at(now))
        assert caught.value.code == "illegal_transition"


@pytest.mark.parametrize(("current", "target", "by"), list(product(SessionStatus, SessionStatus, Mover)))
def test_what_is_not_in_the_table_is_never_allowed_and_what_is_is_allowed_at_some_time(
    current: SessionStatus, target: SessionStatus, by: Mover
) -> None:
    moments = (START - timedelta(days=1), START, END, END + 2 * MARK_WITHIN)
    allowed = [may_move(current, target, by, at(moment)) for moment in moments]
    assert any(allowed) == ((current, target, by) in LEGAL)


@pytest.mark.parametrize("status", sorted(ENDED))
def test_what_has_ended_stays_ended(status: SessionStatus) -> None:
    assert not [target for current, target in MOVES if current == status]


def test_only_money_leads_to_a_paid_session() -> None:
    leading = [(current, by) for current, target, by in LEGAL if target == SessionStatus.SCHEDULED]
    assert sorted(leading) == [(SessionStatus.EXPIRED, Mover.PAYMENT), (SessionStatus.HELD, Mover.PAYMENT)]


@pytest.mark.parametrize(
    ("stretch", "first", "beyond"),
    [
        (Stretch.BEFORE_START, None, START),
        (Stretch.AFTER_START, START, None),
        (Stretch.OPENING, START - MEETING_EARLY, END),
        (Stretch.CLOSING, END - MEETING_EARLY, None),
        (Stretch.AFTER_END, END, None),
        (Stretch.MARKING, END, END + MARK_WITHIN),
    ],
)
def test_a_stretch_begins_and_ends_to_the_moment(
    stretch: Stretch, first: datetime | None, beyond: datetime | None
) -> None:
    tick = timedelta(microseconds=1)
    if first is not None:
        assert (at(first - tick).within(stretch), at(first).within(stretch)) == (False, True)
    if beyond is not None:
        assert (at(beyond - tick).within(stretch), at(beyond).within(stretch)) == (True, False)


def test_a_meeting_that_ends_early_ends_no_session() -> None:
    """People come back after a lost connection; only in the last minutes is it the end."""
    ends = SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED, Mover.MEETING
    assert not may_move(*ends, at(END - MEETING_EARLY - MINUTE))
    assert may_move(*ends, at(END - MINUTE))
