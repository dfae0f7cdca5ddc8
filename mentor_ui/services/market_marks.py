"""Marks that stand beside an offering's words in their index, and the stretches of a list that they cut.

A mark says how long an offering lasts, on which step its price is, or, on PostgreSQL, in which week it was
made. A search for words that asks for marks too finds by the index alone what it would otherwise look up row
by row, and reads a list ordered by price or time one stretch after the other instead of gathering all rows
that have the words.
No word of a search begins with `_`, as marks do.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from mentor_ui.services.market_cursor import Cursor
from mentor_ui.services.market_filters import CHEAPEST, NEWEST
from mentor_ui.services.market_wanted import Wanted
from mentor_ui.services.market_ways import ORDERS

PRICE_STEPS_KOBO = tuple(
    naira * 100
    for naira in (
        *(1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 5_000, 6_000, 7_500, 8_000, 9_000, 10_000),
        *(12_000, 15_000, 17_500, 20_000, 25_000, 30_000, 40_000, 50_000, 75_000, 100_000, 200_000),
    )
)
"""Where a step of prices begins; the schema holds the same. What costs less is on step 0."""

PRICE_STEPS = range(len(PRICE_STEPS_KOBO) + 1)
WEEK = timedelta(days=7)
WEEKS_SINCE = datetime(1970, 1, 1, tzinfo=UTC)

MOST_MARKS = 40
"""A search asks for one of so many marks at most."""

PAGES_SOUGHT = (1.5, 12)
"""For so many pages a first and a second stretch should do; the third is all that is left."""

PAGES_GATHERED = 20
"""So few pages are gathered at once: each mark more that is asked for costs, too."""


def price_step(kobo: int) -> int:
    """Return on which step a price is."""
    return bisect_right(PRICE_STEPS_KOBO, kobo)


def price_steps(lowest_kobo: int | None, highest_kobo: int | None) -> range:
    """Return the steps of prices that are neither lower nor higher."""
    last = PRICE_STEPS[-1] if highest_kobo is None else price_step(highest_kobo)
    return range(price_step(lowest_kobo or 0), last + 1)


def limits_of(steps: Sequence[int]) -> tuple[int | None, int | None]:
    """Return the lowest and the highest price on these steps, in kobo; None for no limit."""
    lowest, highest = min(steps), max(steps)
    return (
        PRICE_STEPS_KOBO[lowest - 1] if lowest else None,
        PRICE_STEPS_KOBO[highest] - 1 if highest < PRICE_STEPS[-1] else None,
    )


def marks(durations: Sequence[int], steps: Sequence[int]) -> tuple[str, ...]:
    """Return marks of which every offering of these lengths and steps of prices has one; empty for all.

    Others may have one too: the lengths are left out where they would make too many marks.
    """
    if len(steps) == len(PRICE_STEPS):
        return tuple(f"_l{minutes}" for minutes in durations)
    if durations and len(durations) * len(steps) <= MOST_MARKS:
        return tuple(f"_l{minutes}p{step}" for minutes in durations for step in steps)
    return tuple(f"_p{step}" for step in steps)


def week_of(moment: datetime) -> int:
    """Return in which week since `WEEKS_SINCE` this was."""
    return (moment - WEEKS_SINCE) // WEEK


def end_of(week: int) -> datetime:
    """Return the moment in which the next week begins."""
    return WEEKS_SINCE + (week + 1) * WEEK


def weeks_down(counts: dict[int, int], now: datetime, before: datetime | None) -> range:
    """Return the weeks of offerings, the latest first.

    Args:
        counts: Of each week in which some were made when they were counted.
        now: The present moment.
        before: The moment at which to begin; None for the very latest.
    """
    # One more, as the clock of another host may be ahead.
    latest = week_of(before) if before else max(week_of(now), *counts) + 1
    return range(latest, min((*counts, latest)) - 1, -1)


def week_marks(weeks: Sequence[int]) -> tuple[str, ...]:
    """Return the marks of what was made in one of these weeks."""
    return tuple(f"_w{week}" for week in weeks)


def stretches(
    places: Sequence[int], expected: Callable[[int], float], limit: int
) -> Iterator[tuple[Sequence[int], bool]]:
    """Cut the places of a list into stretches, each about long enough for a page, and say which is the last.

    Args:
        places: Steps or weeks, in the list's order.
        expected: How many rows are about there.
        limit: Rows of a page.
    """
    begin = 0
    few = sum(map(expected, places)) <= PAGES_GATHERED * limit
    for pages in () if few else PAGES_SOUGHT:
        end, rows = begin, 0.0
        while end < len(places) and rows < pages * limit:
            rows += expected(places[end])
            end += 1
        if end >= len(places) or end - begin > MOST_MARKS:
            break
        yield places[begin:end], False
        begin = end
    if begin < len(places):
        yield places[begin:], True


def places(wanted: Wanted, week_counts: dict[int, int]) -> range:
    """Return the weeks, or the steps of prices, of a list in its order and from its cursor on."""
    _, kind, _ = ORDERS[wanted.sort]
    cursor = Cursor.parse(wanted.after, kind)
    if wanted.sort == NEWEST:
        return weeks_down(week_counts, wanted.now, cursor.moment if cursor else None)
    steps = price_steps(wanted.lowest_kobo, wanted.highest_kobo)
    at = price_step(cursor.value) if cursor else None
    if wanted.sort == CHEAPEST:
        return range(steps.start if at is None else max(at, steps.start), steps.stop)
    return range(steps.stop - 1 if at is None else min(at, steps.stop - 1), steps.start - 1, -1)
