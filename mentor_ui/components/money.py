"""Prices. Components take them formatted (`domain/money.py`), so that no rounding happens in a browser."""

from typing import Literal

import reflex as rx

from mentor_ui.components.values import Text

SIZES = {"sm": "text-base", "md": "text-[1.1875rem]", "lg": "text-2xl"}


def price(amount: Text, *, size: Literal["sm", "md", "lg"] = "md") -> rx.Component:
    """Show an amount of money, in the system font with figures of one width.

    Args:
        amount: Formatted, such as "₦5,000".
        size: In a row, on a card, as a total.

    Returns:
        A `span` element.
    """
    return rx.el.span(amount, class_name=f"price {SIZES[size]}")
