"""The proof that each tutor bears of Paystack's fee what was agreed, to the kobo."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, or_, select

from mentor_ui.domain.fees import FeeBearer
from mentor_ui.domain.money import split_price
from mentor_ui.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    MentorshipSession,
    PackagePurchase,
    PackageUse,
    Payment,
    PaymentState,
)
from mentor_ui.services import fee_shares, ledger

_OF_TUTORS = (AccountKind.TUTOR_ESCROW, AccountKind.TUTOR_WALLET)


def problems(session: Session) -> list[str]:
    """Return one sentence per session for which a tutor bears something else of the fee than was agreed."""
    booked = {
        session_id: -int(kobo)
        for session_id, kobo in session.exec(
            select(LedgerTransaction.session_id, func.sum(LedgerEntry.amount_kobo))
            .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
            .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
            .where(col(LedgerTransaction.kind).in_(fee_shares.KINDS), col(LedgerAccount.kind).in_(_OF_TUTORS))
            .group_by(col(LedgerTransaction.session_id))
        )
    }
    agreed = _singly(session) | _of_packages(session)
    return [
        f"The tutor of session {number} bears {booked.get(number, 0)} kobo of Paystack's fee, "
        f"and {agreed.get(number or 0, 0)} were agreed."
        for number in sorted(booked.keys() | agreed.keys(), key=lambda one: one or 0)
        if booked.get(number, 0) != agreed.get(number or 0, 0)
    ]


def _singly(session: Session) -> dict[int, int]:
    """Return what tutors should bear for sessions that were sold singly, by session."""
    tutors = or_(Payment.fee_bearer == FeeBearer.TUTOR, Payment.refund_fee_bearer == FeeBearer.TUTOR)
    rows = session.exec(
        select(Payment, MentorshipSession)
        .join(MentorshipSession, col(MentorshipSession.id) == col(Payment.session_id))
        .where(Payment.state == PaymentState.PAID, tutors)
    ).all()
    if not rows:
        return {}
    sold = _by_payment(session, ledger.SALES, (AccountKind.TUTOR_ESCROW,))
    gone = _by_payment(session, ledger.GOING_BACK, ledger.SHARES)
    return {
        booking.id: fee_shares.borne_kobo(
            payment,
            share_kobo=sold.get(payment.id, 0),
            gone_kobo=-gone.get(payment.id, 0),
            whole_kobo=booking.price_kobo,
        )
        for payment, booking in rows
    }


def _by_payment(
    session: Session, kinds: Sequence[str], accounts: Sequence[AccountKind]
) -> dict[int | None, int]:
    """Return what transactions of these kinds moved on accounts of these kinds, in kobo, by payment."""
    rows = session.exec(
        select(LedgerTransaction.payment_id, func.sum(LedgerEntry.amount_kobo))
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(col(LedgerTransaction.kind).in_(kinds), col(LedgerAccount.kind).in_(accounts))
        .group_by(col(LedgerTransaction.payment_id))
    )
    return {payment_id: int(kobo) for payment_id, kobo in rows}


def _of_packages(session: Session) -> dict[int, int]:
    """Return what tutors should bear for sessions of packages that count as used, by session."""
    rows = session.exec(
        select(Payment, PackagePurchase, PackageUse, MentorshipSession.price_kobo)
        .join(PackagePurchase, col(PackagePurchase.id) == col(Payment.purchase_id))
        .join(PackageUse, col(PackageUse.purchase_id) == col(PackagePurchase.id))
        .join(MentorshipSession, col(MentorshipSession.id) == col(PackageUse.session_id))
        .where(
            col(PackageUse.returned_at).is_(None),
            Payment.state == PaymentState.PAID,
            Payment.fee_bearer == FeeBearer.TUTOR,
        )
    )
    return {
        use.session_id: fee_shares.of_package_session_kobo(
            payment,
            share_kobo=split_price(kobo, purchase.platform_share_percent).tutor_kobo,
            price_kobo=purchase.price_kobo,
            sessions=purchase.sessions,
            number=use.number,
        )
        for payment, purchase, use, kobo in rows
    }
