"""A lost dispute in the books: first it covers what is owed back anyway, then what its payer has not used.

So a payer who was refunded, or is about to be, never costs anybody twice, and nobody keeps credit, or unused
sessions of a package, for money that the bank has taken. Tutor and platform lose only the rest.
"""

from datetime import datetime

from sqlmodel import Session, col, func, select

from mentor_ui.models import (
    AccountKind,
    Dispute,
    MentorshipSession,
    PackagePurchase,
    Payment,
    PaymentState,
    PurchaseState,
    Refund,
    RefundState,
)
from mentor_ui.services import (
    credit,
    fee_shares,
    ledger,
    ledger_lines,
    refund_parts,
    refund_progress,
    refunds,
)

NOT_WITH_PAYSTACK = (RefundState.DUE, RefundState.FAILED)


def charge_back(
    session: Session, dispute: Dispute, payment: Payment, booking: MentorshipSession | None, now: datetime
) -> None:
    """Book what the payer's bank has taken.

    Args:
        session: Of a writing transaction that has the turns of both people.
        dispute: Lost.
        payment: Whose money.
        booking: The session that it bought; None when it bought none, and the platform bears the rest.
        now: The present moment.
    """
    if payment.paid_currency != payment.currency:
        return
    left_kobo = takeable_kobo(session, dispute, payment)
    waiting = session.exec(
        select(Refund)
        .where(Refund.payment_id == payment.id, col(Refund.state).in_(NOT_WITH_PAYSTACK))
        .order_by(col(Refund.id))
        .with_for_update()
    ).all()
    for refund in waiting:
        left_kobo -= _cover(session, refund, left_kobo, now)
    if left_kobo > 0:
        _take(session, dispute, payment, booking, taken_kobo=left_kobo, now=now)


def takeable_kobo(session: Session, dispute: Dispute, payment: Payment) -> int:
    """Return what a lost or accepted dispute takes: what the bank wants, as far as it has not gone back.

    What is owed back and was not asked for yet is among it, since it need not be sent any more.

    Args:
        session: Any.
        dispute: Of the payment.
        payment: Whose money.
    """
    waiting = select(func.coalesce(func.sum(Refund.amount_kobo), 0)).where(
        Refund.payment_id == payment.id, col(Refund.state).in_(NOT_WITH_PAYSTACK)
    )
    on_its_way_kobo = refunds.gone_kobo(session, payment.id) - int(session.exec(waiting).one())
    paid_kobo = payment.paid_kobo or payment.amount_kobo
    return max(min(dispute.amount_kobo, paid_kobo - on_its_way_kobo), 0)


def _cover(session: Session, refund: Refund, most_kobo: int, now: datetime) -> int:
    """Let what the bank took be the refund, or a part of it; return how much of it that is."""
    covered_kobo = min(refund.amount_kobo, most_kobo)
    if covered_kobo == 0:
        return 0
    rest_kobo = refund.amount_kobo - covered_kobo
    if rest_kobo:
        refund.amount_kobo = covered_kobo
        session.add(
            Refund(
                payment_id=refund.payment_id,
                amount_kobo=rest_kobo,
                reason=refund.reason,
                origin=refund.origin,
                asked_by=refund.asked_by,
                created_at=now,
                updated_at=now,
            )
        )
        session.flush()
    refund_progress.record(session, refund.id, state=RefundState.PROCESSED, provider_refund_id=None, now=now)
    return covered_kobo


def _take(
    session: Session,
    dispute: Dispute,
    payment: Payment,
    booking: MentorshipSession | None,
    *,
    taken_kobo: int,
    now: datetime,
) -> None:
    """Book who loses what the bank took: the payer's own unspent part first, then tutor and platform."""
    credit_kobo = credit.left_of_payment_kobo(session, payment.student_id, payment.id)
    credit_kobo = min(credit_kobo, taken_kobo)
    unused_kobo = _end_package(session, payment, taken_kobo - credit_kobo, now)
    left_kobo = taken_kobo - credit_kobo - unused_kobo
    student, tutor = payment.student_id, payment.tutor_id
    lines = [
        *ledger_lines.charged_back_lines(AccountKind.STUDENT_CREDIT, credit_kobo, student),
        *ledger_lines.charged_back_lines(AccountKind.PACKAGE_CREDITS, unused_kobo, tutor),
    ]
    if booking is None:
        lines += ledger_lines.charged_back_lines(AccountKind.PLATFORM_REVENUE, left_kobo)
    elif left_kobo > 0:
        lines += _sold_lines(session, dispute, payment, booking, taken_kobo=left_kobo, now=now)
    ledger.post(
        session,
        lines,
        idempotency_key=f"charged-back-{dispute.id}",
        kind="charged_back",
        now=now,
        session_id=payment.session_id,
        payment_id=payment.id,
        purchase_id=payment.purchase_id,
    )
    dispute.taken_kobo = taken_kobo
    session.add(dispute)
    session.flush()


def _end_package(session: Session, payment: Payment, most_kobo: int, now: datetime) -> int:
    """End the package that a payment bought and return how much of its unused part the bank has taken.

    What the bank left of it goes back to its payer, as of any package that has ended.
    """
    if payment.purchase_id is None or payment.state != PaymentState.PAID:
        return 0
    purchase = session.get_one(PackagePurchase, payment.purchase_id, populate_existing=True)
    taken_kobo = min(purchase.left_kobo, most_kobo)
    purchase.left_kobo -= taken_kobo
    purchase.updated_at = now
    if purchase.state == PurchaseState.ACTIVE:
        purchase.state = PurchaseState.RETURNED
    session.add(purchase)
    session.flush()
    return taken_kobo


def _sold_lines(
    session: Session,
    dispute: Dispute,
    payment: Payment,
    booking: MentorshipSession,
    *,
    taken_kobo: int,
    now: datetime,
) -> tuple[ledger.Line, ...]:
    """Take what the bank took of a sold session's price from where the two shares are."""
    with_bank_kobo = refund_parts.worth_kobo(payment) - payment.credit_kobo
    gone_kobo = refunds.gone_kobo(session, payment.id) - credit.charged_back_kobo(session, payment.id)
    is_rest = gone_kobo + taken_kobo >= with_bank_kobo
    of_price_kobo = booking.price_kobo if is_rest and not payment.credit_kobo else taken_kobo
    back = refunds.back_of(session, booking, payment, of_price_kobo)
    place = fee_shares.take_back(
        session,
        payment,
        booking,
        share_kobo=back.tutor_kobo,
        more_kobo=back.more_borne_kobo,
        key=f"fee-charged-back-{dispute.id}",
        now=now,
    )
    return ledger_lines.charged_back_share_lines(
        had=back.had,
        kept=back.kept,
        taken_kobo=taken_kobo,
        share_is_in=place.account,
        short_kobo=place.short_kobo,
        tutor_id=booking.tutor_id,
    )
