"""Attempts to pay for a held time: at most one open attempt for each way, each under its own reference."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from mentor_ui.domain.errors import Conflict, NotFound
from mentor_ui.domain.fees import USUAL_TERMS, FeeTerms, asked_kobo
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.ways_to_pay import LEAST_KOBO, Way, transfer_held_until
from mentor_ui.models import AccountKind, MentorshipSession, Payment, PaymentState, Person
from mentor_ui.providers.paystack_replies import Charge
from mentor_ui.services import credit, ledger, ledger_lines
from mentor_ui.services.turns import take_turns

CHECK_AFTER_SECONDS = (15, 15, 30, 60, 120, 360, 1200, 1800)
"""Pauses between our own questions to Paystack about an open attempt: it is asked after 2, 10 and 60 minutes,
and a few times more; afterwards daily for a week."""

DAILY_CHECKS = 7
PAUSE_AFTER_FAILURE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as the checkout needs it, of a booking or of a bought package.

    Attributes:
        authorization_url: None until Paystack gave one.
    """

    payment_id: int
    reference: str
    amount_kobo: int
    email: str
    way: Way
    booking_id: int | None
    authorization_url: str | None
    purchase_id: int | None = None
    credit_kobo: int = 0


def next_check(checks: int, now: datetime) -> datetime | None:
    """Return when to ask Paystack again after `checks` questions, or None to stop asking."""
    if checks < len(CHECK_AFTER_SECONDS):
        return now + timedelta(seconds=CHECK_AFTER_SECONDS[checks])
    if checks < len(CHECK_AFTER_SECONDS) + DAILY_CHECKS:
        return now + timedelta(days=1)
    return None


def reference_for(booking_id: int, attempt: int) -> str:
    """Return our reference: it fits `[a-z0-9-]{16,50}`, the alphabet every Paystack endpoint takes."""
    return f"bk-{booking_id:019d}-{attempt}"


def _payable(session: Session, actor: Actor, booking_id: int, now: datetime) -> MentorshipSession:
    # Of two tabs that pay at the same moment, the second finds the first one's attempt.
    booking = session.get(MentorshipSession, booking_id, with_for_update={"key_share": True})
    if booking is None or booking.is_offering or booking.student_id != actor.person_id:
        raise NotFound("We cannot find this booking among yours.", code="booking_not_found")
    if booking.payment_status == PaymentStatus.PAID:
        raise Conflict("This session is paid already. You find it among your sessions.", code="already_paid")
    if booking.purchase_id is not None:
        raise Conflict(
            "This time is kept for a session of your package, which is of another length. "
            "Nothing was charged. Let it go, and choose a time to pay for singly.",
            code="kept_for_package",
        )
    if (
        booking.status != SessionStatus.HELD
        or booking.hold_expires_at is None
        or booking.hold_expires_at <= now
    ):
        raise Conflict(
            "This time is no longer held for you. Nothing was charged. Please choose a time again.",
            code="hold_expired",
        )
    return booking


class Asked(Protocol):
    """What an attempt asked for, in kobo."""

    @property
    def amount_kobo(self) -> int:
        """What Paystack was asked to take."""
        ...

    @property
    def currency(self) -> str:
        """Of what."""
        ...


def is_as_asked(payment: Asked, charge: Charge) -> bool:
    """Return whether what came is what was asked for, in amount and currency; more than that is, too."""
    requested = charge.amount_kobo if charge.requested_amount_kobo is None else charge.requested_amount_kobo
    return (
        charge.currency == payment.currency
        and requested == payment.amount_kobo
        and charge.amount_kobo >= payment.amount_kobo
    )


def surplus_kobo(payment: Payment) -> int:
    """Return what was paid above what was asked for, in kobo, unless it is Paystack's fee passed on."""
    return surplus_of(payment.paid_kobo or 0, payment.amount_kobo, payment.fees_kobo or 0)


def surplus_of(paid_kobo: int, asked_kobo: int, fees_kobo: int) -> int:
    """Return what `surplus_kobo` does, of a payment that is not written down yet."""
    above_kobo = paid_kobo - asked_kobo
    return above_kobo if above_kobo > fees_kobo else 0


def credit_surplus(session: Session, payment: Payment, *, source: AccountKind, now: datetime) -> int:
    """Let what was paid above what was asked for become the payer's credit; return how much that is, in kobo.

    Args:
        session: Of a writing transaction that won the payment.
        payment: Paid.
        source: Where the money is: in customer clearing, or owed back.
        now: The present moment.
    """
    surplus = surplus_kobo(payment)
    if surplus:
        ledger.post(
            session,
            ledger_lines.credited_lines(amount_kobo=surplus, student_id=payment.student_id, source=source),
            idempotency_key=f"surplus-{payment.reference}",
            kind="surplus",
            now=now,
            session_id=payment.session_id,
            payment_id=payment.id,
            purchase_id=payment.purchase_id,
        )
    return surplus


