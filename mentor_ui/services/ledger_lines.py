"""Which ledger lines each happening has, and therefore who bears what.

For a session sold at P with Paystack's fee F: customer clearing -(P - F), provider fees -F, tutor escrow
+70 % of P, platform revenue +30 % of P. When a part of the price goes back, tutor and platform keep their
shares of what is left; Paystack keeps its fee, which the platform bears.
"""

from mentor_ui.domain.money import Split
from mentor_ui.models import AccountKind
from mentor_ui.services.ledger import Line


def sale_lines(
    *,
    paid_kobo: int,
    price_kobo: int,
    fee_kobo: int,
    split: Split,
    tutor_id: int,
    credit_kobo: int = 0,
    owed_to: int | None = None,
) -> tuple[Line, ...]:
    """Return the lines of a session sold.

    Paystack's fee is borne by the platform's side of the books, less what the payer was charged above the
    price (`paid_kobo` exceeds `price_kobo` when the Paystack account passes fees on).

    Args:
        paid_kobo: What was paid at Paystack.
        price_kobo: What was sold.
        fee_kobo: What Paystack kept, unless that is booked already.
        split: Of the price.
        tutor_id: Who sold it.
        credit_kobo: What the student's credit has put into clearing for it.
        owed_to: The student to whom the money is owed, when it had bought nothing at first.
    """
    money = -(paid_kobo - fee_kobo)
    return (
        Line(AccountKind.CUSTOMER_CLEARING, -credit_kobo if owed_to else money - credit_kobo),
        Line(AccountKind.REFUNDS, money if owed_to else 0, owed_to or 0),
        Line(AccountKind.PROVIDER_FEES, paid_kobo + credit_kobo - price_kobo - fee_kobo),
        Line(AccountKind.TUTOR_ESCROW, split.tutor_kobo, tutor_id),
        Line(AccountKind.PLATFORM_REVENUE, split.platform_kobo),
    )


def owed_back_lines(*, paid_kobo: int, fee_kobo: int, student_id: int) -> tuple[Line, ...]:
    """Return the lines of money that came but bought nothing, and so is owed back in full."""
    return (
        Line(AccountKind.CUSTOMER_CLEARING, -(paid_kobo - fee_kobo)),
        Line(AccountKind.PROVIDER_FEES, -fee_kobo),
        Line(AccountKind.REFUNDS, paid_kobo, student_id),
    )


def credited_lines(*, amount_kobo: int, student_id: int, source: AccountKind) -> tuple[Line, ...]:
    """Return the lines of money that becomes a student's credit: what is owed to them, or what came in."""
    owner = student_id if source == AccountKind.REFUNDS else 0
    return (
        Line(source, -amount_kobo, owner),
        Line(AccountKind.STUDENT_CREDIT, amount_kobo, student_id),
    )


def uncredited_lines(*, amount_kobo: int, student_id: int) -> tuple[Line, ...]:
    """Return the lines of a student's credit that goes back to the bank it came from."""
    return (
        Line(AccountKind.STUDENT_CREDIT, -amount_kobo, student_id),
        Line(AccountKind.REFUNDS, amount_kobo, student_id),
    )


def taken_back_lines(
    *,
    had: Split,
    kept: Split,
    back_kobo: int,
    credit_kobo: int = 0,
    share_is_in: AccountKind,
    tutor_id: int,
    student_id: int,
    short_kobo: int = 0,
) -> tuple[Line, ...]:
    """Return the lines of a sold session of whose price a part, or all, is owed back.

    Args:
        had: How what was left of the price was shared before.
        kept: How what is left of it afterwards is shared.
        back_kobo: What the payer gets; more than the difference only when the payer bore the fee and gets
            back all, less only when the payer bears the fee of what goes back.
        credit_kobo: How much of that becomes credit.
        share_is_in: Where the tutor's share is by now, in escrow or in the wallet.
        tutor_id: Whose share it was.
        student_id: The payer.
        short_kobo: How much of the tutor's part the wallet owes, since escrow does not hold all of it.
    """
    tutor_kobo = had.tutor_kobo - kept.tutor_kobo
    platform_kobo = had.platform_kobo - kept.platform_kobo
    return (
        Line(share_is_in, short_kobo - tutor_kobo, tutor_id),
        Line(AccountKind.TUTOR_WALLET, -short_kobo, tutor_id),
        Line(AccountKind.PLATFORM_REVENUE, -platform_kobo),
        Line(AccountKind.PROVIDER_FEES, tutor_kobo + platform_kobo - back_kobo),
        Line(AccountKind.REFUNDS, back_kobo - credit_kobo, student_id),
        Line(AccountKind.STUDENT_CREDIT, credit_kobo, student_id),
    )


