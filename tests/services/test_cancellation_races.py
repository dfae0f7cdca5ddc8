"""Money that arrives while its session is called off: in either order no payment is left without outcome."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, Payment, PaymentState, Refund
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import bookings, sales, settlement
from mentor_ui.services.settlement import apply_charge
from tests.paid import booking_in, books
from tests.sandbox_process import SandboxProcess
from tests.services.test_bookings import quarters
from tests.services.test_changes import TICK, cancel
from tests.services.test_request_races import race
from tests.services.test_requests import approve, ask, asking_pair, withdraw
from tests.services.test_settlement import RULES, start
from tests.services.test_ways_to_pay import pay
from tests.world import FREE_TIME, NOON, Pair, make_pair

ROUNDS = 8
PRICE_KOBO = 500_000
HALF_KOBO = 250_000


def arrival(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess, reference: str
) -> Callable[[], PaymentState]:
    """Let a payment succeed, and return what books it; Paystack is asked before the race, not in it."""
    sandbox.settle(reference)
    charge = gateway.verify(reference)

    def arrive() -> PaymentState:
        with database.transaction() as session:
            return apply_charge(session, RULES, reference, charge, NOON)

    return arrive


def outcomes(database: Database, booking_id: int) -> Counter[tuple[PaymentState, int]]:
    """Return what became of all money that came for a booking: its state, and how much of it goes back.

    Money that goes nowhere and buys nothing fails here.
    """
    booking = booking_in(database, booking_id)
    found: Counter[tuple[PaymentState, int]] = Counter()
    with database.reading() as session:
        rows = session.exec(
            select(Payment, Refund)
            .outerjoin(Refund, col(Refund.payment_id) == col(Payment.id))
            .where(Payment.session_id == booking_id, col(Payment.paid_kobo).is_not(None))
        ).all()
    for payment, refund in rows:
        state = PaymentState(payment.state)
        is_booked = (booking.status, booking.payment_status) == (
            SessionStatus.SCHEDULED,
            PaymentStatus.PAID,
        )
        asked = payment.choose_by is not None
        assert refund is not None or asked or (state == PaymentState.PAID and is_booked), "without outcome"
        found[state, (payment.paid_kobo or 0) if asked else refund.amount_kobo if refund else 0] += 1
    return found


def check_time_and_books(database: Database, pair: Pair, booking_id: int, owed_back_kobo: int) -> None:
    """The session's time is claimed when it is booked and free when not; the ledger owes what is refunded."""
    booked = booking_in(database, booking_id).status == SessionStatus.SCHEDULED
    assert quarters(database, pair.tutor.person_id) == (4 if booked else 0)
    assert books(database, pair).owed_back == owed_back_kobo


