"""The sweeper: one thing that goes wrong keeps nothing else waiting, and nobody is asked without a pause."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import column, table
from sqlmodel import select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.db.engine import Database
from mentor_ui.jobs import sweeps
from mentor_ui.jobs.executors import own_name
from mentor_ui.models import (
    OutgoingMessage,
    PackagePurchase,
    Payment,
    PaymentState,
    ProviderEvent,
    Refund,
    RefundState,
)
from mentor_ui.models.ledger import AccountKind
from mentor_ui.providers.mail import MailboxMailer
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.providers.zoom import ZoomClient
from mentor_ui.resources import Resources, make_calendar_tools
from mentor_ui.services import ledger, notifications, payments, provider_events, refund_progress
from mentor_ui.services.notifications import DELIVER_MAIL
from mentor_ui.settings import Settings
from tests.package_deals import PRICE_KOBO, bought
from tests.paid import buy
from tests.sandbox_process import SandboxProcess
from tests.services.conftest import gateway, sandbox
from tests.services.test_settlement import settled, start
from tests.world import NOON, make_pair

__all__ = ["gateway", "sandbox"]


@pytest.fixture
def resources(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess, tmp_path: Path
) -> Iterator[Resources]:
    """Our tools, with the sandbox behind them."""
    settings = Settings(mentor_home=tmp_path, secret_key="s" * 40)
    zoom = ZoomClient(
        account_id=settings.zoom_account_id,
        client_id=settings.zoom_client_id,
        client_secret=settings.zoom_client_secret,
        oauth_url=f"{sandbox.base_url}/zoom/oauth/token",
        api_url=f"{sandbox.base_url}/zoom/v2",
    )
    mailer = MailboxMailer(mailbox_url=f"{sandbox.base_url}/mail", sender="mentor <hello@mentor.test>")
    yield Resources(settings, database, gateway, zoom, mailer, make_calendar_tools(settings))
    zoom.close()
    mailer.close()


def two_paid(database: Database, gateway: PaystackClient, sandbox: SandboxProcess) -> tuple[str, str]:
    """Return two paid references; the first one's turn comes first."""
    now = datetime.now(UTC)
    soon = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    references = []
    for _ in range(2):
        references.append(start(database, gateway, make_pair(database), now=now, starts_at=soon))
        sandbox.settle(references[-1])
    with database.transaction() as session:
        for place, reference in enumerate(references):
            payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
            payment.next_check_at = now - timedelta(minutes=5 - place)
            session.add(payment)
    return references[0], references[1]


def states(database: Database, *references: str) -> list[str]:
    with database.reading() as session:
        return [
            session.exec(select(Payment.state).where(Payment.reference == reference)).one()
            for reference in references
        ]


