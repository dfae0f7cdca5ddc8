"""Paystack's published test cards, and what each of them does."""

from dataclasses import dataclass

from mentor_ui.sandbox.wire import Json, random_code


@dataclass(frozen=True, slots=True)
class DemoCard:
    """One test card.

    Attributes:
        declined_with: the gateway's words when the card never pays, else empty.
        refund_outcome: how a later refund of its charge ends.
    """

    number: str
    brand: str
    hint: str
    declined_with: str = ""
    refund_outcome: str = "processed"
    reusable: bool = True

    @property
    def masked(self) -> str:
        """`•••• 4081`."""
        return f"•••• {self.number[-4:]}"

    def authorization(self) -> Json:
        """The `authorization` object of a charge with this card."""
        return {
            "authorization_code": random_code("AUTH_", 10),
            "bin": self.number[:6],
            "last4": self.number[-4:],
            "exp_month": "12",
            "exp_year": "2030",
            "channel": "card",
            "card_type": f"{self.brand.lower()} ",
            "bank": "TEST BANK",
            "country_code": "NG",
            "brand": self.brand.lower(),
            "reusable": self.reusable,
            "signature": random_code("SIG_", 20),
            "account_name": None,
        }


CARDS = (
    DemoCard("4084084084084081", "Visa", "Approved"),
    DemoCard("5060666666666666666", "Verve", "Approved after PIN and one-time code"),
    DemoCard("5192602720584796", "Mastercard", "Approved after the bank's own page", reusable=False),
    DemoCard("4084080000005408", "Visa", "Declined", declined_with="Declined"),
    DemoCard("4084080000670037", "Visa", "Insufficient funds", declined_with="Insufficient Funds"),
    DemoCard(
        "507850785078507853",
        "Verve",
        "Token not generated",
        declined_with="Token Not Generated. Customer Not Registered on Token Platform",
    ),
    DemoCard("4084080000671803", "Visa", "Approved, but a refund fails", refund_outcome="failed"),
    DemoCard(
        "4084080000671902", "Visa", "Approved, but a refund needs attention", refund_outcome="needs-attention"
    ),
)

CARD_BY_NUMBER = {card.number: card for card in CARDS}
