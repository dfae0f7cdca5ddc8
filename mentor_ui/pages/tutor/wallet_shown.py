"""A wallet in words, as its page shows it: amounts and times are formatted on the server."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from mentor_ui.components.fields import SelectOption
from mentor_ui.domain.local_time import clock, long_day, near_start, near_start_within, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.payout_fees import largest_payout_kobo, payout_fee_kobo
from mentor_ui.domain.roles import Actor
from mentor_ui.models import BankAccount, Payout, PayoutState
from mentor_ui.services import bank_accounts, payouts, statements, wallet
from mentor_ui.services.payouts import PayoutRules
from mentor_ui.services.wallet import Balances, Line, PendingShare

PAYOUT_WORDS = {
    PayoutState.REQUESTED: ("Being sent", "info", "It leaves in a moment."),
    PayoutState.PENDING: (
        "With the bank",
        "info",
        "Most banks take minutes. We tell you when it is sent.",
    ),
    PayoutState.OTP: (
        "We confirm it",
        "info",
        "Paystack asks us to confirm this transfer. There is nothing you need to do.",
    ),
    PayoutState.UNKNOWN: ("With the bank", "info", "We ask again and again until we know how it ended."),
    PayoutState.PAID: ("Sent", "go", ""),
    PayoutState.FAILED: ("Did not go through", "stop", "The money is in your wallet again."),
    PayoutState.REVERSED: ("Came back", "stop", "The money is in your wallet again."),
}


@dataclass(frozen=True)
class Figures:
    """What the tutor has.

    Attributes:
        owes: How much the wallet is below zero; empty when it is not.
        kept: What is in the wallet but spoken for; empty for nothing.
        most: The most that can be withdrawn, as it stands in the field; empty when that is nothing.
        hindrance: Why nothing can be withdrawn now; empty when something can.
    """

    available: str = ""
    pending: str = ""
    in_flight: str = ""
    owes: str = ""
    kept: str = ""
    most: str = ""
    minimum: str = ""
    hindrance: str = ""


@dataclass(frozen=True)
class Quote:
    """What withdrawing an amount means.

    Attributes:
        amount_kobo: What is to arrive; 0 when nothing can be said.
        fee_kobo: What that costs.
        is_enough: It is not below the minimum.
    """

    amount_kobo: int = 0
    fee_kobo: int = 0
    is_enough: bool = False
    amount: str = ""
    fee: str = ""
    total: str = ""


@dataclass(frozen=True)
class AccountCard:
    """Where the money goes; `number` is empty before there is an account."""

    bank: str = ""
    number: str = ""
    holder: str = ""


@dataclass(frozen=True)
class ShareRow:
    """A share in escrow."""

    session: str
    title: str
    about: str
    amount: str
    due: str
    due_at: str
    is_questioned: bool


@dataclass(frozen=True)
class LineRow:
    """A line of the wallet; `session` is empty when it comes from none."""

    id: str
    what: str
    about: str
    session: str
    when: str
    at: str
    amount: str
    is_in: bool
    balance: str


@dataclass(frozen=True)
class PayoutRow:
    """A payout."""

    id: str
    amount: str
    about: str
    state: str
    tone: str
    note: str
    reference: str


@dataclass(frozen=True)
class Shown:
    """All of the page."""

    figures: Figures
    account: AccountCard
    shares: list[ShareRow]
    payouts: list[PayoutRow]
    lines: list[LineRow]
    after: str
    months: list[SelectOption]


def read(
    session: Session, actor: Actor, *, rules: PayoutRules, wait: timedelta, now: datetime, limit: int
) -> Shown:
    """Read a tutor's whole wallet.

    Args:
        session: Reading.
        actor: The tutor.
        rules: What taking money out depends on.
        wait: How long shares stay in escrow.
        now: The present moment.
        limit: How many lines at most.
    """
    held = wallet.balances(session, actor)
    account = bank_accounts.current(session, actor.person_id)
    on_its_way = payouts.unfinished(session, actor.person_id) is not None
    page = wallet.page(session, actor, limit=limit)
    most_kobo = largest_payout_kobo(held.available_kobo, rules.charges)
    return Shown(
        figures=_figures(held, most_kobo, rules, has_account=account is not None, on_its_way=on_its_way),
        account=_account(account),
        shares=[_share(one, actor.timezone, now) for one in wallet.pending_shares(session, actor, wait=wait)],
        payouts=[
            _payout(payout, where, actor.timezone, now)
            for payout, where in wallet.recent_payouts(session, actor)
        ],
        lines=[_line(one, actor.timezone) for one in page.lines],
        after=page.after,
        months=[SelectOption(key, label) for key, label in statements.months(session, actor, now)],
    )


def quote(amount_kobo: int, rules: PayoutRules) -> Quote:
    """Return what withdrawing an amount means."""
    fee_kobo = payout_fee_kobo(amount_kobo, rules.charges)
    return Quote(
        amount_kobo=amount_kobo,
        fee_kobo=fee_kobo,
        is_enough=amount_kobo >= rules.minimum_kobo,
        amount=show_naira(amount_kobo),
        fee=show_naira(fee_kobo),
        total=show_naira(amount_kobo + fee_kobo),
    )


def _figures(
    held: Balances, most_kobo: int, rules: PayoutRules, *, has_account: bool, on_its_way: bool
) -> Figures:
    minimum = show_naira(rules.minimum_kobo)
    hindrance = ""
    if on_its_way:
        hindrance = "A withdrawal is on its way. As soon as it has arrived, you can begin another."
    elif not has_account:
        hindrance = "First add the bank account that your money should go to."
    elif most_kobo < rules.minimum_kobo:
        hindrance = f"You can withdraw from {minimum} on. What you earn gathers here until then."
    return Figures(
        available=show_naira(held.available_kobo),
        pending=show_naira(held.pending_kobo),
        in_flight=show_naira(held.in_flight_kobo),
        owes=show_naira(-held.balance_kobo) if held.balance_kobo < 0 else "",
        kept=show_naira(held.kept_kobo) if held.kept_kobo else "",
        most=show_naira(most_kobo).removeprefix("₦") if most_kobo >= rules.minimum_kobo else "",
        minimum=minimum,
        hindrance=hindrance,
    )


def _account(account: BankAccount | None) -> AccountCard:
    if account is None:
        return AccountCard()
    return AccountCard(
        bank=account.bank_name,
        number=bank_accounts.hidden_number(account.account_number),
        holder=account.account_name,
    )


def _share(share: PendingShare, zone: str, now: datetime) -> ShareRow:
    when = ""
    if share.starts_at is not None:
        when = span(share.starts_at, share.starts_at, zone).split(",")[0]
    return ShareRow(
        session=str(share.session_id),
        title=share.title,
        about=f"{share.student}, {when}" if when else share.student,
        amount=show_naira(share.amount_kobo),
        due=near_start_within(share.available_at, zone, now) if share.available_at else "",
        due_at=share.available_at.isoformat() if share.available_at else "",
        is_questioned=share.is_questioned,
    )


def _payout(payout: Payout, account: BankAccount, zone: str, now: datetime) -> PayoutRow:
    state, tone, note = PAYOUT_WORDS[PayoutState(payout.state)]
    if payout.reason and payout.state in payouts.CAME_BACK:
        note = f"{note} The reason given: {payout.reason.rstrip('.')}."
    return PayoutRow(
        id=str(payout.id),
        amount=show_naira(payout.amount_kobo),
        about=f"{bank_accounts.name_of(account)}, {near_start(payout.created_at, zone, now)}",
        state=state,
        tone=tone,
        note=note,
        reference=payout.reference,
    )


def _line(line: Line, zone: str) -> LineRow:
    return LineRow(
        id=str(line.entry_id),
        what=line.what,
        about=f"{line.about}, {line.who}" if line.who else line.about,
        session=str(line.session_id) if line.session_id else "",
        when=f"{long_day(line.at, zone)}, {clock(line.at, zone)}",
        at=line.at.isoformat(),
        # A true minus sign, which is read out as one.
        amount=f"{'+' if line.amount_kobo > 0 else '−'}{show_naira(abs(line.amount_kobo))}",  # noqa: RUF001
        is_in=line.amount_kobo > 0,
        balance=_signed(line.balance_kobo),
    )


def _signed(kobo: int) -> str:
    return show_naira(kobo) if kobo >= 0 else f"−{show_naira(-kobo)}"  # noqa: RUF001
