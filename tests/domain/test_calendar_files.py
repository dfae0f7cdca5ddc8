"""Calendar files of every kind: what their events mean, against an expansion of our own."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain import calendar_files
from mentor_ui.domain.busy_times import Busy, CalendarTrouble, merged
from mentor_ui.domain.calendar_files import busy_times

SINCE = datetime(2026, 11, 24, tzinfo=UTC)
UNTIL = datetime(2027, 2, 24, tzinfo=UTC)

FIRST_START = datetime(2026, 9, 1, tzinfo=UTC).replace(tzinfo=None)
LAST_START = datetime(2027, 2, 1, tzinfo=UTC).replace(tzinfo=None)

ZONES = (
    "Africa/Lagos",
    "Europe/London",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)

KATHMANDU = """BEGIN:VTIMEZONE
TZID:Home made
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0545
TZOFFSETTO:+0545
TZNAME:Home
END:STANDARD
END:VTIMEZONE"""

NEW_YORK_BY_RULES = """BEGIN:VTIMEZONE
TZID:/vendor/1/US-Eastern
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE"""


def event(*lines: str, uid: str = "a@elsewhere") -> str:
    """Return an event of these lines."""
    return "\n".join(("BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Dentist", *lines, "END:VEVENT"))


def file(*parts: str, head: str = "") -> bytes:
    """Return a calendar file."""
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Elsewhere//EN", head, *parts, "END:VCALENDAR")
    return "\n".join(line for line in lines if line).replace("\n", "\r\n").encode()


def busy(
    *parts: str, head: str = "", zone: str = "Africa/Lagos", own_links: str = "https://mentor.test/j/"
) -> list[str]:
    """Return busy times as `11-26 09:00/10:00`, in UTC."""
    found = busy_times(file(*parts, head=head), zone=zone, since=SINCE, until=UNTIL, own_links=own_links)
    return [f"{one.starts_at:%m-%d %H:%M}/{one.ends_at:%m-%d %H:%M}" for one in found]


def test_a_plain_event_is_busy_from_its_start_to_its_end() -> None:
    assert busy(event("DTSTART:20261126T090000Z", "DTEND:20261126T100000Z")) == ["11-26 09:00/11-26 10:00"]


def test_without_an_end_a_day_is_a_whole_day_and_a_moment_takes_no_time() -> None:
    assert busy(event("DTSTART;VALUE=DATE:20261126")) == ["11-25 23:00/11-26 23:00"]
    assert busy(event("DTSTART:20261126T090000Z")) == []
    assert busy(event("DTSTART:20261126T090000Z", "DURATION:PT90M")) == ["11-26 09:00/11-26 10:30"]


def test_an_all_day_event_is_busy_unless_it_is_transparent() -> None:
    days = ("DTSTART;VALUE=DATE:20261126", "DTEND;VALUE=DATE:20261128")
    assert busy(event(*days), zone="America/New_York") == ["11-26 05:00/11-28 05:00"]
    assert busy(event(*days, "TRANSP:TRANSPARENT")) == []


@pytest.mark.parametrize(
    ("line", "is_busy"),
    [
        ("TRANSP:TRANSPARENT", False),
        ("TRANSP:OPAQUE", True),
        ("STATUS:CANCELLED", False),
        ("STATUS:TENTATIVE", True),
        ("STATUS:CONFIRMED", True),
        ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", True),
    ],
)
def test_what_an_event_says_of_itself(line: str, *, is_busy: bool) -> None:
    found = busy(event("DTSTART:20261126T090000Z", "DTEND:20261126T100000Z", line))
    assert bool(found) is is_busy


def test_floating_times_are_meant_in_the_calendars_zone_or_else_in_the_owners() -> None:
    floating = event("DTSTART:20261126T090000", "DTEND:20261126T100000")
    assert busy(floating, zone="Asia/Kathmandu") == ["11-26 03:15/11-26 04:15"]
    assert busy(floating, head="X-WR-TIMEZONE:America/New_York") == ["11-26 14:00/11-26 15:00"]
    assert busy(floating, head="X-WR-TIMEZONE:Nowhere/Atall") == ["11-26 08:00/11-26 09:00"]


@pytest.mark.parametrize(
    ("zone", "parts", "expected"),
    [
        ("America/New_York", (), "11-26 14:00/11-26 15:00"),
        ("W. Europe Standard Time", (), "11-26 08:00/11-26 09:00"),
        ("Home made", (KATHMANDU,), "11-26 03:15/11-26 04:15"),
        ("/vendor/1/US-Eastern", (NEW_YORK_BY_RULES,), "11-26 14:00/11-26 15:00"),
    ],
)
def test_zones_by_their_name_by_windows_name_and_by_their_own_rules(
    zone: str, parts: tuple[str, ...], expected: str
) -> None:
    one = event(f"DTSTART;TZID={zone}:20261126T090000", f"DTEND;TZID={zone}:20261126T100000")
    assert busy(*parts, one) == [expected]


def test_a_repeat_keeps_its_wall_clock_over_a_change_of_the_clock() -> None:
    lines = (
        "DTSTART;TZID=America/New_York:20261026T090000",
        "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY;UNTIL=20261110T140000Z",
    )
    found = busy_times(file(event(*lines)), zone="UTC", since=datetime(2026, 10, 1, tzinfo=UTC), until=UNTIL)
    assert [one.starts_at.hour for one in found] == [13, 14, 14]


def test_left_out_moved_and_cancelled_occurrences() -> None:
    core = event(
        "DTSTART;TZID=Africa/Lagos:20261126T100000",
        "DTEND;TZID=Africa/Lagos:20261126T110000",
        "RRULE:FREQ=DAILY;COUNT=5",
        "EXDATE;TZID=Africa/Lagos:20261127T100000",
    )
    moved = event(
        "RECURRENCE-ID;TZID=Africa/Lagos:20261128T100000",
        "DTSTART;TZID=Africa/Lagos:20261128T150000",
        "DTEND;TZID=Africa/Lagos:20261128T160000",
    )
    cancelled = event(
        "RECURRENCE-ID:20261129T090000Z",
        "DTSTART;TZID=Africa/Lagos:20261129T100000",
        "DTEND;TZID=Africa/Lagos:20261129T110000",
        "STATUS:CANCELLED",
    )
    assert busy(core, moved, cancelled) == [
        "11-26 09:00/11-26 10:00",
        "11-28 14:00/11-28 15:00",
        "11-30 09:00/11-30 10:00",
    ]


@pytest.mark.parametrize("end", ["20261128T220000", "20261128", "20261129T030000Z"])
def test_a_repeat_ends_with_its_last_day_however_the_end_is_written(end: str) -> None:
    start = "DTSTART;TZID=America/New_York:20261126T220000"
    found = busy(event(start, "DURATION:PT1H", f"RRULE:FREQ=DAILY;UNTIL={end}"))
    assert [one[:5] for one in found] == ["11-27", "11-28", "11-29"]


def test_further_dates_and_periods() -> None:
    found = busy(
        event("DTSTART:20261126T090000Z", "DURATION:PT1H", "RDATE:20261201T090000Z,20261202T090000Z"),
        event("DTSTART:20261210T090000Z", "RDATE;VALUE=PERIOD:20261211T090000Z/PT3H", uid="b@elsewhere"),
    )
    assert found == [
        "11-26 09:00/11-26 10:00",
        "12-01 09:00/12-01 10:00",
        "12-02 09:00/12-02 10:00",
        "12-11 09:00/12-11 12:00",
    ]


def test_events_that_share_an_identifier_by_mistake_are_all_busy() -> None:
    found = busy(
        event("DTSTART:20261126T090000Z", "DURATION:PT1H"), event("DTSTART:20261127T090000Z", "DURATION:PT1H")
    )
    assert found == ["11-26 09:00/11-26 10:00", "11-27 09:00/11-27 10:00"]


def test_an_event_that_began_before_the_window_reaches_into_it() -> None:
    assert busy(event("DTSTART:20261101T000000Z", "DTEND:20261125T000000Z")) == ["11-24 00:00/11-25 00:00"]


@pytest.mark.parametrize("name", ["RDATE", "EXDATE"])
def test_a_date_of_a_repeat_in_a_zone_that_is_not_known_is_refused(name: str) -> None:
    repeat = event(
        "DTSTART:20261126T090000Z",
        "DTEND:20261126T100000Z",
        "RRULE:FREQ=DAILY;COUNT=3",
        f"{name};TZID=Nowhere/Atall:20261128T090000",
    )
    with pytest.raises(CalendarTrouble, match="not known: Nowhere"):
        busy(repeat)


def test_a_part_whose_end_is_missing_is_not_left_out() -> None:
    whole = event("DTSTART:20261126T090000Z", "DTEND:20261126T100000Z")
    cut = event("DTSTART:20261127T090000Z", uid="cut").removesuffix("END:VEVENT").strip()
    told = event(
        "DTSTART:20261127T090000Z", "DTEND:20261127T100000Z", "DESCRIPTION:so\r\n BEGIN:VEVENT", uid="c"
    )
    assert len(busy(whole, told)) == 2
    for parts in ((whole, cut), (cut, whole), (cut,)):
        with pytest.raises(CalendarTrouble, match="damaged"):
            busy(*parts)
    with pytest.raises(CalendarTrouble, match="damaged"):
        busy_times(file(whole) + b"\r\n" + file(cut), zone="UTC", since=SINCE, until=UNTIL)


@pytest.mark.parametrize(
    "uid", ["session-42@mentor.example", "session-42@mentoring", "xsession-42@mentor", "mentor42@google.com"]
)
def test_an_event_of_another_product_is_never_taken_for_a_session_of_ours(uid: str) -> None:
    assert busy(event("DTSTART:20261126T090000Z", "DTEND:20261126T100000Z", uid=uid)) != []


def test_our_own_sessions_do_not_make_their_tutor_busy() -> None:
    hour = ("DTSTART:20261126T090000Z", "DURATION:PT1H")
    assert busy(event(*hour, uid="session-42@mentor")) == []
    twice = event(*hour, uid="session-42@mentor")
    assert busy(twice, twice) == []
    assert busy(event(*hour, "LOCATION:https://mentor.test/j/abc")) == []
    assert busy(event(*hour, "LOCATION:https://elsewhere.test/j/abc")) == ["11-26 09:00/11-26 10:00"]
    assert busy(event(*hour, "LOCATION:https://elsewhere.test"), own_links="") != []


def test_times_published_without_events() -> None:
    lines = (
        "BEGIN:VFREEBUSY",
        "FREEBUSY;FBTYPE=BUSY:20261126T090000Z/PT1H,20261127T090000Z/20261127T100000Z",
        "FREEBUSY;FBTYPE=FREE:20261128T090000Z/PT1H",
        "FREEBUSY:20261129T090000Z/PT1H",
        "END:VFREEBUSY",
    )
    assert busy("\n".join(lines)) == [
        "11-26 09:00/11-26 10:00",
        "11-27 09:00/11-27 10:00",
        "11-29 09:00/11-29 10:00",
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!doctype html><html></html>",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261126T090000Z\r\n",
        b"BEGIN:VCALENDAR\r\nno colon\r\nEND:VCALENDAR",
        b"BEGIN:VCALENDAR\r\n\xff\xfe\x00\r\nEND:VCALENDAR",
        file(event("DTSTART:2026xx", "DTEND:20261126T100000Z")),
        file(event("SUMMARY:No time at all")),
        file(event("DTSTART:20261126T090000Z", "DTSTART:20261127T090000Z")),
        file(event("DTSTART:20261126T090000Z", "RRULE:FREQ=SOMETIMES")),
        file(event("DTSTART:20261126T090000Z", "RRULE:FREQ=DAILY;UNTIL=never")),
        file(event("DTSTART;TZID=Mars/Olympus:20261126T090000", "DURATION:PT1H")),
        file(event("DTSTART:20261126T090000Z", "DTEND:tomorrow")),
        file("BEGIN:VTIMEZONE\nTZID:Empty\nEND:VTIMEZONE", event("DTSTART;TZID=Empty:20261126T090000")),
        file("BEGIN:VFREEBUSY\nFREEBUSY:soon\nEND:VFREEBUSY"),
        file(head="CALSCALE:JULIAN"),
    ],
)
def test_what_cannot_be_understood_is_trouble_and_never_free(content: bytes) -> None:
    with pytest.raises(CalendarTrouble) as caught:
        busy_times(content, zone="Africa/Lagos", since=SINCE, until=UNTIL)
    assert caught.value.words.endswith(".")


def test_too_many_events_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_files, "MOST_EVENTS", 2)
    events = [event("DTSTART:20261126T090000Z", uid=str(number)) for number in range(3)]
    with pytest.raises(CalendarTrouble, match="more than 2 events"):
        busy(*events)
    monkeypatch.setattr(calendar_files, "MOST_OCCURRENCES", 10)
    with pytest.raises(CalendarTrouble, match="too often"):
        busy(event("DTSTART:20261126T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))


def test_an_empty_calendar_is_free() -> None:
    assert busy() == []


def wall_clock_expansion(
    start: datetime, rule: rrule, zone: ZoneInfo, duration: timedelta, left_out: Iterable[date]
) -> list[Busy]:
    """Expand a rule in naive wall-clock time and lay each start into the zone by itself."""
    gone = set(left_out)
    found: list[Busy] = []
    for naive in rule:
        if naive > UNTIL.replace(tzinfo=None) + timedelta(days=3):
            break
        if naive.date() not in gone:
            begin = naive.replace(tzinfo=zone)
            found.append(Busy(begin.astimezone(UTC), (begin + duration).astimezone(UTC)))
    return found


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(FIRST_START, LAST_START).map(
        lambda at: at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    ),
    frequency=st.sampled_from([("DAILY", DAILY), ("WEEKLY", WEEKLY), ("MONTHLY", MONTHLY)]),
    interval=st.integers(1, 4),
    count=st.none() | st.integers(1, 60),
    minutes=st.integers(1, 3 * 24 * 60),
    skipped=st.sets(st.integers(0, 40), max_size=5),
    floating=st.booleans(),
)
def test_repeats_are_the_same_as_in_an_expansion_of_our_own(
    *,
    zone: str,
    start: datetime,
    frequency: tuple[str, int],
    interval: int,
    count: int | None,
    minutes: int,
    skipped: set[int],
    floating: bool,
) -> None:
    name, number = frequency
    rule = rrule(number, dtstart=start, interval=interval, count=count)  # pyright: ignore[reportArgumentType]
    starts = [at for at, _ in zip(rule, range(41), strict=False)]
    gone = [starts[place] for place in sorted(skipped) if place < len(starts)]
    zone_part = "" if floating else f";TZID={zone}"
    lines = [
        f"DTSTART{zone_part}:{start:%Y%m%dT%H%M%S}",
        f"DURATION:PT{minutes}M",
        f"RRULE:FREQ={name};INTERVAL={interval}" + (f";COUNT={count}" if count else ""),
        *(f"EXDATE{zone_part}:{at:%Y%m%dT%H%M%S}" for at in gone),
    ]
    expected = wall_clock_expansion(
        start, rule, ZoneInfo(zone), timedelta(minutes=minutes), (at.date() for at in gone)
    )
    found = busy_times(file(event(*lines)), zone=zone, since=SINCE, until=UNTIL)
    assert found == merged(expected, since=SINCE, until=UNTIL)


@given(
    st.lists(
        st.tuples(st.integers(-50, 150), st.integers(-50, 150)).map(
            lambda pair: Busy(SINCE + timedelta(minutes=pair[0]), SINCE + timedelta(minutes=pair[1]))
        ),
        max_size=20,
    )
)
def test_merged_times_cover_the_same_minutes(times: list[Busy]) -> None:
    until = SINCE + timedelta(minutes=100)
    result = merged(times, since=SINCE, until=until)
    for minute in range(100):
        at = SINCE + timedelta(minutes=minute)
        covered = any(one.starts_at <= at < one.ends_at for one in times)
        assert sum(one.starts_at <= at < one.ends_at for one in result) == covered
    assert all(earlier.ends_at < later.starts_at for earlier, later in pairwise(result))