def payout_lines(*, amount_kobo: int, fee_kobo: int, tutor_id: int) -> tuple[Line, ...]:
    """Return the lines of a payout that was asked for: out of the wallet, and not gone yet."""
    return (
        Line(AccountKind.TUTOR_WALLET, -(amount_kobo + fee_kobo), tutor_id),
        Line(AccountKind.PAYOUTS_IN_FLIGHT, amount_kobo + fee_kobo, tutor_id),
    )


def paid_out_lines(*, amount_kobo: int, fee_kobo: int, charged_kobo: int, tutor_id: int) -> tuple[Line, ...]:
    """Return the lines of a payout that left: the platform bears, or keeps, a difference in the fee."""
    return (
        Line(AccountKind.PAYOUTS_IN_FLIGHT, -(amount_kobo + fee_kobo), tutor_id),
        Line(AccountKind.CUSTOMER_CLEARING, amount_kobo + charged_kobo),
        Line(AccountKind.PROVIDER_FEES, fee_kobo - charged_kobo),
    )


def not_paid_out_lines(*, amount_kobo: int, fee_kobo: int, kept_kobo: int, tutor_id: int) -> tuple[Line, ...]:
    """Return the lines of a payout that never left: all is in the wallet again, whatever Paystack kept."""
    return (
        Line(AccountKind.PAYOUTS_IN_FLIGHT, -(amount_kobo + fee_kobo), tutor_id),
        Line(AccountKind.TUTOR_WALLET, amount_kobo + fee_kobo, tutor_id),
        Line(AccountKind.CUSTOMER_CLEARING, kept_kobo),
        Line(AccountKind.PROVIDER_FEES, -kept_kobo),
    )


def sent_back_lines(
    *, amount_kobo: int, fee_kobo: int, charged_kobo: int, kept_kobo: int, tutor_id: int
) -> tuple[Line, ...]:
    """Return the lines of a payout that had left and came back: all is in the wallet again.

    Args:
        amount_kobo: What had left.
        fee_kobo: What the tutor had borne beside it.
        charged_kobo: What Paystack had charged.
        kept_kobo: How much of that it did not give back.
        tutor_id: Whose wallet it is.
    """
    returned_kobo = charged_kobo - kept_kobo
    return (
        Line(AccountKind.TUTOR_WALLET, amount_kobo + fee_kobo, tutor_id),
        Line(AccountKind.CUSTOMER_CLEARING, -(amount_kobo + returned_kobo)),
        Line(AccountKind.PROVIDER_FEES, returned_kobo - fee_kobo),
    )


def charged_back_lines(source: AccountKind, taken_kobo: int, owner_id: int = 0) -> tuple[Line, ...]:
    """Return the lines of money that the payer's bank has taken, at the cost of one account."""
    return (Line(source, -taken_kobo, owner_id), Line(AccountKind.CUSTOMER_CLEARING, taken_kobo))


def charged_back_share_lines(
    *,
    had: Split,
    kept: Split,
    taken_kobo: int,
    share_is_in: AccountKind,
    tutor_id: int,
    short_kobo: int = 0,
) -> tuple[Line, ...]:
    """Return the lines of a sold session of whose price the payer's bank has taken a part, or all.

    Args:
        had: How what was left of the price was shared before.
        kept: How what is left of it afterwards is shared.
        taken_kobo: What Paystack has less.
        share_is_in: Where the tutor's share is by now, in escrow or in the wallet, which may then owe.
        tutor_id: Whose share it was.
        short_kobo: How much of the tutor's part the wallet owes, since escrow does not hold all of it.
    """
    tutor_kobo = had.tutor_kobo - kept.tutor_kobo
    platform_kobo = had.platform_kobo - kept.platform_kobo
    return (
        Line(share_is_in, short_kobo - tutor_kobo, tutor_id),
        Line(AccountKind.TUTOR_WALLET, -short_kobo, tutor_id),
        Line(AccountKind.PLATFORM_REVENUE, -platform_kobo),
        Line(AccountKind.PROVIDER_FEES, tutor_kobo + platform_kobo - taken_kobo),
        Line(AccountKind.CUSTOMER_CLEARING, taken_kobo),
    )


def returned_lines(*, amount_kobo: int, student_id: int) -> tuple[Line, ...]:
    """Return the lines of owed money that has left for the payer's bank."""
    return (
        Line(AccountKind.REFUNDS, -amount_kobo, student_id),
        Line(AccountKind.CUSTOMER_CLEARING, amount_kobo),
    )
