"""What the receipt page says of a payment for a package."""

from mentor_ui.domain.local_time import dated, long_day
from mentor_ui.domain.money import show_money, show_naira
from mentor_ui.domain.refund_words import BANKS_TAKE, THE_WAY_IT_CAME
from mentor_ui.pages.mentorship.receipt_shown import ReceiptShown
from mentor_ui.services.package_receipts import PackageReceipt, PackageReceiptState

_PAID = frozenset(PackageReceiptState) - {PackageReceiptState.FAILED, PackageReceiptState.WAITING}


def package_receipt_shown(receipt: PackageReceipt, *, zone: str | None, mine: bool) -> ReceiptShown:
    """Put the receipt of a package into words.

    Args:
        receipt: What is known.
        zone: The viewer's zone; None for that of the tutor.
        mine: Whether the viewer is the payer.
    """
    zone = zone or receipt.tutor_zone
    amount = show_money(receipt.amount_kobo, receipt.currency)
    back = show_money(receipt.refund or receipt.amount_kobo, receipt.currency)
    back = back if back == amount else f"{back} of {amount}"
    until = dated(receipt.expires_at, zone) if receipt.expires_at else ""
    title, tone, body = _words(receipt, back, until)
    paid = receipt.state in _PAID
    bought = receipt.state == PackageReceiptState.BOUGHT
    page = "/mentorship" if receipt.offering_id is None else f"/mentorship/offering/{receipt.offering_id}"
    return ReceiptShown(
        state=receipt.state.value if paid or receipt.state == PackageReceiptState.WAITING else "unbought",
        title=title,
        tone=tone,
        body=body,
        open=not paid,
        reference=receipt.reference,
        session=f"{receipt.sessions} sessions of {receipt.title}",
        tutor=receipt.tutor_name,
        when=f"You choose, until {until}" if bought and until else "You choose each time",
        amount=amount,
        amount_label=("Paid with credit" if receipt.credit_kobo else "Paid") if paid else "To pay",
        fee=f"{show_naira(receipt.fee_on_top_kobo)}, on top, paid by you" if receipt.fee_on_top_kobo else "",
        extra=show_naira(receipt.surplus_kobo) if receipt.surplus_kobo else "",
        paid_on=long_day(receipt.paid_at, zone) if paid and receipt.paid_at else "",
        again=page.replace("offering", "checkout") if bought else page,
        mine=mine,
    )


def _words(receipt: PackageReceipt, back: str, until: str) -> tuple[str, str, tuple[str, ...]]:
    match receipt.state:
        case PackageReceiptState.BOUGHT:
            return (
                "Your package is ready",
                "success",
                (
                    f"You have {receipt.sessions} sessions with {receipt.tutor_name}.",
                    f"Choose a time for each before {until}. What you do not use is refunded by itself.",
                ),
            )
        case PackageReceiptState.REFUNDING:
            return (
                "Your money is on its way back",
                "info",
                (
                    f"{back} goes back {THE_WAY_IT_CAME}, because {receipt.reason}",
                    f"{BANKS_TAKE} There is nothing you need to do.",
                ),
            )
        case PackageReceiptState.REFUNDED:
            return (
                "Your money is back",
                "success",
                (f"{back} went back {THE_WAY_IT_CAME}, because {receipt.reason}",),
            )
        case PackageReceiptState.CREDITED:
            return (
                "Your money is your credit again",
                "success",
                (f"{show_naira(receipt.to_credit_kobo)} of it can pay for any session at the checkout.",),
            )
        case PackageReceiptState.FAILED:
            return (
                "The payment did not go through",
                "warning",
                ("Your bank declined it, and nothing was bought.", "You can try again, with another card."),
            )
        case PackageReceiptState.WAITING:
            return (
                "We have not heard from your bank yet",
                "info",
                (
                    "There is no need to pay again. This page changes by itself as soon as we know more.",
                    "No time is held for a package, so money that comes late still buys it.",
                ),
            )
