"""The State of the receipt page: what the database knows at once, then what Paystack says."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime

import reflex as rx
from sqlmodel import Session

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.gate import (
    Anyone,
    Refused,
    SignedIn,
    acting,
    allow,
    current_actor,
    follow,
    payment_topic,
    reading,
    writing,
)
from mentor_ui.gate.acting import cookie_of, resolve, tab_of
from mentor_ui.gate.buckets import SharedBuckets
from mentor_ui.models import Choice
from mentor_ui.pages.heads import MISSING, Head
from mentor_ui.pages.mentorship.checkout_shown import parse_moment
from mentor_ui.pages.mentorship.package_receipt_shown import package_receipt_shown
from mentor_ui.pages.mentorship.receipt_choices_shown import ChoicesShown, TimeToTake, read_choices
from mentor_ui.pages.mentorship.receipt_shown import ReceiptShown, receipt_shown
from mentor_ui.pages.paying import paid_with_credit, payment_page
from mentor_ui.pages.session_words import join_path
from mentor_ui.providers.errors import ProviderError
from mentor_ui.resources import get_resources
from mentor_ui.services import package_receipts, receipts, sessions, unspent_money
from mentor_ui.services.settlement import settle

ASK_AGAIN_SECONDS = 5
REFERENCE_MAXIMUM = 50

UNREACHABLE = (
    "Paystack is not answering just now. Nothing is lost: we go on asking, and this page will change."
)
NOTHING_NEW = (
    "We just asked Paystack: it has no payment from you yet. A bank transfer can take a few minutes. "
    "We go on asking, and there is no need to pay again."
)
NEWS = "We just asked Paystack, and this page says what it told us."
HURRY = f"We asked a moment ago. Please wait {ASK_AGAIN_SECONDS} seconds between two tries."

# A page may be opened often, its button pressed once in a while; both cost a question to Paystack.
_opened = SharedBuckets("receipt-opened", per_second=1 / ASK_AGAIN_SECONDS, burst=2)
_pressed = SharedBuckets("receipt-pressed", per_second=1 / ASK_AGAIN_SECONDS, burst=1)


class VerifyPayment(rx.State):
    """The receipt of one payment.

    Attributes:
        shown_for: The query that the rest belongs to, as `receipt` links carry it.
        unknown: Why there is no receipt; empty when there is one.
        receipt: The receipt in words.
        join: Path of the join link; only for the payer.
        asking: Whether Paystack is being asked.
        answer: What came of asking by hand.
        problem: Why Paystack's page did not open.
        leave_to: Paystack's page, once it is known.
        choices: What the payer can do with money that bought nothing.
        picked: The time that would be booked with it.
        deciding: The choice that is being carried out, or empty.
        choice_problem: Why it was not.
    """

    shown_for: str = ""
    unknown: str = ""
    receipt: ReceiptShown = ReceiptShown()
    join: str = ""
    asking: bool = False
    answer: str = ""
    problem: str = ""
    paying: bool = False
    leave_to: str = ""
    choices: ChoicesShown = ChoicesShown()
    picked: TimeToTake = TimeToTake()
    deciding: str = ""
    choice_problem: str = ""
    _many_times: bool = False
    _reference: str = ""
    # The address is a secret of the payer's.
    _head: Head = Head(indexed=False)

    @rx.event
    @allow(Anyone)
    async def load(self):  # noqa: ANN201 - Reflex takes the event that follows
        """Show what the database knows, follow the payment, then ask Paystack."""
        self.answer = self.problem = self.leave_to = self.deciding = self.choice_problem = ""
        self.paying = self.asking = self._many_times = False
        self.picked = TimeToTake()
        self._reference = reference_in(self.router.url.query_parameters)
        await follow(self, payment_topic(self._reference))
        await self._reload()
        self.shown_for = str(self.router.url.query)
        if not tab_of(self) or not self.receipt.open or self.unknown:
            return None  # a page that is only drawn asks nobody, so it uses nothing up either
        return VerifyPayment.ask_paystack if await _opened.take(self._reference) else None

    async def _reload(self) -> None:
        actor, reference = await current_actor(self), self._reference
        await self._show(actor, reference)

    async def _show(self, actor: Actor | None, reference: str) -> None:
        many = self._many_times
        found = await reading(
            lambda session: read_receipt(session, actor, reference, datetime.now(UTC), many=many)
        )
        if isinstance(found, Refused):
            self.unknown, self.receipt, self.join = found.message, ReceiptShown(), ""
            self.choices, self._head = ChoicesShown(), MISSING
        else:
            self.unknown, self._head = "", Head(indexed=False)
            self.receipt, self.join, self.choices = found
        if self.picked not in self.choices.times:
            self.picked = TimeToTake()

    @rx.event(background=True)
    @allow(Anyone)
    async def ask_paystack(self) -> None:
        """Ask Paystack about the payment, without keeping the page from anything else."""
        await self._ask(by_hand=False)

    @rx.event(background=True)
    @allow(Anyone)
    async def was_debited(self) -> None:
        """Ask Paystack at once because the payer saw the money leave, and say honestly what it told."""
        async with self:
            if self.asking or not self.receipt.open or self.unknown:
                return
            if not await _pressed.take(self._reference):
                self.answer = HURRY
                return
        await self._ask(by_hand=True)

    async def _ask(self, *, by_hand: bool) -> None:
        async with self:
            reference, before, self.asking = self._reference, self.receipt.state, True
        try:
            await asyncio.to_thread(_settle, reference)
            reached = True
        except NotFound:
            reached = True
        except ProviderError:
            reached = False
        async with self:
            self.asking = False
            if self._reference != reference:
                return
            await self._show(await resolve(cookie_of(self)), reference)
            if not reached:
                self.answer = UNREACHABLE
            elif by_hand:
                self.answer = NEWS if self.receipt.state != before else NOTHING_NEW
            elif self.receipt.state != before:
                self.answer = ""

    @rx.event
    @allow([Role.STUDENT])
    async def go_on_paying(self) -> AsyncGenerator[None]:
        """Go to Paystack's page again while the time is held."""
        await acting(self)
        booking_id = parse_id(self.receipt.booking)
        if booking_id is None or self.paying:
            return
        self.problem = self.leave_to = ""
        self.paying = True
        yield
        opened = await payment_page(self, booking_id)
        self.paying = False
        if isinstance(opened, Refused):
            self.problem = opened.message
            await self._reload()
        else:
            self.leave_to = opened

    @rx.event
    @allow(SignedIn)
    async def pick(self, start: str) -> None:
        """Take one of the offered times as the one to book."""
        self.picked = next((slot for slot in self.choices.times if slot.start == start), TimeToTake())

    @rx.event
    @allow(SignedIn)
    async def more_times(self) -> None:
        """Offer more times than the nearest few."""
        self._many_times = True
        await self._reload()

    @rx.event
    @allow(SignedIn)
    async def book_picked(self) -> AsyncGenerator[None]:
        """Book the picked time with the money that bought nothing."""
        starts_at = parse_moment(self.picked.start, datetime.now(UTC))
        if starts_at is None or self.deciding:
            return
        self.deciding, self.choice_problem = Choice.ANOTHER_TIME.value, ""
        yield
        await self._choose(Choice.ANOTHER_TIME, starts_at)

    @rx.event
    @allow(SignedIn)
    async def decide(self, choice: str) -> AsyncGenerator[None]:
        """Keep the money as credit, or have it sent back."""
        wanted = _choice_in(choice)
        if wanted is None or self.deciding:
            return
        self.deciding, self.choice_problem = wanted.value, ""
        yield
        await self._choose(wanted)

    @rx.event
    @allow(SignedIn)
    async def pay_missing(self) -> AsyncGenerator[None]:
        """Keep the money for the session and pay what is missing; book at once where nothing is."""
        if self.deciding:
            return
        booking_id, choices = parse_id(self.receipt.booking), self.choices
        self.deciding, self.choice_problem, self.leave_to = Choice.TOP_UP.value, "", ""
        yield
        if not await self._choose(Choice.TOP_UP) or booking_id is None:
            return
        self.deciding = Choice.TOP_UP.value
        if choices.missing_kobo:
            opened = await payment_page(self, booking_id, Way.CARD, credit_kobo=choices.credit_part_kobo)
        else:
            opened = await paid_with_credit(self, booking_id, choices.credit_part_kobo)
        self.deciding = ""
        await self._reload()
        if isinstance(opened, Refused):
            self.choice_problem = opened.message
        elif choices.missing_kobo:
            self.leave_to = opened

    async def _choose(self, choice: Choice, starts_at: datetime | None = None) -> bool:
        actor, reference, rules = await acting(self), self._reference, get_resources().rules
        done = await writing(
            lambda session: unspent_money.choose(
                session,
                rules,
                actor,
                reference=reference,
                choice=choice,
                starts_at=starts_at,
                now=datetime.now(UTC),
            )
        )
        self.deciding = ""
        await self._reload()
        if isinstance(done, Refused):
            self.choice_problem = done.message
        return not isinstance(done, Refused)


