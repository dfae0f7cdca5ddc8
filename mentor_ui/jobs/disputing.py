"""Disputes: heard of by events, looked for without them, answered as an operator decided."""

import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import structlog
from dbos import DBOS

from mentor_ui.jobs.retries import FEW_TRIES, may_pass
from mentor_ui.models import Dispute, DisputeState, Payment, Person
from mentor_ui.providers.errors import ProviderError, ProviderRejected
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import charge_backs, dispute_answers, disputes
from mentor_ui.services.dispute_answers import ACCEPTED, ANSWER_DISPUTE

LOOKED_BACK = timedelta(days=7)
LIST_SECONDS = 1800.0
"""Between two looks for disputes of which no event told us; each process looks at its start, too."""

PAUSE_SECONDS = 60.0
"""After a list that could not be read."""

NO_PHONE = "not known"
AWAITING_ANSWER = "awaiting-merchant-feedback"

log = structlog.get_logger()

_next_look: defaultdict[str, float] = defaultdict(float)
"""When this process lists next, by the clock that never goes back; one entry per database."""


def look_at(resources: Resources, provider_dispute_id: int) -> str:
    """Ask how a dispute stands and take it over.

    Raises:
        ProviderError: Paystack could not be asked.
    """
    found = resources.payments.dispute(provider_dispute_id)
    with resources.database.transaction() as session:
        state = disputes.take_over(
            session, found, public_url=resources.settings.public_url, now=datetime.now(UTC)
        )
    return "unknown payment" if state is None else state.value


def look_for_new(resources: Resources, now: datetime) -> None:
    """Take over all disputes of the last days, at most every half hour, since events can be lost."""
    if time.monotonic() < _next_look[resources.database.url]:
        return
    _next_look[resources.database.url] = time.monotonic() + LIST_SECONDS
    try:
        for found in resources.payments.disputes(now - LOOKED_BACK, now):
            with resources.database.transaction() as session:
                disputes.take_over(session, found, public_url=resources.settings.public_url, now=now)
    except ProviderError as error:
        _next_look[resources.database.url] = time.monotonic() + PAUSE_SECONDS
        log.warning("disputes could not be listed", reason=str(error))


@DBOS.workflow(name=ANSWER_DISPUTE)
def answer_dispute(dispute_id: str) -> None:
    """Tell Paystack what an operator decided about a dispute.

    Args:
        dispute_id: Decimal string.
    """
    send(dispute_id)


@DBOS.step(
    name="send_answer",
    retries_allowed=True,
    max_attempts=FEW_TRIES,
    interval_seconds=1,
    backoff_rate=2,
    should_retry=may_pass,
)
def send(dispute_id: str) -> None:
    """Send evidence and answer, unless Paystack has them: every try begins by asking how it stands."""
    resources = get_resources()
    with resources.database.reading() as session:
        dispute = session.get_one(Dispute, int(dispute_id))
        payment = session.get_one(Payment, dispute.payment_id)
        payer = session.get_one(Person, payment.student_id)
        accepted_kobo = charge_backs.takeable_kobo(session, dispute, payment)
    if dispute.state != DisputeState.OPEN or not dispute.answer:
        return
    if resources.payments.dispute(dispute.provider_dispute_id).status == AWAITING_ANSWER:
        try:
            evidence_id = resources.payments.send_evidence(
                dispute.provider_dispute_id,
                email=payer.email,
                name=payer.name,
                phone=NO_PHONE,
                service_details=dispute.evidence,
            )
            resources.payments.resolve_dispute(
                dispute.provider_dispute_id,
                resolution=dispute.answer,
                message=dispute.answer_message,
                refund_kobo=accepted_kobo if dispute.answer == ACCEPTED else 0,
                evidence_id=evidence_id,
            )
        except ProviderRejected as error:
            with resources.database.transaction() as session:
                dispute_answers.refuse(session, dispute.id, error.message)
    look_at(resources, dispute.provider_dispute_id)
