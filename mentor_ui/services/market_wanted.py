"""What the marketplace looks for, made definite, and what it finds."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to find.

    Attributes:
        words: Each must begin some word of the offering.
        tutor_ids: Any of these; None for all.
        course_ids: Any of these; None for all.
        lowest_kobo: None for no limit, like `highest_kobo`.
        durations: Any of these; empty for all.
        free_until: The soonest free time lies between `now` and this; None for any.
        not_tutor: Whose offerings are left out; 0 for nobody's.
    """

    words: tuple[str, ...]
    tutor_ids: tuple[int, ...] | None
    course_ids: tuple[int, ...] | None
    lowest_kobo: int | None
    highest_kobo: int | None
    durations: tuple[int, ...]
    free_until: datetime | None
    not_tutor: int
    sort: str
    after: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The offerings of a page.

    Attributes:
        ids: In the list's order.
        next_cursor: For the page after this one; empty on the last one.
        total: Of all pages, as far as it was counted.
        more_than_total: Whether there are more.
    """

    ids: tuple[int, ...]
    next_cursor: str
    total: int
    more_than_total: bool
