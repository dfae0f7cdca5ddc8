"""Moments as people read them, in a zone of their own."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT_ZONE = "Africa/Lagos"


def zone_named(name: str) -> ZoneInfo:
    """Return the zone, or that of Lagos when the name is unknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def is_zone(name: str) -> bool:
    """Return whether `name` is an IANA zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


def place_of(zone_name: str) -> str:
    """Return the place in a zone's name: `Lagos` of `Africa/Lagos`."""
    return zone_name.rsplit("/", maxsplit=1)[-1].replace("_", " ")


def place_and_offset(zone_name: str, at: datetime) -> str:
    """Return `Lagos (GMT+1)`: the zone as it stands at a moment, since summer time moves it."""
    return f"{place_of(zone_name)} ({_offset(zone_name, at)})"


def _offset(zone_name: str, at: datetime) -> str:
    offset = at.astimezone(zone_named(zone_name)).utcoffset() or timedelta()
    sign = "-" if offset < timedelta() else "+"
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    shift = f"{sign}{hours}" + (f":{minutes:02d}" if minutes else "") if offset else ""
    return f"GMT{shift}"


def clock(moment: datetime, zone_name: str) -> str:
    """Return `18:30`."""
    return moment.astimezone(zone_named(zone_name)).strftime("%H:%M")


def moment_in_words(moment: datetime, zone_name: str) -> str:
    """Return `Tue 24 Nov, 11:30 (Lagos time)`."""
    return f"{day(moment, zone_name)}, {clock(moment, zone_name)} ({place_of(zone_name)} time)"


def day(moment: datetime, zone_name: str) -> str:
    """Return `Tue 24 Nov`."""
    local = moment.astimezone(zone_named(zone_name))
    return f"{local:%a} {local.day} {local:%b}"


def long_day(moment: datetime, zone_name: str) -> str:
    """Return `22 November 2026`."""
    local = moment.astimezone(zone_named(zone_name))
    return f"{local.day} {local:%B %Y}"


def dated(moment: datetime, zone_name: str) -> str:
    """Return `22 November 2026, 16:05 (Lagos time)`, for what may lie more than a year ahead."""
    return f"{long_day(moment, zone_name)}, {clock(moment, zone_name)} ({place_of(zone_name)} time)"


def near_day(moment: datetime, zone_name: str, now: datetime) -> str:
    """Return `Today`, `Tomorrow`, or the day as `Tue 24 Nov`."""
    zone = zone_named(zone_name)
    local, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    if local == today:
        return "Today"
    if local == today + timedelta(days=1):
        return "Tomorrow"
    return day(moment, zone_name)


def near_start(moment: datetime, zone_name: str, now: datetime) -> str:
    """Return `Today 18:30`."""
    return f"{near_day(moment, zone_name, now)} {clock(moment, zone_name)}"


def near_start_within(moment: datetime, zone_name: str, now: datetime) -> str:
    """Return `today 18:30`, for the middle of a sentence."""
    words = near_start(moment, zone_name, now)
    return words[0].lower() + words[1:] if words.startswith(("Today", "Tomorrow")) else words


def span(starts_at: datetime, ends_at: datetime, zone_name: str) -> str:
    """Return `Tue 24 Nov, 11:30 – 12:30`; when the clocks change in between, each with its offset."""  # noqa: RUF002  (an en dash, as on the page)
    first, last = clock(starts_at, zone_name), clock(ends_at, zone_name)
    offsets = _offset(zone_name, starts_at), _offset(zone_name, ends_at)
    if offsets[0] != offsets[1]:
        first, last = f"{first} {offsets[0]}", f"{last} {offsets[1]}"
    return f"{day(starts_at, zone_name)}, {first} – {last}"  # noqa: RUF001


def month_around(moment: datetime, zone_name: str) -> tuple[datetime, datetime]:
    """Return the UTC moments at which the zone's calendar month around `moment` begins and ends."""
    zone = zone_named(zone_name)
    first = moment.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    # 31 days after the first lies in the next month, whatever the month's length.
    following = (first + timedelta(days=31)).replace(day=1)
    return first.astimezone(UTC), following.astimezone(UTC)


def from_local(text: str, zone_name: str) -> datetime | None:
    """Return the UTC moment that `2026-11-24T18:30` names in a zone, or None when it names none.

    Of a time that summer time's end repeats it is the first; one that its beginning leaves out is none.
    """
    try:
        typed = datetime.fromisoformat(text)
        if typed.tzinfo is not None:
            return None
        zone = zone_named(zone_name)
        moment = typed.replace(tzinfo=zone).astimezone(UTC)
        return moment if moment.astimezone(zone).replace(tzinfo=None) == typed else None
    except (ValueError, OverflowError):
        return None
