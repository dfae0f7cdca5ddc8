"""Money that bought nothing, and what its payer chooses, with the sandbox's Paystack, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES
from mentor_ui.models import (
    AccountKind,
    AppMessage,
    Choice,
    MentorshipSession,
    OutgoingMessage,
    Payment,
    PaymentState,
    Refund,
)
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import (
    changes,
    checkout,
    credit_proof,
    receipts,
    unspent_money,
)
from mentor_ui.services.receipts import ReceiptState
from tests.sandbox_process import SandboxProcess
from tests.services.test_bookings import take
from tests.services.test_settlement import RULES, balance, booking_of, settled, start
from tests.world import FREE_TIME, NOON, Pair, make_pair, make_person

LATE = NOON + timedelta(minutes=HOLD_MINUTES)
OTHER_TIME = FREE_TIME + timedelta(hours=4)


def pay_late(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess, pair: Pair, now: datetime = LATE
) -> str:
    """Let the hold lapse, give its time to somebody else, and let the money come."""
    reference = start(database, gateway, pair)
    take(database, make_person(database, Role.STUDENT, name="Bola Ojo"), pair.offering_id, now=now)
    sandbox.settle(reference)
    assert settled(database, gateway, reference, now) == PaymentState.PAID_LATE
    return reference


def pay_short(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess, pair: Pair, kobo: int = 400_000
) -> str:
    reference = start(database, gateway, pair)
    sandbox.settle(reference, amount=kobo)
    assert settled(database, gateway, reference) == PaymentState.MISMATCH
    return reference


def choose(
    database: Database,
    actor: Actor,
    reference: str,
    choice: Choice,
    starts_at: datetime | None = None,
    *,
    now: datetime = LATE,
) -> MentorshipSession:
    with database.transaction() as session:
        return unspent_money.choose(
            session, RULES, actor, reference=reference, choice=choice, starts_at=starts_at, now=now
        )


def refusal(
    database: Database,
    actor: Actor,
    reference: str,
    choice: Choice,
    starts_at: datetime | None = None,
    *,
    now: datetime = LATE,
) -> str:
    with pytest.raises(DomainError) as caught:
        choose(database, actor, reference, choice, starts_at, now=now)
    return caught.value.code


def receipt_of(database: Database, reference: str, now: datetime = LATE) -> receipts.Receipt:
    with database.reading() as session:
        return receipts.receipt(session, reference, now)


def credit_of(database: Database, pair: Pair) -> int:
    return balance(database, AccountKind.STUDENT_CREDIT, pair.student.person_id)


def owed_to(database: Database, pair: Pair) -> int:
    return balance(database, AccountKind.REFUNDS, pair.student.person_id)


def refunds_sent(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.exec(select(Refund.amount_kobo)))


def test_late_money_is_owed_and_its_payer_hears_of_the_choice_and_its_end(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    assert owed_to(database, pair) == 500_000
    receipt = receipt_of(database, reference)
    assert receipt.state == ReceiptState.CHOOSE
    assert receipt.choose_by == LATE + timedelta(hours=48)
    assert receipt.standing.choices == {Choice.ANOTHER_TIME, Choice.CREDIT, Choice.REFUND}
    with database.reading() as session:
        mail = session.exec(select(OutgoingMessage)).one()
        message = session.exec(select(AppMessage)).one()
    assert mail.subject == message.title == "₦5,000: please choose what happens with it"
    assert "26 Nov" in mail.text
    assert "Lagos time" in mail.text
    assert message.link == f"/mentorship/verify-payment?reference={reference}"


def test_another_time_is_booked_at_once_at_the_price_that_was_paid(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    with database.transaction() as session:
        offering = session.get_one(MentorshipSession, pair.offering_id)
        offering.price_kobo = 900_000
        session.add(offering)
    with database.reading() as session:
        booking = session.get_one(MentorshipSession, booking_of(database, reference).id)
        times = unspent_money.other_times(session, booking, LATE)
    assert FREE_TIME not in times
    assert OTHER_TIME in times
    choose(database, pair.student, reference, Choice.ANOTHER_TIME, OTHER_TIME)
    booking = booking_of(database, reference)
    assert (booking.status, booking.payment_status) == (SessionStatus.SCHEDULED, PaymentStatus.PAID)
    assert (booking.starts_at, booking.price_kobo) == (OTHER_TIME, 500_000)
    assert owed_to(database, pair) == credit_of(database, pair) == 0
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 350_000
    assert balance(database, AccountKind.PLATFORM_REVENUE) == 150_000
    assert balance(database, AccountKind.PROVIDER_FEES) == -17_500
    assert balance(database, AccountKind.CUSTOMER_CLEARING) == -482_500
    assert receipt_of(database, reference).state == ReceiptState.BOOKED
    assert settled(database, gateway, reference, LATE) == PaymentState.PAID


def test_a_session_at_another_time_can_be_cancelled_and_goes_back_to_the_card(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    booking = choose(database, pair.student, reference, Choice.ANOTHER_TIME, FREE_TIME + timedelta(days=3))
    with database.transaction() as session:
        back = changes.cancel(
            session,
            pair.student,
            booking_id=booking.id,
            refund_seen_kobo=500_000,
            public_url=RULES.public_url,
            now=LATE,
        )
    assert back == 500_000
    assert refunds_sent(database) == [500_000]
    assert owed_to(database, pair) == 500_000


def test_credit_is_the_students_and_can_still_go_back_while_it_is_unspent(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    for _ in range(2):
        choose(database, pair.student, reference, Choice.CREDIT)
    assert (credit_of(database, pair), owed_to(database, pair)) == (500_000, 0)
    receipt = receipt_of(database, reference)
    assert receipt.state == ReceiptState.CREDITED
    assert receipt.standing.returnable
    choose(database, pair.student, reference, Choice.REFUND)
    assert (credit_of(database, pair), owed_to(database, pair)) == (0, 500_000)
    assert refunds_sent(database) == [500_000]
    assert receipt_of(database, reference).state == ReceiptState.REFUNDING
    assert refusal(database, pair.student, reference, Choice.CREDIT) == "already_chosen"


def test_spent_credit_does_not_go_back(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    choose(database, pair.student, reference, Choice.CREDIT)
    hold = take(database, pair.student, pair.offering_id, starts_at=OTHER_TIME, now=LATE)
    with database.transaction() as session:
        checkout.pay_with_credit(
            session, RULES, pair.student, booking_id=hold.booking_id, price_seen_kobo=500_000, now=LATE
        )
    assert refusal(database, pair.student, reference, Choice.REFUND) == "already_chosen"
    assert not receipt_of(database, reference).standing.returnable
    assert credit_of(database, pair) == 0


def test_a_refund_is_sent_once_however_often_it_is_chosen(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    for _ in range(3):
        choose(database, pair.student, reference, Choice.REFUND)
    assert refunds_sent(database) == [500_000]
    assert booking_of(database, reference).payment_status == PaymentStatus.REFUNDING
    assert refusal(database, pair.student, reference, Choice.CREDIT) == "already_chosen"


def test_without_a_word_the_money_goes_back_after_two_days(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    end = LATE + unspent_money.CHOOSE_WITHIN
    with database.reading() as session:
        assert unspent_money.overdue(session, end - timedelta(seconds=1)) == []
        assert unspent_money.overdue(session, end) == [reference]
    assert refusal(database, pair.student, reference, Choice.CREDIT, now=end) == "choice_over"
    assert receipt_of(database, reference, end).state == ReceiptState.REFUNDING
    for expected in (True, False):
        with database.transaction() as session:
            done = unspent_money.send_back_overdue(session, RULES.public_url, reference, end)
        assert done is expected
    assert refunds_sent(database) == [500_000]
    with database.reading() as session:
        assert unspent_money.overdue(session, end) == []


def test_only_the_payer_chooses(database: Database, gateway: PaystackClient, sandbox: SandboxProcess) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    for other in (pair.tutor, make_person(database, Role.STUDENT)):
        assert refusal(database, other, reference, Choice.REFUND) == "payment_not_found"
    assert refusal(database, pair.student, "bk-1-1", Choice.REFUND) == "payment_not_found"


def test_a_time_that_is_not_free_changes_nothing(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    for starts_at, code in (
        (FREE_TIME, "time_taken"),
        (NOON, "time_passed"),
        (OTHER_TIME + timedelta(minutes=7), "time_not_open"),
        (None, "time_passed"),
    ):
        assert refusal(database, pair.student, reference, Choice.ANOTHER_TIME, starts_at) == code
    assert booking_of(database, reference).starts_at == FREE_TIME
    assert receipt_of(database, reference).state == ReceiptState.CHOOSE
    assert owed_to(database, pair) == 500_000


def test_where_the_tutor_answers_first_no_other_time_is_given(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    with database.transaction() as session:
        offering = session.get_one(MentorshipSession, pair.offering_id)
        offering.booking_mode = BookingMode.REQUEST
        session.add(offering)
    assert Choice.ANOTHER_TIME not in receipt_of(database, reference).standing.choices
    assert refusal(database, pair.student, reference, Choice.ANOTHER_TIME, OTHER_TIME) == "choice_gone"


def test_what_bought_a_session_leaves_nothing_to_choose(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    assert refusal(database, pair.student, reference, Choice.REFUND) == "nothing_to_choose"
    sandbox.settle(reference)
    settled(database, gateway, reference)
    assert refusal(database, pair.student, reference, Choice.REFUND) == "nothing_to_choose"


def test_two_late_payments_of_one_session_give_one_session_and_the_other_stays_to_choose(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    first = start(database, gateway, pair)
    sandbox.settle(first, "failed")
    settled(database, gateway, first)
    second = start(database, gateway, pair)
    take(database, make_person(database, Role.STUDENT), pair.offering_id, now=LATE)
    for reference in (first, second):
        sandbox.settle(reference)
        assert settled(database, gateway, reference, LATE) == PaymentState.PAID_LATE
    choose(database, pair.student, first, Choice.ANOTHER_TIME, OTHER_TIME)
    assert refusal(database, pair.student, second, Choice.ANOTHER_TIME, OTHER_TIME) == "choice_gone"
    assert receipt_of(database, second).standing.choices == {Choice.CREDIT, Choice.REFUND}
    assert owed_to(database, pair) == 500_000


def test_a_withdrawn_request_leaves_credit_or_refund(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_of(database, reference).id)
        booking.status = SessionStatus.CANCELLED
        session.add(booking)
    sandbox.settle(reference)
    assert settled(database, gateway, reference) == PaymentState.PAID_LATE
    receipt = receipt_of(database, reference, NOON)
    assert receipt.standing.choices == {Choice.CREDIT, Choice.REFUND}
    assert receipt.reason == "it came after the request was withdrawn."


def test_the_number_of_payments_of_a_choice_stays_one(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    choose(database, pair.student, reference, Choice.ANOTHER_TIME, OTHER_TIME)
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Payment)).one() == 1


@pytest.mark.parametrize("choice", [Choice.CREDIT, Choice.TOP_UP, Choice.ANOTHER_TIME, Choice.REFUND])
def test_the_proof_names_a_choice_that_was_not_carried_out(
    sqlite_database: Database, gateway: PaystackClient, sandbox: SandboxProcess, choice: Choice
) -> None:
    database = sqlite_database
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    with database.transaction() as session:
        payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
        payment.choice = choice
        session.add(payment)
    with database.reading() as session:
        problems = credit_proof.problems(session)
    assert problems
    assert all(reference in problem for problem in problems)


def test_the_proof_names_money_that_was_used_and_is_still_owed(
    sqlite_database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    database = sqlite_database
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    choose(database, pair.student, reference, Choice.CREDIT)
    with database.transaction() as session:
        payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
        payment.choice = ""
        session.add(payment)
    with database.reading() as session:
        assert credit_proof.problems(session) == [
            f"Of payment {reference} 0 kobo are left to return, after the choice “none” of 500000."
        ]
