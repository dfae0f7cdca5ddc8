"""What a tutor is told about the month."""

from datetime import datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.money import split_price
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.services import ledger, ledger_lines
from mentor_ui.services.analytics import TutorMonth, tutor_month
from tests.catalogue import NOW, booking, offering, student, tutor

DAY = timedelta(days=1)


def test_a_month_counts_sessions_and_never_offerings(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        offered = offering(session, teacher)
        offering(session, teacher, "Career hour")
        booking(session, learner, offered, NOW - 3 * DAY, status=SessionStatus.COMPLETED)
        booking(session, learner, offered, NOW + DAY)
        booking(session, learner, offered, NOW + 2 * DAY, status=SessionStatus.CANCELLED)
        booking(session, learner, offered, NOW + 3 * DAY, status=SessionStatus.HELD, paid=False)
        booking(session, learner, offered, NOW + 20 * DAY)
        found = tutor_month(session, teacher, now=NOW)
        assert found == TutorMonth(sessions=2, ahead=1, earned_kobo=0, balance_kobo=0)
        with pytest.raises(NotAllowed):
            tutor_month(session, learner, now=NOW)


def test_the_month_is_that_of_the_tutors_zone(database: Database) -> None:
    # In Lagos December began an hour before it did in UTC.
    eve = datetime.fromisoformat("2026-11-30T23:15:00+00:00")
    with database.transaction() as session:
        lagos, london = tutor(session), tutor(session, "Grace", timezone="Europe/London")
        learner = student(session)
        booking(session, learner, offering(session, lagos), eve)
        booking(session, learner, offering(session, london), eve, claim=False)
        assert tutor_month(session, lagos, now=NOW).sessions == 0
        assert tutor_month(session, london, now=NOW).sessions == 1


def test_earnings_are_the_tutors_share_of_this_months_sales(database: Database) -> None:
    with database.transaction() as session:
        teacher, other = tutor(session), tutor(session, "Amina Yusuf")
        for number, owner in enumerate((teacher, teacher, other)):
            lines = ledger_lines.sale_lines(
                paid_kobo=500_001,
                price_kobo=500_001,
                fee_kobo=17_501,
                split=split_price(500_001, 30),
                tutor_id=owner.person_id,
            )
            ledger.post(session, lines, idempotency_key=f"sale-{number}", kind="sale", now=NOW)
        this_month = tutor_month(session, teacher, now=NOW)
        assert (this_month.earned_kobo, this_month.balance_kobo) == (700_000, 700_000)
        later = tutor_month(session, teacher, now=NOW + 40 * DAY)
        assert (later.earned_kobo, later.balance_kobo) == (0, 700_000)
