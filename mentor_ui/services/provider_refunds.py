"""Refunds as Paystack lists them, brought together with our own: by their number, else by what they are."""

from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.domain.money import show_money
from mentor_ui.models import (
    IncidentKind,
    MentorshipSession,
    Payment,
    PaymentState,
    Refund,
    RefundOrigin,
    RefundState,
)
from mentor_ui.services import refund_progress, refunds
from mentor_ui.services.incidents import raise_incident
from mentor_ui.services.turns import take_turns


def take_over(
    session: Session,
    payment: Payment,
    *,
    provider_refund_id: int,
    amount_kobo: int,
    state: RefundState,
    now: datetime,
) -> None:
    """Take over one refund of a payment that Paystack lists, known here or not.

    Args:
        session: Of a writing transaction.
        payment: Whose money.
        provider_refund_id: Paystack's number.
        amount_kobo: How much it is.
        state: What Paystack says of it.
        now: The present moment.
    """
    # One that is adopted changes what both people have.
    take_turns(session, (payment.tutor_id, payment.student_id))
    payment = session.get_one(Payment, payment.id, populate_existing=True, with_for_update=True)
    refund = session.exec(select(Refund).where(Refund.provider_refund_id == provider_refund_id)).first()
    if refund is None:
        # An answer of Paystack's that was lost, or somebody who gave back by hand what was queued here.
        refund = session.exec(
            select(Refund)
            .where(
                Refund.payment_id == payment.id,
                Refund.amount_kobo == amount_kobo,
                col(Refund.state).in_((RefundState.ASKED, RefundState.DUE, RefundState.NEEDS_ATTENTION)),
                col(Refund.state).in_((RefundState.ASKED, RefundState.DUE))
                | col(Refund.provider_refund_id).is_(None),
            )
            .order_by(col(Refund.state), col(Refund.id))
        ).first()
        if refund is None and state != RefundState.FAILED:
            refund = _adopt(session, payment, provider_refund_id, amount_kobo, now)
    elif refund.state in {RefundState.DUE, RefundState.ASKED}:
        return  # a try that failed, before this one was queued anew
    if refund is not None:
        refund_progress.record(
            session, refund.id, state=state, provider_refund_id=provider_refund_id, now=now
        )


def _adopt(
    session: Session, payment: Payment, provider_refund_id: int, amount_kobo: int, now: datetime
) -> Refund | None:
    """Write down a refund that was made at Paystack itself, if there is something left for it."""
    refund = None
    if payment.session_id is not None and payment.state == PaymentState.PAID:
        booking = session.get_one(MentorshipSession, payment.session_id, with_for_update=True)
        is_all = amount_kobo == (payment.paid_kobo or payment.amount_kobo)
        of_price_kobo = booking.price_kobo if is_all else amount_kobo
        back = refunds.back_of(session, booking, payment, of_price_kobo).parts
        if (back.to_bank_kobo, back.to_credit_kobo) == (amount_kobo, 0):
            refunds.give_back(
                session,
                booking,
                of_price_kobo=of_price_kobo,
                reason="it was given back at Paystack.",
                now=now,
                origin=RefundOrigin.OPERATOR,
                send=False,
            )
            refund = session.exec(
                select(Refund).where(Refund.payment_id == payment.id).order_by(col(Refund.id).desc())
            ).first()
    raise_incident(
        session,
        IncidentKind.UNMATCHED,
        key=f"refund-unknown-{provider_refund_id}",
        summary=f"{payment.reference}: {show_money(amount_kobo, payment.currency)} were given back at "
        f"Paystack without a refund here. {'It is booked now.' if refund else 'It is not booked.'}",
        subject_id=payment.id,
        now=now,
    )
    return refund
