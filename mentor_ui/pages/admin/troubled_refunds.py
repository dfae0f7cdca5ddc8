"""Refunds that did not arrive, on the operations page: tried again, or sent to the payer's bank account."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button
from mentor_ui.components.cards import card
from mentor_ui.components.dialogs import dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import SelectOption, select_field, text_field
from mentor_ui.components.links import text_link
from mentor_ui.components.notices import message_notice
from mentor_ui.components.values import shown
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.money import show_money
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, acting, allow, attempting, reading, writing
from mentor_ui.gate.acting import cookie_of, resolve
from mentor_ui.models import RefundState
from mentor_ui.pages.forms import form_text
from mentor_ui.resources import get_resources
from mentor_ui.services import operator_refunds, refund_accounts
from mentor_ui.services.operator_refunds import TroubledRefund

ADMINS = frozenset({Role.ADMIN})
ACCOUNT_DIALOG = "refund-account"


@dataclass(frozen=True)
class RefundLine:
    """A refund that does not go on by itself."""

    id: str
    reference: str
    receipt: str
    about: str
    amount: str
    failed: bool


class TroubledRefundsState(rx.State):
    """Refunds that need an operator.

    Attributes:
        chosen: The refund that the dialog is about.
        banks: To choose the payer's from; asked for when the dialog is first opened.
        holder: Whose account it is, once a bank has said so.
        problem: What went wrong in the dialog.
        refused: The refund that could not be tried again, and `refusal` why.
        done: Counts refunds that were sent; the dialog closes when it changes.
        told: What was done, for screen readers.
    """

    rows: list[RefundLine] = []
    chosen: str = ""
    banks: list[SelectOption] = []
    holder: str = ""
    busy: bool = False
    problem: str = ""
    problem_field: str = ""
    refused: str = ""
    refusal: str = ""
    done: int = 0
    told: str = ""
    _account: tuple[str, str] = ("", "")

    @rx.event
    @allow(ADMINS)
    async def load(self) -> None:
        """Fill the list."""
        self.told = self.refused = self.refusal = ""
        # Whoever set it may have ended in the middle.
        self.busy = False
        await self._read()

    @rx.event
    @allow(ADMINS)
    async def retry(self, refund: str) -> None:
        """Ask Paystack once more for a refund that failed."""
        actor, refund_id = await acting(self), parse_id(refund)
        if refund_id is None:
            return
        done = await writing(
            lambda session: operator_refunds.retry(session, actor, refund_id=refund_id, now=datetime.now(UTC))
        )
        if isinstance(done, Refused):
            self.refused, self.refusal = refund, done.message
        else:
            self.refused = self.refusal = ""
            self.told = "Asked for again. It leaves this list once it has arrived."
        await self._read()

    @rx.event(background=True)
    @allow(ADMINS)
    async def open_account(self, refund: str) -> None:
        """Open the dialog anew, and fill its list of banks."""
        async with self:
            self.chosen, self.holder, self.problem, self.problem_field = refund, "", "", ""
            actor, known = await resolve(cookie_of(self)), bool(self.banks)
        if actor is None or known:
            return
        found = await attempting(partial(refund_accounts.banks, get_resources().payments, actor))
        async with self:
            if isinstance(found, Refused):
                self.problem = found.message
            else:
                self.banks = [SelectOption(code, name) for code, name in found]

    @rx.event(background=True)
    @allow(ADMINS)
    async def look_up(self, form: dict[str, Any]) -> None:
        """Ask the bank whose account it is."""
        bank_code, account_number = form_text(form, "bank"), form_text(form, "account")
        async with self:
            actor = await resolve(cookie_of(self))
            if actor is None or self.busy:
                return
            self.busy, self.problem, self.problem_field, self.holder = True, "", "", ""
            self._account = (bank_code, account_number)
        found = await attempting(
            partial(
                refund_accounts.account_name,
                get_resources().payments,
                actor,
                bank_code=bank_code,
                account_number=account_number,
            )
        )
        async with self:
            self.busy = False
            if isinstance(found, Refused):
                self.problem, self.problem_field = found.message, found.field
            else:
                self.holder = found

    @rx.event(background=True)
    @allow(ADMINS)
    async def complete(self) -> None:
        """Send the refund to the account that was looked up."""
        async with self:
            actor, refund_id = await resolve(cookie_of(self)), parse_id(self.chosen)
            bank_code, account_number = self._account
            if actor is None or self.busy or refund_id is None or not self.holder:
                return
            self.busy, self.problem, self.problem_field = True, "", ""
        resources = get_resources()
        done = await attempting(
            partial(
                refund_accounts.complete,
                resources.database,
                resources.payments,
                actor,
                refund_id=refund_id,
                bank_code=bank_code,
                account_number=account_number,
                now=datetime.now(UTC),
            )
        )
        async with self:
            self.busy = False
            if isinstance(done, Refused):
                self.problem, self.problem_field = done.message, done.field
            else:
                self.told = "Sent. It leaves this list once it has arrived."
                self.done += 1
            await self._read()

    async def _read(self) -> None:
        actor = await acting(self)
        found = await reading(lambda session: operator_refunds.troubled(session, actor))
        if not isinstance(found, Refused):
            self.rows = [_line(one, actor.timezone) for one in found]


def _line(one: TroubledRefund, zone: str) -> RefundLine:
    return RefundLine(
        id=str(one.id),
        reference=one.reference,
        receipt=receipt_path(one.reference),
        about=f"{one.student_name} · {moment_in_words(one.updated_at, zone)}",
        amount=show_money(one.amount, one.currency),
        failed=one.state == RefundState.FAILED,
    )


def troubled_refunds() -> rx.Component:
    """List refunds that did not arrive, with the dialog for one; nothing at all while there is none."""
    state = TroubledRefundsState
    return rx.fragment(
        shown(
            state.rows.length() > 0,
            rx.el.section(
                rx.el.h2("Refunds that did not arrive", class_name="mb-4"),
                rx.el.div(rx.foreach(state.rows, _drawn), class_name="flex flex-col gap-3"),
            ),
        ),
        rx.el.p(state.told, role="status", class_name="sr-only"),
        _account_dialog(),
    )


def _drawn(row: rx.Var[RefundLine]) -> rx.Component:
    state = TroubledRefundsState
    return card(
        rx.el.div(
            rx.el.h3(row.amount, class_name="title tabular-nums"),
            rx.cond(row.failed, badge("Failed", tone="stop"), badge("Needs an account", tone="now")),
            class_name="flex flex-wrap items-center gap-x-2.5 gap-y-1",
        ),
        rx.el.p(row.about, class_name="text-sm text-muted"),
        rx.el.p(row.reference, class_name="text-sm tabular-nums break-all select-all"),
        rx.el.p(text_link("Receipt", to=row.receipt), class_name="text-sm"),
        rx.el.div(
            rx.cond(
                row.failed,
                button("Try again", size="sm", icon="refresh-cw", on_click=state.retry(row.id)),
                dialog_button(
                    "Send to an account",
                    dialog=ACCOUNT_DIALOG,
                    size="sm",
                    on_click=state.open_account(row.id),
                ),
            )
        ),
        message_notice(rx.cond(state.refused == row.id, state.refusal, ""), tone="warning"),
        class_name="flex flex-col gap-2 p-[18px]",
        key=row.id,
    )


def _account_dialog() -> rx.Component:
    state = TroubledRefundsState
    return dialog(
        rx.el.form(
            select_field(
                "Bank",
                state.banks,
                name="bank",
                id="refund-bank",
                error=rx.cond(state.problem_field == "bank", state.problem, ""),
            ),
            text_field(
                "Account number",
                name="account",
                id="refund-account-number",
                input_mode="numeric",
                auto_complete="off",
                max_length=12,
                error=rx.cond(state.problem_field == "account", state.problem, ""),
            ),
            message_notice(rx.cond(state.problem_field == "", state.problem, ""), tone="warning"),
            button("Whose account is it?", type="submit", busy=state.busy),
            on_submit=state.look_up,
            class_name="flex flex-col gap-4",
        ),
        rx.el.div(
            shown(
                state.holder,
                rx.el.div(
                    rx.el.p("The account belongs to ", rx.el.strong(state.holder), "."),
                    rx.el.p(
                        "Compare it with the payer's name. What goes to another account does not come back.",
                        class_name="text-sm text-muted",
                    ),
                    dialog_actions(
                        button(
                            "Send the refund there", kind="primary", busy=state.busy, on_click=state.complete
                        )
                    ),
                    class_name="flex flex-col gap-3",
                ),
            ),
            aria_live="polite",
        ),
        id=ACCOUNT_DIALOG,
        title="Send the refund to a bank account",
        close_on=state.done,
    )