def test_a_payment_that_cannot_be_settled_does_not_keep_others_from_it(
    resources: Resources, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    database = resources.database
    stuck, other = two_paid(database, gateway, sandbox)
    with database.transaction() as session:
        # The ledger refuses this payment's own booking, every time.
        lines = [
            ledger.Line(AccountKind.CUSTOMER_CLEARING, -1),
            ledger.Line(AccountKind.PLATFORM_REVENUE, 1),
        ]
        ledger.post(session, lines, idempotency_key=f"sale-{stuck}", kind="sale", now=datetime.now(UTC))
    sweeps.sweep(resources)
    assert states(database, stuck, other) == [PaymentState.AWAITING, PaymentState.PAID]
    with database.reading() as session:
        assert payments.due_for_check(session, datetime.now(UTC)) == []
        assert payments.due_for_check(session, datetime.now(UTC) + timedelta(minutes=2)) == [stuck]


def test_an_answer_that_fails_once_does_not_keep_others_waiting(
    resources: Resources, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    failing, other = two_paid(resources.database, gateway, sandbox)
    sandbox.fault("paystack.verify", "500_before", times=3)  # as often as the client asks
    sweeps.sweep(resources)
    assert states(resources.database, failing, other) == [PaymentState.AWAITING, PaymentState.PAID]


def test_a_refund_is_asked_about_in_growing_pauses(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    reference = start(database, gateway, make_pair(database))
    sandbox.settle(reference, currency="USD")
    assert settled(database, gateway, reference) == PaymentState.MISMATCH
    with database.reading() as session:
        refund_id = session.exec(select(Refund.id)).one()
    pauses: list[timedelta] = []
    for age in (timedelta(seconds=1), timedelta(hours=1), timedelta(days=5)):
        now = NOON + age
        with database.transaction() as session:
            refund_progress.record(
                session, refund_id, state=RefundState.PROCESSING, provider_refund_id=None, now=now
            )
        with database.reading() as session:
            assert refund_progress.due_for_check(session, now) == []
            pauses.append((session.get_one(Refund, refund_id).next_check_at or now) - now)
    assert pauses == [timedelta(seconds=10), timedelta(minutes=15), timedelta(hours=6)]
    with database.transaction() as session:
        refund_progress.record(
            session, refund_id, state=RefundState.PROCESSED, provider_refund_id=1, now=NOON
        )
    with database.reading() as session:
        assert refund_progress.due_for_check(session, NOON + timedelta(days=99)) == []


def test_mails_that_nobody_takes_do_not_keep_a_new_one_waiting(database: Database) -> None:
    old = NOON - timedelta(hours=1)
    with database.transaction() as session:
        for number in range(60):
            mail = OutgoingMessage(
                dedupe_key=f"mail-{number}",
                kind="test",
                recipient="a@demo.test",
                subject="S",
                text="T",
                created_at=old,
                attempts=8 if number < 59 else 0,
            )
            session.add(mail)
    with database.reading() as session:
        assert notifications.unsent(session, NOON)[0] == mail.id
        assert notifications.unsent(session, NOON + notifications.MAIL_LIFE) == []


def test_an_event_whose_job_gave_up_is_handled_later(resources: Resources) -> None:
    database = resources.database
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    event = ProviderEvent(
        provider="paystack", dedupe_key="k", event="charge.success", body=b"{}", received_at=long_ago
    )
    zoom = ProviderEvent(provider="zoom", dedupe_key="z", event="e", body=b"{}", received_at=long_ago)
    with database.transaction() as session:
        session.add_all((event, zoom))
    with database.reading() as session:
        assert provider_events.unhandled(session, "paystack", datetime.now(UTC)) == [event.id]
    sweeps.sweep(resources)
    sweeps.sweep(resources)
    jobs = database.queue.list_workflows(workflow_id_prefix="paystack-event-")
    assert [job.workflow_id for job in jobs] == [f"paystack-event-{event.id}"]


def test_work_of_a_process_that_never_comes_back_is_taken_over(resources: Resources) -> None:
    database = resources.database
    columns = [column(name) for name in ("workflow_uuid", "status", "executor_id")]
    jobs = table("workflow_status", *columns, schema=None if database.is_sqlite else "dbos")
    with database.transaction() as session:
        for name in ("web-0", "web-7"):
            enqueue(session, DELIVER_MAIL, f"job-of-{name}", "1")
            begun = {"status": "PENDING", "executor_id": name}
            same = jobs.c.workflow_uuid == f"job-of-{name}"
            session.connection().execute(jobs.update().where(same).values(begun))
    with own_name(database, "web"):
        sweeps.sweep(resources)
    found = {job.workflow_id: (job.status, job.queue_name) for job in database.queue.list_workflows()}
    assert found["job-of-web-0"] == ("PENDING", DELIVER_MAIL)
    assert found["job-of-web-7"] == ("ENQUEUED", DELIVER_MAIL)


def test_one_share_or_package_that_cannot_be_handled_keeps_no_other_waiting(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, now = resources.database, datetime.now(UTC)
    pairs = [make_pair(database) for _ in range(2)]
    long_ago = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=40)
    for pair in pairs:
        buy(database, pair, long_ago, now=long_ago - timedelta(days=1))
        purchase_id = bought(database, pair, now=long_ago)
        with database.transaction() as session:
            session.get_one(PackagePurchase, purchase_id).expires_at = long_ago + timedelta(days=20)

    def failing_once(do: Callable[..., object]) -> Callable[..., object]:
        left = [1]

        def call(*args: object, **options: object) -> object:
            if left:
                raise ValueError(f"this is number {left.pop()}")
            return do(*args, **options)

        return call

    monkeypatch.setattr(sweeps.earnings, "release", failing_once(sweeps.earnings.release))
    monkeypatch.setattr(sweeps.package_ends, "end", failing_once(sweeps.package_ends.end))
    sweeps._release_earnings(resources, now)
    sweeps._end_packages(resources, now)
    with database.reading() as session:
        held = [
            ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id) for pair in pairs
        ]
        left = [
            ledger.balance_kobo(session, AccountKind.PACKAGE_CREDITS, pair.tutor.person_id) for pair in pairs
        ]
    assert sorted(held) == [0, 350_000]
    assert sorted(left) == [0, PRICE_KOBO]
