"""What a payout costs, and the most that can be taken out."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentor_ui.domain.payout_fees import PayoutCharges, largest_payout_kobo, payout_fee_kobo

NONE = PayoutCharges()
LAW = PayoutCharges(stamp_duty_kobo=5_000, vat_percent=Decimal("7.5"))


@pytest.mark.parametrize(
    ("amount_kobo", "tariff_kobo", "with_law_kobo"),
    [
        (100_000, 1_000, 1_075),
        (500_000, 1_000, 1_075),
        (500_001, 2_500, 2_688),  # 187.5 kobo of VAT, rounded up
        (999_999, 2_500, 2_688),
        (1_000_000, 2_500, 7_688),
        (5_000_000, 2_500, 7_688),
        (5_000_001, 5_000, 10_375),
    ],
)
def test_the_fee_follows_the_tariff(amount_kobo: int, tariff_kobo: int, with_law_kobo: int) -> None:
    assert payout_fee_kobo(amount_kobo, NONE) == tariff_kobo
    assert payout_fee_kobo(amount_kobo, LAW) == with_law_kobo


@given(st.integers(0, 6_000_000), st.sampled_from([NONE, LAW]))
@example(501_000, NONE)
@example(501_001, NONE)
@example(1_007_687, LAW)
@example(1_007_688, LAW)
@example(5_010_375, LAW)
@example(5_010_376, LAW)
def test_the_largest_payout_fits_and_one_kobo_more_does_not(
    available_kobo: int, charges: PayoutCharges
) -> None:
    most = largest_payout_kobo(available_kobo, charges)
    assert most >= 0
    if most:
        assert most + payout_fee_kobo(most, charges) <= available_kobo
    # The fee steps up at three places only, so a larger amount would fit just above, or right after a step.
    for more in (most + 1, 500_001, 1_000_000, 5_000_001):
        if more > most:
            assert more + payout_fee_kobo(more, charges) > available_kobo


def test_nothing_can_be_taken_from_an_empty_wallet() -> None:
    assert [largest_payout_kobo(kobo, NONE) for kobo in (-5_000, 0, 1_000, 1_001)] == [0, 0, 0, 1]
