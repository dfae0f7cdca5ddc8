"""Money that goes back, all of it or a part, exactly once, whatever Paystack answers."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mentor_ui import resources
from mentor_ui.domain.session_state import PaymentStatus
from mentor_ui.jobs import runtime
from mentor_ui.models import MentorshipSession, Payment, RefundState
from mentor_ui.services import changes, refunds
from mentor_ui.services.settlement import settle
from tests.paid import booking_in, books, refunds_of
from tests.sandbox_process import SandboxProcess
from tests.services.test_settlement import start
from tests.waiting import within
from tests.world import Pair, make_pair

PATIENCE_SECONDS = 40


@pytest.fixture(autouse=True)
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the sandbox about refunds every half second, since it is no bank and takes no days."""
    pause_seconds = 0.5
    monkeypatch.setattr(refunds, "SHORTEST_PAUSE", timedelta(seconds=pause_seconds))
    monkeypatch.setattr(runtime, "SWEEP_SECONDS", pause_seconds)


def bought(tools: resources.Resources, sandbox: SandboxProcess, pair: Pair, hours: int) -> int:
    """Pay at the sandbox for a session so many hours ahead, and return the booking."""
    now = datetime.now(UTC)
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours + 1)
    reference = start(tools.database, tools.payments, pair, now, starts_at)
    sandbox.settle(reference)
    settle(tools.database, tools.payments, tools.rules, reference, now)
    with tools.database.reading() as session:
        return session.exec(select(Payment.session_id).where(Payment.reference == reference)).one()


@pytest.mark.parametrize(
    ("hours", "refund_kobo", "status", "fault"),
    [
        (20, 250_001, PaymentStatus.PARTLY_REFUNDED, ""),
        (20, 250_001, PaymentStatus.PARTLY_REFUNDED, "lost_reply"),
        (30, 500_001, PaymentStatus.REFUNDED, "500_after"),
    ],
)
def test_what_is_owed_arrives_once(
    running: resources.Resources,
    sandbox: SandboxProcess,
    *,
    hours: int,
    refund_kobo: int,
    status: PaymentStatus,
    fault: str,
) -> None:
    database = running.database
    pair = make_pair(database, price_kobo=500_001)
    booking_id = bought(running, sandbox, pair, hours)
    if fault:
        sandbox.fault("paystack.refund", fault, times=1)
    with database.transaction() as session:
        given = changes.cancel(
            session,
            pair.student,
            booking_id=booking_id,
            refund_seen_kobo=refund_kobo,
            public_url="http://localhost:3000",
            now=datetime.now(UTC),
        )
    assert given == refund_kobo
    assert within(PATIENCE_SECONDS, lambda: booking_in(database, booking_id).payment_status == status)
    (refund,) = refunds_of(database, booking_id)
    assert (refund.amount_kobo, refund.state) == (refund_kobo, RefundState.PROCESSED)
    with database.reading() as session:
        payment = session.exec(select(Payment).where(Payment.session_id == booking_id)).one()
        assert session.get_one(MentorshipSession, booking_id).status == "CANCELLED"
    assert payment.provider_id is not None
    assert [one.amount_kobo for one in running.payments.refunds(payment.provider_id)] == [refund_kobo]
    assert books(database, pair).owed_back == 0
