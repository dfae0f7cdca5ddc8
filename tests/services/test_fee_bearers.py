"""Whose cost Paystack's fee is, of what is sold and of what is given back: each setting, to the kobo."""

from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.fees import FeeBearer, FeeTerms, asked_kobo, price_parts
from mentor_ui.domain.money import paystack_fee
from mentor_ui.domain.roles import Role
from mentor_ui.models import AccountKind, LedgerEntry, LedgerTransaction, Payment, PaymentState
from mentor_ui.services import (
    analytics,
    bookings,
    changes,
    earnings,
    ledger,
    ledger_proof,
    operator_refunds,
    package_ends,
    package_purchases,
    payments,
    receipts,
)
from tests import package_deals as deals
from tests.paid import Books, books, refunds_of
from tests.services.test_charge_backs import lose
from tests.world import FREE_TIME, NOON, Pair, make_pair, make_person

PLATFORM, TUTOR, STUDENT = FeeBearer.PLATFORM, FeeBearer.TUTOR, FeeBearer.STUDENT
PRICE_KOBO = 500_000
FEE_KOBO = paystack_fee(PRICE_KOBO)
ASKED_KOBO = asked_kobo(PRICE_KOBO, STUDENT)
ALL_TERMS = [FeeTerms(*both) for both in product(FeeBearer, FeeBearer)]
LATE = FREE_TIME - timedelta(hours=20)
"""When the flexible policy gives half back."""


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def sell(database: Database, pair: Pair, terms: FeeTerms, *, passed_on: bool = False) -> tuple[int, str]:
    """Sell a session under these terms; return it with the reference of its payment.

    With `passed_on`, Paystack's account lets the payer pay its fee above what is asked for.
    """
    with database.transaction() as session:
        held = bookings.hold(
            session,
            pair.student,
            offering_id=pair.offering_id,
            starts_at=FREE_TIME,
            price_seen_kobo=pair.price_kobo,
            now=NOON,
        )
        attempt = payments.open_attempt(
            session, pair.student, booking_id=held.booking_id, now=NOON, terms=terms
        )
    assert attempt.amount_kobo == asked_kobo(PRICE_KOBO, terms.sale)
    told = deals.charge(
        attempt.reference,
        ASKED_KOBO if passed_on else attempt.amount_kobo,
        requested_kobo=attempt.amount_kobo,
    )
    assert deals.pay(database, attempt.reference, told) == PaymentState.PAID
    return held.booking_id, attempt.reference


def cancel(
    database: Database, pair: Pair, booking_id: int, *, by_tutor: bool = False, at: datetime = LATE
) -> changes.CancelTerms:
    """Cancel, with what it means before one's eyes, and return that."""
    actor = pair.tutor if by_tutor else pair.student
    with database.transaction() as session:
        seen = changes.cancel_preview(session, actor, booking_id=booking_id, now=at)
        given = changes.cancel(
            session,
            actor,
            booking_id=booking_id,
            refund_seen_kobo=seen.refund_kobo,
            public_url=deals.URL,
            now=at,
        )
    assert given == seen.refund_kobo
    return seen


@pytest.mark.parametrize("bearer", FeeBearer)
def test_what_is_booked_is_what_the_tutor_saw_while_typing(
    database: Database, pair: Pair, bearer: FeeBearer
) -> None:
    _, reference = sell(database, pair, FeeTerms(sale=bearer))
    parts, found = price_parts(PRICE_KOBO, 30, bearer), books(database, pair)
    assert found.tutor == parts.tutor_kobo
    assert found.platform + found.fees == parts.platform_kobo
    assert found.with_paystack == parts.student_kobo - parts.fee_kobo
    with database.reading() as session:
        receipt = receipts.receipt(session, reference, NOON)
        earned_kobo = analytics.tutor_month(session, pair.tutor, now=NOON).earned_kobo
    assert receipt.amount_kobo == parts.student_kobo
    assert earned_kobo == parts.tutor_kobo
    assert receipt.fee_on_top_kobo == parts.student_kobo - PRICE_KOBO


# A half of it goes back: to the student, from the tutor's share, and what the fee costs the platform.
HALF_FEE = FEE_KOBO // 2
HALVES = {
    (PLATFORM, PLATFORM): (250_000, 175_000, -FEE_KOBO),
    (PLATFORM, TUTOR): (250_000, 175_000 - HALF_FEE, -HALF_FEE),
    (PLATFORM, STUDENT): (250_000 - HALF_FEE, 175_000, -HALF_FEE),
    (TUTOR, PLATFORM): (250_000, 175_000 - HALF_FEE, -HALF_FEE),
    (TUTOR, TUTOR): (250_000, 175_000 - FEE_KOBO, 0),
    (TUTOR, STUDENT): (250_000 - HALF_FEE, 175_000 - HALF_FEE, 0),
    (STUDENT, PLATFORM): (250_000, 175_000, 0),
    (STUDENT, TUTOR): (250_000, 175_000, 0),
    (STUDENT, STUDENT): (250_000, 175_000, 0),
}


