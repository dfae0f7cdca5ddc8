"""What somebody looks for in the marketplace, as it stands in the address of the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlencode

from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import DEFAULT_ZONE
from mentor_ui.domain.money import naira_number, parse_naira
from mentor_ui.domain.slots import DURATIONS_MINUTES

COMPLETED, ENROLLED = "completed", "enrolled"
TODAY, WEEK = "today", "week"
NEWEST, CHEAPEST, DEAREST, SOONEST = "newest", "price", "price_desc", "soonest"
SORTS = (NEWEST, SOONEST, CHEAPEST, DEAREST)
LONGEST_TEXT = 100
MOST_CHOICES = 50
LONGEST_CURSOR = 120


@dataclass(frozen=True, slots=True)
class MarketFilters:
    """The marketplace's filters, all of them optional.

    Attributes:
        q: Free text.
        mentor: A person's identifier or a part of a name.
        min_kobo: Lowest price, in kobo.
        max_kobo: Highest price, in kobo; never below `min_kobo`.
        durations: Minutes, each one of `DURATIONS_MINUTES`, ascending.
        course_ids: Any of these courses.
        mine: `completed` or `enrolled`: only courses the viewer has finished or is taking.
        when: `today` or `week`: the soonest free time lies in it.
        sort: `newest`, `soonest`, `price` or `price_desc`.
        after: Cursor of the page before.
        zone: In whose days a visitor means `when`; it does not stand in the address.
    """

    q: str = ""
    mentor: str = ""
    min_kobo: int | None = None
    max_kobo: int | None = None
    durations: tuple[int, ...] = ()
    course_ids: tuple[int, ...] = ()
    mine: str = ""
    when: str = ""
    sort: str = NEWEST
    after: str = ""
    zone: str = DEFAULT_ZONE

    @classmethod
    def from_query(cls, query: str) -> Self:
        """Read a query string, with or without its question mark."""
        return cls.from_pairs(parse_qsl(query.removeprefix("?"), max_num_fields=None))

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read parameters as they came; what makes no sense is left out, a turned price range set right."""
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)

        def last(name: str) -> str:
            return " ".join(values.get(name, [""])[-1].replace("\x00", "").split())

        def one_of(name: str, *known: str) -> str:
            word = last(name).lower()
            return word if word in known else ""

        lowest, highest = _kobo(last("minPrice")), _kobo(last("maxPrice"))
        if lowest is not None and highest is not None and lowest > highest:
            lowest, highest = highest, lowest
        durations = {text.strip() for text in values.get("duration", [])}
        courses = [parse_id(text.strip()) for text in values.get("courseId", [])]
        after = last("after")
        return cls(
            q=last("q")[:LONGEST_TEXT].strip(),
            mentor=last("mentor")[:LONGEST_TEXT].strip(),
            min_kobo=lowest,
            max_kobo=highest,
            durations=tuple(minutes for minutes in DURATIONS_MINUTES if str(minutes) in durations),
            course_ids=tuple(dict.fromkeys(number for number in courses if number))[:MOST_CHOICES],
            mine=one_of("mine", COMPLETED, ENROLLED),
            when=one_of("when", TODAY, WEEK),
            sort=one_of("sort", *SORTS) or NEWEST,
            after=after if len(after) <= LONGEST_CURSOR else "",
        )

    def to_query(self) -> str:
        """Return the one query string of these filters, without a question mark; empty for none."""
        pairs: list[tuple[str, str]] = [
            ("q", self.q),
            ("mentor", self.mentor),
            ("minPrice", _naira(self.min_kobo)),
            ("maxPrice", _naira(self.max_kobo)),
            *(("duration", str(minutes)) for minutes in self.durations),
            *(("courseId", str(number)) for number in self.course_ids),
            ("mine", self.mine),
            ("when", self.when),
            ("sort", "" if self.sort == NEWEST else self.sort),
            ("after", self.after),
        ]
        return urlencode([(name, value) for name, value in pairs if value])


def _kobo(text: str) -> int | None:
    if not text:
        return None
    try:
        return parse_naira(text)
    except InvalidInput:
        return None


def _naira(kobo: int | None) -> str:
    if kobo is None:
        return ""
    naira = naira_number(kobo)
    return str(naira) if isinstance(naira, int) else f"{naira:.2f}"
