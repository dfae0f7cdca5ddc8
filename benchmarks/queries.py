"""What the reads of the marketplace cost, beside a look-up by primary key in the same run."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlmodel import Session

from benchmarks.result import Result
from benchmarks.world import SEED, add_courses, add_offerings, add_people, make_database
from mentor_ui.domain.roles import Role
from mentor_ui.models import MentorshipSession
from mentor_ui.services.marketplace import MarketFilters, find_offerings
from mentor_ui.services.suggestions import suggestions

OFFERINGS = 20_000
ROUNDS = 300
CHEAPEST = "price"


def _milliseconds(work: Callable[[], object]) -> float:
    taken: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


def measure(folder: Path) -> list[Result]:
    """Time each read on a market of `OFFERINGS`, through the services as the pages call them."""
    database = make_database(folder)
    tutors = add_people(database, 1_000, Role.TUTOR)
    courses = add_courses(database, 2_000, tutors[0])
    offerings = add_offerings(database, OFFERINGS, tutors, courses)
    chance = random.Random(SEED)
    now = datetime.now(UTC)
    with database.reading() as session:
        limit = _milliseconds(lambda: _by_key(session, chance.choice(offerings)))
        results = [Result("Look-up by primary key", limit, "ms")]
        searches = {
            "Suggestions for a course": lambda: suggestions(session, None, course_id=chance.choice(courses)),
            "Marketplace, newest first": lambda: find_offerings(session, None, MarketFilters(), now),
            "Marketplace, two lengths and a price range": lambda: find_offerings(
                session,
                None,
                MarketFilters(durations=(60, 90), min_kobo=300_000, max_kobo=2_000_000),
                now,
            ),
            "Marketplace, cheapest first": lambda: find_offerings(
                session, None, MarketFilters(sort=CHEAPEST), now
            ),
            "Marketplace, by word": lambda: find_offerings(session, None, MarketFilters(q="react"), now),
        }
        for what, work in searches.items():
            taken = _milliseconds(work)
            results.append(Result(f"{what} ({OFFERINGS:,} offerings)", taken, "ms", taken / limit))
    database.dispose()
    return results


def _by_key(session: Session, number: int) -> MentorshipSession | None:
    session.expunge_all()
    return session.get(MentorshipSession, number)
