"""Payments that a payer's bank questions: frozen at once, then won, or lost exactly once."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    AccountKind,
    Dispute,
    DisputeState,
    Incident,
    MentorshipSession,
    Payment,
    Refund,
    RefundState,
)
from mentor_ui.providers.paystack_disputes import Dispute as PaystackDispute
from mentor_ui.services import (
    charge_backs,
    dispute_answers,
    disputes,
    earnings,
    ledger,
    ledger_proof,
    refund_progress,
    refunds,
)
from mentor_ui.services.dispute_answers import ACCEPTED, DECLINED
from tests.paid import booking_in, books, buy, refunds_of
from tests.world import Pair, make_pair, make_person

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
START = NOW - timedelta(days=10)
WAIT = timedelta(hours=72)
DUE = NOW + timedelta(hours=16)
URL = "http://localhost:3000"
PRICE_KOBO = 500_000
SHARE_KOBO = 350_000


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def bought(database: Database, pair: Pair, *, released: bool = False) -> tuple[int, Payment]:
    """Sell a session that was held, and return it with its payment."""
    booking_id = buy(database, pair, START, now=START - timedelta(days=1))
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        booking.status = SessionStatus.COMPLETED
        session.add(booking)
        payment = session.exec(select(Payment).where(Payment.session_id == booking_id)).one()
        if released:
            assert earnings.release_due(session, NOW, wait=WAIT) == 1
    return booking_id, payment


def raised(payment: Payment, amount_kobo: int = PRICE_KOBO) -> PaystackDispute:
    return PaystackDispute(
        id=77,
        status="awaiting-merchant-feedback",
        resolution="",
        category="chargeback",
        amount_kobo=amount_kobo,
        currency="NGN",
        domain="test",
        transaction_id=None,
        reference=payment.reference,
        transaction_status="success",
        due_at=DUE,
        resolved_at=None,
    )


def ended(found: PaystackDispute, resolution: str) -> PaystackDispute:
    return replace(found, status="resolved", resolution=resolution, resolved_at=NOW)


def take(database: Database, found: PaystackDispute) -> DisputeState | None:
    with database.transaction() as session:
        return disputes.take_over(session, found, public_url=URL, now=NOW)


def available(database: Database, pair: Pair) -> int:
    with database.reading() as session:
        assert ledger_proof.verify(session) == []
        return ledger.available_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id)


def give_back(database: Database, booking_id: int, kobo: int) -> None:
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        refunds.give_back(session, booking, of_price_kobo=kobo, reason="a test.", now=NOW)


def open_incidents(database: Database) -> list[tuple[str, datetime | None]]:
    with database.reading() as session:
        rows = session.exec(select(Incident).where(col(Incident.resolved_at).is_(None)))
        return [(row.kind, row.due_at) for row in rows]


@pytest.mark.parametrize("released", [False, True])
def test_a_won_dispute_frees_what_it_froze(database: Database, pair: Pair, *, released: bool) -> None:
    _, payment = bought(database, pair, released=released)
    before = books(database, pair)
    for _ in range(2):
        assert take(database, raised(payment)) == DisputeState.OPEN
    assert available(database, pair) == 0, "nothing of it can be taken out"
    assert open_incidents(database) == [("DISPUTE", DUE)]
    with database.transaction() as session:
        assert earnings.release_due(session, NOW, wait=WAIT) == 0
    assert take(database, ended(raised(payment), "declined")) == DisputeState.WON
    assert open_incidents(database) == []
    with database.transaction() as session:
        earnings.release_due(session, NOW, wait=WAIT)
    assert available(database, pair) == SHARE_KOBO
    assert books(database, pair) == before


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("resolution", ["merchant-accepted", "auto-accepted"])
def test_a_lost_dispute_costs_each_their_share_once(
    database: Database, pair: Pair, *, released: bool, resolution: str
) -> None:
    booking_id, payment = bought(database, pair, released=released)
    before = books(database, pair)
    take(database, raised(payment))
    for _ in range(2):
        assert take(database, ended(raised(payment), resolution)) == DisputeState.LOST
    after = books(database, pair)
    assert (after.tutor, after.platform, after.owed_back) == (0, 0, 0)
    assert before.with_paystack - after.with_paystack == PRICE_KOBO
    assert booking_in(database, booking_id).payment_status == PaymentStatus.REFUNDED
    assert open_incidents(database) == []


def test_a_part_that_is_lost_is_shared(database: Database, pair: Pair) -> None:
    booking_id, payment = bought(database, pair)
    take(database, raised(payment, 100_001))
    take(database, ended(raised(payment, 100_001), "merchant-accepted"))
    after = books(database, pair)
    assert (after.tutor, after.platform) == (279_999, 120_000)
    assert booking_in(database, booking_id).payment_status == PaymentStatus.PARTLY_REFUNDED


def test_a_dispute_that_was_lost_before_we_heard_of_it(database: Database, pair: Pair) -> None:
    _, payment = bought(database, pair, released=True)
    assert take(database, ended(raised(payment), "auto-accepted")) == DisputeState.LOST
    assert books(database, pair).tutor == 0


@pytest.mark.parametrize("state", [RefundState.DUE, RefundState.PROCESSING, RefundState.PROCESSED])
def test_money_that_went_back_already_is_not_taken_twice(
    database: Database, pair: Pair, state: RefundState
) -> None:
    booking_id, payment = bought(database, pair)
    give_back(database, booking_id, PRICE_KOBO)
    (refund,) = refunds_of(database, booking_id)
    if state != RefundState.DUE:
        with database.transaction() as session:
            assert refund_progress.ask(session, refund.id, NOW)
            refund_progress.record(session, refund.id, state=state, provider_refund_id=5, now=NOW)
    take(database, raised(payment))
    with database.transaction() as session:
        assert not refund_progress.ask(session, refund.id, NOW), "the bank may take the same money"
    take(database, ended(raised(payment), "auto-accepted"))
    assert (books(database, pair).tutor, books(database, pair).platform) == (0, 0)
    if state == RefundState.PROCESSING:
        with database.transaction() as session:
            refund_progress.record(
                session, refund.id, state=RefundState.PROCESSED, provider_refund_id=5, now=NOW
            )
    (refund,) = refunds_of(database, booking_id)
    assert refund.state == RefundState.PROCESSED, "what the bank took was the refund"
    assert books(database, pair).owed_back == 0
    assert booking_in(database, booking_id).payment_status == PaymentStatus.REFUNDED


def test_what_the_bank_takes_is_a_part_of_a_waiting_refund(database: Database, pair: Pair) -> None:
    booking_id, payment = bought(database, pair)
    give_back(database, booking_id, 400_000)
    take(database, raised(payment, 150_000))
    take(database, ended(raised(payment, 150_000), "merchant-accepted"))
    found = sorted((one.amount_kobo, one.state) for one in refunds_of(database, booking_id))
    assert found == [(150_000, RefundState.PROCESSED), (250_000, RefundState.DUE)]
    assert books(database, pair).owed_back == 250_000


def test_an_accepted_dispute_takes_what_waits_to_go_back(database: Database, pair: Pair) -> None:
    booking_id, payment = bought(database, pair)
    give_back(database, booking_id, 400_000)
    take(database, raised(payment))
    with database.transaction() as session:
        dispute = session.exec(select(Dispute)).one()
        assert charge_backs.takeable_kobo(session, dispute, payment) == PRICE_KOBO
        refund = session.exec(select(Refund).where(Refund.payment_id == payment.id)).one()
        refund.state = RefundState.PROCESSING
        session.add(refund)
        session.flush()
        assert charge_backs.takeable_kobo(session, dispute, payment) == PRICE_KOBO - 400_000


def test_after_a_won_dispute_what_waited_is_sent(database: Database, pair: Pair) -> None:
    booking_id, payment = bought(database, pair)
    give_back(database, booking_id, 100_000)
    take(database, raised(payment))
    take(database, ended(raised(payment), "declined"))
    (refund,) = refunds_of(database, booking_id)
    with database.transaction() as session:
        assert refund_progress.ask(session, refund.id, NOW)


def test_of_several_tellings_at_the_same_moment_one_counts(database: Database, pair: Pair) -> None:
    _, payment = bought(database, pair, released=True)
    barrier = threading.Barrier(4)

    def tell() -> None:
        barrier.wait()
        take(database, raised(payment))
        take(database, ended(raised(payment), "auto-accepted"))

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert books(database, pair).tutor == 0
    with database.reading() as session:
        assert len(session.exec(select(Dispute)).all()) == 1


def test_a_word_that_nobody_knows_decides_nothing(database: Database, pair: Pair) -> None:
    _, payment = bought(database, pair)
    assert take(database, ended(raised(payment), "pending-arbitration")) == DisputeState.ANSWERED
    assert take(database, replace(raised(payment), status="awaiting-bank-feedback")) == DisputeState.ANSWERED
    assert take(database, replace(raised(payment), reference="not-one-of-ours-1")) is None


def test_an_answer_is_given_once_with_what_speaks_for_us(database: Database, pair: Pair) -> None:
    _, payment = bought(database, pair)
    take(database, raised(payment))
    operator = make_person(database, Role.ADMIN)
    with database.reading() as session:
        (case,) = dispute_answers.cases(session, operator)
    assert case.due_at == DUE
    for part in (payment.reference, "₦5,000", "React Mastery 1:1", "Tunde Bakare", "Attendance", "Mails"):
        assert part in case.evidence

    def answer(who: Actor, word: str = DECLINED, message: str = "It was held.") -> None:
        with database.transaction() as session:
            dispute_answers.decide(session, who, dispute_id=case.id, answer=word, message=message, now=NOW)

    with pytest.raises(NotAllowed):
        answer(pair.tutor)
    for wrong in ({"word": "perhaps"}, {"message": " "}, {"message": "x" * 401}):
        with pytest.raises(InvalidInput):
            answer(operator, **wrong)
    answer(operator)
    with pytest.raises(Conflict):
        answer(operator, word=ACCEPTED)
    with database.reading() as session:
        assert dispute_answers.unsent(session) == [case.id]
    with database.transaction() as session:
        dispute_answers.refuse(session, case.id, "Too late")
    with database.reading() as session:
        (case,) = dispute_answers.cases(session, operator)
    assert (case.answer, case.problem) == ("", "Too late")


def test_the_proof_names_a_kobo_that_a_dispute_did_not_take(database: Database, pair: Pair) -> None:
    _, payment = bought(database, pair)
    take(database, raised(payment))
    take(database, ended(raised(payment), "auto-accepted"))
    with database.transaction() as session:
        dispute = session.exec(select(Dispute)).one()
        dispute.taken_kobo -= 1
        session.add(dispute)
    with database.reading() as session:
        assert ledger_proof.verify(session) == [
            f"Dispute {dispute.id} took 499999 kobo, of which 500000 are booked."
        ]
