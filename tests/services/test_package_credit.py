"""Packages paid with a student's credit: all of it at once, and what is left becomes credit again."""

from collections import Counter
from threading import Barrier, Thread

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, DomainError
from mentor_ui.domain.packages import part_kobo
from mentor_ui.domain.roles import Role
from mentor_ui.models import PurchaseState
from mentor_ui.services import checkout, credit, operator_packages, package_receipts
from mentor_ui.services.package_receipts import PackageReceiptState
from mentor_ui.services.packages import PackageOnSale
from tests.package_deals import (
    PRICE_KOBO,
    RULES,
    URL,
    accounts,
    at,
    bought,
    cancel,
    give_back,
    offer,
    purchase_in,
    refunds_of,
    sweep,
    use,
)
from tests.services.test_credit import give_credit
from tests.world import NOON, Pair, make_pair, make_person


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def pay(database: Database, pair: Pair, package: PackageOnSale) -> tuple[int, str]:
    """Buy a package with credit; return the purchase and the reference."""
    with database.transaction() as session:
        reference = checkout.buy_package_with_credit(
            session,
            RULES,
            pair.student,
            package_id=package.id,
            price_seen_kobo=package.price_kobo,
            now=NOON,
        )
    return int(reference.split("-")[1]), reference


def free(database: Database, pair: Pair) -> int:
    with database.reading() as session:
        return credit.free_kobo(session, pair.student.person_id)


def test_credit_buys_a_package_and_what_is_left_of_it_becomes_credit_again(
    database: Database, pair: Pair
) -> None:
    give_credit(database, pair.student, PRICE_KOBO + 100)
    purchase_id, reference = pay(database, pair, offer(database, pair))
    assert purchase_in(database, purchase_id).state == PurchaseState.ACTIVE
    held = accounts(database, pair)
    assert (held.credits, held.fees, free(database, pair)) == (PRICE_KOBO, 0, 100)
    with database.reading() as session:
        receipt = package_receipts.package_receipt(session, reference)
        lines = credit.of(session, pair.student).lines
    assert receipt is not None
    assert (receipt.state, receipt.amount_kobo) == (PackageReceiptState.BOUGHT, PRICE_KOBO)
    assert (lines[0].kind, lines[0].amount_kobo, lines[0].reference) == (
        "credit_used",
        -PRICE_KOBO,
        reference,
    )
    assert lines[0].title == "React Mastery 1:1"

    booking_id = use(database, pair, purchase_id, at(3))
    part = part_kobo(PRICE_KOBO, 3, 1)
    assert give_back(database, pair, purchase_id) == PRICE_KOBO - part
    assert refunds_of(database, purchase_id) == []
    after = accounts(database, pair)
    assert (after.credits, after.owed_back, free(database, pair)) == (0, 0, PRICE_KOBO + 100 - part)
    with database.reading() as session:
        receipt = package_receipts.package_receipt(session, reference)
    assert receipt is not None
    assert (receipt.state, receipt.to_credit_kobo) == (PackageReceiptState.CREDITED, PRICE_KOBO - part)

    cancel(database, pair, booking_id, by_tutor=True)
    assert sweep(database, NOON) == [part]
    assert sweep(database, NOON) == []
    end = accounts(database, pair)
    assert (end.credits, end.escrow, end.platform, free(database, pair)) == (0, 0, 0, PRICE_KOBO + 100)


def test_credit_that_does_not_cover_it_buys_nothing(database: Database, pair: Pair) -> None:
    package = offer(database, pair)
    give_credit(database, pair.student, PRICE_KOBO - 1)
    with pytest.raises(Conflict) as refusal:
        pay(database, pair, package)
    assert refusal.value.code == "credit_changed"
    assert (accounts(database, pair).credits, free(database, pair)) == (0, PRICE_KOBO - 1)
    assert purchase_in(database, bought(database, pair, package)).state == PurchaseState.ACTIVE
    assert free(database, pair) == PRICE_KOBO - 1


def test_the_same_credit_buys_once(database: Database, pair: Pair) -> None:
    package = offer(database, pair)
    give_credit(database, pair.student, PRICE_KOBO)
    line, told = Barrier(4), list[str]()

    def buy() -> None:
        line.wait()
        try:
            pay(database, pair, package)
        except DomainError as error:
            told.append(error.code)
        else:
            told.append("bought")

    threads = [Thread(target=buy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(told) == {"bought": 1, "credit_changed": 3}
    assert (accounts(database, pair).credits, free(database, pair)) == (PRICE_KOBO, 0)


def test_an_operator_gives_the_rest_back_as_credit(database: Database, pair: Pair) -> None:
    operator = make_person(database, Role.ADMIN, name="Olu Admin")
    give_credit(database, pair.student, PRICE_KOBO)
    purchase_id, _ = pay(database, pair, offer(database, pair))
    with database.reading() as session:
        (row,) = operator_packages.find(session, operator)
    assert (row.paid_kobo, row.rest.refund_kobo) == (PRICE_KOBO, PRICE_KOBO)
    with database.transaction() as session:
        given = operator_packages.give_rest_back(
            session,
            operator,
            purchase_id=purchase_id,
            seen=row.rest,
            reason="the tutor is ill.",
            public_url=URL,
            now=NOON,
        )
    assert (given, free(database, pair)) == (PRICE_KOBO, PRICE_KOBO)
    assert accounts(database, pair).owed_back == 0
