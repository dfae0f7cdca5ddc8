"""The proof that the ledger holds what disputes took and froze, to the kobo."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from mentor_ui.models import (
    AccountKind,
    Dispute,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    PendingKind,
    PendingState,
    PendingTransfer,
)
from mentor_ui.services import refunds
from mentor_ui.services.disputes import FROZEN_KEYS


def problems(session: Session) -> list[str]:
    """Return one sentence per dispute that is booked or frozen as something else."""
    taken = session.exec(
        select(LedgerTransaction.idempotency_key, func.sum(LedgerEntry.amount_kobo))
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(LedgerTransaction.kind == "charged_back", LedgerAccount.kind == AccountKind.CUSTOMER_CLEARING)
        .group_by(col(LedgerTransaction.idempotency_key))
    )
    booked = {key: int(kobo) for key, kobo in taken}
    frozen = set(
        session.exec(
            select(PendingTransfer.key).where(
                PendingTransfer.kind == PendingKind.DISPUTED, PendingTransfer.state == PendingState.OPEN
            )
        )
    )
    found: list[str] = []
    for dispute, payment in session.exec(
        select(Dispute, Payment).join(Payment, col(Payment.id) == col(Dispute.payment_id))
    ):
        kobo = booked.pop(f"charged-back-{dispute.id}", 0)
        if kobo != dispute.taken_kobo:
            found.append(f"Dispute {dispute.id} took {dispute.taken_kobo} kobo, of which {kobo} are booked.")
        for_it = frozen & {key.format(dispute.id) for key in FROZEN_KEYS}
        frozen -= for_it
        if for_it and dispute.state not in refunds.IN_DISPUTE:
            found.append(f"Dispute {dispute.id} is decided, and money is still frozen for it.")
        if refunds.gone_kobo(session, payment.id) > (payment.paid_kobo or payment.amount_kobo):
            found.append(f"More than was paid of payment {payment.reference} went back or was taken.")
    found += [f"{kobo} kobo are booked for {key}, which is no dispute." for key, kobo in booked.items()]
    return found + [f"{key} is frozen for no dispute." for key in sorted(frozen)]
