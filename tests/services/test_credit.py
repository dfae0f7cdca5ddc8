"""A student's credit: paying with it whole or in part, and where money goes back to, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES, Way, parts_of
from mentor_ui.models import AccountKind, OutgoingMessage, Payment, PaymentState, Refund, RefundState
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import (
    bookings,
    changes,
    checkout,
    credit,
    credit_proof,
    ledger,
    ledger_lines,
    payments,
    receipts,
    refund_progress,
)
from mentor_ui.services.ledger import Line
from tests.sandbox_process import SandboxProcess
from tests.services.test_bookings import take
from tests.services.test_settlement import RULES, balance, booking_of, settled
from tests.world import FREE_TIME, NOON, Pair, make_pair, make_person

END = NOON + timedelta(minutes=HOLD_MINUTES)


def give_credit(database: Database, student: Actor, kobo: int) -> None:
    """Let a student have credit, as if it had come in and bought nothing."""
    with database.transaction() as session:
        ledger.post(
            session,
            ledger_lines.credited_lines(
                amount_kobo=kobo, student_id=student.person_id, source=AccountKind.CUSTOMER_CLEARING
            ),
            idempotency_key=f"given-{student.person_id}",
            kind="surplus",
            now=NOON,
        )


def spend(database: Database, student: Actor, kobo: int) -> None:
    """Let a student's credit be gone."""
    with database.transaction() as session:
        ledger.post(
            session,
            (
                Line(AccountKind.STUDENT_CREDIT, -kobo, student.person_id),
                Line(AccountKind.CUSTOMER_CLEARING, kobo),
            ),
            idempotency_key=f"spent-{student.person_id}",
            kind="credit_used",
            now=NOON,
        )


def pay_part(
    database: Database,
    gateway: PaystackClient,
    pair: Pair,
    credit_kobo: int | None,
    *,
    way: Way | None = None,
    starts_at: datetime = FREE_TIME,
    now: datetime = NOON,
) -> str:
    hold = take(database, pair.student, pair.offering_id, starts_at=starts_at, now=now)
    return checkout.start_payment(
        database,
        gateway,
        pair.student,
        booking_id=hold.booking_id,
        public_url="http://localhost:3000",
        now=now,
        way=way,
        credit_kobo=credit_kobo,
    ).reference


def pay_whole(database: Database, pair: Pair, booking_id: int, price_kobo: int = 500_000) -> str:
    with database.transaction() as session:
        return checkout.pay_with_credit(
            session, RULES, pair.student, booking_id=booking_id, price_seen_kobo=price_kobo, now=NOON
        )


def free(database: Database, pair: Pair) -> int:
    with database.reading() as session:
        assert credit_proof.problems(session) == []
        return credit.free_kobo(session, pair.student.person_id)


def cancel(database: Database, pair: Pair, reference: str, refund_kobo: int, now: datetime) -> None:
    with database.transaction() as session:
        changes.cancel(
            session,
            pair.student,
            booking_id=booking_of(database, reference).id,
            refund_seen_kobo=refund_kobo,
            public_url=RULES.public_url,
            now=now,
        )


@pytest.mark.parametrize(
    ("price", "have", "way", "credit_kobo", "rest_kobo"),
    [
        (500_000, 0, Way.CARD, 0, 500_000),
        (500_000, 200_000, Way.CARD, 200_000, 300_000),
        (500_000, 500_000, Way.CARD, 500_000, 0),
        (500_000, 900_000, Way.TRANSFER, 500_000, 0),
        (500_000, 499_999, Way.CARD, 495_000, 5_000),
        (500_000, 495_000, Way.CARD, 495_000, 5_000),
        (500_000, 499_999, Way.TRANSFER, 490_000, 10_000),
        (500_000, -5, Way.CARD, 0, 500_000),
    ],
)
def test_credit_and_rest_are_the_price_and_the_rest_is_one_that_paystack_takes(
    *, price: int, have: int, way: Way, credit_kobo: int, rest_kobo: int
) -> None:
    parts = parts_of(price, have, way)
    assert (parts.credit_kobo, parts.rest_kobo) == (credit_kobo, rest_kobo)


def test_credit_pays_whole_without_paystack(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 600_000)
    hold = take(database, pair.student, pair.offering_id)
    asked = sandbox.calls("paystack.initialize")
    reference = pay_whole(database, pair, hold.booking_id)
    assert sandbox.calls("paystack.initialize") == asked
    booking = booking_of(database, reference)
    assert (booking.status, booking.payment_status) == (SessionStatus.SCHEDULED, PaymentStatus.PAID)
    assert free(database, pair) == 100_000
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 350_000
    assert balance(database, AccountKind.CUSTOMER_CLEARING) == -600_000
    assert balance(database, AccountKind.PROVIDER_FEES) == 0
    assert settled(database, gateway, reference) == PaymentState.PAID
    with database.reading() as session:
        found = receipts.receipt(session, reference, NOON)
        lines = credit.of(session, pair.student).lines
    assert (found.state, found.amount_kobo, found.credit_kobo) == (
        receipts.ReceiptState.BOOKED,
        0,
        500_000,
    )
    assert [(line.kind, line.amount_kobo, line.title) for line in lines] == [
        ("credit_used", -500_000, "React Mastery 1:1"),
        ("surplus", 600_000, ""),
    ]


