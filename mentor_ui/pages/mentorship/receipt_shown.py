"""What the receipt page says of a payment."""

from dataclasses import dataclass

from mentor_ui.domain.local_time import long_day, place_of, span
from mentor_ui.domain.money import show_money
from mentor_ui.pages.session_words import again_path
from mentor_ui.services.receipts import Receipt, ReceiptState


@dataclass(frozen=True)
class ReceiptShown:
    """A payment in plain words.

    Attributes:
        state: Of `ReceiptState`; empty before anything is known.
        tone: Of a notice.
        body: Sentences below the title, one each.
        open: Whether the bank may still be heard from.
        held_until: ISO 8601 while the same time can be paid for; empty otherwise.
        again: Where a time can be chosen anew.
        mine: Whether the viewer is the payer.
    """

    state: str = ""
    title: str = ""
    tone: str = "info"
    body: tuple[str, ...] = ()
    open: bool = False
    reference: str = ""
    session: str = ""
    tutor: str = ""
    when: str = ""
    amount: str = ""
    amount_label: str = "Amount"
    paid_on: str = ""
    held_until: str = ""
    again: str = "/mentorship"
    booking: str = ""
    mine: bool = False


def receipt_shown(receipt: Receipt, *, zone: str | None, mine: bool) -> ReceiptShown:
    """Put a receipt into words.

    Args:
        receipt: What is known.
        zone: The viewer's zone; None for that of the tutor.
        mine: Whether the viewer is the payer.
    """
    zone = zone or receipt.tutor_zone
    amount = show_money(receipt.amount_kobo, receipt.currency)
    when = f"{span(receipt.starts_at, receipt.ends_at, zone)}, {place_of(zone)} time"
    back = show_money(receipt.refund or receipt.amount_kobo, receipt.currency)
    back = back if back == amount else f"{back} of {amount}"
    title, tone, body = _words(receipt, back, when)
    paid = receipt.state in _PAID
    held = receipt.hold_expires_at if not paid else None
    return ReceiptShown(
        state=receipt.state.value,
        title=title,
        tone=tone,
        body=body,
        open=not paid,
        reference=receipt.reference,
        session=receipt.title,
        tutor=receipt.tutor_name,
        when=when,
        amount=amount,
        amount_label="Paid" if paid else "To pay",
        paid_on=long_day(receipt.paid_at, zone) if paid and receipt.paid_at else "",
        held_until=held.isoformat() if held else "",
        again=again_path(receipt.offering_id),
        booking=str(receipt.booking_id),
        mine=mine,
    )


_PAID = frozenset(
    {ReceiptState.BOOKED, ReceiptState.CANCELLED, ReceiptState.REFUNDING, ReceiptState.REFUNDED}
)


def _words(receipt: Receipt, back: str, when: str) -> tuple[str, str, tuple[str, ...]]:
    if receipt.state in _PAID:
        return _words_once_paid(receipt, back, when)
    held = receipt.hold_expires_at is not None
    match receipt.state:
        case ReceiptState.WAITING:
            late = "If the money comes too late for this time, all of it goes back to you."
            return (
                "We have not heard from your bank yet",
                "info",
                (
                    "There is no need to pay again. This page changes by itself as soon as we know more.",
                    *(() if held else (late,)),
                ),
            )
        case ReceiptState.NOT_PAID:
            return (
                "Not paid yet",
                "info",
                (
                    "You left Paystack's page before paying, and nothing was charged.",
                    "Your time is still held for you."
                    if held
                    else "The time is no longer held; you can choose one again.",
                ),
            )
        case _:
            return (
                "The payment did not go through",
                "warning",
                (
                    "Your bank declined it, and nothing was booked.",
                    "Your time is still held: try again, with another card if you like."
                    if held
                    else "The time is no longer held; you can choose one again.",
                ),
            )


def _words_once_paid(receipt: Receipt, back: str, when: str) -> tuple[str, str, tuple[str, ...]]:
    match receipt.state:
        case ReceiptState.BOOKED:
            return (
                "Paid and booked",
                "success",
                (
                    f"You meet {receipt.tutor_name} on {when}.",
                    "The link to the Zoom room is in your mail and on the session's page.",
                ),
            )
        case ReceiptState.CANCELLED:
            return (
                "Paid, and cancelled",
                "info",
                (
                    f"The session with {receipt.tutor_name} on {when} was cancelled.",
                    "By the terms that you booked under, nothing is refunded for it.",
                ),
            )
        case ReceiptState.REFUNDING:
            return (
                "Your money is on its way back",
                "info",
                (
                    f"{back} goes back the way it came, because {receipt.reason}",
                    "Banks take up to ten working days. There is nothing you need to do.",
                ),
            )
        case _:
            return (
                "Your money is back",
                "success",
                (f"{back} went back the way it came, because {receipt.reason}",),
            )
