"""What a tutor does in the wallet: look, withdraw, and see it arrive."""

from datetime import UTC, datetime, timedelta
from typing import Any

import reflex as rx

from mentor_ui.components.fields import SelectOption
from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.money import parse_naira
from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import MINE, Refused, acting, allow, follow, reading, say, writing
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.tutor.wallet_shown import (
    AccountCard,
    Figures,
    LineRow,
    PayoutRow,
    Quote,
    ShareRow,
    Shown,
    quote,
    read,
)
from mentor_ui.resources import get_resources
from mentor_ui.services import payouts
from mentor_ui.services.wallet import PAGE_LINES

MOST_LINES = 200
"""More stand in the statements."""


class WalletState(rx.State):
    """The tutor's wallet.

    Attributes:
        ready: Whether it was loaded.
        problem: Why it could not be.
        quote: What withdrawing the amount in the field means.
        amount_error: What is wrong with that amount.
        form_version: Grows when the amount is to be filled in anew.
        after: Where older lines begin; empty when all are shown.
        shown: How many lines are shown at most.
        month: The month whose statement is offered.
    """

    ready: bool = False
    problem: str = ""
    figures: Figures = Figures()
    quote: Quote = Quote()
    account: AccountCard = AccountCard()
    shares: list[ShareRow] = []
    payouts: list[PayoutRow] = []
    lines: list[LineRow] = []
    months: list[SelectOption] = []
    after: str = ""
    shown: int = PAGE_LINES
    month: str = ""
    amount_error: str = ""
    form_version: int = 0

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Fill the page, and keep it up to date."""
        await follow(self, MINE)
        self.shown, self.amount_error = PAGE_LINES, ""
        await self._reload()
        self._begin_anew()
        self.month = self.months[0].value if self.months else ""

    async def _reload(self) -> None:
        actor, limit = await acting(self), self.shown
        settings, rules = get_resources().settings, get_resources().payout_rules
        wait, now = timedelta(hours=settings.escrow_hours), datetime.now(UTC)
        found = await reading(
            lambda session: read(session, actor, rules=rules, wait=wait, now=now, limit=limit)
        )
        if isinstance(found, Refused):
            self.problem = found.message
            return
        self._show(found)

    def _show(self, found: Shown) -> None:
        before = self.figures
        self.figures, self.account = found.figures, found.account
        self.shares, self.payouts, self.lines, self.after = (
            found.shares,
            found.payouts,
            found.lines,
            found.after,
        )
        self.months, self.problem, self.ready = found.months, "", True
        if before.hindrance != found.figures.hindrance:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Let the field begin with all that can be had."""
        self.quote = _quote(self.figures.most) or Quote()
        self.form_version += 1

    @rx.var
    def seen(self) -> str:
        """What the form was sent under: the amount and the fee on screen, and the newest withdrawal.

        The form carries it along, as the page may have been loaded anew before the press arrives.
        """
        return f"{_of_quote(self.quote)} {self.payouts[0].id if self.payouts else 0}"

    @rx.event
    @allow(TEACHING)
    async def show_more(self) -> None:
        """Show older lines, too."""
        self.shown = min(self.shown + PAGE_LINES, MOST_LINES)
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def choose_month(self, month: str) -> None:
        """Offer the statement of another month."""
        if month in {one.value for one in self.months}:
            self.month = month

    @rx.event
    @allow(TEACHING)
    async def weigh(self, typed: str) -> None:
        """Say what withdrawing the typed amount means."""
        self.amount_error = ""
        self.quote = _quote(typed) or Quote()

    @rx.event
    @allow(TEACHING)
    async def withdraw(self, form: dict[str, Any]) -> None:
        """Withdraw an amount at the fee that was shown for it."""
        actor = await acting(self)
        if self.figures.hindrance:
            return  # the second of two clicks
        typed = form_text(form, "amount")
        wanted = _quote(typed)
        if wanted is None:
            self.amount_error = "Write the amount as a number, for example 5,000."
            return
        shown, newest = _seen(form, self.seen)
        if shown != _of_quote(wanted):
            # Sent off before the fee could be shown: show it first.
            self.quote, self.amount_error = wanted, "Look at the fee for this amount, then withdraw."
            return
        rules = get_resources().payout_rules
        done = await writing(
            lambda session: payouts.request(
                session,
                actor,
                amount_kobo=wanted.amount_kobo,
                fee_seen_kobo=wanted.fee_kobo,
                newest_seen=newest,
                rules=rules,
                now=datetime.now(UTC),
            )
        )
        self.amount_error = ""
        if isinstance(done, Refused):
            if done.field:
                self.amount_error = done.message
                return
            await say(self, done.message, trouble=True)
        else:
            await say(self, f"{wanted.amount} is on its way to your bank.")
        await self._reload()


def _of_quote(quoted: Quote) -> str:
    return f"{quoted.amount_kobo} {quoted.fee_kobo}"


def _seen(form: dict[str, Any], now_shown: str) -> tuple[str, int]:
    """Return the quote under which a form was sent, and the newest withdrawal that was on the page."""
    quoted, _, newest = (form_text(form, "seen") or now_shown).rpartition(" ")
    return quoted, parse_id(newest) or 0


def _quote(typed: str) -> Quote | None:
    """Return what withdrawing an amount means, or None when it is no amount."""
    try:
        amount_kobo = parse_naira(typed, field="amount")
    except InvalidInput:
        return None
    return quote(amount_kobo, get_resources().payout_rules) if amount_kobo else None
