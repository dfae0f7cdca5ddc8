"""Cancelling paid sessions: policies to the moment, money to the kobo."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.cancellation import TERMS, CancellationPolicy, student_refund_kobo
from mentor_ui.domain.money import (
    MAXIMUM_PRICE_KOBO,
    MINIMUM_PRICE_KOBO,
    paystack_fee,
    share_agreed,
    split_price,
)
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models import AccountKind, Payment, RefundState
from mentor_ui.services import changes, ledger_lines, ledger_proof, refund_progress, refunds
from tests.paid import Books, booking_in, books, buy, refunds_of
from tests.services.test_bookings import refusal, take
from tests.services.test_changes import HOUR, LATER, TICK, cancel, claimed, reschedule, told
from tests.services.test_requests import ask
from tests.world import FREE_TIME, NOON, make_pair, make_person


@pytest.mark.parametrize("policy", CancellationPolicy)
def test_a_policy_changes_to_the_moment(database: Database, policy: CancellationPolicy) -> None:
    terms, starts_at = TERMS[policy], NOON + timedelta(days=20)
    for ahead, expected in (
        (terms.full_until, 500_001),
        (terms.full_until - TICK, 250_001),
        (terms.half_until, 250_001),
        (terms.half_until - TICK, 0),
    ):
        pair = make_pair(database, price_kobo=500_001)
        booking_id = buy(database, pair, starts_at, now=NOON, policy=policy)
        at = starts_at - ahead
        with database.reading() as session:
            shown = changes.cancel_preview(session, pair.student, booking_id=booking_id, now=at)
        kept = split_price(500_001 - expected, 30).tutor_kobo
        assert (shown.refund_kobo, shown.tutor_kobo, shown.refusal) == (expected, kept, "")
        assert cancel(database, pair.student, booking_id, expected, at) == expected
        assert [refund.amount_kobo for refund in refunds_of(database, booking_id)] == [expected][:expected]
        found = books(database, pair)
        assert (found.tutor, found.owed_back) == (kept, expected)
        booking = booking_in(database, booking_id)
        assert (booking.status, booking.cancelled_by) == (SessionStatus.CANCELLED, pair.student.person_id)
        assert booking.payment_status == (PaymentStatus.REFUNDING if expected else PaymentStatus.PAID)
        assert (booking.revision, claimed(database, booking_id)) == (1, [])


def test_a_tutor_who_cancels_gives_everything_back_up_to_the_start(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON, policy=CancellationPolicy.STRICT)
    at = FREE_TIME - TICK
    with database.reading() as session:
        shown = changes.cancel_preview(session, pair.tutor, booking_id=booking_id, now=at)
    assert (shown.refund_kobo, shown.tutor_kobo, shown.until) == (500_000, 0, None)
    assert cancel(database, pair.tutor, booking_id, 500_000, at, reason="I am ill.") == 500_000
    fee = paystack_fee(500_000)
    assert books(database, pair) == Books(0, 0, -fee, 500_000, 500_000 - fee)
    assert told(database, "cancelled") == 2
    assert booking_in(database, booking_id).cancel_reason == "I am ill."


def test_what_was_paid_above_the_price_comes_back_with_all_of_it(database: Database) -> None:
    """Where the payer bore Paystack's fee, a full refund is of all that was paid."""
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON, paid_kobo=517_767)
    assert cancel(database, pair.tutor, booking_id, 517_767) == 517_767
    fee = paystack_fee(517_767)
    assert books(database, pair) == Books(0, 0, -fee, 517_767, 517_767 - fee)


@pytest.mark.parametrize("side", ["student", "tutor"])
def test_nothing_is_cancelled_after_the_start_or_twice(database: Database, side: str) -> None:
    pair = make_pair(database)
    actor = pair.student if side == "student" else pair.tutor
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    assert refusal(lambda: cancel(database, actor, booking_id, 0, FREE_TIME)) == "illegal_transition"
    cancel(database, actor, booking_id, 500_000)
    assert refusal(lambda: cancel(database, actor, booking_id, 500_000)) == "illegal_transition"
    assert refusal(lambda: reschedule(database, pair.student, booking_id)) == "not_reschedulable"
    assert len(refunds_of(database, booking_id)) == 1


@pytest.mark.parametrize("side", ["student", "tutor"])
def test_what_is_not_paid_for_is_no_session_to_cancel(database: Database, side: str) -> None:
    """A hold is let go and a request withdrawn; neither is told to the tutor as a cancelled session."""
    pair = make_pair(database, mode=BookingMode.EITHER)
    actor = pair.student if side == "student" else pair.tutor
    held = take(database, pair.student, pair.offering_id, starts_at=LATER).booking_id
    asked = ask(database, pair.student, pair.offering_id).booking_id
    for booking_id in (held, asked):
        before = booking_in(database, booking_id).status
        assert refusal(lambda it=booking_id: cancel(database, actor, it, 0)) == "illegal_transition"
        assert booking_in(database, booking_id).status == before
    assert told(database, "cancelled") == 0


