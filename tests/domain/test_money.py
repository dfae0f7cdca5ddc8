"""Money: parsing what people type, showing it, splitting it, and Paystack's fee."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.money import (
    MAXIMUM_PRICE_KOBO,
    MINIMUM_PRICE_KOBO,
    naira_number,
    parse_naira,
    paystack_fee,
    price_in_range,
    show_money,
    show_naira,
    split_price,
)

amounts = st.integers(min_value=0, max_value=MAXIMUM_PRICE_KOBO)


@given(amounts, st.integers(min_value=0, max_value=100))
def test_a_split_never_loses_a_kobo(price_kobo: int, share: int) -> None:
    split = split_price(price_kobo, share)
    assert split.tutor_kobo + split.platform_kobo == price_kobo
    assert split.tutor_kobo >= 0
    assert split.platform_kobo >= 0
    assert abs(split.tutor_kobo * 100 - price_kobo * (100 - share)) < 100


def test_the_tutor_gets_seventy_percent_of_five_thousand_naira() -> None:
    assert split_price(500_000, 30).tutor_kobo == 350_000


@given(amounts)
def test_what_is_shown_reads_back_as_the_same_kobo(kobo: int) -> None:
    assert parse_naira(show_naira(kobo)) == kobo
    assert parse_naira(naira_number(kobo)) == kobo


@pytest.mark.parametrize(
    ("typed", "kobo"),
    [("5000", 500_000), ("₦5,000.50", 500_050), (" 5 000 ", 500_000), ("0.01", 1), (12.5, 1_250), (7, 700)],
)
def test_people_write_naira_in_many_ways(typed: object, kobo: int) -> None:
    assert parse_naira(typed) == kobo


@pytest.mark.parametrize(
    "typed", ["", "five", "1.005", "-1", "NaN", "Infinity", "1e400", "₦", None, [1], "0x10", "9" * 30]
)
def test_what_is_no_amount_is_refused_beside_its_field(typed: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_naira(typed)
    assert caught.value.field == "price"


@given(st.text(max_size=40))
def test_no_text_breaks_the_parser(typed: str) -> None:
    with suppress(InvalidInput):
        assert parse_naira(typed) >= 0


@pytest.mark.parametrize("kobo", [MINIMUM_PRICE_KOBO - 1, 0, MAXIMUM_PRICE_KOBO + 1])
def test_prices_have_bounds(kobo: int) -> None:
    with pytest.raises(InvalidInput):
        price_in_range(kobo)


@pytest.mark.parametrize(
    ("amount_kobo", "fee_kobo"),
    [
        # Paystack's own samples, then both sides of the ₦2,500 step and of the ₦2,000 cap.
        (39_100, 587),
        (25_000, 375),
        (249_999, 3_750),
        (250_000, 13_750),
        (12_666_600, 199_999),
        (12_666_667, 200_000),
        (100_000_000, 200_000),
    ],
)
def test_paystacks_fee(amount_kobo: int, fee_kobo: int) -> None:
    assert paystack_fee(amount_kobo) == fee_kobo


def test_naira_and_others_are_shown() -> None:
    assert show_naira(500_000) == "₦5,000"
    assert show_naira(500_050) == "₦5,000.50"
    assert show_money(1_250, "USD") == "USD 12.50"
    assert show_money(500_000, "NGN") == "₦5,000"
