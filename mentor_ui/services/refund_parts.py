"""Where the money of a session goes back to: to the bank what came from it, the rest to credit."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from mentor_ui.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    PaymentState,
)
from mentor_ui.services.payments import surplus_kobo


@dataclass(frozen=True, slots=True)
class RefundParts:
    """What goes back to the payer of a session, in kobo."""

    to_bank_kobo: int
    to_credit_kobo: int

    @property
    def total_kobo(self) -> int:
        """Both parts."""
        return self.to_bank_kobo + self.to_credit_kobo


def worth_kobo(payment: Payment) -> int:
    """Return what a payment brought for what it was meant for, in kobo, with its part of credit."""
    paid_kobo = payment.paid_kobo or 0
    if payment.state != PaymentState.PAID:
        return paid_kobo
    return paid_kobo - surplus_kobo(payment) + payment.credit_kobo


NOTHING = RefundParts(0, 0)


def divide(
    payment: Payment,
    of_price_kobo: int,
    *,
    is_rest: bool,
    before: RefundParts = NOTHING,
    withheld_kobo: int | None = None,
) -> RefundParts:
    """Return where a part of a session's price goes back to, or all of it; the bank comes first.

    With the rest of the price goes back what was paid above it, where the payer bore Paystack's fee. Together
    with what went back before it is never more than was paid.

    Args:
        payment: What bought the session.
        of_price_kobo: How much of the price goes back.
        is_rest: Nothing of the price is left afterwards.
        before: What went back before.
        withheld_kobo: What of Paystack's fee its payer bears of this part; None when the payer bears none.
    """
    worth = worth_kobo(payment)
    left_kobo = worth - before.total_kobo
    if withheld_kobo is not None:
        total_kobo = max(0, min(of_price_kobo - withheld_kobo, left_kobo))
    else:
        total_kobo = left_kobo if is_rest else min(of_price_kobo, left_kobo)
    to_bank_kobo = min(total_kobo, worth - payment.credit_kobo - before.to_bank_kobo)
    return RefundParts(to_bank_kobo, total_kobo - to_bank_kobo)


def credited_kobo(session: Session, payment_id: int) -> int:
    """Return what went back to the student's credit from the session that a payment bought, in kobo."""
    total = session.exec(
        select(func.coalesce(func.sum(LedgerEntry.amount_kobo), 0))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .where(
            LedgerTransaction.payment_id == payment_id,
            LedgerTransaction.kind == "taken_back",
            LedgerAccount.kind == AccountKind.STUDENT_CREDIT,
        )
    ).one()
    return int(total)
