"""Returning money: asked for once, then followed until it has arrived."""

from datetime import UTC, datetime

import structlog
from dbos import DBOS
from sqlmodel import select

from mentor_ui.jobs.retries import FEW_TRIES, may_pass
from mentor_ui.models import Payment, Refund, RefundState
from mentor_ui.providers.errors import (
    AlreadyReversed,
    BalanceTooLow,
    ProviderRejected,
    ProviderUnavailable,
)
from mentor_ui.providers.paystack_replies import Refund as PaystackRefund
from mentor_ui.providers.paystack_replies import RefundStatus
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import provider_refunds, refund_progress
from mentor_ui.services.refunds import SEND_REFUND

log = structlog.get_logger()

_STATES = {
    RefundStatus.PENDING: RefundState.PENDING,
    RefundStatus.PROCESSING: RefundState.PROCESSING,
    RefundStatus.PROCESSED: RefundState.PROCESSED,
    RefundStatus.FAILED: RefundState.FAILED,
    RefundStatus.NEEDS_ATTENTION: RefundState.NEEDS_ATTENTION,
    RefundStatus.UNKNOWN: RefundState.PROCESSING,
}


@DBOS.workflow(name=SEND_REFUND)
def send_refund(refund_id: str) -> None:
    """Ask Paystack to return one payment, or a part of it.

    Args:
        refund_id: Decimal string.
    """
    ask_for(refund_id)


@DBOS.step(
    name="ask_for_refund",
    retries_allowed=True,
    max_attempts=FEW_TRIES,
    interval_seconds=1,
    backoff_rate=2,
    should_retry=may_pass,
)
def ask_for(refund_id: str) -> None:
    """Ask for a refund unless Paystack has one for this payment already, or somebody else asks just now.

    Refunds know no idempotency key, so every try begins by listing those of the transaction.
    """
    resources, began_at = get_resources(), datetime.now(UTC)
    with resources.database.transaction() as session:
        if not refund_progress.ask(session, int(refund_id), began_at):
            # This one or another one of its payment is under way; the sweeper comes back to it.
            return
    try:
        _send(resources, int(refund_id), began_at)
    except Exception:
        with resources.database.transaction() as session:
            refund_progress.let_go(session, int(refund_id), began_at)
        raise


def _send(resources: Resources, refund_id: int, began_at: datetime) -> None:
    with resources.database.reading() as session:
        refund = session.get_one(Refund, refund_id)
        payment = session.get_one(Payment, refund.payment_id)
    found = _existing(resources, payment, refund)
    if found is None:
        if datetime.now(UTC) > began_at + refund_progress.LONGEST_TRY / 2:
            # Somebody else might take it while we ask.
            raise ProviderUnavailable("Paystack", "took too long to list refunds")
        # Of money in another currency all goes back, in whatever that is counted.
        amount_kobo = refund.amount_kobo if payment.paid_currency == payment.currency else None
        try:
            found = resources.payments.refund(
                payment.reference, amount_kobo=amount_kobo, note=refund.reason[:160]
            )
        except ProviderRejected as error:
            # What it refuses because all has gone back may be what a lost answer had asked for.
            found = _existing(resources, payment, refund) if isinstance(error, AlreadyReversed) else None
            if found is None:
                _refuse(resources, refund.id, error)
                return
    _record(resources, refund.id, found)


def _refuse(resources: Resources, refund_id: int, error: ProviderRejected) -> None:
    log.warning("Paystack refuses a refund", refund=refund_id, reason=error.message)
    with resources.database.transaction() as session:
        refund_progress.refuse(
            session,
            refund_id,
            error.message,
            waits=isinstance(error, BalanceTooLow),
            now=datetime.now(UTC),
        )


def follow(resources: Resources, refund_id: int) -> None:
    """Ask how far an unfinished refund is and take it over.

    Raises:
        ProviderError: Paystack could not be asked, or does not list it.
    """
    with resources.database.reading() as session:
        refund = session.get_one(Refund, refund_id)
        payment = session.get_one(Payment, refund.payment_id)
    found = _existing(resources, payment, refund)
    if found is None:
        raise ProviderUnavailable("Paystack", "lists no refund of this payment")
    _record(resources, refund_id, found)


def look_at(resources: Resources, reference: str) -> str:
    """Ask for all refunds of one transaction and take over what Paystack says of each.

    Events of refunds name none of them and count in words, so they only say where to look.

    Args:
        resources: With what.
        reference: Ours, of the payment.

    Returns:
        What came of it, in words.

    Raises:
        ProviderError: Paystack could not be asked.
    """
    with resources.database.reading() as session:
        payment = session.exec(select(Payment).where(Payment.reference == reference)).first()
    if payment is None:
        return "unknown reference"
    if payment.provider_id is None:
        return "not settled yet"
    listed = resources.payments.refunds(payment.provider_id)
    for found in listed:
        with resources.database.transaction() as session:
            provider_refunds.take_over(
                session,
                payment,
                provider_refund_id=found.id,
                amount_kobo=found.amount_kobo,
                state=_STATES[found.status],
                now=datetime.now(UTC),
            )
    return f"looked at {len(listed)} refunds"


def _existing(resources: Resources, payment: Payment, refund: Refund) -> PaystackRefund | None:
    """Return Paystack's refund of this payment and amount, a living one before a failed one.

    One that failed before an operator had it tried again is none.
    """
    if payment.provider_id is None:
        return None
    with resources.database.reading() as session:
        others = refund_progress.known_at_paystack(session, payment.id, beside=refund.id)
    listed = resources.payments.refunds(payment.provider_id)
    known = [one for one in listed if one.amount_kobo == refund.amount_kobo and one.id not in others]
    if refund.state == RefundState.ASKED:
        known = [one for one in known if one.id != refund.provider_refund_id]
    live = [one for one in known if one.status != RefundStatus.FAILED]
    return next(iter(live or known), None)


def _record(resources: Resources, refund_id: int, found: PaystackRefund) -> None:
    with resources.database.transaction() as session:
        refund_progress.record(
            session,
            refund_id,
            state=_STATES[found.status],
            provider_refund_id=found.id,
            now=datetime.now(UTC),
        )
