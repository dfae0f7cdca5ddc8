"""Returning money: asked for once, then followed until it has arrived."""

from datetime import UTC, datetime

from dbos import DBOS

from mentor_ui.models import Payment, Refund, RefundState
from mentor_ui.providers.errors import AlreadyReversed
from mentor_ui.providers.paystack_replies import Refund as PaystackRefund
from mentor_ui.providers.paystack_replies import RefundStatus
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import refunds

_STATES = {
    RefundStatus.PENDING: RefundState.PENDING,
    RefundStatus.PROCESSING: RefundState.PROCESSING,
    RefundStatus.PROCESSED: RefundState.PROCESSED,
    RefundStatus.FAILED: RefundState.FAILED,
    RefundStatus.NEEDS_ATTENTION: RefundState.NEEDS_ATTENTION,
    RefundStatus.UNKNOWN: RefundState.PROCESSING,
}


@DBOS.workflow(name=refunds.SEND_REFUND)
def send_refund(refund_id: str) -> None:
    """Ask Paystack to return one payment.

    Args:
        refund_id: Decimal string.
    """
    ask_for(refund_id)


@DBOS.step(name="ask_for_refund", retries_allowed=True, max_attempts=10, interval_seconds=1, backoff_rate=2)
def ask_for(refund_id: str) -> None:
    """Ask for a refund unless Paystack has one for this payment already.

    Refunds know no idempotency key, so every try begins by listing those of the transaction.
    """
    resources = get_resources()
    with resources.database.reading() as session:
        refund = session.get_one(Refund, int(refund_id))
        payment = session.get_one(Payment, refund.payment_id)
    found = _existing(resources, payment)
    if found is None:
        try:
            found = resources.payments.refund(payment.reference, amount_kobo=None, note=refund.reason[:160])
        except AlreadyReversed:
            found = _existing(resources, payment)
    _record(resources, refund.id, found)


def follow(resources: Resources, refund_id: int) -> None:
    """Ask how far an unfinished refund is and take it over."""
    with resources.database.reading() as session:
        refund = session.get_one(Refund, refund_id)
        payment = session.get_one(Payment, refund.payment_id)
    _record(resources, refund_id, _existing(resources, payment))


def _existing(resources: Resources, payment: Payment) -> PaystackRefund | None:
    if payment.provider_id is None:
        return None
    known = resources.payments.refunds(payment.provider_id)
    live = [refund for refund in known if refund.status != RefundStatus.FAILED]
    return next(iter(live or known), None)


def _record(resources: Resources, refund_id: int, found: PaystackRefund | None) -> None:
    if found is None:
        return
    with resources.database.transaction() as session:
        refunds.record(
            session,
            refund_id,
            state=_STATES[found.status],
            provider_refund_id=found.id,
            now=datetime.now(UTC),
        )
