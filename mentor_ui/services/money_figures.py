"""The platform's money at a glance: what came and went today, what is stuck, and the last proof."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case
from sqlmodel import Session, col, func, or_, select

from mentor_ui.domain.local_time import zone_named
from mentor_ui.domain.roles import Actor
from mentor_ui.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerProof,
    LedgerTransaction,
    Payment,
    PaymentState,
    Payout,
    Refund,
    RefundState,
)
from mentor_ui.models.payouts import PayoutState
from mentor_ui.services import audit, ledger

PLATFORM_ZONE = "Africa/Lagos"
"""In which a day of the platform begins and ends."""

AWAITING_LONG = timedelta(hours=1)
REFUND_LONG = timedelta(days=5)
PAYOUT_LONG = timedelta(hours=24)

_WITH_PAYSTACK = (RefundState.PENDING, RefundState.PROCESSING, RefundState.NEEDS_ATTENTION)
_ENDED_REFUNDS = (RefundState.PROCESSED, RefundState.FAILED)
_OPEN_PAYOUTS = (PayoutState.REQUESTED, PayoutState.PENDING, PayoutState.OTP, PayoutState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Stuck:
    """How many things have waited too long.

    Attributes:
        payments: Awaited for more than an hour and still asked about.
        choices: Whose payer's time to choose is over.
        refunds: Not arrived for more than five days.
        payouts: Not arrived for more than a day.
    """

    payments: int
    choices: int
    refunds: int
    payouts: int


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
    stuck: Stuck
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
        stuck=_stuck(session, now),
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


def _stuck(session: Session, now: datetime) -> Stuck:
    def count(table: type[Payment] | type[Refund] | type[Payout], *conditions: object) -> int:
        counted = select(func.count()).select_from(table).where(*conditions)  # pyright: ignore[reportArgumentType]
        return session.exec(counted).one()

    return Stuck(
        payments=count(
            Payment,
            Payment.state == PaymentState.AWAITING,
            col(Payment.next_check_at).is_not(None),
            col(Payment.created_at) < now - AWAITING_LONG,
        ),
        choices=count(Payment, col(Payment.choose_by) < now, Payment.choice == ""),
        refunds=count(
            Refund,
            or_(col(Refund.state).not_in(_ENDED_REFUNDS), Refund.state == RefundState.FAILED),
            col(Refund.created_at) < now - REFUND_LONG,
        ),
        payouts=count(
            Payout, col(Payout.state).in_(_OPEN_PAYOUTS), col(Payout.created_at) < now - PAYOUT_LONG
        ),
    )
