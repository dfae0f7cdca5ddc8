"""The double-entry ledger: accounts, transactions, entries. Rows are added, never changed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now


class AccountKind(StrEnum):
    """What an account stands for. Entries above zero credit it, below zero debit it."""

    CUSTOMER_CLEARING = "customer_clearing"
    TUTOR_WALLET = "tutor_wallet"
    PLATFORM_REVENUE = "platform_revenue"
    PROVIDER_FEES = "provider_fees"
    REFUNDS = "refunds"
    PAYOUTS_IN_FLIGHT = "payouts_in_flight"


class LedgerAccount(SQLModel, table=True):
    """An account of one owner (0 is the platform) and, for busy platform accounts, one of 16 shards."""

    __tablename__ = "ledger_account"
    __table_args__ = (UniqueConstraint("kind", "owner_id", "shard", name="uq_ledger_account"),)

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    kind: str = Field(max_length=32)
    owner_id: int = Field(default=0, sa_type=WideInteger)
    shard: int = Field(default=0)
    currency: str = Field(default="NGN", max_length=3)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class LedgerTransaction(SQLModel, table=True):
    """A set of entries that sums to zero.

    Attributes:
        idempotency_key: The same happening is never booked twice.
    """

    __tablename__ = "ledger_transaction"

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    idempotency_key: str = Field(unique=True, max_length=80)
    kind: str = Field(max_length=40)
    session_id: int | None = Field(default=None, index=True, sa_type=WideInteger)
    payment_id: int | None = Field(default=None, index=True, sa_type=WideInteger)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class LedgerEntry(SQLModel, table=True):
    """One amount on one account, in kobo; above zero is a credit.

    The entries of a transaction are written before its row, and the database accepts that row only when they
    sum to zero; afterwards it takes no further entry for it.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount_kobo <> 0", name="ck_ledger_amount"),
        ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transaction.id"],
            name="fk_ledger_entry_transaction",
            deferrable=True,
            initially="DEFERRED",
        ),
        Index("ix_ledger_entry_account", "account_id", "id"),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    transaction_id: int = Field(index=True, sa_type=WideInteger)
    account_id: int = Field(foreign_key="ledger_account.id", sa_type=WideInteger)
    amount_kobo: int = Field(sa_type=WideInteger)
