"""The moves between a session's statuses: only those of the table."""

from itertools import product

import pytest

from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.session_state import UNFINISHED, SessionStatus, check_move, may_move

MARKED = {SessionStatus.COMPLETED, SessionStatus.NO_SHOW}
"""What a tutor may still mark the other way, and an operator call off."""

ENDED = set(SessionStatus) - UNFINISHED - MARKED - {SessionStatus.EXPIRED}


@pytest.mark.parametrize(("current", "target"), list(product(SessionStatus, SessionStatus)))
def test_a_move_is_either_in_the_table_or_refused(current: SessionStatus, target: SessionStatus) -> None:
    if may_move(current, target):
        check_move(current, target)
    else:
        with pytest.raises(Conflict) as caught:
            check_move(current, target)
        assert caught.value.code == "illegal_transition"


@pytest.mark.parametrize("status", sorted(ENDED))
def test_what_has_ended_stays_ended(status: SessionStatus) -> None:
    assert not any(may_move(status, target) for target in SessionStatus)


def test_only_a_hold_or_late_money_leads_to_a_paid_session() -> None:
    leading = {status for status in SessionStatus if may_move(status, SessionStatus.SCHEDULED)}
    assert leading == {SessionStatus.HELD, SessionStatus.EXPIRED}
