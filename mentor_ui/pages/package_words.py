"""Packages put into words, for whichever page shows them."""

from dataclasses import dataclass

from mentor_ui.domain.money import show_naira
from mentor_ui.services.packages import PackageOnSale

UNUSED = "Sessions that you do not use are refunded by themselves, at what they cost in the package."


@dataclass(frozen=True)
class PackageShown:
    """A package on sale.

    Attributes:
        name: How many sessions, such as `3 sessions`.
        each: What one comes to.
        saved: What it saves against single sessions; empty for nothing.
        valid: How long they can be scheduled.
        price_kobo: As the reader sees it.
    """

    id: str
    name: str
    price: str
    each: str
    saved: str
    valid: str
    price_kobo: int


def package_shown(package: PackageOnSale) -> PackageShown:
    """Return a package on sale in words."""
    saved = package.saving.saved_kobo
    return PackageShown(
        id=str(package.id),
        name=f"{package.sessions} sessions",
        price=show_naira(package.price_kobo),
        each=f"{show_naira(package.saving.each_kobo)} each",
        saved=f"You save {show_naira(saved)}" if saved else "",
        valid=f"{package.valid_days} days to choose the times",
        price_kobo=package.price_kobo,
    )


def left_of(left: int, sessions: int) -> str:
    """Return how many sessions of a package have no time yet, such as `2 of 3 left`."""
    return f"{left} of {sessions} left"
