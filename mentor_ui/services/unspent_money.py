"""Money that came and bought nothing: owed to its payer, who says what is to become of it.

It is owed from the moment it is noticed. Naira that came too late, or in the wrong amount, wait
`CHOOSE_WITHIN` for the payer's word: another time, the rest of the price, credit, or back to the bank.
Without a word they go back. Money in another currency, and money for what was paid already, go back at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text, update
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, NotFound
from mentor_ui.domain.refund_words import THE_WAY_IT_CAME
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import BookingMode, Mover, PaymentStatus, SessionStatus
from mentor_ui.domain.ways_to_pay import HOLD_MINUTES, Parts, Way, parts_of
from mentor_ui.models import AccountKind, Choice, MentorshipSession, Payment, PaymentState
from mentor_ui.models.payments import RETURNED_STATES, UNCHOSEN
from mentor_ui.services import (
    availability,
    changes,
    claims,
    credit,
    ledger,
    ledger_lines,
    moves,
    refunds,
    sales,
    unspent_news,
)
from mentor_ui.services.sales import SettlementRules
from mentor_ui.services.turns import take_turns

CHOOSE_WITHIN = timedelta(hours=48)
"""How long a payer can say what is to become of money that bought nothing."""

CHANGEABLE = frozenset({Choice.CREDIT, Choice.TOP_UP})
"""What a payer chose and can still change to a refund, as long as the credit is there."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What can be done with one payment's money at this moment.

    Attributes:
        choices: What the payer can choose.
        missing_kobo: What is missing of the price; below zero when there is more than that.
        returnable: Whether the money became credit and can still go back to the bank.
    """

    choices: frozenset[Choice]
    missing_kobo: int
    returnable: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Money of a student's that waits for a choice, in kobo."""

    reference: str
    amount_kobo: int
    choose_by: datetime


def waiting(session: Session, actor: Actor, now: datetime) -> tuple[Waiting, ...]:
    """Return the actor's money that waits for a choice, the most pressing first."""
    found = session.exec(
        select(Payment)
        .where(
            Payment.student_id == actor.person_id,
            Payment.choice == "",
            col(Payment.choose_by) > now,
        )
        .order_by(col(Payment.choose_by))
    )
    return tuple(Waiting(one.reference, one.paid_kobo or 0, one.choose_by) for one in found if one.choose_by)


def owe(
    session: Session,
    rules: SettlementRules,
    payment: Payment,
    booking: MentorshipSession,
    now: datetime,
) -> None:
    """Write down that a payment bought nothing and tell its payer; some of it goes back without asking.

    Args:
        session: Of a writing transaction that won the payment and has the turns of both people.
        rules: For the links in mails.
        payment: `PAID_LATE`, `MISMATCH` or `DUPLICATE`.
        booking: What it was meant for.
        now: The present moment.
    """
    write_down(session, payment, now)
    in_naira = payment.paid_currency == payment.currency
    if in_naira and payment.state != PaymentState.DUPLICATE:
        payment.choose_by = now + CHOOSE_WITHIN
        session.add(payment)
        unspent_news.tell_to_choose(session, rules.public_url, payment, booking)
    else:
        _refund(session, rules.public_url, payment, booking, now)


def write_down(session: Session, payment: Payment, now: datetime) -> None:
    """Book money that bought nothing as owed to its payer, and put it before the operators, if it is odd.

    Money in another currency stays out of the ledger, which is in naira.

    Args:
        session: Of a writing transaction that won the payment.
        payment: `PAID_LATE`, `MISMATCH` or `DUPLICATE`; for a session or a package.
        now: The present moment.
    """
    if payment.paid_currency == payment.currency:
        ledger.post(
            session,
            ledger_lines.owed_back_lines(
                paid_kobo=payment.paid_kobo or 0,
                fee_kobo=payment.fees_kobo or 0,
                student_id=payment.student_id,
            ),
            idempotency_key=f"owed-back-{payment.reference}",
            kind="owed_back",
            now=now,
            session_id=payment.session_id,
            payment_id=payment.id,
            purchase_id=payment.purchase_id,
        )
    unspent_news.raise_incidents(session, payment, now)


