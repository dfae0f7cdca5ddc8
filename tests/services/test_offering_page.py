"""One offering with its tutor's record and its free times."""

from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import CalendarKind, LinkedCalendar
from mentor_ui.services import offerings
from mentor_ui.services.offering_page import offering_page
from tests.catalogue import NOW, booking, offering, student, tutor

FIRST_FREE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""09:00 in Lagos, two hours from `NOW`."""


def test_it_shows_what_was_held_and_what_is_free(database: Database) -> None:
    with database.transaction() as session:
        tunde, ada = tutor(session), student(session)
        number = offering(session, tunde)
        booking(session, ada, number, NOW - timedelta(days=3), status=SessionStatus.COMPLETED)
        booking(session, ada, number, FIRST_FREE)
        page = offering_page(session, None, offering_id=number, now=NOW, days=1)
        assert (page.offering.title, page.sessions_held) == ("React Mastery 1:1", 1)
        assert page.free
        assert page.free[0] == FIRST_FREE + timedelta(hours=1)
        assert all(start < NOW + timedelta(days=1) for start in page.free)


def test_times_at_which_the_viewer_is_busy_are_left_out(database: Database) -> None:
    with database.transaction() as session:
        tunde, amina, ada = tutor(session), tutor(session, "Amina Yusuf"), student(session)
        number, other = offering(session, tunde), offering(session, amina)
        booking(session, ada, other, FIRST_FREE)
        seen = [offering_page(session, who, offering_id=number, now=NOW, days=1) for who in (None, ada)]
        assert [page.free[0] - FIRST_FREE for page in seen] == [timedelta(0), timedelta(hours=1)]


def test_times_that_cannot_be_found_out_are_not_none(database: Database) -> None:
    with database.transaction() as session:
        tunde = tutor(session)
        number = offering(session, tunde)
        session.add(
            LinkedCalendar(tutor_id=tunde.person_id, kind=CalendarKind.ICS, name="Home", secret="unread")
        )
        session.flush()
        page = offering_page(session, None, offering_id=number, now=NOW, days=1)
        assert (page.offering.title, page.free) == ("React Mastery 1:1", None)


def test_a_hidden_one_is_its_tutors_alone(database: Database) -> None:
    with database.transaction() as session:
        tunde, ada = tutor(session), student(session)
        number = offering(session, tunde)
        offerings.hide(session, tunde, offering_id=number, now=NOW)
        own = offering_page(session, tunde, offering_id=number, now=NOW, days=1).offering
        assert (own.own, own.published) == (True, False)
        with pytest.raises(NotFound):
            offering_page(session, ada, offering_id=number, now=NOW, days=1)
