"""What the people who run the platform may look at, and that nobody else may."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.money import split_price
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus
from mentor_ui.models import AccountKind, MentorshipSession, Payment, PaymentState, Refund, RefundState
from mentor_ui.services import administration, ledger, ledger_lines
from tests.catalogue import NOW, booking, offering, person, student, titles, tutor

ADMIN = Actor(1, frozenset({Role.ADMIN}))
PRICE_KOBO = 500_000


def payment(session: Session, booked: MentorshipSession, state: PaymentState, *, attempt: int = 1) -> Payment:
    row = Payment(
        reference=f"bk-{booked.id}-{attempt}",
        attempt=attempt,
        session_id=booked.id,
        student_id=booked.student_id,
        tutor_id=booked.tutor_id,
        amount_kobo=PRICE_KOBO,
        state=state,
        paid_kobo=None if state == PaymentState.AWAITING else PRICE_KOBO,
    )
    session.add(row)
    session.flush()
    return row


@pytest.mark.parametrize("role", [Role.STUDENT, Role.TUTOR, Role.MENTOR])
def test_only_admins_look(sqlite_database: Database, role: Role) -> None:
    other = Actor(1, frozenset({role}))
    with sqlite_database.reading() as session:
        for read in (administration.latest_sessions, administration.money, administration.people):
            read(session, ADMIN)
            with pytest.raises(NotAllowed):
                read(session, other)


def test_bookings_come_with_both_people_and_without_offerings(database: Database) -> None:
    with database.transaction() as session:
        tunde, ada = tutor(session), student(session)
        listed = offering(session, tunde)
        first = booking(session, ada, listed, NOW + timedelta(days=2))
        second = booking(session, ada, listed, NOW + timedelta(days=1), paid=False)
        rows = administration.latest_sessions(session, ADMIN)
        assert [row.id for row in rows] == [str(second.id), str(first.id)]
        assert (rows[0].tutor_name, rows[0].student_name) == ("Tunde Bakare", "Ada Obi")
        assert [row.payment_status for row in rows] == [PaymentStatus.AWAITING, PaymentStatus.PAID]
        assert len(administration.latest_sessions(session, ADMIN, limit=1)) == 1


def test_money_shows_the_ledger_and_what_is_under_way(database: Database) -> None:
    with database.transaction() as session:
        tunde, ada = tutor(session), student(session)
        listed = offering(session, tunde)
        sold = booking(session, ada, listed, NOW + timedelta(days=1))
        late = booking(session, ada, listed, NOW + timedelta(days=2), paid=False, claim=False)
        open_still = booking(session, ada, listed, NOW + timedelta(days=3), paid=False)
        payment(session, sold, PaymentState.PAID)
        came_late = payment(session, late, PaymentState.PAID_LATE)
        waiting = payment(session, open_still, PaymentState.AWAITING)
        unwritten = payment(session, late, PaymentState.DUPLICATE, attempt=2)
        session.add(
            Refund(
                payment_id=came_late.id,
                amount_kobo=PRICE_KOBO,
                reason="The time was taken.",
                state=RefundState.PENDING,
            )
        )
        lines = ledger_lines.sale_lines(
            paid_kobo=PRICE_KOBO,
            price_kobo=PRICE_KOBO,
            fee_kobo=17_500,
            split=split_price(PRICE_KOBO, 30),
            tutor_id=tunde.person_id,
        )
        ledger.post(session, lines, idempotency_key="sale", kind="sale", session_id=sold.id, now=NOW)
        session.flush()

        found = administration.money(session, ADMIN)
        assert found.totals_kobo[AccountKind.TUTOR_ESCROW] == 350_000
        assert found.totals_kobo[AccountKind.PLATFORM_REVENUE] == 150_000
        assert found.totals_kobo[AccountKind.PAYOUTS_IN_FLIGHT] == 0
        assert sum(found.totals_kobo.values()) == 0
        assert [row.reference for row in found.waiting] == [waiting.reference]
        assert [(row.reference, row.state, row.refund_state) for row in found.returned] == [
            (unwritten.reference, PaymentState.DUPLICATE, None),
            (came_late.reference, PaymentState.PAID_LATE, RefundState.PENDING),
        ]
        assert titles(found.waiting) == ["React Mastery 1:1"]


def test_people_are_found_by_name_and_address(database: Database) -> None:
    with database.transaction() as session:
        ada = student(session, "Ada Obi")
        both = person(session, "Bola 100%", Role.TUTOR, Role.STUDENT)
        everybody = administration.people(session, ADMIN)
        assert [row.name for row in everybody] == ["Bola 100%", "Ada Obi"]
        assert everybody[0].roles == (Role.STUDENT, Role.TUTOR)
        assert [row.id for row in administration.people(session, ADMIN, query=" ADA ")] == [
            str(ada.person_id)
        ]
        assert [row.id for row in administration.people(session, ADMIN, query="0%")] == [str(both.person_id)]
        address = everybody[1].email
        assert [row.email for row in administration.people(session, ADMIN, query=address)] == [address]
        assert administration.people(session, ADMIN, query="_") == ()
