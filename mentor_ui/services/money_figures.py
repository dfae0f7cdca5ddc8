"""The platform's money at a glance: what came and went today, and the last proof."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from mentor_ui.domain.local_time import zone_named
from mentor_ui.domain.roles import Actor
from mentor_ui.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerProof,
    LedgerTransaction,
    Refund,
    RefundState,
)
from mentor_ui.providers.paystack import Payments
from mentor_ui.services import audit, ledger
from mentor_ui.services.paystack_silence import in_words

PLATFORM_ZONE = "Africa/Lagos"
"""In which a day of the platform begins and ends."""

_WITH_PAYSTACK = (RefundState.PENDING, RefundState.PROCESSING, RefundState.NEEDS_ATTENTION)


@dataclass(frozen=True, slots=True)
class Figures:
    """The platform's money at one moment.

    Attributes:
        came_kobo: Into Paystack's balance today, less its fees.
        went_kobo: Out of it today.
        with_paystack_kobo: What Paystack's balance should be by the ledger, less what is on its way out.
        proven_at: When the ledger was proven last; None when it never was.
        problems: What that proof found out of place.
    """

    came_kobo: int
    went_kobo: int
    with_paystack_kobo: int
    proven_at: datetime | None
    problems: tuple[str, ...]


def figures(session: Session, actor: Actor, now: datetime) -> Figures:
    """Return what the money page begins with.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    audit.check_operator(actor)
    came_kobo, went_kobo = _today(session, now)
    proof = session.exec(select(LedgerProof).order_by(col(LedgerProof.proven_at).desc())).first()
    leaving_kobo = session.exec(
        select(func.coalesce(func.sum(Refund.amount_kobo), 0)).where(col(Refund.state).in_(_WITH_PAYSTACK))
    ).one()
    totals = ledger.totals_kobo(session)
    return Figures(
        came_kobo=came_kobo,
        went_kobo=went_kobo,
        with_paystack_kobo=-totals[AccountKind.CUSTOMER_CLEARING]
        - totals[AccountKind.PAYOUTS_IN_FLIGHT]
        - int(leaving_kobo),
        proven_at=proof.proven_at if proof else None,
        problems=tuple(proof.problems.splitlines()) if proof else (),
    )


def _today(session: Session, now: datetime) -> tuple[int, int]:
    """Return what came into clearing and left it since midnight; credit that pays is neither."""
    begins = now.astimezone(zone_named(PLATFORM_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    amount, key = col(LedgerEntry.amount_kobo), col(LedgerTransaction.idempotency_key)
    credit = (key.like("pending-%")) & (amount > 0)
    came_kobo, went_kobo, credit_kobo = session.exec(
        select(
            func.coalesce(func.sum(case((amount < 0, -amount), else_=0)), 0),
            func.coalesce(func.sum(case((amount > 0, amount), else_=0)), 0),
            func.coalesce(func.sum(case((credit, amount), else_=0)), 0),
        )
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .where(
            LedgerAccount.kind == AccountKind.CUSTOMER_CLEARING,
            col(LedgerTransaction.created_at) >= begins,
        )
    ).one()
    return int(came_kobo) - int(credit_kobo), int(went_kobo) - int(credit_kobo)


def balance_kobo(gateway: Payments, actor: Actor) -> int:
    """Return what Paystack says that it holds, in kobo.

    Raises:
        NotAllowed: The actor does not run the platform.
        PaystackSilent: Paystack could not be asked.
    """
    audit.check_operator(actor)
    with in_words():
        return gateway.balance_kobo()
