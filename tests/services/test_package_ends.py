"""How packages end: what is left goes back once, to the kobo, and is said before."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.money import split_price
from mentor_ui.domain.packages import part_kobo
from mentor_ui.domain.roles import Role
from mentor_ui.models import AppMessage, Dispute, PurchaseState, Refund, RefundOrigin, RefundState
from mentor_ui.services import credit, package_ends, package_reminders, package_returns, refund_progress
from mentor_ui.services.charge_backs import charge_back
from mentor_ui.services.package_receipts import package_receipt
from tests.package_deals import (
    PRICE_KOBO,
    URL,
    accounts,
    at,
    bought,
    cancel,
    code_of,
    give_back,
    offer,
    purchase_in,
    refunds_of,
    sweep,
    use,
)
from tests.world import NOON, Pair, make_pair, make_person

PARTS = tuple(part_kobo(PRICE_KOBO, 3, number) for number in (1, 2, 3))


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def arrive(database: Database, purchase_id: int) -> None:
    """Let Paystack say that every refund of a package has arrived."""
    for refund in refunds_of(database, purchase_id):
        with database.transaction() as session:
            refund_progress.record(
                session,
                refund.id,
                state=RefundState.PROCESSED,
                provider_refund_id=refund.provider_refund_id or refund.id,
                now=NOON,
            )


@pytest.mark.parametrize("used", [0, 1, 2])
def test_what_is_left_goes_back_pro_rata(database: Database, pair: Pair, used: int) -> None:
    purchase_id = bought(database, pair)
    for number in range(1, used + 1):
        use(database, pair, purchase_id, at(number))
    before = accounts(database, pair)
    assert give_back(database, pair, purchase_id) == PRICE_KOBO - sum(PARTS[:used])
    assert purchase_in(database, purchase_id).state == PurchaseState.RETURNED
    after = accounts(database, pair)
    assert (after.credits, after.owed_back) == (0, before.credits)
    assert (after.escrow, after.platform) == (before.escrow, before.platform)
    (refund,) = refunds_of(database, purchase_id)
    assert (refund.amount_kobo, refund.origin) == (before.credits, RefundOrigin.PACKAGE)
    assert code_of(lambda: give_back(database, pair, purchase_id)) == "package_over"
    assert code_of(lambda: use(database, pair, purchase_id, at(9))) == "package_spent"
    arrive(database, purchase_id)
    assert accounts(database, pair).owed_back == 0


def test_a_payer_who_bore_the_fee_has_it_back_with_all_of_the_package(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair, paid_kobo=PRICE_KOBO + 28_400)
    assert give_back(database, pair, purchase_id) == PRICE_KOBO + 28_400
    arrive(database, purchase_id)
    state = accounts(database, pair)
    assert (state.credits, state.owed_back) == (0, 0)


def test_what_was_paid_too_much_for_a_package_is_credit(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair, paid_kobo=PRICE_KOBO + 100_000)
    assert accounts(database, pair).credits == PRICE_KOBO
    with database.reading() as session:
        assert credit.free_kobo(session, pair.student.person_id) == 100_000
        receipt = package_receipt(session, package_returns.bought_with(session, purchase_id).reference)
    assert receipt is not None
    assert receipt.surplus_kobo == 100_000
    assert give_back(database, pair, purchase_id) == PRICE_KOBO
    arrive(database, purchase_id)
    state = accounts(database, pair)
    assert (state.credits, state.owed_back) == (0, 0)
    with database.reading() as session:
        assert credit.free_kobo(session, pair.student.person_id) == 100_000


def test_nothing_is_given_back_on_terms_that_were_not_seen(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    stranger = make_person(database, Role.STUDENT)
    with database.transaction() as session:
        for actor, seen, code in (
            (pair.student, PRICE_KOBO - 1, "consequence_changed"),
            (stranger, PRICE_KOBO, "package_not_found"),
            (pair.tutor, PRICE_KOBO, "package_not_found"),
        ):
            assert (
                code_of(
                    lambda actor=actor, seen=seen: package_ends.return_rest(
                        session,
                        actor,
                        purchase_id=purchase_id,
                        refund_seen_kobo=seen,
                        public_url=URL,
                        now=NOON,
                    )
                )
                == code
            )
    assert purchase_in(database, purchase_id).state == PurchaseState.ACTIVE


def test_a_package_with_a_time_for_every_session_has_no_rest(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    for number in (1, 2, 3):
        use(database, pair, purchase_id, at(number))
    assert code_of(lambda: give_back(database, pair, purchase_id)) == "package_over"
    assert purchase_in(database, purchase_id).state == PurchaseState.ACTIVE


def test_what_comes_back_after_the_end_is_refunded_too(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    ids = [use(database, pair, purchase_id, at(number)) for number in (5, 6)]
    assert give_back(database, pair, purchase_id) == PARTS[2]
    cancel(database, pair, ids[0])
    state = accounts(database, pair)
    assert (state.credits, state.owed_back) == (PARTS[0], PARTS[2])
    # The first refund is still under way; the next ones wait for it at Paystack, and not here.
    assert sweep(database, at(1)) == [PARTS[0]]
    cancel(database, pair, ids[1], by_tutor=True)
    assert sweep(database, at(1)) == [PARTS[1]]
    assert sweep(database, at(1)) == []
    arrive(database, purchase_id)
    state = accounts(database, pair)
    assert (state.credits, state.owed_back, state.escrow, state.platform) == (0, 0, 0, 0)
    assert [one.amount_kobo for one in refunds_of(database, purchase_id)] == [PARTS[2], PARTS[0], PARTS[1]]


def test_a_package_that_runs_out_is_refunded_once(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair, offer(database, pair, valid_days=14))
    use(database, pair, purchase_id, at(1))
    assert sweep(database, at(14) - timedelta(seconds=1)) == []
    assert sweep(database, at(14)) == [PRICE_KOBO - PARTS[0]]
    assert sweep(database, at(14)) == []
    assert purchase_in(database, purchase_id).state == PurchaseState.EXPIRED
    with database.transaction() as session:
        assert package_ends.end(session, purchase_id, public_url=URL, now=at(15)) == 0
        assert len(session.exec(select(Refund)).all()) == 1
    assert accounts(database, pair).credits == 0
    with database.reading() as session:
        told = session.exec(select(AppMessage.person_id).where(AppMessage.kind == "package_rest")).all()
    assert sorted(told) == sorted([pair.student.person_id, pair.tutor.person_id])


def test_what_a_bank_has_taken_is_not_given_back_once_more(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair, offer(database, pair, valid_days=14))
    use(database, pair, purchase_id, at(1))
    with database.transaction() as session:
        payment = package_returns.bought_with(session, purchase_id)
        dispute = Dispute(
            provider_dispute_id=1,
            payment_id=payment.id,
            tutor_id=payment.tutor_id,
            amount_kobo=PRICE_KOBO - 100,
        )
        session.add(dispute)
        session.flush()
        charge_back(session, dispute, payment, None, NOON)
    # All that was unused is taken, and the rest of what the bank took is for the session that has a time.
    assert purchase_in(database, purchase_id).state == PurchaseState.RETURNED
    assert sweep(database, at(14)) == []
    state = accounts(database, pair)
    assert (state.credits, state.owed_back) == (0, 0)
    assert state.platform == split_price(PARTS[0], 30).platform_kobo - (PARTS[0] - 100)


def remind(database: Database, purchase_id: int, days: int, ends_days: int, now_days: int) -> bool:
    with database.transaction() as session:
        return package_reminders.remind(
            session,
            purchase_id=purchase_id,
            days=days,
            ends=int(at(ends_days).timestamp()),
            public_url=URL,
            now=at(now_days),
        )


def test_reminders_come_before_the_end_while_something_is_left(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair, offer(database, pair, valid_days=30))
    assert remind(database, purchase_id, 14, 30, 16)
    assert remind(database, purchase_id, 14, 30, 16)
    with database.reading() as session:
        said = session.exec(
            select(AppMessage.title, AppMessage.body)
            .where(AppMessage.kind == "package_ends")
            .order_by(col(AppMessage.id))
        ).all()
    assert len(said) == 1
    assert said[0][0] == "3 sessions are left of React Mastery 1:1"
    assert "refunded by itself" in said[0][1]
    # Made for another end, too late, for nothing that is left, or for no package at all, they say nothing.
    assert not remind(database, purchase_id, 3, 31, 27)
    assert not remind(database, purchase_id, 3, 30, 30)
    assert not remind(database, 1, 3, 30, 27)
    for number in (1, 2, 3):
        use(database, pair, purchase_id, at(number))
    assert not remind(database, purchase_id, 3, 30, 27)


def test_a_package_of_two_weeks_is_reminded_of_once(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair, offer(database, pair, valid_days=14))
    jobs = database.queue.list_workflows(workflow_id_prefix="remind-package-")
    assert [job.workflow_id for job in jobs] == [f"remind-package-3-{purchase_id}-{int(at(14).timestamp())}"]
