"""What sending money to a bank costs: Paystack's tariff, and the charges that the law may add to it."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

SMALL_KOBO, MIDDLE_KOBO = 500_000, 5_000_000
"""₦5,000 and ₦50,000: up to which the two lower fees of the tariff reach."""

STAMP_DUTY_FROM_KOBO = 1_000_000
"""₦10,000: from which a transfer is stamped (Nigeria Tax Act 2025, in force since 2026-01-01)."""

LEAST_TRANSFER_KOBO = 10_000
"""₦100: the smallest transfer that Paystack makes."""


@dataclass(frozen=True, slots=True)
class PayoutCharges:
    """What is charged beside Paystack's own tariff, where Paystack passes it on.

    Attributes:
        stamp_duty_kobo: On each transfer of ₦10,000 or more.
        vat_percent: On Paystack's fee.
    """

    stamp_duty_kobo: int = 0
    vat_percent: Decimal = Decimal(0)


def transfer_fee_kobo(amount_kobo: int) -> int:
    """Return Paystack's fee on a transfer: ₦10 up to ₦5,000, ₦25 up to ₦50,000, ₦50 above (its NGN tariff).

    Args:
        amount_kobo: What arrives.
    """
    if amount_kobo <= SMALL_KOBO:
        return 1_000
    return 2_500 if amount_kobo <= MIDDLE_KOBO else 5_000


def payout_fee_kobo(amount_kobo: int, charges: PayoutCharges) -> int:
    """Return what is taken from a wallet beside the amount: fee, VAT rounded up to the kobo, stamp duty.

    Args:
        amount_kobo: What arrives.
        charges: What is added to the tariff.
    """
    fee = transfer_fee_kobo(amount_kobo)
    vat = -(-fee * Fraction(charges.vat_percent) // 100)
    duty = charges.stamp_duty_kobo if amount_kobo >= STAMP_DUTY_FROM_KOBO else 0
    return fee + int(vat) + duty


def largest_payout_kobo(available_kobo: int, charges: PayoutCharges) -> int:
    """Return the most that can arrive when amount and fee together come from what is available; at least 0.

    Where the fee steps up, a little may be left over that no larger payout could carry.
    """
    most = 0
    for ceiling in (STAMP_DUTY_FROM_KOBO - 1, SMALL_KOBO, MIDDLE_KOBO, available_kobo):
        # The fee is the same up to each of these, so the best below each is found at once.
        amount = min(ceiling, available_kobo - payout_fee_kobo(min(ceiling, available_kobo), charges))
        if amount > most and amount + payout_fee_kobo(amount, charges) <= available_kobo:
            most = amount
    return most
