"""Fifty webhooks and return pages tell of one payment at the same moment: one booking, one transaction."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from sqlmodel import col, select
from starlette.applications import Starlette

from mentor_ui.db.engine import Database
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    LedgerTransaction,
    MentorshipSession,
    OutgoingMessage,
    PaymentState,
    ProviderEvent,
)
from mentor_ui.services import ledger_proof
from mentor_ui.services.settlement import settle
from mentor_ui.web import webhooks
from tests.jobs.conftest import at_work, serving
from tests.sandbox_process import free_port, start_sandbox
from tests.services.test_settlement import start
from tests.waiting import within
from tests.world import make_pair

EACH = 25
PATIENCE_SECONDS = 60


@contextmanager
def listening(port: int) -> Iterator[None]:
    """Serve the webhooks' own routes on a port, over real HTTP."""
    loop = asyncio.new_event_loop()
    server = Server(
        Starlette(routes=webhooks.routes),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        log_enabled=False,
    )
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join()
        loop.close()


def test_fifty_callers_of_one_payment_book_it_once(database: Database, tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/api/paystack/webhook"
    with (
        start_sandbox(tmp_path, options=("--no-limits",), paystack_webhook_url=address) as sandbox,
        serving(database, sandbox) as tools,
        listening(port),
        at_work(tools),
    ):
        pair, now = make_pair(database), datetime.now(UTC)
        tomorrow = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
        reference = start(database, tools.payments, pair, now, tomorrow)
        line = threading.Barrier(2 * EACH)

        def webhook(_: int) -> None:
            line.wait()
            sandbox.control("POST", f"paystack/webhook/{reference}", {})

        def return_page(_: int) -> PaymentState:
            line.wait()
            return settle(tools.database, tools.payments, tools.rules, reference, datetime.now(UTC))

        sandbox.fault("paystack.webhook", "no_webhook")
        sandbox.settle(reference)
        with ThreadPoolExecutor(2 * EACH) as people:
            told = [people.submit(webhook, number) for number in range(EACH)]
            seen = [people.submit(return_page, number) for number in range(EACH)]
            for delivery in told:
                delivery.result()
            assert Counter(page.result() for page in seen) == {PaymentState.PAID: EACH}
        assert within(PATIENCE_SECONDS, lambda: _all_handled(database, sandbox.control("GET", "webhooks")))
    with database.reading() as session:
        booking = session.exec(select(MentorshipSession).where(~col(MentorshipSession.is_offering))).one()
        assert (booking.status, booking.payment_status) == (SessionStatus.SCHEDULED, PaymentStatus.PAID)
        assert len(session.exec(select(LedgerTransaction)).all()) == 1
        assert len(session.exec(select(OutgoingMessage)).all()) == 2
        assert ledger_proof.verify(session) == []


def _all_handled(database: Database, sent: dict[str, list[dict[str, object]]]) -> bool:
    arrived = [one for one in sent["webhooks"] if one["outcome"] == "HTTP 200"]
    with database.reading() as session:
        waiting = session.exec(select(ProviderEvent.id).where(col(ProviderEvent.handled_at).is_(None))).all()
        stored = session.exec(select(ProviderEvent.id)).all()
    return len(arrived) >= EACH and bool(stored) and not waiting
