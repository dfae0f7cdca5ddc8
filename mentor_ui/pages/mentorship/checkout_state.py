"""The State of the checkout: a chosen time is held at once and paid for, or asked for first."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import near_start
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.ways_to_pay import Way, parse_way
from mentor_ui.gate import Refused, SignedIn, acting, allow, say, writing
from mentor_ui.models import Choice
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.mentorship.checkout_refusals import (
    AWAITING,
    LET_GO,
    NOT_FREE,
    OF_THE_TIME,
    PICK_FIRST,
    TIME_IS_UP,
)
from mentor_ui.pages.mentorship.checkout_screen import CheckoutScreen
from mentor_ui.pages.mentorship.checkout_shown import (
    Asked,
    FreeSlot,
    Held,
    Picked,
    parse_moment,
    shown_request,
)
from mentor_ui.pages.paying import paid_with_credit, payment_page
from mentor_ui.pages.route import id_in, path_of
from mentor_ui.resources import get_resources
from mentor_ui.services import bookings, package_uses, requests, unspent_money
from mentor_ui.services.availability import CannotFindOut


class CheckoutState(CheckoutScreen, rx.State):
    """What a student does on the way to a paid session."""

    @rx.event
    @allow(SignedIn)
    async def load(self) -> None:
        """Fill the page; a hold that runs is found again."""
        self._forget_problems()
        self.choosing = self.leave_to = self.told = ""
        self.paying = self.releasing = self.asking = False
        self.asked = Asked()
        offering_id = id_in(self) or 0
        if offering_id != self._offering_id:
            self.asks, self.picked, self.way, self.singly = False, Picked(), Way.CARD, False
            self.uses_credit = False
        self._offering_id = offering_id
        found = await self._read(week=None)
        self.refusal, self.refusal_code = (
            (found.message, found.code) if isinstance(found, Refused) else ("", "")
        )
        self.shown_for = path_of(self)

    @rx.event
    @allow(SignedIn)
    async def turn(self, weeks: int) -> None:
        """Show an earlier or a later week, with what is free at this moment."""
        found = await self._read(week=self.week.number + (1 if int(weeks) > 0 else -1))
        if isinstance(found, Refused):
            self.offering_problem = found.message
        else:
            self.told = f"{self.week.title} is shown."

    @rx.event
    @allow(SignedIn)
    async def choose(self, start: str) -> AsyncGenerator[None]:
        """Hold a time, or take it as the one to ask for; or say beside it why that cannot be."""
        actor, now = await acting(self), datetime.now(UTC)
        starts_at = parse_moment(start, now)
        if starts_at is None or self.choosing:
            return
        self._forget_problems()
        self.choosing = start
        yield
        if self.asks:
            await self._pick(starts_at)
            self.choosing = ""
            return
        offering_id, price_kobo, purchase_id = self._offering_id, self._price_seen_kobo, self._purchase()
        done = await writing(
            lambda session: bookings.hold(
                session,
                actor,
                offering_id=offering_id,
                starts_at=starts_at,
                price_seen_kobo=price_kobo,
                now=datetime.now(UTC),
                purchase_id=purchase_id,
            )
        )
        refused_time = starts_at if isinstance(done, Refused) and done.code in OF_THE_TIME else None
        found = await self._read(week=self.week.number, near=refused_time)
        if isinstance(done, Refused):
            self._say_beside(done, FreeSlot(start, near_start(starts_at, actor.timezone, now)))
        elif not isinstance(found, Refused):
            self.told = f"We hold {self.held.when} for you."
        self.choosing = ""

    async def _pick(self, starts_at: datetime) -> None:
        found = await self._read(week=self.week.number, picked=starts_at)
        if isinstance(found, Refused):
            self.offering_problem = found.message
        elif self.picked.start:
            self.told = f"{self.picked.when} is chosen. Ask for it when you are ready."
        elif self.week.unknown:
            unknown = CannotFindOut()
            self.time_problem, self.time_problem_code = unknown.message, unknown.code
        else:
            await self._read(week=self.week.number, near=starts_at)
            self.time_problem, self.time_problem_code = NOT_FREE, "time_not_open"

    @rx.event
    @allow(SignedIn)
    async def book_by(self, asks: bool) -> None:  # noqa: FBT001 - an event's argument
        """Ask first from now on, or book at once; a held time is given back before it is asked for."""
        booking_id = parse_id(self.held.booking)
        self._forget_problems()
        wish, start = asks is True, parse_moment(self.held.start, datetime.now(UTC))
        if wish and booking_id is not None:
            await self._release(booking_id)
        self.asks = wish
        found = await self._read(week=self.week.number, picked=start)
        if isinstance(found, Refused):
            self.offering_problem = found.message

    @rx.event
    @allow(SignedIn)
    async def pay_by(self, way: str) -> None:
        """Pay by card, or by bank transfer."""
        self.way = parse_way(way) or Way.CARD
        if self.credit.has:
            await self._read(week=self.week.number)

    @rx.event
    @allow(SignedIn)
    async def pay_with_credit(self, uses: bool) -> None:  # noqa: FBT001 - an event's argument
        """Use the student's credit, or leave it alone."""
        self.pay_problem = self.pay_problem_code = ""
        self.uses_credit = uses is True
        await self._read(week=self.week.number)

    @rx.event
    @allow(SignedIn)
    async def take_as_credit(self) -> AsyncGenerator[None]:
        """Keep money that bought nothing as credit, and use it here."""
        actor, reference, rules = await acting(self), self.credit.waiting_reference, get_resources().rules
        if not reference or self.crediting:
            return
        self.crediting, self.pay_problem = True, ""
        yield
        done = await writing(
            lambda session: unspent_money.choose(
                session, rules, actor, reference=reference, choice=Choice.CREDIT, now=datetime.now(UTC)
            )
        )
        self.crediting = False
        await self._read(week=self.week.number)
        if isinstance(done, Refused):
            self.pay_problem = done.message
        else:
            self.uses_credit = True
            self.told = f"{self.credit.has} is your credit and pays here."

    @rx.event
    @allow(SignedIn)
    async def take_singly(self, singly: bool) -> None:  # noqa: FBT001 - an event's argument
        """Pay for this session, or use the package; a time held for another length is given back."""
        booking_id = parse_id(self.held.booking)
        self._forget_problems()
        self.singly = singly is True
        if booking_id is not None and self.package.other_length:
            await self._release(booking_id)
        found = await self._read(week=self.week.number)
        if isinstance(found, Refused):
            self.offering_problem = found.message

    @rx.event
    @allow(SignedIn)
    async def book_with_package(self) -> AsyncGenerator[rx.event.EventSpec | None]:
        """Book the held time with a session of the package, and show it."""
        actor, booking_id, purchase_id = (
            await acting(self),
            parse_id(self.held.booking),
            self._purchase(),
        )
        if booking_id is None or purchase_id is None or self.paying:
            return
        self.pay_problem = self.pay_problem_code = ""
        self.paying = True
        yield None
        public_url = get_resources().settings.public_url
        done = await writing(
            lambda session: package_uses.book(
                session,
                actor,
                booking_id=booking_id,
                purchase_id=purchase_id,
                now=datetime.now(UTC),
                public_url=public_url,
            )
        )
        self.paying = False
        if not isinstance(done, Refused):
            await say(self, "Booked with your package.", on_next_page=True)
            yield rx.redirect(f"/mentorship/session/{done}")
            return
        await self._read(week=self.week.number)
        self.pay_problem, self.pay_problem_code = done.message, done.code

    @rx.event
    @allow(SignedIn)
    async def ask(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Ask the tutor for the picked time."""
        actor, starts_at = await acting(self), parse_moment(self.picked.start, datetime.now(UTC))
        if self.asking:
            return
        self._forget_problems()
        if starts_at is None:
            self.time_problem = PICK_FIRST
            return
        self.asking = True
        yield
        message, offering_id, price_kobo = (
            form_text(form, "message"),
            self._offering_id,
            self._price_seen_kobo,
        )
        purchase_id = self._purchase()
        public_url = get_resources().settings.public_url
        done = await writing(
            lambda session: requests.ask(
                session,
                actor,
                offering_id=offering_id,
                starts_at=starts_at,
                message=message,
                price_seen_kobo=price_kobo,
                now=datetime.now(UTC),
                public_url=public_url,
                purchase_id=purchase_id,
            )
        )
        self.asking = False
        if not isinstance(done, Refused):
            self.asked = shown_request(done, actor.timezone)
            self.told = f"You asked for {self.asked.when}."
            return
        refused_time = starts_at if done.code in OF_THE_TIME - AWAITING else None
        await self._read(week=self.week.number, near=refused_time, picked=starts_at)
        if done.field == "message":
            self.message_problem = done.message
        else:
            self._say_beside(done, FreeSlot("", ""))

    @rx.event
    @allow(SignedIn)
    async def hold_ended(self) -> None:
        """Say that the hold ran out and offer what is free near it."""
        when, start = self.held.when, parse_moment(self.held.start, datetime.now(UTC))
        if start is None:
            return
        self._forget_problems()
        found = await self._read(week=self.week.number, near=start)
        if isinstance(found, Refused):
            self.held, self.offering_problem = Held(), found.message
        elif self.held.booking:
            self.near = []
        else:
            self.time_problem, self.time_problem_code = TIME_IS_UP.format(when=when), "hold_expired"

    @rx.event
    @allow(SignedIn)
    async def let_go(self) -> AsyncGenerator[None]:
        """Give the held time back."""
        booking_id = parse_id(self.held.booking)
        if booking_id is None:
            return
        self._forget_problems()
        self.releasing = True
        yield
        done = await self._release(booking_id)
        await self._read(week=self.week.number)
        if isinstance(done, Refused):
            self.pay_problem = done.message
        else:
            self.told = LET_GO
        self.releasing = False

    @rx.event
    @allow(SignedIn)
    async def pay(self) -> AsyncGenerator[EventSpec | None]:
        """Go to Paystack's page for the held time, or to the receipt where credit pays for all."""
        booking_id = parse_id(self.held.booking)
        if booking_id is None or self.paying:
            return
        self.pay_problem = self.pay_problem_code = self.leave_to = ""
        self.paying = True
        yield
        credit, with_credit_alone = self.credit, self.credit_pays_all
        if with_credit_alone:
            opened = await paid_with_credit(self, booking_id, credit.kobo)
        else:
            part_kobo = credit.kobo if self.pays_with_credit else 0
            opened = await payment_page(self, booking_id, parse_way(self.way), credit_kobo=part_kobo)
        self.paying = False
        if not isinstance(opened, Refused):
            if with_credit_alone:
                yield rx.redirect(receipt_path(opened))
                return
            self.leave_to = opened
        elif opened.code in {"hold_expired", "booking_not_found"}:
            await self._read(week=self.week.number, near=parse_moment(self.held.start, datetime.now(UTC)))
            self.time_problem, self.time_problem_code = opened.message, opened.code
        else:
            if opened.code == "credit_changed":
                await self._read(week=self.week.number)
            self.pay_problem, self.pay_problem_code = opened.message, opened.code
