"""Choosing the bank account that money goes to. Its holder's name comes from the bank, not from a browser."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import structlog

from mentor_ui.domain.errors import Conflict, InvalidInput
from mentor_ui.domain.roles import Actor
from mentor_ui.providers.errors import ProviderError, ProviderRejected, ProviderThrottled
from mentor_ui.providers.paystack_replies import Bank
from mentor_ui.providers.paystack_wire import says
from mentor_ui.resources import Resources
from mentor_ui.services import accounts, bank_accounts
from mentor_ui.services.bank_accounts import BankUnreachable, NewAccount
from mentor_ui.services.limits import Limit

BANKS_LAST_SECONDS = 24 * 60 * 60
NUMBER_DIGITS = 10

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Listed:
    at: float
    banks: tuple[Bank, ...]


_listed: dict[str, _Listed] = {}
_listing = threading.Lock()


def banks(resources: Resources) -> tuple[Bank, ...]:
    """Return the banks that money can go to, by name; asked for once a day, an older list when that fails.

    Raises:
        BankUnreachable: `banks_unknown`: Paystack could not be asked, and never could before.
    """
    source = resources.settings.paystack_base_url
    with _listing:
        known = _listed.get(source)
        if known is not None and time.monotonic() < known.at + BANKS_LAST_SECONDS:
            return known.banks
        try:
            found = tuple(resources.payments.banks())
        except ProviderError as error:
            log.warning("the list of banks could not be had", reason=str(error))
            if known is not None:
                return known.banks
            raise BankUnreachable(
                "The list of banks is not to be had right now. Try again in a few minutes.",
                code="banks_unknown",
            ) from error
        _listed[source] = _Listed(time.monotonic(), found)
        return found


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account that a bank knows."""

    bank: Bank
    account_number: str
    account_name: str


def look_up(resources: Resources, actor: Actor, *, bank_code: str, account_number: str) -> FoundAccount:
    """Ask a bank whose account a number is.

    Args:
        resources: Our tools.
        actor: The tutor.
        bank_code: Of one of `banks`.
        account_number: As it was typed.

    Raises:
        NotAllowed: The actor does not teach.
        InvalidInput: Beside the field: `bank_unknown`, `account_number_wrong`, `account_not_found`.
        BankUnreachable: Nothing was learnt; `look_ups_used_up` when Paystack answers no more today.
        TooManyAttempts: The actor looks up more accounts than anybody has.
    """
    bank_accounts.require_teaching(actor)
    number = "".join(account_number.split())
    bank = next((one for one in banks(resources) if one.code == bank_code), None)
    if bank is None:
        raise InvalidInput("Choose your bank.", field="bank", code="bank_unknown")
    if len(number) != NUMBER_DIGITS or not (number.isascii() and number.isdigit()):
        raise InvalidInput(
            "An account number (NUBAN) has ten digits.", field="account_number", code="account_number_wrong"
        )
    # Each answer names a person: nobody shall try numbers one after another.
    _limit("20 per hour", "bank-look-ups", resources.settings.redis_url).count(str(actor.person_id))
    try:
        found = resources.payments.resolve_account(account_number=number, bank_code=bank.code)
    except ProviderThrottled as error:
        raise BankUnreachable(
            "Paystack has answered all the questions about accounts that it answers in a day. Yours may well "
            "be right: try again later, at the latest tomorrow.",
            code="look_ups_used_up",
        ) from error
    except ProviderError as error:
        if isinstance(error, ProviderRejected) and says(error.message, "could not resolve"):
            raise InvalidInput(
                f"{bank.name} knows no account with this number. Check the number and the bank.",
                field="account_number",
                code="account_not_found",
            ) from error
        log.warning("an account could not be looked up", reason=str(error))
        raise BankUnreachable(
            f"{bank.name} could not be asked right now. Your account may well be right: "
            "try again in a few minutes."
        ) from error
    return FoundAccount(bank, number, found.account_name)


def save(
    resources: Resources,
    actor: Actor,
    *,
    bank_code: str,
    account_number: str,
    name_seen: str,
    password: str,
) -> None:
    """Make an account the one that payouts go to.

    Args:
        resources: Our tools.
        actor: The tutor.
        bank_code: Of one of `banks`.
        account_number: As it was typed.
        name_seen: The holder's name that was shown.
        password: The actor's own, asked for again since a browser left open must not be enough to take money.

    Raises:
        InvalidInput: As `look_up`; `password_wrong` beside `password`.
        Conflict: `account_name_changed`: the bank names somebody else now.
        BankUnreachable: Nothing was saved.
        TooManyAttempts: The password was wrong too often.
    """
    _require_password(resources, actor, password)
    found = look_up(resources, actor, bank_code=bank_code, account_number=account_number)
    if found.account_name != name_seen:
        raise Conflict(
            "The bank names another holder now. Check the account once more.", code="account_name_changed"
        )
    try:
        recipient = resources.payments.create_recipient(
            name=found.account_name, account_number=found.account_number, bank_code=found.bank.code
        )
    except ProviderError as error:
        log.warning("a bank account could not be registered", reason=str(error))
        raise BankUnreachable(
            "Paystack did not take the account right now. Nothing was saved: try again in a few minutes."
        ) from error
    new = NewAccount(
        bank_code=found.bank.code,
        bank_name=found.bank.name[:120],
        account_number=found.account_number,
        account_name=found.account_name[:160],
        recipient_code=recipient.code,
    )
    with resources.database.transaction() as session:
        bank_accounts.replace(
            session, actor, new, public_url=resources.settings.public_url, now=datetime.now(UTC)
        )


def _require_password(resources: Resources, actor: Actor, password: str) -> None:
    tries = _limit("10 per 15 minutes", "password-again", resources.settings.redis_url)
    tries.check(str(actor.person_id))
    try:
        with resources.database.reading() as session:
            accounts.confirm_password(session, actor, password)
    except InvalidInput as error:
        tries.count(str(actor.person_id))
        raise InvalidInput(error.message, field="password", code=error.code) from error


@cache
def _limit(words: str, name: str, redis_url: str) -> Limit:
    return Limit(words, name=name, redis_url=redis_url)