def withdrawn_as_money_comes(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> tuple[Pair, int, Counter[str]]:
    """Withdraw an approved request at the moment at which its money arrives."""
    pair = asking_pair(database)
    booking_id = ask(database, pair.student, pair.offering_id).booking_id
    approve(database, pair.tutor, booking_id)
    arrive = arrival(database, gateway, sandbox, pay(database, gateway, pair, booking_id).reference)
    told = race([arrive, partial(withdraw, database, pair.student, booking_id)])
    return pair, booking_id, told


def test_who_withdraws_as_the_money_comes_has_the_session_or_the_money(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    for _ in range(ROUNDS):
        pair, booking_id, told = withdrawn_as_money_comes(database, gateway, sandbox)
        booking = booking_in(database, booking_id)
        if booking.status == SessionStatus.SCHEDULED:
            assert told == Counter({"won": 1, "request_over": 1})
            assert outcomes(database, booking_id) == Counter({(PaymentState.PAID, 0): 1})
            check_time_and_books(database, pair, booking_id, 0)
        else:
            assert (booking.status, told) == (SessionStatus.CANCELLED, Counter({"won": 2}))
            assert outcomes(database, booking_id) == Counter({(PaymentState.PAID_LATE, PRICE_KOBO): 1})
            check_time_and_books(database, pair, booking_id, PRICE_KOBO)


def _book_without_looking(session: Session, booking_id: int, *_: object) -> bool:
    values = {"status": SessionStatus.SCHEDULED, "payment_status": PaymentStatus.PAID}
    changed = update(MentorshipSession).where(col(MentorshipSession.id) == booking_id).values(**values)
    return session.connection().execute(changed).rowcount == 1


def test_without_the_comparison_a_withdrawn_request_is_booked_at_a_time_that_is_free(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the race above is real."""
    monkeypatch.setattr(sales, "confirm_running_hold", _book_without_looking)
    for _ in range(10 * ROUNDS):
        pair, booking_id, told = withdrawn_as_money_comes(database, gateway, sandbox)
        booking = booking_in(database, booking_id)
        if told["won"] == 2:
            assert booking.status == SessionStatus.SCHEDULED
            assert quarters(database, pair.tutor.person_id) == 0
            return
    pytest.fail("nobody ever withdrew before the money came")


def test_a_hold_that_is_let_go_as_its_money_comes_is_booked_in_either_order(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    for _ in range(ROUNDS):
        pair = make_pair(database)
        reference = start(database, gateway, pair)
        booking_id = _booking_of(database, reference)

        def let_go(student: Actor = pair.student, booking_id: int = booking_id) -> None:
            with database.transaction() as session:
                bookings.release_hold(session, student, booking_id=booking_id, now=NOON)

        told = race([arrival(database, gateway, sandbox, reference), let_go])
        assert told == Counter({"won": 2})
        assert outcomes(database, booking_id) == Counter({(PaymentState.PAID, 0): 1})
        check_time_and_books(database, pair, booking_id, 0)


@pytest.mark.parametrize("side", ["student", "tutor"])
def test_who_cancels_as_the_money_comes_is_refused_or_gives_back(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess, side: str
) -> None:
    for _ in range(ROUNDS):
        pair = make_pair(database)
        actor = pair.student if side == "student" else pair.tutor
        reference = start(database, gateway, pair)
        booking_id = _booking_of(database, reference)
        told = race(
            [
                arrival(database, gateway, sandbox, reference),
                partial(cancel, database, actor, booking_id, PRICE_KOBO),
            ]
        )
        back_kobo = PRICE_KOBO if told["won"] == 2 else 0
        assert told == Counter({"won": 2} if back_kobo else {"won": 1, "illegal_transition": 1})
        assert outcomes(database, booking_id) == Counter({(PaymentState.PAID, back_kobo): 1})
        check_time_and_books(database, pair, booking_id, back_kobo)


def test_a_second_payment_that_comes_as_the_session_is_cancelled_goes_back_whole(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    """The policy halves what bought the session, and never what bought nothing."""
    for _ in range(ROUNDS):
        pair = make_pair(database, mode=BookingMode.INSTANT)
        first = start(database, gateway, pair)
        sandbox.settle(first, "failed")
        settlement.settle(database, gateway, RULES, first, NOON)
        second = start(database, gateway, pair)
        booking_id = _booking_of(database, first)
        arrival(database, gateway, sandbox, second)()
        told = race(
            [
                arrival(database, gateway, sandbox, first),
                partial(cancel, database, pair.student, booking_id, HALF_KOBO, NOON + TICK),
            ]
        )
        assert told == Counter({"won": 2})
        assert booking_in(database, booking_id).starts_at == FREE_TIME
        assert outcomes(database, booking_id) == Counter(
            {(PaymentState.PAID, HALF_KOBO): 1, (PaymentState.DUPLICATE, PRICE_KOBO): 1}
        )
        check_time_and_books(database, pair, booking_id, HALF_KOBO + PRICE_KOBO)


def _booking_of(database: Database, reference: str) -> int:
    with database.reading() as session:
        return session.exec(select(Payment.session_id).where(Payment.reference == reference)).one()
