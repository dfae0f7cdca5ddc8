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
from mentor_ui.domain.errors import Conflict, NotFound
from mentor_ui.domain.money import show_money, split_price
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import IncidentKind, MentorshipSession, Payment, PaymentState, Person
from mentor_ui.models.payments import RETURNED_STATES
from mentor_ui.providers.paystack import Payments
from mentor_ui.providers.paystack_replies import Charge, ChargeStatus
from mentor_ui.services import (
    availability,
    claims,
    earnings,
    followups,
    ledger,
    ledger_lines,
    letters,
    notifications,
    payments,
    refunds,
)
from mentor_ui.services.announcements import Happening, announce
from mentor_ui.services.incidents import raise_incident
from mentor_ui.services.package_purchases import settle_purchase
from mentor_ui.services.turns import take_turns

CONCLUSIVE = RETURNED_STATES | {PaymentState.PAID}

_RETURN_REASONS = {
    PaymentState.PAID_LATE: "it came too late and the time is no longer free.",
    PaymentState.MISMATCH: "its amount or currency is not what we asked for.",
    PaymentState.DUPLICATE: "the session was paid for already.",
}
_WITHDRAWN = "it came after the request was withdrawn."


@dataclass(frozen=True, slots=True)
class SettlementRules:
    """What settling depends on beside the database.

    Attributes:
        platform_share_percent: The rest is the tutor's.
        domain: Paystack's word for our mode, `test` or `live`.
        public_url: Base of the links in mails.
    """

    platform_share_percent: int
    domain: str
    public_url: str


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
    payment = session.exec(select(Payment).where(Payment.reference == reference).with_for_update()).one()
    if PaymentState(payment.state) in CONCLUSIVE:
        return PaymentState(payment.state)
    is_ours = charge is not None and charge.domain in ("", rules.domain)
    if charge is None or not is_ours or charge.status != ChargeStatus.SUCCESS:
        return _still_open(session, payment, charge if is_ours else None, now)
    take_turns(session, (payment.tutor_id, payment.student_id))
    if not _win(session, payment, charge, now):
        session.refresh(payment)
        return PaymentState(payment.state)
    session.refresh(payment)
    if payment.purchase_id is not None:
        return settle_purchase(
            session,
            payment,
            charge,
            platform_share_percent=rules.platform_share_percent,
            public_url=rules.public_url,
            now=now,
        )
    payment.state = state = _judge(session, payment, charge, now)
    session.add(payment)
    booking = session.get_one(MentorshipSession, payment.session_id, populate_existing=True)
    if state == PaymentState.PAID:
        _book(session, rules, payment, booking, now)
    else:
        _return_money(session, rules, payment, booking, now)
    return state


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


def _judge(session: Session, payment: Payment, charge: Charge, now: datetime) -> PaymentState:
    requested = charge.amount_kobo if charge.requested_amount_kobo is None else charge.requested_amount_kobo
    as_asked = (
        charge.currency == payment.currency
        and requested == payment.amount_kobo
        and charge.amount_kobo >= payment.amount_kobo
    )
    if not as_asked:
        return PaymentState.MISMATCH
    booking = session.get_one(MentorshipSession, payment.session_id, populate_existing=True)
    if booking.payment_status == PaymentStatus.PAID or _was_bought_before(session, payment):
        return PaymentState.DUPLICATE
    if _confirm_running_hold(session, booking, now):
        return PaymentState.PAID
    session.refresh(booking)
    if booking.payment_status == PaymentStatus.PAID:
        return PaymentState.DUPLICATE
    taken = _take_time_again(session, booking, now)
    availability.refresh_next_free(session, booking.tutor_id, now)
    return PaymentState.PAID if taken else PaymentState.PAID_LATE


def _was_bought_before(session: Session, payment: Payment) -> bool:
    """Return whether another payment bought the session, whatever has become of it since."""
    other = select(Payment.id).where(
        Payment.session_id == payment.session_id,
        Payment.state == PaymentState.PAID,
        Payment.id != payment.id,
    )
    return session.exec(other).first() is not None


