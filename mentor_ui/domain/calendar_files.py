"""Reading other people's calendar files (RFC 5545): from their events to the times in which they are busy.

A file that cannot be understood is refused whole, since leaving out an event would show a busy time as free.

| in the file | counts as |
|---|---|
| an event with `TRANSP:TRANSPARENT`, or marked free by Outlook | free |
| `STATUS:CANCELLED`, also of one occurrence | free |
| `STATUS:TENTATIVE` | busy |
| an all-day event | busy from midnight to midnight, unless it is transparent |
| a time or day without a zone | meant in `X-WR-TIMEZONE`, else in the owner's zone |
| no end and no duration | busy all day when it is a day, no time at all when it is a moment |
| our own sessions, by their identifier or their link | free: booking keeps those times itself |
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component
from icalendar.prop import vDDDTypes
from recurring_ical_events import CalendarQuery

from mentor_ui.domain.busy_times import Busy, CalendarTrouble, merged
from mentor_ui.domain.local_time import is_zone, zone_named

MOST_EVENTS: Final = 30_000
MOST_OCCURRENCES: Final = 50_000

_OWN_IDENTIFIER: Final = re.compile(r"session-\d+@mentor")
_NAME = re.compile(rb"^X-WR-CALNAME(?:;[^:\r\n]*)?:([^\r\n]{1,200})", re.MULTILINE | re.IGNORECASE)
_TIMES = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_ONE_DAY = timedelta(days=1)
_DOUBLE: Final = "#double-"
LAST_SECOND: Final = time(23, 59, 59)


def is_own_identifier(uid: str) -> bool:
    """Return whether an iCalendar identifier is that of a session of ours; it is the same everywhere."""
    return _OWN_IDENTIFIER.fullmatch(uid) is not None


def busy_times(
    file: bytes, *, zone: str, since: datetime, until: datetime, own_links: str = ""
) -> list[Busy]:
    """Return when the owner of a calendar file is busy, in a window.

    It is slow on large files and has no end on some wicked ones: run it where it can be stopped.

    Args:
        file: The file as it came.
        zone: IANA zone of the owner, for times without one.
        since: Begin of the window, aware.
        until: Its end, aware.
        own_links: What the links of our own sessions begin with; empty when they are not to be left out.

    Raises:
        CalendarTrouble: It is no calendar, or a part of it cannot be understood.
    """
    times: list[Busy] = []
    for calendar in _calendars(file):
        own_zone = _calendar_zone(calendar, zone)
        events = _events(calendar)
        for event in events:
            _check(event)
            _end_repeats_in_utc(event)
        _keep_doubles_apart(events)
        times += _expanded(calendar, own_zone, since, until, own_links)
        times += _published_busy(calendar, own_zone)
    return merged(times, since=since, until=until)


def _calendars(file: bytes) -> list[Calendar]:
    text = file.decode("utf-8-sig", "replace").strip()
    if not text.upper().startswith("BEGIN:VCALENDAR"):
        raise CalendarTrouble("This address answers with something that is not a calendar.")
    if not text.upper().endswith("END:VCALENDAR"):
        raise CalendarTrouble("This calendar came only in part: its end is missing.")
    try:
        found = Calendar.from_ical(text, multiple=True)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise _damaged() from error
    calendars = list(found)
    for kind in ("VEVENT", "VFREEBUSY"):
        # A part whose own end is missing would be left out without a word.
        begun = len(re.findall(rf"^BEGIN:{kind}[ \t]*\r?$", text, re.MULTILINE | re.IGNORECASE))
        if begun != sum(len(calendar.walk(kind)) for calendar in calendars):
            raise _damaged()
    return calendars


def _damaged() -> CalendarTrouble:
    return CalendarTrouble("This calendar cannot be read: its file is damaged.")


def _calendar_zone(calendar: Calendar, zone: str) -> ZoneInfo:
    named = str(calendar.get("X-WR-TIMEZONE", "")).strip()
    return zone_named(named if is_zone(named) else zone)


def _events(calendar: Calendar) -> list[Component]:
    events = calendar.walk("VEVENT")
    if len(events) > MOST_EVENTS:
        raise CalendarTrouble(
            f"This calendar holds more than {MOST_EVENTS:,} events, too many to look through."
        )
    return events


def _check(event: Component) -> None:
    """Refuse an event whose time cannot be trusted."""
    if any(name in _TIMES for name, _reason in event.errors if name):
        raise _not_understood(event)
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        value = _property(event, name)
        if value is None and name != "DTSTART":
            continue
        if not isinstance(value, vDDDTypes) or not isinstance(value.dt, date):
            raise _not_understood(event)
        _check_zone(event, value, value.dt)
    for name in ("RDATE", "EXDATE"):
        for dates in _listed(_property(event, name)):
            for one in dates.dts:
                _check_zone(event, dates, one.dt[0] if isinstance(one.dt, tuple) else one.dt)


def _check_zone(event: Component, stated: Any, moment: Any) -> None:
    zone = stated.params.get("TZID")
    if zone is not None and isinstance(moment, datetime) and moment.tzinfo is None:
        raise CalendarTrouble(f"“{_title(event)}” is in a time zone that is not known: {str(zone)[:60]}.")


def _property(event: Component, name: str) -> Any:
    return event.get(name)


def _when(event: Component, name: str) -> date:
    moment: date = _property(event, name).dt
    return moment


def _not_understood(event: Component) -> CalendarTrouble:
    return CalendarTrouble(f"The time of “{_title(event)}” in this calendar cannot be understood.")


def _title(event: Component) -> str:
    return str(event.get("SUMMARY", "an event without a title"))[:60]


def _end_repeats_in_utc(event: Component) -> None:
    """Write the ends of repeats as the standard asks: in UTC where the event has a zone.

    Many programs write local times or bare days, which would lose the last occurrence west of Greenwich.
    """
    start = _when(event, "DTSTART")
    zone = start.tzinfo if isinstance(start, datetime) else None
    if zone is None:
        return
    for rule in _listed(_property(event, "RRULE")):
        ends = cast("list[date]", rule.get("UNTIL") or [])
        if ends:
            rule["UNTIL"] = [_in_utc(end, zone) for end in ends]


def _in_utc(end: date, zone: tzinfo) -> datetime:
    if not isinstance(end, datetime):
        end = datetime.combine(end, LAST_SECOND)
    return (end.replace(tzinfo=zone) if end.tzinfo is None else end).astimezone(UTC)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _keep_doubles_apart(events: Iterable[Component]) -> None:
    """Give events that share an identifier by mistake one each, so that none hides another."""
    alike: dict[tuple[str, str], list[Component]] = defaultdict(list)
    for event in events:
        if "RECURRENCE-ID" not in event and "UID" in event:
            alike[str(event["UID"]), str(event.get("SEQUENCE", 0))].append(event)
    for doubles in alike.values():
        for number, event in enumerate(doubles[1:], start=2):
            event["UID"] = f"{event['UID']}{_DOUBLE}{number}"


def _expanded(
    calendar: Calendar, zone: ZoneInfo, since: datetime, until: datetime, own_links: str
) -> Iterator[Busy]:
    try:
        # A day more on both sides: times without a zone are laid into theirs only afterwards.
        found = CalendarQuery(calendar).between(since - _ONE_DAY, until + _ONE_DAY)
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError, IndexError) as error:
        raise CalendarTrouble("A repeated event in this calendar cannot be understood.") from error
    if len(found) > MOST_OCCURRENCES:
        raise CalendarTrouble("This calendar repeats its events too often to look through.")
    for event in found:
        if _takes_time(event) and not _is_own(event, own_links):
            yield Busy(_moment(_when(event, "DTSTART"), zone), _moment(_when(event, "DTEND"), zone))


def _takes_time(event: Component) -> bool:
    return (
        str(event.get("STATUS", "")).upper() != "CANCELLED"
        and str(event.get("TRANSP", "")).upper() != "TRANSPARENT"
        and str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() != "FREE"
    )


def _is_own(event: Component, own_links: str) -> bool:
    # The number of a double is ours and no part of its identifier.
    if is_own_identifier(str(event.get("UID", "")).partition(_DOUBLE)[0]):
        return True
    places = (str(event.get(name, "")) for name in ("LOCATION", "URL"))
    return bool(own_links) and any(place.startswith(own_links) for place in places)


def _moment(value: date, zone: ZoneInfo) -> datetime:
    """Return a day or a time as aware UTC; what has no zone is meant in `zone`."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    return (value.replace(tzinfo=zone) if value.tzinfo is None else value).astimezone(UTC)


def _published_busy(calendar: Calendar, zone: ZoneInfo) -> Iterator[Busy]:
    """Yield the times of `VFREEBUSY`, in which some servers publish busy times without any events."""
    for part in calendar.walk("VFREEBUSY"):
        if part.errors:
            raise CalendarTrouble("The busy times in this calendar cannot be understood.")
        for period in _listed(_property(part, "FREEBUSY")):
            if str(period.params.get("FBTYPE", "BUSY")).upper() == "FREE":
                continue
            starts_at = _moment(period.start, zone)
            yield Busy(starts_at, _moment(period.end, zone))


def calendar_name(file: bytes) -> str:
    """Return what a calendar file calls itself; empty when it has no name."""
    found = _NAME.search(file[:20_000])
    return found[1].decode("utf-8", "replace").replace("\\,", ",").replace("\\;", ";") if found else ""
