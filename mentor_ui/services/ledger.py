"""The double-entry ledger: posting and balances.

An entry above zero credits its account, below zero debits it; a transaction sums to zero. Which lines each
happening has stands in `ledger_lines`, the proof that all adds up in `ledger_proof`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert
from sqlmodel import Session, col, select

from mentor_ui.db.engine import known
from mentor_ui.db.insert_once import insert_once
from mentor_ui.db.prepared import Prepared
from mentor_ui.domain.identifiers import new_id
from mentor_ui.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    PendingState,
    PendingTransfer,
)

PLATFORM = 0
SHARDS = 16
"""Busy platform accounts are split, so that no row of theirs is hot on PostgreSQL."""

SALES = ("sale", "rebooked")
"""Kinds of transactions that sell a session: with money as it comes, or with money that was owed back."""

SHARDED = frozenset({AccountKind.CUSTOMER_CLEARING, AccountKind.PLATFORM_REVENUE, AccountKind.PROVIDER_FEES})

GOING_BACK = ("taken_back", "charged_back")
"""Kinds of transactions that give a price back, or a part of it."""

SHARES = (AccountKind.TUTOR_ESCROW, AccountKind.TUTOR_WALLET, AccountKind.PLATFORM_REVENUE)
"""Where the two shares of a price are."""


AccountKey = tuple[str, int, int]
"""Kind, owner and shard."""

# Made once: making a statement takes longer than running it.
_ENTRY = Prepared(insert(LedgerEntry))
_TRANSACTION = Prepared(insert(LedgerTransaction))
_ACCOUNTS = select(LedgerAccount.id, LedgerAccount.kind, LedgerAccount.owner_id, LedgerAccount.shard).where(
    col(LedgerAccount.kind).in_(bindparam("kinds", expanding=True)),
    col(LedgerAccount.owner_id).in_(bindparam("owners", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a posting.

    Attributes:
        kind: What the account stands for.
        amount_kobo: Above zero credits the account.
        owner_id: Whose account it is.
        account_id: Exactly which; None for the owner's one, or the shard that is this posting's turn.
    """

    kind: AccountKind
    amount_kobo: int
    owner_id: int = PLATFORM
    account_id: int | None = None


def account_id(session: Session, kind: AccountKind, owner_id: int, shard_key: int = 0) -> int:
    """Return the account of an owner, made at its first use.

    Args:
        session: Of a writing transaction.
        kind: What it stands for.
        owner_id: Whose it is; `PLATFORM` for ours.
        shard_key: Of busy accounts, chooses which of the shards.
    """
    key = _key(kind, owner_id, shard_key)
    return account_ids(session, (key,))[key]


def _key(kind: AccountKind, owner_id: int, shard_key: int) -> AccountKey:
    return (kind.value, owner_id, shard_key % SHARDS if kind in SHARDED else 0)


def account_ids(session: Session, keys: Collection[AccountKey]) -> dict[AccountKey, int]:
    """Return accounts by kind, owner and shard, each made at its first use.

    Accounts are never changed, so a process looks each of them up once.
    """
    kept = known(session)
    found = {key: kept[key] for key in keys if key in kept}
    missing = [key for key in dict.fromkeys(keys) if key not in found]
    if missing:
        there = _read_accounts(session, missing)
        new = sorted(key for key in missing if key not in there)
        for kind, owner_id, shard in new:
            insert_once(session, LedgerAccount(kind=kind, owner_id=owner_id, shard=shard))
        there |= _read_accounts(session, new) if new else {}
        for key, number in there.items():
            kept[key] = number
        found |= {key: there[key] for key in missing}
    return found


def _read_accounts(session: Session, keys: Collection[AccountKey]) -> dict[AccountKey, int]:
    # More than asked for, of the same people: they are wanted sooner or later.
    wanted = {"kinds": list({key[0] for key in keys}), "owners": list({key[1] for key in keys})}
    rows = session.connection().execute(_ACCOUNTS, wanted)
    return {(kind, owner_id, shard): number for number, kind, owner_id, shard in rows}


