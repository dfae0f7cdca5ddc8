"""Two tabs and one session of a package: one of them books; with the guards off, both do."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, PackagePurchase, PackageUse, PaymentState
from mentor_ui.models.mentorship import new_join_token
from mentor_ui.services import claims, ledger_proof, package_ends, package_uses, payments
from tests.databases import PostgresqlDatabases, opened
from tests.package_deals import (
    PRICE_KOBO,
    URL,
    accounts,
    at,
    begin,
    bought,
    charge,
    hold,
    offer,
    pay,
    purchase_in,
    refunds_of,
    sweep,
    use,
)
from tests.services.test_request_races import race
from tests.world import NOON, Pair, make_pair

TABS = 6


def held(database: Database, pair: Pair, days: int) -> int:
    """A hold as another tab would have it; taking a time in one tab lets go of the other's."""
    booking = MentorshipSession(
        tutor_id=pair.tutor.person_id,
        student_id=pair.student.person_id,
        offering_id=pair.offering_id,
        title="React Mastery 1:1",
        duration=60,
        price_kobo=pair.price_kobo,
        status=SessionStatus.HELD,
        payment_status=PaymentStatus.AWAITING,
        starts_at=at(days),
        ends_at=at(days) + timedelta(hours=1),
        hold_expires_at=NOON + timedelta(minutes=12),
        join_token=new_join_token(),
    )
    with database.transaction() as session:
        session.add(booking)
        session.flush()
        claims.claim(session, booking, NOON)
    return booking.id


def book(database: Database, pair: Pair, purchase_id: int, booking_id: int) -> None:
    with database.transaction() as session:
        package_uses.book(
            session, pair.student, booking_id=booking_id, purchase_id=purchase_id, now=NOON, public_url=URL
        )


def one_left(database: Database, pair: Pair) -> tuple[int, list[Callable[[], None]]]:
    """A package with one session left, and as many tabs that each use it for a time of their own."""
    purchase_id = bought(database, pair)
    for days in (1, 2):
        use(database, pair, purchase_id, at(days))
    holds = [held(database, pair, 3 + number) for number in range(TABS)]
    return purchase_id, [partial(book, database, pair, purchase_id, one) for one in holds]


def scheduled(database: Database, purchase_id: int) -> int:
    with database.reading() as session:
        return session.exec(
            select(func.count())
            .select_from(MentorshipSession)
            .where(
                MentorshipSession.purchase_id == purchase_id,
                MentorshipSession.status == SessionStatus.SCHEDULED,
            )
        ).one()


def test_the_last_session_is_used_by_one_of_many_tabs(database: Database) -> None:
    pair = make_pair(database)
    purchase_id, acts = one_left(database, pair)
    assert race(acts) == {"won": 1, "package_spent": TABS - 1}
    assert scheduled(database, purchase_id) == 3
    assert accounts(database, pair).credits == 0


