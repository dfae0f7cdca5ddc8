"""What of Paystack's fee a tutor bears: taken from the tutor's share, and returned to it, as money goes back.

A payment pins whose cost the fee is, when a session is sold and when it is given back. The fee is booked as
the platform's cost when money comes; here it moves to the tutor and back, as transactions of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from mentor_ui.domain.fees import FeeBearer, FeeTerms, fee_of_part
from mentor_ui.models import AccountKind, MentorshipSession, Payment
from mentor_ui.services import earnings, ledger, refund_parts
from mentor_ui.services.earnings import Place
from mentor_ui.services.ledger import Line

KINDS = ("fee_borne", "fee_returned")
"""The ledger's words for a fee that becomes a tutor's cost, and one that no longer is."""


def terms_of(payment: Payment) -> FeeTerms:
    """Return whose cost Paystack's fee on a payment is, as it was when the payment began."""
    return FeeTerms(FeeBearer(payment.fee_bearer), FeeBearer(payment.refund_fee_bearer))


def fee_of_kobo(payment: Payment, *, gone_kobo: int, whole_kobo: int) -> int:
    """Return how much of the fee falls on the part of a price that has gone back, in kobo."""
    return fee_of_part(fee_kobo=payment.fees_kobo or 0, part_kobo=gone_kobo, whole_kobo=whole_kobo)


def on_top_kobo(payment: Payment, price_kobo: int) -> int:
    """Return what was paid above the price for Paystack's fee, because we or our account asked for it."""
    return max(0, refund_parts.worth_kobo(payment) - price_kobo)


def _unpaid_kobo(payment: Payment, price_kobo: int) -> int:
    """Return what of the fee its payer has not paid on top of the price."""
    return max(0, (payment.fees_kobo or 0) - on_top_kobo(payment, price_kobo))


def borne_kobo(payment: Payment, *, share_kobo: int, gone_kobo: int, whole_kobo: int) -> int:
    """Return what the tutor bears of the fee once so much of a sold session's price has gone back, in kobo.

    What the payer paid on top of the price pays for the fee until it goes back with the last of the price.

    Args:
        payment: What bought it.
        share_kobo: What the tutor's share was; more than that is never borne, and the rest is the platform's.
        gone_kobo: How much of the price has gone back.
        whole_kobo: The price.
    """
    terms = terms_of(payment)
    if FeeBearer.TUTOR not in (terms.sale, terms.refund):
        return 0
    is_rest = gone_kobo == whole_kobo
    fee_kobo = min((payment.fees_kobo or 0) if is_rest else _unpaid_kobo(payment, whole_kobo), share_kobo)
    of_gone_kobo = fee_of_part(fee_kobo=fee_kobo, part_kobo=gone_kobo, whole_kobo=whole_kobo)
    of_sale_kobo = fee_kobo - of_gone_kobo if terms.sale == FeeBearer.TUTOR else 0
    return of_sale_kobo + (of_gone_kobo if terms.refund == FeeBearer.TUTOR else 0)


def of_package_session_kobo(
    payment: Payment, *, share_kobo: int, price_kobo: int, sessions: int, number: int
) -> int:
    """Return what the tutor bears of the fee on a package for one of its sessions, while that counts as used.

    All sessions together bear the fee, to the kobo, unless it is more than their shares. What is unused costs
    the tutor nothing.
    """
    if terms_of(payment).sale != FeeBearer.TUTOR:
        return 0
    fee_kobo = _unpaid_kobo(payment, price_kobo)
    upto, before = (
        fee_of_part(fee_kobo=fee_kobo, part_kobo=price_kobo * count // sessions, whole_kobo=price_kobo)
        for count in (number, number - 1)
    )
    return min(upto - before, share_kobo)


def book(
    session: Session,
    payment: Payment,
    booking: MentorshipSession,
    lines: Sequence[tuple[AccountKind, int]],
    *,
    key: str,
    now: datetime,
) -> None:
    """Move a part of Paystack's fee to a tutor, or back; nothing is written when nothing moves.

    Args:
        session: Of a writing transaction that has the tutor's turn.
        payment: Whose fee it is.
        booking: What was sold.
        lines: By how much each of the tutor's accounts changes, in kobo; below zero the tutor bears it.
        key: Of the happening.
        now: The present moment.
    """
    kobo = sum(change for _, change in lines)
    if kobo == 0:
        return
    ledger.post(
        session,
        (
            *(Line(account, change, booking.tutor_id) for account, change in lines),
            Line(AccountKind.PROVIDER_FEES, -kobo),
        ),
        idempotency_key=key,
        kind=KINDS[kobo > 0],
        now=now,
        session_id=booking.id,
        payment_id=payment.id,
        purchase_id=payment.purchase_id,
    )


def take_back(
    session: Session,
    payment: Payment,
    booking: MentorshipSession,
    *,
    share_kobo: int,
    more_kobo: int,
    key: str,
    now: datetime,
) -> Place:
    """Move what of the fee a tutor bears with a part of the price that goes back, and say where the share is.

    Args:
        session: Of a writing transaction that has the tutor's turn.
        payment: What bought it.
        booking: What was sold.
        share_kobo: What the tutor loses, with what is borne more of the fee, or less.
        more_kobo: What that is; below zero for less.
        key: Of the happening.
        now: The present moment.

    Returns:
        Where the tutor's part of the price is to be taken from.
    """
    place = earnings.take_back(session, booking, share_kobo=share_kobo, now=now)
    from_wallet_kobo = min(max(more_kobo, 0), place.short_kobo)
    book(
        session,
        payment,
        booking,
        (
            (place.account, from_wallet_kobo - more_kobo),
            (AccountKind.TUTOR_WALLET, -from_wallet_kobo),
        ),
        key=key,
        now=now,
    )
    return Place(place.account, place.short_kobo - from_wallet_kobo)
