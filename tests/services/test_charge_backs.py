"""What a lost dispute takes beside shares: credit that its payer has not spent, packages, sessions ahead."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    AccountKind,
    AppMessage,
    Choice,
    DisputeState,
    MentorshipSession,
    Payment,
    PaymentState,
    PurchaseState,
)
from mentor_ui.providers.paystack_disputes import Dispute as PaystackDispute
from mentor_ui.services import (
    bookings,
    checkout,
    claims,
    credit,
    disputes,
    ledger,
    ledger_proof,
    package_uses,
    payments,
    receipts,
    unspent_money,
)
from mentor_ui.services.receipts import ReceiptState
from tests import package_deals as deals
from tests.paid import booking_in, books, buy, refunds_of
from tests.world import FREE_TIME, NOON, Pair, make_pair

PRICE_KOBO = 500_000


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def told(reference: str, kobo: int, resolution: str = "") -> PaystackDispute:
    return PaystackDispute(
        id=91,
        status="resolved" if resolution else "awaiting-merchant-feedback",
        resolution=resolution,
        category="chargeback",
        amount_kobo=kobo,
        currency="NGN",
        domain="test",
        transaction_id=None,
        reference=reference,
        transaction_status="success",
        due_at=NOON + timedelta(hours=16),
        resolved_at=None,
    )


def take(database: Database, reference: str, kobo: int, resolution: str = "") -> None:
    with database.transaction() as session:
        found = told(reference, kobo, resolution)
        state = disputes.take_over(session, found, public_url=deals.URL, now=NOON)
    ends = {"": DisputeState.OPEN, "declined": DisputeState.WON}
    assert state == ends.get(resolution, DisputeState.LOST)


def lose(database: Database, reference: str, kobo: int) -> None:
    take(database, reference, kobo)
    take(database, reference, kobo, "auto-accepted")


def attempt(database: Database, pair: Pair, starts_at: datetime, *, credit_kobo: int = 0) -> tuple[int, str]:
    """Hold a time and begin to pay for it."""
    with database.transaction() as session:
        held = bookings.hold(
            session,
            pair.student,
            offering_id=pair.offering_id,
            starts_at=starts_at,
            price_seen_kobo=pair.price_kobo,
            now=NOON,
        )
        begun = payments.open_attempt(
            session, pair.student, booking_id=held.booking_id, now=NOON, credit_kobo=credit_kobo
        )
    return held.booking_id, begun.reference


def short(database: Database, pair: Pair, kobo: int = 400_000) -> str:
    """Pay too little, and take it as credit."""
    _, reference = attempt(database, pair, FREE_TIME)
    assert deals.pay(database, reference, deals.charge(reference, kobo)) == PaymentState.MISMATCH
    with database.transaction() as session:
        unspent_money.choose(
            session, deals.RULES, pair.student, reference=reference, choice=Choice.CREDIT, now=NOON
        )
    return reference


def free_credit(database: Database, pair: Pair) -> int:
    with database.reading() as session:
        assert ledger_proof.verify(session) == []
        return credit.free_kobo(session, pair.student.person_id)


def clearing(database: Database) -> int:
    with database.reading() as session:
        return -ledger.balance_kobo(session, AccountKind.CUSTOMER_CLEARING)


def test_credit_of_disputed_money_is_frozen_and_then_lost(database: Database, pair: Pair) -> None:
    reference = short(database, pair)
    before = clearing(database)
    take(database, reference, 400_000)
    assert free_credit(database, pair) == 0
    with database.reading() as session:
        assert not receipts.receipt(session, reference, NOON).standing.returnable
    take(database, reference, 400_000, "auto-accepted")
    assert free_credit(database, pair) == 0
    assert before - clearing(database) == 400_000
    with database.reading() as session:
        assert ledger.balance_kobo(session, AccountKind.STUDENT_CREDIT, pair.student.person_id) == 0
        assert ledger.balance_kobo(session, AccountKind.PLATFORM_REVENUE) == 0
        receipt = receipts.receipt(session, reference, NOON)
    assert (receipt.state, receipt.refund) == (ReceiptState.REFUNDED, 400_000)
    assert receipt.reason == "your bank has taken it back."
    assert not receipt.standing.returnable


def test_credit_is_free_again_after_a_won_dispute(database: Database, pair: Pair) -> None:
    reference = short(database, pair)
    take(database, reference, 400_000)
    take(database, reference, 400_000, "declined")
    assert free_credit(database, pair) == 400_000
    with database.reading() as session:
        assert receipts.receipt(session, reference, NOON).standing.returnable


def test_credit_that_was_spent_before_is_the_platforms_loss(database: Database, pair: Pair) -> None:
    reference = short(database, pair, 700_000)
    booking_id, _ = attempt(database, pair, FREE_TIME + timedelta(hours=5), credit_kobo=0)
    with database.transaction() as session:
        checkout.pay_with_credit(
            session, deals.RULES, pair.student, booking_id=booking_id, price_seen_kobo=PRICE_KOBO, now=NOON
        )
    lose(database, reference, 700_000)
    assert free_credit(database, pair) == 0
    with database.reading() as session:
        assert ledger.balance_kobo(session, AccountKind.STUDENT_CREDIT, pair.student.person_id) == 0
        assert ledger.balance_kobo(session, AccountKind.PLATFORM_REVENUE) == 150_000 - PRICE_KOBO
    assert booking_in(database, booking_id).status == SessionStatus.SCHEDULED


def test_nothing_but_a_refund_is_chosen_while_the_bank_decides(database: Database, pair: Pair) -> None:
    _, reference = attempt(database, pair, FREE_TIME)
    take(database, reference, 400_000)
    assert deals.pay(database, reference, deals.charge(reference, 400_000)) == PaymentState.MISMATCH
    with database.reading() as session:
        assert receipts.receipt(session, reference, NOON).standing.choices == {Choice.REFUND}

    def choose(choice: Choice) -> None:
        with database.transaction() as session:
            unspent_money.choose(
                session, deals.RULES, pair.student, reference=reference, choice=choice, now=NOON
            )

    assert deals.code_of(lambda: choose(Choice.CREDIT)) == "choice_gone"
    choose(Choice.REFUND)
    take(database, reference, 400_000, "auto-accepted")
    assert free_credit(database, pair) == 0


def test_what_was_paid_too_much_is_taken_first_and_does_not_shorten_a_refund(
    database: Database, pair: Pair
) -> None:
    booking_id, reference = attempt(database, pair, FREE_TIME)
    paid = deals.charge(reference, 600_000, requested_kobo=PRICE_KOBO)
    assert deals.pay(database, reference, paid) == PaymentState.PAID
    assert free_credit(database, pair) == 100_000
    lose(database, reference, 100_000)
    assert free_credit(database, pair) == 0
    assert (books(database, pair).tutor, books(database, pair).platform) == (350_000, 150_000)
    assert deals.cancel(database, pair, booking_id, by_tutor=True) == PRICE_KOBO
    assert [one.amount_kobo for one in refunds_of(database, booking_id)] == [PRICE_KOBO]
    assert books(database, pair).owed_back == PRICE_KOBO


def test_a_session_that_lies_ahead_is_off_when_the_bank_takes_all_of_it(
    database: Database, pair: Pair
) -> None:
    booking_id, reference = attempt(database, pair, FREE_TIME)
    deals.pay(database, reference, deals.charge(reference, PRICE_KOBO))
    before = books(database, pair)
    lose(database, reference, PRICE_KOBO)
    booking = booking_in(database, booking_id)
    assert (booking.status, booking.payment_status) == (SessionStatus.CANCELLED, PaymentStatus.REFUNDED)
    assert booking.cancelled_by is None
    after = books(database, pair)
    assert (after.tutor, after.platform, after.owed_back) == (0, 0, 0)
    assert before.with_paystack - after.with_paystack == PRICE_KOBO
    with database.reading() as session:
        free = session.get_one(MentorshipSession, booking_id)
        assert not claims.is_taken(session, free, NOON)
        lines = session.exec(
            select(AppMessage.body).where(
                AppMessage.person_id == pair.tutor.person_id, AppMessage.kind == "cancelled"
            )
        ).one()
    assert "bank has taken the payment back" in lines


def test_a_session_that_lies_ahead_stays_when_the_bank_takes_a_part(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    with database.reading() as session:
        reference = session.exec(select(Payment.reference).where(Payment.session_id == booking_id)).one()
    lose(database, reference, 100_000)
    assert booking_in(database, booking_id).status == SessionStatus.SCHEDULED
    assert books(database, pair).tutor == 280_000


def reference_of(database: Database, purchase_id: int) -> str:
    with database.reading() as session:
        return session.exec(select(Payment.reference).where(Payment.purchase_id == purchase_id)).one()


def test_sessions_of_a_package_wait_while_a_bank_questions_it(database: Database, pair: Pair) -> None:
    purchase_id = deals.bought(database, pair)
    held = deals.hold(database, pair, purchase_id, deals.at(1))
    reference = reference_of(database, purchase_id)
    take(database, reference, deals.PRICE_KOBO)

    def book() -> None:
        with database.transaction() as session:
            package_uses.book(
                session,
                pair.student,
                booking_id=held,
                purchase_id=purchase_id,
                now=NOON,
                public_url=deals.URL,
            )

    assert deals.code_of(book) == "package_disputed"
    with database.reading() as session:
        assert package_uses.usable(session, pair.student.person_id, pair.offering_id, NOON) is None
    take(database, reference, deals.PRICE_KOBO, "declined")
    book()
    assert deals.accounts(database, pair).escrow == 280_000


def test_a_lost_dispute_ends_a_package_and_what_of_it_lies_ahead(database: Database, pair: Pair) -> None:
    purchase_id = deals.bought(database, pair)
    first = deals.use(database, pair, purchase_id, deals.at(1))
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, first)
        booking.status, booking.starts_at = SessionStatus.COMPLETED, NOON - timedelta(days=1)
    second = deals.use(database, pair, purchase_id, deals.at(2))
    before = deals.accounts(database, pair)
    lose(database, reference_of(database, purchase_id), deals.PRICE_KOBO)
    after = deals.accounts(database, pair)
    purchase = deals.purchase_in(database, purchase_id)
    assert (purchase.state, purchase.left_kobo, purchase.used) == (PurchaseState.RETURNED, 0, 1)
    assert booking_in(database, second).status == SessionStatus.CANCELLED
    assert (after.credits, after.escrow) == (0, 280_000), "the session that was held is its tutor's"
    assert before.with_paystack - after.with_paystack == deals.PRICE_KOBO
    assert after.platform == 120_000 - 400_000
    assert deals.sweep(database, NOON) == []
    assert deals.refunds_of(database, purchase_id) == []


def test_what_a_bank_leaves_of_a_package_goes_back(database: Database, pair: Pair) -> None:
    purchase_id = deals.bought(database, pair)
    lose(database, reference_of(database, purchase_id), 500_000)
    assert deals.purchase_in(database, purchase_id).left_kobo == deals.PRICE_KOBO - 500_000
    assert deals.sweep(database, datetime(2026, 11, 25, tzinfo=UTC)) == [deals.PRICE_KOBO - 500_000]
    assert deals.accounts(database, pair).credits == 0
    with database.reading() as session:
        assert session.exec(select(col(Payment.state))).one() == PaymentState.PAID
