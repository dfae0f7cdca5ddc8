"""The proof of money that bought nothing, and of students' credit: each kobo is owed or used once."""

from collections import defaultdict

from sqlmodel import Session, col, func, or_, select

from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import (
    AccountKind,
    Choice,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    MentorshipSession,
    Payment,
    PaymentState,
    PendingKind,
    PendingState,
    PendingTransfer,
    Refund,
)
from mentor_ui.models.payments import RETURNED_STATES

OF_UNSPENT = ("owed_back", "credited", "uncredited", "rebooked", "surplus")
"""Kinds of transactions that move money which bought nothing."""


def problems(session: Session) -> list[str]:
    """Return one sentence per kobo out of place; empty means that all is well."""
    return [*_unspent_problems(session), *_kept_problems(session), *_used_problems(session)]


def _unspent_problems(session: Session) -> list[str]:
    """Compare what is owed of each payment that bought nothing with what was chosen about it."""
    entries = session.exec(
        select(LedgerTransaction.payment_id, LedgerTransaction.kind, func.sum(LedgerEntry.amount_kobo))
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(LedgerAccount.kind == AccountKind.REFUNDS, col(LedgerTransaction.kind).in_(OF_UNSPENT))
        .group_by(col(LedgerTransaction.payment_id), col(LedgerTransaction.kind))
    ).all()
    booked: dict[int, dict[str, int]] = defaultdict(dict)
    for payment_id, kind, kobo in entries:
        booked[payment_id or 0][kind] = int(kobo)
    refunded = {
        payment_id: int(kobo)
        for payment_id, kobo in session.exec(
            select(Refund.payment_id, func.sum(Refund.amount_kobo)).group_by(col(Refund.payment_id))
        )
    }
    payments = session.exec(
        select(Payment).where(or_(col(Payment.state).in_(RETURNED_STATES), Payment.choice != ""))
    ).all()
    found: list[str] = []
    for payment in payments:
        found += _one(payment, booked.pop(payment.id, {}), refunded.get(payment.id, 0))
    found += [f"Payment {number} is owed back and was used." for number in booked if number]
    return found


def _one(payment: Payment, booked: dict[str, int], refunded_kobo: int) -> list[str]:
    paid_kobo = payment.paid_kobo or 0
    must_go_back = payment.choice == Choice.REFUND or (
        payment.choose_by is None and payment.state != PaymentState.PAID
    )
    found: list[str] = []
    if must_go_back and not refunded_kobo:
        found.append(f"Payment {payment.reference} has to go back, and nobody sends it.")
    if payment.paid_currency != payment.currency:
        return found
    if booked.get("owed_back", 0) != paid_kobo:
        found.append(
            f"Payment {payment.reference}: {paid_kobo} kobo came, and {booked.get('owed_back', 0)} are owed."
        )
    is_left = payment.choice in {"", Choice.REFUND}
    left_kobo = sum(booked.values())
    if left_kobo != (paid_kobo if is_left else 0):
        found.append(
            f"Of payment {payment.reference} {left_kobo} kobo are left to return, after the choice "
            f"“{payment.choice.lower() or 'none'}” of {paid_kobo}."
        )
    used = "rebooked" if payment.choice == Choice.ANOTHER_TIME else "credited"
    if not is_left and used not in booked:
        found.append(f"Payment {payment.reference} was not used as was chosen.")
    return found


def _kept_problems(session: Session) -> list[str]:
    """Compare the credit that is kept with the sessions that it is kept for, and with what there is."""
    kept = session.exec(
        select(PendingTransfer, MentorshipSession.status, Payment.credit_kobo)
        .join(MentorshipSession, col(MentorshipSession.id) == col(PendingTransfer.session_id), isouter=True)
        .join(Payment, col(Payment.id) == col(PendingTransfer.payment_id), isouter=True)
        .where(
            PendingTransfer.kind == PendingKind.CREDIT_KEPT,
            PendingTransfer.state == PendingState.OPEN,
            col(PendingTransfer.session_id).is_not(None),
        )
    ).all()
    found = [
        f"{promised.amount_kobo} kobo are kept under {promised.key}, for nothing that is being paid."
        for promised, status, credit_kobo in kept
        if status != SessionStatus.HELD or credit_kobo != promised.amount_kobo
    ]
    held = (
        select(LedgerEntry.account_id, func.sum(LedgerEntry.amount_kobo).label("kobo"))
        .group_by(col(LedgerEntry.account_id))
        .subquery()
    )
    rows = session.exec(
        select(LedgerAccount.owner_id, held.c.kobo, func.sum(PendingTransfer.amount_kobo))
        .join(PendingTransfer, col(PendingTransfer.source_id) == col(LedgerAccount.id))
        .join(held, held.c.account_id == col(LedgerAccount.id), isouter=True)
        .where(LedgerAccount.kind == AccountKind.STUDENT_CREDIT, PendingTransfer.state == PendingState.OPEN)
        .group_by(col(LedgerAccount.owner_id), held.c.kobo)
        .having(func.coalesce(held.c.kobo, 0) < func.sum(PendingTransfer.amount_kobo))
    ).all()
    return found + [
        f"Student {owner} has {kobo or 0} kobo of credit, of which {promised} are kept."
        for owner, kobo, promised in rows
    ]


def _used_problems(session: Session) -> list[str]:
    """Compare the credit part of each payment with what was taken from the student's credit for it."""
    used = (
        select(PendingTransfer.payment_id, func.sum(PendingTransfer.amount_kobo).label("kobo"))
        .where(PendingTransfer.kind == PendingKind.CREDIT_KEPT, PendingTransfer.state == PendingState.POSTED)
        .group_by(col(PendingTransfer.payment_id))
        .subquery()
    )
    rows = session.exec(
        select(Payment.reference, Payment.state, Payment.credit_kobo, used.c.kobo)
        .join(used, used.c.payment_id == col(Payment.id), isouter=True)
        .where(or_(Payment.credit_kobo > 0, used.c.kobo.is_not(None)))
    ).all()
    return [
        f"Payment {reference} took {kobo or 0} kobo of credit, and {credit_kobo} were agreed."
        for reference, state, credit_kobo, kobo in rows
        if (kobo or 0) != (credit_kobo if state == PaymentState.PAID else 0)
    ]