def test_without_the_guards_it_is_used_twice(
    postgresql_databases: PostgresqlDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a turn, nor the count compared and set, nor the unique number: every tab books."""
    together = threading.Barrier(TABS)
    counting = package_uses._counting

    def all_at_once(session: Session, purchase_id: int) -> set[int]:
        found = counting(session, purchase_id)
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=20)
        return found

    def unguarded(session: Session, purchase: PackagePurchase, *_: object) -> bool:
        session.connection().execute(
            update(PackagePurchase)
            .where(col(PackagePurchase.id) == purchase.id)
            .values(used=purchase.used + 1, left_kobo=0)
        )
        return True

    with opened(postgresql_databases) as database:
        pair = make_pair(database)
        purchase_id, acts = one_left(database, pair)
        with database.transaction() as session:
            session.connection().execute(text("DROP INDEX ux_package_use_number"))
        monkeypatch.setattr(package_uses, "take_turns", lambda *_: None)
        monkeypatch.setattr(package_uses, "_counting", all_at_once)
        monkeypatch.setattr(package_uses, "_take", unguarded)
        assert race(acts)["won"] > 1
        assert scheduled(database, purchase_id) > 3
        with database.reading() as session:
            problems = " ".join(ledger_proof.verify(session))
    assert f"The package {purchase_id} says that 3 of its sessions are used" in problems
    assert "package_credits" in problems


def test_the_database_itself_counts_no_session_twice(database: Database) -> None:
    pair = make_pair(database)
    purchase_id = bought(database, pair)
    use(database, pair, purchase_id, at(1))
    other = held(database, pair, 2)
    with pytest.raises(DBAPIError), database.transaction() as session:
        session.add(PackageUse(session_id=other, purchase_id=purchase_id, number=1))


def test_of_one_hold_in_two_tabs_one_session_is_used(database: Database) -> None:
    pair = make_pair(database)
    purchase_id = bought(database, pair)
    booking_id = hold(database, pair, purchase_id, at(1))
    assert race([partial(book, database, pair, purchase_id, booking_id)] * TABS) == {
        "won": 1,
        "already_paid": TABS - 1,
    }
    assert purchase_in(database, purchase_id).used == 1
    accounts(database, pair)


def test_a_hold_that_is_paid_for_and_booked_with_a_package_is_one_or_the_other(database: Database) -> None:
    pair = make_pair(database)
    purchase_id = bought(database, pair)
    for days in (1, 2, 3):
        booking_id = hold(database, pair, purchase_id, at(days))
        with database.transaction() as session:
            attempt = payments.open_attempt(session, pair.student, booking_id=booking_id, now=NOON)
        told = charge(attempt.reference, pair.price_kobo)
        answers: list[PaymentState] = []

        def settle(
            reference: str = attempt.reference, told: object = told, to: list[PaymentState] = answers
        ) -> None:
            to.append(pay(database, reference, told))  # pyright: ignore[reportArgumentType]

        outcome = race([settle, partial(book, database, pair, purchase_id, booking_id)])
        by_package = outcome["won"] == 2
        assert answers == [PaymentState.DUPLICATE if by_package else PaymentState.PAID]
        assert by_package or outcome["already_paid"] == 1
        accounts(database, pair)
    assert scheduled(database, purchase_id) == purchase_in(database, purchase_id).used


def test_a_package_that_is_paid_for_twice_at_once_is_sold_once(database: Database) -> None:
    pair = make_pair(database)
    package = offer(database, pair)
    purchase_id, first = begin(database, pair, package)
    _, second = begin(database, pair, package)
    references = [first, second] * 3
    acts = [partial(pay, database, reference, charge(reference, PRICE_KOBO)) for reference in references]
    assert race(acts) == {"won": len(acts)}
    assert accounts(database, pair).credits == PRICE_KOBO
    assert [refund.amount_kobo for refund in refunds_of(database, purchase_id)] == [PRICE_KOBO]


def test_using_and_giving_back_at_once_loses_no_kobo(database: Database) -> None:
    pair = make_pair(database)
    package = offer(database, pair, valid_days=14)
    for number in range(4):
        purchase_id = bought(database, pair, package)
        booking_id = held(database, pair, 20 + number)

        def give(purchase_id: int = purchase_id) -> None:
            with database.transaction() as session:
                package_ends.return_rest(
                    session,
                    pair.student,
                    purchase_id=purchase_id,
                    refund_seen_kobo=PRICE_KOBO,
                    public_url=URL,
                    now=NOON,
                )

        outcome = race([give, give, partial(book, database, pair, purchase_id, booking_id)])
        assert outcome["won"] == 1
        accounts(database, pair)


def test_two_sweepers_refund_a_package_once(database: Database) -> None:
    pair = make_pair(database)
    purchase_id = bought(database, pair, offer(database, pair, valid_days=14))
    with database.reading() as session:
        assert package_ends.due(session, at(14)) == [purchase_id]

    def end() -> None:
        with database.transaction() as session:
            package_ends.end(session, purchase_id, public_url=URL, now=at(14))

    assert race([end] * 4) == {"won": 4}
    assert [refund.amount_kobo for refund in refunds_of(database, purchase_id)] == [PRICE_KOBO]
    assert sweep(database, at(15)) == []
    assert accounts(database, pair).credits == 0
