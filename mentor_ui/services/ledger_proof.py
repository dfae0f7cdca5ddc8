"""The proof that the ledger adds up, with itself and with what payments, refunds and promises say."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from mentor_ui.models import (
    AccountKind,
    IncidentKind,
    LedgerAccount,
    LedgerEntry,
    LedgerProof,
    LedgerTransaction,
    Payment,
    PaymentState,
    PendingKind,
    PendingState,
    PendingTransfer,
    Refund,
    RefundState,
)
from mentor_ui.services import credit_proof, dispute_proof, fee_proof, package_proof, payout_proof
from mentor_ui.services.incidents import raise_incident

NEVER_BELOW_ZERO = (
    AccountKind.TUTOR_ESCROW,
    AccountKind.STUDENT_CREDIT,
    AccountKind.PACKAGE_CREDITS,
    AccountKind.REFUNDS,
    AccountKind.PAYOUTS_IN_FLIGHT,
)
"""A tutor's wallet may owe: when money is taken back after it was paid out."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What one recomputation found.

    Attributes:
        problems: One sentence per kobo out of place.
        entries: How many entries the ledger had.
    """

    problems: tuple[str, ...]
    entries: int


def prove(session: Session) -> Proven:
    """Recompute the whole ledger.

    Args:
        session: Of a snapshot: what is booked between two queries would look as if it were out of place.
    """
    entries = session.exec(select(func.count()).select_from(LedgerEntry)).one()
    return Proven(tuple(verify(session)), entries)


def keep(session: Session, proven: Proven, now: datetime) -> LedgerProof:
    """Keep what a recomputation found, and put a kobo out of place before the operators."""
    proof = LedgerProof(proven_at=now, entries=proven.entries, problems="\n".join(proven.problems))
    session.add(proof)
    if proven.problems:
        raise_incident(
            session,
            IncidentKind.LEDGER,
            key=f"ledger-{now.date().isoformat()}",
            summary=f"Out of place in the ledger: {proven.problems[0]} ({len(proven.problems)} in all)",
            now=now,
        )
    return proof


def verify(session: Session) -> list[str]:
    """Recompute the ledger and return one sentence per kobo out of place; empty means that all is well."""
    problems: list[str] = []
    sums = session.exec(
        select(LedgerEntry.transaction_id, func.sum(LedgerEntry.amount_kobo))
        .group_by(col(LedgerEntry.transaction_id))
        .having(func.sum(LedgerEntry.amount_kobo) != 0)
    ).all()
    problems += [f"Transaction {number} is out by {total} kobo." for number, total in sums]
    paid_states = (PaymentState.PAID, PaymentState.PAID_LATE, PaymentState.MISMATCH, PaymentState.DUPLICATE)
    booked = (
        select(LedgerTransaction.payment_id, func.count().label("times"))
        .where(col(LedgerTransaction.kind).in_(("sale", "owed_back")))
        .group_by(col(LedgerTransaction.payment_id))
        .subquery()
    )
    rows = session.exec(
        select(Payment.reference, booked.c.times)
        .join(booked, booked.c.payment_id == col(Payment.id), isouter=True)
        .where(
            col(Payment.state).in_(paid_states),
            Payment.paid_currency == Payment.currency,
            func.coalesce(booked.c.times, 0) != 1,
        )
    ).all()
    problems += [f"Payment {reference} was booked {times or 0} times." for reference, times in rows]
    problems += _refund_problems(session) + _promise_problems(session) + _debt_problems(session)
    problems += payout_proof.problems(session) + package_proof.problems(session)
    problems += credit_proof.problems(session) + dispute_proof.problems(session)
    return problems + fee_proof.problems(session)


def _refund_problems(session: Session) -> list[str]:
    """Compare what payments' refunds say is owed, and was returned, with what the ledger says."""
    entries = session.exec(
        select(
            LedgerTransaction.payment_id,
            func.sum(case((col(LedgerTransaction.kind) == "refund", 0), else_=LedgerEntry.amount_kobo)),
            func.sum(case((col(LedgerTransaction.kind) == "refund", LedgerEntry.amount_kobo), else_=0)),
        )
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(LedgerAccount.kind == AccountKind.REFUNDS)
        .group_by(col(LedgerTransaction.payment_id))
    ).all()
    booked = {payment_id: (int(owed), -int(returned)) for payment_id, owed, returned in entries}
    processed = case((col(Refund.state) == RefundState.PROCESSED, Refund.amount_kobo), else_=0)
    refunds = session.exec(
        select(Payment, func.sum(Refund.amount_kobo), func.sum(processed))
        .join(Refund, col(Refund.payment_id) == col(Payment.id))
        .where(Payment.paid_currency == Payment.currency)
        .group_by(col(Payment.id))
    ).all()
    problems: list[str] = []
    for payment, owed, returned in refunds:
        if booked.get(payment.id) != (int(owed), int(returned)):
            problems.append(f"The refunds of payment {payment.reference} are not booked as they stand.")
        if int(owed) > (payment.paid_kobo or payment.amount_kobo):
            problems.append(f"The refunds of payment {payment.reference} are more than was paid.")
    return problems


