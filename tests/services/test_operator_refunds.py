"""What operators give back: shown first, done once, never more than is left, each in the log."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import Dispute, Incident, IncidentKind, OutgoingMessage, Payment, RefundState
from mentor_ui.services import (
    audit,
    earnings,
    incidents,
    operator_refunds,
    provider_refunds,
    refund_progress,
)
from mentor_ui.services.operator_refunds import Consequence
from tests.paid import books, buy, refunds_of
from tests.world import Pair, make_pair, make_person

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
START = NOW + timedelta(days=2)
URL = "http://localhost:3000"


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


@pytest.fixture
def operator(database: Database) -> Actor:
    """Somebody who runs the platform."""
    return make_person(database, Role.ADMIN, name="Olu Admin")


def payment_of(database: Database, booking_id: int) -> Payment:
    with database.reading() as session:
        return session.exec(select(Payment).where(Payment.session_id == booking_id)).one()


def look(database: Database, operator: Actor, payment: Payment, amount_kobo: int) -> Consequence:
    with database.reading() as session:
        return operator_refunds.consequence(session, operator, payment_id=payment.id, amount_kobo=amount_kobo)


def give(
    database: Database,
    operator: Actor,
    payment: Payment,
    amount_kobo: int,
    seen: Consequence,
    *,
    reason: str = "the sound was bad.",
) -> int:
    with database.transaction() as session:
        return operator_refunds.refund(
            session,
            operator,
            payment_id=payment.id,
            amount_kobo=amount_kobo,
            seen=seen,
            reason=reason,
            public_url=URL,
            now=NOW,
        )


def log_of(database: Database, operator: Actor) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        return [(line.who, line.action, line.detail) for line in audit.log(session, operator)]


def test_what_is_shown_is_what_happens(database: Database, pair: Pair, operator: Actor) -> None:
    payment = payment_of(database, buy(database, pair, START, now=NOW))
    before = books(database, pair)
    seen = look(database, operator, payment, 120_000)
    assert seen == Consequence(
        left_kobo=500_000,
        student_kobo=120_000,
        credit_kobo=0,
        tutor_kobo=84_000,
        platform_kobo=36_000,
        from_escrow=True,
        wallet_kobo=0,
    )
    assert give(database, operator, payment, 120_000, seen) == 120_000
    after = books(database, pair)
    assert (before.tutor - after.tutor, before.platform - after.platform) == (84_000, 36_000)
    assert after.owed_back == 120_000
    assert log_of(database, operator) == [("Olu Admin", "refund", "₦1,200: the sound was bad.")]
    with database.reading() as session:
        (mail,) = session.exec(select(OutgoingMessage))
    assert "₦1,200" in mail.subject
    assert "the sound was bad." in mail.text
    (refund,) = refunds_of(database, payment.session_id or 0)
    assert (refund.origin, refund.asked_by) == ("OPERATOR", operator.person_id)


def test_a_share_that_was_released_leaves_the_wallet(database: Database, pair: Pair, operator: Actor) -> None:
    payment = payment_of(database, buy(database, pair, START, now=NOW))
    with database.transaction() as session:
        earnings.release_due(session, START + timedelta(days=9), wait=timedelta(hours=72))
    seen = look(database, operator, payment, 500_000)
    assert (seen.from_escrow, seen.tutor_kobo, seen.wallet_kobo) == (False, 350_000, 0)
    give(database, operator, payment, 500_000, seen)
    assert books(database, pair).tutor == 0


def test_a_double_click_gives_back_once(database: Database, pair: Pair, operator: Actor) -> None:
    payment = payment_of(database, buy(database, pair, START, now=NOW))
    seen = look(database, operator, payment, 100_000)
    barrier, answers = threading.Barrier(4), list[str]()

    def click() -> None:
        barrier.wait()
        try:
            answers.append(str(give(database, operator, payment, 100_000, seen)))
        except DomainError as refusal:
            answers.append(refusal.code)

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["100000", *["consequence_changed"] * 3]
    assert books(database, pair).owed_back == 100_000
    assert len(log_of(database, operator)) == 1, "what was refused is no deed"


def test_without_that_guard_a_double_click_gives_back_twice(
    database: Database, pair: Pair, operator: Actor
) -> None:
    payment = payment_of(database, buy(database, pair, START, now=NOW))
    for _ in range(2):
        give(database, operator, payment, 100_000, look(database, operator, payment, 100_000))
    assert books(database, pair).owed_back == 200_000


@pytest.mark.parametrize("amount_kobo", [0, -1, 500_001])
def test_no_more_than_is_left(database: Database, pair: Pair, operator: Actor, amount_kobo: int) -> None:
    payment = payment_of(database, buy(database, pair, START, now=NOW))
    with pytest.raises(InvalidInput):
        look(database, operator, payment, amount_kobo)


def test_nothing_is_left_after_all_of_it(database: Database, pair: Pair, operator: Actor) -> None:
    payment = payment_of(database, buy(database, pair, START, now=NOW))
    give(database, operator, payment, 500_000, look(database, operator, payment, 500_000))
    with pytest.raises(Conflict, match="already"):
        look(database, operator, payment, 1)
    with database.reading() as session:
        (found,) = operator_refunds.find(session, operator, query=payment.reference)
    assert found.left_kobo == 0


def test_a_reason_is_asked_for(database: Database, pair: Pair, operator: Actor) -> None:
    payment = payment_of(database, buy(database, pair, START, now=NOW))
    seen = look(database, operator, payment, 1)
    for reason in ("  ", "x" * 141):
        with pytest.raises(InvalidInput) as refusal:
            give(database, operator, payment, 1, seen, reason=reason)
        assert refusal.value.field == "reason"


def test_a_payment_that_a_bank_questions_waits(database: Database, pair: Pair, operator: Actor) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    payment = payment_of(database, booking_id)
    seen = look(database, operator, payment, 100_000)
    give(database, operator, payment, 100_000, seen)
    with database.transaction() as session:
        session.add(
            Dispute(
                provider_dispute_id=1,
                payment_id=payment.id,
                tutor_id=payment.tutor_id,
                amount_kobo=payment.amount_kobo,
            )
        )
    with pytest.raises(Conflict) as refusal:
        look(database, operator, payment, 1)
    assert refusal.value.code == "disputed"
    (refund,) = refunds_of(database, booking_id)
    with database.transaction() as session:
        assert not refund_progress.ask(session, refund.id, NOW), "the bank may take the same money"


def test_only_operators(database: Database, pair: Pair) -> None:
    payment = payment_of(database, buy(database, pair, START, now=NOW))
    nothing = Consequence(0, 0, 0, 0, 0, from_escrow=True, wallet_kobo=0)
    for person in (pair.tutor, pair.student):
        with database.reading() as session:
            for reads in (
                lambda: operator_refunds.find(session, person),  # noqa: B023
                lambda: operator_refunds.troubled(session, person),  # noqa: B023
                lambda: audit.log(session, person),  # noqa: B023
                lambda: incidents.open_incidents(session, person),  # noqa: B023
            ):
                with pytest.raises(NotAllowed):
                    reads()
        with pytest.raises(NotAllowed):
            give(database, person, payment, 1, nothing)
        with pytest.raises(NotAllowed), database.transaction() as session:
            operator_refunds.retry(session, person, refund_id=1, now=NOW)


def test_a_payment_that_is_none(database: Database, operator: Actor) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        operator_refunds.consequence(session, operator, payment_id=1, amount_kobo=1)


def fail(database: Database, booking_id: int, state: RefundState, number: int) -> int:
    """Let the only refund of a booking end badly, and return it."""
    (refund,) = refunds_of(database, booking_id)
    with database.transaction() as session:
        assert refund_progress.ask(session, refund.id, NOW)
        refund_progress.record(session, refund.id, state=state, provider_refund_id=number, now=NOW)
    return refund.id


def open_kinds(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Incident.kind).where(col(Incident.resolved_at).is_(None))))


def test_a_failed_refund_stands_before_the_operators_until_it_arrives(
    database: Database, pair: Pair, operator: Actor
) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    payment = payment_of(database, booking_id)
    give(database, operator, payment, 100_000, look(database, operator, payment, 100_000))
    refund_id = fail(database, booking_id, RefundState.FAILED, 5)
    assert open_kinds(database) == [IncidentKind.REFUND_FAILED]
    with database.transaction() as session:
        operator_refunds.retry(session, operator, refund_id=refund_id, now=NOW)
    assert open_kinds(database) == []
    with pytest.raises(Conflict), database.transaction() as session:
        operator_refunds.retry(session, operator, refund_id=refund_id, now=NOW)
    fail(database, booking_id, RefundState.FAILED, 6)
    assert open_kinds(database) == [IncidentKind.REFUND_FAILED], "it failed anew"
    with database.transaction() as session:
        refund_progress.record(session, refund_id, state=RefundState.PROCESSED, provider_refund_id=6, now=NOW)
    assert open_kinds(database) == []
    assert books(database, pair).owed_back == 0
    assert [line[1] for line in log_of(database, operator)] == ["retry_refund", "refund"]


def listed(database: Database, payment: Payment, number: int, amount_kobo: int, state: RefundState) -> None:
    with database.transaction() as session:
        provider_refunds.take_over(
            session, payment, provider_refund_id=number, amount_kobo=amount_kobo, state=state, now=NOW
        )


def test_a_lost_answer_is_found_in_the_list(database: Database, pair: Pair, operator: Actor) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    payment = payment_of(database, booking_id)
    give(database, operator, payment, 100_000, look(database, operator, payment, 100_000))
    (refund,) = refunds_of(database, booking_id)
    with database.transaction() as session:
        refund_progress.ask(session, refund.id, NOW)
    listed(database, payment, 7, 100_000, RefundState.PENDING)
    listed(database, payment, 7, 100_000, RefundState.PROCESSED)
    listed(database, payment, 7, 100_000, RefundState.PROCESSED)
    (refund,) = refunds_of(database, booking_id)
    assert (refund.provider_refund_id, refund.state) == (7, RefundState.PROCESSED)
    assert books(database, pair).owed_back == 0


def test_what_was_given_back_at_paystack_itself_is_booked_and_raised(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    payment = payment_of(database, booking_id)
    for _ in range(2):
        listed(database, payment, 8, 500_000, RefundState.PROCESSED)
    (refund,) = refunds_of(database, booking_id)
    assert (refund.amount_kobo, refund.state) == (500_000, RefundState.PROCESSED)
    assert books(database, pair).tutor == 0
    assert open_kinds(database) == [IncidentKind.UNMATCHED]
    listed(database, payment, 9, 1, RefundState.PROCESSED)
    assert len(refunds_of(database, booking_id)) == 1, "nothing was left for it"
    assert len(open_kinds(database)) == 2


def test_a_failed_try_that_is_still_listed_does_not_end_the_next(
    database: Database, pair: Pair, operator: Actor
) -> None:
    booking_id = buy(database, pair, START, now=NOW)
    payment = payment_of(database, booking_id)
    give(database, operator, payment, 100_000, look(database, operator, payment, 100_000))
    refund_id = fail(database, booking_id, RefundState.FAILED, 5)
    with database.transaction() as session:
        operator_refunds.retry(session, operator, refund_id=refund_id, now=NOW)
    listed(database, payment, 5, 100_000, RefundState.FAILED)
    (refund,) = refunds_of(database, booking_id)
    assert refund.state == RefundState.DUE


def test_an_incident_is_closed_once_with_a_note(database: Database, operator: Actor) -> None:
    with database.transaction() as session:
        for hours in (5, 1, None):
            incidents.raise_incident(
                session,
                IncidentKind.LEDGER,
                key=f"test-{hours}",
                summary=f"due in {hours}",
                due_at=None if hours is None else NOW + timedelta(hours=hours),
                now=NOW,
            )
        incidents.raise_incident(session, IncidentKind.LEDGER, key="test-1", summary="again", now=NOW)
    with database.reading() as session:
        waiting = incidents.open_incidents(session, operator)
    assert [one.summary for one in waiting] == ["due in 1", "due in 5", "due in None"]
    with pytest.raises(InvalidInput), database.transaction() as session:
        incidents.resolve(session, operator, incident_id=waiting[0].id, note=" ", now=NOW)
    with database.transaction() as session:
        incidents.resolve(session, operator, incident_id=waiting[0].id, note="Looked at it.", now=NOW)
    with pytest.raises(Conflict), database.transaction() as session:
        incidents.resolve(session, operator, incident_id=waiting[0].id, note="Me too.", now=NOW)
    assert log_of(database, operator) == [("Olu Admin", "resolve_incident", "Looked at it.")]


def test_the_log_is_read_page_by_page(database: Database, operator: Actor) -> None:
    with database.transaction() as session:
        for number in range(5):
            audit.note(session, operator if number else None, "refund", subject=f"payment {number}", now=NOW)
    with database.reading() as session:
        first = audit.log(session, operator, limit=3)
        second = audit.log(session, operator, before=first[-1].id, limit=3)
    assert [line.subject[-1] for line in (*first, *second)] == list("43210")
    assert second[-1].who == audit.COMMAND_LINE


def test_what_was_seen_must_be_all_of_it(database: Database, pair: Pair, operator: Actor) -> None:
    payment = payment_of(database, buy(database, pair, START, now=NOW))
    seen = look(database, operator, payment, 100_000)
    for other in (replace(seen, from_escrow=False), replace(seen, tutor_kobo=1)):
        with pytest.raises(Conflict):
            give(database, operator, payment, 100_000, other)
