"""Incidents on the operations page: what needs a person, and what that person can do about it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button
from mentor_ui.components.cards import card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.fields import SelectOption, select_field, text_area, text_field
from mentor_ui.components.notices import message_notice
from mentor_ui.components.values import shown
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.money import show_money
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, acting, allow, reading, writing
from mentor_ui.models import IncidentKind, RefundState
from mentor_ui.resources import get_resources
from mentor_ui.services import incidents, operator_refunds, refund_accounts
from mentor_ui.services.incidents import LONGEST_NOTE, OpenIncident
from mentor_ui.services.operator_refunds import TroubledRefund

ADMINS = frozenset({Role.ADMIN})
RESOLVE_DIALOG = "resolve-incident"
ACCOUNT_DIALOG = "refund-account"
KIND_WORDS = {
    IncidentKind.WRONG_AMOUNT: "Wrong amount",
    IncidentKind.WRONG_CURRENCY: "Wrong currency",
    IncidentKind.DUPLICATE_CHARGE: "Paid twice",
    IncidentKind.REFUND_FAILED: "Refund did not arrive",
    IncidentKind.PAYOUT_STUCK: "Payout is stuck",
    IncidentKind.PAYOUT_REVERSED: "Payout came back",
    IncidentKind.DISPUTE: "Disputed by a bank",
    IncidentKind.UNMATCHED: "Not in both books",
    IncidentKind.LEDGER: "Ledger out of place",
}


@dataclass(frozen=True)
class IncidentLine:
    """One open incident in words."""

    id: str
    kind: str
    summary: str
    raised: str
    due: str
    overdue: bool


@dataclass(frozen=True)
class RefundLine:
    """A refund that does not go on by itself."""

    id: str
    reference: str
    about: str
    amount: str
    failed: bool


class IncidentsState(rx.State):
    """What waits for an operator.

    Attributes:
        chosen: What the open dialog is about.
        banks: To choose the payer's from; asked for when the dialog is first opened.
        holder: Whose account it is, once a bank has said so.
        done: Counts deeds; dialogs close when it changes.
        told: What was done, for screen readers.
    """

    rows: list[IncidentLine] = []
    refunds: list[RefundLine] = []
    chosen: str = ""
    banks: list[SelectOption] = []
    holder: str = ""
    busy: bool = False
    problem: str = ""
    problem_field: str = ""
    done: int = 0
    told: str = ""
    _account: tuple[str, str] = ("", "")

    @rx.event
    @allow(ADMINS)
    async def load(self) -> None:
        """Fill the lists."""
        self.problem = self.told = ""
        await self._read()

    @rx.event
    @allow(ADMINS)
    def choose(self, row: str) -> None:
        """Say what the dialog is about."""
        self.chosen, self.problem, self.problem_field, self.holder = row, "", "", ""

    @rx.event
    @allow(ADMINS)
    async def resolve(self, form: dict[str, Any]) -> None:
        """Close the chosen incident with a note."""
        actor, incident_id = await acting(self), parse_id(self.chosen)
        if incident_id is None:
            return
        note = str(form.get("note", ""))
        done = await writing(
            lambda session: incidents.resolve(
                session, actor, incident_id=incident_id, note=note, now=datetime.now(UTC)
            )
        )
        await self._after(done, "Closed.")

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
        await self._after(done, "Asked for again. It leaves this list once it has arrived.")

    @rx.event
    @allow(ADMINS)
    async def open_account(self, refund: str) -> None:
        """Fill the list of banks."""
        self.choose(refund)
        if self.banks:
            return
        actor = await acting(self)
        try:
            found = await asyncio.to_thread(refund_accounts.banks, get_resources().payments, actor)
        except DomainError as error:
            self.problem = error.message
        else:
            self.banks = [SelectOption(code, name) for code, name in found]

    @rx.event
    @allow(ADMINS)
    async def look_up(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Ask the bank whose account it is."""
        actor = await acting(self)
        if self.busy:
            return
        self.busy, self.problem, self.problem_field, self.holder = True, "", "", ""
        self._account = (str(form.get("bank", "")), str(form.get("account", "")))
        yield
        bank_code, account_number = self._account
        try:
            self.holder = await asyncio.to_thread(
                refund_accounts.account_name,
                get_resources().payments,
                actor,
                bank_code=bank_code,
                account_number=account_number,
            )
        except DomainError as error:
            self.problem, self.problem_field = error.message, error.field or ""
        self.busy = False

    @rx.event
    @allow(ADMINS)
    async def complete(self) -> AsyncGenerator[None]:
        """Send the refund to the account that was looked up."""
        actor, refund_id = await acting(self), parse_id(self.chosen)
        if self.busy or refund_id is None or not self.holder:
            return
        self.busy, self.problem = True, ""
        yield
        bank_code, account_number = self._account
        resources = get_resources()
        try:
            await asyncio.to_thread(
                refund_accounts.complete,
                resources.database,
                resources.payments,
                actor,
                refund_id=refund_id,
                bank_code=bank_code,
                account_number=account_number,
                now=datetime.now(UTC),
            )
        except DomainError as error:
            await self._after(Refused(error.code, error.message, error.field or ""), "")
        else:
            await self._after(None, "Sent. It leaves this list once it has arrived.")
        self.busy = False

    async def _after(self, done: Refused | None, told: str) -> None:
        if isinstance(done, Refused):
            self.problem, self.problem_field = done.message, done.field
        else:
            self.problem, self.told = "", told
            self.done += 1
        await self._read()

    async def _read(self) -> None:
        actor, now = await acting(self), datetime.now(UTC)
        found = await reading(
            lambda session: (
                incidents.open_incidents(session, actor),
                operator_refunds.troubled(session, actor),
            )
        )
        if isinstance(found, Refused):
            return
        self.rows = [_line(one, actor.timezone, now) for one in found[0]]
        self.refunds = [_refund(one, actor.timezone) for one in found[1]]


