"""The tutor's zone and planned stays in another one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import InvalidInput, NotAllowed, NotFound
from mentor_ui.services import zone_stays
from mentor_ui.services.zone_stays import StayDraft
from tests.catalogue import NOW, booking, offering, student, tutor

LONDON = StayDraft("Europe/London", "2026-12-01", "2026-12-10")
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_another_zone_moves_the_hours_and_not_what_is_booked(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        sold = booking(session, student(session), offering(session, teacher), MORNING)
        outside = zone_stays.save_zone(session, teacher, timezone="America/New_York", now=NOW)
        assert [row.session_id for row in outside] == [sold.id]
        assert zone_stays.zone_of(session, teacher) == "America/New_York"
        with pytest.raises(InvalidInput) as refused:
            zone_stays.save_zone(session, teacher, timezone="Mars/Olympus", now=NOW)
        assert refused.value.field == "timezone"
        assert zone_stays.zone_of(session, teacher) == "America/New_York"


def test_stays_are_planned_one_after_another_and_given_up(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        assert zone_stays.add_stay(session, teacher, draft=LONDON, now=NOW) == ()
        overlapping = StayDraft("Asia/Kathmandu", "2026-12-10", "2026-12-20")
        with pytest.raises(InvalidInput) as refused:
            zone_stays.add_stay(session, teacher, draft=overlapping, now=NOW)
        assert (refused.value.code, refused.value.field) == ("stays_overlap", "first_day")
        after = StayDraft("Asia/Kathmandu", "2026-12-11", "2026-12-20")
        zone_stays.add_stay(session, teacher, draft=after, now=NOW)
        first, second = zone_stays.stays(session, teacher, NOW)
        assert (first.timezone, second.timezone) == ("Europe/London", "Asia/Kathmandu")
        with pytest.raises(NotFound):
            zone_stays.remove_stay(session, tutor(session, "Amina Y"), stay_id=first.stay_id, now=NOW)
        zone_stays.remove_stay(session, teacher, stay_id=first.stay_id, now=NOW)
        assert zone_stays.stays(session, teacher, NOW) == (second,)
        assert zone_stays.stays(session, teacher, datetime(2026, 12, 22, tzinfo=UTC)) == ()


def test_a_stay_is_changed_in_place_and_by_its_tutor_alone(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        sold = booking(session, student(session), offering(session, teacher), MORNING)
        zone_stays.add_stay(session, teacher, draft=LONDON, now=NOW)
        zone_stays.add_stay(
            session, teacher, draft=StayDraft("Asia/Kathmandu", "2026-12-11", "2026-12-20"), now=NOW
        )
        first, second = zone_stays.stays(session, teacher, NOW)
        moved = StayDraft("America/New_York", "2026-11-24", "2026-12-05")
        with pytest.raises(NotFound):
            zone_stays.change_stay(
                session, tutor(session, "Amina Y"), stay_id=first.stay_id, draft=moved, now=NOW
            )
        with pytest.raises(InvalidInput) as refused:
            zone_stays.change_stay(
                session, teacher, stay_id=first.stay_id, draft=replace(moved, last_day="2026-12-11"), now=NOW
            )
        assert refused.value.code == "stays_overlap"
        # It overlaps with nothing but itself as it was.
        outside = zone_stays.change_stay(session, teacher, stay_id=first.stay_id, draft=moved, now=NOW)
        assert [row.session_id for row in outside] == [sold.id]
        changed, other = zone_stays.stays(session, teacher, NOW)
        assert (changed.stay_id, changed.timezone, changed.first_day.isoformat(), other) == (
            first.stay_id,
            "America/New_York",
            "2026-11-24",
            second,
        )


def test_a_stay_shows_the_sessions_that_then_lie_outside(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        sold = booking(session, student(session), offering(session, teacher), MORNING)
        stay = StayDraft("America/New_York", "2026-11-24", "2026-11-24")
        outside = zone_stays.add_stay(session, teacher, draft=stay, now=NOW)
        assert [row.session_id for row in outside] == [sold.id]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (StayDraft("", "2026-12-01", "2026-12-10"), "timezone"),
        (StayDraft("Europe/London", "", ""), "first_day"),
        (StayDraft("Europe/London", "2026-12-02", "2026-12-01"), "last_day"),
        (StayDraft("Europe/London", "2026-10-02", "2026-10-03"), "last_day"),
    ],
)
def test_a_wrong_field_is_named(database: Database, draft: StayDraft, field: str) -> None:
    assert list(zone_stays.stay_errors(draft, today=NOW.date())) == [field]
    with database.transaction() as session:
        with pytest.raises(InvalidInput) as refused:
            zone_stays.add_stay(session, tutor(session), draft=draft, now=NOW)
        assert refused.value.field == field


def test_students_keep_no_hours(database: Database) -> None:
    with database.transaction() as session:
        learner = student(session)
        for attempt in (
            lambda: zone_stays.add_stay(session, learner, draft=LONDON, now=NOW),
            lambda: zone_stays.save_zone(session, learner, timezone="Europe/London", now=NOW),
        ):
            with pytest.raises(NotAllowed):
                attempt()
