"""How money goes back, in the same words wherever a payer reads of it."""

BANKS_TAKE = "Banks take 3 to 10 working days."
THE_WAY_IT_CAME = "the way it came"
"""Follows "goes back" or "went back": to the card or the account that it was paid from."""