def _refund(
    session: Session, public_url: str, payment: Payment, booking: MentorshipSession, now: datetime
) -> None:
    reason = unspent_news.reason_of(payment, booking)
    refunds.owe(session, payment, amount_kobo=payment.paid_kobo or 0, reason=reason, now=now)
    unsold = payment.state != PaymentState.DUPLICATE and not refunds.is_bought(session, booking.id)
    if unsold and booking.status != SessionStatus.HELD:
        booking.payment_status = PaymentStatus.REFUNDING
        session.add(booking)
    unspent_news.tell_on_its_way(session, public_url, payment, title=booking.title, reason=reason)


def standing(session: Session, payment: Payment, booking: MentorshipSession, now: datetime) -> Standing:
    """Return what can be done with a payment's money; nothing with what bought a session.

    Args:
        session: Any.
        payment: As it stands.
        booking: What it was meant for.
        now: The present moment.
    """
    paid_kobo = payment.paid_kobo or 0
    missing_kobo = booking.price_kobo - paid_kobo
    if payment.state not in RETURNED_STATES or payment.choose_by is None:
        return Standing(frozenset(), missing_kobo, returnable=False)
    disputed = refunds.is_disputed(session, payment.id)
    if payment.choice or payment.choose_by <= now:
        is_there = (
            payment.choice in CHANGEABLE
            and not disputed
            and credit.left_of_payment_kobo(session, payment.student_id, payment.id) >= paid_kobo
        )
        return Standing(frozenset(), missing_kobo, returnable=is_there)
    if disputed:
        # What the bank may take is not given in any other way.
        return Standing(frozenset({Choice.REFUND}), missing_kobo, returnable=False)
    choices = {Choice.CREDIT, Choice.REFUND}
    covered = paid_kobo >= payment.amount_kobo and credit.usable_kobo(session, booking) >= payment.credit_kobo
    if payment.state == PaymentState.PAID_LATE and covered:
        if _can_have_another_time(session, booking):
            choices.add(Choice.ANOTHER_TIME)
    elif _can_have_its_time(session, booking, now):
        choices.add(Choice.TOP_UP)
    return Standing(frozenset(choices), missing_kobo, returnable=False)


def _can_have_another_time(session: Session, booking: MentorshipSession) -> bool:
    """Where the tutor answers first, a time is asked for; and what is no longer offered has none."""
    if booking.status != SessionStatus.EXPIRED or booking.booking_mode == BookingMode.REQUEST:
        return False
    offering = session.get(MentorshipSession, booking.offering_id) if booking.offering_id else None
    return offering is not None and offering.published and offering.booking_mode != BookingMode.REQUEST


def _can_have_its_time(session: Session, booking: MentorshipSession, now: datetime) -> bool:
    if booking.status == SessionStatus.HELD and booking.hold_expires_at and booking.hold_expires_at > now:
        return True
    return (
        booking.status in {SessionStatus.HELD, SessionStatus.EXPIRED}
        and booking.starts_at is not None
        and booking.starts_at > now
        and not claims.is_taken(session, booking, now)
        and availability.still_fits(session, booking, now)
    )


def other_times(session: Session, booking: MentorshipSession, now: datetime) -> tuple[datetime, ...]:
    """Return the starts at which the same session could be, at the price that was paid, aware UTC.

    Raises:
        CannotFindOut: A calendar of the tutor's cannot be read.
    """
    return availability.free_times(
        session, changes.terms_of(session, booking), viewer_id=booking.student_id, now=now
    )


