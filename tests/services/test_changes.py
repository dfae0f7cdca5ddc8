"""Moving and cancelling paid sessions: rules to the minute, money to the kobo, one winner in every race."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.cancellation import TERMS, CancellationPolicy, student_refund_kobo
from mentor_ui.domain.money import (
    MAXIMUM_PRICE_KOBO,
    MINIMUM_PRICE_KOBO,
    paystack_fee,
    share_agreed,
    split_price,
)
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.slots import quarters_between
from mentor_ui.models import (
    AccountKind,
    AppMessage,
    BookedQuarter,
    MentorshipSession,
    OutgoingMessage,
    Payment,
    RefundState,
    TutorRules,
)
from mentor_ui.services import changes, claims, ledger_lines, ledger_proof, refunds
from tests.paid import Books, booking_in, books, buy, refunds_of
from tests.services.test_bookings import refusal, take
from tests.services.test_lock_order import side_by_side
from tests.world import FREE_TIME, NOON, Pair, make_offering, make_pair, make_person

URL = "http://localhost:3000"
LATER = FREE_TIME + timedelta(days=1)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
ROUNDS = 10


def reschedule(
    database: Database, actor: Actor, booking_id: int, starts_at: datetime = LATER, now: datetime = NOON
) -> None:
    with database.transaction() as session:
        changes.reschedule(
            session, actor, booking_id=booking_id, starts_at=starts_at, public_url=URL, now=now
        )


def cancel(
    database: Database,
    actor: Actor,
    booking_id: int,
    seen_kobo: int,
    now: datetime = NOON,
    *,
    reason: str = "",
) -> int:
    with database.transaction() as session:
        return changes.cancel(
            session,
            actor,
            booking_id=booking_id,
            refund_seen_kobo=seen_kobo,
            reason=reason,
            public_url=URL,
            now=now,
        )


def claimed(database: Database, booking_id: int) -> list[tuple[int, int]]:
    with database.reading() as session:
        rows = session.exec(select(BookedQuarter).where(BookedQuarter.session_id == booking_id))
        return sorted((row.person_id, row.quarter) for row in rows)


def set_rules(database: Database, pair: Pair, **values: object) -> None:
    with database.transaction() as session:
        session.add(TutorRules(tutor_id=pair.tutor.person_id, **values))


def told(database: Database, kind: str) -> int:
    with database.reading() as session:
        messages = select(func.count()).select_from(AppMessage).where(AppMessage.kind == kind)
        mails = select(func.count()).select_from(OutgoingMessage).where(OutgoingMessage.kind == kind)
        seen, sent = session.exec(messages).one(), session.exec(mails).one()
    assert seen == sent
    return seen


# Moving


def test_a_student_moves_a_session_with_its_claims_and_both_hear_of_it(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    before = booking_in(database, booking_id)
    reschedule(database, pair.student, booking_id)
    after = booking_in(database, booking_id)
    assert (after.starts_at, after.ends_at) == (LATER, LATER + HOUR)
    assert (after.revision, after.reschedules) == (before.revision + 1, 1)
    assert after.join_token == before.join_token
    people = sorted((pair.tutor.person_id, pair.student.person_id))
    quarters = quarters_between(LATER, LATER + HOUR)
    assert claimed(database, booking_id) == [(person, quarter) for person in people for quarter in quarters]
    assert told(database, "rescheduled") == 2
    # The old time is anybody's again.
    take(database, make_person(database, Role.STUDENT), pair.offering_id, starts_at=FREE_TIME)


def test_a_session_may_move_onto_a_part_of_its_own_time(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    reschedule(database, pair.student, booking_id, FREE_TIME + timedelta(minutes=30))
    assert booking_in(database, booking_id).starts_at == FREE_TIME + timedelta(minutes=30)


def test_moving_ends_at_the_tutors_notice_to_the_moment(database: Database) -> None:
    pair = make_pair(database)
    set_rules(database, pair, reschedule_notice_hours=24)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    assert timedelta(hours=24) == FREE_TIME - NOON
    assert refusal(lambda: reschedule(database, pair.student, booking_id, now=NOON + TICK)) == (
        "not_reschedulable"
    )
    with database.reading() as session:
        terms = changes.reschedule_preview(session, pair.student, booking_id=booking_id, now=NOON)
    assert (terms.left, terms.until, terms.refusal) == (2, NOON, "")
    reschedule(database, pair.student, booking_id, now=NOON)


def test_moving_ends_with_the_tutors_limit(database: Database) -> None:
    pair = make_pair(database)
    set_rules(database, pair, most_reschedules=1)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    reschedule(database, pair.student, booking_id)
    assert refusal(lambda: reschedule(database, pair.student, booking_id, FREE_TIME)) == "not_reschedulable"
    assert booking_in(database, booking_id).starts_at == LATER


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        (FREE_TIME, "same_time"),
        (NOON - HOUR, "time_passed"),
        (LATER + timedelta(minutes=7), "time_not_open"),
        (NOON + timedelta(days=200), "time_not_open"),
    ],
)
def test_a_time_that_is_not_offered_is_refused(database: Database, starts_at: datetime, code: str) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    assert refusal(lambda: reschedule(database, pair.student, booking_id, starts_at)) == code
    assert booking_in(database, booking_id).revision == 0


def test_only_its_student_moves_a_session(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    stranger = make_person(database, Role.STUDENT)
    assert refusal(lambda: reschedule(database, stranger, booking_id)) == "session_not_found"
    assert refusal(lambda: reschedule(database, pair.tutor, booking_id)) == "not_the_student"
    assert refusal(lambda: reschedule(database, pair.student, pair.offering_id)) == "session_not_found"


def test_a_session_whose_offering_is_gone_moves_by_its_own_terms(database: Database) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON, duration_minutes=90)
    with database.transaction() as session:
        session.get_one(MentorshipSession, booking_id).offering_id = None
        session.delete(session.get_one(MentorshipSession, pair.offering_id))
    with database.reading() as session:
        times = changes.times_to_choose(session, pair.student, booking_id=booking_id, now=NOON)
    assert LATER in times
    reschedule(database, pair.student, booking_id)
    moved = booking_in(database, booking_id)
    assert (moved.starts_at, moved.ends_at) == (LATER, LATER + timedelta(minutes=90))


def test_a_session_counts_neither_against_its_own_days_limit_nor_against_its_own_buffers(
    database: Database,
) -> None:
    pair = make_pair(database)
    set_rules(database, pair, most_sessions_day=1, buffer_before_minutes=60, buffer_after_minutes=60)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    later_that_day = FREE_TIME + timedelta(minutes=90)
    with database.reading() as session:
        times = changes.times_to_choose(session, pair.student, booking_id=booking_id, now=NOON)
    assert later_that_day in times
    reschedule(database, pair.student, booking_id, later_that_day)
    other = Pair(pair.tutor, make_person(database, Role.STUDENT), pair.offering_id, pair.price_kobo)
    second = buy(database, other, LATER, now=NOON)
    assert refusal(lambda: reschedule(database, other.student, second, FREE_TIME)) == "time_not_open"


def test_times_to_choose_leave_out_what_either_is_taken_for_but_not_the_session_itself(
    database: Database,
) -> None:
    pair = make_pair(database)
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    elsewhere = make_offering(database, make_person(database, Role.TUTOR))
    take(database, pair.student, elsewhere, starts_at=LATER)
    with database.reading() as session:
        times = changes.times_to_choose(session, pair.student, booking_id=booking_id, now=NOON)
    assert LATER not in times
    assert FREE_TIME not in times
    assert FREE_TIME + timedelta(minutes=30) in times


# Cancelling


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
            refunds.record(
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
        price_kobo=price_kobo,
        of_price_kobo=back,
        back_kobo=back,
        sold_tutor_kobo=sold.tutor_kobo,
        share_is_in=AccountKind.TUTOR_ESCROW,
        tutor_id=1,
        student_id=2,
    )
    assert sum(line.amount_kobo for line in lines) == 0
    tutor, platform, fees, owed = (line.amount_kobo for line in lines)
    assert sold.tutor_kobo + tutor == split_price(price_kobo - back, percent).tutor_kobo >= 0
    assert sold.platform_kobo + platform >= 0
    assert (fees, owed) == (0, back)


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


# Races


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
