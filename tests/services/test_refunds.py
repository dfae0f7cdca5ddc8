"""Several refunds of one payment: never more than was paid, one at a time with Paystack, each booked once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.money import split_price
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, Refund, RefundOrigin, RefundState
from mentor_ui.services import earnings, refund_progress, refunds
from tests.paid import booking_in, books, buy, refunds_of
from tests.world import make_pair

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
START = NOW + timedelta(days=2)


def give_back(database: Database, booking_id: int, of_price_kobo: int) -> int:
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id, with_for_update=True)
        return refunds.give_back(
            session,
            booking,
            of_price_kobo=of_price_kobo,
            reason="a test.",
            origin=RefundOrigin.OPERATOR,
            now=NOW,
        )


def ask(database: Database, refund: Refund, now: datetime = NOW) -> bool:
    with database.transaction() as session:
        return refund_progress.ask(session, refund.id, now)


def record(database: Database, refund: Refund, state: RefundState, provider_refund_id: int) -> None:
    with database.transaction() as session:
        refund_progress.record(
            session, refund.id, state=state, provider_refund_id=provider_refund_id, now=NOW
        )


def test_parts_that_go_back_never_exceed_what_was_paid(database: Database) -> None:
    pair = make_pair(database, price_kobo=500_001)
    booking_id = buy(database, pair, START, now=NOW)
    assert [give_back(database, booking_id, part) for part in (200_000, 200_000, 200_000, 1)] == [
        200_000,
        200_000,
        100_001,
        0,
    ]
    found = books(database, pair)
    assert (found.tutor, found.platform, found.owed_back) == (0, 0, 500_001)


def test_one_refund_at_a_time_is_with_paystack(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOW)
    give_back(database, booking_id, 100_000)
    give_back(database, booking_id, 100_000)
    first, second = refunds_of(database, booking_id)
    assert ask(database, first)
    assert not ask(database, second)
    record(database, first, RefundState.PROCESSING, 71)
    assert not ask(database, second)
    record(database, first, RefundState.PROCESSED, 71)
    assert ask(database, second)
    assert not ask(database, first)
    with database.reading() as session:
        assert refund_progress.known_at_paystack(session, first.payment_id, beside=second.id) == {71}


def test_one_who_took_a_refund_has_it_until_the_longest_try_is_over_or_lets_it_go(database: Database) -> None:
    booking_id = buy(database, make_pair(database), START, now=NOW)
    give_back(database, booking_id, 100_000)
    (refund,) = refunds_of(database, booking_id)
    later = NOW + refund_progress.LONGEST_TRY
    assert ask(database, refund)
    assert not ask(database, refund)
    assert not ask(database, refund, later - timedelta(seconds=1))
    assert ask(database, refund, later), "what came of the first try is not known"
    assert not ask(database, refund, later + timedelta(seconds=1))
    with database.transaction() as session:
        refund_progress.let_go(session, refund.id, NOW)
    assert not ask(database, refund, later + timedelta(seconds=1)), "the first one has it no more"
    with database.transaction() as session:
        refund_progress.let_go(session, refund.id, later)
    assert ask(database, refund, later + timedelta(seconds=1))


def test_the_database_itself_refuses_a_second_one_under_way(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOW)
    give_back(database, booking_id, 100_000)
    give_back(database, booking_id, 100_000)
    with pytest.raises(IntegrityError), database.transaction() as session:
        for refund in session.exec(select(Refund)):
            refund.state = RefundState.ASKED
            session.add(refund)


def test_of_two_that_begin_at_the_same_moment_one_is_sent(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOW)
    for _ in range(6):
        give_back(database, booking_id, 50_000)
    waiting = refunds_of(database, booking_id)
    barrier, sent = threading.Barrier(len(waiting)), []

    def begin(refund: Refund) -> None:
        barrier.wait()
        sent.append(ask(database, refund))

    threads = [threading.Thread(target=begin, args=(refund,)) for refund in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == [False] * 5 + [True]


def test_a_double_click_gives_back_once(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOW)
    barrier, given = threading.Barrier(4), []

    def click() -> None:
        barrier.wait()
        given.append(give_back(database, booking_id, 500_000))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == [0, 0, 0, 500_000]
    assert books(database, pair).owed_back == 500_000


def test_the_booking_says_refunded_only_when_all_has_arrived(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOW)
    give_back(database, booking_id, 200_000)
    assert booking_in(database, booking_id).payment_status == PaymentStatus.PAID, "it still takes place"
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        booking.status = SessionStatus.CANCELLED
        session.add(booking)
    give_back(database, booking_id, 300_000)
    first, second = refunds_of(database, booking_id)
    for refund, state, status in (
        (first, RefundState.PROCESSED, PaymentStatus.REFUNDING),
        (second, RefundState.PROCESSING, PaymentStatus.REFUNDING),
        (second, RefundState.FAILED, PaymentStatus.REFUNDING),
        (second, RefundState.PROCESSED, PaymentStatus.REFUNDED),
    ):
        record(database, refund, state, refund.id % 1_000)
        assert booking_in(database, booking_id).payment_status == status
    assert books(database, pair).owed_back == 0


def test_a_failed_refund_is_queued_anew_once(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, START, now=NOW)
    give_back(database, booking_id, 200_000)
    (refund,) = refunds_of(database, booking_id)
    assert ask(database, refund)
    record(database, refund, RefundState.FAILED, 5)
    assert not ask(database, refund)
    with database.transaction() as session:
        assert refund_progress.try_again(session, refund.id, NOW)
        assert not refund_progress.try_again(session, refund.id, NOW)
    assert ask(database, refund)
    assert books(database, pair).owed_back == 200_000


parts = st.lists(st.integers(1, 600_000), min_size=1, max_size=5)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts, st.integers(50_000, 900_000), st.integers(0, 100), st.booleans())
def test_after_any_parts_both_shares_are_those_of_what_is_left(
    sqlite_database: Database,
    parts: list[int],
    price_kobo: int,
    percent: int,
    released: bool,  # noqa: FBT001
) -> None:
    database, pair = sqlite_database, make_pair(sqlite_database, price_kobo=price_kobo)
    booking_id = buy(database, pair, START, now=NOW, share_percent=percent)
    for number, part in enumerate(parts):
        give_back(database, booking_id, part)
        if released and number == 0:
            with database.transaction() as session:
                earnings.release_due(session, START + timedelta(days=9), wait=timedelta(hours=72))
    left = split_price(max(price_kobo - sum(parts), 0), percent)
    # Examples share the books, and every tutor is a new one.
    assert books(database, pair).tutor == left.tutor_kobo


def test_what_is_owed_is_found_for_one_payment_only(database: Database) -> None:
    pair = make_pair(database)
    one = buy(database, pair, START, now=NOW)
    other = buy(database, pair, START + timedelta(hours=2), now=NOW)
    give_back(database, one, 100_000)
    (refund,) = refunds_of(database, one)
    assert refunds_of(database, other) == []
    with database.reading() as session:
        assert refunds.owed_kobo(session, refund.payment_id) == 100_000
        assert refunds.owed_kobo(session, refund.payment_id, RefundState.PROCESSED) == 0