def top_up_parts(price_kobo: int, paid_kobo: int, usable_kobo: int, way: Way) -> Parts:
    """Return how much of a price money that bought nothing pays, and what is left to pay at Paystack.

    Args:
        price_kobo: Of the session.
        paid_kobo: What came; other credit of the student's is left alone.
        usable_kobo: What of the student's credit can be used for the session, with this money.
        way: How the rest is paid.
    """
    return parts_of(price_kobo, min(paid_kobo, usable_kobo), way)


def choose(
    session: Session,
    rules: SettlementRules,
    actor: Actor,
    *,
    reference: str,
    choice: Choice,
    starts_at: datetime | None = None,
    now: datetime,
) -> MentorshipSession:
    """Do with a payment's money what its payer says, once.

    Saying the same again changes nothing. After credit, a refund can still be chosen while it is unspent.

    Args:
        session: Of a writing transaction.
        rules: Shares, and the links in mails.
        actor: The payer.
        reference: Of a payment that bought nothing.
        choice: What is to become of its money.
        starts_at: Aware start; with `ANOTHER_TIME`.
        now: The present moment.

    Returns:
        The booking that the money was meant for, as it stands afterwards.

    Raises:
        NotFound: `payment_not_found`: there is none, or it is not the actor's.
        Conflict: `nothing_to_choose`, `already_chosen`, `choice_over`, `choice_gone`, `time_passed`,
            `time_not_open`, `time_taken`.
        CannotFindOut: A calendar of the tutor's cannot be read.
    """
    payment, booking = _of_payer(session, actor, reference)
    if payment.choice == choice and starts_at in (None, booking.starts_at):
        return booking
    _check(session, payment, booking, choice, now)
    if payment.choice:
        _take_credit_back(session, payment, now)
    if not _mark(session, payment, choice):
        raise _already(payment)
    match choice:
        case Choice.REFUND:
            _refund(session, rules.public_url, payment, booking, now)
        case Choice.CREDIT:
            _make_credit(session, payment, now)
        case Choice.ANOTHER_TIME:
            _give_other_time(session, payment, booking, starts_at, now)
            sales.record(session, rules, payment, booking, now, with_owed_money=True)
        case Choice.TOP_UP:
            _make_credit(session, payment, now)
            _hold(session, booking, now)
    return booking


def _check(
    session: Session, payment: Payment, booking: MentorshipSession, choice: Choice, now: datetime
) -> None:
    """Refuse what cannot be chosen now, and say what has become of the money."""
    stands = standing(session, payment, booking, now)
    if payment.choose_by is None:
        raise Conflict("There is nothing to choose about this payment.", code="nothing_to_choose")
    if payment.choice:
        if choice != Choice.REFUND or not stands.returnable:
            raise _already(payment)
    elif payment.choose_by <= now:
        raise Conflict(
            f"The time to choose is over, and the money goes back to you {THE_WAY_IT_CAME}.",
            code="choice_over",
        )
    elif choice not in stands.choices:
        raise Conflict(
            "This can no longer be done with the money. Nothing was changed. Look at what is left to choose.",
            code="choice_gone",
        )


def _already(payment: Payment) -> Conflict:
    return Conflict(unspent_news.chosen_already(payment), code="already_chosen")


def _of_payer(session: Session, actor: Actor, reference: str) -> tuple[Payment, MentorshipSession]:
    payment = session.exec(select(Payment).where(Payment.reference == reference)).first()
    if payment is None or payment.student_id != actor.person_id or payment.session_id is None:
        raise NotFound("We cannot find this payment among yours.", code="payment_not_found")
    take_turns(session, (payment.tutor_id, payment.student_id))
    session.refresh(payment, with_for_update=True)
    booking = session.get_one(MentorshipSession, payment.session_id, populate_existing=True)
    return payment, booking


def _mark(session: Session, payment: Payment, choice: Choice) -> bool:
    """Set the choice unless another one was made since it was looked at."""
    won = session.connection().execute(
        update(Payment)
        .where(col(Payment.id) == payment.id, col(Payment.choice) == payment.choice)
        .values(choice=choice)
    )
    session.refresh(payment)
    return won.rowcount == 1


