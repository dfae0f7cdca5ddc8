"""Free times, worked out in UTC quarters of an hour, as bits of whole numbers.

A quarter is the number of whole 15-minute steps since 1970-01-01T00:00Z. Sets of quarters are integers whose
bit 0 stands for some first quarter: joining, taking away and shifting a tutor's month are then a few steps
over a few hundred bytes. A zone is asked once per local day, and again only on days when its clocks change.

What the hours mean:

- A moment is open when the tutor's wall clock shows a time inside the hours of the date it shows. A time that
  the clocks leave out opens nothing; one that they show twice is open twice. Lengths are real minutes.
- Dates of a stay are meant in the stay's zone, from its midnight to its midnight. Where such a day overlaps
  one at home, or one of an earlier stay, the moment belongs to the later stay alone: that is where the tutor
  is. A moment between two days, as after flying west, is in no hours and counts as the earlier day's.
- Who is away is away, also from extra hours.
- Sessions start every half hour, counted from the beginning of each unbroken run of open time on one local
  day. They may run on into what is open next, past midnight too.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from mentor_ui.domain.availability_rules import (
    BookingLimits,
    BookingRules,
    DateException,
    ExceptionKind,
    Stay,
)
from mentor_ui.domain.booking_limits import Load
from mentor_ui.domain.local_time import zone_named

QUARTER_SECONDS = 900
QUARTER_MINUTES = 15
DAY_QUARTERS = 96
START_STEP_QUARTERS = 2
"""Sessions start on the half hour, counted from the start of a run of open time."""

DURATIONS_MINUTES = (30, 45, 60, 90, 120, 180)
"""Lengths that a session may have."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MARGIN_DAYS = 3
"""So many days beside those asked for may still claim their moments: zones lie up to 26 hours apart."""


@dataclass(frozen=True, slots=True)
class WeeklyRange:
    """Working hours on one weekday, in minutes after local midnight.

    Attributes:
        weekday: 0 is Monday.
        starts_minute: 0 to 1425, a multiple of 15.
        ends_minute: Up to 1440, a multiple of 15, after the start.
    """

    weekday: int
    starts_minute: int
    ends_minute: int


DEFAULT_WEEKLY_RANGES = tuple(WeeklyRange(day, 9 * 60, 12 * 60) for day in range(5)) + tuple(
    WeeklyRange(day, 16 * 60, 20 * 60) for day in range(6)
)
"""Hours a new tutor starts with, so that a first offering can be booked at once."""


