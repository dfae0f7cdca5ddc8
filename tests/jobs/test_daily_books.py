"""The books are compared and proven once a day, in whichever process is there."""

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from mentor_ui.jobs import sweeps
from mentor_ui.jobs.daily_books import BEGINS_AT, CHECK_BOOKS, run_of
from mentor_ui.models import LedgerProof, Payment, PaymentState
from mentor_ui.resources import Resources
from tests.sandbox_process import SandboxProcess
from tests.services.test_settlement import start
from tests.waiting import within
from tests.world import make_pair


def test_a_day_has_one_run_that_settles_and_proves(running: Resources, sandbox: SandboxProcess) -> None:
    database, now = running.database, datetime.now(UTC)
    tomorrow = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    reference = start(database, running.payments, make_pair(database), now, tomorrow)
    sandbox.settle(reference)
    yesterday = now - timedelta(days=1)
    # Lists are asked for by whole seconds.
    assert within(5, lambda: any(running.payments.list_transactions(yesterday, datetime.now(UTC))))
    for _ in range(3):
        sweeps.sweep(running)

    def proven() -> bool:
        with database.reading() as session:
            return session.exec(select(LedgerProof)).first() is not None

    assert within(30, proven)
    with database.reading() as session:
        assert session.exec(select(LedgerProof)).one().problems == ""
        assert session.exec(select(Payment.state)).one() == PaymentState.PAID
    runs = database.queue.list_workflows(name=CHECK_BOOKS)
    assert [run.workflow_id for run in runs] == [run_of(now)]


def test_a_day_begins_when_the_evening_before_has_arrived() -> None:
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    assert run_of(midnight) == "check-books-2026-11-24"
    assert run_of(midnight + BEGINS_AT) == "check-books-2026-11-25"
