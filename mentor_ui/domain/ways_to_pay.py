"""The ways of paying, and how long a time is held for each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Way(StrEnum):
    """What the payer chose at the checkout."""

    CARD = "card"
    TRANSFER = "transfer"


HOLD_MINUTES = 12
"""For a card or USSD: time to find the card and to type a one-time code, twice if the first try fails."""

TRANSFER_ACCOUNT_MINUTES = 30
"""What Paystack's page gives a payer to send the money to the account that it shows."""

TRANSFER_GRACE_MINUTES = 15
"""Money sent in the last minute takes so long between two banks, and Paystack's word of it to us."""

TRANSFER_HOLD = timedelta(minutes=TRANSFER_ACCOUNT_MINUTES + TRANSFER_GRACE_MINUTES)

CHANNELS: dict[Way, tuple[str, ...]] = {Way.CARD: ("card", "ussd"), Way.TRANSFER: ("bank_transfer",)}
"""What Paystack's page may offer: a transfer takes longer than a hold for a card lasts."""


def transfer_held_until(
    *, now: datetime, first_chosen_at: datetime, account_expires_at: datetime | None, starts_at: datetime
) -> datetime:
    """Return until when a time is held whose payer goes to the page for a bank transfer.

    Args:
        now: The present moment.
        first_chosen_at: When a transfer was chosen first for this booking: a second try gets its full time,
            further ones do not hold the time for ever.
        account_expires_at: Until when the account takes money, if Paystack said so.
        starts_at: Of the session.
    """
    account_until = account_expires_at or now + timedelta(minutes=TRANSFER_ACCOUNT_MINUTES)
    until = account_until + timedelta(minutes=TRANSFER_GRACE_MINUTES)
    return min(until, first_chosen_at + 2 * TRANSFER_HOLD, starts_at)


LEAST_KOBO = {Way.CARD: 5_000, Way.TRANSFER: 10_000}
"""Paystack takes no less than this: ₦50, and ₦100 by bank transfer."""


@dataclass(frozen=True, slots=True)
class Parts:
    """How a price is paid, in kobo: a part with the student's credit, the rest at Paystack."""

    credit_kobo: int
    rest_kobo: int


def parts_of(price_kobo: int, credit_kobo: int, way: Way) -> Parts:
    """Return how much of a student's credit can pay for something, and what is left to pay.

    All of it where the credit is enough; else so much that Paystack takes the rest.

    Args:
        price_kobo: What has to be paid.
        credit_kobo: What the student could use.
        way: How the rest is paid.
    """
    if credit_kobo >= price_kobo:
        return Parts(price_kobo, 0)
    rest_kobo = min(price_kobo, max(price_kobo - credit_kobo, LEAST_KOBO[way]))
    return Parts(price_kobo - rest_kobo, rest_kobo)


def parse_way(text: object) -> Way | None:
    """Return the way of paying with this name, or None."""
    return Way(text) if text in tuple(Way) else None
