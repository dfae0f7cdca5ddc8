"""A tutor's rules: what they may be, and what they leave alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.availability_rules import LONGEST_HORIZON_DAYS
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.errors import InvalidInput, NotAllowed
from mentor_ui.domain.outside_hours import OutsideReason
from mentor_ui.models import TutorRules
from mentor_ui.services import availability, tutor_rules
from mentor_ui.services.tutor_rules import RulesDraft
from tests.catalogue import NOW, booking, offering, student, tutor

DRAFT = RulesDraft(
    buffer_before_minutes="15",
    buffer_after_minutes="30",
    notice_minutes="240",
    horizon_days=str(LONGEST_HORIZON_DAYS),
    cancellation_policy=CancellationPolicy.STRICT,
    reschedule_notice_hours="24",
    most_reschedules="1",
    most_sessions_day=" 2 ",
    most_hours_day="1,5",
    most_sessions_week="",
    most_hours_week="20",
)


def test_rules_are_read_as_they_were_typed(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        assert availability.tutor_rules(session, teacher.person_id).horizon_days == 28
        assert not tutor_rules.has_settled(session, teacher.person_id)
        assert tutor_rules.save_rules(session, teacher, draft=DRAFT, now=NOW) == ()
        assert tutor_rules.has_settled(session, teacher.person_id)
        assert availability.tutor_rules(session, teacher.person_id).model_dump() == {
            "tutor_id": teacher.person_id,
            "buffer_before_minutes": 15,
            "buffer_after_minutes": 30,
            "notice_minutes": 240,
            "horizon_days": 90,
            "most_sessions_day": 2,
            "most_minutes_day": 90,
            "most_sessions_week": None,
            "most_minutes_week": 1200,
            "cancellation_policy": "STRICT",
            "reschedule_notice_hours": 24,
            "most_reschedules": 1,
        }
        tutor_rules.save_rules(session, teacher, draft=replace(DRAFT, most_sessions_day=""), now=NOW)
        assert availability.tutor_rules(session, teacher.person_id).most_sessions_day is None
        assert len(session.exec(select(TutorRules)).all()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"buffer_before_minutes": "10"}, "buffer_before_minutes"),
        ({"buffer_after_minutes": "255"}, "buffer_after_minutes"),
        ({"buffer_after_minutes": "-15"}, "buffer_after_minutes"),
        ({"notice_minutes": "soon"}, "notice_minutes"),
        ({"notice_minutes": str(15 * 24 * 60)}, "notice_minutes"),
        ({"horizon_days": "0"}, "horizon_days"),
        ({"horizon_days": str(LONGEST_HORIZON_DAYS + 1)}, "horizon_days"),
        ({"cancellation_policy": "NEVER"}, "cancellation_policy"),
        ({"reschedule_notice_hours": "200"}, "reschedule_notice_hours"),
        ({"most_reschedules": "11"}, "most_reschedules"),
        ({"most_sessions_day": "0"}, "most_sessions_day"),
        ({"most_sessions_week": "101"}, "most_sessions_week"),
        ({"most_hours_day": "25"}, "most_hours_day"),
        ({"most_hours_day": "1.1"}, "most_hours_day"),
        ({"most_hours_week": "NaN"}, "most_hours_week"),
        ({"most_hours_week": "many"}, "most_hours_week"),
        ({"most_hours_week": "Infinity"}, "most_hours_week"),
        ({"most_hours_week": "1E999999"}, "most_hours_week"),
    ],
)
def test_a_wrong_rule_is_named(database: Database, changes: dict[str, object], field: str) -> None:
    draft = replace(DRAFT, **changes)
    assert list(tutor_rules.rules_errors(draft)) == [field]
    with database.transaction() as session:
        teacher = tutor(session)
        with pytest.raises(InvalidInput) as refused:
            tutor_rules.save_rules(session, teacher, draft=draft, now=NOW)
        assert refused.value.field == field
        assert not tutor_rules.has_settled(session, teacher.person_id)


def test_rules_that_were_not_touched_keep_what_another_window_saved(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        tutor_rules.save_rules(session, teacher, draft=DRAFT, now=NOW)
        # Both windows began with the same; each changes one rule.
        for changes in ({"notice_minutes": "60"}, {"most_sessions_day": ""}):
            tutor_rules.save_rules(session, teacher, draft=replace(DRAFT, **changes), seen=DRAFT, now=NOW)
        rules = availability.tutor_rules(session, teacher.person_id)
        assert (rules.notice_minutes, rules.most_sessions_day) == (60, None)


def test_what_is_over_a_new_limit_stays_booked_and_is_told(database: Database) -> None:
    tuesday = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        sold = [booking(session, learner, number, tuesday + timedelta(hours=hour)) for hour in (0, 1, 2)]
        outside = tutor_rules.save_rules(session, teacher, draft=replace(DRAFT, most_hours_day=""), now=NOW)
        assert [(row.session_id, row.reason) for row in outside] == [(sold[2].id, OutsideReason.DAY_LIMIT)]
        assert {row.status for row in sold} == {"SCHEDULED"}


def test_students_have_no_rules(database: Database) -> None:
    with database.transaction() as session:
        learner = student(session)
        with pytest.raises(NotAllowed):
            tutor_rules.save_rules(session, learner, draft=DRAFT, now=NOW)
        assert not tutor_rules.has_settled(session, learner.person_id)
