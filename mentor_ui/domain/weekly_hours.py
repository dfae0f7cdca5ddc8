"""Weekly hours as tutors set them: ranges by quarters of an hour, several a day, none over another."""

from collections.abc import Collection, Iterable

from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.slots import QUARTER_MINUTES, WeeklyRange

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_RANGES_A_DAY = 6
MINUTES_A_DAY = 1440


def clock_of(minute: int) -> str:
    """Return minutes after midnight as `09:15`; the end of a day is `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def minute_of(text: str) -> int | None:
    """Return the minutes after midnight of `09:15`, up to `24:00`; None when it is no quarter of a day."""
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        return None
    if len(hours) > 2 or len(minutes) != 2:
        return None
    minute = int(hours) * 60 + int(minutes)
    quarter = int(minutes) < 60 and minute % QUARTER_MINUTES == 0
    return minute if quarter and minute <= MINUTES_A_DAY else None


def checked_span(starts_minute: int, ends_minute: int, *, field: str) -> tuple[int, int]:
    """Return a range of one day as it was given.

    Raises:
        InvalidInput: It is no range, or not by quarters of an hour.
    """
    if starts_minute % QUARTER_MINUTES or ends_minute % QUARTER_MINUTES:
        raise InvalidInput("Hours begin and end on a quarter of an hour.", field=field)
    if not 0 <= starts_minute < MINUTES_A_DAY or ends_minute > MINUTES_A_DAY:
        raise InvalidInput("Hours lie between 00:00 and 24:00.", field=field)
    if ends_minute <= starts_minute:
        raise InvalidInput(
            f"{clock_of(ends_minute)} is not after {clock_of(starts_minute)}. "
            "Past midnight, end at 24:00 and go on from 00:00 the next day.",
            field=field,
        )
    return starts_minute, ends_minute


def checked_week(ranges: Iterable[WeeklyRange]) -> tuple[WeeklyRange, ...]:
    """Return the ranges in order of time.

    Raises:
        InvalidInput: For the first weekday (`monday`) with a wrong range, with too many, or with two that
            overlap.
    """
    ordered = sorted(ranges, key=lambda span: (span.weekday, span.starts_minute, span.ends_minute))
    wrong = next(iter(week_errors(ordered).values()), None)
    if wrong is not None:
        raise wrong
    return tuple(ordered)


def week_errors(ranges: Collection[WeeklyRange]) -> dict[int, InvalidInput]:
    """Return what is wrong, by weekday.

    Raises:
        InvalidInput: `no_such_day`: a weekday is not 0 to 6.
    """
    errors: dict[int, InvalidInput] = {}
    if any(span.weekday not in range(len(WEEKDAYS)) for span in ranges):
        raise InvalidInput("A week has seven days.", code="no_such_day")
    for weekday, name in enumerate(WEEKDAYS):
        spans = sorted((span.starts_minute, span.ends_minute) for span in ranges if span.weekday == weekday)
        try:
            _check_day(name, spans)
        except InvalidInput as error:
            errors[weekday] = error
    return errors


def _check_day(name: str, spans: list[tuple[int, int]]) -> None:
    field = name.lower()
    if len(spans) > MOST_RANGES_A_DAY:
        raise InvalidInput(f"At most {MOST_RANGES_A_DAY} ranges fit into a day.", field=field)
    ended = 0
    for starts, ends in spans:
        checked_span(starts, ends, field=field)
        if starts < ended:
            raise InvalidInput(
                f"Two ranges on {name} overlap at {clock_of(starts)}. Join them, or move one.", field=field
            )
        ended = ends


def copied_day(
    ranges: Iterable[WeeklyRange], source: int, targets: Collection[int]
) -> tuple[WeeklyRange, ...]:
    """Return the week with one day's ranges on other days too, in the place of what was there."""
    replaced = set(targets) - {source}
    kept = [span for span in ranges if span.weekday not in replaced]
    copies = [
        WeeklyRange(weekday, span.starts_minute, span.ends_minute)
        for weekday in replaced
        for span in kept
        if span.weekday == source
    ]
    return tuple(sorted([*kept, *copies], key=lambda span: (span.weekday, span.starts_minute)))


def proposed_range(spans: Collection[tuple[int, int]]) -> tuple[int, int] | None:
    """Return a range to add to a day: an hour after its last one, else in its largest gap.

    Args:
        spans: The day's ranges, in minutes after midnight.

    Returns:
        None when the day is full.
    """
    if not spans:
        return 9 * 60, 12 * 60
    last = max(ends for _, ends in spans)
    if last <= MINUTES_A_DAY - 120:
        return last + 60, min(last + 180, MINUTES_A_DAY)
    gaps: list[tuple[int, int]] = []
    free_from = 0
    for starts, ends in [*sorted(spans), (MINUTES_A_DAY, MINUTES_A_DAY)]:
        if starts > free_from:
            gaps.append((free_from, starts))
        free_from = max(free_from, ends)
    return max(gaps, key=lambda gap: gap[1] - gap[0], default=None)
