"""A session of a package that is off: whether it counts as unused again, and what that does to the money."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from mentor_ui.domain.cancellation import CancellationPolicy, credit_comes_back
from mentor_ui.domain.money import Split, split_price
from mentor_ui.domain.session_state import UNFINISHED, PaymentStatus
from mentor_ui.models import (
    MentorshipSession,
    PackagePurchase,
    PackageUse,
    Payment,
    PaymentState,
    PurchaseState,
)
from mentor_ui.services import earnings, fee_shares, ledger, package_lines


def bought_with(session: Session, purchase_id: int) -> Payment:
    """Return the payment that bought a package."""
    return session.exec(
        select(Payment).where(Payment.purchase_id == purchase_id, Payment.state == PaymentState.PAID)
    ).one()


def agreed_split(session: Session, booking: MentorshipSession) -> Split:
    """Return how the part of a package's session is shared, as it was when the package was bought."""
    purchase = session.get_one(PackagePurchase, booking.purchase_id)
    return split_price(booking.price_kobo, purchase.platform_share_percent)


def tutor_share_kobo(session: Session, booking: MentorshipSession) -> int:
    """Return what the tutor has of a package's session that counts as used, less what is borne of the fee."""
    return agreed_split(session, booking).tutor_kobo - fee_kobo(session, booking)


def fee_kobo(session: Session, booking: MentorshipSession) -> int:
    """Return what of Paystack's fee on the package its tutor bears for a session that counts as used."""
    purchase = session.get_one(PackagePurchase, booking.purchase_id)
    return fee_shares.of_package_session_kobo(
        bought_with(session, purchase.id),
        share_kobo=agreed_split(session, booking).tutor_kobo,
        price_kobo=purchase.price_kobo,
        sessions=purchase.sessions,
        number=session.get_one(PackageUse, booking.id).number,
    )


def comes_back(booking: MentorshipSession, now: datetime) -> tuple[int, datetime | None]:
    """Return which part of its price a package's session gives back when its student cancels now.

    A session cannot be halved: it comes back whole as long as the policy gives anything back.

    Returns:
        All of its part or nothing, in kobo, and until when that is so; None when it stays so.
    """
    if booking.starts_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    until = credit_comes_back(CancellationPolicy(booking.cancellation_policy), booking.starts_at)
    return (booking.price_kobo, until) if now <= until else (0, None)


def counts_again(session: Session, booking: MentorshipSession, now: datetime, *, by_tutor: bool) -> bool:
    """Return whether a session that is called off now can be given another time, or goes back as money.

    Args:
        session: For reading.
        booking: One of a package.
        now: The present moment.
        by_tutor: Whether the cause lies with the tutor; then the package lasts long enough.
    """
    purchase = session.get_one(PackagePurchase, booking.purchase_id)
    in_time = by_tutor or (purchase.expires_at is not None and purchase.expires_at > now)
    return purchase.state == PurchaseState.ACTIVE and purchase.offering_id is not None and in_time


def give_back(session: Session, booking: MentorshipSession, *, of_price_kobo: int, now: datetime) -> int:
    """Let a package's session count as unused again, unless nothing of it goes back.

    Of a package that was ended meanwhile, what came back is returned to its payer soon after.

    Args:
        session: Of a writing transaction that keeps the booking to itself.
        booking: One of a package, given back for the first time.
        of_price_kobo: All of its part, or 0.
        now: The present moment.

    Returns:
        What that session is worth, in kobo; 0 when it stays used.

    Raises:
        ValueError: The session has not ended; it would take place and count as unused.
    """
    if booking.status in UNFINISHED:
        raise ValueError(f"booking {booking.id} of a package has not ended")
    if of_price_kobo == 0:
        return 0
    given = session.connection().execute(
        update(PackageUse)
        .where(col(PackageUse.session_id) == booking.id, col(PackageUse.returned_at).is_(None))
        .values(returned_at=now)
    )
    if given.rowcount != 1:
        return 0
    split, borne_kobo = agreed_split(session, booking), fee_kobo(session, booking)
    place = earnings.take_back(session, booking, share_kobo=split.tutor_kobo - borne_kobo, now=now)
    purchase = session.get_one(PackagePurchase, booking.purchase_id)
    fee_shares.book(
        session,
        bought_with(session, purchase.id),
        booking,
        ((place.account, borne_kobo),),
        key=f"fee-returned-{booking.id}",
        now=now,
    )
    ledger.post(
        session,
        package_lines.returned_use_lines(split=split, share_is_in=place.account, tutor_id=booking.tutor_id),
        idempotency_key=f"package-use-returned-{booking.id}",
        kind="package_use_returned",
        now=now,
        session_id=booking.id,
        payment_id=bought_with(session, purchase.id).id,
        purchase_id=purchase.id,
    )
    session.connection().execute(
        update(PackagePurchase)
        .where(col(PackagePurchase.id) == purchase.id)
        .values(
            used=col(PackagePurchase.used) - 1,
            left_kobo=col(PackagePurchase.left_kobo) + booking.price_kobo,
            updated_at=now,
        )
    )
    session.refresh(purchase)
    booking.payment_status = PaymentStatus.CREDIT_BACK
    session.add(booking)
    return booking.price_kobo
