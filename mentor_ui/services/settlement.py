"""The one function that turns what Paystack says into a booking.

Webhook, return page, sweeper and operator all call `settle`. It asks Paystack, compares, and in one
transaction wins the payment by compare-and-set, books the ledger, confirms the booking and marks what follows
as due, see `followups`. Called again, at the same moment or a week later, it changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, exists, func, update
from sqlalchemy import select as sql_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from mentor_ui.db.engine import Database
from mentor_ui.db.live_offerings import on_sqlite
from mentor_ui.db.prepared import Prepared, fixed
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.fees import FeeBearer
from mentor_ui.models import (
    MentorshipSession,
    Payment,
    PaymentState,
    PendingKind,
    PendingState,
    PendingTransfer,
)
from mentor_ui.models.payments import RETURNED_STATES
from mentor_ui.providers.paystack import Payments
from mentor_ui.providers.paystack_replies import Charge, ChargeStatus
from mentor_ui.services import credit, payments, sales, unspent_money
from mentor_ui.services.package_purchases import settle_purchase
from mentor_ui.services.sales import Sale, SettlementRules
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


class _Asked(NamedTuple):
    """An attempt to pay, and what it is for, as far as the usual case needs them.

    Attributes:
        is_sold: Whether another payment bought the same session.
        keeps_credit: Whether credit is kept for it.
        promised_before: How often the tutor's share of it was promised.
    """

    id: int
    reference: str
    state: str
    booking_id: int | None
    tutor_id: int
    student_id: int
    amount_kobo: int
    credit_kobo: int
    fee_bearer: str
    currency: str
    checks: int
    price_kobo: int | None
    ends_at: datetime | None
    is_sold: bool
    keeps_credit: bool
    promised_before: int


_other = aliased(Payment)

# Made once: making a statement takes longer than running it.
_ASKED = Prepared(
    sql_select(
        col(Payment.id),
        col(Payment.reference),
        col(Payment.state),
        col(Payment.session_id),
        col(Payment.tutor_id),
        col(Payment.student_id),
        col(Payment.amount_kobo),
        col(Payment.credit_kobo),
        col(Payment.fee_bearer),
        col(Payment.currency),
        col(Payment.checks),
        col(MentorshipSession.price_kobo),
        col(MentorshipSession.ends_at),
        exists().where(
            col(_other.session_id) == col(Payment.session_id),
            col(_other.state) == fixed(PaymentState.PAID),
            col(_other.id) != col(Payment.id),
        ),
        exists().where(
            col(PendingTransfer.session_id) == col(Payment.session_id),
            col(PendingTransfer.kind) == fixed(PendingKind.CREDIT_KEPT),
            col(PendingTransfer.state) == fixed(PendingState.OPEN),
        ),
        sql_select(func.count())
        .where(
            col(PendingTransfer.session_id) == col(Payment.session_id),
            col(PendingTransfer.kind) == fixed(PendingKind.EARNING),
        )
        .correlate(Payment)
        .scalar_subquery(),
    )
    .outerjoin(MentorshipSession, col(MentorshipSession.id) == col(Payment.session_id))
    .where(col(Payment.reference) == bindparam("reference"))
    .with_for_update(of=Payment)
)
_PEOPLE = Prepared(
    sql_select(col(Payment.tutor_id), col(Payment.student_id)).where(
        col(Payment.reference) == bindparam("reference")
    )
)
_WIN = Prepared(
    update(Payment).where(
        col(Payment.id) == bindparam("payment"),
        col(Payment.state).in_((fixed(PaymentState.AWAITING), fixed(PaymentState.FAILED))),
    )
)


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
    asked = _read(session, reference)
    if PaymentState(asked.state) in CONCLUSIVE:
        return PaymentState(asked.state)
    is_ours = charge is not None and charge.domain in ("", rules.domain)
    if charge is None or not is_ours or charge.status != ChargeStatus.SUCCESS:
        payment = session.get_one(Payment, asked.id, populate_existing=True)
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
    if not _win(session, asked, paid, now):
        return PaymentState(_read(session, reference).state)
    if _is_sold_as_usual(session, asked, charge, now):
        sales.write(session, rules, _sale(asked, paid), now)
        return PaymentState.PAID
    payment = session.get_one(Payment, asked.id, populate_existing=True)
    if payment.purchase_id is not None:
        return settle_purchase(
            session,
            payment,
            as_asked=payments.is_as_asked(payment, charge),
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
    asked = _read(session, reference)
    if asked.amount_kobo:
        raise ValueError(f"{reference} leaves {asked.amount_kobo} kobo to pay")
    if PaymentState(asked.state) in CONCLUSIVE:
        return PaymentState(asked.state)
    paid = _Paid(word=PAID_WITH_CREDIT, kobo=0, currency=asked.currency, fees_kobo=0, paid_at=now)
    if not _win(session, asked, paid, now):
        return PaymentState(_read(session, reference).state)
    payment = session.get_one(Payment, asked.id, populate_existing=True)
    if payment.purchase_id is not None:
        return settle_purchase(
            session,
            payment,
            as_asked=True,
            platform_share_percent=rules.platform_share_percent,
            public_url=rules.public_url,
            now=now,
        )
    return _conclude(session, rules, payment, now, as_asked=True)


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


def _read(session: Session, reference: str) -> _Asked:
    """Take the turns of both people, then the payment, and read what the usual case needs.

    Turns come before rows, as in all that moves money.
    """
    session.flush()
    of_payment = {"reference": reference}
    if not on_sqlite(session):  # it has one writer at a time
        take_turns(session, _PEOPLE.row(session, of_payment))
    return _Asked(*_ASKED.row(session, of_payment))


def _is_sold_as_usual(session: Session, asked: _Asked, charge: Charge, now: datetime) -> bool:
    """Return whether a session's price came as it was asked for while its time was held: it is sold.

    Whatever else there may be to think of is left to `_conclude`.
    """
    return (
        asked.booking_id is not None
        and payments.is_as_asked(asked, charge)
        and not payments.surplus_of(charge.amount_kobo, asked.amount_kobo, charge.fees_kobo or 0)
        and not (asked.credit_kobo or asked.keeps_credit or asked.is_sold)
        and asked.fee_bearer != FeeBearer.TUTOR
        and sales.confirm_running_hold(session, asked.booking_id, now)
    )


def _sale(asked: _Asked, paid: _Paid) -> Sale:
    if asked.booking_id is None or asked.price_kobo is None:
        raise ValueError(f"{asked.reference} is not for a session")
    return Sale(
        booking_id=asked.booking_id,
        tutor_id=asked.tutor_id,
        student_id=asked.student_id,
        ends_at=asked.ends_at,
        payment_id=asked.id,
        reference=asked.reference,
        price_kobo=asked.price_kobo,
        paid_kobo=paid.kobo,
        fees_kobo=paid.fees_kobo or 0,
        credit_kobo=0,
        promised_before=asked.promised_before,
    )


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


def _win(session: Session, asked: _Asked, paid: _Paid, now: datetime) -> bool:
    """Be the one that settles the payment."""
    won = _WIN.change(
        session,
        {
            "payment": asked.id,
            "state": PaymentState.PAID,
            "provider_word": paid.word,
            "provider_id": paid.provider_id,
            "channel": paid.channel,
            "paid_kobo": paid.kobo,
            "paid_currency": paid.currency,
            "fees_kobo": paid.fees_kobo,
            "paid_at": paid.paid_at,
            "settled_at": now,
            "next_check_at": None,
            "checks": asked.checks + 1,
        },
    )
    return won == 1