def _confirm_running_hold(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    won = session.connection().execute(
        update(MentorshipSession)
        .where(
            col(MentorshipSession.id) == booking.id,
            col(MentorshipSession.status) == SessionStatus.HELD,
            col(MentorshipSession.hold_expires_at) > now,
        )
        .values(**_paid_values(now))
    )
    return won.rowcount == 1


def _take_time_again(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    if booking.starts_at is None or booking.starts_at <= now:
        return False
    claims.lapse(session, booking.id, now)
    if not availability.still_fits(session, booking, now):
        return False
    try:
        claims.claim(session, booking, now)
    except Conflict:
        return False
    won = session.connection().execute(
        update(MentorshipSession)
        .where(
            col(MentorshipSession.id) == booking.id, col(MentorshipSession.status) == SessionStatus.EXPIRED
        )
        .values(**_paid_values(now))
    )
    if won.rowcount != 1:
        claims.release(session, booking.id)
    return won.rowcount == 1


def _paid_values(now: datetime) -> dict[str, object]:
    return {
        "status": SessionStatus.SCHEDULED,
        "payment_status": PaymentStatus.PAID,
        "hold_expires_at": None,
        "updated_at": now,
    }


def _win(session: Session, payment: Payment, charge: Charge, now: datetime) -> bool:
    won = session.connection().execute(
        update(Payment)
        .where(
            col(Payment.id) == payment.id,
            col(Payment.state).in_((PaymentState.AWAITING, PaymentState.FAILED)),
        )
        .values(
            state=PaymentState.PAID,
            provider_word=charge.status_word[:60],
            provider_id=charge.id,
            channel=charge.channel[:40],
            paid_kobo=charge.amount_kobo,
            paid_currency=charge.currency[:8],
            fees_kobo=charge.fees_kobo,
            paid_at=charge.paid_at or now,
            settled_at=now,
            next_check_at=None,
            checks=payment.checks + 1,
        )
    )
    return won.rowcount == 1


def _book(
    session: Session,
    rules: SettlementRules,
    payment: Payment,
    booking: MentorshipSession,
    now: datetime,
) -> None:
    split = split_price(booking.price_kobo, rules.platform_share_percent)
    ledger.post(
        session,
        ledger_lines.sale_lines(
            paid_kobo=payment.paid_kobo or payment.amount_kobo,
            price_kobo=booking.price_kobo,
            fee_kobo=payment.fees_kobo or 0,
            split=split,
            tutor_id=booking.tutor_id,
        ),
        idempotency_key=f"sale-{payment.reference}",
        kind="sale",
        now=now,
        session_id=booking.id,
        payment_id=payment.id,
    )
    earnings.keep(session, booking, share_kobo=split.tutor_kobo, payment_id=payment.id, now=now)
    announce(
        session,
        booking,
        Happening.BOOKED,
        public_url=rules.public_url,
        by=booking.student_id,
        tutor_kobo=split.tutor_kobo,
    )
    followups.after_change(session, booking, now)


def _return_money(
    session: Session,
    rules: SettlementRules,
    payment: Payment,
    booking: MentorshipSession,
    now: datetime,
) -> None:
    paid_kobo = payment.paid_kobo or payment.amount_kobo
    if payment.paid_currency == payment.currency:
        ledger.post(
            session,
            ledger_lines.owed_back_lines(
                paid_kobo=paid_kobo, fee_kobo=payment.fees_kobo or 0, student_id=payment.student_id
            ),
            idempotency_key=f"owed-back-{payment.reference}",
            kind="owed_back",
            now=now,
            session_id=booking.id,
            payment_id=payment.id,
        )
    state = PaymentState(payment.state)
    if state == PaymentState.MISMATCH:
        _raise_mismatch(session, payment, now)
    given_up = state == PaymentState.PAID_LATE and booking.status == SessionStatus.CANCELLED
    reason = _WITHDRAWN if given_up else _RETURN_REASONS[state]
    refunds.owe(session, payment, amount_kobo=paid_kobo, reason=reason, now=now)
    if state != PaymentState.DUPLICATE and refunds.bought_with(session, booking.id) is None:
        booking.payment_status = PaymentStatus.REFUNDING
        session.add(booking)
    payer = session.get_one(Person, payment.student_id)
    page = f"/mentorship/verify-payment?reference={payment.reference}"
    amount = show_money(paid_kobo, payment.paid_currency or payment.currency)
    letter = letters.money_on_its_way_back(
        payer.name, booking.title, amount, reason, f"{rules.public_url}{page}"
    )
    notifications.tell_and_mail(
        session,
        payer,
        letter,
        key=f"returning-{payment.id}",
        kind="returning",
        body=f"About your payment for “{booking.title}”: {reason}",
        link=page,
    )


def _raise_mismatch(session: Session, payment: Payment, now: datetime) -> None:
    asked = show_money(payment.amount_kobo, payment.currency)
    paid = show_money(payment.paid_kobo or 0, payment.paid_currency or payment.currency)
    of_currency = payment.paid_currency != payment.currency
    raise_incident(
        session,
        IncidentKind.WRONG_CURRENCY if of_currency else IncidentKind.WRONG_AMOUNT,
        key=f"mismatch-{payment.id}",
        summary=f"{payment.reference}: {asked} were asked for and {paid} came. Nothing was booked.",
        subject_id=payment.id,
        now=now,
    )
