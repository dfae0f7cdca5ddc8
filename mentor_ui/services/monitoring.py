"""How much money and work stands still, in numbers without anybody's name."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, text
from sqlmodel import Session, col, select

from mentor_ui.models import (
    Incident,
    MentorshipSession,
    OutgoingMessage,
    Payment,
    PaymentState,
    Payout,
    ProviderEvent,
    Refund,
)
from mentor_ui.models.incidents import OPEN_INCIDENT
from mentor_ui.models.payments import REFUND_UNDER_WAY
from mentor_ui.models.payouts import UNFINISHED_PAYOUT

PATIENCE = timedelta(minutes=15)
"""How long a webhook or a mail may be under way before it counts as stuck."""

PAYOUT_PATIENCE = timedelta(days=1)
REFUND_PATIENCE = timedelta(days=10)
"""Paystack's own word for how long a refund takes at most."""

AWAITING = col(Payment.state) == PaymentState.AWAITING
UNCHOSEN = col(Payment.choice) == ""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Something that should have moved on by now.

    Attributes:
        what: Its kind.
        count: How many.
        kobo: How much money is in them.
    """

    what: str
    count: int
    kobo: int = 0


def stuck(session: Session, now: datetime) -> tuple[Stuck, ...]:
    """Return what stands still, each kind even when there is nothing of it.

    `payment_unasked`: the sweeper did not ask Paystack in time. `payment_unused`: it bought nothing, and the
    time in which its payer can choose is over. The others are called what they are.
    """
    in_money = (
        ("payment_unasked", Payment.amount_kobo, _late(Payment.next_check_at, now - PATIENCE), AWAITING),
        ("payment_unused", Payment.amount_kobo, _late(Payment.choose_by, now - PATIENCE), UNCHOSEN),
        (
            "refund",
            Refund.amount_kobo,
            _late(Refund.created_at, now - REFUND_PATIENCE),
            text(REFUND_UNDER_WAY),
        ),
        (
            "payout",
            Payout.amount_kobo,
            _late(Payout.created_at, now - PAYOUT_PATIENCE),
            text(UNFINISHED_PAYOUT),
        ),
    )
    counted = (
        ("incident", col(Incident.id), text(OPEN_INCIDENT)),
        ("webhook", col(ProviderEvent.id), _unhandled(now)),
        ("mail", col(OutgoingMessage.id), _unsent(now)),
        ("sale_untold", col(MentorshipSession.id), _untold(now)),
    )
    money = (
        Stuck(
            what,
            *session.exec(select(func.count(), func.coalesce(func.sum(kobo), 0)).where(*conditions)).one(),
        )
        for what, kobo, *conditions in in_money
    )
    rest = (
        Stuck(what, session.exec(select(func.count(identifier)).where(condition)).one())
        for what, identifier, condition in counted
    )
    return (*money, *rest)


def _late(moment: datetime | None, before: datetime) -> ColumnElement[bool]:
    return col(moment) < before


def _unhandled(now: datetime) -> ColumnElement[bool]:
    return and_(col(ProviderEvent.handled_at).is_(None), col(ProviderEvent.received_at) < now - PATIENCE)


def _unsent(now: datetime) -> ColumnElement[bool]:
    return and_(col(OutgoingMessage.sent_at).is_(None), col(OutgoingMessage.created_at) < now - PATIENCE)


def _untold(now: datetime) -> ColumnElement[bool]:
    return and_(col(MentorshipSession.news_due), col(MentorshipSession.updated_at) < now - PATIENCE)
