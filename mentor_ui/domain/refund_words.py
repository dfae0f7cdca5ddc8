"""How money goes back, in the same words wherever a payer reads of it."""

from mentor_ui.domain.money import show_naira

BANKS_TAKE = "Banks take 3 to 10 working days."
THE_WAY_IT_CAME = "the way it came"
"""Follows "goes back" or "went back": to the card or the account that it was paid from."""


def fee_left_out(kobo: int) -> str:
    """Return why less goes back where Paystack's fee is the payer's cost."""
    return f"Paystack keeps its fee, so {show_naira(kobo)} of it is left out of that."
