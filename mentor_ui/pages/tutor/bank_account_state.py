"""Choosing the bank account that money goes to: bank and number, the name the bank gives, the password."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import reflex as rx

from mentor_ui.components.fields import SelectOption
from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import Refused, acting, allow, attempting, say
from mentor_ui.gate.acting import cookie_of, resolve
from mentor_ui.jobs import bank_connecting
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.tutor.wallet_state import WalletState
from mentor_ui.resources import get_resources

PASSWORD_LENGTH = 200
CHOOSE = SelectOption("", "Choose your bank")


@dataclass(frozen=True)
class Found:
    """An account as its bank knows it; `holder` is empty before one was found."""

    bank_code: str = ""
    bank: str = ""
    number: str = ""
    holder: str = ""


@dataclass(frozen=True)
class AccountErrors:
    """What is wrong with the fields, and with the whole."""

    bank: str = ""
    account_number: str = ""
    password: str = ""
    whole: str = ""


class BankAccountState(rx.State):
    """The dialog in which the bank account is set.

    Attributes:
        banks: What can be chosen.
        found: The account that was found, until another is looked up.
        busy: The bank is being asked.
        saved: Grows when one was saved, which closes the dialog.
    """

    banks: list[SelectOption] = [CHOOSE]
    found: Found = Found()
    errors: AccountErrors = AccountErrors()
    busy: bool = False
    saved: int = 0

    @rx.event(background=True)
    @allow(TEACHING)
    async def begin(self) -> None:
        """Open the dialog anew: load the list of banks."""
        async with self:
            await acting(self)
            self.found, self.errors, self.busy = Found(), AccountErrors(), False
        listed = await attempting(partial(bank_connecting.banks, get_resources()))
        async with self:
            if isinstance(listed, Refused):
                self.errors = AccountErrors(whole=listed.message)
                return
            self.banks = [CHOOSE, *(SelectOption(bank.code, bank.name) for bank in listed)]

    @rx.event(background=True)
    @allow(TEACHING)
    async def look_up(self, form: dict[str, Any]) -> None:
        """Ask the bank whose account it is."""
        bank, number = form_text(form, "bank"), form_text(form, "account_number")
        async with self:
            actor = await resolve(cookie_of(self))
            if actor is None or self.busy:
                return
            self.busy, self.errors, self.found = True, AccountErrors(), Found()
        done = await attempting(
            partial(bank_connecting.look_up, get_resources(), actor, bank_code=bank, account_number=number)
        )
        async with self:
            self.busy = False
            if isinstance(done, Refused):
                self.errors = _errors(done)
                return
            self.found = Found(done.bank.code, done.bank.name, done.account_number, done.account_name)

    @rx.event
    @allow(TEACHING)
    async def look_again(self) -> None:
        """Choose another account than the one that was found."""
        self.found, self.errors = Found(), AccountErrors()

    @rx.event(background=True)
    @allow(TEACHING)
    async def save(self, form: dict[str, Any]) -> None:
        """Save the account that was found."""
        typed = form.get("password")
        password = typed[:PASSWORD_LENGTH] if isinstance(typed, str) else ""
        async with self:
            actor = await resolve(cookie_of(self))
            found = self.found
            if actor is None or self.busy or not found.holder:
                return
            self.busy, self.errors = True, AccountErrors()
        done = await attempting(
            partial(
                bank_connecting.save,
                get_resources(),
                actor,
                bank_code=found.bank_code,
                account_number=found.number,
                name_seen=found.holder,
                password=password,
            )
        )
        async with self:
            self.busy = False
            if isinstance(done, Refused):
                self.errors = _errors(done)
                if done.field in {"bank", "account_number"} or done.code == "account_name_changed":
                    self.found = Found()
                return
            self.found = Found()
            self.saved += 1
            await say(self, f"Withdrawals now go to {found.bank}.")
            wallet = await self.get_state(WalletState)
            await wallet._reload()  # noqa: SLF001


def _errors(done: Refused) -> AccountErrors:
    match done.field:
        case "bank":
            return AccountErrors(bank=done.message)
        case "account_number":
            return AccountErrors(account_number=done.message)
        case "password":
            return AccountErrors(password=done.message)
        case _:
            return AccountErrors(whole=done.message)
