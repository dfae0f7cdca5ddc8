"""Buying a package: once, at the price on the screen; money that is late, wrong or double finds its way."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.models import (
    AppMessage,
    Incident,
    IncidentKind,
    MentorshipSession,
    Payment,
    PaymentState,
    PurchaseState,
)
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import checkout, offerings, package_purchases, packages
from mentor_ui.services.settlement import settle
from tests.package_deals import (
    PRICE_KOBO,
    RULES,
    URL,
    Accounts,
    accounts,
    begin,
    bought,
    charge,
    code_of,
    offer,
    pay,
    purchase_in,
    refunds_of,
    sweep,
)
from tests.sandbox_process import SandboxProcess
from tests.world import NOON, Pair, make_pair, make_person

FEE_KOBO = 18_001 + 10_000


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def test_a_package_that_is_paid_for_is_its_students(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    purchase = purchase_in(database, purchase_id)
    assert (purchase.state, purchase.used, purchase.sessions) == (PurchaseState.ACTIVE, 0, 3)
    assert (purchase.title, purchase.duration) == ("React Mastery 1:1", 60)
    assert purchase.expires_at == NOON + timedelta(days=180)
    assert accounts(database, pair) == Accounts(
        credits=PRICE_KOBO,
        escrow=0,
        wallet=0,
        platform=0,
        fees=-FEE_KOBO,
        owed_back=0,
        with_paystack=PRICE_KOBO - FEE_KOBO,
    )
    with database.reading() as session:
        told = session.exec(select(AppMessage.person_id).where(AppMessage.kind == "package_bought")).all()
    assert sorted(told) == sorted([pair.student.person_id, pair.tutor.person_id])
    reminders = database.queue.list_workflows(workflow_id_prefix="remind-package-")
    assert len(reminders) == 2


def test_a_package_is_paid_for_at_paystack(
    database: Database, pair: Pair, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    package = offer(database, pair)

    def open_page() -> checkout.OpenedCheckout:
        return checkout.start_package_payment(
            database,
            gateway,
            pair.student,
            package_id=package.id,
            price_seen_kobo=package.price_kobo,
            public_url=URL,
            now=NOON,
        )

    opened = open_page()
    assert open_page() == opened
    sandbox.settle(opened.reference)
    assert settle(database, gateway, RULES, opened.reference, NOON) == PaymentState.PAID
    assert settle(database, gateway, RULES, opened.reference, NOON) == PaymentState.PAID
    assert accounts(database, pair).credits == PRICE_KOBO
    # The next one is another package.
    assert open_page().reference != opened.reference


def test_what_cannot_be_bought_is_refused(database: Database, pair: Pair) -> None:
    package = offer(database, pair)

    def buy(actor: object = pair.student, package_id: int = package.id, seen: int = PRICE_KOBO) -> str:
        with database.transaction() as session:
            return code_of(
                lambda: package_purchases.buy(
                    session,
                    actor,  # pyright: ignore[reportArgumentType]
                    package_id=package_id,
                    price_seen_kobo=seen,
                    now=NOON,
                )
            )

    assert buy(pair.tutor) == "own_offering"
    assert buy(make_person(database, Role.TUTOR)) == "not_a_student"
    assert buy(seen=PRICE_KOBO - 1) == "price_changed"
    assert buy(package_id=1) == "package_gone"
    with database.transaction() as session:
        offerings.hide(session, pair.tutor, offering_id=pair.offering_id, now=NOON)
    assert buy() == "offering_hidden"
    with database.transaction() as session:
        packages.retire(session, pair.tutor, package_id=package.id, now=NOON)
    assert buy() == "package_gone"


def test_nobody_pays_for_the_package_of_another(database: Database, pair: Pair) -> None:
    purchase_id, _ = begin(database, pair, offer(database, pair))
    other = make_person(database, Role.STUDENT)
    with database.transaction() as session:
        assert (
            code_of(lambda: package_purchases.open_attempt(session, other, purchase_id=purchase_id, now=NOON))
            == "package_not_found"
        )


def test_beginning_again_goes_on_with_the_same_purchase(database: Database, pair: Pair) -> None:
    package = offer(database, pair)
    first, _ = begin(database, pair, package)
    assert begin(database, pair, package)[0] == first
    # Bought under another name, it would be another thing.
    with database.transaction() as session:
        session.get_one(MentorshipSession, pair.offering_id).title = "Vue Mastery 1:1"
    assert begin(database, pair, package)[0] != first


def test_money_that_comes_late_still_buys_the_package(database: Database, pair: Pair) -> None:
    package = offer(database, pair)
    purchase_id, reference = begin(database, pair, package)
    later = NOON + package_purchases.UNPAID_FOR
    sweep(database, later - timedelta(seconds=1))
    assert purchase_in(database, purchase_id).state == PurchaseState.AWAITING
    sweep(database, later)
    assert purchase_in(database, purchase_id).state == PurchaseState.LAPSED
    week = NOON + timedelta(days=6)
    assert pay(database, reference, charge(reference, PRICE_KOBO), week) == PaymentState.PAID
    purchase = purchase_in(database, purchase_id)
    assert (purchase.state, purchase.expires_at) == (PurchaseState.ACTIVE, week + timedelta(days=180))
    assert accounts(database, pair).credits == PRICE_KOBO


@pytest.mark.parametrize(
    ("kobo", "requested_kobo", "currency"),
    [(100, None, "NGN"), (PRICE_KOBO, 100, "NGN"), (PRICE_KOBO, None, "USD"), (PRICE_KOBO - 1, None, "NGN")],
)
def test_wrong_money_buys_nothing_and_goes_back(
    database: Database, pair: Pair, kobo: int, requested_kobo: int | None, currency: str
) -> None:
    purchase_id, reference = begin(database, pair, offer(database, pair))
    told = charge(reference, kobo, currency=currency, requested_kobo=requested_kobo, fee_kobo=10)
    assert pay(database, reference, told) == PaymentState.MISMATCH
    assert purchase_in(database, purchase_id).state == PurchaseState.AWAITING
    assert [refund.amount_kobo for refund in refunds_of(database, purchase_id)] == [kobo]
    state = accounts(database, pair)
    assert (state.credits, state.owed_back) == (0, kobo if currency == "NGN" else 0)
    with database.reading() as session:
        assert len(session.exec(select(Incident)).all()) == 1


def test_a_package_that_is_paid_for_twice_is_bought_once(database: Database, pair: Pair) -> None:
    package = offer(database, pair)
    purchase_id, first = begin(database, pair, package)
    # Its page was never learnt of, so that the second press makes another attempt.
    _, second = begin(database, pair, package)
    assert first != second
    assert pay(database, first, charge(first, PRICE_KOBO)) == PaymentState.PAID
    assert pay(database, second, charge(second, PRICE_KOBO)) == PaymentState.DUPLICATE
    assert pay(database, first, charge(first, PRICE_KOBO)) == PaymentState.PAID
    assert [refund.amount_kobo for refund in refunds_of(database, purchase_id)] == [PRICE_KOBO]
    state = accounts(database, pair)
    assert (state.credits, state.owed_back, state.fees) == (PRICE_KOBO, PRICE_KOBO, -2 * FEE_KOBO)
    with database.reading() as session:
        states = session.exec(select(Payment.state).order_by(col(Payment.attempt))).all()
        raised = session.exec(select(Incident)).one()
    assert list(states) == [PaymentState.PAID, PaymentState.DUPLICATE]
    assert raised.kind == IncidentKind.DUPLICATE_CHARGE
    assert "for a package that was paid already" in raised.summary