def _promise_problems(session: Session) -> list[str]:
    """Compare escrow with what is promised from it, and each posted promise with what posting wrote."""
    held = (
        select(LedgerEntry.account_id, func.sum(LedgerEntry.amount_kobo).label("kobo"))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(LedgerAccount.kind == AccountKind.TUTOR_ESCROW)
        .group_by(col(LedgerEntry.account_id))
        .subquery()
    )
    promised = (
        select(PendingTransfer.source_id, func.sum(PendingTransfer.amount_kobo).label("kobo"))
        .where(PendingTransfer.kind == PendingKind.EARNING, PendingTransfer.state == PendingState.OPEN)
        .group_by(col(PendingTransfer.source_id))
        .subquery()
    )
    apart = session.exec(
        select(LedgerAccount.owner_id, held.c.kobo, promised.c.kobo)
        .join(held, held.c.account_id == col(LedgerAccount.id), isouter=True)
        .join(promised, promised.c.source_id == col(LedgerAccount.id), isouter=True)
        .where(
            LedgerAccount.kind == AccountKind.TUTOR_ESCROW,
            func.coalesce(held.c.kobo, 0) != func.coalesce(promised.c.kobo, 0),
        )
    ).all()
    problems = [
        f"Tutor {owner} has {kobo or 0} kobo in escrow, of which {due or 0} are promised."
        for owner, kobo, due in apart
    ]
    debit, credit = aliased(LedgerEntry), aliased(LedgerEntry)
    broken = session.exec(
        select(PendingTransfer.key)
        .join(
            debit,
            and_(
                col(debit.transaction_id) == col(PendingTransfer.transaction_id),
                col(debit.account_id) == col(PendingTransfer.source_id),
                col(debit.amount_kobo) == -col(PendingTransfer.amount_kobo),
            ),
            isouter=True,
        )
        .join(
            credit,
            and_(
                col(credit.transaction_id) == col(PendingTransfer.transaction_id),
                col(credit.account_id) == col(PendingTransfer.target_id),
                col(credit.amount_kobo) == col(PendingTransfer.amount_kobo),
            ),
            isouter=True,
        )
        .where(
            PendingTransfer.state == PendingState.POSTED,
            or_(col(debit.id).is_(None), col(credit.id).is_(None)),
        )
    ).all()
    return problems + [f"The promise {key} was posted as something else." for key in broken]


def _debt_problems(session: Session) -> list[str]:
    owing = session.exec(
        select(LedgerAccount.kind, LedgerAccount.owner_id, func.sum(LedgerEntry.amount_kobo))
        .join(LedgerEntry, col(LedgerEntry.account_id) == col(LedgerAccount.id))
        .where(col(LedgerAccount.kind).in_(NEVER_BELOW_ZERO))
        .group_by(col(LedgerAccount.kind), col(LedgerAccount.owner_id))
        .having(func.sum(LedgerEntry.amount_kobo) < 0)
    ).all()
    return [
        f"The account {kind} of {owner} is below zero by {-int(kobo)} kobo." for kind, owner, kobo in owing
    ]