def test_too_little_credit_or_another_price_pays_nothing(database: Database) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 499_999)
    hold = take(database, pair.student, pair.offering_id)
    for price_kobo in (500_000, 400_000, 600_000, 0):
        with pytest.raises(DomainError) as caught:
            pay_whole(database, pair, hold.booking_id, price_kobo)
        assert caught.value.code == "credit_changed"
    assert free(database, pair) == 499_999
    with database.reading() as session:
        assert session.exec(select(Payment)).all() == []


def test_a_part_is_kept_while_the_rest_is_paid_and_used_with_it(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 200_000)
    reference = pay_part(database, gateway, pair, 200_000)
    assert pay_part(database, gateway, pair, None) == reference
    assert free(database, pair) == 0
    with database.reading() as session:
        assert credit.of(session, pair.student).kept_kobo == 200_000
    sandbox.settle(reference)
    assert settled(database, gateway, reference) == PaymentState.PAID
    assert balance(database, AccountKind.STUDENT_CREDIT, pair.student.person_id) == 0
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 350_000
    assert balance(database, AccountKind.PROVIDER_FEES) == -(4_500 + 10_000)


@pytest.mark.parametrize("leaves", [True, False])
def test_a_kept_part_is_free_again_when_the_hold_ends_or_the_student_leaves(
    database: Database, gateway: PaystackClient, *, leaves: bool
) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 200_000)
    reference = pay_part(database, gateway, pair, 200_000)
    assert free(database, pair) == 0
    with database.transaction() as session:
        if leaves:
            booking_id = booking_of(database, reference).id
            bookings.release_hold(session, pair.student, booking_id=booking_id, now=NOON)
        else:
            bookings.lapse_expired(session, END)
    assert free(database, pair) == 200_000


def test_who_pays_another_way_or_without_credit_gets_another_attempt_and_the_credit_back(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 200_000)
    with_credit = pay_part(database, gateway, pair, 200_000)
    by_transfer = pay_part(database, gateway, pair, 200_000, way=Way.TRANSFER)
    without = pay_part(database, gateway, pair, 0, way=Way.CARD)
    assert len({with_credit, by_transfer, without}) == 3
    assert free(database, pair) == 200_000
    # The page of the first attempt can still be paid; its part of credit is there to be used.
    sandbox.settle(with_credit)
    assert settled(database, gateway, with_credit) == PaymentState.PAID
    assert free(database, pair) == 0
    sandbox.settle(without)
    assert settled(database, gateway, without) == PaymentState.DUPLICATE


def test_the_rest_that_comes_late_books_while_time_and_credit_are_there(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 200_000)
    reference = pay_part(database, gateway, pair, 200_000)
    with database.transaction() as session:
        bookings.lapse_expired(session, END)
    sandbox.settle(reference)
    assert settled(database, gateway, reference, END) == PaymentState.PAID
    assert free(database, pair) == 0


def test_the_rest_without_the_credit_gives_nothing_and_waits_for_its_payer(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 500_000)
    reference = pay_part(database, gateway, pair, 200_000)
    with database.transaction() as session:
        bookings.lapse_expired(session, END)
    later = take(database, pair.student, pair.offering_id, starts_at=FREE_TIME + timedelta(hours=3))
    pay_whole(database, pair, later.booking_id)
    sandbox.settle(reference)
    assert settled(database, gateway, reference, END) == PaymentState.MISMATCH
    assert booking_of(database, reference).status == SessionStatus.EXPIRED
    assert balance(database, AccountKind.REFUNDS, pair.student.person_id) == 300_000
    with database.reading() as session:
        found = receipts.receipt(session, reference, END)
    assert found.state == receipts.ReceiptState.CHOOSE
    assert found.reason == "the credit that was to pay the rest was spent elsewhere."