def open_attempt(
    session: Session,
    actor: Actor,
    *,
    booking_id: int,
    now: datetime,
    way: Way | None = None,
    credit_kobo: int | None = None,
    terms: FeeTerms = USUAL_TERMS,
) -> Attempt:
    """Return the booking's open attempt to pay in this way with so much credit, or a new one.

    The credit is kept for it until it has bought the session, or the hold ends.

    Args:
        session: Of a writing transaction.
        actor: The student.
        booking_id: The hold.
        now: The present moment.
        way: How the student pays; None for the way that was chosen last, a card at first.
        credit_kobo: What the student's credit pays of it; None for as much as last, nothing at first.
        terms: Whose cost Paystack's fee is; a new attempt pins them.

    Raises:
        NotFound: `booking_not_found`.
        Conflict: `already_paid`, `kept_for_package`, `hold_expired`, `credit_changed`.
    """
    take_turns(session, (actor.person_id,))
    booking = _payable(session, actor, booking_id, now)
    attempts = session.exec(
        select(Payment).where(Payment.session_id == booking.id).order_by(col(Payment.attempt).desc())
    ).all()
    chosen = way or (Way(attempts[0].way) if attempts else Way.CARD)
    if credit_kobo is None:
        credit_kobo = attempts[0].credit_kobo if attempts else 0
    rest_kobo = booking.price_kobo - credit_kobo
    if credit_kobo < 0 or rest_kobo < 0 or 0 < rest_kobo < LEAST_KOBO[chosen]:
        raise credit.changed()
    # An attempt whose page we never learnt of stays open, and is asked about, beside the new one.
    payment = next(
        (
            one
            for one in attempts
            if (one.way, one.credit_kobo) == (chosen, credit_kobo) and is_open(one) and has_terms(one, terms)
        ),
        None,
    )
    if payment is None:
        number = attempts[0].attempt + 1 if attempts else 1
        payment = Payment(
            reference=reference_for(booking.id, number),
            attempt=number,
            session_id=booking.id,
            student_id=booking.student_id,
            tutor_id=booking.tutor_id,
            amount_kobo=asked_kobo(rest_kobo, terms.sale),
            credit_kobo=credit_kobo,
            fee_bearer=terms.sale,
            refund_fee_bearer=terms.refund,
            way=chosen,
            next_check_at=next_check(0, now),
            created_at=now,
        )
        session.add(payment)
        session.flush()
    credit.keep(session, booking, payment_id=payment.id, kobo=credit_kobo, now=now)
    email = session.exec(select(Person.email).where(Person.id == actor.person_id)).one()
    return Attempt(
        payment_id=payment.id,
        reference=payment.reference,
        amount_kobo=payment.amount_kobo,
        credit_kobo=credit_kobo,
        email=email,
        way=chosen,
        booking_id=booking.id,
        authorization_url=payment.authorization_url,
    )


def is_open(payment: Payment) -> bool:
    """Return whether an attempt waits for its payer on a page of Paystack's that we know."""
    return payment.state == PaymentState.AWAITING and payment.authorization_url is not None


def has_terms(payment: Payment, terms: FeeTerms) -> bool:
    """Return whether an attempt was made while these terms held, so that what it asks for is right."""
    return (payment.fee_bearer, payment.refund_fee_bearer) == (terms.sale, terms.refund)


def store_checkout(
    session: Session,
    *,
    payment_id: int,
    authorization_url: str,
    account_expires_at: datetime | None,
    now: datetime,
) -> None:
    """Keep the address of Paystack's page, so that a second click opens the same one.

    The time of somebody who chose a bank transfer is held longer from now on.

    Args:
        session: Of a writing transaction.
        payment_id: The attempt.
        authorization_url: Paystack's page.
        account_expires_at: Until when the account for the transfer takes money, if Paystack said so.
        now: The present moment.
    """
    payment = session.get_one(Payment, payment_id)
    payment.authorization_url = authorization_url
    session.add(payment)
    if payment.way == Way.TRANSFER and payment.session_id is not None:
        session.flush()
        _hold_longer(session, payment, account_expires_at, now)


def _hold_longer(
    session: Session, payment: Payment, account_expires_at: datetime | None, now: datetime
) -> None:
    booking = session.get_one(MentorshipSession, payment.session_id)
    if booking.starts_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    first_chosen_at = session.exec(
        select(func.min(Payment.created_at)).where(
            Payment.session_id == booking.id, Payment.way == Way.TRANSFER
        )
    ).one()
    until = transfer_held_until(
        now=now,
        first_chosen_at=first_chosen_at,
        account_expires_at=account_expires_at,
        starts_at=booking.starts_at,
    )
    # A hold that ran out while Paystack was asked is somebody else's time, and one that lasts longer stays.
    session.connection().execute(
        update(MentorshipSession)
        .where(
            col(MentorshipSession.id) == booking.id,
            col(MentorshipSession.status) == SessionStatus.HELD,
            col(MentorshipSession.hold_expires_at) > now,
            col(MentorshipSession.hold_expires_at) < until,
        )
        .values(hold_expires_at=until, updated_at=now)
    )


def postpone(session: Session, reference: str, now: datetime) -> None:
    """Ask about a payment later, since Paystack could not be asked now; this counts as no question."""
    payment = session.exec(select(Payment).where(Payment.reference == reference).with_for_update()).one()
    if payment.next_check_at is not None:
        payment.next_check_at = now + timedelta(seconds=PAUSE_AFTER_FAILURE_SECONDS)
        session.add(payment)


def due_for_check(session: Session, now: datetime, limit: int = 50) -> list[str]:
    """Return the references that Paystack should be asked about now, the longest waiting first."""
    return list(
        session.exec(
            select(Payment.reference)
            .where(
                col(Payment.next_check_at) <= now,
                col(Payment.state).in_((PaymentState.AWAITING, PaymentState.FAILED)),
            )
            .order_by(col(Payment.next_check_at))
            .limit(limit)
        )
    )
