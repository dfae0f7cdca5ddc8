"""What the checkout has on the screen, read anew after each thing that is done there."""

from datetime import UTC, datetime

import reflex as rx

from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.ways_to_pay import Way, parse_way
from mentor_ui.gate import Refused, acting, reading, writing
from mentor_ui.pages.mentorship.checkout_credit_shown import CreditShown
from mentor_ui.pages.mentorship.checkout_refusals import NO_OFFERING, OF_THE_TIME
from mentor_ui.pages.mentorship.checkout_shown import (
    Asked,
    Checkout,
    FreeSlot,
    Held,
    Offered,
    Offers,
    OwnPackage,
    Picked,
    Week,
    Wishes,
    parse_moment,
    read_checkout,
)
from mentor_ui.services import bookings


class CheckoutScreen(rx.State, mixin=True):
    """All that the page shows of one student's way to a session.

    Attributes:
        shown_for: Path of the offering that the rest belongs to.
        refusal: Why this offering cannot be booked by this person; empty when it can.
        refusal_code: The same as a code.
        choosing: Start of the time that is being held, while that is under way.
        time_problem: What went wrong with a time; `near` has others.
        price_problem: That the price changed; `wanted` is the time to go on with.
        offering_problem: That the offering cannot be booked any more.
        message_problem: What is wrong with the message to the tutor.
        pay_problem: Why Paystack's page did not open.
        told: What just happened, for screen readers.
        leave_to: Paystack's page, once it is known.
        asks: Whether a time is asked for first.
        picked: The time that will be asked for.
        waiting: What the student has asked for already, in words.
        asked: The request that was just sent.
        way: How the student pays.
        credit: What the student's credit can pay, and money that waits to become credit.
        uses_credit: Whether the student wants it to.
        crediting: Whether waiting money is becoming credit.
        package: What the student has left of a package.
        offers: What packages can be bought.
        singly: Pay for this one, though there is a package.
    """

    shown_for: str = ""
    refusal: str = ""
    refusal_code: str = ""
    offered: Offered = Offered()
    week: Week = Week(0, "", "", [], has_later=False, empty=True, none_at_all=False)
    held: Held = Held()
    near: list[FreeSlot] = []
    choosing: str = ""
    wanted: FreeSlot = FreeSlot("", "")
    time_problem: str = ""
    time_problem_code: str = ""
    price_problem: str = ""
    offering_problem: str = ""
    pay_problem: str = ""
    pay_problem_code: str = ""
    paying: bool = False
    releasing: bool = False
    told: str = ""
    leave_to: str = ""
    asks: bool = False
    picked: Picked = Picked()
    waiting: str = ""
    asked: Asked = Asked()
    asking: bool = False
    message_problem: str = ""
    way: str = Way.CARD
    credit: CreditShown = CreditShown()
    uses_credit: bool = False
    crediting: bool = False
    package: OwnPackage = OwnPackage()
    offers: Offers = Offers()
    singly: bool = False
    _offering_id: int = 0
    _price_seen_kobo: int = 0

    @rx.var
    def pays_with_credit(self) -> bool:
        """Whether credit pays for the session, or a part of it."""
        return self.uses_credit and self.credit.kobo > 0

    @rx.var
    def credit_pays_all(self) -> bool:
        """Whether credit leaves nothing to pay."""
        return self.uses_credit and self.credit.kobo > 0 and not self.credit.rest

    def _purchase(self) -> int | None:
        return None if self.singly else parse_id(self.package.purchase)

    async def _release(self, booking_id: int) -> Refused | None:
        actor = await acting(self)
        return await writing(
            lambda session: bookings.release_hold(
                session, actor, booking_id=booking_id, now=datetime.now(UTC)
            )
        )

    async def _read(
        self, *, week: int | None, near: datetime | None = None, picked: datetime | None = None
    ) -> Checkout | Refused:
        actor, offering_id = await acting(self), self._offering_id
        if not offering_id:
            return NO_OFFERING
        now = datetime.now(UTC)
        wishes = Wishes(
            asks=self.asks,
            picked=picked or parse_moment(self.picked.start, now),
            way=parse_way(self.way) or Way.CARD,
            singly=self.singly,
        )
        found = await reading(
            lambda session: read_checkout(
                session, actor, offering_id, now, week=week, near=near, wishes=wishes
            )
        )
        if isinstance(found, Checkout):
            self.offered, self.week, self.held, self.near = found.offered, found.week, found.held, found.near
            self.asks, self.picked, self.waiting = found.asks, found.picked, found.waiting
            self.package, self.offers = found.package, found.offers
            self._price_seen_kobo, self.credit = found.price_kobo, found.credit
        return found

    def _say_beside(self, refusal: Refused, wanted: FreeSlot) -> None:
        if refusal.code in OF_THE_TIME:
            self.time_problem, self.time_problem_code = refusal.message, refusal.code
        elif refusal.code == "price_changed":
            self.price_problem, self.wanted = refusal.message, wanted
        else:
            self.offering_problem = refusal.message

    def _forget_problems(self) -> None:
        self.time_problem = self.price_problem = self.offering_problem = self.pay_problem = ""
        self.message_problem = ""
        self.time_problem_code = self.pay_problem_code = ""
        self.wanted = FreeSlot("", "")
        self.near = []
