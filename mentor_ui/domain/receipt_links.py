"""Where the receipt of a payment is."""

RECEIPTS = "/mentorship/verify-payment"
"""The page; Paystack adds the reference itself when it sends a payer back."""


def receipt_path(reference: str) -> str:
    """Return the path of a payment's receipt, which needs no sign-in.

    Args:
        reference: Ours or Paystack's name of the payment: letters, digits, `-`, `.` and `=` alone. In a page
            it may be a Var of a State.
    """
    return f"{RECEIPTS}?reference={reference}"
