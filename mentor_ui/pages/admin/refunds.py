"""Giving money back on the operations page: find the payment, see what it means, then do it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import reflex as rx
from reflex.event import EventSpec

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button
from mentor_ui.components.cards import card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import money_field, search_field, text_area
from mentor_ui.components.links import text_link
from mentor_ui.components.notices import message_notice
from mentor_ui.components.session_row import session_row
from mentor_ui.components.skeletons import until_loaded
from mentor_ui.components.values import shown
from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.money import parse_naira, show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, acting, allow, reading, writing
from mentor_ui.pages.admin.subjects_shown import PATH
from mentor_ui.pages.forms import form_text
from mentor_ui.services import operator_refunds
from mentor_ui.services.operator_refunds import (
    LONGEST_REASON,
    MOST_FOUND,
    QUERY_MAXIMUM,
    Consequence,
    Refundable,
)
from mentor_ui.settings import get_settings

ADMINS = frozenset({Role.ADMIN})
REFUND_DIALOG = "refund-payment"
NEWEST = 5
"""How many payments are shown to somebody who has not searched."""


@dataclass(frozen=True)
class PaidLine:
    """A payment that bought a session; `left` is what can still go back, empty when nothing can."""

    id: str
    reference: str
    title: str
    about: str
    paid: str
    left: str
    disputed: bool
    receipt: str


class RefundsState(rx.State):
    """Payments, and the refund that is being decided.

    Attributes:
        chosen: The payment that the dialog is about.
        left: What can still go back of it.
        meaning: What the refund would do, line by line; empty before it was looked at.
        give: The button that does it, in words.
        done: Counts refunds; the dialog closes when it changes.
        told: What was done, for screen readers.
    """

    payments: list[PaidLine] = []
    loaded: bool = False
    chosen: str = ""
    left: str = ""
    meaning: list[str] = []
    give: str = ""
    busy: bool = False
    problem: str = ""
    problem_field: str = ""
    done: int = 0
    told: str = ""
    query: str = ""
    _seen: Consequence | None = None
    _amount_kobo: int = 0
    _reason: str = ""

    @rx.event
    @allow(ADMINS)
    async def load(self) -> None:
        """Show the newest payments, or those that the address asks for."""
        self.told, self.query = "", payment_query(self)
        await self._read()

    @rx.event
    @allow(ADMINS)
    def search(self, form: dict[str, Any]) -> EventSpec:
        """Put what is searched for into the address, which loads the page with it."""
        query = form_text(form, "payment")[:QUERY_MAXIMUM]
        return rx.redirect(f"{PATH}?payment={quote(query)}#money" if query else f"{PATH}#money", replace=True)

    @rx.event
    @allow(ADMINS)
    def choose(self, payment: str) -> None:
        """Say which payment the dialog is about."""
        self.chosen = payment
        self.left = next((one.left for one in self.payments if one.id == payment), "")
        self._forget()

    @rx.event
    @allow(ADMINS)
    async def look(self, form: dict[str, Any]) -> None:
        """Say what giving so much back would mean."""
        actor, payment_id = await acting(self), parse_id(self.chosen)
        self._forget()
        if payment_id is None:
            return
        try:
            amount_kobo = parse_naira(form.get("amount"), field="amount")
        except InvalidInput as error:
            self.problem, self.problem_field = error.message, "amount"
            return
        found = await reading(
            lambda session: operator_refunds.consequence(
                session, actor, payment_id=payment_id, amount_kobo=amount_kobo
            )
        )
        if isinstance(found, Refused):
            self.problem, self.problem_field = found.message, found.field
            return
        self._seen, self._amount_kobo = found, amount_kobo
        self._reason = form_text(form, "reason")
        self.meaning = _meaning(found)
        self.give = f"Give {show_naira(found.student_kobo)} back"

    @rx.event
    @allow(ADMINS)
    async def refund(self) -> AsyncGenerator[None]:
        """Do what was shown."""
        actor, payment_id, seen = await acting(self), parse_id(self.chosen), self._seen
        if self.busy or payment_id is None or seen is None:
            return
        self.busy, self.problem, self.problem_field = True, "", ""
        yield
        given = await writing(
            lambda session: operator_refunds.refund(
                session,
                actor,
                payment_id=payment_id,
                amount_kobo=self._amount_kobo,
                seen=seen,
                reason=self._reason,
                public_url=get_settings().public_url,
                now=datetime.now(UTC),
            )
        )
        self.busy = False
        self._forget()
        if isinstance(given, Refused):
            self.problem, self.problem_field = given.message, given.field
        else:
            self.told = f"{show_naira(given)} are on their way back. The student is told."
            self.done += 1
        await self._read()

    def _forget(self) -> None:
        self._seen, self.meaning, self.give = None, [], ""
        self.problem = self.problem_field = ""

    async def _read(self) -> None:
        actor, query = await acting(self), self.query
        limit = MOST_FOUND if query else NEWEST
        found = await reading(lambda session: operator_refunds.find(session, actor, query=query, limit=limit))
        if not isinstance(found, Refused):
            self.payments, self.loaded = [_line(one, actor.timezone) for one in found], True


def payment_query(state: rx.State) -> str:
    """Return which payments the address asks for; empty for the newest."""
    return state.router.url.query_parameters.get("payment", "").strip()[:QUERY_MAXIMUM]


def _line(one: Refundable, zone: str) -> PaidLine:
    return PaidLine(
        id=str(one.payment_id),
        reference=one.reference,
        title=one.title,
        about=f"{one.student_name} to {one.tutor_name} · {moment_in_words(one.paid_at, zone)}",
        paid=show_naira(one.paid_kobo),
        left=show_naira(one.left_kobo) if one.left_kobo and not one.disputed else "",
        disputed=one.disputed,
        receipt=receipt_path(one.reference),
    )


def _meaning(found: Consequence) -> list[str]:
    where = "what is kept for the tutor" if found.from_escrow else "the tutor's wallet"
    lines = [f"The student gets {show_naira(found.student_kobo)}."]
    if found.credit_kobo:
        lines.append(f"{show_naira(found.credit_kobo)} of it become credit again, as they were paid.")
    lines.append(f"{show_naira(found.tutor_kobo)} of it leave {where}.")
    if found.wallet_kobo < 0 and not found.from_escrow:
        lines.append(
            f"The wallet then owes {show_naira(-found.wallet_kobo)}, which later sessions make good."
        )
    lines.append(f"The platform bears {show_naira(found.platform_kobo)}. Paystack keeps its fee.")
    lines.append("The session itself stays as it is.")
    return lines


def refundable_payments() -> rx.Component:
    """List payments, with the dialog that gives money back."""
    state = RefundsState
    return rx.el.section(
        rx.el.h2("Give money back", class_name="mb-4"),
        rx.el.form(
            search_field(
                "Search payments by reference, title or person",
                name="payment",
                id="payment-search",
                default_value=state.query,
                max_length=QUERY_MAXIMUM,
            ),
            button("Search", type="submit"),
            on_submit=state.search,
            role="search",
            # A field that nobody controls takes up its default only when it appears.
            key=state.query,
            class_name="grid grid-cols-[minmax(0,1fr)_auto] gap-3 mb-4 max-w-[560px]",
        ),
        rx.el.div(
            until_loaded(
                state.loaded,
                rx.cond(
                    state.payments.length() > 0,
                    rx.fragment(rx.foreach(state.payments, _drawn)),
                    card(
                        rx.el.p(
                            rx.cond(
                                state.query,
                                "No payment for a session is found. Try a part of the title or of the name.",
                                "No session has been paid for yet.",
                            ),
                            class_name="text-muted",
                        )
                    ),
                ),
            ),
            class_name="flex flex-col gap-3",
            aria_live="polite",
        ),
        rx.el.p(state.told, role="status", class_name="mt-3 text-sm empty:hidden"),
        _dialog(),
    )


def _drawn(row: rx.Var[PaidLine]) -> rx.Component:
    return session_row(
        title=row.title,
        about=rx.fragment(
            rx.el.p(row.about),
            rx.el.p(text_link(row.reference, to=row.receipt), class_name="tabular-nums break-all"),
            rx.el.p("Paid ", row.paid, shown(row.left, rx.fragment(" · ", row.left, " left"))),
        ),
        badge=rx.cond(
            row.disputed, badge("Disputed", tone="stop"), shown(~row.left.bool(), badge("All given back"))
        ),
        actions=shown(
            row.left,
            dialog_button(
                "Refund",
                rx.el.span(" ", row.reference, class_name="sr-only"),
                dialog=REFUND_DIALOG,
                size="sm",
                on_click=RefundsState.choose(row.id),
            ),
        ),
        key=row.id,
    )


def _dialog() -> rx.Component:
    state = RefundsState
    return dialog(
        rx.el.form(
            money_field(
                "Amount",
                name="amount",
                id="refund-amount",
                error=rx.cond(state.problem_field == "amount", state.problem, ""),
            ),
            rx.el.p("Up to ", state.left, " of the price can go back.", class_name="text-sm text-muted"),
            text_area(
                "Reason",
                name="reason",
                id="refund-reason",
                rows=2,
                max_length=LONGEST_REASON,
                hint="One sentence. The student reads it.",
                error=rx.cond(state.problem_field == "reason", state.problem, ""),
            ),
            message_notice(rx.cond(state.problem_field == "", state.problem, ""), tone="warning"),
            button("See what it means", type="submit"),
            on_submit=state.look,
            class_name="flex flex-col gap-4",
        ),
        rx.el.div(
            shown(
                state.give,
                rx.el.div(
                    rx.el.ul(
                        rx.foreach(state.meaning, rx.el.li), class_name="flex flex-col gap-1 list-disc pl-5"
                    ),
                    dialog_actions(
                        cancel_button(REFUND_DIALOG, "Keep it"),
                        button(state.give, kind="stop", busy=state.busy, on_click=state.refund),
                    ),
                    class_name="flex flex-col gap-4",
                ),
            ),
            aria_live="polite",
        ),
        id=REFUND_DIALOG,
        title="Give money back",
        close_on=state.done,
    )
