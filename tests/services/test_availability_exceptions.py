"""Exceptions on dates: what is refused, what lies outside before and after, and whose they are."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.availability_rules import ExceptionKind
from mentor_ui.domain.errors import InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.outside_hours import OutsideReason
from mentor_ui.models import MentorshipSession
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


def test_an_exception_is_changed_in_place_and_by_its_tutor_alone(database: Database) -> None:
    shorter = replace(AWAY, last_day="2026-11-24", whole_day=False, starts="18:00", ends="20:00", note="Exam")
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher)
        sold = booking(session, student(session), number, TUESDAY)
        dates.add_exception(session, teacher, draft=AWAY, now=NOW)
        (stored,) = dates.exceptions(session, teacher, NOW)
        change = partial(dates.change_exception, exception_id=stored.exception_id, now=NOW)
        with pytest.raises(NotFound):
            change(session, tutor(session, "Amina Yusuf"), draft=shorter)
        with pytest.raises(InvalidInput) as refused:
            change(session, teacher, draft=replace(AWAY, first_day=""))
        assert refused.value.field == "first_day"
        # What is considered stands in the place of what is changed, not beside it.
        whole = replace(shorter, whole_day=True)
        consider = partial(dates.would_lie_outside, session, teacher, now=NOW)
        assert consider(draft=whole, exception_id=stored.exception_id) == (), "it lies outside already"
        assert change(session, teacher, draft=shorter) == ()
        assert [row.session_id for row in consider(draft=whole, exception_id=stored.exception_id)] == [
            sold.id
        ]
        extra = replace(shorter, kind=ExceptionKind.EXTRA)
        assert consider(draft=extra, exception_id=stored.exception_id) == ()
        (changed,) = dates.exceptions(session, teacher, NOW)
        assert changed == replace(
            stored, last_day=stored.first_day, starts_minute=1080, ends_minute=1200, note="Exam"
        )
        free_at = session.get_one(MentorshipSession, number).next_free_at
        dates.change_exception(
            session,
            teacher,
            exception_id=stored.exception_id,
            draft=replace(AWAY, first_day=NOW.date().isoformat(), last_day="2026-12-01"),
            now=NOW,
        )
        later = session.get_one(MentorshipSession, number).next_free_at
        assert free_at is not None
        assert later is not None
        assert later > free_at


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
