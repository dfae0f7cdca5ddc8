"""Which ledger lines belong to what happens to a package.

Sold, all of its price is credited to the package credits of its tutor. Each session that gets a time takes
its part out of them, for the tutor's escrow and the platform, as a session sold singly does. What is given
back to the payer is taken from them whole.
"""

from mentor_ui.domain.money import Split
from mentor_ui.models import AccountKind
from mentor_ui.services.ledger import Line


def sale_lines(
    *, paid_kobo: int, price_kobo: int, fee_kobo: int, tutor_id: int, credit_kobo: int = 0
) -> tuple[Line, ...]:
    """Return the lines of a package sold; Paystack's fee is borne as for a session.

    Args:
        paid_kobo: What was paid at Paystack.
        price_kobo: What was sold.
        fee_kobo: What Paystack kept.
        tutor_id: Who sold it.
        credit_kobo: What the student's credit has put into clearing for it.
    """
    return (
        Line(AccountKind.CUSTOMER_CLEARING, -(paid_kobo - fee_kobo) - credit_kobo),
        Line(AccountKind.PROVIDER_FEES, paid_kobo + credit_kobo - price_kobo - fee_kobo),
        Line(AccountKind.PACKAGE_CREDITS, price_kobo, tutor_id),
    )


def used_lines(*, split: Split, tutor_id: int) -> tuple[Line, ...]:
    """Return the lines of a package's session that gets a time."""
    return (
        Line(AccountKind.PACKAGE_CREDITS, -(split.tutor_kobo + split.platform_kobo), tutor_id),
        Line(AccountKind.TUTOR_ESCROW, split.tutor_kobo, tutor_id),
        Line(AccountKind.PLATFORM_REVENUE, split.platform_kobo),
    )


def returned_use_lines(*, split: Split, share_is_in: AccountKind, tutor_id: int) -> tuple[Line, ...]:
    """Return the lines of a package's session that counts as unused again.

    Args:
        split: As it was used.
        share_is_in: Where the tutor's share is by now, in escrow or in the wallet.
        tutor_id: Whose share it was.
    """
    return (
        Line(share_is_in, -split.tutor_kobo, tutor_id),
        Line(AccountKind.PLATFORM_REVENUE, -split.platform_kobo),
        Line(AccountKind.PACKAGE_CREDITS, split.tutor_kobo + split.platform_kobo, tutor_id),
    )


def rest_lines(
    *,
    left_kobo: int,
    back_kobo: int,
    credit_kobo: int = 0,
    tutor_id: int,
    student_id: int,
    withheld_kobo: int = 0,
) -> tuple[Line, ...]:
    """Return the lines of what is left of a package and owed back to its payer.

    Args:
        left_kobo: In the package credits for it.
        back_kobo: What the payer gets; more than that only when the payer bore the fee and gets back all,
            less only when the payer's bank has taken the money already, at the platform's cost.
        credit_kobo: How much of that becomes credit, since it was paid with credit.
        tutor_id: Whose package it was.
        student_id: The payer.
        withheld_kobo: What of Paystack's fee the payer bears of it.
    """
    over_kobo = left_kobo - withheld_kobo - back_kobo
    return (
        Line(AccountKind.PACKAGE_CREDITS, -left_kobo, tutor_id),
        Line(AccountKind.PROVIDER_FEES, withheld_kobo + min(0, over_kobo)),
        Line(AccountKind.PLATFORM_REVENUE, max(0, over_kobo)),
        Line(AccountKind.REFUNDS, back_kobo - credit_kobo, student_id),
        Line(AccountKind.STUDENT_CREDIT, credit_kobo, student_id),
    )