@pytest.mark.parametrize(("sale", "refund"), HALVES)
def test_a_half_that_its_student_gives_up(
    database: Database, pair: Pair, sale: FeeBearer, refund: FeeBearer
) -> None:
    booking_id, _ = sell(database, pair, FeeTerms(sale, refund))
    back_kobo, tutor_kobo, fees_kobo = HALVES[sale, refund]
    seen = cancel(database, pair, booking_id)
    assert (seen.refund_kobo, seen.tutor_kobo) == (back_kobo, tutor_kobo)
    assert seen.fee_kobo == 250_000 - back_kobo
    found = books(database, pair)
    assert (found.owed_back, found.tutor, found.platform) == (back_kobo, tutor_kobo, 75_000)
    assert found.fees == fees_kobo


@pytest.mark.parametrize("sale", FeeBearer)
def test_a_student_who_bears_it_is_told_what_stays_away_of_all(
    database: Database, pair: Pair, sale: FeeBearer
) -> None:
    booking_id, _ = sell(database, pair, FeeTerms(sale, STUDENT))
    seen = cancel(database, pair, booking_id, at=NOON)
    assert seen.fee_kobo == seen.paid_kobo - seen.refund_kobo == paystack_fee(seen.paid_kobo)
    found = books(database, pair)
    assert (found.owed_back, found.tutor, found.platform, found.fees) == (seen.refund_kobo, 0, 0, 0)


@pytest.mark.parametrize("terms", ALL_TERMS)
def test_a_tutor_who_cancels_gives_everything_back(database: Database, pair: Pair, terms: FeeTerms) -> None:
    booking_id, _ = sell(database, pair, terms)
    paid_kobo = ASKED_KOBO if terms.sale == STUDENT else PRICE_KOBO
    assert cancel(database, pair, booking_id, by_tutor=True).refund_kobo == paid_kobo
    fee_kobo = paystack_fee(paid_kobo)
    tutor_kobo = -fee_kobo if terms.refund == TUTOR else 0
    found = books(database, pair)
    assert (found.owed_back, found.tutor, found.platform) == (paid_kobo, tutor_kobo, 0)
    assert found.fees == -fee_kobo - tutor_kobo
    with database.reading() as session:
        assert ledger.balance_kobo(session, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 0
        assert ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id) == tutor_kobo


@pytest.mark.parametrize("refund", FeeBearer)
def test_a_fee_that_its_payer_paid_on_top_is_the_tutors_only_when_that_went_back(
    database: Database, pair: Pair, refund: FeeBearer
) -> None:
    booking_id, reference = sell(database, pair, FeeTerms(TUTOR, refund), passed_on=True)
    found = books(database, pair)
    assert (found.tutor, found.platform, found.fees) == (350_000, 150_000, 0)
    cancel(database, pair, booking_id)
    found = books(database, pair)
    assert (found.tutor, found.platform, found.fees, found.owed_back) == (175_000, 75_000, 0, 250_000)
    lose(database, reference, ASKED_KOBO)
    found = books(database, pair)
    fee_kobo = ASKED_KOBO - PRICE_KOBO
    tutor_kobo = -fee_kobo if refund == TUTOR else 0
    assert (found.tutor, found.platform, found.fees) == (tutor_kobo, 0, -fee_kobo - tutor_kobo)


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("terms", ALL_TERMS)
def test_many_small_parts_come_to_the_same_as_one(
    database: Database, pair: Pair, terms: FeeTerms, *, released: bool
) -> None:
    booking_id, reference = sell(database, pair, terms)
    if released:
        with database.transaction() as session:
            assert earnings.release_due(session, FREE_TIME + timedelta(days=9), wait=timedelta(hours=72)) == 1
    operator = make_person(database, Role.ADMIN)
    for kobo in (1, 33_333, 199_999, 266_667):
        before = books(database, pair)
        with database.transaction() as session:
            payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
            chosen = {"payment_id": payment.id, "amount_kobo": kobo}
            seen = operator_refunds.consequence(session, operator, **chosen)
            operator_refunds.refund(
                session, operator, **chosen, seen=seen, reason="a test.", public_url=deals.URL, now=NOON
            )
            wallet_kobo = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id)
        after = books(database, pair)
        assert before.tutor - after.tutor == seen.tutor_kobo
        assert after.owed_back - before.owed_back == seen.student_kobo
        assert wallet_kobo == seen.wallet_kobo
    paid_kobo = ASKED_KOBO if terms.sale == STUDENT else PRICE_KOBO
    tutor_kobo = -paystack_fee(paid_kobo) if terms.refund == TUTOR else 0
    assert sum(one.amount_kobo for one in refunds_of(database, booking_id)) == paid_kobo
    assert books(database, pair).tutor == tutor_kobo


