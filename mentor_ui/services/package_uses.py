"""Giving a session of a bought package its time, and with it its part of the price."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, NotFound
from mentor_ui.domain.money import split_price
from mentor_ui.domain.packages import MORE_TIME, next_number, part_kobo
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    AccountKind,
    Dispute,
    MentorshipSession,
    PackagePurchase,
    PackageUse,
    Payment,
    PaymentState,
    PurchaseState,
)
from mentor_ui.services import (
    credit,
    earnings,
    fee_shares,
    followups,
    ledger,
    package_lines,
    package_reminders,
    package_returns,
    refunds,
)
from mentor_ui.services.announcements import Happening, announce
from mentor_ui.services.turns import take_turns

SPENT = "package_spent"


@dataclass(frozen=True, slots=True)
class Usable:
    """A bought package with sessions left.

    Attributes:
        left: How many.
        duration: Minutes of each, as they were bought.
        expires_at: UTC; until when they can be given a time.
    """

    purchase_id: int
    title: str
    sessions: int
    left: int
    duration: int
    expires_at: datetime


def usable(session: Session, student_id: int, offering_id: int, now: datetime) -> Usable | None:
    """Return the student's package for an offering that runs out first, or None."""
    disputed = exists().where(
        col(Payment.purchase_id) == col(PackagePurchase.id),
        col(Payment.state) == PaymentState.PAID,
        col(Dispute.payment_id) == col(Payment.id),
        col(Dispute.state).in_(refunds.IN_DISPUTE),
    )
    purchase = session.exec(
        select(PackagePurchase)
        .where(
            ~disputed,
            PackagePurchase.student_id == student_id,
            PackagePurchase.offering_id == offering_id,
            PackagePurchase.state == PurchaseState.ACTIVE,
            col(PackagePurchase.used) < col(PackagePurchase.sessions),
            col(PackagePurchase.expires_at) > now,
        )
        .order_by(col(PackagePurchase.expires_at), col(PackagePurchase.id))
    ).first()
    if purchase is None or purchase.expires_at is None:
        return None
    return Usable(
        purchase.id,
        purchase.title,
        purchase.sessions,
        purchase.sessions - purchase.used,
        purchase.duration,
        purchase.expires_at,
    )


def as_bought(
    session: Session, student_id: int, offering: MentorshipSession, purchase_id: int, now: datetime
) -> MentorshipSession:
    """Return an offering with title and length as the student bought them, for choosing and keeping a time.

    Args:
        session: Any.
        student_id: Whose package.
        offering: As it is now; its hours and notice apply.
        purchase_id: The bought package.
        now: The present moment.

    Raises:
        NotFound: `package_not_found`.
        Conflict: `package_spent`, `package_disputed`.
    """
    purchase = _checked(session, session.get(PackagePurchase, purchase_id), student_id, offering.id, now)
    return MentorshipSession.model_validate(
        offering.model_dump() | {"title": purchase.title, "duration": purchase.duration}
    )


def _checked(
    session: Session,
    purchase: PackagePurchase | None,
    student_id: int,
    offering_id: int | None,
    now: datetime,
) -> PackagePurchase:
    if purchase is None or purchase.student_id != student_id or purchase.offering_id != offering_id:
        raise NotFound("We cannot find this package among yours.", code="package_not_found")
    is_over = purchase.expires_at is None or purchase.expires_at <= now
    if purchase.state != PurchaseState.ACTIVE or is_over or purchase.used >= purchase.sessions:
        raise _spent()
    if refunds.is_purchase_disputed(session, purchase.id):
        raise Conflict(
            "Your bank questions the payment for your package, so its sessions wait for the bank's decision. "
            "Nothing was booked. You can pay for this one singly.",
            code="package_disputed",
        )
    return purchase


def _spent() -> Conflict:
    return Conflict(
        "No session of your package is left to use here. Nothing was booked. "
        "You can pay for this one singly.",
        code=SPENT,
    )


def book(
    session: Session, actor: Actor, *, booking_id: int, purchase_id: int, now: datetime, public_url: str
) -> int:
    """Book a held time with a session of the student's package instead of paying; return the booking.

    Args:
        session: Of a writing transaction.
        actor: The student.
        booking_id: The hold.
        purchase_id: The bought package.
        now: The present moment.
        public_url: Base of the links in mails.

    Raises:
        NotFound: `booking_not_found`, `package_not_found`.
        Conflict: `already_paid`, `hold_expired`, `package_spent`, `package_disputed`, `other_length`.
    """
    booking = session.get(MentorshipSession, booking_id)
    if booking is None or booking.is_offering or booking.student_id != actor.person_id:
        raise NotFound("We cannot find this booking among yours.", code="booking_not_found")
    take_turns(session, (booking.tutor_id, booking.student_id))
    session.refresh(booking)
    if booking.payment_status == PaymentStatus.PAID:
        raise Conflict(
            "This session is booked already. You find it among your sessions.", code="already_paid"
        )
    if booking.status != SessionStatus.HELD or (booking.hold_expires_at or now) <= now:
        raise _no_longer_held()
    spend(session, booking, purchase_id, now=now, public_url=public_url)
    return booking.id


def _no_longer_held() -> Conflict:
    return Conflict(
        "This time is no longer held for you. Your package is as it was. Please choose a time again.",
        code="hold_expired",
    )


