"""From a held time to a paid booking, with the sandbox's Paystack, on both databases."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.availability_rules import ExceptionKind
from mentor_ui.domain.errors import Conflict, NotFound
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES
from mentor_ui.models import (
    AccountKind,
    AppMessage,
    AvailabilityException,
    BusyTime,
    CalendarKind,
    Incident,
    IncidentKind,
    LedgerAccount,
    LedgerTransaction,
    LinkedCalendar,
    MentorshipSession,
    OutgoingMessage,
    Payment,
    PaymentState,
    Person,
    Refund,
    TutorRules,
)
from mentor_ui.providers.errors import ProviderError
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import (
    bookings,
    changes,
    checkout,
    followups,
    ledger,
    ledger_proof,
    payments,
    receipts,
)
from mentor_ui.services.settlement import SettlementRules, settle
from tests.sandbox_process import SandboxProcess
from tests.services.test_bookings import take
from tests.world import FREE_TIME, NOON, Pair, follow_sales, make_pair, make_person

RULES = SettlementRules(platform_share_percent=30, domain="test", public_url="http://localhost:3000")


def start(
    database: Database,
    gateway: PaystackClient,
    pair: Pair,
    now: datetime = NOON,
    starts_at: datetime = FREE_TIME,
) -> str:
    hold = take(
        database, pair.student, pair.offering_id, starts_at=starts_at, price_kobo=pair.price_kobo, now=now
    )
    return checkout.start_payment(
        database,
        gateway,
        pair.student,
        booking_id=hold.booking_id,
        public_url="http://localhost:3000",
        now=now,
    ).reference


def settled(
    database: Database, gateway: PaystackClient, reference: str, now: datetime = NOON
) -> PaymentState:
    state = settle(database, gateway, RULES, reference, now)
    follow_sales(database, now)
    return state


def booking_of(database: Database, reference: str) -> MentorshipSession:
    with database.reading() as session:
        payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
        return session.get_one(MentorshipSession, payment.session_id)


def counts(database: Database) -> tuple[int, int, int]:
    """Ledger transactions, messages in the application, mails."""
    with database.reading() as session:
        return (
            session.exec(select(func.count()).select_from(LedgerTransaction)).one(),
            session.exec(select(func.count()).select_from(AppMessage)).one(),
            session.exec(select(func.count()).select_from(OutgoingMessage)).one(),
        )


def balance(database: Database, kind: AccountKind, owner_id: int = ledger.PLATFORM) -> int:
    with database.reading() as session:
        assert ledger_proof.verify(session) == []
        return ledger.balance_kobo(session, kind, owner_id)


def queued(database: Database, prefix: str) -> int:
    return len(database.queue.list_workflows(workflow_id_prefix=prefix))


def test_a_paid_hold_becomes_a_booking_with_its_money_and_its_news(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database, price_kobo=500_001)
    reference = start(database, gateway, pair)
    sandbox.settle(reference)
    assert settled(database, gateway, reference) == PaymentState.PAID
    booking = booking_of(database, reference)
    assert (booking.is_offering, booking.status, booking.payment_status) == (
        False,
        SessionStatus.SCHEDULED,
        PaymentStatus.PAID,
    )
    assert (booking.student_id, booking.tutor_id) == (pair.student.person_id, pair.tutor.person_id)
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 350_000
    assert balance(database, AccountKind.PLATFORM_REVENUE) == 150_001
    fee = 7_501 + 10_000
    assert balance(database, AccountKind.PROVIDER_FEES) == -fee
    assert balance(database, AccountKind.CUSTOMER_CLEARING) == -(500_001 - fee)
    assert counts(database) == (1, 2, 2)
    assert queued(database, f"room-{booking.id}-0") == 1
    assert queued(database, "mail-") == 2


def test_settling_again_changes_nothing(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference)
    for days in range(3):
        now = NOON + timedelta(days=days)
        assert settled(database, gateway, reference, now) == PaymentState.PAID
    assert counts(database) == (1, 2, 2)


def test_fifty_settles_at_the_same_moment_book_once(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference)
    states: list[PaymentState] = []
    start_line = threading.Barrier(50)

    def run() -> None:
        start_line.wait()
        states.append(settled(database, gateway, reference))

    threads = [threading.Thread(target=run) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == [PaymentState.PAID] * 50
    assert counts(database) == (1, 2, 2)
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 350_000


@pytest.mark.parametrize(
    ("word", "state", "shown"),
    [
        ("failed", PaymentState.FAILED, receipts.ReceiptState.FAILED),
        ("abandoned", PaymentState.AWAITING, receipts.ReceiptState.NOT_PAID),
        ("ongoing", PaymentState.AWAITING, receipts.ReceiptState.WAITING),
        ("pending", PaymentState.AWAITING, receipts.ReceiptState.WAITING),
    ],
)
def test_what_is_not_a_success_gives_nothing_and_is_asked_about_again(
    sqlite_database: Database,
    gateway: PaystackClient,
    sandbox: SandboxProcess,
    *,
    word: str,
    state: PaymentState,
    shown: receipts.ReceiptState,
) -> None:
    database = sqlite_database
    reference = start(database, gateway, make_pair(database))
    sandbox.settle(reference, word)
    assert settled(database, gateway, reference) == state
    assert booking_of(database, reference).status == SessionStatus.HELD
    assert counts(database) == (0, 0, 0)
    with database.reading() as session:
        receipt = receipts.receipt(session, reference, NOON)
        assert receipt.state == shown
        assert receipt.hold_expires_at is not None
        assert payments.due_for_check(session, NOON + timedelta(days=2)) == [reference]


def test_a_good_try_after_a_failed_one_still_books(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    reference = start(database, gateway, make_pair(database))
    sandbox.settle(reference, "failed")
    assert settled(database, gateway, reference) == PaymentState.FAILED
    sandbox.settle(reference)
    assert settled(database, gateway, reference) == PaymentState.PAID


@pytest.mark.parametrize("change", [{"amount": 100}, {"amount": 499_999}, {"requested_amount": 490_000}])
def test_a_wrong_amount_gives_no_session_and_waits_for_its_payer(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess, change: dict[str, object]
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference, **change)
    assert settled(database, gateway, reference) == PaymentState.MISMATCH
    assert booking_of(database, reference).status == SessionStatus.HELD
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 0
    assert balance(database, AccountKind.REFUNDS, pair.student.person_id) == change.get("amount", 500_000)
    with database.reading() as session:
        assert session.exec(select(Refund)).all() == []
        incident = session.exec(select(Incident)).one()
        assert receipts.receipt(session, reference, NOON).state == receipts.ReceiptState.CHOOSE
    assert incident.summary.startswith(f"{reference}: ₦5,000 were asked for")


def test_another_currency_gives_no_session_and_goes_back_at_once(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference, currency="USD")
    assert settled(database, gateway, reference) == PaymentState.MISMATCH
    assert balance(database, AccountKind.REFUNDS, pair.student.person_id) == 0
    with database.reading() as session:
        refund = session.exec(select(Refund)).one()
        assert session.exec(select(Incident)).one().kind == IncidentKind.WRONG_CURRENCY
        assert receipts.receipt(session, reference, NOON).state == receipts.ReceiptState.REFUNDING
    assert refund.amount_kobo == 500_000
    assert queued(database, f"refund-{refund.id}") == 1


def test_a_fee_passed_on_to_the_payer_books_and_is_no_gift(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference, amount=517_500)
    assert settled(database, gateway, reference) == PaymentState.PAID
    assert balance(database, AccountKind.STUDENT_CREDIT, pair.student.person_id) == 0


def test_what_is_paid_above_price_and_fee_becomes_the_students_credit(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference, amount=600_000)
    assert settled(database, gateway, reference) == PaymentState.PAID
    assert balance(database, AccountKind.STUDENT_CREDIT, pair.student.person_id) == 100_000
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 350_000
    assert balance(database, AccountKind.PROVIDER_FEES) == -19_000
    with database.reading() as session:
        assert receipts.receipt(session, reference, NOON).surplus_kobo == 100_000


def test_late_money_books_when_the_time_is_still_free(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    reference = start(database, gateway, make_pair(database))
    late = NOON + timedelta(hours=1)
    with database.transaction() as session:
        bookings.lapse_expired(session, late)
    sandbox.settle(reference)
    assert settled(database, gateway, reference, late) == PaymentState.PAID
    assert booking_of(database, reference).status == SessionStatus.SCHEDULED


def test_late_money_for_a_time_that_is_gone_waits_for_its_payer_and_the_other_keeps_the_time(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    late = NOON + timedelta(minutes=HOLD_MINUTES)
    other = take(database, make_person(database, *pair.student.roles), pair.offering_id, now=late)
    sandbox.settle(reference)
    assert settled(database, gateway, reference, late) == PaymentState.PAID_LATE
    with database.reading() as session:
        assert session.get_one(MentorshipSession, other.booking_id).status == SessionStatus.HELD
        assert session.exec(select(Refund)).all() == []
        assert receipts.receipt(session, reference, late).state == receipts.ReceiptState.CHOOSE
    assert balance(database, AccountKind.REFUNDS, pair.student.person_id) == 500_000
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 0


def day_full(session: Session, pair: Pair) -> None:
    session.add(TutorRules(tutor_id=pair.tutor.person_id, most_sessions_day=1))
    learner = Person(email="late@demo.test", name="Bola Ojo", password_hash="", timezone="Africa/Lagos")
    session.add(learner)
    session.flush()
    earlier = FREE_TIME - timedelta(hours=3)
    session.add(
        MentorshipSession(
            tutor_id=pair.tutor.person_id,
            student_id=learner.id,
            title="React Mastery 1:1",
            duration=60,
            price_kobo=500_000,
            status=SessionStatus.SCHEDULED,
            payment_status=PaymentStatus.PAID,
            starts_at=earlier,
            ends_at=earlier + timedelta(hours=1),
            join_token="late",
        )
    )


def away(session: Session, pair: Pair) -> None:
    day = FREE_TIME.date()
    session.add(
        AvailabilityException(
            tutor_id=pair.tutor.person_id,
            kind=ExceptionKind.AWAY,
            first_day=day,
            last_day=day,
            starts_minute=0,
            ends_minute=1440,
        )
    )


def busy(session: Session, pair: Pair) -> None:
    calendar = LinkedCalendar(
        tutor_id=pair.tutor.person_id, kind=CalendarKind.ICS, name="Work", secret="sealed", succeeded_at=NOON
    )
    session.add(calendar)
    session.flush()
    session.add(
        BusyTime(
            tutor_id=pair.tutor.person_id,
            calendar_id=calendar.id,
            starts_at=FREE_TIME + timedelta(minutes=45),
            ends_at=FREE_TIME + timedelta(hours=3),
        )
    )


def unreadable(session: Session, pair: Pair) -> None:
    session.add(
        LinkedCalendar(tutor_id=pair.tutor.person_id, kind=CalendarKind.ICS, name="Work", secret="sealed")
    )


@pytest.mark.parametrize("change", [day_full, away, busy, unreadable])
def test_late_money_for_a_time_that_the_tutor_no_longer_gives_books_nothing(
    database: Database,
    gateway: PaystackClient,
    sandbox: SandboxProcess,
    change: Callable[[Session, Pair], None],
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    late = NOON + timedelta(hours=1)
    with database.transaction() as session:
        bookings.lapse_expired(session, late)
        change(session, pair)
    sandbox.settle(reference)
    assert settled(database, gateway, reference, late) == PaymentState.PAID_LATE
    assert booking_of(database, reference).status == SessionStatus.EXPIRED
    assert balance(database, AccountKind.REFUNDS, pair.student.person_id) == 500_000


def test_late_money_for_a_time_that_has_passed_books_nothing(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    reference = start(database, gateway, make_pair(database))
    sandbox.settle(reference)
    assert settled(database, gateway, reference, FREE_TIME) == PaymentState.PAID_LATE


def test_two_paid_attempts_of_one_booking_book_once_and_return_the_second(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    first = start(database, gateway, pair)
    sandbox.settle(first, "failed")
    settled(database, gateway, first)
    second = start(database, gateway, pair)
    assert second != first
    for reference in (first, second):
        sandbox.settle(reference)
    outcomes = [settled(database, gateway, reference) for reference in (second, first)]
    assert outcomes == [PaymentState.PAID, PaymentState.DUPLICATE]
    assert balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 350_000
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Refund)).one() == 1
        assert session.exec(select(Incident)).one().kind == IncidentKind.DUPLICATE_CHARGE


def test_expiry_against_payment_has_one_winner(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    """At the very end of a hold its payment and the next taker race; never both, never neither."""
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference)
    other = make_person(database, *pair.student.roles)
    end = NOON + timedelta(minutes=HOLD_MINUTES)
    took: list[bool] = []
    line = threading.Barrier(2)

    def rival() -> None:
        line.wait()
        try:
            take(database, other, pair.offering_id, now=end)
            took.append(True)
        except Conflict:
            took.append(False)

    thread = threading.Thread(target=rival)
    thread.start()
    line.wait()
    state = settled(database, gateway, reference, end)
    thread.join()
    assert (state == PaymentState.PAID) is not took[0]
    with database.reading() as session:
        live = session.exec(
            select(func.count())
            .select_from(MentorshipSession)
            .where(
                col(MentorshipSession.is_offering).is_(False),
                col(MentorshipSession.status).in_((SessionStatus.HELD, SessionStatus.SCHEDULED)),
            )
        ).one()
    assert live == 1


def test_when_paystack_does_not_answer_nothing_changes_and_the_hold_stays(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    sandbox.fault("paystack.initialize", "500_before", times=1)
    with pytest.raises(checkout.PaymentUnavailable):
        start(database, gateway, pair)
    reference = start(database, gateway, pair)
    sandbox.fault("paystack.verify", "500_before", times=None)
    with pytest.raises(ProviderError):
        settled(database, gateway, reference)
    assert booking_of(database, reference).id == hold.booking_id
    sandbox.control("DELETE", "faults")
    sandbox.settle(reference)
    assert settled(database, gateway, reference) == PaymentState.PAID


def test_a_second_click_finds_the_page_of_the_first(database: Database, gateway: PaystackClient) -> None:
    pair = make_pair(database)
    assert start(database, gateway, pair) == start(database, gateway, pair)


def test_paying_needs_a_running_hold(database: Database, gateway: PaystackClient) -> None:
    pair = make_pair(database)
    hold = take(database, pair.student, pair.offering_id)
    for student, now, code in (
        (pair.student, hold.expires_at, "hold_expired"),
        (make_person(database, *pair.student.roles), NOON, "booking_not_found"),
    ):
        with pytest.raises((Conflict, NotFound)) as caught:
            checkout.start_payment(
                database,
                gateway,
                student,
                booking_id=hold.booking_id,
                public_url="http://localhost:3000",
                now=now,
            )
        assert caught.value.code == code


def test_a_reference_that_is_not_ours_is_refused(database: Database, gateway: PaystackClient) -> None:
    with pytest.raises(NotFound):
        settled(database, gateway, "bk-0000000000000000001-1")


def test_a_sale_is_told_once_by_whoever_comes_first(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference)
    assert settle(database, gateway, RULES, reference, NOON) == PaymentState.PAID
    assert counts(database) == (1, 0, 0)
    booking_id = booking_of(database, reference).id
    told: list[bool] = []
    start_line = threading.Barrier(8)

    def tell() -> None:
        start_line.wait()
        with database.transaction() as session:
            told.append(followups.follow_sale(session, booking_id, public_url=RULES.public_url, now=NOON))

    threads = [threading.Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False] * 7 + [True]
    assert counts(database) == (1, 2, 2)
    assert follow_sales(database) == []


def test_a_sale_that_cannot_be_told_is_still_due(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference)
    settle(database, gateway, RULES, reference, NOON)
    booking = booking_of(database, reference)
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        followups.follow_sale(session, booking.id, public_url=RULES.public_url, now=NOON)
        raise ZeroDivisionError
    assert counts(database) == (1, 0, 0)
    assert queued(database, f"room-{booking.id}-") == 0
    assert follow_sales(database) == [booking.id]
    assert counts(database) == (1, 2, 2)


def test_a_session_that_was_cancelled_before_its_sale_was_told_is_not_told_as_booked(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = start(database, gateway, pair)
    sandbox.settle(reference)
    settle(database, gateway, RULES, reference, NOON)
    booking_id = booking_of(database, reference).id
    with database.transaction() as session:
        changes.cancel(
            session,
            pair.tutor,
            booking_id=booking_id,
            refund_seen_kobo=pair.price_kobo,
            public_url=RULES.public_url,
            now=NOON,
        )
    assert follow_sales(database) == [booking_id]
    with database.reading() as session:
        assert set(session.exec(select(AppMessage.kind))) == {"cancelled"}
    assert queued(database, f"remind-24h-{booking_id}") == 0


def test_an_account_that_was_rolled_back_is_not_remembered(database: Database) -> None:
    person = make_person(database, Role.TUTOR)
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        lost = ledger.account_id(session, AccountKind.TUTOR_WALLET, person.person_id)
        raise ZeroDivisionError
    with database.transaction() as session:
        kept = ledger.account_id(session, AccountKind.TUTOR_WALLET, person.person_id)
    assert kept != lost
    with database.transaction() as session:
        assert ledger.account_id(session, AccountKind.TUTOR_WALLET, person.person_id) == kept
        assert session.get_one(LedgerAccount, kept).owner_id == person.person_id
