"""The server is killed at random moments between payment and meeting: nothing is lost, nothing is doubled."""

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import LedgerTransaction, MentorshipSession, OutgoingMessage, Payment, PaymentState
from mentor_ui.providers.errors import ProviderError
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import availability, bookings, checkout, ledger_proof
from tests.app_process import AppProcess, start_app
from tests.databases import PostgresqlDatabases, SqliteDatabases
from tests.sandbox_process import PAYSTACK_SECRET_KEY
from tests.world import make_offering, make_person

KILLS = {"sqlite": 6, "postgresql": 3}
PAID_EACH_LIFE = 2
DRAIN_SECONDS = 180

BEYOND_REMINDERS = timedelta(hours=26)
"""So far ahead that no reminder becomes due while a test runs: all mails are then of the bookings."""


def fault(app: AppProcess, route: str, kind: str, probability: float) -> None:
    body = {"route": route, "kind": kind, "times": None, "probability": probability}
    httpx.post(f"{app.sandbox_url}/control/faults", json=body, timeout=10).raise_for_status()


def pay_for_one(database: Database, app: AppProcess, student: Actor, offering_id: int) -> None:
    """Hold the next free time and pay; Paystack's webhook goes to the server."""
    now = datetime.now(UTC)
    with database.reading() as session:
        offering = session.get_one(MentorshipSession, offering_id)
        starts = availability.free_times(session, offering, viewer_id=student.person_id, now=now)
        free = next(start for start in starts if start - now > BEYOND_REMINDERS)
    with database.transaction() as session:
        hold = bookings.hold(
            session, student, offering_id=offering_id, starts_at=free, price_seen_kobo=500_000, now=now
        )
    gateway = PaystackClient(secret_key=PAYSTACK_SECRET_KEY, base_url=f"{app.sandbox_url}/paystack")
    opened = checkout.start_payment(
        database, gateway, student, booking_id=hold.booking_id, public_url=app.url, now=now
    )
    gateway.close()
    httpx.post(
        f"{app.sandbox_url}/control/paystack/settle/{opened.reference}",
        json={"status": "success"},
        timeout=10,
    ).raise_for_status()


def paid_bookings(database: Database) -> list[MentorshipSession]:
    """All paid bookings but those of the demo's past."""
    with database.reading() as session:
        return list(
            session.exec(
                select(MentorshipSession)
                .join(Payment, col(Payment.session_id) == col(MentorshipSession.id))
                .where(
                    Payment.state == PaymentState.PAID,
                    col(MentorshipSession.starts_at) > datetime.now(UTC),
                )
            )
        )


def is_drained(database: Database) -> bool:
    """Whether no payment is open and all that follows from the paid ones has been done."""
    with database.reading() as session:
        unpaid = session.exec(select(Payment.id).where(Payment.state == PaymentState.AWAITING)).all()
        unsent = session.exec(select(OutgoingMessage.id).where(col(OutgoingMessage.sent_at).is_(None))).all()
    roomless = [booking.id for booking in paid_bookings(database) if booking.zoom_meeting_id is None]
    return not (unpaid or unsent or roomless)


def wait_until_drained(database: Database) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS
    while not is_drained(database):
        assert time.monotonic() < deadline, "work was left undone"
        time.sleep(0.5)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_paid_booking_has_one_meeting_one_ledger_transaction_and_one_mail_of_each_kind(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(20261122)
    databases: SqliteDatabases | PostgresqlDatabases = request.getfixturevalue(f"{kind}_databases")
    with databases.fresh() as url, start_app(tmp_path, env={"DATABASE_URL": url}) as app:
        database = Database(url)
        tutor = make_person(database, Role.TUTOR, name="Tunde Bakare")
        offering_id = make_offering(database, tutor, duration_minutes=30)
        for _ in range(KILLS[kind]):
            fault(app, "zoom.meetings.create", "500_after", 0.3)
            fault(app, "mail.send", "lost_reply", 0.2)
            for _ in range(PAID_EACH_LIFE):
                student = make_person(database, Role.STUDENT)
                try:
                    pay_for_one(database, app, student, offering_id)
                except (ProviderError, httpx.HTTPError) as error:
                    pytest.fail(f"the sandbox refused: {error}")
            time.sleep(chance.uniform(0, 1.2))
            app.kill()
            app.start()
        wait_until_drained(database)
        bookings_made = paid_bookings(database)
        meetings = httpx.get(f"{app.sandbox_url}/control/zoom/meetings", timeout=10).json()["meetings"]
        mails = httpx.get(f"{app.sandbox_url}/mail.json", params={"limit": 500}, timeout=10).json()[
            "messages"
        ]
        with database.reading() as session:
            sales = session.exec(
                select(LedgerTransaction.session_id).where(
                    LedgerTransaction.kind == "sale",
                    col(LedgerTransaction.session_id).in_([booking.id for booking in bookings_made]),
                )
            ).all()
            kinds = session.exec(select(OutgoingMessage.kind)).all()
            assert ledger_proof.verify(session) == []
        database.dispose()
    numbers = {booking.id for booking in bookings_made}
    assert len(bookings_made) == len(numbers) == KILLS[kind] * PAID_EACH_LIFE
    assert {booking.status for booking in bookings_made} == {SessionStatus.SCHEDULED}
    assert Counter(sales) == dict.fromkeys(numbers, 1)
    assert sorted(booking.zoom_meeting_id or "" for booking in bookings_made) == sorted(
        str(meeting["id"]) for meeting in meetings if not meeting["is_deleted"]
    )
    assert Counter(kinds) == {"booked": 2 * len(numbers)}
    assert len(mails) == 2 * len(numbers)


def test_a_sweep_settles_what_no_webhook_told_of(tmp_path: Path, sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url, start_app(tmp_path, env={"DATABASE_URL": url}) as app:
        database = Database(url)
        fault(app, "paystack.webhook", "no_webhook", 1)
        tutor, student = make_person(database, Role.TUTOR), make_person(database, Role.STUDENT)
        pay_for_one(database, app, student, make_offering(database, tutor))
        with database.transaction() as session:
            # As if the first pause were over.
            session.exec(
                select(Payment).where(Payment.state == PaymentState.AWAITING)
            ).one().next_check_at = datetime.now(UTC) - timedelta(seconds=1)
        wait_until_drained(database)
        assert [booking.status for booking in paid_bookings(database)] == [SessionStatus.SCHEDULED]
        database.dispose()