def test_when_time_ran_away_nothing_is_done(database: Database) -> None:
    """The person saw all of it coming back; a moment later it is half."""
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    assert refusal(lambda: cancel(database, pair.student, booking_id, 500_000, NOON + TICK)) == (
        "consequence_changed"
    )
    assert booking_in(database, booking_id).status == SessionStatus.SCHEDULED
    assert cancel(database, pair.student, booking_id, 250_000, NOON + TICK) == 250_000


def test_nobody_else_cancels_or_asks_what_it_would_mean(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    stranger = make_person(database, Role.TUTOR)
    assert refusal(lambda: cancel(database, stranger, booking_id, 500_000)) == "session_not_found"
    with database.reading() as session:
        for preview in (changes.cancel_preview, changes.reschedule_preview):
            ask = partial(preview, session, stranger, booking_id=booking_id, now=NOON)
            assert refusal(ask) == "session_not_found"


@pytest.mark.parametrize(
    ("seen_kobo", "at", "status"),
    [
        (500_000, NOON, PaymentStatus.REFUNDED),
        (250_000, NOON + TICK, PaymentStatus.PARTLY_REFUNDED),
    ],
)
def test_a_refund_that_arrived_says_whether_it_was_all(
    database: Database, seen_kobo: int, at: datetime, status: PaymentStatus
) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    cancel(database, pair.student, booking_id, seen_kobo, at)
    (refund,) = refunds_of(database, booking_id)
    for _ in range(2):
        with database.transaction() as session:
            refund_progress.record(
                session, refund.id, state=RefundState.PROCESSED, provider_refund_id=7, now=at + HOUR
            )
    assert booking_in(database, booking_id).payment_status == status
    found = books(database, pair)
    assert found.owed_back == 0
    assert found.with_paystack == 500_000 - paystack_fee(500_000) - seen_kobo


def test_a_refund_that_is_missing_in_the_ledger_is_found(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    with database.transaction() as session:
        payment = session.exec(select(Payment).where(Payment.session_id == booking_id)).one()
        refunds.owe(session, payment, amount_kobo=1, reason="a test.", now=NOON)
        assert len(ledger_proof.verify(session)) == 1
        with pytest.raises(ValueError, match="more than payment"):
            refunds.owe(session, payment, amount_kobo=500_001, reason="a test.", now=NOON)


prices = st.integers(MINIMUM_PRICE_KOBO, MAXIMUM_PRICE_KOBO)
percents = st.integers(0, 100)


@given(prices, percents)
def test_the_share_of_a_sale_is_found_again(price_kobo: int, percent: int) -> None:
    sold = split_price(price_kobo, percent)
    assert split_price(price_kobo, share_agreed(price_kobo, sold.tutor_kobo)) == sold


@given(prices, percents, st.sampled_from(CancellationPolicy), st.integers(0, 10 * 24 * 60))
def test_no_kobo_is_lost_whatever_goes_back(
    price_kobo: int, percent: int, policy: CancellationPolicy, minutes_ahead: int
) -> None:
    starts_at = NOON + timedelta(minutes=minutes_ahead)
    back = student_refund_kobo(policy, price_kobo=price_kobo, starts_at=starts_at, now=NOON)
    assert 0 <= back <= price_kobo
    sold = split_price(price_kobo, percent)
    lines = ledger_lines.taken_back_lines(
        had=sold,
        kept=split_price(price_kobo - back, percent),
        back_kobo=back,
        share_is_in=AccountKind.TUTOR_ESCROW,
        tutor_id=1,
        student_id=2,
    )
    assert sum(line.amount_kobo for line in lines) == 0
    tutor, short, platform, fees, owed, credited = (line.amount_kobo for line in lines)
    assert sold.tutor_kobo + tutor == split_price(price_kobo - back, percent).tutor_kobo >= 0
    assert sold.platform_kobo + platform >= 0
    assert (short, fees, owed, credited) == (0, 0, back, 0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prices, percents, st.integers(1, 10 * 24 * 60), st.sampled_from(CancellationPolicy))
def test_the_ledger_adds_up_after_any_cancellation(
    sqlite_database: Database, price_kobo: int, percent: int, minutes: int, policy: CancellationPolicy
) -> None:
    database, pair = sqlite_database, make_pair(sqlite_database, price_kobo=price_kobo)
    starts_at = NOON + timedelta(minutes=minutes)
    booking_id = buy(database, pair, starts_at, now=NOON, policy=policy, share_percent=percent)
    with database.reading() as session:
        shown = changes.cancel_preview(session, pair.student, booking_id=booking_id, now=NOON)
    assert cancel(database, pair.student, booking_id, shown.refund_kobo) == shown.refund_kobo
    found = books(database, pair)
    assert found.tutor == shown.tutor_kobo == split_price(price_kobo - shown.refund_kobo, percent).tutor_kobo