def post(
    session: Session,
    lines: Sequence[Line],
    *,
    idempotency_key: str,
    kind: str,
    now: datetime,
    session_id: int | None = None,
    payment_id: int | None = None,
    payout_id: int | None = None,
    purchase_id: int | None = None,
) -> int:
    """Book one transaction and return its identifier.

    Lines of zero kobo are left out. The caller makes sure that the happening is new; the unique
    `idempotency_key` is the last guard and fails the whole database transaction.

    Args:
        session: Of a writing transaction.
        lines: What moves; together zero.
        idempotency_key: Of the happening.
        kind: A word of ours for the happening, such as `sale`.
        now: When it happened.
        session_id: The booking that it is about.
        payment_id: The payment that it is about.
        payout_id: The payout that it is about.
        purchase_id: The bought package that it is about.

    Raises:
        ValueError: The lines do not sum to zero.
        IntegrityError: The same happening was booked before.
    """
    if sum(line.amount_kobo for line in lines) != 0:
        raise ValueError(f"ledger lines of {idempotency_key} do not sum to zero")
    session.flush()
    transaction_id = new_id()
    shard_key = session_id or transaction_id
    keys = {
        place: _key(line.kind, line.owner_id, shard_key)
        for place, line in enumerate(lines)
        if line.amount_kobo and line.account_id is None
    }
    accounts = account_ids(session, keys.values())
    entries = [
        {
            "id": new_id(),
            "transaction_id": transaction_id,
            "account_id": line.account_id or accounts[keys[place]],
            "amount_kobo": line.amount_kobo,
        }
        for place, line in enumerate(lines)
        if line.amount_kobo
    ]
    # The database accepts the transaction's row only after balanced entries.
    if entries:
        _ENTRY.change(session, *entries)
    _TRANSACTION.change(
        session,
        {
            "id": transaction_id,
            "idempotency_key": idempotency_key,
            "kind": kind,
            "session_id": session_id,
            "payment_id": payment_id,
            "payout_id": payout_id,
            "purchase_id": purchase_id,
            "created_at": now,
        },
    )
    return transaction_id


def balance_kobo(
    session: Session, kind: AccountKind, owner_id: int = PLATFORM, *, until: datetime | None = None
) -> int:
    """Return the sum of the entries of an owner's accounts of one kind, in kobo.

    Args:
        session: Any.
        kind: What the accounts stand for.
        owner_id: Whose they are.
        until: Only what was booked before this moment; None for everything.
    """
    total = select(func.coalesce(func.sum(LedgerEntry.amount_kobo), 0)).join(
        LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id)
    )
    total = total.where(LedgerAccount.kind == kind, LedgerAccount.owner_id == owner_id)
    if until is not None:
        total = total.join(
            LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id)
        ).where(col(LedgerTransaction.created_at) < until)
    return int(session.exec(total).one())


def promised_kobo(session: Session, kind: AccountKind, owner_id: int = PLATFORM) -> int:
    """Return what open promises will take from an owner's accounts of one kind, in kobo."""
    total = session.exec(
        select(func.coalesce(func.sum(PendingTransfer.amount_kobo), 0))
        .join(LedgerAccount, col(LedgerAccount.id) == col(PendingTransfer.source_id))
        .where(
            LedgerAccount.kind == kind,
            LedgerAccount.owner_id == owner_id,
            PendingTransfer.state == PendingState.OPEN,
        )
    ).one()
    return int(total)


def available_kobo(session: Session, kind: AccountKind, owner_id: int = PLATFORM) -> int:
    """Return what an owner's accounts hold and nothing is promised of, in kobo; below zero when it owes."""
    return balance_kobo(session, kind, owner_id) - promised_kobo(session, kind, owner_id)


def sold_tutor_kobo(session: Session, payment_id: int) -> int:
    """Return what a sale gave the tutor, in kobo."""
    total = session.exec(
        select(func.coalesce(func.sum(LedgerEntry.amount_kobo), 0))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .where(
            LedgerTransaction.payment_id == payment_id,
            col(LedgerTransaction.kind).in_(SALES),
            LedgerAccount.kind == AccountKind.TUTOR_ESCROW,
        )
    ).one()
    return int(total)


def taken_back_kobo(session: Session, payment_id: int) -> int:
    """Return how much of the price of what a payment bought was given back before, in kobo."""
    total = session.exec(
        select(func.coalesce(func.sum(LedgerEntry.amount_kobo), 0))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .where(
            LedgerTransaction.payment_id == payment_id,
            col(LedgerTransaction.kind).in_(GOING_BACK),
            col(LedgerAccount.kind).in_(SHARES),
        )
    ).one()
    return -int(total)


def totals_kobo(session: Session) -> dict[AccountKind, int]:
    """Return the sum of all entries of each kind of account, in kobo; together they are zero."""
    rows = session.exec(
        select(LedgerAccount.kind, func.sum(LedgerEntry.amount_kobo))
        .join(LedgerEntry, col(LedgerEntry.account_id) == col(LedgerAccount.id))
        .group_by(col(LedgerAccount.kind))
    )
    found = {AccountKind(kind): int(total) for kind, total in rows}
    return {kind: found.get(kind, 0) for kind in AccountKind}
