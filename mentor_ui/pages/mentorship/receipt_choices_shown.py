"""What the payer of money that bought nothing can choose, put into words."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlmodel import Session

from mentor_ui.domain.fees import FeeBearer, asked_kobo
from mentor_ui.domain.free_weeks import nearest
from mentor_ui.domain.local_time import moment_in_words, near_start, near_start_within
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.models import Choice, MentorshipSession
from mentor_ui.services import credit, unspent_money
from mentor_ui.services.availability import CannotFindOut
from mentor_ui.services.receipts import Receipt, ReceiptState
from mentor_ui.settings import get_settings

FEW_TIMES = 6
MANY_TIMES = 24


@dataclass(frozen=True)
class TimeToTake:
    """A time to choose: its start in ISO 8601, the words on its button, and those within a sentence."""

    start: str = ""
    label: str = ""
    within: str = ""


@dataclass(frozen=True)
class ChoicesShown:
    """What can be done with the money; `amount` is empty when there is nothing to choose.

    Attributes:
        until: Until when, in the viewer's zone.
        mine: Whether the viewer is the payer, who alone can choose.
        signed_in: Whether the viewer is anybody.
        sign_in: Where a visitor signs in and comes back from.
        times: Starts of the same session near the one that was paid for.
        many: Whether more of them are shown than at first.
        more: Whether there are more than are shown.
        unknown: A calendar of the tutor's cannot be read, so nobody knows what is free.
        another_time: Whether another time can be chosen at all.
        missing: What is missing of the price and can be paid, or empty.
        missing_kobo: The same; 0 when the money is enough.
        credit_part_kobo: What of the price the money pays.
        left: What would be left as credit after booking with it, or empty.
        returnable: Whether it became credit and can still be sent back.
    """

    amount: str = ""
    until: str = ""
    mine: bool = False
    signed_in: bool = False
    sign_in: str = ""
    times: tuple[TimeToTake, ...] = ()
    many: bool = False
    more: bool = False
    unknown: bool = False
    another_time: bool = False
    top_up: bool = False
    missing: str = ""
    missing_kobo: int = 0
    credit_part_kobo: int = 0
    left: str = ""
    returnable: bool = False


def read_choices(
    session: Session, actor: Actor | None, receipt: Receipt, now: datetime, *, many: bool = False
) -> ChoicesShown:
    """Return what can be chosen about a receipt's money, as this viewer sees it.

    Args:
        session: For reading.
        actor: The viewer; None for a visitor.
        receipt: What is known.
        now: The present moment.
        many: Whether to show more times than the nearest few.
    """
    mine = actor is not None and actor.person_id == receipt.student_id
    open_now = receipt.state in {ReceiptState.CHOOSE, ReceiptState.TOPPING_UP}
    if not open_now and not (mine and receipt.standing.returnable):
        return ChoicesShown()
    booking = session.get_one(MentorshipSession, receipt.booking_id)
    zone = actor.timezone if actor else receipt.tutor_zone
    choices = receipt.standing.choices
    times: tuple[datetime, ...] = ()
    unknown = False
    if mine and Choice.ANOTHER_TIME in choices:
        try:
            times = unspent_money.other_times(session, booking, now)
        except CannotFindOut:
            unknown = True
    usable_kobo = credit.usable_kobo(session, booking) + (
        receipt.amount_kobo if receipt.state == ReceiptState.CHOOSE else 0
    )
    bearer = FeeBearer(get_settings().fee_bearer)
    parts = unspent_money.top_up_parts(receipt.price_kobo, receipt.amount_kobo, usable_kobo, Way.CARD)
    left_kobo = receipt.amount_kobo - parts.credit_kobo
    shown_times = nearest(times, receipt.starts_at, MANY_TIMES if many else FEW_TIMES)
    return ChoicesShown(
        amount=show_naira(receipt.amount_kobo),
        until=moment_in_words(receipt.choose_by, zone) if receipt.choose_by else "",
        mine=mine,
        signed_in=actor is not None,
        sign_in=f"/login?next={quote(receipt_path(receipt.reference), safe='')}",
        times=tuple(
            TimeToTake(start.isoformat(), near_start(start, zone, now), near_start_within(start, zone, now))
            for start in shown_times
        ),
        many=many,
        more=len(times) > len(shown_times),
        unknown=unknown,
        another_time=Choice.ANOTHER_TIME in choices,
        top_up=Choice.TOP_UP in choices or receipt.state == ReceiptState.TOPPING_UP,
        missing=show_naira(asked_kobo(parts.rest_kobo, bearer)) if parts.rest_kobo else "",
        missing_kobo=parts.rest_kobo,
        credit_part_kobo=parts.credit_kobo,
        left=show_naira(left_kobo) if left_kobo > 0 else "",
        returnable=receipt.standing.returnable,
    )