def can_pay_for(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    """Return whether the package with which a time was asked for still has a session for it."""
    if booking.purchase_id is None:
        return False
    purchase = session.get(PackagePurchase, booking.purchase_id, populate_existing=True)
    try:
        checked = _checked(session, purchase, booking.student_id, booking.offering_id, now)
    except (Conflict, NotFound):
        return False
    return checked.duration == booking.duration


def check_single_terms(session: Session, booking: MentorshipSession) -> None:
    """Refuse to let a time that its package cannot pay for be paid singly, unless a single one is just so.

    It has the length that was bought, and today's single price can be that of another length.

    Raises:
        Conflict: `other_terms`.
    """
    offering = session.get(MentorshipSession, booking.offering_id) if booking.offering_id else None
    if offering is None or (offering.duration, offering.price_kobo) != (booking.duration, booking.price_kobo):
        raise Conflict(
            "The package that this was asked for with cannot be used for it, and single sessions have other "
            "terms now. Nothing was booked. The student can ask for one anew.",
            code="other_terms",
        )


def spend(
    session: Session, booking: MentorshipSession, purchase_id: int, *, now: datetime, public_url: str
) -> None:
    """Turn a held booking into a session of a package, with all that follows from a sale.

    The package's count is compared and set, so that two tabs never use one session twice; a time that was
    paid for at the same moment stays paid for, and nothing is used.

    Args:
        session: Of a writing transaction that has its people's turns.
        booking: Held, its time claimed.
        purchase_id: The bought package.
        now: The present moment.
        public_url: Base of the links in mails.

    Raises:
        NotFound: `package_not_found`.
        Conflict: `package_spent`, `package_disputed`, `hold_expired`, `other_length`.
    """
    session.flush()
    found = session.get(PackagePurchase, purchase_id, populate_existing=True)
    purchase = _checked(session, found, booking.student_id, booking.offering_id, now)
    if purchase.duration != booking.duration:
        raise Conflict(
            f"Your package has sessions of {purchase.duration} minutes, and this time is kept for "
            f"{booking.duration}. Let it go and choose it again.",
            code="other_length",
        )
    number = next_number(purchase.sessions, _counting(session, purchase.id))
    if number is None:
        raise _spent()
    kobo = part_kobo(purchase.price_kobo, purchase.sessions, number)
    if not _take(session, purchase, kobo, now):
        raise _spent()
    if not _confirm(session, booking, purchase.id, kobo, now):
        raise _no_longer_held()
    # What an attempt to pay for it kept is free again.
    credit.let_go(session, booking.id, now)
    session.refresh(booking)
    session.add(PackageUse(session_id=booking.id, purchase_id=purchase.id, number=number, created_at=now))
    split = split_price(kobo, purchase.platform_share_percent)
    payment = package_returns.bought_with(session, purchase.id)
    ledger.post(
        session,
        package_lines.used_lines(split=split, tutor_id=purchase.tutor_id),
        idempotency_key=f"package-use-{booking.id}",
        kind="package_use",
        now=now,
        session_id=booking.id,
        payment_id=payment.id,
        purchase_id=purchase.id,
    )
    session.flush()
    borne_kobo = package_returns.fee_kobo(session, booking)
    fee_shares.book(
        session,
        payment,
        booking,
        ((AccountKind.TUTOR_ESCROW, -borne_kobo),),
        key=f"fee-{booking.id}",
        now=now,
    )
    tutor_kobo = split.tutor_kobo - borne_kobo
    earnings.keep(session, booking, share_kobo=tutor_kobo, payment_id=payment.id, now=now)
    session.refresh(purchase)
    left = purchase.sessions - purchase.used
    rest = "1 of them is left" if left == 1 else f"{left or 'none'} of them are left"
    announce(
        session,
        booking,
        Happening.BOOKED,
        public_url=public_url,
        by=booking.student_id,
        tutor_kobo=tutor_kobo,
        note=f"It is one of your package of {purchase.sessions}; {rest}.",
    )
    followups.after_change(session, booking, now)


def _counting(session: Session, purchase_id: int) -> set[int]:
    """Return the numbers of a package's sessions that count as used."""
    return set(
        session.exec(
            select(PackageUse.number).where(
                PackageUse.purchase_id == purchase_id, col(PackageUse.returned_at).is_(None)
            )
        )
    )


def _take(session: Session, purchase: PackagePurchase, kobo: int, now: datetime) -> bool:
    taken = session.connection().execute(
        update(PackagePurchase)
        .where(
            col(PackagePurchase.id) == purchase.id,
            col(PackagePurchase.state) == PurchaseState.ACTIVE,
            col(PackagePurchase.used) == purchase.used,
            col(PackagePurchase.used) < col(PackagePurchase.sessions),
            col(PackagePurchase.expires_at) > now,
        )
        .values(
            used=col(PackagePurchase.used) + 1,
            left_kobo=col(PackagePurchase.left_kobo) - kobo,
            updated_at=now,
        )
    )
    return taken.rowcount == 1


def _confirm(
    session: Session, booking: MentorshipSession, purchase_id: int, kobo: int, now: datetime
) -> bool:
    won = session.connection().execute(
        update(MentorshipSession)
        .where(col(MentorshipSession.id) == booking.id, col(MentorshipSession.status) == SessionStatus.HELD)
        .values(
            status=SessionStatus.SCHEDULED,
            payment_status=PaymentStatus.PAID,
            purchase_id=purchase_id,
            price_kobo=kobo,
            hold_expires_at=None,
            updated_at=now,
        )
    )
    return won.rowcount == 1


def give_time(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Let a package last long enough for a session that its student lost without doing anything wrong."""
    if booking.payment_status != PaymentStatus.CREDIT_BACK or booking.purchase_id is None:
        return
    purchase = session.get_one(PackagePurchase, booking.purchase_id, populate_existing=True)
    least = now + MORE_TIME
    if purchase.state != PurchaseState.ACTIVE or purchase.expires_at is None or purchase.expires_at >= least:
        return
    purchase.expires_at = least
    session.add(purchase)
    session.flush()
    package_reminders.schedule(session, purchase, now)
