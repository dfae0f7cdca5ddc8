"""The platform's money today on the operations page: in, out, Paystack's own word, and the last proof."""

from datetime import UTC, datetime
from functools import partial

import reflex as rx
from reflex.event import EventSpec

from mentor_ui.components.cards import card, stat_card
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import shown
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, acting, allow, attempting, reading
from mentor_ui.gate.acting import cookie_of, resolve
from mentor_ui.resources import get_resources
from mentor_ui.services import money_figures

ADMINS = frozenset({Role.ADMIN})
ASKING, SILENT = "…", "Unknown"


class FiguresState(rx.State):
    """What the money tab begins with.

    Attributes:
        balance: What Paystack says it holds, or that this is not known.
        compared: How that compares with the ledger.
        proof: When the ledger was proven last and what came of it.
        problems: What that proof found out of place.
    """

    loaded: bool = False
    came: str = ""
    went: str = ""
    balance: str = ASKING
    compared: str = ""
    proof: str = ""
    problems: list[str] = []
    _expected_kobo: int = 0

    @rx.event
    @allow(ADMINS)
    async def load(self) -> EventSpec | None:
        """Fill in the figures, then ask Paystack for its balance."""
        actor = await acting(self)
        found = await reading(lambda session: money_figures.figures(session, actor, datetime.now(UTC)))
        if isinstance(found, Refused):
            return None
        self.came, self.went = show_naira(found.came_kobo), show_naira(found.went_kobo)
        self._expected_kobo = found.with_paystack_kobo
        if not self.loaded or self.balance == SILENT:
            self.balance, self.compared = ASKING, f"The ledger says {show_naira(self._expected_kobo)}"
        self.problems = list(found.problems)
        if found.proven_at is None:
            self.proof = "The ledger was not proven yet. It is every night."
        else:
            outcome = "this is out of place:" if found.problems else "all adds up."
            self.proof = f"Proven {moment_in_words(found.proven_at, actor.timezone)}: {outcome}"
        self.loaded = True
        return FiguresState.ask_paystack

    @rx.event(background=True)
    @allow(ADMINS)
    async def ask_paystack(self) -> None:
        """Ask Paystack for its balance, without keeping the page from anything else."""
        async with self:
            actor = await resolve(cookie_of(self))
        if actor is None:
            return
        found = await attempting(partial(money_figures.balance_kobo, get_resources().payments, actor))
        async with self:
            expected = show_naira(self._expected_kobo)
            if isinstance(found, Refused):
                self.balance, self.compared = SILENT, f"{found.message} The ledger says {expected}"
                return
            apart_kobo = found - self._expected_kobo
            self.balance = show_naira(found)
            more = f"{show_naira(abs(apart_kobo))} {'more' if apart_kobo > 0 else 'less'}"
            self.compared = f"{more} than the ledger's {expected}" if apart_kobo else "As the ledger says"


def money_figures_today() -> rx.Component:
    """Draw the figures."""
    state = FiguresState
    return rx.el.section(
        rx.el.h2("Today", class_name="mb-4"),
        rx.cond(
            state.loaded,
            rx.fragment(
                rx.el.div(
                    stat_card("Came in", state.came, note="Payments, less Paystack's fees"),
                    stat_card("Went out", state.went, note="Refunds, payouts and lost disputes"),
                    stat_card("Paystack says", state.balance, note=state.compared),
                    class_name="grid gap-4 sm:grid-cols-2 lg:grid-cols-3",
                ),
                card(
                    rx.el.p(state.proof),
                    shown(
                        state.problems.length() > 0,
                        rx.el.ul(
                            rx.foreach(state.problems, rx.el.li),
                            class_name="list-disc pl-5 text-sm wrap-anywhere",
                        ),
                    ),
                    class_name="mt-4 flex flex-col gap-2 p-[18px]",
                ),
            ),
            loading(
                *(skeleton("h-[118px] rounded-card") for _ in range(3)),
                class_name="grid gap-4 sm:grid-cols-2 lg:grid-cols-3",
            ),
        ),
    )
