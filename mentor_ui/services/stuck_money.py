"""Money that has waited too long, or waits for an operator: each with what it is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from mentor_ui.domain.roles import Actor
from mentor_ui.models import Payment, PaymentState, Payout, Refund, RefundState
from mentor_ui.models.payouts import PayoutState
from mentor_ui.services import audit
from mentor_ui.services.money_subjects import Subject, subjects

AWAITING_LONG = timedelta(hours=1)
REFUND_LONG = timedelta(days=5)
PAYOUT_LONG = timedelta(hours=24)
MOST_OF_A_KIND = 25

_UNDER_WAY = (PayoutState.REQUESTED, PayoutState.PENDING, PayoutState.UNKNOWN)


class Why(StrEnum):
    """Why something counts as stuck, the most pressing first.

    `CODE_WANTED`: Paystack waits half an hour for the code that confirms a payout. `CHOICE_OVER`: its payer
    said nothing in time and it has not gone back. `PAYMENT_AWAITED`: for more than an hour, and still asked
    about. `REFUND_LATE`: not arrived for more than five days. `PAYOUT_LATE`: for more than a day.
    """

    CODE_WANTED = "code_wanted"
    CHOICE_OVER = "choice_over"
    PAYOUT_LATE = "payout_late"
    REFUND_LATE = "refund_late"
    PAYMENT_AWAITED = "payment_awaited"


@dataclass(frozen=True, slots=True)
class StuckThing:
    """Something that waits too long."""

    why: Why
    subject: Subject


def stuck(session: Session, actor: Actor, now: datetime) -> tuple[StuckThing, ...]:
    """Return what is stuck, the most pressing kind first, within a kind the longest waiting first.

    At most `MOST_OF_A_KIND` of each: what is behind them moves up as they are dealt with.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    audit.check_operator(actor)
    whys = {found: why for why in Why for found in _ids(session, why, now)}
    about = subjects(session, whys.keys())
    return tuple(StuckThing(why, about[found]) for found, why in whys.items() if found in about)


def _ids(session: Session, why: Why, now: datetime) -> Iterable[int]:
    conditions: tuple[ColumnElement[bool], ...]
    match why:
        case Why.CODE_WANTED:
            table, conditions = Payout, (col(Payout.state) == PayoutState.OTP,)
        case Why.PAYOUT_LATE:
            table = Payout
            conditions = (col(Payout.state).in_(_UNDER_WAY), col(Payout.created_at) < now - PAYOUT_LONG)
        case Why.CHOICE_OVER:
            table = Payment
            conditions = (col(Payment.choose_by) < now, col(Payment.choice) == "")
        case Why.PAYMENT_AWAITED:
            table = Payment
            conditions = (
                col(Payment.state) == PaymentState.AWAITING,
                col(Payment.next_check_at).is_not(None),
                col(Payment.created_at) < now - AWAITING_LONG,
            )
        case Why.REFUND_LATE:
            table = Refund
            conditions = (
                col(Refund.state) != RefundState.PROCESSED,
                col(Refund.created_at) < now - REFUND_LONG,
            )
    oldest = select(table.id).where(*conditions).order_by(col(table.created_at), col(table.id))
    return session.exec(oldest.limit(MOST_OF_A_KIND)).all()
