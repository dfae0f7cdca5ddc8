"""Money in integer kobo: parsing, showing, splitting and Paystack's fee.

1 naira = 100 kobo. Nothing here is a float.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import format_currency

from mentor_ui.domain.errors import InvalidInput

KOBO_PER_NAIRA = 100
MINIMUM_PRICE_KOBO = 50_000
MAXIMUM_PRICE_KOBO = 1_000_000_000


def parse_naira(text: object, *, field: str = "price") -> int:
    """Return the kobo in an amount of naira as a person types it (`5000`, `₦5,000.50`).

    Args:
        text: What was typed, or an int, Decimal or float from JSON.
        field: Form field named by the error.

    Raises:
        InvalidInput: Not a number, below zero, or finer than one kobo.
    """
    cleaned = str(text).strip().replace("₦", "").replace(",", "").replace(" ", "").replace("\u00a0", "")
    try:
        naira = Decimal(cleaned)
    except InvalidOperation:
        raise InvalidInput("Write the price as a number, for example 5,000.", field=field) from None
    if not naira.is_finite() or naira < 0 or naira > MAXIMUM_PRICE_KOBO:
        raise InvalidInput("Write the price as a number, for example 5,000.", field=field)
    kobo = naira * KOBO_PER_NAIRA
    if kobo != kobo.to_integral_value():
        raise InvalidInput("A price has at most two decimals.", field=field)
    return int(kobo)


def price_in_range(kobo: int, *, field: str = "price") -> int:
    """Return `kobo` when a session may cost that much.

    Raises:
        InvalidInput: Below ₦500 (Paystack's transfer minimum with room for its fee) or above ₦10,000,000.
    """
    if kobo < MINIMUM_PRICE_KOBO:
        raise InvalidInput(f"The lowest price is {show_naira(MINIMUM_PRICE_KOBO)}.", field=field)
    if kobo > MAXIMUM_PRICE_KOBO:
        raise InvalidInput(f"The highest price is {show_naira(MAXIMUM_PRICE_KOBO)}.", field=field)
    return kobo


@lru_cache(maxsize=4096)
def show_naira(kobo: int) -> str:
    """Return `₦5,000`, or `₦5,000.50` when there are odd kobo."""
    pattern = "¤#,##0" if kobo % KOBO_PER_NAIRA == 0 else "¤#,##0.00"
    return format_currency(
        Decimal(kobo) / KOBO_PER_NAIRA, "NGN", pattern, locale="en_NG", currency_digits=False
    )


def show_money(minor_units: int, currency: str) -> str:
    """Return an amount of any currency; of naira as `show_naira` does, else as `USD 12.50`."""
    if currency == "NGN":
        return show_naira(minor_units)
    return f"{currency} {Decimal(minor_units) / KOBO_PER_NAIRA:,.2f}"


def naira_number(kobo: int) -> int | float:
    """Return naira as a JSON number with at most two decimals."""
    return kobo // KOBO_PER_NAIRA if kobo % KOBO_PER_NAIRA == 0 else float(Decimal(kobo) / KOBO_PER_NAIRA)


@dataclass(frozen=True, slots=True)
class Split:
    """How one price is shared, in kobo; the two parts always add up to the price."""

    tutor_kobo: int
    platform_kobo: int


def split_price(price_kobo: int, platform_share_percent: int) -> Split:
    """Share a price: the tutor's part is rounded down to the kobo, the platform takes the rest.

    Args:
        price_kobo: What the student pays for the session.
        platform_share_percent: 0 to 100.
    """
    tutor_kobo = price_kobo * (100 - platform_share_percent) // 100
    return Split(tutor_kobo=tutor_kobo, platform_kobo=price_kobo - tutor_kobo)


def share_agreed(price_kobo: int, tutor_kobo: int) -> int:
    """Return the platform's percent under which `split_price` gave the tutor `tutor_kobo` of a price.

    From ₦1 on there is exactly one, so that what was sold is shared again as it was then, whatever the
    platform asks today.
    """
    return 100 - -(-100 * tutor_kobo // price_kobo)


def paystack_fee(amount_kobo: int) -> int:
    """Estimate Paystack's fee on a local charge, in kobo.

    1.5 % rounded up to the kobo, plus ₦100 from ₦2,500 on, at most ₦2,000 (Paystack's published NGN tariff).
    The fee that is booked is always the one Paystack reports.
    """
    fee = -(-amount_kobo * 15 // 1000)
    if amount_kobo >= 250_000:
        fee += 10_000
    return min(fee, 200_000)
