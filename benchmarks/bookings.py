"""How many bookings a second go from a free time to paid, with claims, ledger, messages and jobs."""

import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.result import Result
from benchmarks.world import add_offerings, add_people, make_database
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import MentorshipSession
from mentor_ui.providers.paystack_replies import Charge, ChargeStatus
from mentor_ui.services import bookings, payments
from mentor_ui.services.settlement import SettlementRules, apply_charge

RULES = SettlementRules(platform_share_percent=30, domain="test", public_url="http://localhost:3000")
SECONDS = 5.0


def measure(folder: Path) -> list[Result]:
    """Count bookings by 1 and 8 clients, beside bare commits on the same disk."""
    limit = _bare_commits(folder)
    results = [Result("Bare commits on this disk (SQLite, synchronous=FULL)", limit, "per second")]
    database = make_database(folder)
    tutors = add_people(database, 400, Role.TUTOR)
    offerings = add_offerings(database, len(tutors), tutors, [])
    students = add_people(database, 400, Role.STUDENT)
    for clients, share in ((1, slice(0, 100)), (8, slice(100, 400))):
        done = _book_until_time_is_up(database, clients, offerings[share], students[share])
        results.append(Result(f"Bookings, {clients} clients", done, "per second", done / limit))
    database.dispose()
    return results


def _bare_commits(folder: Path) -> float:
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode=wal", "synchronous=full"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, word TEXT)")
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < 1:
        connection.execute("INSERT INTO bare (word) VALUES ('x')")
        done += 1
    connection.close()
    return done / (time.perf_counter() - started)


def _book_until_time_is_up(
    database: Database, clients: int, offerings: list[int], students: list[Actor]
) -> float:
    end = time.perf_counter() + SECONDS
    counts = [0] * clients

    def run(client: int) -> None:
        # Two days: late in the evening, tomorrow begins within the shortest notice.
        first = (datetime.now(UTC) + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
        for turn in range(100_000):
            for place in range(client, len(offerings), clients):
                if time.perf_counter() > end:
                    return
                _book(database, offerings[place], students[place], first + timedelta(hours=3 * turn))
                counts[client] += 1

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def _book(database: Database, offering_id: int, student: Actor, starts_at: datetime) -> None:
    now = datetime.now(UTC)
    with database.transaction() as session:
        price_kobo = session.get_one(MentorshipSession, offering_id).price_kobo
        hold = bookings.hold(
            session,
            student,
            offering_id=offering_id,
            starts_at=starts_at,
            price_seen_kobo=price_kobo,
            now=now,
        )
        attempt = payments.open_attempt(session, student, booking_id=hold.booking_id, now=now)
    with database.transaction() as session:
        apply_charge(session, RULES, attempt.reference, paid(attempt), now)


def paid(attempt: payments.Attempt) -> Charge:
    """Return what Paystack says of an attempt that was paid as asked."""
    return Charge(
        id=attempt.payment_id,
        reference=attempt.reference,
        status=ChargeStatus.SUCCESS,
        status_word="success",
        amount_kobo=attempt.amount_kobo,
        requested_amount_kobo=attempt.amount_kobo,
        fees_kobo=0,
        currency="NGN",
        paid_at=None,
        created_at=None,
        channel="card",
        domain="test",
        customer_email=attempt.email,
        gateway_response="",
        metadata={},
        raw={},
    )