def _choice_in(text: object) -> Choice | None:
    """Return the choice with this name that needs nothing else, or None."""
    return Choice(text) if text in (Choice.CREDIT, Choice.REFUND) else None


def reference_in(query: Mapping[str, str]) -> str:
    """Return the payment's reference in a query; Paystack sends it under two names."""
    return (query.get("reference") or query.get("trxref") or "").strip()[:REFERENCE_MAXIMUM]


def read_receipt(
    session: Session, actor: Actor | None, reference: str, now: datetime, *, many: bool = False
) -> tuple[ReceiptShown, str, ChoicesShown]:
    """Return a receipt in words, for its payer the path of the join link, and what can be chosen.

    Args:
        session: For reading.
        actor: The viewer; None for a visitor.
        reference: Of the payment.
        now: The present moment.
        many: Whether to offer more than the nearest few times.

    Raises:
        NotFound: `payment_not_found`.
    """
    package = package_receipts.package_receipt(session, reference)
    if package is not None:
        zone = actor.timezone if actor else None
        payer = actor is not None and actor.person_id == package.student_id
        return package_receipt_shown(package, zone=zone, mine=payer), "", ChoicesShown()
    found = receipts.receipt(session, reference, now)
    mine = actor is not None and actor.person_id == found.student_id
    shown = receipt_shown(found, zone=actor.timezone if actor else None, mine=mine)
    join = ""
    if actor is not None and mine and found.state == receipts.ReceiptState.BOOKED:
        share = get_resources().settings.platform_share_percent
        details = sessions.details(session, actor, session_id=found.booking_id, platform_share_percent=share)
        join = join_path(details.row)
    return shown, join, read_choices(session, actor, found, now, many=many)


def _settle(reference: str) -> None:
    resources = get_resources()
    settle(resources.database, resources.payments, resources.rules, reference, datetime.now(UTC))
