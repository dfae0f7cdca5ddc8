"""The double-entry ledger: posting, balances, and the proof that it adds up.

An entry above zero credits its account, below zero debits it; a transaction sums to zero. For a session sold
at P with Paystack's fee F: customer clearing -(P - F), provider fees -F, tutor wallet +70 % of P, platform
revenue +30 % of P. When a part of the price goes back, tutor and platform keep their shares of what is left;
Paystack keeps its fee, which the platform bears.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from mentor_ui.db.insert_once import insert_once
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.money import Split, share_agreed, split_price
from mentor_ui.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)

PLATFORM = 0
SHARDS = 16
"""Busy platform accounts are split, so that no row of theirs is hot on PostgreSQL."""

SHARDED = frozenset({AccountKind.CUSTOMER_CLEARING, AccountKind.PLATFORM_REVENUE, AccountKind.PROVIDER_FEES})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a posting: above zero credits the account, in kobo."""

    kind: AccountKind
    amount_kobo: int
    owner_id: int = PLATFORM


def _account_id(session: Session, line: Line, shard_key: int) -> int:
    shard = shard_key % SHARDS if line.kind in SHARDED else 0
    same = (
        LedgerAccount.kind == line.kind,
        LedgerAccount.owner_id == line.owner_id,
        LedgerAccount.shard == shard,
    )
    found = session.exec(select(LedgerAccount.id).where(*same)).first()
    if found is not None:
        return found
    insert_once(session, LedgerAccount(kind=line.kind, owner_id=line.owner_id, shard=shard))
    return session.exec(select(LedgerAccount.id).where(*same)).one()


def post(
    session: Session,
    lines: Sequence[Line],
    *,
    idempotency_key: str,
    kind: str,
    session_id: int | None = None,
    payment_id: int | None = None,
) -> int:
    """Book one transaction and return its identifier.

    Lines of zero kobo are left out. The caller makes sure that the happening is new; the unique
    `idempotency_key` is the last guard and fails the whole database transaction.

    Raises:
        ValueError: The lines do not sum to zero.
        IntegrityError: The same happening was booked before.
    """
    if sum(line.amount_kobo for line in lines) != 0:
        raise ValueError(f"ledger lines of {idempotency_key} do not sum to zero")
    transaction_id = new_id()
    session.add_all(
        LedgerEntry(
            transaction_id=transaction_id,
            account_id=_account_id(session, line, session_id or transaction_id),
            amount_kobo=line.amount_kobo,
        )
        for line in lines
        if line.amount_kobo
    )
    # The database accepts the transaction's row only after balanced entries.
    session.flush()
    session.add(
        LedgerTransaction(
            id=transaction_id,
            idempotency_key=idempotency_key,
            kind=kind,
            session_id=session_id,
            payment_id=payment_id,
        )
    )
    session.flush()
    return transaction_id


def sale_lines(
    *, paid_kobo: int, price_kobo: int, fee_kobo: int, split: Split, tutor_id: int
) -> tuple[Line, ...]:
    """Return the lines of a session sold.

    Paystack's fee is borne by the platform's side of the books, less what the payer was charged above the
    price (`paid_kobo` exceeds `price_kobo` when the Paystack account passes fees on).
    """
    return (
        Line(AccountKind.CUSTOMER_CLEARING, -(paid_kobo - fee_kobo)),
        Line(AccountKind.PROVIDER_FEES, paid_kobo - price_kobo - fee_kobo),
        Line(AccountKind.TUTOR_WALLET, split.tutor_kobo, tutor_id),
        Line(AccountKind.PLATFORM_REVENUE, split.platform_kobo),
    )


def owed_back_lines(*, paid_kobo: int, fee_kobo: int, student_id: int) -> tuple[Line, ...]:
    """Return the lines of money that came but bought nothing, and so is owed back in full."""
    return (
        Line(AccountKind.CUSTOMER_CLEARING, -(paid_kobo - fee_kobo)),
        Line(AccountKind.PROVIDER_FEES, -fee_kobo),
        Line(AccountKind.REFUNDS, paid_kobo, student_id),
    )


