"""What the receipt page says of a payment."""

from dataclasses import dataclass

from mentor_ui.domain.fees import FeeBearer
from mentor_ui.domain.local_time import long_day, place_of, span
from mentor_ui.domain.money import show_money, show_naira
from mentor_ui.domain.refund_words import BANKS_TAKE, THE_WAY_IT_CAME
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
        price: What the session costs, where that is not simply what was paid.
        credit: What credit pays of it, or empty.
        fee: What Paystack kept and who bears it, or empty.
        extra: What was paid too much and became credit, or empty.
        back: What goes or went back to the bank, or empty.
        to_credit: What went back to credit, or empty.
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
    price: str = ""
    credit: str = ""
    fee: str = ""
    extra: str = ""
    back: str = ""
    to_credit: str = ""


def receipt_shown(receipt: Receipt, *, zone: str | None, mine: bool) -> ReceiptShown:
    """Put a receipt into words.

    Args:
        receipt: What is known.
        zone: The viewer's zone; None for that of the tutor.
        mine: Whether the viewer is the payer.
        price: What the session costs, where that is not simply what was paid.
        credit: What credit pays of it, or empty.
        fee: What Paystack kept and who bears it, or empty.
        extra: What was paid too much and became credit, or empty.
        back: What goes or went back to the bank, or empty.
        to_credit: What went back to credit, or empty.
    """
    zone = zone or receipt.tutor_zone
    when = f"{span(receipt.starts_at, receipt.ends_at, zone)}, {place_of(zone)} time"
    title, tone, body = _words(receipt, when)
    paid = receipt.state in _PAID
    held = receipt.hold_expires_at if not paid or receipt.state == ReceiptState.TOPPING_UP else None
    money = Money(receipt)
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
        amount=money.paid,
        amount_label="Paid" if paid else "To pay",
        paid_on=long_day(receipt.paid_at, zone) if paid and receipt.paid_at else "",
        held_until=held.isoformat() if held else "",
        again=again_path(receipt.offering_id),
        booking=str(receipt.booking_id),
        mine=mine,
        price=money.price,
        credit=money.credit,
        fee=money.fee,
        extra=money.extra,
        back=money.back,
        to_credit=money.to_credit,
    )


class Money:
    """The amounts of a receipt in words; those that say nothing are empty."""

    def __init__(self, receipt: Receipt) -> None:
        self.paid = show_money(receipt.amount_kobo, receipt.currency)
        same = receipt.currency == "NGN" and receipt.amount_kobo == receipt.price_kobo
        self.price = "" if same else show_naira(receipt.price_kobo)
        self.credit = _or_nothing(receipt.credit_kobo)
        self.extra = _or_nothing(receipt.surplus_kobo)
        self.back = show_money(receipt.refund, receipt.currency) if receipt.refund else ""
        self.to_credit = _or_nothing(receipt.to_credit_kobo)
        self.fee = ""
        if receipt.fee_kobo and receipt.currency == "NGN" and receipt.state in _PAID:
            by_tutor = receipt.fee_bearer == FeeBearer.TUTOR
            bearer = "on top, paid by you" if receipt.fee_on_top_kobo else _FEE_PAID_BY[by_tutor]
            self.fee = f"{show_naira(receipt.fee_kobo)}, {bearer}"


_FEE_PAID_BY = ("paid by us", "paid by the tutor")


def _or_nothing(kobo: int) -> str:
    return show_naira(kobo) if kobo else ""


_PAID = frozenset(
    {
        ReceiptState.BOOKED,
        ReceiptState.CANCELLED,
        ReceiptState.CHOOSE,
        ReceiptState.TOPPING_UP,
        ReceiptState.CREDITED,
        ReceiptState.REFUNDING,
        ReceiptState.REFUNDED,
        ReceiptState.ATTENTION,
    }
)


def _words(receipt: Receipt, when: str) -> tuple[str, str, tuple[str, ...]]:
    if receipt.state in _OF_UNSPENT:
        return _words_for_unspent(receipt)
    if receipt.state in _PAID:
        return _words_once_paid(receipt, when)
    held = receipt.hold_expires_at is not None
    match receipt.state:
        case ReceiptState.WAITING:
            late = "If the money comes too late for this time, you choose what happens with it."
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


_OF_UNSPENT = frozenset({ReceiptState.CHOOSE, ReceiptState.TOPPING_UP, ReceiptState.CREDITED})


def _words_for_unspent(receipt: Receipt) -> tuple[str, str, tuple[str, ...]]:
    paid = show_money(receipt.amount_kobo, receipt.currency)
    match receipt.state:
        case ReceiptState.CHOOSE:
            return (
                "Your money is here and safe",
                "info",
                (f"{paid} arrived and booked nothing, because {receipt.reason}",),
            )
        case ReceiptState.TOPPING_UP:
            return (
                "Part of it is paid",
                "info",
                (f"Your {paid} is kept for this session. Pay what is missing, and it is booked.",),
            )
        case _ if receipt.to_credit_kobo:
            return (
                "Given back as credit",
                "success",
                (f"{show_naira(receipt.to_credit_kobo)} is your credit. It pays at any checkout.",),
            )
        case _:
            return (
                "Kept as your credit",
                "success",
                (f"{paid} is your credit. It pays for any session at the checkout.",),
            )


def _words_once_paid(receipt: Receipt, when: str) -> tuple[str, str, tuple[str, ...]]:
    paid = show_money(receipt.amount_kobo, receipt.currency)
    back = show_money(receipt.refund or receipt.amount_kobo, receipt.currency)
    back = back if back == paid else f"{back} of {paid}"
    also = (f"{show_naira(receipt.to_credit_kobo)} more is your credit.",) if receipt.to_credit_kobo else ()
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
                    f"{back} goes back {THE_WAY_IT_CAME}, because {receipt.reason}",
                    *also,
                    f"{BANKS_TAKE} There is nothing you need to do.",
                ),
            )
        case ReceiptState.ATTENTION:
            return (
                "We are seeing to your refund",
                "warning",
                (
                    f"{back} should go back to you, because {receipt.reason} Your bank did not take it.",
                    *also,
                    "It is not lost. Somebody here is on it and will tell you what comes next.",
                ),
            )
        case _:
            return (
                "Your money is back",
                "success",
                (f"{back} went back {THE_WAY_IT_CAME}, because {receipt.reason}", *also),
            )
