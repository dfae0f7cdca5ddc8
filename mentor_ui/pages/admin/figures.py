"""The platform's money today on the operations page: in, out, stuck, proven, and Paystack's own word."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import reflex as rx

from mentor_ui.components.cards import card, stat_card
from mentor_ui.components.values import shown
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, acting, allow, reading
from mentor_ui.providers.errors import ProviderError
from mentor_ui.resources import get_resources
from mentor_ui.services import money_figures

ADMINS = frozenset({Role.ADMIN})


class FiguresState(rx.State):
    """What the money tab begins with.

    Attributes:
        balance: What Paystack says it holds; empty while unknown.
        stuck: What has waited too long, a line each.
        proof: When the ledger was proven last and what came of it.
        problems: What that proof found out of place.
    """

    came: str = ""
    went: str = ""
    expected: str = ""
    balance: str = ""
    apart: str = ""
    stuck: list[str] = []
    proof: str = ""
    problems: list[str] = []

    @rx.event
    @allow(ADMINS)
    async def load(self) -> AsyncGenerator[None]:
        """Fill in the figures, and ask Paystack for its balance."""
        actor = await acting(self)
        found = await reading(lambda session: money_figures.figures(session, actor, datetime.now(UTC)))
        if isinstance(found, Refused):
            return
        self.came, self.went = show_naira(found.came_kobo), show_naira(found.went_kobo)
        self.expected, self.balance = show_naira(found.with_paystack_kobo), ""
        counts = (
            (found.stuck.payments, "awaited for more than an hour"),
            (found.stuck.choices, "whose payer's time to choose is over"),
            (found.stuck.refunds, "refunds older than five days"),
            (found.stuck.payouts, "payouts older than a day"),
        )
        self.stuck = [f"{count} {words}" for count, words in counts if count]
        self.problems = list(found.problems)
        if found.proven_at is None:
            self.proof = "The ledger was not proven yet. It is every night."
        else:
            outcome = "this is out of place:" if found.problems else "all adds up."
            self.proof = f"Proven {moment_in_words(found.proven_at, actor.timezone)}: {outcome}"
        yield
        try:
            balance_kobo = await asyncio.to_thread(get_resources().payments.balance_kobo)
        except ProviderError:
            return
        self.balance = show_naira(balance_kobo)
        apart_kobo = balance_kobo - found.with_paystack_kobo
        self.apart = f"{show_naira(abs(apart_kobo))} {'more' if apart_kobo >= 0 else 'less'}"


def money_figures_today() -> rx.Component:
    """Draw the figures."""
    state = FiguresState
    return rx.el.section(
        rx.el.h2("Today", class_name="mb-4"),
        rx.el.div(
            stat_card("Came in", state.came, note="Payments, less Paystack's fees"),
            stat_card("Went out", state.went, note="Refunds, payouts and lost disputes"),
            stat_card(
                "Paystack says",
                rx.cond(state.balance, state.balance, "Unknown"),
                note=rx.cond(
                    state.balance,
                    f"{state.apart} than the ledger's {state.expected}",
                    f"The ledger says {state.expected}",
                ),
            ),
            class_name="grid gap-4 sm:grid-cols-2 lg:grid-cols-3",
        ),
        card(
            rx.el.p(state.proof),
            shown(
                state.problems.length() > 0,
                rx.el.ul(
                    rx.foreach(state.problems, rx.el.li), class_name="list-disc pl-5 text-sm wrap-anywhere"
                ),
            ),
            rx.cond(
                state.stuck.length() > 0,
                rx.el.ul(rx.foreach(state.stuck, rx.el.li), class_name="list-disc pl-5"),
                rx.el.p("Nothing is stuck.", class_name="text-muted"),
            ),
            class_name="mt-4 flex flex-col gap-2 p-[18px]",
        ),
    )
