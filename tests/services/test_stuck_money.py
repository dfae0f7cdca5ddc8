"""What is stuck: found by how long it waits, the most pressing first, and named with where it is."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import BankAccount, Payment, PaymentState, Payout, PayoutState, Refund, RefundState
from mentor_ui.services import stuck_money
from mentor_ui.services.money_subjects import SubjectKind, subjects
from mentor_ui.services.stuck_money import Why
from tests.banking import set_account
from tests.booked import make_booking
from tests.world import NOON, Pair, make_pair

ADMIN = Actor(1, frozenset({Role.ADMIN}))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def paid(session: Session, pair: Pair, booking_id: int, state: PaymentState, at: datetime) -> Payment:
    waits = state == PaymentState.AWAITING
    row = Payment(
        reference=f"bk-{booking_id}-{state.lower()}",
        session_id=booking_id,
        student_id=pair.student.person_id,
        tutor_id=pair.tutor.person_id,
        amount_kobo=pair.price_kobo,
        state=state,
        paid_kobo=None if waits else pair.price_kobo,
        next_check_at=NOON if waits else None,
        choose_by=None if waits else at,
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def test_what_waits_too_long_is_named_and_what_does_not_is_not(sqlite_database: Database) -> None:
    pair = make_pair(sqlite_database)
    set_account(sqlite_database, pair.tutor)
    bookings = [make_booking(sqlite_database, pair, NOON + number * DAY).id for number in range(3)]
    with sqlite_database.transaction() as session:
        awaited = paid(session, pair, bookings[0], PaymentState.AWAITING, NOON - 2 * HOUR)
        paid(session, pair, bookings[1], PaymentState.AWAITING, NOON - HOUR / 2)
        over = paid(session, pair, bookings[0], PaymentState.PAID_LATE, NOON - HOUR)
        paid(session, pair, bookings[1], PaymentState.PAID_LATE, NOON + HOUR)
        late = Refund(
            payment_id=over.id,
            amount_kobo=100,
            reason="x",
            state=RefundState.PENDING,
            created_at=NOON - 6 * DAY,
        )
        arrived = Refund(
            payment_id=over.id,
            amount_kobo=200,
            reason="x",
            state=RefundState.PROCESSED,
            created_at=NOON - 6 * DAY,
        )
        session.add_all([late, arrived])
    with sqlite_database.transaction() as session:
        account = session.exec(select(BankAccount)).one()
        code = Payout(
            tutor_id=pair.tutor.person_id,
            bank_account_id=account.id,
            reference="po-1",
            amount_kobo=300_000,
            fee_kobo=2_500,
            state=PayoutState.OTP,
            created_at=NOON,
        )
        session.add(code)
    with sqlite_database.reading() as session:
        found = stuck_money.stuck(session, ADMIN, NOON)
        nothing = subjects(session, [])
    assert nothing == {}
    assert [(one.why, one.subject.id) for one in found] == [
        (Why.CODE_WANTED, code.id),
        (Why.CHOICE_OVER, over.id),
        (Why.REFUND_LATE, late.id),
        (Why.PAYMENT_AWAITED, awaited.id),
    ]
    payout, choice, refund, payment = (one.subject for one in found)
    assert (payout.kind, payout.person, payout.booking_id) == (SubjectKind.PAYOUT, "Tunde Bakare", None)
    assert (choice.reference, choice.booking_id, choice.person) == (over.reference, bookings[0], "Ada Obi")
    assert (refund.reference, refund.amount, refund.title) == (over.reference, 100, payment.title)
    with sqlite_database.reading() as session, pytest.raises(NotAllowed):
        stuck_money.stuck(session, pair.tutor, NOON)
