"""Too little or too much money for a session: the payer adds what is missing, or keeps what is over."""

from datetime import datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES
from mentor_ui.models import (
    AccountKind,
    Choice,
    PaymentState,
)
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import (
    bookings,
    checkout,
    credit,
    payments,
)
from mentor_ui.services.receipts import ReceiptState
from tests.sandbox_process import SandboxProcess
from tests.services.test_bookings import take
from tests.services.test_settlement import RULES, balance, booking_of, settled, start
from tests.services.test_unspent_money import (
    LATE,
    choose,
    credit_of,
    owed_to,
    pay_short,
    receipt_of,
    refusal,
)
from tests.world import NOON, Pair, make_pair, make_person


def top_up(
    database: Database, gateway: PaystackClient, pair: Pair, reference: str, now: datetime = NOON
) -> str:
    booking = choose(database, pair.student, reference, Choice.TOP_UP, now=now)
    return checkout.start_payment(
        database,
        gateway,
        pair.student,
        booking_id=booking.id,
        public_url="http://localhost:3000",
        now=now,
        credit_kobo=400_000,
    ).reference


def test_too_little_is_topped_up_and_books(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_short(database, gateway, sandbox, pair)
    standing = receipt_of(database, reference, NOON).standing
    assert standing.choices == {Choice.TOP_UP, Choice.CREDIT, Choice.REFUND}
    assert standing.missing_kobo == 100_000
    rest = top_up(database, gateway, pair, reference)
    assert receipt_of(database, reference, NOON).state == ReceiptState.TOPPING_UP
    assert receipt_of(database, rest, NOON).amount_kobo == 100_000
    with database.reading() as session:
        assert credit.free_kobo(session, pair.student.person_id) == 0
    sandbox.settle(rest)
    assert settled(database, gateway, rest) == PaymentState.PAID
    assert booking_of(database, rest).status == SessionStatus.SCHEDULED
    assert credit_of(database, pair) == owed_to(database, pair) == 0
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 350_000
    assert balance(database, AccountKind.CUSTOMER_CLEARING) == -(500_000 - 16_000 - 1_500)
    assert receipt_of(database, reference, NOON).state == ReceiptState.BOOKED


def test_a_top_up_that_is_never_paid_leaves_the_money_as_credit(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_short(database, gateway, sandbox, pair)
    rest = top_up(database, gateway, pair, reference)
    with database.transaction() as session:
        assert bookings.lapse_expired(session, LATE) == 1
    assert credit_of(database, pair) == 400_000
    with database.reading() as session:
        assert credit.free_kobo(session, pair.student.person_id) == 400_000
    receipt = receipt_of(database, reference)
    assert receipt.state == ReceiptState.CREDITED
    assert receipt.standing.returnable
    sandbox.settle(rest)
    assert settled(database, gateway, rest, LATE) == PaymentState.PAID
    assert credit_of(database, pair) == 0


def test_a_top_up_after_the_hold_takes_the_time_again_or_says_that_it_is_gone(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_short(database, gateway, sandbox, pair)
    later = LATE + timedelta(hours=1)
    with database.transaction() as session:
        bookings.lapse_expired(session, later)
    assert Choice.TOP_UP in receipt_of(database, reference, later).standing.choices
    other = take(database, make_person(database, Role.STUDENT), pair.offering_id, now=later)
    assert refusal(database, pair.student, reference, Choice.TOP_UP, now=later) == "choice_gone"
    gone = other.expires_at
    booking = choose(database, pair.student, reference, Choice.TOP_UP, now=gone)
    assert (booking.status, booking.hold_expires_at) == (
        SessionStatus.HELD,
        gone + timedelta(minutes=HOLD_MINUTES),
    )


def test_what_is_missing_is_never_less_than_paystack_takes(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_short(database, gateway, sandbox, pair, 499_999)
    booking = choose(database, pair.student, reference, Choice.TOP_UP, now=NOON)
    with database.transaction() as session, pytest.raises(DomainError) as caught:
        payments.open_attempt(session, pair.student, booking_id=booking.id, now=NOON, credit_kobo=499_999)
    assert caught.value.code == "credit_changed"
    rest = checkout.start_payment(
        database,
        gateway,
        pair.student,
        booking_id=booking.id,
        public_url="http://localhost:3000",
        now=NOON,
        credit_kobo=495_000,
    ).reference
    sandbox.settle(rest)
    assert settled(database, gateway, rest) == PaymentState.PAID
    assert credit_of(database, pair) == 4_999


def test_more_than_was_asked_for_books_with_it_and_keeps_the_rest_as_credit(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference, amount=700_000, requested_amount=700_000)
    assert settled(database, gateway, reference) == PaymentState.MISMATCH
    assert receipt_of(database, reference, NOON).standing.missing_kobo == -200_000
    booking = choose(database, pair.student, reference, Choice.TOP_UP, now=NOON)
    with database.transaction() as session:
        checkout.pay_with_credit(
            session, RULES, pair.student, booking_id=booking.id, price_seen_kobo=500_000, now=NOON
        )
    assert booking_of(database, reference).status == SessionStatus.SCHEDULED
    assert credit_of(database, pair) == 200_000
