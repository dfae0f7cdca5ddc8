"""Attempts to pay for a held time: one booking, at most one open attempt, each under its own reference."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, Payment, PaymentState, Person

CHECK_AFTER_SECONDS = (15, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""Pauses between our own questions to Paystack about an open attempt; afterwards daily for a week."""

DAILY_CHECKS = 7
PAUSE_AFTER_FAILURE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt as the checkout needs it; `authorization_url` is None until Paystack gave one."""

    payment_id: int
    reference: str
    amount_kobo: int
    email: str
    booking_id: int
    offering_id: int | None
    authorization_url: str | None


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


def open_attempt(session: Session, actor: Actor, *, booking_id: int, now: datetime) -> Attempt:
    """Return the booking's open attempt to pay, or a new one.

    Raises:
        NotFound: `booking_not_found`.
        Conflict: `already_paid`, `hold_expired`.
    """
    booking = _payable(session, actor, booking_id, now)
    latest = session.exec(
        select(Payment).where(Payment.session_id == booking.id).order_by(col(Payment.attempt).desc())
    ).first()
    if latest is None or latest.state != PaymentState.AWAITING or latest.authorization_url is None:
        # An attempt whose page we never learnt of stays open, and is asked about, beside the new one.
        attempt = 1 if latest is None else latest.attempt + 1
        latest = Payment(
            reference=reference_for(booking.id, attempt),
            attempt=attempt,
            session_id=booking.id,
            student_id=booking.student_id,
            tutor_id=booking.tutor_id,
            amount_kobo=booking.price_kobo,
            next_check_at=next_check(0, now),
            created_at=now,
        )
        session.add(latest)
        session.flush()
    email = session.exec(select(Person.email).where(Person.id == actor.person_id)).one()
    return Attempt(
        payment_id=latest.id,
        reference=latest.reference,
        amount_kobo=latest.amount_kobo,
        email=email,
        booking_id=booking.id,
        offering_id=booking.offering_id,
        authorization_url=latest.authorization_url,
    )


def store_checkout(session: Session, *, payment_id: int, authorization_url: str) -> None:
    """Keep the address of Paystack's page, so that a second click opens the same one."""
    payment = session.get_one(Payment, payment_id)
    payment.authorization_url = authorization_url
    session.add(payment)


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
