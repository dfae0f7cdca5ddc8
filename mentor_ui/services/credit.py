"""A student's credit: what the student can pay with, kept while a rest is paid, used when a session is sold.

Whoever spends credit has taken the student's turn, so that no kobo of it is spent twice. Giving a kept part
back needs no turn: it only makes more of it free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.roles import Actor
from mentor_ui.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    MentorshipSession,
    PackagePurchase,
    Payment,
    PendingKind,
    PendingState,
    PendingTransfer,
)
from mentor_ui.services import ledger, pending_transfers
from mentor_ui.services.pending_transfers import Account

MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One change of a student's credit, in kobo.

    Attributes:
        kind: The ledger's word for what happened.
        title: Of the session or the package that it is about, or empty.
        reference: Of the payment that it is about, or empty.
    """

    at: datetime
    kind: str
    amount_kobo: int
    title: str
    reference: str


@dataclass(frozen=True, slots=True)
class Credit:
    """A student's credit, in kobo.

    Attributes:
        free_kobo: What can be spent.
        kept_kobo: What is kept for sessions whose rest is being paid.
        lines: Newest first.
    """

    free_kobo: int
    kept_kobo: int
    lines: tuple[CreditLine, ...]


def of(session: Session, actor: Actor, limit: int = MOST_LINES) -> Credit:
    """Return the actor's own credit with its latest lines."""
    found = session.exec(
        select(
            LedgerTransaction,
            LedgerEntry.amount_kobo,
            func.coalesce(MentorshipSession.title, PackagePurchase.title),
            Payment.reference,
        )
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .join(MentorshipSession, col(MentorshipSession.id) == col(LedgerTransaction.session_id), isouter=True)
        .join(Payment, col(Payment.id) == col(LedgerTransaction.payment_id), isouter=True)
        .join(PackagePurchase, col(PackagePurchase.id) == col(Payment.purchase_id), isouter=True)
        .where(LedgerAccount.kind == AccountKind.STUDENT_CREDIT, LedgerAccount.owner_id == actor.person_id)
        .order_by(col(LedgerEntry.id).desc())
        .limit(limit)
    ).all()
    return Credit(
        free_kobo=free_kobo(session, actor.person_id),
        kept_kobo=ledger.promised_kobo(session, AccountKind.STUDENT_CREDIT, actor.person_id),
        lines=tuple(
            CreditLine(happened.created_at, happened.kind, amount_kobo, title or "", reference or "")
            for happened, amount_kobo, title, reference in found
        ),
    )


def free_kobo(session: Session, student_id: int) -> int:
    """Return how much credit a student can spend, in kobo."""
    return ledger.available_kobo(session, AccountKind.STUDENT_CREDIT, student_id)


def left_of_payment_kobo(session: Session, student_id: int, payment_id: int) -> int:
    """Return how much of the credit that a payment became its student can still spend, in kobo."""
    became_kobo = _of_payment(session, payment_id, ("credited", "uncredited", "surplus", "charged_back"))
    return max(0, min(became_kobo, free_kobo(session, student_id)))


def charged_back_kobo(session: Session, payment_id: int) -> int:
    """Return how much of what a payer's bank took of a payment was taken from the payer's credit, in kobo."""
    return -_of_payment(session, payment_id, ("charged_back",))


def _of_payment(session: Session, payment_id: int, kinds: Sequence[str]) -> int:
    total = session.exec(
        select(func.coalesce(func.sum(LedgerEntry.amount_kobo), 0))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(
            LedgerTransaction.payment_id == payment_id,
            col(LedgerTransaction.kind).in_(kinds),
            LedgerAccount.kind == AccountKind.STUDENT_CREDIT,
        )
    ).one()
    return int(total)


def usable_kobo(session: Session, booking: MentorshipSession) -> int:
    """Return how much credit a booking's student can use for it: what is free, and what is kept for it."""
    kept = pending_transfers.open_of(session, PendingKind.CREDIT_KEPT, booking.id)
    return free_kobo(session, booking.student_id) + (kept.amount_kobo if kept else 0)


def keep(session: Session, booking: MentorshipSession, *, payment_id: int, kobo: int, now: datetime) -> None:
    """Keep exactly so much of the student's credit for an attempt to pay for a booking, and nothing else.

    Args:
        session: Of a writing transaction that has the student's turn.
        booking: What is paid for.
        payment_id: The attempt.
        kobo: May be 0: then what was kept for the booking is free again.
        now: The present moment.

    Raises:
        Conflict: `credit_changed`: there is less than that.
    """
    kept = pending_transfers.open_of(session, PendingKind.CREDIT_KEPT, booking.id)
    if kept is not None and (kept.amount_kobo, kept.payment_id) == (kobo, payment_id):
        return
    if kept is not None:
        let_go(session, booking.id, now)
    if kobo == 0:
        return
    if free_kobo(session, booking.student_id) < kobo:
        raise changed()
    number = pending_transfers.count_of(session, PendingKind.CREDIT_KEPT, booking.id) + 1
    pending_transfers.promise(
        session,
        PendingKind.CREDIT_KEPT,
        kobo,
        source=Account(AccountKind.STUDENT_CREDIT, booking.student_id),
        target=Account(AccountKind.CUSTOMER_CLEARING),
        key=f"credit-{booking.id}-{number}",
        session_id=booking.id,
        payment_id=payment_id,
        now=now,
    )


def spend(session: Session, payment: Payment, now: datetime) -> None:
    """Spend the credit part of a payment for which none was kept, as that for a package is.

    Args:
        session: Of a writing transaction that has the student's turn.
        payment: With its credit part.
        now: The present moment.

    Raises:
        Conflict: `credit_changed`: there is less than that.
    """
    if free_kobo(session, payment.student_id) < payment.credit_kobo:
        raise changed()
    promised = pending_transfers.promise(
        session,
        PendingKind.CREDIT_KEPT,
        payment.credit_kobo,
        source=Account(AccountKind.STUDENT_CREDIT, payment.student_id),
        target=Account(AccountKind.CUSTOMER_CLEARING),
        key=f"credit-{payment.reference}",
        payment_id=payment.id,
        now=now,
    )
    pending_transfers.post(session, promised, kind="credit_used", now=now)


def changed() -> Conflict:
    """Return the refusal of somebody whose credit is no longer what the screen says."""
    return Conflict(
        "Your credit changed meanwhile. Nothing was charged. Look at the new amounts, then go on.",
        code="credit_changed",
    )


def let_go(session: Session, booking_id: int, now: datetime) -> None:
    """Free the credit that is kept for a booking; nothing happens when none is."""
    session.connection().execute(
        update(PendingTransfer)
        .where(
            col(PendingTransfer.session_id) == booking_id,
            col(PendingTransfer.kind) == PendingKind.CREDIT_KEPT,
            col(PendingTransfer.state) == PendingState.OPEN,
        )
        .values(state=PendingState.VOIDED, ended_at=now)
    )


def use(session: Session, booking: MentorshipSession, payment: Payment, now: datetime) -> None:
    """Spend the credit part of the payment that buys a booking; what else was kept for it is free again.

    Args:
        session: Of a writing transaction that has the student's turn and found enough of it.
        booking: What is bought.
        payment: With its credit part.
        now: The present moment.

    Raises:
        Conflict: `credit_changed`.
    """
    keep(session, booking, payment_id=payment.id, kobo=payment.credit_kobo, now=now)
    kept = pending_transfers.open_of(session, PendingKind.CREDIT_KEPT, booking.id)
    if kept is not None:
        pending_transfers.post(session, kept.id, kind="credit_used", now=now)