def taken_back_lines(
    *,
    price_kobo: int,
    of_price_kobo: int,
    back_kobo: int,
    sold_tutor_kobo: int,
    tutor_id: int,
    student_id: int,
) -> tuple[Line, ...]:
    """Return the lines of a sold session of whose price a part, or all, is owed back.

    Args:
        price_kobo: What the session was sold for.
        of_price_kobo: How much of the price is owed back.
        back_kobo: What the payer gets; more than that only when the payer bore the fee and gets back all.
        sold_tutor_kobo: What the sale gave the tutor.
        tutor_id: Whose share it was.
        student_id: The payer.
    """
    share_percent = share_agreed(price_kobo, sold_tutor_kobo)
    sold, kept = (
        split_price(price_kobo, share_percent),
        split_price(price_kobo - of_price_kobo, share_percent),
    )
    return (
        Line(AccountKind.TUTOR_WALLET, kept.tutor_kobo - sold.tutor_kobo, tutor_id),
        Line(AccountKind.PLATFORM_REVENUE, kept.platform_kobo - sold.platform_kobo),
        Line(AccountKind.PROVIDER_FEES, of_price_kobo - back_kobo),
        Line(AccountKind.REFUNDS, back_kobo, student_id),
    )


def returned_lines(*, amount_kobo: int, student_id: int) -> tuple[Line, ...]:
    """Return the lines of owed money that has left for the payer's bank."""
    return (
        Line(AccountKind.REFUNDS, -amount_kobo, student_id),
        Line(AccountKind.CUSTOMER_CLEARING, amount_kobo),
    )


def balance_kobo(session: Session, kind: AccountKind, owner_id: int = PLATFORM) -> int:
    """Return the sum of all entries of an owner's accounts of one kind, in kobo."""
    total = session.exec(
        select(func.coalesce(func.sum(LedgerEntry.amount_kobo), 0))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(LedgerAccount.kind == kind, LedgerAccount.owner_id == owner_id)
    ).one()
    return int(total)


def sold_tutor_kobo(session: Session, payment_id: int) -> int:
    """Return what a sale gave the tutor, in kobo."""
    total = session.exec(
        select(func.coalesce(func.sum(LedgerEntry.amount_kobo), 0))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .where(
            LedgerTransaction.payment_id == payment_id,
            LedgerTransaction.kind == "sale",
            LedgerAccount.kind == AccountKind.TUTOR_WALLET,
        )
    ).one()
    return int(total)


def totals_kobo(session: Session) -> dict[AccountKind, int]:
    """Return the sum of all entries of each kind of account, in kobo; together they are zero."""
    rows = session.exec(
        select(LedgerAccount.kind, func.sum(LedgerEntry.amount_kobo))
        .join(LedgerEntry, col(LedgerEntry.account_id) == col(LedgerAccount.id))
        .group_by(col(LedgerAccount.kind))
    )
    found = {AccountKind(kind): int(total) for kind, total in rows}
    return {kind: found.get(kind, 0) for kind in AccountKind}


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
    return problems + _refund_problems(session)


def _refund_problems(session: Session) -> list[str]:
    """Compare each refund with what the ledger says that its payer is owed, and was given."""
    entries = session.exec(
        select(LedgerTransaction.payment_id, LedgerTransaction.kind, LedgerEntry.amount_kobo)
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(LedgerAccount.kind == AccountKind.REFUNDS)
    ).all()
    booked: dict[int | None, list[tuple[str, int]]] = {}
    for payment_id, kind, amount_kobo in entries:
        booked.setdefault(payment_id, []).append((kind, amount_kobo))
    refunds = session.exec(
        select(Payment, Refund)
        .join(Refund, col(Refund.payment_id) == col(Payment.id))
        .where(Payment.paid_currency == Payment.currency)
    ).all()
    problems: list[str] = []
    for payment, refund in refunds:
        owed = "taken_back" if payment.state == PaymentState.PAID else "owed_back"
        expected = [(owed, refund.amount_kobo)]
        if refund.state == RefundState.PROCESSED:
            expected.append(("refund", -refund.amount_kobo))
        if sorted(booked.get(payment.id, [])) != sorted(expected):
            problems.append(f"The refund of payment {payment.reference} is not booked as it stands.")
        if refund.amount_kobo > (payment.paid_kobo or payment.amount_kobo):
            problems.append(f"The refund of payment {payment.reference} is more than was paid.")
    return problems
