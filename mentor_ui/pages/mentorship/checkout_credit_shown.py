"""What of a price the student's credit pays at the checkout, put into words."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mentor_ui.domain.fees import FeeBearer, asked_kobo
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.ways_to_pay import Way, parts_of
from mentor_ui.models import MentorshipSession
from mentor_ui.services import credit, unspent_money


@dataclass(frozen=True)
class CreditShown:
    """A student's credit beside a price; empty words where there is none.

    Attributes:
        has: What the student could use of it for this session.
        uses: What of it pays, when it is used.
        rest: What is left to pay at Paystack then, with its fee where that is added; empty for nothing.
        fee: Paystack's fee, when it is added to the price and no credit is used; empty when it is not.
        rest_fee: The same, when the credit is used.
        total: The price with that fee; empty when none is added.
        kobo: The same as `uses`.
        price_kobo: What the session costs.
        waiting: Money that bought nothing and waits for a choice.
        waiting_reference: Of the payment that brought it.
    """

    has: str = ""
    uses: str = ""
    rest: str = ""
    fee: str = ""
    rest_fee: str = ""
    total: str = ""
    kobo: int = 0
    price_kobo: int = 0
    waiting: str = ""
    waiting_reference: str = ""


def read_credit(
    session: Session,
    actor: Actor,
    *,
    booking_id: int | None,
    price_kobo: int,
    way: Way,
    bearer: FeeBearer,
    now: datetime,
) -> CreditShown:
    """Return what a student's credit pays of a price, and what of Paystack's fee is added.

    Args:
        session: For reading.
        actor: The student.
        booking_id: The hold, whose own kept credit counts too; None before there is one.
        price_kobo: What the session costs.
        way: How the rest is paid.
        bearer: Whose cost Paystack's fee is.
        now: The present moment.
    """
    booking = session.get(MentorshipSession, booking_id) if booking_id else None
    usable_kobo = (
        credit.usable_kobo(session, booking) if booking else credit.free_kobo(session, actor.person_id)
    )
    parts = parts_of(price_kobo, max(usable_kobo, 0), way)
    total_kobo, rest_kobo = asked_kobo(price_kobo, bearer), asked_kobo(parts.rest_kobo, bearer)
    waiting = unspent_money.waiting(session, actor, now)
    return CreditShown(
        has=show_naira(usable_kobo) if parts.credit_kobo else "",
        uses=show_naira(parts.credit_kobo) if parts.credit_kobo else "",
        rest=show_naira(rest_kobo) if rest_kobo else "",
        fee=show_naira(total_kobo - price_kobo) if total_kobo > price_kobo else "",
        rest_fee=show_naira(rest_kobo - parts.rest_kobo) if rest_kobo > parts.rest_kobo else "",
        total=show_naira(total_kobo) if total_kobo > price_kobo else "",
        kobo=parts.credit_kobo,
        price_kobo=price_kobo,
        waiting=show_naira(waiting[0].amount_kobo) if waiting else "",
        waiting_reference=waiting[0].reference if waiting else "",
    )