@pytest.mark.parametrize("terms", ALL_TERMS)
def test_a_bank_that_takes_a_held_session_back(database: Database, pair: Pair, terms: FeeTerms) -> None:
    booking_id, reference = sell(database, pair, terms)
    with database.transaction() as session:
        bookings.advance_clock(session, FREE_TIME + timedelta(hours=1))
    paid_kobo = ASKED_KOBO if terms.sale == STUDENT else PRICE_KOBO
    lose(database, reference, paid_kobo)
    found = books(database, pair)
    fee_kobo = paystack_fee(paid_kobo)
    assert found == Books(
        tutor=-fee_kobo if terms.refund == TUTOR else 0,
        platform=0,
        fees=0 if terms.refund == TUTOR else -fee_kobo,
        owed_back=0,
        with_paystack=-fee_kobo,
    )
    assert refunds_of(database, booking_id) == []


@pytest.mark.parametrize("terms", ALL_TERMS)
def test_sessions_of_a_package_bear_the_fee_together(database: Database, pair: Pair, terms: FeeTerms) -> None:
    package = deals.offer(database, pair)
    with database.transaction() as session:
        purchase_id = package_purchases.buy(
            session, pair.student, package_id=package.id, price_seen_kobo=package.price_kobo, now=NOON
        )
        attempt = package_purchases.open_attempt(
            session, pair.student, purchase_id=purchase_id, now=NOON, terms=terms
        )
    deals.pay(database, attempt.reference, deals.charge(attempt.reference, attempt.amount_kobo))
    fee_kobo = paystack_fee(attempt.amount_kobo)
    on_top_kobo = attempt.amount_kobo - deals.PRICE_KOBO
    ids = [deals.use(database, pair, purchase_id, deals.at(day)) for day in (2, 3, 4)]
    found = deals.accounts(database, pair)
    borne_kobo = fee_kobo if terms.sale == TUTOR else 0
    assert found.escrow + found.platform == deals.PRICE_KOBO - borne_kobo
    assert found.fees == on_top_kobo - fee_kobo + borne_kobo
    for booking_id in ids:
        deals.cancel(database, pair, booking_id)
        assert deals.accounts(database, pair).wallet == 0
    assert deals.accounts(database, pair).escrow == 0
    with database.reading() as session:
        said = package_ends.rest_preview(session, pair.student, purchase_id=purchase_id)
    back_kobo = deals.give_back(database, pair, purchase_id)
    assert (said.refund_kobo, said.fee_kobo) == (back_kobo, attempt.amount_kobo - back_kobo)
    withheld_kobo = fee_kobo if terms.refund == STUDENT and terms.sale != STUDENT else 0
    kept_kobo = on_top_kobo if terms.refund == STUDENT else withheld_kobo
    assert back_kobo == attempt.amount_kobo - max(kept_kobo, withheld_kobo)
    found = deals.accounts(database, pair)
    assert (found.credits, found.platform, found.owed_back) == (0, 0, back_kobo)


def test_an_open_attempt_keeps_its_terms_and_others_begin_anew(database: Database, pair: Pair) -> None:
    with database.transaction() as session:
        held = bookings.hold(
            session,
            pair.student,
            offering_id=pair.offering_id,
            starts_at=FREE_TIME,
            price_seen_kobo=pair.price_kobo,
            now=NOON,
        )

    def attempt(terms: FeeTerms) -> payments.Attempt:
        with database.transaction() as session:
            begun = payments.open_attempt(
                session, pair.student, booking_id=held.booking_id, now=NOON, terms=terms
            )
            payments.store_checkout(
                session,
                payment_id=begun.payment_id,
                authorization_url="http://localhost:3000/page",
                account_expires_at=None,
                now=NOON,
            )
            return begun

    first = attempt(FeeTerms())
    assert attempt(FeeTerms()).reference == first.reference
    second = attempt(FeeTerms(sale=STUDENT))
    assert (second.reference != first.reference, second.amount_kobo) == (True, ASKED_KOBO)
    # Who pays on the older page pays what it said.
    assert (
        deals.pay(database, first.reference, deals.charge(first.reference, PRICE_KOBO)) == PaymentState.PAID
    )
    assert books(database, pair).fees == -FEE_KOBO


def test_the_proof_names_a_fee_that_was_not_agreed(database: Database, pair: Pair) -> None:
    booking_id, reference = sell(database, pair, FeeTerms(sale=TUTOR))
    with database.transaction() as session:
        payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
        payment.fees_kobo = FEE_KOBO - 1
        session.add(payment)
    with database.reading() as session:
        bears = f"The tutor of session {booking_id} bears {FEE_KOBO} kobo of Paystack's fee"
        assert ledger_proof.verify(session) == [f"{bears}, and {FEE_KOBO - 1} were agreed."]
        entries = session.exec(
            select(LedgerEntry.amount_kobo)
            .join(LedgerTransaction)
            .where(LedgerTransaction.kind == "fee_borne")
        ).all()
    assert sorted(entries) == [-FEE_KOBO, FEE_KOBO]
