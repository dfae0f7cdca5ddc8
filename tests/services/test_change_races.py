"""Changes at the same moment: one winner in every race, and the loser stays where it was."""

from datetime import datetime
from functools import partial

import pytest
from sqlmodel import col, func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import MentorshipSession
from mentor_ui.services import claims
from tests.paid import booking_in, books, buy, refunds_of
from tests.services.test_bookings import take
from tests.services.test_changes import HOUR, LATER, cancel, claimed, reschedule, set_rules
from tests.services.test_lock_order import side_by_side
from tests.world import FREE_TIME, NOON, Pair, make_pair, make_person

ROUNDS = 10


def race_for_one_time(database: Database) -> tuple[int, datetime | None]:
    """Reschedule and book the same time at once; return how many have it, and where the first one is."""
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    rival = make_person(database, Role.STUDENT)
    raised = side_by_side(
        partial(reschedule, database, pair.student, booking_id),
        partial(take, database, rival, pair.offering_id, starts_at=LATER),
    )
    assert not raised
    with database.reading() as session:
        winners = session.exec(
            select(func.count())
            .select_from(MentorshipSession)
            .where(
                MentorshipSession.tutor_id == pair.tutor.person_id,
                ~col(MentorshipSession.is_offering),
                col(MentorshipSession.starts_at) == LATER,
            )
        ).one()
    return winners, booking_in(database, booking_id).starts_at


def test_of_a_move_and_a_booking_one_has_the_time_and_the_loser_stays(database: Database) -> None:
    for _ in range(ROUNDS):
        winners, at = race_for_one_time(database)
        assert winners == 1
        assert at in {FREE_TIME, LATER}


def test_without_the_claims_both_would_have_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "claim", lambda *_: None)
    assert race_for_one_time(database)[0] == 2


def test_of_two_moves_to_one_time_one_wins(database: Database) -> None:
    for _ in range(ROUNDS):
        pair = make_pair(database)
        other = Pair(pair.tutor, make_person(database, Role.STUDENT), pair.offering_id, pair.price_kobo)
        first = buy(database, pair, FREE_TIME, now=NOON)
        second = buy(database, other, FREE_TIME + HOUR, now=NOON)
        assert not side_by_side(
            partial(reschedule, database, pair.student, first),
            partial(reschedule, database, other.student, second),
        )
        at = {booking_in(database, first).starts_at, booking_in(database, second).starts_at}
        assert at in ({LATER, FREE_TIME + HOUR}, {FREE_TIME, LATER})


def test_two_who_swap_their_times_do_not_lock_each_other_out(database: Database) -> None:
    pair = make_pair(database)
    other = Pair(pair.tutor, make_person(database, Role.STUDENT), pair.offering_id, pair.price_kobo)
    set_rules(database, pair, most_reschedules=99)
    first = buy(database, pair, FREE_TIME, now=NOON)
    second = buy(database, other, LATER, now=NOON)
    for number in range(ROUNDS):
        times = (LATER, FREE_TIME) if number % 2 else (FREE_TIME, LATER)
        assert not side_by_side(
            partial(reschedule, database, pair.student, first, times[0]),
            partial(reschedule, database, other.student, second, times[1]),
        )
    assert booking_in(database, first).starts_at != booking_in(database, second).starts_at


def test_a_double_click_cancels_once_and_gives_back_once(database: Database) -> None:
    for _ in range(ROUNDS):
        pair = make_pair(database)
        booking_id = buy(database, pair, FREE_TIME, now=NOON)
        actors = [pair.student, pair.student, pair.tutor, pair.student]
        assert not side_by_side(*(partial(cancel, database, actor, booking_id, 500_000) for actor in actors))
        assert [refund.amount_kobo for refund in refunds_of(database, booking_id)] == [500_000]
        assert booking_in(database, booking_id).revision == 1
        books(database, pair)


def test_of_a_move_and_a_cancellation_both_happen_in_some_order_or_only_the_cancellation(
    database: Database,
) -> None:
    for _ in range(ROUNDS):
        pair = make_pair(database)
        booking_id = buy(database, pair, FREE_TIME, now=NOON)
        assert not side_by_side(
            partial(reschedule, database, pair.student, booking_id),
            partial(cancel, database, pair.tutor, booking_id, 500_000),
        )
        booking = booking_in(database, booking_id)
        assert (booking.status, booking.revision) == (SessionStatus.CANCELLED, 1 + booking.reschedules)
        assert claimed(database, booking_id) == []
