"""What a tutor's settings come to: the same times that a student gets, and only of one's own offerings."""

from datetime import timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotFound
from mentor_ui.models import LinkedCalendar, MentorshipSession
from mentor_ui.services import availability, free_time_preview, weekly_hours
from mentor_ui.services.free_time_preview import CalendarsState
from tests.catalogue import NOW, booking, offering, student, tutor


def test_the_preview_is_what_a_student_gets(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher)
        booking(session, student(session), number, NOW + timedelta(hours=3))
        seen = free_time_preview.free_preview(session, teacher, offering_id=number, now=NOW)
        row = session.get_one(MentorshipSession, number)
        assert seen.starts == availability.free_times(
            session, row, viewer_id=student(session, "Bola Ojo").person_id, now=NOW
        )
        assert not seen.unknown


def test_a_calendar_that_was_never_read_makes_it_unknown_and_not_full(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher)
        assert free_time_preview.calendars_state(session, teacher, NOW) == CalendarsState(0, 0)
        session.add(
            LinkedCalendar(tutor_id=teacher.person_id, kind="ICS", name="Home", secret="x", trouble="404")
        )
        session.flush()
        state = free_time_preview.calendars_state(session, teacher, NOW)
        assert state == CalendarsState(1, 1, unknown=True)
        assert free_time_preview.free_preview(session, teacher, offering_id=number, now=NOW).unknown
        weekly_hours.save_hours(session, teacher, schedule_id=None, ranges=(), now=NOW)
        row = session.get_one(MentorshipSession, number)
        assert (row.next_free_at, row.next_free_unknown) == (None, True)


def test_live_offerings_come_first_and_others_are_not_there(database: Database) -> None:
    with database.transaction() as session:
        teacher, other = tutor(session), tutor(session, "Amina Yusuf")
        hidden = offering(session, teacher, "Hidden", published=False)
        live = offering(session, teacher, "Live")
        foreign = offering(session, other, "Foreign")
        sold = booking(session, student(session), live, NOW + timedelta(days=1))
        mine = free_time_preview.previewed_offerings(session, teacher)
        assert [(one.offering_id, one.published) for one in mine] == [(live, True), (hidden, False)]
        for number in (foreign, sold.id, 17):
            with pytest.raises(NotFound):
                free_time_preview.free_preview(session, teacher, offering_id=number, now=NOW)
