"""The rows of a made-up market, skewed like a real one: few courses, tutors and words have most of it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.market_words import FIRST, LAST, PHRASES, SHAPES, SYLLABLES, TOPICS
from mentor_ui.domain.identifiers import EPOCH_MS
from mentor_ui.domain.words import words_of

SEED = 20261122
"""The same market in every run."""

DURATIONS = (30, 45, 60, 90, 120, 180)
DURATION_WEIGHTS = (24, 10, 44, 14, 6, 2)
PRICES_NAIRA = (5_000, 10_000, 3_000, 7_500, 15_000, 20_000, 2_000, 8_000, 12_000, 25_000)
LIVE_SHARE = 0.92
LINKED_SHARE = 0.85
DAYS = 690

Row = tuple[object, ...]

OFFERING = (
    "id",
    "tutor_id",
    "student_id",
    "course_id",
    "title",
    "description",
    "search_text",
    "duration",
    "price_kobo",
    "published",
    "next_free_at",
    "next_free_unknown",
    "next_free_due_at",
    "created_at",
    "updated_at",
)
"""The columns of a row of `Market.offerings`."""

BOOKING = (
    "id",
    "tutor_id",
    "student_id",
    "course_id",
    "offering_id",
    "title",
    "duration",
    "price_kobo",
    "status",
    "payment_status",
    "starts_at",
    "ends_at",
    "created_at",
    "updated_at",
)
"""The columns of a row of `Market.bookings`."""


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    offerings: int = 1_000_000
    tutors: int = 50_000
    courses: int = 20_000
    students: int = 50_000
    bookings: int = 200_000

    @classmethod
    def of(cls, offerings: int) -> "Size":
        """Return the size of a market with so many offerings, everything in the same proportion."""
        return cls(
            offerings,
            max(offerings // 20, 10),
            max(offerings // 50, 10),
            max(offerings // 20, 10),
            offerings // 5,
        )


@dataclass(frozen=True)
class Booked:
    """What the ledger needs to know of a booking."""

    id: int
    tutor_id: int
    price_kobo: int
    created_at: datetime


class Market:
    """A made-up market; each of its parts is made once, in the order of the methods.

    Args:
        size: How much of everything.
        now: Its present moment.
    """

    def __init__(self, size: Size, now: datetime) -> None:
        self.size = size
        self.now = now
        self.booked: list[Booked] = []
        self._chance = random.Random(SEED)
        self._last = 0
        first = now - timedelta(days=DAYS)
        self._start = max(first, datetime(2025, 1, 2, tzinfo=UTC))
        self.tutors = [self._id(self._start) for _ in range(size.tutors)]
        self.students = [self._id(self._start) for _ in range(size.students)]
        self.courses = [self._id(self._start) for _ in range(size.courses)]
        self._names = [self._name() for _ in self.tutors]
        self._course_topics = [self._topic() for _ in self.courses]
        self._course_titles = [
            f"{topic} {self._chance.choice(('Basics', 'Bootcamp', 'in Practice', 'Essentials', 'Advanced'))}"
            for topic in self._course_topics
        ]
        self._offered: list[tuple[int, int, int | None, int, int]] = []

    def _id(self, moment: datetime) -> int:
        # As `new_id` makes them, so that the order of identifiers is that of creation.
        millis = int(moment.timestamp() * 1000) - EPOCH_MS
        self._last = max(self._last + 1, (millis << 22) | self._chance.getrandbits(22))
        return self._last

    def _skewed(self, count: int, power: float) -> int:
        return int(count * self._chance.random() ** power)

    def _topic(self) -> str:
        return TOPICS[self._skewed(len(TOPICS), 2.2)]

    def _name(self) -> str:
        chance = self._chance
        # A third of all names is rare.
        last = (
            chance.choice(LAST)
            if chance.random() < 0.67
            else "".join(chance.choices(SYLLABLES, k=3)).capitalize()
        )
        return f"{chance.choice(FIRST)} {last}"

    def people(self) -> Iterator[Row]:
        """Yield identifier, name and headline of tutors, then of students."""
        for number, name in zip(self.tutors, self._names, strict=True):
            yield number, name, f"Teaches {self._topic()}"
        for number in self.students:
            yield number, self._name(), ""

    def course_rows(self) -> Iterator[Row]:
        """Yield identifier, title and tutor of every course."""
        for number, title in zip(self.courses, self._course_titles, strict=True):
            yield number, title, self._chance.choice(self.tutors)

    def enrolments(self) -> Iterator[Row]:
        """Yield student, course and whether it was finished; students are on none to ten courses."""
        for student in self.students:
            many = self._skewed(11, 1.6)
            for course in {self._skewed(len(self.courses), 3) for _ in range(many)}:
                yield student, self.courses[course], self._chance.random() < 0.5

    def offerings(self) -> Iterator[Row]:
        """Yield offerings in the order in which they were made, more of them lately."""
        chance, size = self._chance, self.size
        span = (self.now - self._start).total_seconds()
        name_words = [words_of(name) for name in self._names]
        course_words = [words_of(title) for title in self._course_titles]
        phrases = [(phrase, words_of(phrase)) for phrase in PHRASES]
        titles = {
            topic: [(shape.format(topic), words_of(shape.format(topic))) for shape in SHAPES]
            for topic in TOPICS
        }
        for place in range(size.offerings):
            created = self._start + timedelta(seconds=span * ((place + 1) / size.offerings) ** 0.7)
            number = self._id(created)
            tutor = self._skewed(size.tutors, 1.8)
            course = self._skewed(size.courses, 3) if chance.random() < LINKED_SHARE else None
            topic = self._topic() if course is None else self._course_topics[course]
            title, title_words = chance.choice(titles[topic])
            told = chance.sample(phrases, 3)
            special = "".join(chance.choices(SYLLABLES, k=4))
            words = dict.fromkeys(
                (*title_words, *(word for _, part in told for word in part), special, *name_words[tutor])
            )
            if course is not None:
                words |= dict.fromkeys(course_words[course])
            duration = chance.choices(DURATIONS, DURATION_WEIGHTS)[0]
            price = self._price_kobo(duration)
            live = chance.random() < LIVE_SHARE
            tutor_id, course_id = self.tutors[tutor], None if course is None else self.courses[course]
            if live:
                self._offered.append((number, tutor_id, course_id, duration, price))
            yield (
                number,
                tutor_id,
                tutor_id,
                course_id,
                title,
                f"{'. '.join(phrase for phrase, _ in told)}. {special}.",
                " ".join(words),
                duration,
                price,
                live,
                self._free(),
                chance.random() < 0.05,
                self.now + timedelta(days=1),
                created,
                created,
            )

    def _price_kobo(self, duration: int) -> int:
        chance = self._chance
        if chance.random() < 0.6:
            return PRICES_NAIRA[self._skewed(len(PRICES_NAIRA), 1.4)] * 100
        naira = chance.lognormvariate(8.9, 0.7) * duration / 60
        return max(500, min(500_000, round(naira / 100) * 100)) * 100

    def _free(self) -> datetime | None:
        chance = self._chance
        if chance.random() < 0.12:
            return None
        quarters = int(chance.expovariate(1 / (4 * 96))) + 1
        return self.now.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=15 * (quarters + 4))

    def bookings(self) -> Iterator[Row]:
        """Yield bookings: most held, some ahead, some cancelled; few students have many."""
        chance = self._chance
        for _ in range(self.size.bookings):
            offering, tutor, course, duration, price = chance.choice(self._offered)
            student = self.students[self._skewed(len(self.students), 2.5)]
            past = chance.random() < 0.85
            days = -chance.expovariate(1 / 120) if past else chance.expovariate(1 / 8)
            starts = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(
                minutes=round(days * 96) * 15 + (-180 if past else 60)
            )
            status, paid = "SCHEDULED", "PAID"
            if past:
                status = chance.choices(("COMPLETED", "CANCELLED", "NO_SHOW"), (86, 10, 4))[0]
                paid = "REFUNDED" if status == "CANCELLED" else "PAID"
            made = starts - timedelta(days=5)
            number = self._id(self.now)
            if paid == "PAID":
                self.booked.append(Booked(number, tutor, price, made))
            yield (
                number,
                tutor,
                student,
                course,
                offering,
                "Session",
                duration,
                price,
                status,
                paid,
                starts,
                starts + timedelta(minutes=duration),
                made,
                made,
            )

    def identifiers(self) -> Iterator[int]:
        """Yield fresh identifiers."""
        while True:
            yield self._id(self.now)
