"""A session sold: its time is the student's, its price is shared, and all that follows is due."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from mentor_ui.db.prepared import Prepared, fixed
from mentor_ui.domain.errors import Conflict
from mentor_ui.domain.money import split_price
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import AccountKind, MentorshipSession, Payment, PaymentState, PendingKind
from mentor_ui.services import (
    availability,
    claims,
    credit,
    earnings,
    fee_shares,
    followups,
    ledger,
    ledger_lines,
    payments,
    pending_transfers,
)

# Made once: making a statement takes longer than running it.
_CONFIRM = Prepared(
    update(MentorshipSession).where(
        col(MentorshipSession.id) == bindparam("booking"),
        col(MentorshipSession.status) == fixed(SessionStatus.HELD),
        col(MentorshipSession.hold_expires_at) > bindparam("moment"),
    )
)


@dataclass(frozen=True, slots=True)
class SettlementRules:
    """What selling depends on beside the database.

    Attributes:
        platform_share_percent: The rest is the tutor's.
        domain: Paystack's word for our mode, `test` or `live`.
        public_url: Base of the links in mails.
    """

    platform_share_percent: int
    domain: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Sale:
    """A session sold, as far as its money goes, in kobo.

    Attributes:
        ends_at: When the session ends.
        paid_kobo: What was paid for it at Paystack.
        fees_kobo: What Paystack kept.
        credit_kobo: What the student's credit paid beside it.
        promised_before: How often a share of this session was promised to the tutor before.
        borne_kobo: What the tutor bears of that fee, which is booked beside the sale.
    """

    booking_id: int
    tutor_id: int
    student_id: int
    ends_at: datetime | None
    payment_id: int
    reference: str
    price_kobo: int
    paid_kobo: int
    fees_kobo: int
    credit_kobo: int
    promised_before: int
    borne_kobo: int = 0


def is_sold(session: Session, booking: MentorshipSession, payment: Payment) -> bool:
    """Return whether another payment bought this session, whatever became of it since."""
    if booking.payment_status == PaymentStatus.PAID:
        return True
    other = select(Payment.id).where(
        Payment.session_id == booking.id, Payment.state == PaymentState.PAID, Payment.id != payment.id
    )
    return session.exec(other).first() is not None


def give_time(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    """Give the student the time that is held, or that was and is still free; return whether it could be.

    Args:
        session: Of a writing transaction that has the turns of both people.
        booking: Held, or let go; it is refreshed.
        now: The present moment.
    """
    if confirm_running_hold(session, booking.id, now):
        session.refresh(booking)
        return True
    session.refresh(booking)
    taken = _take_time_again(session, booking, now)
    session.refresh(booking)
    availability.refresh_next_free(session, booking.tutor_id, now)
    return taken


def confirm_running_hold(session: Session, booking_id: int, now: datetime) -> bool:
    """Give the student the time that is held; return whether the hold still ran.

    Args:
        session: Of a writing transaction.
        booking_id: The hold.
        now: The present moment.
    """
    return _CONFIRM.change(session, {"booking": booking_id, "moment": now, **_paid_values(now)}) == 1


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
        **followups.DUE,
    }


def record(
    session: Session,
    rules: SettlementRules,
    payment: Payment,
    booking: MentorshipSession,
    now: datetime,
    *,
    with_owed_money: bool = False,
) -> None:
    """Spend the credit that pays for a sale, and write the sale into the ledger.

    Args:
        session: Of a writing transaction that has the turns of both people.
        rules: The platform's share.
        payment: What bought it, with its credit part.
        booking: Scheduled and paid, and all that follows is due.
        now: The present moment.
        with_owed_money: Whether the money had bought nothing at first, and so is owed to the student.
    """
    credit.use(session, booking, payment, now)
    source = AccountKind.REFUNDS if with_owed_money else AccountKind.CUSTOMER_CLEARING
    surplus = payments.credit_surplus(session, payment, source=source, now=now)
    split = split_price(booking.price_kobo, rules.platform_share_percent)
    borne_kobo = fee_shares.borne_kobo(
        payment, share_kobo=split.tutor_kobo, gone_kobo=0, whole_kobo=booking.price_kobo
    )
    sale = Sale(
        booking_id=booking.id,
        tutor_id=booking.tutor_id,
        student_id=payment.student_id,
        ends_at=booking.ends_at,
        payment_id=payment.id,
        reference=payment.reference,
        price_kobo=booking.price_kobo,
        paid_kobo=(payment.paid_kobo or 0) - surplus,
        fees_kobo=payment.fees_kobo or 0,
        credit_kobo=payment.credit_kobo,
        promised_before=pending_transfers.count_of(session, PendingKind.EARNING, booking.id),
        borne_kobo=borne_kobo,
    )
    write(session, rules, sale, now, with_owed_money=with_owed_money)
    fee_shares.book(
        session,
        payment,
        booking,
        ((AccountKind.TUTOR_ESCROW, -borne_kobo),),
        key=f"fee-{payment.reference}",
        now=now,
    )


def write(
    session: Session, rules: SettlementRules, sale: Sale, now: datetime, *, with_owed_money: bool = False
) -> None:
    """Write a sale into the ledger and promise the tutor's share.

    Args:
        session: Of a writing transaction that has the turns of both people.
        rules: The platform's share.
        sale: What was sold; its credit part is spent.
        now: The present moment.
        with_owed_money: Whether the money had bought nothing at first, and so is owed to the student.
    """
    split = split_price(sale.price_kobo, rules.platform_share_percent)
    ledger.post(
        session,
        ledger_lines.sale_lines(
            paid_kobo=sale.paid_kobo,
            price_kobo=sale.price_kobo,
            fee_kobo=0 if with_owed_money else sale.fees_kobo,
            split=split,
            tutor_id=sale.tutor_id,
            credit_kobo=sale.credit_kobo,
            owed_to=sale.student_id if with_owed_money else None,
        ),
        idempotency_key=f"sale-{sale.reference}",
        kind="rebooked" if with_owed_money else "sale",
        now=now,
        session_id=sale.booking_id,
        payment_id=sale.payment_id,
    )
    share_kobo = split.tutor_kobo - sale.borne_kobo
    if share_kobo > 0:
        earnings.promise(
            session,
            booking_id=sale.booking_id,
            tutor_id=sale.tutor_id,
            due_at=sale.ends_at,
            share_kobo=share_kobo,
            payment_id=sale.payment_id,
            promised_before=sale.promised_before,
            now=now,
        )
