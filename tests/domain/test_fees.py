"""Who bears Paystack's fee: the charge that leaves a price, and the parts of a price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain.fees import FeeBearer, charge_for, fee_of_part, price_parts
from mentor_ui.domain.money import MAXIMUM_PRICE_KOBO, MINIMUM_PRICE_KOBO, paystack_fee, split_price

prices = st.one_of(
    st.integers(MINIMUM_PRICE_KOBO, MAXIMUM_PRICE_KOBO),
    # Around the step of the flat fee, and around its cap.
    st.integers(236_000, 261_000),
    st.integers(12_460_000, 12_470_000),
)


@given(prices)
def test_the_charge_leaves_the_price_and_is_the_smallest_that_does(price_kobo: int) -> None:
    charge = charge_for(price_kobo)
    assert charge - paystack_fee(charge) >= price_kobo
    smaller = charge - 1
    assert smaller - paystack_fee(smaller) < price_kobo


@pytest.mark.parametrize(
    ("net_kobo", "charge_kobo"),
    [(246_249, 249_999), (246_250, 260_153), (500_000, 517_767), (12_466_666, 12_666_666), (50_000, 50_762)],
)
def test_the_step_and_the_cap(net_kobo: int, charge_kobo: int) -> None:
    assert charge_for(net_kobo) == charge_kobo


@given(prices, st.integers(0, 100), st.sampled_from(FeeBearer))
def test_the_parts_are_the_whole(price_kobo: int, percent: int, bearer: FeeBearer) -> None:
    parts = price_parts(price_kobo, percent, bearer)
    assert parts.student_kobo == parts.fee_kobo + parts.platform_kobo + parts.tutor_kobo
    split = split_price(price_kobo, percent)
    match bearer:
        case FeeBearer.PLATFORM:
            assert (parts.student_kobo, parts.tutor_kobo) == (price_kobo, split.tutor_kobo)
        case FeeBearer.TUTOR:
            # A fee above the tutor's share is the platform's as far as that.
            above_kobo = max(0, parts.fee_kobo - split.tutor_kobo)
            assert parts.student_kobo == price_kobo
            assert parts.platform_kobo == split.platform_kobo - above_kobo
        case FeeBearer.STUDENT:
            assert parts.tutor_kobo == split.tutor_kobo
            # Where the fee has its step, no charge leaves exactly the price.
            assert split.platform_kobo <= parts.platform_kobo <= split.platform_kobo + 10_000


@given(st.integers(0, 200_000), st.integers(1, 1_000_000), st.data())
def test_the_fee_of_all_parts_is_the_fee(fee_kobo: int, whole_kobo: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole_kobo))
    share = fee_of_part(fee_kobo=fee_kobo, part_kobo=part, whole_kobo=whole_kobo)
    assert 0 <= share <= fee_kobo
    assert fee_of_part(fee_kobo=fee_kobo, part_kobo=whole_kobo, whole_kobo=whole_kobo) == fee_kobo