@pytest.mark.parametrize(
    ("ahead", "back", "to_bank", "to_credit", "ends"),
    [
        (timedelta(hours=30), 500_000, 300_000, 200_000, PaymentStatus.REFUNDED),
        (timedelta(hours=20), 250_000, 250_000, 0, PaymentStatus.PARTLY_REFUNDED),
    ],
)
def test_what_goes_back_goes_to_the_card_first_and_the_rest_to_credit(
    database: Database,
    gateway: PaystackClient,
    sandbox: SandboxProcess,
    *,
    ahead: timedelta,
    back: int,
    to_bank: int,
    to_credit: int,
    ends: PaymentStatus,
) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 200_000)
    starts_at = FREE_TIME + timedelta(days=2)
    reference = pay_part(database, gateway, pair, 200_000, starts_at=starts_at)
    sandbox.settle(reference)
    settled(database, gateway, reference)
    now = starts_at - ahead
    with database.reading() as session:
        terms = changes.cancel_preview(
            session, pair.student, booking_id=booking_of(database, reference).id, now=now
        )
    assert (terms.refund_kobo, terms.to_credit_kobo, terms.paid_kobo) == (back, to_credit, 500_000)
    cancel(database, pair, reference, back, now)
    assert free(database, pair) == to_credit
    with database.reading() as session:
        told = session.exec(
            select(OutgoingMessage).where(col(OutgoingMessage.subject).startswith("Cancelled"))
        ).all()
    assert any(f"{show_naira(to_bank)} goes back to you the way it came." in mail.text for mail in told)
    assert any("₦2,000 is your credit again." in mail.text for mail in told) == (to_credit > 0)
    assert balance(database, AccountKind.REFUNDS, pair.student.person_id) == to_bank
    with database.reading() as session:
        refund = session.exec(select(Refund)).one()
    assert refund.amount_kobo == to_bank
    assert booking_of(database, reference).payment_status == PaymentStatus.REFUNDING
    with database.transaction() as session:
        refund_progress.record(
            session, refund.id, state=RefundState.PROCESSED, provider_refund_id=1, now=NOON
        )
    assert booking_of(database, reference).payment_status == ends
    assert balance(database, AccountKind.REFUNDS, pair.student.person_id) == 0


def test_a_session_paid_with_credit_alone_gives_credit_back_and_asks_nothing_of_paystack(
    database: Database,
) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 500_000)
    hold = take(database, pair.student, pair.offering_id, starts_at=FREE_TIME + timedelta(days=2))
    reference = pay_whole(database, pair, hold.booking_id)
    cancel(database, pair, reference, 250_000, FREE_TIME + timedelta(days=1, hours=4))
    assert free(database, pair) == 250_000
    assert booking_of(database, reference).payment_status == PaymentStatus.PARTLY_REFUNDED
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 175_000
    with database.reading() as session:
        assert session.exec(select(Refund)).all() == []
        found = receipts.receipt(session, reference, NOON)
    assert (found.state, found.to_credit_kobo) == (receipts.ReceiptState.CREDITED, 250_000)


def test_nobody_pays_with_the_credit_of_another(database: Database) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 500_000)
    hold = take(database, pair.student, pair.offering_id)
    other = Pair(pair.tutor, make_person(database, Role.STUDENT), pair.offering_id, pair.price_kobo)
    with pytest.raises(DomainError) as caught:
        pay_whole(database, other, hold.booking_id)
    assert caught.value.code == "booking_not_found"
    with database.reading() as session:
        assert credit.of(session, other.student) == credit.Credit(0, 0, ())


def test_the_proof_names_credit_that_is_kept_for_nothing(database: Database, gateway: PaystackClient) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 200_000)
    reference = pay_part(database, gateway, pair, 200_000)
    with database.transaction() as session:
        booking = booking_of(database, reference)
        booking.status = SessionStatus.EXPIRED
        session.merge(booking)
    with database.reading() as session:
        (problem,) = credit_proof.problems(session)
    assert problem.startswith("200000 kobo are kept under credit-")


def test_the_proof_names_more_credit_kept_than_there_is(database: Database, gateway: PaystackClient) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 200_000)
    pay_part(database, gateway, pair, 200_000)
    with database.transaction() as session:
        ledger.post(
            session,
            (
                Line(AccountKind.STUDENT_CREDIT, -1, pair.student.person_id),
                Line(AccountKind.PLATFORM_REVENUE, 1),
            ),
            idempotency_key="lost",
            kind="lost",
            now=NOON,
        )
    with database.reading() as session:
        (problem,) = credit_proof.problems(session)
    assert problem.endswith("has 199999 kobo of credit, of which 200000 are kept.")


def test_the_proof_names_credit_that_was_agreed_and_not_taken(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    give_credit(database, pair.student, 200_000)
    reference = pay_part(database, gateway, pair, 200_000)
    sandbox.settle(reference)
    settled(database, gateway, reference)
    with database.transaction() as session:
        payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
        payment.credit_kobo += 1
        session.add(payment)
    with database.reading() as session:
        assert credit_proof.problems(session) == [
            f"Payment {reference} took 200000 kobo of credit, and 200001 were agreed."
        ]
    assert payments.surplus_kobo(payment) == 0
