"""What happens to one payment's money at the same moment: once, and never two things of it.

With the guard off each race is shown to do harm: both choices are carried out, or credit is spent twice.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.roles import Role
from mentor_ui.models import AccountKind, Choice, MentorshipSession, Payment
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import checkout, credit, ledger, payments, unspent_money
from tests.databases import PostgresqlDatabases, opened
from tests.sandbox_process import SandboxProcess
from tests.services.test_bookings import take
from tests.services.test_credit import give_credit
from tests.services.test_request_races import race
from tests.services.test_settlement import RULES, balance, booking_of
from tests.services.test_unspent_money import (
    LATE,
    OTHER_TIME,
    choose,
    credit_of,
    owed_to,
    pay_late,
    receipt_of,
    refunds_sent,
)
from tests.world import FREE_TIME, Pair, make_pair, make_person

ROUNDS = 4


def acts(database: Database, pair: Pair, reference: str) -> list[Callable[[], object]]:
    """Every choice twice, as from two tabs, and the sweep that comes after two days."""
    chosen = (Choice.CREDIT, Choice.REFUND)
    found: list[Callable[[], object]] = [
        lambda choice=choice: choose(database, pair.student, reference, choice) for choice in chosen * 2
    ]
    found += [
        lambda: choose(database, pair.student, reference, Choice.ANOTHER_TIME, OTHER_TIME) for _ in range(2)
    ]

    def sweep() -> None:
        with database.transaction() as session:
            unspent_money.send_back_overdue(
                session, RULES.public_url, reference, LATE + unspent_money.CHOOSE_WITHIN
            )

    return [*found, sweep]


def test_of_all_choices_at_the_same_moment_one_is_carried_out(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    for _ in range(ROUNDS):
        pair = make_pair(database)
        before = len(refunds_sent(database))
        reference = pay_late(database, gateway, sandbox, pair)
        told = race(acts(database, pair, reference))
        assert set(told) <= {"won", "already_chosen"}
        sold = balance(database, AccountKind.TUTOR_ESCROW, pair.tutor.person_id) == 350_000
        kobo = (credit_of(database, pair), owed_to(database, pair), 500_000 if sold else 0)
        # A refund after credit is one more choice, as long as the credit is there.
        assert sorted(kobo) == [0, 0, 500_000]
        assert len(refunds_sent(database)) - before == (1 if kobo[1] else 0)


def test_a_choice_against_a_taker_of_the_same_time_gives_it_to_one(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    for number in range(ROUNDS):
        pair = make_pair(database)
        reference = pay_late(database, gateway, sandbox, pair)
        rival = make_person(database, Role.STUDENT)
        at = OTHER_TIME + timedelta(hours=number)
        told = race(
            [
                lambda at=at, pair=pair, reference=reference: choose(
                    database, pair.student, reference, Choice.ANOTHER_TIME, at
                ),
                lambda at=at, pair=pair, rival=rival: take(
                    database, rival, pair.offering_id, starts_at=at, now=LATE
                ),
            ]
        )
        assert told["won"] == 1
        state = receipt_of(database, reference).state
        assert (state == "booked") == (booking_of(database, reference).starts_at == at)
        assert owed_to(database, pair) == (0 if state == "booked" else 500_000)


def spend_twice(database: Database, pair: Pair) -> Counter[str]:
    """Pay for two sessions with the same credit at the same moment."""
    holds = [
        take(database, pair.student, offering, starts_at=at, now=LATE)
        for offering, at in ((pair.offering_id, FREE_TIME), (make_pair(database).offering_id, OTHER_TIME))
    ]

    def pay(booking_id: int) -> None:
        with database.transaction() as session:
            checkout.pay_with_credit(
                session, RULES, pair.student, booking_id=booking_id, price_seen_kobo=500_000, now=LATE
            )

    return race([lambda one=one: pay(one.booking_id) for one in holds for _ in range(2)])


def test_credit_is_spent_once(database: Database) -> None:
    for _ in range(ROUNDS):
        pair = make_pair(database)
        give_credit(database, pair.student, 500_000)
        told = spend_twice(database, pair)
        assert told["won"] == 1
        assert set(told) <= {"won", "credit_changed", "already_paid"}
        assert credit_of(database, pair) == 0


def test_without_turns_credit_is_spent_twice(
    postgresql_databases: PostgresqlDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = threading.Barrier(2)
    real = credit.free_kobo

    def slowly(session: Session, student_id: int) -> int:
        found = real(session, student_id)
        line.wait(timeout=10)
        return found

    with opened(postgresql_databases) as database:
        pair = make_pair(database)
        give_credit(database, pair.student, 500_000)
        holds = [
            take(database, pair.student, offering, starts_at=at, now=LATE)
            for offering, at in ((pair.offering_id, FREE_TIME), (make_pair(database).offering_id, OTHER_TIME))
        ]
        monkeypatch.setattr(payments, "take_turns", lambda *_: None)
        monkeypatch.setattr(credit, "free_kobo", slowly)

        def keep(booking_id: int) -> None:
            with database.transaction() as session:
                payments.open_attempt(
                    session, pair.student, booking_id=booking_id, now=LATE, credit_kobo=500_000
                )

        told = race([lambda one=one: keep(one.booking_id) for one in holds])
        assert told == {"won": 2}
        with database.reading() as session:
            kobo = ledger.available_kobo(session, AccountKind.STUDENT_CREDIT, pair.student.person_id)
    assert kobo == -500_000


def test_without_the_lock_and_the_comparison_two_choices_are_carried_out(
    postgresql_databases: PostgresqlDatabases,
    gateway: PaystackClient,
    sandbox: SandboxProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = threading.Barrier(2)
    real = unspent_money.standing

    def slowly(*arguments: object) -> unspent_money.Standing:
        found = real(*arguments)  # pyright: ignore[reportArgumentType]
        line.wait(timeout=10)
        return found

    with opened(postgresql_databases) as database:
        pair = make_pair(database)
        reference = pay_late(database, gateway, sandbox, pair)
        monkeypatch.setattr(unspent_money, "take_turns", lambda *_: None)
        monkeypatch.setattr(unspent_money, "_of_payer", unlocked)
        monkeypatch.setattr(unspent_money, "_mark", lambda *_: True)
        monkeypatch.setattr(unspent_money, "standing", slowly)
        told = race(
            [
                lambda: choose(database, pair.student, reference, Choice.CREDIT),
                lambda: choose(database, pair.student, reference, Choice.REFUND),
            ]
        )
        assert told == {"won": 2}
        with database.reading() as session:
            credited = ledger.balance_kobo(session, AccountKind.STUDENT_CREDIT, pair.student.person_id)
        # The money is the student's credit, and it is sent back as well.
        assert (credited, refunds_sent(database)) == (500_000, [500_000])


def unlocked(session: Session, actor: object, reference: str) -> tuple[object, object]:
    """Find the payment as `choose` does, but let others have it too."""
    del actor
    payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
    return payment, session.get_one(MentorshipSession, payment.session_id)


def test_a_refused_choice_is_a_conflict(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    pair = make_pair(database)
    reference = pay_late(database, gateway, sandbox, pair)
    choose(database, pair.student, reference, Choice.REFUND)
    with pytest.raises(Conflict, match="going back to you already"):
        choose(database, pair.student, reference, Choice.ANOTHER_TIME, OTHER_TIME)
