"""The lists of booked sessions on both dashboards."""

from datetime import timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.services import sessions
from mentor_ui.services.sessions import StudentTab, TutorTab
from tests.catalogue import NOW, booking, offering, student, titles, tutor

DAY = timedelta(days=1)


def test_each_booking_stands_in_its_list_and_offerings_in_none(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        offered = offering(session, teacher)
        offering(session, teacher, "Never booked")
        booking(session, learner, offered, NOW + DAY)
        booking(session, learner, offered, NOW, status=SessionStatus.IN_PROGRESS)
        booking(session, learner, offered, NOW - DAY, status=SessionStatus.COMPLETED)
        booking(session, learner, offered, NOW - 2 * DAY, status=SessionStatus.NO_SHOW)
        booking(session, learner, offered, NOW + 2 * DAY, status=SessionStatus.PENDING_MENTOR_REVIEW)
        booking(session, learner, offered, NOW + 3 * DAY, status=SessionStatus.HELD, hold_expires_at=NOW)
        assert sessions.tutor_counts(session, teacher, NOW) == {
            "approvals": 1,
            "upcoming": 1,
            "active": 1,
            "completed": 2,
        }
        for tab, count in sessions.tutor_counts(session, teacher, NOW).items():
            rows = sessions.tutor_sessions(session, teacher, TutorTab(tab), NOW)
            assert len(rows) == count
            assert {row.other_id for row in rows} == {learner.person_id}
            assert {row.other_name for row in rows} == {"Ada Obi"}
        upcoming = sessions.student_sessions(session, learner, StudentTab.UPCOMING, NOW)
        assert {row.other_id for row in upcoming} == {teacher.person_id}
        with pytest.raises(NotAllowed):
            sessions.tutor_sessions(session, learner, TutorTab.UPCOMING, NOW)


def test_a_list_grows_to_what_is_asked_for(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        offered = offering(session, teacher)
        for number in range(4):
            booking(session, learner, offered, NOW + number * DAY)
        first = sessions.tutor_sessions(session, teacher, TutorTab.UPCOMING, NOW, limit=3)
        assert [row.starts_at for row in first] == [NOW + number * DAY for number in range(3)]
        assert len(sessions.tutor_sessions(session, teacher, TutorTab.UPCOMING, NOW, limit=6)) == 4


def test_the_next_session_is_the_soonest_on_either_side(database: Database) -> None:
    with database.transaction() as session:
        teacher, colleague, learner = tutor(session), tutor(session, "Amina Yusuf"), student(session)
        booking(session, teacher, offering(session, colleague, "To learn"), NOW + 2 * DAY)
        assert sessions.next_taught(session, teacher, NOW) is None
        booking(session, learner, offering(session, teacher, "To teach"), NOW + DAY)
        found = sessions.next_session(session, teacher, NOW), sessions.next_taught(session, teacher, NOW)
        assert titles(row for row in found if row) == ["To teach", "To teach"]
        after = sessions.next_session(session, teacher, NOW + DAY + timedelta(hours=1))
        assert after is not None
        assert (after.title, after.other_name) == ("To learn", "Amina Yusuf")
        assert sessions.next_taught(session, teacher, NOW + DAY + timedelta(hours=1)) is None