def _make_credit(session: Session, payment: Payment, now: datetime) -> None:
    ledger.post(
        session,
        ledger_lines.credited_lines(
            amount_kobo=payment.paid_kobo or 0, student_id=payment.student_id, source=AccountKind.REFUNDS
        ),
        idempotency_key=f"credited-{payment.reference}",
        kind="credited",
        now=now,
        session_id=payment.session_id,
        payment_id=payment.id,
    )


def _take_credit_back(session: Session, payment: Payment, now: datetime) -> None:
    ledger.post(
        session,
        ledger_lines.uncredited_lines(amount_kobo=payment.paid_kobo or 0, student_id=payment.student_id),
        idempotency_key=f"uncredited-{payment.reference}",
        kind="uncredited",
        now=now,
        session_id=payment.session_id,
        payment_id=payment.id,
    )


def _give_other_time(
    session: Session, payment: Payment, booking: MentorshipSession, starts_at: datetime | None, now: datetime
) -> None:
    """Give the booking another time, at the terms that were paid for."""
    if starts_at is None or starts_at <= now:
        raise Conflict("This time has passed. Please choose a later one.", code="time_passed")
    terms = changes.terms_of(session, booking)
    if not availability.is_open(session, terms, starts_at=starts_at, now=now):
        raise Conflict(
            "The tutor cannot be booked at this time. Please choose one of the free times.",
            code="time_not_open",
        )
    booking.starts_at, booking.ends_at = starts_at, starts_at + timedelta(minutes=booking.duration)
    moves.move(session, booking, SessionStatus.SCHEDULED, by=Mover.PAYMENT, now=now)
    booking.payment_status, booking.hold_expires_at = PaymentStatus.PAID, None
    booking.news_due = booking.room_due = True
    session.flush()
    claims.claim(session, booking, now)
    availability.refresh_next_free(session, booking.tutor_id, now)
    payment.state = PaymentState.PAID
    session.add(payment)
    session.flush()


def _hold(session: Session, booking: MentorshipSession, now: datetime) -> None:
    """Hold the booking's time while the rest is paid, at least as long as any other."""
    until = now + timedelta(minutes=HOLD_MINUTES)
    if booking.status == SessionStatus.HELD and booking.hold_expires_at and booking.hold_expires_at > now:
        booking.hold_expires_at = max(booking.hold_expires_at, until)
    else:
        claims.lapse(session, booking.id, now)
        session.refresh(booking)
        moves.move(session, booking, SessionStatus.HELD, by=Mover.PAYMENT, now=now)
        booking.hold_expires_at, booking.payment_status = until, PaymentStatus.AWAITING
        session.flush()
        claims.claim(session, booking, now)
        availability.refresh_next_free(session, booking.tutor_id, now)
    session.add(booking)
    session.flush()


def overdue(session: Session, now: datetime, limit: int = 50) -> list[str]:
    """Return the references of payments whose payer has not said anything in time."""
    return list(
        session.exec(
            select(Payment.reference)
            .where(col(Payment.choose_by) <= now, text(UNCHOSEN))
            .order_by(col(Payment.choose_by))
            .limit(limit)
        )
    )


def send_back_overdue(session: Session, public_url: str, reference: str, now: datetime) -> bool:
    """Send a payment back whose payer has not said anything in time; return whether it had to be.

    Args:
        session: Of a writing transaction.
        public_url: Base of the links in mails.
        reference: One of `overdue`.
        now: The present moment.
    """
    payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
    take_turns(session, (payment.tutor_id, payment.student_id))
    session.refresh(payment, with_for_update=True)
    if payment.choice or payment.choose_by is None or payment.choose_by > now:
        return False
    if not _mark(session, payment, Choice.REFUND):
        return False
    booking = session.get_one(MentorshipSession, payment.session_id, populate_existing=True)
    _refund(session, public_url, payment, booking, now)
    return True
