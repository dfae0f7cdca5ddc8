"""The one function that turns what Paystack says into a booking.

Webhook, return page, sweeper and operator all call `settle`. It asks Paystack, compares, and in one
transaction wins the payment by compare-and-set, books the ledger, confirms the booking, tells both people
and enqueues what follows. Called again, at the same moment or a week later, it changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotFound
from mentor_ui.models import MentorshipSession, Payment, PaymentState
from mentor_ui.models.payments import RETURNED_STATES
from mentor_ui.providers.paystack import Payments
from mentor_ui.providers.paystack_replies import Charge, ChargeStatus
from mentor_ui.services import credit, payments, sales, unspent_money
from mentor_ui.services.package_purchases import settle_purchase
from mentor_ui.services.sales import SettlementRules
from mentor_ui.services.turns import take_turns

CONCLUSIVE = RETURNED_STATES | {PaymentState.PAID}

PAID_WITH_CREDIT = "credit"
"""Stands where Paystack's word would, when Paystack had nothing to do with it."""


@dataclass(frozen=True, slots=True)
class _Paid:
    """What was paid, in kobo."""

    word: str
    kobo: int
    currency: str
    fees_kobo: int | None
    paid_at: datetime
    provider_id: int | None = None
    channel: str = ""


def settle(
    database: Database, gateway: Payments, rules: SettlementRules, reference: str, now: datetime
) -> PaymentState:
    """Ask Paystack about one reference and do once whatever follows from the answer.

    Args:
        database: Where payment and booking are.
        gateway: Whom to ask; called outside of any transaction.
        rules: Shares and mode.
        reference: Ours.
        now: The present moment.

    Returns:
        The payment's state afterwards.

    Raises:
        NotFound: We never made this reference.
        ProviderError: Paystack could not be asked; nothing changed.
    """
    with database.reading() as session:
        known = session.exec(select(Payment.state).where(Payment.reference == reference)).first()
    if known is None:
        raise NotFound("We do not know this payment reference.", code="payment_not_found")
    if PaymentState(known) in CONCLUSIVE:
        return PaymentState(known)
    charge = gateway.verify(reference)
    with database.transaction() as session:
        return apply_charge(session, rules, reference, charge, now)


def apply_charge(
    session: Session, rules: SettlementRules, reference: str, charge: Charge | None, now: datetime
) -> PaymentState:
    """Do in one transaction what follows from Paystack's word on a reference.

    Args:
        session: Of a writing transaction.
        rules: Shares and mode.
        reference: Ours.
        charge: What Paystack said, or None when it does not know the reference.
        now: The present moment.
    """
    payment = _taken(session, reference)
    if PaymentState(payment.state) in CONCLUSIVE:
        return PaymentState(payment.state)
    is_ours = charge is not None and charge.domain in ("", rules.domain)
    if charge is None or not is_ours or charge.status != ChargeStatus.SUCCESS:
        return _still_open(session, payment, charge if is_ours else None, now)
    paid = _Paid(
        word=charge.status_word[:60],
        kobo=charge.amount_kobo,
        currency=charge.currency[:8],
        fees_kobo=charge.fees_kobo,
        paid_at=charge.paid_at or now,
        provider_id=charge.id,
        channel=charge.channel[:40],
    )
    if not _win(session, payment, paid, now):
        return PaymentState(payment.state)
    if payment.purchase_id is not None:
        return settle_purchase(
            session,
            payment,
            charge,
            platform_share_percent=rules.platform_share_percent,
            public_url=rules.public_url,
            now=now,
        )
    return _conclude(session, rules, payment, now, as_asked=payments.is_as_asked(payment, charge))


def apply_credit(session: Session, rules: SettlementRules, reference: str, now: datetime) -> PaymentState:
    """Do in one transaction what follows from an attempt that the student's credit pays for whole.

    Args:
        session: Of a writing transaction, in which the credit was kept for it.
        rules: Shares and mode.
        reference: Of an attempt that asks nothing of Paystack.
        now: The present moment.

    Raises:
        ValueError: The attempt leaves a rest to pay.
    """
    payment = _taken(session, reference)
    if payment.amount_kobo:
        raise ValueError(f"{reference} leaves {payment.amount_kobo} kobo to pay")
    if PaymentState(payment.state) in CONCLUSIVE:
        return PaymentState(payment.state)
    paid = _Paid(word=PAID_WITH_CREDIT, kobo=0, currency=payment.currency, fees_kobo=0, paid_at=now)
    if not _win(session, payment, paid, now):
        return PaymentState(payment.state)
    return _conclude(session, rules, payment, now, as_asked=True)


def _taken(session: Session, reference: str) -> Payment:
    """Return a payment with the turns of its people; turns come before rows, as in all that moves money."""
    payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
    take_turns(session, (payment.tutor_id, payment.student_id))
    session.refresh(payment, with_for_update=True)
    return payment


def _still_open(session: Session, payment: Payment, charge: Charge | None, now: datetime) -> PaymentState:
    payment.checks += 1
    payment.next_check_at = payments.next_check(payment.checks, now)
    if charge is not None:
        payment.provider_word = charge.status_word[:60]
        payment.channel = charge.channel[:40]
        payment.provider_id = charge.id
        # A failed try can be followed by a good one under the same reference, so we go on asking.
        failed = charge.status == ChargeStatus.FAILED
        payment.state = PaymentState.FAILED if failed else PaymentState.AWAITING
    session.add(payment)
    return PaymentState(payment.state)


def _conclude(
    session: Session, rules: SettlementRules, payment: Payment, now: datetime, *, as_asked: bool
) -> PaymentState:
    """Do what follows from a payment that was won for a session."""
    booking = session.get_one(MentorshipSession, payment.session_id, populate_existing=True)
    payment.state = state = _outcome(session, payment, booking, now, as_asked=as_asked)
    session.add(payment)
    if state == PaymentState.PAID:
        sales.record(session, rules, payment, booking, now)
    else:
        unspent_money.owe(session, rules, payment, booking, now)
    return state


def _outcome(
    session: Session, payment: Payment, booking: MentorshipSession, now: datetime, *, as_asked: bool
) -> PaymentState:
    if not as_asked:
        return PaymentState.MISMATCH
    if sales.is_sold(session, booking, payment):
        return PaymentState.DUPLICATE
    # Money without the credit that was to pay the rest is too little money.
    if credit.usable_kobo(session, booking) < payment.credit_kobo:
        return PaymentState.MISMATCH
    return PaymentState.PAID if sales.give_time(session, booking, now) else PaymentState.PAID_LATE


def _win(session: Session, payment: Payment, paid: _Paid, now: datetime) -> bool:
    """Be the one that settles the payment; it is refreshed."""
    won = session.connection().execute(
        update(Payment)
        .where(
            col(Payment.id) == payment.id,
            col(Payment.state).in_((PaymentState.AWAITING, PaymentState.FAILED)),
        )
        .values(
            state=PaymentState.PAID,
            provider_word=paid.word,
            provider_id=paid.provider_id,
            channel=paid.channel,
            paid_kobo=paid.kobo,
            paid_currency=paid.currency,
            fees_kobo=paid.fees_kobo,
            paid_at=paid.paid_at,
            settled_at=now,
            next_check_at=None,
            checks=payment.checks + 1,
        )
    )
    session.refresh(payment)
    return won.rowcount == 1
