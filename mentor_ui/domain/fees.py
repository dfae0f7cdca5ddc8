"""Who bears Paystack's fee, and what a price therefore means for student, platform and tutor.

Paystack's fee is an estimate here (`money.paystack_fee`); what is booked is always the fee that Paystack
reports.
"""

from dataclasses import dataclass
from enum import StrEnum

from mentor_ui.domain.money import paystack_fee, split_price

FLAT_FROM_KOBO = 250_000
"""From this charge on Paystack adds its flat ₦100."""

FLAT_KOBO = 10_000
CAP_KOBO = 200_000


class FeeBearer(StrEnum):
    """Whose cost Paystack's fee is."""

    PLATFORM = "platform"
    TUTOR = "tutor"
    STUDENT = "student"


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """What was agreed on about Paystack's fee when a payment began.

    Attributes:
        sale: Whose cost it is when a session is sold.
        refund: Whose cost it is when a session is given back: Paystack keeps it. When it is the student's,
            that much less goes back.
    """

    sale: FeeBearer = FeeBearer.PLATFORM
    refund: FeeBearer = FeeBearer.PLATFORM


USUAL_TERMS = FeeTerms()


@dataclass(frozen=True, slots=True)
class PriceParts:
    """What becomes of one price, in kobo: what the student pays is what the three others get together."""

    student_kobo: int
    fee_kobo: int
    platform_kobo: int
    tutor_kobo: int


def charge_for(net_kobo: int) -> int:
    """Return the smallest charge of which, after Paystack's fee, `net_kobo` are left.

    Paystack's published tariff, turned around: g = ⌈net / 0.985⌉ below ₦2,500, with the flat ₦100 above it,
    and never more than ₦2,000 of fee. The rounding up of the fee can ask for a kobo more or less, which is
    tried.

    Args:
        net_kobo: What is to be left; at least 0.
    """
    charge = -(-net_kobo * 1000 // 985)
    if charge >= FLAT_FROM_KOBO:
        charge = -(-(net_kobo + FLAT_KOBO) * 1000 // 985)
    charge = min(charge, net_kobo + CAP_KOBO)
    while charge - paystack_fee(charge) < net_kobo:
        charge += 1
    while charge > 0 and charge - 1 - paystack_fee(charge - 1) >= net_kobo:
        charge -= 1
    return charge


def asked_kobo(price_kobo: int, bearer: FeeBearer) -> int:
    """Return what Paystack is asked to take for a price."""
    return charge_for(price_kobo) if bearer == FeeBearer.STUDENT else price_kobo


def price_parts(price_kobo: int, platform_share_percent: int, bearer: FeeBearer) -> PriceParts:
    """Say what becomes of a price when it is paid by a local card.

    Args:
        price_kobo: What the tutor asks for.
        platform_share_percent: 0 to 100.
        bearer: Whose cost the fee is.
    """
    split = split_price(price_kobo, platform_share_percent)
    student_kobo = asked_kobo(price_kobo, bearer)
    fee_kobo = paystack_fee(student_kobo)
    borne_kobo = min(fee_kobo, split.tutor_kobo) if bearer == FeeBearer.TUTOR else 0
    tutor_kobo = split.tutor_kobo - borne_kobo
    return PriceParts(
        student_kobo=student_kobo,
        fee_kobo=fee_kobo,
        platform_kobo=student_kobo - fee_kobo - tutor_kobo,
        tutor_kobo=tutor_kobo,
    )


def fee_of_part(*, fee_kobo: int, part_kobo: int, whole_kobo: int) -> int:
    """Return the share of a fee that falls on a part of what it was taken from, rounded up to the kobo."""
    return -(-fee_kobo * part_kobo // whole_kobo)
