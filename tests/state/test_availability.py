"""The availability page as its States fill it, without a browser."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.domain.slots import WeeklyRange
from mentor_ui.gate import Notice
from mentor_ui.models import LinkedCalendar, MentorshipSession
from mentor_ui.pages.tutor.availability_dates_state import DatesState
from mentor_ui.pages.tutor.availability_hours_state import HoursState
from mentor_ui.pages.tutor.availability_overview import OverviewState, shown_preview
from mentor_ui.pages.tutor.availability_rules_state import RulesState
from mentor_ui.pages.tutor.availability_zone_state import ZoneState
from mentor_ui.pages.tutor.schedule_state import ScheduleState
from mentor_ui.services import availability, weekly_hours
from mentor_ui.services.free_time_preview import FreePreview
from tests import catalogue
from tests.booked import cookie_for
from tests.state.client import Tab, Tabs
from tests.state.test_tutor_pages import Person, filled

pytestmark = pytest.mark.anyio

PAGE = "/tutor/availability"


@pytest.fixture
def tutor(sqlite_database: Database, tabs: Tabs) -> Person:
    return Person(sqlite_database, tabs, "tunde")


def offered(database: Database, person: Person) -> int:
    with database.transaction() as session:
        return catalogue.offering(session, person.actor, now=datetime.now(UTC))


def stored(database: Database, person: Person) -> tuple[WeeklyRange, ...]:
    with database.reading() as session:
        return weekly_hours.hours_sets(session, person.actor)[0].ranges


async def hours(person: Person) -> HoursState:
    return await person.tab.state(HoursState)


def clocks(seen: HoursState, weekday: int) -> list[tuple[str, str]]:
    return [(row.starts, row.ends) for row in seen.days[weekday].ranges]


async def test_hours_are_changed_copied_and_saved(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    offered(sqlite_database, tutor)
    await tutor.tab.open(PAGE)
    seen = await hours(tutor)
    assert (seen.ready, seen.dirty, clocks(seen, 0)) == (
        True,
        False,
        [("09:00", "12:00"), ("16:00", "20:00")],
    )
    first = seen.days[0].ranges[0].key
    await tutor.tab.fire(HoursState.set_start, key=first, clock="08:15")
    await tutor.tab.fire(HoursState.remove, key=seen.days[0].ranges[1].key)
    await tutor.tab.fire(HoursState.add, weekday=6)
    seen = await hours(tutor)
    assert (seen.dirty, clocks(seen, 0), clocks(seen, 6)) == (
        True,
        [("08:15", "12:00")],
        [("09:00", "12:00")],
    )
    copy = json.loads(seen.days[0].copy)
    assert (copy["source"], copy["copied"], copy["day-0"]) == ("0", "Monday", False)
    await tutor.tab.fire(HoursState.copy, form={"source": "0", "day-0": "on", "day-5": "on", "day-6": "on"})
    seen = await hours(tutor)
    assert (clocks(seen, 5), clocks(seen, 6), seen.copied) == (
        [("08:15", "12:00")] * 1,
        [("08:15", "12:00")],
        1,
    )
    assert WeeklyRange(0, 495, 720) not in stored(sqlite_database, tutor)
    await tutor.tab.fire(HoursState.save)
    seen = await hours(tutor)
    assert (seen.dirty, seen.saving, seen.refusal) == (False, False, "")
    assert {WeeklyRange(day, 495, 720) for day in (0, 5, 6)} < set(stored(sqlite_database, tutor))
    assert "saved" in await tutor.told()


async def test_unsaved_hours_stay_when_the_page_is_left_and_can_be_discarded(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    offered(sqlite_database, tutor)
    await tutor.tab.open(PAGE)
    await tutor.tab.fire(HoursState.add, weekday=6)
    await tutor.tab.open("/tutor/mentorship/schedule")
    await tutor.tab.open(PAGE)
    seen = await hours(tutor)
    assert (seen.dirty, clocks(seen, 6)) == (True, [("09:00", "12:00")])
    await tutor.tab.fire(HoursState.discard)
    seen = await hours(tutor)
    assert (seen.dirty, clocks(seen, 6)) == (False, [])


async def test_a_stale_window_keeps_what_was_typed_and_does_not_overwrite_unawares(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    offered(sqlite_database, tutor)
    second = Tab(tabs, "second-window", cookie_for(sqlite_database, tutor.actor))
    for window in (tutor.tab, second):
        await window.open(PAGE)
    await second.fire(HoursState.add, weekday=6)
    await tutor.tab.fire(HoursState.remove, key=(await hours(tutor)).days[0].ranges[0].key)
    await tutor.tab.fire(HoursState.save)
    # Looking at the page again does not make the older draft a newer one.
    await second.open("/tutor/mentorship/schedule")
    await second.open(PAGE)
    await second.fire(HoursState.save)
    seen = await second.state(HoursState)
    assert "changed in another window" in seen.refusal
    assert (seen.dirty, clocks(seen, 6)) == (True, [("09:00", "12:00")])
    assert WeeklyRange(6, 540, 720) not in stored(sqlite_database, tutor)
    await second.fire(HoursState.discard)
    seen = await second.state(HoursState)
    assert (seen.dirty, seen.refusal, clocks(seen, 0), clocks(seen, 6)) == (
        False,
        "",
        [("16:00", "20:00")],
        [],
    )
    await tutor.tab.fire(HoursState.add, weekday=5)
    await second.fire(HoursState.add, weekday=6)
    await second.fire(HoursState.save)
    await tutor.tab.fire(HoursState.save)
    assert (await hours(tutor)).refusal
    await tutor.tab.fire(HoursState.save)
    seen = await hours(tutor)
    assert (seen.refusal, seen.dirty) == ("", False)
    assert WeeklyRange(6, 540, 720) not in stored(sqlite_database, tutor)


async def test_overlaps_are_said_beside_their_day_and_not_saved(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    offered(sqlite_database, tutor)
    await tutor.tab.open(PAGE)
    before = stored(sqlite_database, tutor)
    second = (await hours(tutor)).days[0].ranges[1].key
    await tutor.tab.fire(HoursState.set_start, key=second, clock="11:45")
    seen = await hours(tutor)
    assert "overlap at 11:45" in seen.days[0].error
    await tutor.tab.fire(HoursState.save)
    seen = await hours(tutor)
    assert "overlap" in seen.refusal
    assert (seen.dirty, stored(sqlite_database, tutor)) == (True, before)
    for clock in ("9", "24:15", None, 7):
        await tutor.tab.fire(HoursState.set_start, key=second, clock=clock)
    await tutor.tab.fire(HoursState.set_start, key=second, clock="12:00")
    assert (await hours(tutor)).days[0].error == ""


async def test_sessions_outside_are_shown_before_and_after_saving(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    number = offered(sqlite_database, tutor)
    # Next Monday at ten in Lagos, which is inside the usual hours.
    now = datetime.now(UTC)
    monday = now + timedelta(days=7 - now.weekday())
    with sqlite_database.transaction() as session:
        at = monday.replace(hour=9, minute=0, second=0, microsecond=0)
        sold = catalogue.booking(session, catalogue.student(session), number, at).id
    await tutor.tab.open(PAGE)
    seen = await hours(tutor)
    assert (await tutor.tab.state(OverviewState)).sentence == ""
    await tutor.tab.fire(HoursState.remove, key=seen.days[0].ranges[0].key)
    seen = await hours(tutor)
    assert [row.id for row in seen.outside] == [str(sold)]
    assert seen.outside_sentence == "1 booked session would lie outside these hours. It stays booked."
    await tutor.tab.fire(HoursState.save)
    overview = await tutor.tab.state(OverviewState)
    assert overview.sentence == "1 booked session lies outside your hours. It stays booked."
    assert [(row.id, row.why) for row in overview.outside] == [(str(sold), "")]
    assert (await hours(tutor)).outside == []
    with sqlite_database.reading() as session:
        assert session.get_one(MentorshipSession, sold).status == "SCHEDULED"


async def test_named_hours_are_made_renamed_and_deleted_and_drafts_kept_apart(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    offered(sqlite_database, tutor)
    await tutor.tab.open(PAGE)
    await tutor.tab.fire(HoursState.name_set, form={"schedule": "", "name": " "})
    assert (await hours(tutor)).name_error
    await tutor.tab.fire(HoursState.name_set, form={"schedule": "", "name": "Weekend"})
    seen = await hours(tutor)
    assert (seen.about.named, seen.about.name, seen.name_error, len(seen.sets)) == (True, "Weekend", "", 2)
    weekend = seen.chosen
    await tutor.tab.fire(HoursState.add, weekday=6)
    await tutor.tab.fire(HoursState.choose, key="")
    seen = await hours(tutor)
    assert (seen.dirty, clocks(seen, 6)) == (False, [])
    assert [option.label for option in seen.sets] == ["Usual hours", "Weekend (not saved)"]
    await tutor.tab.fire(HoursState.choose, key=weekend)
    await tutor.tab.fire(HoursState.save)
    await tutor.tab.fire(HoursState.name_set, form={"schedule": weekend, "name": "Sundays"})
    await tutor.tab.open("/tutor/mentorship/schedule")
    schedule = await tutor.schedule()
    assert [option.label for option in schedule.hours] == ["Usual hours", "Sundays"]
    (row,) = schedule.standalone
    form = filled(row.fill, schedule=weekend, booking_mode="EITHER", notice="1440")
    await tutor.tab.fire(ScheduleState.save, form=form)
    (row,) = (await tutor.schedule()).standalone
    assert json.loads(row.fill)["schedule"] == weekend
    assert row.booked_how == "at once or ask first"
    await tutor.tab.fire(ScheduleState.save, form=filled(row.fill, schedule="17"))
    assert (await tutor.schedule()).errors.schedule
    await tutor.tab.open(PAGE)
    assert (await hours(tutor)).about.followers == "1 offering will follow your usual hours instead."
    await tutor.tab.fire(HoursState.delete_set)
    seen = await hours(tutor)
    assert (seen.chosen, len(seen.sets), seen.removed) == ("", 1, 1)


async def test_dates_are_considered_added_and_removed(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    number = offered(sqlite_database, tutor)
    now = datetime.now(UTC)
    at = (now + timedelta(days=7 - now.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)
    day = at.date().isoformat()
    with sqlite_database.transaction() as session:
        catalogue.booking(session, catalogue.student(session), number, at)
    await tutor.tab.open(PAGE)
    dates = await tutor.tab.state(DatesState)
    await tutor.tab.fire(DatesState.consider, name="first_day", value=day)
    dates = await tutor.tab.state(DatesState)
    assert dates.outside_sentence == "1 booked session would lie outside your hours. It stays booked."
    await tutor.tab.fire(DatesState.consider_whole_day, whole=False)
    await tutor.tab.fire(DatesState.consider, name="starts", value="12:00")
    await tutor.tab.fire(DatesState.consider, name="ends", value="13:00")
    assert (await tutor.tab.state(DatesState)).outside == []
    form: dict[str, Any] = filled(dates.blank)
    await tutor.tab.fire(DatesState.save, form=form)
    dates = await tutor.tab.state(DatesState)
    assert (dates.errors.first_day, dates.saved) == ("Choose the first day.", 0)
    await tutor.tab.fire(DatesState.save, form={**form, "first_day": day, "note": "Wedding"})
    dates = await tutor.tab.state(DatesState)
    (row,) = dates.rows
    assert (row.away, row.times, row.note, dates.saved) == (True, "all day", "Wedding", 1)
    assert (await tutor.tab.state(OverviewState)).sentence
    begins = filled(row.fill)
    assert (begins["first_day"], begins["last_day"], begins["note"]) == (day, "", "Wedding")
    # Considered and saved in the place of what it was.
    await tutor.tab.fire(DatesState.start_over, exception_id=row.id)
    await tutor.tab.fire(DatesState.consider, name="kind", value="EXTRA")
    assert (await tutor.tab.state(DatesState)).outside == []
    later = (at + timedelta(days=1)).date().isoformat()
    await tutor.tab.fire(DatesState.save, form={**begins, "first_day": later})
    dates = await tutor.tab.state(DatesState)
    assert ([one.id for one in dates.rows], dates.saved) == ([row.id], 2)
    assert (await tutor.tab.state(OverviewState)).sentence == ""
    await tutor.tab.fire(DatesState.save, form={**begins, "exception": "17"})
    assert (await tutor.tab.state(DatesState)).errors.whole == "These days are removed already."
    await tutor.tab.fire(DatesState.save, form=begins)
    for wrong in ("17", "x", None):
        await tutor.tab.fire(DatesState.remove, exception_id=wrong)
    await tutor.tab.fire(DatesState.remove, exception_id=row.id)
    assert (await tutor.tab.state(DatesState)).rows == []
    assert (await tutor.tab.state(OverviewState)).sentence == ""


async def test_rules_keep_what_was_typed_and_say_what_is_wrong(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    await tutor.tab.open(PAGE)
    rules = await tutor.tab.state(RulesState)
    assert (rules.form.notice_minutes, rules.form.most_sessions_day, rules.dirty) == ("120", "", False)
    await tutor.tab.fire(RulesState.typed, name="most_sessions_day", value="3")
    await tutor.tab.fire(RulesState.typed, name="_stored", value="3")
    await tutor.tab.open("/tutor/mentorship")
    await tutor.tab.open(PAGE)
    rules = await tutor.tab.state(RulesState)
    assert (rules.form.most_sessions_day, rules.dirty) == ("3", True)
    form = {**vars(rules.form), "most_sessions_day": "many", "cancellation_policy": "STRICT"}
    await tutor.tab.fire(RulesState.save, form=form)
    rules = await tutor.tab.state(RulesState)
    assert rules.errors.most_sessions_day
    assert (rules.errors.notice_minutes, rules.dirty) == ("", True)
    await tutor.tab.fire(RulesState.save, form={**form, "most_sessions_day": "3"})
    rules = await tutor.tab.state(RulesState)
    assert (rules.dirty, rules.errors.most_sessions_day, rules.form.cancellation_policy) == (
        False,
        "",
        "STRICT",
    )
    with sqlite_database.reading() as session:
        assert availability.tutor_rules(session, tutor.actor.person_id).most_sessions_day == 3
    await tutor.tab.fire(RulesState.typed, name="horizon_days", value="90")
    await tutor.tab.fire(RulesState.discard)
    rules = await tutor.tab.state(RulesState)
    assert (rules.dirty, rules.form.horizon_days) == (False, "28")


async def test_the_zone_and_stays_are_saved(sqlite_database: Database, tabs: Tabs, tutor: Person) -> None:
    await tutor.tab.open(PAGE)
    await tutor.tab.fire(ZoneState.save_zone, form={"timezone": "Mars/Olympus"})
    assert (await tutor.tab.state(ZoneState)).zone_error
    await tutor.tab.fire(ZoneState.save_zone, form={"timezone": "Africa/Nairobi"})
    zone = await tutor.tab.state(ZoneState)
    assert (zone.zone, zone.zone_error, zone.shown_zone) == ("Africa/Nairobi", "", "Nairobi (GMT+3)")
    first = (datetime.now(UTC) + timedelta(days=20)).date()
    stay = {"stay_zone": "Europe/London", "first_day": first.isoformat(), "last_day": ""}
    await tutor.tab.fire(ZoneState.save, form={**stay, "stay_zone": "London"})
    assert (await tutor.tab.state(ZoneState)).errors.timezone
    await tutor.tab.fire(ZoneState.save, form=stay)
    await tutor.tab.fire(ZoneState.save, form=stay)
    zone = await tutor.tab.state(ZoneState)
    assert (len(zone.rows), zone.saved, "another stay" in zone.errors.first_day) == (1, 1, True)
    begins = filled(zone.rows[0].fill)
    assert {name: begins[name] for name in stay} == stay
    await tutor.tab.fire(ZoneState.save, form={**begins, "stay_zone": "Asia/Kathmandu"})
    zone = await tutor.tab.state(ZoneState)
    assert ([row.place for row in zone.rows], zone.saved) == (["Kathmandu (GMT+5:45)"], 2)
    await tutor.tab.fire(ZoneState.save, form={**begins, "stay": "17"})
    assert (await tutor.tab.state(ZoneState)).errors.whole == "This stay is removed already."
    await tutor.tab.fire(ZoneState.remove, stay_id=zone.rows[0].id)
    assert (await tutor.tab.state(ZoneState)).rows == []


async def test_the_preview_shows_real_free_times_in_the_zone_that_is_asked_for(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    await tutor.tab.open(PAGE)
    assert (await tutor.tab.state(OverviewState)).week.state == "none"
    number = offered(sqlite_database, tutor)
    await tutor.tab.open(PAGE)
    seen = await tutor.tab.state(OverviewState)
    assert (seen.week.state, seen.offering, seen.zone) == ("times", str(number), "Africa/Lagos")
    with sqlite_database.reading() as session:
        row = session.get_one(MentorshipSession, number)
        free = availability.free_times(session, row, viewer_id=None, now=datetime.now(UTC))
    week = shown_preview(FreePreview(number, free), "Asia/Kathmandu", datetime.now(UTC), 0, hidden=False)
    await tutor.tab.fire(OverviewState.look_from, zone="Asia/Kathmandu")
    seen = await tutor.tab.state(OverviewState)
    assert "Kathmandu (GMT+5:45)" in (seen.week.zone, week.zone)
    assert {clock[-2:] for day in seen.week.days for clock in day.times} <= {"15", "45"}
    await tutor.tab.fire(OverviewState.turn, weeks=1)
    assert (await tutor.tab.state(OverviewState)).week.number >= 1
    for zone, offering in (("Mars/Olympus", "17"), (None, None)):
        await tutor.tab.fire(OverviewState.look_from, zone=zone)
        await tutor.tab.fire(OverviewState.look_at, offering=offering)
    seen = await tutor.tab.state(OverviewState)
    assert (seen.zone, seen.offering) == ("Africa/Lagos", str(number))


def test_unknown_is_not_full() -> None:
    now = datetime.now(UTC)
    unknown = shown_preview(FreePreview(1, (), unknown=True), "Africa/Lagos", now, None, hidden=False)
    full = shown_preview(FreePreview(1, ()), "Africa/Lagos", now, None, hidden=False)
    assert (unknown.state, full.state) == ("unknown", "full")


async def test_linked_calendars_are_told_in_a_line(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    await tutor.tab.open(PAGE)
    assert (await tutor.tab.state(OverviewState)).calendars.startswith("None linked")
    with sqlite_database.transaction() as session:
        session.add(LinkedCalendar(tutor_id=tutor.actor.person_id, kind="ICS", name="Home", secret="x"))
        session.add(
            LinkedCalendar(
                tutor_id=tutor.actor.person_id, kind="ICS", name="Work", secret="x", trouble="It answers 404."
            )
        )
    offered(sqlite_database, tutor)
    await tutor.tab.open(PAGE)
    seen = await tutor.tab.state(OverviewState)
    assert seen.calendars.startswith("2 calendars linked, but not all can be read now.")
    assert (seen.calendars_trouble, seen.week.state) == (True, "unknown")
    await tutor.tab.open("/tutor/mentorship/schedule")
    (row,) = (await tutor.schedule()).standalone
    assert (row.next_free, row.stuck) == ("free times unknown", True)


async def test_nobody_sees_or_changes_the_hours_of_another(
    sqlite_database: Database, tabs: Tabs, tutor: Person
) -> None:
    offered(sqlite_database, tutor)
    await tutor.tab.open(PAGE)
    await tutor.tab.fire(HoursState.name_set, form={"schedule": "", "name": "Mine"})
    schedule = (await hours(tutor)).chosen
    before = stored(sqlite_database, tutor)
    other = Person(sqlite_database, tabs, "amina")
    student = Person(sqlite_database, tabs, "ada", Role.STUDENT)
    for person in (other, student):
        await person.tab.open(PAGE)
        await person.tab.fire(HoursState.choose, key=schedule)
        await person.tab.fire(HoursState.name_set, form={"schedule": schedule, "name": "Stolen"})
        await person.tab.fire(HoursState.add, weekday=2)
        await person.tab.fire(HoursState.save)
        assert (await hours(person)).chosen == ""
    assert stored(sqlite_database, tutor) == before
    with sqlite_database.reading() as session:
        assert [one.name for one in weekly_hours.hours_sets(session, tutor.actor)] == ["Usual hours", "Mine"]
    assert "tutors and mentors" in (await student.tab.state(Notice)).not_yours
    assert not (await hours(student)).ready