def _line(one: OpenIncident, zone: str, now: datetime) -> IncidentLine:
    return IncidentLine(
        id=str(one.id),
        kind=KIND_WORDS[one.kind],
        summary=one.summary,
        raised=moment_in_words(one.created_at, zone),
        due=moment_in_words(one.due_at, zone) if one.due_at else "",
        overdue=one.due_at is not None and one.due_at < now,
    )


def _refund(one: TroubledRefund, zone: str) -> RefundLine:
    return RefundLine(
        id=str(one.id),
        reference=one.reference,
        about=f"{one.student_name} · {moment_in_words(one.updated_at, zone)}",
        amount=show_money(one.amount, one.currency),
        failed=one.state == RefundState.FAILED,
    )


def open_incidents() -> rx.Component:
    """List what waits for an operator, with its dialogs."""
    state = IncidentsState
    return rx.el.div(
        message_notice(state.problem, tone="warning"),
        shown(
            state.refunds.length() > 0,
            rx.el.section(
                rx.el.h2("Refunds that did not arrive", class_name="mb-4"),
                rx.el.div(rx.foreach(state.refunds, _drawn_refund), class_name="flex flex-col gap-3"),
            ),
        ),
        rx.el.section(
            rx.el.h2("Open incidents", class_name="mb-4"),
            rx.cond(
                state.rows.length() > 0,
                rx.el.div(rx.foreach(state.rows, _drawn), class_name="flex flex-col gap-3"),
                empty_state(
                    "Nothing needs you", "Whatever goes wrong with money appears here.", icon="check"
                ),
            ),
        ),
        rx.el.p(state.told, role="status", class_name="sr-only"),
        _resolve_dialog(),
        _account_dialog(),
        class_name="flex flex-col gap-9",
    )


def _drawn(row: rx.Var[IncidentLine]) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.kind, class_name="title min-w-0"),
            shown(
                row.due,
                rx.cond(row.overdue, badge("Overdue", tone="stop"), badge("Has a deadline", tone="now")),
            ),
            class_name="flex flex-wrap items-center gap-x-2.5 gap-y-1",
        ),
        rx.el.p(row.summary, class_name="wrap-anywhere"),
        rx.el.p(
            "Since ",
            row.raised,
            shown(row.due, rx.fragment(" · until ", row.due)),
            class_name="text-sm text-muted",
        ),
        rx.el.div(
            dialog_button(
                "Resolve",
                rx.el.span(" ", row.kind, class_name="sr-only"),
                dialog=RESOLVE_DIALOG,
                size="sm",
                on_click=IncidentsState.choose(row.id),
            )
        ),
        class_name="flex flex-col gap-2 p-[18px]",
        key=row.id,
    )


def _drawn_refund(row: rx.Var[RefundLine]) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.amount, class_name="title tabular-nums"),
            rx.cond(row.failed, badge("Failed", tone="stop"), badge("Needs an account", tone="now")),
            class_name="flex flex-wrap items-center gap-x-2.5 gap-y-1",
        ),
        rx.el.p(row.about, class_name="text-sm text-muted"),
        rx.el.p(row.reference, class_name="text-sm tabular-nums break-all select-all"),
        rx.el.div(
            rx.cond(
                row.failed,
                button("Try again", size="sm", icon="refresh-cw", on_click=IncidentsState.retry(row.id)),
                dialog_button(
                    "Send to an account",
                    dialog=ACCOUNT_DIALOG,
                    size="sm",
                    on_click=IncidentsState.open_account(row.id),
                ),
            )
        ),
        class_name="flex flex-col gap-2 p-[18px]",
        key=row.id,
    )


def _resolve_dialog() -> rx.Component:
    return dialog(
        rx.el.form(
            text_area(
                "What was done",
                name="note",
                id="incident-note",
                rows=3,
                max_length=LONGEST_NOTE,
                hint="It stays in the log. Closing an incident moves no money.",
                error=rx.cond(IncidentsState.problem_field == "note", IncidentsState.problem, ""),
            ),
            dialog_actions(
                cancel_button(RESOLVE_DIALOG, "Not now"), button("Close it", type="submit", kind="primary")
            ),
            on_submit=IncidentsState.resolve,
            class_name="flex flex-col gap-4",
        ),
        id=RESOLVE_DIALOG,
        title="Close this incident",
        close_on=IncidentsState.done,
    )


def _account_dialog() -> rx.Component:
    state = IncidentsState
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
