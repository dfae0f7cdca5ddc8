"""Exceptions on dates: what is refused, what lies outside before and after, and whose they are."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.availability_rules import ExceptionKind
from mentor_ui.domain.errors import InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.outside_hours import OutsideReason
from mentor_ui.services import availability_exceptions as dates
from mentor_ui.services.availability_exceptions import ExceptionDraft
from tests.catalogue import NOW, booking, offering, student, tutor

AWAY = ExceptionDraft(kind=ExceptionKind.AWAY, first_day="2026-11-24", last_day="2026-11-26")
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_days_away_are_shown_before_and_after_and_leave_what_is_booked(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        sold = booking(session, student(session), offering(session, teacher), TUESDAY)
        preview = dates.would_lie_outside(session, teacher, draft=AWAY, now=NOW)
        assert [(row.session_id, row.reason) for row in preview] == [(sold.id, OutsideReason.AWAY)]
        assert dates.exceptions(session, teacher, NOW) == ()
        assert dates.add_exception(session, teacher, draft=AWAY, now=NOW) == preview
        (stored,) = dates.exceptions(session, teacher, NOW)
        assert (stored.kind, stored.first_day, stored.last_day) == (
            ExceptionKind.AWAY,
            date(2026, 11, 24),
            date(2026, 11, 26),
        )
        assert stored.whole_day
        assert dates.would_lie_outside(session, teacher, draft=AWAY, now=NOW) == (), "it lies outside already"
        number = stored.exception_id
        with pytest.raises(NotFound):
            dates.remove_exception(session, tutor(session, "Amina Yusuf"), exception_id=number, now=NOW)
        assert dates.remove_exception(session, teacher, exception_id=number, now=NOW) == ()
        with pytest.raises(NotFound):
            dates.remove_exception(session, teacher, exception_id=number, now=NOW)


def test_extra_hours_are_kept_with_their_times_and_note(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        draft = ExceptionDraft(
            kind=ExceptionKind.EXTRA,
            first_day="2026-11-29",
            whole_day=False,
            starts="20:15",
            ends="24:00",
            note="  Exam \n week ",
        )
        dates.add_exception(session, teacher, draft=draft, now=NOW)
        (stored,) = dates.exceptions(session, teacher, NOW)
        assert (stored.first_day, stored.last_day) == (date(2026, 11, 29), date(2026, 11, 29))
        assert (stored.starts_minute, stored.ends_minute, stored.note) == (1215, 1440, "Exam week")
        later = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
        assert dates.exceptions(session, teacher, later) == (), "it is over"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "HOLIDAY"}, "kind"),
        ({"first_day": ""}, "first_day"),
        ({"first_day": "tomorrow"}, "first_day"),
        ({"last_day": "2026-11-31"}, "last_day"),
        ({"last_day": "2026-11-23"}, "last_day"),
        ({"first_day": "2026-11-01", "last_day": "2026-11-02"}, "last_day"),
        ({"first_day": "2026-11-01", "last_day": ""}, "first_day"),
        ({"last_day": "2027-11-25"}, "last_day"),
        ({"first_day": "2029-01-01", "last_day": ""}, "first_day"),
        ({"whole_day": False}, "starts"),
        ({"whole_day": False, "starts": "09:00"}, "ends"),
        ({"whole_day": False, "starts": "09:00", "ends": "09:00"}, "ends"),
        ({"whole_day": False, "starts": "09:05", "ends": "10:00"}, "starts"),
        ({"note": "x" * 121}, "note"),
    ],
)
def test_a_wrong_field_is_named(database: Database, changes: dict[str, object], field: str) -> None:
    draft = replace(AWAY, **changes)
    assert list(dates.exception_errors(draft, today=NOW.date())) == [field]
    with database.transaction() as session:
        teacher = tutor(session)
        with pytest.raises(InvalidInput) as refused:
            dates.add_exception(session, teacher, draft=draft, now=NOW)
        assert refused.value.field == field
        assert dates.would_lie_outside(session, teacher, draft=draft, now=NOW) == ()
        assert dates.exceptions(session, teacher, NOW) == ()


def test_students_have_no_dates(database: Database) -> None:
    with database.transaction() as session:
        learner = student(session)
        with pytest.raises(NotAllowed):
            dates.add_exception(session, learner, draft=AWAY, now=NOW)
        assert dates.would_lie_outside(session, learner, draft=AWAY, now=NOW) == ()
