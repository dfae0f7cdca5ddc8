"""Money that is moved from two sides at the same moment: both end, in some order, and it adds up."""

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.session_state import PaymentStatus
from mentor_ui.models import (
    AccountKind,
    MentorshipSession,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from mentor_ui.providers.paystack_disputes import Dispute as PaystackDispute
from mentor_ui.services import (
    disputes,
    earnings,
    ledger,
    ledger_proof,
    payments,
    provider_refunds,
    refund_progress,
    refunds,
)
from mentor_ui.services.settlement import SettlementRules, apply_charge
from mentor_ui.services.turns import take_turns
from tests.package_deals import charge
from tests.paid import books, buy
from tests.services.test_bookings import take
from tests.services.test_lock_order import side_by_side
from tests.world import FREE_TIME, NOON, Pair, make_pair

URL = "http://localhost:3000"
RULES = SettlementRules(platform_share_percent=30, domain="test", public_url=URL)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
WAIT = timedelta(hours=72)
ROUNDS = 10


def question(database: Database, reference: str, number: int, word: str = "") -> None:
    """Let a bank question a payment, or decide about it."""
    found = PaystackDispute(
        id=number,
        status="resolved" if word else "awaiting-merchant-feedback",
        resolution=word,
        category="chargeback",
        amount_kobo=500_000,
        currency="NGN",
        domain="test",
        transaction_id=None,
        reference=reference,
        transaction_status="success",
        due_at=None,
        resolved_at=None,
    )
    with database.transaction() as session:
        disputes.take_over(session, found, public_url=URL, now=NOW)


def bought(database: Database, pair: Pair, place: int) -> tuple[int, Payment]:
    starts_at = NOW - timedelta(days=10, hours=2 * place)
    booking_id = buy(database, pair, starts_at, now=starts_at - timedelta(days=1))
    with database.reading() as session:
        return booking_id, session.exec(select(Payment).where(Payment.session_id == booking_id)).one()


def test_a_share_is_never_released_past_a_bank_that_questions_it(database: Database) -> None:
    pair = make_pair(database)

    def release() -> None:
        with database.reading() as session:
            due = earnings.due(session, NOW, wait=WAIT)
        for one in due:
            with database.transaction() as session:
                earnings.release(session, one, NOW, wait=WAIT)

    for number in range(ROUNDS):
        _, payment = bought(database, pair, number)
        assert not side_by_side(
            lambda payment=payment, number=number: question(database, payment.reference, number + 1), release
        )
        with database.reading() as session:
            assert ledger.available_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id) == 0
    with database.reading() as session:
        assert ledger_proof.verify(session) == []


def test_a_payment_that_is_settled_and_questioned_at_once_ends_in_some_order(database: Database) -> None:
    pair = make_pair(database)
    for number in range(ROUNDS):
        held = take(
            database, pair.student, pair.offering_id, starts_at=FREE_TIME + timedelta(hours=2 * number)
        )
        with database.transaction() as session:
            reference = payments.open_attempt(
                session, pair.student, booking_id=held.booking_id, now=NOON
            ).reference

        def settle(reference: str = reference) -> None:
            with database.transaction() as session:
                state = apply_charge(session, RULES, reference, charge(reference, 500_000), NOON)
            assert state == PaymentState.PAID

        assert not side_by_side(
            settle,
            settle,
            lambda reference=reference, number=number: question(database, reference, number + 1),
        )
    with database.reading() as session:
        assert ledger_proof.verify(session) == []


def test_refunds_that_are_sent_told_of_and_taken_by_a_bank_do_not_lock_each_other_out(
    database: Database,
) -> None:
    pair = make_pair(database)
    for number in range(ROUNDS):
        booking_id, payment = bought(database, pair, number)
        with database.transaction() as session:
            booking = session.get_one(MentorshipSession, booking_id)
            for kobo in (100_000, 50_000):
                refunds.give_back(session, booking, of_price_kobo=kobo, reason="a test.", now=NOW)
            first, second = session.exec(
                select(Refund.id).where(Refund.payment_id == payment.id).order_by(Refund.id)  # pyright: ignore[reportArgumentType]
            ).all()

        def ask(refund_id: int) -> None:
            with database.transaction() as session:
                refund_progress.ask(session, refund_id, NOW)

        def tell(payment: Payment = payment, number: int = number) -> None:
            with database.transaction() as session:
                provider_refunds.take_over(
                    session,
                    payment,
                    provider_refund_id=1000 + number,
                    amount_kobo=100_000,
                    state=RefundState.PROCESSED,
                    now=NOW,
                )

        def lose(payment: Payment = payment, number: int = number) -> None:
            question(database, payment.reference, number + 1)
            question(database, payment.reference, number + 1, "auto-accepted")

        assert not side_by_side(lambda first=first: ask(first), lambda second=second: ask(second), tell, lose)
    assert books(database, pair).tutor == 0


def test_a_refund_that_arrives_while_an_operator_gives_back_more_does_not_lock_out(
    database: Database,
) -> None:
    pair = make_pair(database)
    for number in range(ROUNDS):
        booking_id, payment = bought(database, pair, number)

        def give(payment: Payment = payment, booking_id: int = booking_id) -> None:
            with database.transaction() as session:
                take_turns(session, (payment.tutor_id, payment.student_id))
                booking = session.get_one(MentorshipSession, booking_id, with_for_update={"key_share": True})
                refunds.give_back(session, booking, of_price_kobo=100_000, reason="a test.", now=NOW)

        give()
        with database.transaction() as session:
            refund_id = session.exec(select(Refund.id).where(Refund.payment_id == payment.id)).one()
            refund_progress.ask(session, refund_id, NOW)
            booking = session.get_one(MentorshipSession, booking_id)
            booking.payment_status = PaymentStatus.REFUNDING
            session.add(booking)

        def arrive(refund_id: int = refund_id, number: int = number) -> None:
            with database.transaction() as session:
                refund_progress.record(
                    session,
                    refund_id,
                    state=RefundState.PROCESSED,
                    provider_refund_id=2000 + number,
                    now=NOW,
                )

        assert not side_by_side(give, arrive)


def test_a_proof_reads_all_of_the_ledger_at_one_moment(database: Database) -> None:
    pair = make_pair(database)
    bought(database, pair, 0)
    with database.snapshot() as session:
        before = ledger_proof.prove(session)
        bought(database, pair, 1)
        assert ledger_proof.prove(session) == before
        assert before.problems == ()
    with database.snapshot() as session:
        assert ledger_proof.prove(session).entries == 2 * before.entries
