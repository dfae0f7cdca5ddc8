"""Card or transfer: what Paystack is asked for, and how long the time is held."""

import re
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import BookingMode, SessionStatus
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES, TRANSFER_HOLD, Way
from mentor_ui.models import MentorshipSession, Payment, PaymentState
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import bookings, checkout
from tests.sandbox_process import SandboxProcess
from tests.services.test_bookings import refusal, status_of, take
from tests.services.test_requests import FAR, approve, ask, asking_pair, sweep, withdraw
from tests.services.test_settlement import settled
from tests.services.test_unspent_money import owed_to, receipt_of
from tests.world import NOON, Pair, make_pair, make_person


def pay(
    database: Database,
    gateway: PaystackClient,
    pair: Pair,
    booking_id: int,
    way: Way | None = None,
    *,
    now: datetime = NOON,
) -> checkout.OpenedCheckout:
    return checkout.start_payment(
        database,
        gateway,
        pair.student,
        booking_id=booking_id,
        public_url="http://localhost:3000",
        now=now,
        way=way,
    )


def held_until(database: Database, booking_id: int) -> datetime | None:
    with database.reading() as session:
        return session.get_one(MentorshipSession, booking_id).hold_expires_at


def offered(sandbox: SandboxProcess, opened: checkout.OpenedCheckout) -> set[str]:
    """Which of the stand-in's buttons to pay are on its page."""
    path = opened.authorization_url.removeprefix(sandbox.public_url)
    text = sandbox.http.get(path).text
    return set(re.findall(r'value="(pay|transfer)"', text))


def test_a_card_keeps_the_hold_as_it_is_and_its_page_takes_no_transfer(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    opened = pay(database, gateway, pair, hold.booking_id)
    assert held_until(database, hold.booking_id) == NOON + timedelta(minutes=HOLD_MINUTES)
    assert offered(sandbox, opened) == {"pay"}
    path = opened.authorization_url.removeprefix(sandbox.public_url)
    sandbox.http.post(path, data={"action": "transfer"})
    assert settled(database, gateway, opened.reference) == PaymentState.AWAITING


def test_a_transfer_is_a_new_attempt_with_a_page_and_a_longer_hold_of_its_own(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    card = pay(database, gateway, pair, hold.booking_id, Way.CARD)
    at = NOON + timedelta(minutes=5)
    transfer = pay(database, gateway, pair, hold.booking_id, Way.TRANSFER, now=at)
    assert offered(sandbox, transfer) == {"transfer"}
    assert held_until(database, hold.booking_id) == at + TRANSFER_HOLD
    later = at + timedelta(minutes=20)
    assert pay(database, gateway, pair, hold.booking_id, Way.CARD, now=later) == card
    assert pay(database, gateway, pair, hold.booking_id, Way.TRANSFER, now=later) == transfer
    assert pay(database, gateway, pair, hold.booking_id, None, now=later) == transfer
    assert held_until(database, hold.booking_id) == at + TRANSFER_HOLD
    with database.reading() as session:
        rows = session.exec(select(Payment).order_by(col(Payment.attempt))).all()
    assert [(row.attempt, row.way) for row in rows] == [(1, "card"), (2, "transfer")]


def test_while_a_transfer_is_under_way_nobody_else_gets_the_time(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    opened = pay(database, gateway, pair, hold.booking_id, Way.TRANSFER)
    late = NOON + TRANSFER_HOLD - timedelta(seconds=1)
    other = make_person(database, Role.STUDENT)
    assert refusal(lambda: take(database, other, pair.offering_id, now=late)) == "time_taken"
    with database.transaction() as session:
        assert bookings.lapse_expired(session, late) == 0
    sandbox.settle(opened.reference)
    assert settled(database, gateway, opened.reference, late) == PaymentState.PAID
    assert status_of(database, hold.booking_id) == SessionStatus.SCHEDULED


def test_an_account_that_paystack_gives_another_life_counts(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    body = {
        "status": True,
        "message": "Authorization URL created",
        "data": {
            "authorization_url": f"{sandbox.public_url}/paystack/checkout/abc",
            "access_code": "abc",
            "reference": f"bk-{hold.booking_id:019d}-1",
            "account_expires_at": (NOON + timedelta(minutes=20)).isoformat(),
        },
    }
    sandbox.fault("paystack.initialize", "reply", status=200, body=body)
    pay(database, gateway, pair, hold.booking_id, Way.TRANSFER)
    assert held_until(database, hold.booking_id) == NOON + timedelta(minutes=20 + 15)


def test_choosing_a_transfer_does_not_bring_back_a_hold_that_ran_out(
    database: Database, gateway: PaystackClient
) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    with pytest.raises(Conflict) as caught:
        pay(database, gateway, pair, hold.booking_id, Way.TRANSFER, now=hold.expires_at)
    assert caught.value.code == "hold_expired"
    assert held_until(database, hold.booking_id) == hold.expires_at


def test_an_approved_request_is_paid_for_like_any_hold(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = asking_pair(database)
    request = ask(database, pair.student, pair.offering_id)
    until = approve(database, pair.tutor, request.booking_id)
    opened = pay(database, gateway, pair, request.booking_id, Way.TRANSFER)
    # The tutor's yes lasts longer than a transfer does.
    assert held_until(database, request.booking_id) == until
    sandbox.settle(opened.reference)
    assert settled(database, gateway, opened.reference) == PaymentState.PAID
    assert status_of(database, request.booking_id) == SessionStatus.SCHEDULED
    assert sweep(database, until + timedelta(hours=1)) == (0, 0, 0)


def test_money_for_a_request_that_was_withdrawn_waits_for_its_payer(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = asking_pair(database)
    request = ask(database, pair.student, pair.offering_id)
    approve(database, pair.tutor, request.booking_id)
    opened = pay(database, gateway, pair, request.booking_id)
    withdraw(database, pair.student, request.booking_id)
    sandbox.settle(opened.reference)
    assert settled(database, gateway, opened.reference) == PaymentState.PAID_LATE
    assert status_of(database, request.booking_id) == SessionStatus.CANCELLED
    assert receipt_of(database, opened.reference).reason == "it came after the request was withdrawn."
    assert owed_to(database, pair) == 500_000
    # The time is free: nothing of the money that came too late claims it.
    take(database, make_person(database, Role.STUDENT), free_offering(database, pair), starts_at=FAR)


def test_late_money_for_an_unpaid_approval_books_the_time_while_it_is_free(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = asking_pair(database)
    request = ask(database, pair.student, pair.offering_id)
    until = approve(database, pair.tutor, request.booking_id)
    opened = pay(database, gateway, pair, request.booking_id)
    sweep(database, until)
    sandbox.settle(opened.reference)
    assert settled(database, gateway, opened.reference, until) == PaymentState.PAID
    assert status_of(database, request.booking_id) == SessionStatus.SCHEDULED


def free_offering(database: Database, pair: Pair) -> int:
    """Let the tutor's offering be booked at once from now on."""
    with database.transaction() as session:
        session.get_one(MentorshipSession, pair.offering_id).booking_mode = BookingMode.INSTANT
    return pair.offering_id
