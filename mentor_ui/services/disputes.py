"""Disputes: a payer's bank wants money back. Share and credit of it are frozen, then given free or lost.

What Paystack says is taken over by number, whoever brought it: an event, the poll or an answer of ours.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from mentor_ui.domain.money import show_naira
from mentor_ui.domain.session_state import UNFINISHED, Mover, PaymentStatus, SessionStatus
from mentor_ui.models import (
    AccountKind,
    Dispute,
    DisputeState,
    IncidentKind,
    MentorshipSession,
    Payment,
    PaymentState,
    PendingKind,
)
from mentor_ui.providers.paystack_disputes import Dispute as PaystackDispute
from mentor_ui.services import (
    changes,
    credit,
    earnings,
    pending_transfers,
    refund_progress,
    refunds,
    unspent_money,
)
from mentor_ui.services.charge_backs import charge_back
from mentor_ui.services.incidents import end_of_itself, raise_incident
from mentor_ui.services.pending_transfers import Account
from mentor_ui.services.turns import take_turns

LOOK_AGAIN = timedelta(minutes=15)

SHARE_FROZEN, CREDIT_FROZEN = FROZEN_KEYS = ("disputed-{}", "disputed-credit-{}")
"""Keys of the promises that keep a tutor's share, and the payer's credit, while a dispute is open."""

TAKEN_BY_BANK = "The payer's bank has taken the payment back."

_LOST = frozenset({"merchant-accepted", "auto-accepted"})
_WON = "declined"


def take_over(
    session: Session, found: PaystackDispute, *, public_url: str, now: datetime
) -> DisputeState | None:
    """Take over what Paystack says of a dispute, and do once whatever follows from it.

    Args:
        session: Of a writing transaction.
        found: As Paystack sees it now.
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        Where it stands; None when it is about no payment of ours.
    """
    payment = _payment_of(session, found)
    if payment is None:
        return None
    take_turns(session, (payment.tutor_id, payment.student_id))
    session.refresh(payment, with_for_update=True)
    dispute = session.exec(
        select(Dispute).where(Dispute.provider_dispute_id == found.id).with_for_update()
    ).first()
    if dispute is None:
        dispute = _begin(session, payment, found, public_url, now)
    state = DisputeState(dispute.state)
    if state not in refunds.IN_DISPUTE:
        return state
    dispute.provider_word, dispute.resolution = found.status[:60], found.resolution[:60]
    dispute.amount_kobo = found.amount_kobo or dispute.amount_kobo
    dispute.due_at = found.due_at or dispute.due_at
    dispute.state = state = _state(found)
    dispute.next_check_at = now + LOOK_AGAIN if state in refunds.IN_DISPUTE else None
    session.add(dispute)
    session.flush()
    if state not in refunds.IN_DISPUTE:
        dispute.resolved_at = found.resolved_at or now
        _end(session, dispute, payment, public_url, now)
    return state


def _payment_of(session: Session, found: PaystackDispute) -> Payment | None:
    if found.reference:
        by_reference = select(Payment).where(Payment.reference == found.reference)
        return session.exec(by_reference).first()
    return session.exec(select(Payment).where(Payment.provider_id == found.transaction_id)).first()


def _state(found: PaystackDispute) -> DisputeState:
    if found.status == "awaiting-merchant-feedback":
        return DisputeState.OPEN
    if found.status in {"resolved", "archived"}:
        if found.resolution in _LOST:
            return DisputeState.LOST
        if found.resolution == _WON:
            return DisputeState.WON
    # A word that we do not know decides nothing.
    return DisputeState.ANSWERED


def _begin(
    session: Session, payment: Payment, found: PaystackDispute, public_url: str, now: datetime
) -> Dispute:
    dispute = Dispute(
        provider_dispute_id=found.id,
        payment_id=payment.id,
        tutor_id=payment.tutor_id,
        amount_kobo=found.amount_kobo or payment.paid_kobo or payment.amount_kobo,
        category=found.category[:40],
        due_at=found.due_at,
        created_at=now,
    )
    if payment.choose_by is not None and not payment.choice:
        # Its payer has chosen: it goes back, by way of the bank or, if that loses, of us.
        payment.choose_by = min(payment.choose_by, now)
        session.add(payment)
        session.flush()
        unspent_money.send_back_overdue(session, public_url, payment.reference, now)
    session.add(dispute)
    session.flush()
    _freeze(session, dispute, payment, now)
    raise_incident(
        session,
        IncidentKind.DISPUTE,
        key=f"dispute-{dispute.id}",
        summary=f"{payment.reference}: the payer's bank wants {show_naira(dispute.amount_kobo)} back. "
        "Without an answer in time it gets them.",
        subject_id=dispute.id,
        due_at=dispute.due_at,
        now=now,
    )
    return dispute


def _freeze(session: Session, dispute: Dispute, payment: Payment, now: datetime) -> None:
    """Keep the payer's credit of the payment from being spent, and the tutor's share from being taken out."""
    credit_kobo = credit.left_of_payment_kobo(session, payment.student_id, payment.id)
    credit_kobo = min(credit_kobo, dispute.amount_kobo)
    owner = Account(AccountKind.STUDENT_CREDIT, payment.student_id)
    _keep_back(session, dispute, payment, owner, credit_kobo, key=CREDIT_FROZEN, now=now)
    booking = bought_session(session, payment)
    # What is in escrow stays there by itself.
    if booking is None or earnings.is_kept(session, booking.id):
        return
    of_price_kobo = min(dispute.amount_kobo - credit_kobo, booking.price_kobo)
    share_kobo = refunds.back_of(session, booking, payment, of_price_kobo).tutor_kobo
    owner = Account(AccountKind.TUTOR_WALLET, booking.tutor_id)
    _keep_back(session, dispute, payment, owner, share_kobo, key=SHARE_FROZEN, now=now)


def _keep_back(
    session: Session,
    dispute: Dispute,
    payment: Payment,
    source: Account,
    amount_kobo: int,
    *,
    key: str,
    now: datetime,
) -> None:
    if amount_kobo <= 0:
        return
    pending_transfers.promise(
        session,
        PendingKind.DISPUTED,
        amount_kobo,
        source=source,
        target=Account(AccountKind.CUSTOMER_CLEARING),
        key=key.format(dispute.id),
        session_id=payment.session_id,
        payment_id=payment.id,
        now=now,
    )


def bought_session(session: Session, payment: Payment) -> MentorshipSession | None:
    """Return the session that a payment bought, or None when it bought none, or a package."""
    if payment.state != PaymentState.PAID or payment.session_id is None:
        return None
    return session.get_one(MentorshipSession, payment.session_id, populate_existing=True)


def _end(session: Session, dispute: Dispute, payment: Payment, public_url: str, now: datetime) -> None:
    for key in FROZEN_KEYS:
        frozen = pending_transfers.by_key(session, key.format(dispute.id))
        if frozen is not None:
            pending_transfers.void(session, frozen.id, now)
    booking = bought_session(session, payment)
    lost = dispute.state == DisputeState.LOST
    if lost:
        _call_off(session, dispute, payment, public_url, now)
        charge_back(session, dispute, payment, booking, now)
        if booking is not None and booking.status not in UNFINISHED:
            booking.payment_status = PaymentStatus.REFUNDING
            session.add(booking)
            session.flush()
            refunds.tell_booking(session, payment, booking.id)
    end_of_itself(
        session,
        IncidentKind.DISPUTE,
        subject_id=dispute.id,
        resolution="The bank has the money." if lost else "The bank has decided for us.",
        now=now,
    )
    refund_progress.send_next(session, payment.id, after=dispute.id)


def _call_off(session: Session, dispute: Dispute, payment: Payment, public_url: str, now: datetime) -> None:
    """Cancel what the payment bought and is still ahead, when the bank takes all that is left of it.

    What that gives back is what the bank has taken then, so nobody teaches for nothing.
    """
    left_kobo = (payment.paid_kobo or 0) - refunds.gone_kobo(session, payment.id)
    if payment.state != PaymentState.PAID or dispute.amount_kobo < left_kobo:
        return
    of_payment = (
        MentorshipSession.id == payment.session_id
        if payment.purchase_id is None
        else MentorshipSession.purchase_id == payment.purchase_id
    )
    ahead = session.exec(
        select(MentorshipSession)
        .where(
            of_payment,
            ~col(MentorshipSession.is_offering),
            MentorshipSession.status == SessionStatus.SCHEDULED,
            col(MentorshipSession.starts_at) > now,
        )
        .order_by(col(MentorshipSession.id))
        .with_for_update(key_share=True)
    ).all()
    for booking in ahead:
        changes.call_off(
            session,
            booking,
            by=Mover.PAYMENT,
            person_id=None,
            reason=TAKEN_BY_BANK,
            public_url=public_url,
            now=now,
        )


def due_for_check(session: Session, now: datetime, limit: int = 50) -> list[int]:
    """Return Paystack's numbers of the disputes to ask about now, the longest waiting first."""
    return list(
        session.exec(
            select(Dispute.provider_dispute_id)
            .where(col(Dispute.next_check_at) <= now)
            .order_by(col(Dispute.next_check_at))
            .limit(limit)
        )
    )


def postpone(session: Session, provider_dispute_id: int, now: datetime) -> None:
    """Ask about a dispute later, since nothing was learnt of it now."""
    dispute = session.exec(
        select(Dispute).where(Dispute.provider_dispute_id == provider_dispute_id).with_for_update()
    ).one()
    if dispute.next_check_at is not None:
        dispute.next_check_at = now + LOOK_AGAIN
        session.add(dispute)