@dataclass(frozen=True, slots=True)
class TutorHours:
    """When a tutor works.

    Attributes:
        zone: At home.
        stays: Of two that cover one date, the one that begins later holds.
    """

    zone: ZoneInfo
    weekly: tuple[WeeklyRange, ...]
    exceptions: tuple[DateException, ...] = ()
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A time when the tutor is busy: a session with the buffers it was booked with, or an appointment."""

    starts_at: datetime
    ends_at: datetime
    before_minutes: int = 0
    after_minutes: int = 0


def too_near(one: Taken, other: Taken) -> bool:
    """Return whether two sessions overlap, or lie nearer than the larger of the buffers between them."""
    earlier, later = (one, other) if one.starts_at <= other.starts_at else (other, one)
    gap = timedelta(minutes=max(earlier.after_minutes, later.before_minutes))
    return later.starts_at < earlier.ends_at + gap


@dataclass(frozen=True, slots=True)
class Booked:
    """A session that counts towards the tutor's limits, on the local day of its start."""

    starts_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class LocalDay:
    """The quarters that belong to one date, in the zone where the tutor is then.

    Attributes:
        steady: Whether it is a whole day without a change of the clocks.
    """

    day: date
    zone: ZoneInfo
    begins: int
    ends: int
    steady: bool


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Some weeks of a tutor's hours.

    Attributes:
        base: The quarter that bit 0 stands for.
        hours: Quarters inside the hours.
        grid: Quarters at which a session may start.
        days: In order, without overlap.
    """

    base: int
    hours: int
    grid: int
    days: tuple[LocalDay, ...]

    def day_of(self, moment: datetime) -> date | None:
        """Return the local day to which a moment counts; None when it lies before all of them."""
        place = bisect_right(self.days, quarter_of(moment), key=lambda local: local.begins) - 1
        return self.days[place].day if place >= 0 else None

    def counted(self, booked: Iterable[Booked]) -> Iterator[tuple[date, int]]:
        """Yield the local days of sessions with their minutes."""
        for session in booked:
            day = self.day_of(session.starts_at)
            if day is not None:
                yield day, session.minutes


def quarter_of(moment: datetime) -> int:
    """Return the quarter in which an aware moment lies."""
    return int(moment.timestamp()) // QUARTER_SECONDS


def quarter_start(quarter: int) -> datetime:
    """Return the aware UTC moment at which a quarter begins."""
    return datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC)


def quarters_between(starts_at: datetime, ends_at: datetime) -> range:
    """Return the quarters that a session touches, from `starts_at` up to `ends_at`."""
    return range(quarter_of(starts_at), _quarters(int(ends_at.timestamp()), QUARTER_SECONDS))


def _quarters(amount: int, of: int = QUARTER_MINUTES) -> int:
    return -(-amount // of)


def _bits(first: int, stop: int) -> int:
    first = max(first, 0)
    return ((1 << (stop - first)) - 1) << first if stop > first else 0


def _places(bits: int) -> Iterator[int]:
    text = f"{bits:b}"[::-1]
    at = text.find("1")
    while at >= 0:
        yield at
        at = text.find("1", at + 1)


def _midnight(day: date, zone: ZoneInfo) -> tuple[int, int]:
    # Clocks that skip midnight skip from it, so this is the day's first moment then too.
    shift = datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset() or timedelta()
    offset = (shift.days * 86_400 + shift.seconds) // QUARTER_SECONDS
    return (day.toordinal() - _EPOCH_DAY) * DAY_QUARTERS - offset, offset


def local_days(hours: TutorHours, first: date, last: date) -> tuple[LocalDay, ...]:
    """Return the tutor's local days from `first` to `last`, in order.

    Days that the tutor spends elsewhere cut those at home short, or swallow them.
    """
    away_from_home: dict[date, ZoneInfo] = {}
    for stay in sorted(hours.stays, key=lambda stay: stay.first_day):
        zone = zone_named(stay.timezone)
        away_from_home.update(dict.fromkeys(_dates(stay.first_day, stay.last_day, first, last), zone))
    days: list[LocalDay] = []
    known: dict[tuple[date, str], tuple[int, int]] = {}
    for day in _dates(first, last, first, last):
        zone = away_from_home.get(day, hours.zone)
        following = day + timedelta(days=1)
        begins, offset = known.get((day, zone.key)) or _midnight(day, zone)
        ends, next_offset = _midnight(following, zone)
        known[following, zone.key] = ends, next_offset
        steady = offset == next_offset
        rest: list[LocalDay] = []
        if days and begins < days[-1].ends:
            if day in away_from_home:
                rest = _cut(days, begins, ends)
            else:
                begins, steady = days[-1].ends, False
        if begins < ends:
            days.append(LocalDay(day, zone, begins, ends, steady))
        days += rest
    return tuple(days)


def _dates(first: date, last: date, earliest: date, latest: date) -> Iterator[date]:
    for ordinal in range(max(first, earliest).toordinal(), min(last, latest).toordinal() + 1):
        yield date.fromordinal(ordinal)


def _cut(days: list[LocalDay], begins: int, ends: int) -> list[LocalDay]:
    """Make room for a day, and return what reaches beyond it: zones may lie more than a day apart."""
    rest: list[LocalDay] = []
    while days and days[-1].ends > begins:
        last = days.pop()
        if last.ends > ends:
            rest.insert(0, replace(last, begins=max(last.begins, ends), steady=False))
        if last.begins < begins:
            days.append(replace(last, ends=begins, steady=False))
            break
    return rest


def open_time(hours: TutorHours, earliest: datetime, latest: datetime) -> OpenTime:
    """Return the tutor's hours for sessions that start from `earliest` to `latest`, in whole local weeks."""
    first = earliest.astimezone(UTC).date() - timedelta(days=1)
    last = latest.astimezone(UTC).date() + timedelta(days=1)
    first -= timedelta(days=first.weekday() + _MARGIN_DAYS)
    last += timedelta(days=6 - last.weekday() + _MARGIN_DAYS)
    weekly = [0] * 7
    for span in hours.weekly:
        weekly[span.weekday] |= _inside(span.starts_minute, span.ends_minute)
    extra: dict[date, int] = {}
    away: dict[date, int] = {}
    for exception in hours.exceptions:
        starts, ends = exception.starts_minute, exception.ends_minute
        closes = exception.kind == ExceptionKind.AWAY
        wall = _bits(starts // QUARTER_MINUTES, _quarters(ends)) if closes else _inside(starts, ends)
        changed = away if closes else extra
        for day in _dates(exception.first_day, exception.last_day, first, last):
            changed[day] = changed.get(day, 0) | wall
    days = local_days(hours, first, last)
    base, opened, grid = days[0].begins, 0, 0
    half_hours: dict[int, int] = {}
    for local in days:
        wall = (weekly[local.day.weekday()] | extra.get(local.day, 0)) & ~away.get(local.day, 0)
        if not wall:
            continue
        bits = wall if local.steady else _on_the_wall(wall, local)
        if bits not in half_hours:
            half_hours[bits] = _half_hours(bits)
        opened |= bits << (local.begins - base)
        grid |= half_hours[bits] << (local.begins - base)
    return OpenTime(base, opened, grid, days)


def _inside(starts_minute: int, ends_minute: int) -> int:
    return _bits(_quarters(starts_minute), ends_minute // QUARTER_MINUTES)


def _on_the_wall(wall: int, local: LocalDay) -> int:
    """Return the quarters of a day, from its beginning, at which the clock shows one of `wall`."""
    midnight = (local.day.toordinal() - _EPOCH_DAY) * DAY_QUARTERS
    bits, at = 0, local.begins
    while at < local.ends:
        offset, until = _offset_at(at, local.zone), _next_change(at, local.ends, local.zone)
        shift = midnight - offset - local.begins
        moved = wall << shift if shift >= 0 else wall >> -shift
        bits |= moved & _bits(at - local.begins, until - local.begins)
        at = until
    return bits


def _offset_at(quarter: int, zone: ZoneInfo) -> int:
    shift = quarter_start(quarter).astimezone(zone).utcoffset() or timedelta()
    return int(shift.total_seconds()) // QUARTER_SECONDS


def _next_change(after: int, stop: int, zone: ZoneInfo) -> int:
    offset = _offset_at(after, zone)
    if _offset_at(stop - 1, zone) == offset:
        return stop
    low, high = after, stop - 1
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_at(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return high


def _half_hours(bits: int) -> int:
    """Return every second quarter of each run, counted from the run's beginning."""
    found, step, reached = bits & ~(bits << 1), START_STEP_QUARTERS, bits & (bits << 1)
    while step < bits.bit_length():
        found |= (found << step) & reached
        reached &= reached << step
        step *= 2
    return found


def free_starts(
    time: OpenTime,
    rules: BookingRules,
    *,
    duration_minutes: int,
    earliest: datetime,
    latest: datetime,
    taken: Iterable[Taken] = (),
    claimed: Iterable[range] = (),
    booked: Collection[Booked] = (),
) -> Iterator[int]:
    """Return the quarters at which a session may start, in order.

    Between two sessions lies the larger of what the earlier one wants after it and the later one before it.

    Args:
        time: The tutor's hours, for `earliest` to `latest` at least.
        rules: Buffers and limits; notice and horizon stand in `earliest` and `latest`.
        duration_minutes: Length of the session.
        earliest: No start before this moment.
        latest: No start after this moment.
        taken: The tutor's sessions and appointments, around which buffers are kept.
        claimed: Quarters that are taken without buffers, such as the student's.
        booked: Sessions that count towards the limits, of all weeks that are asked for.
    """
    base, size = time.base, time.days[-1].ends - time.base
    closed = _beyond_limits(time, rules.limits, duration_minutes, booked)
    busy = 0
    for one in taken:
        before = max(one.before_minutes, rules.buffer_after_minutes) * 60
        after = max(one.after_minutes, rules.buffer_before_minutes) * 60
        first = (int(one.starts_at.timestamp()) - before) // QUARTER_SECONDS
        stop = _quarters(int(one.ends_at.timestamp()) + after, QUARTER_SECONDS)
        busy |= _bits(first - base, min(stop - base, size))
    for span in claimed:
        busy |= _bits(span.start - base, min(span.stop - base, size))
    fits = time.hours & ~busy
    have, length = 1, _quarters(duration_minutes)
    while have < length:
        step = min(have, length - have)
        fits &= fits >> step
        have += step
    window = _bits(
        _quarters(int(earliest.timestamp()), QUARTER_SECONDS) - base, quarter_of(latest) + 1 - base
    )
    return (base + place for place in _places(fits & time.grid & window & ~closed))


def is_inside(time: OpenTime, starts_at: datetime, ends_at: datetime) -> bool:
    """Return whether all of a session lies inside the hours of `time`, which has to reach so far."""
    quarters = quarters_between(starts_at, ends_at)
    wanted = ((1 << len(quarters)) - 1) << (quarters.start - time.base)
    return time.hours & wanted == wanted


def _beyond_limits(time: OpenTime, limits: BookingLimits, minutes: int, booked: Collection[Booked]) -> int:
    """Return the quarters of the days on which one session more would break a limit."""
    if limits == BookingLimits():
        return 0
    load = Load(time.counted(booked))
    closed = 0
    stops = [*(local.begins for local in time.days[1:]), time.days[-1].ends]
    for local, stop in zip(time.days, stops, strict=True):
        if load.limit_reached(limits, local.day, minutes):
            closed |= _bits(local.begins - time.base, stop - time.base)
    return closed
