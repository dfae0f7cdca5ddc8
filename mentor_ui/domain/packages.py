"""Several sessions sold at once: what each is worth, what they save, and which of them is next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

FEWEST_SESSIONS = 2
MOST_SESSIONS = 50
SHORTEST_DAYS = 14
LONGEST_DAYS = 730
USUAL_DAYS = 180
USUAL_SESSIONS = 3

REMIND_DAYS = (14, 3)
"""How long before its end the owner of a package with sessions left is reminded."""

MORE_TIME = timedelta(days=30)
"""What its owner has at least, when a session is called off for which the tutor answers."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What a package costs beside as many single sessions, in kobo.

    Attributes:
        each_kobo: What one session comes to, rounded up.
        saved_kobo: Less than so many single ones; 0 when it is not less.
    """

    each_kobo: int
    saved_kobo: int


def saving(price_kobo: int, sessions: int, single_kobo: int) -> Saving:
    """Return what a package costs beside single sessions.

    Args:
        price_kobo: For all of it.
        sessions: How many it has.
        single_kobo: What one costs by itself.
    """
    return Saving(-(-price_kobo // sessions), max(0, single_kobo * sessions - price_kobo))


def part_kobo(price_kobo: int, sessions: int, number: int) -> int:
    """Return what one session of a package is worth: price·k/n - price·(k-1)/n, each rounded down.

    All parts together are the price, whatever it divides by.

    Args:
        price_kobo: For all of it.
        sessions: How many it has.
        number: Which one, from 1.
    """
    return price_kobo * number // sessions - price_kobo * (number - 1) // sessions


def parts_kobo(price_kobo: int, sessions: int, numbers: Collection[int]) -> int:
    """Return what several sessions of a package are worth together."""
    return sum(part_kobo(price_kobo, sessions, number) for number in numbers)


def next_number(sessions: int, taken: Collection[int]) -> int | None:
    """Return the first session of a package that does not count as used, or None."""
    return next((number for number in range(1, sessions + 1) if number not in taken), None)
