"""The double-entry ledger: accounts, transactions, entries, and transfers that are promised but not made yet.

Rows of accounts, transactions and entries are added, never changed. A pending transfer changes once: it is
posted or voided.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now

OPEN_ONLY = "state = 'OPEN'"


class AccountKind(StrEnum):
    """What an account stands for. Entries above zero credit it, below zero debit it.

    `TUTOR_ESCROW` is earned by a tutor and not due yet; when it is, it moves to `TUTOR_WALLET`.
    `STUDENT_CREDIT` is what a student can pay with. `PACKAGE_CREDITS` is what was paid to a tutor for
    sessions that have no time yet. `PAYOUTS_IN_FLIGHT` has left a wallet and has not arrived for certain.
    """

    CUSTOMER_CLEARING = "customer_clearing"
    TUTOR_ESCROW = "tutor_escrow"
    TUTOR_WALLET = "tutor_wallet"
    STUDENT_CREDIT = "student_credit"
    PACKAGE_CREDITS = "package_credits"
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
    payout_id: int | None = Field(default=None, index=True, sa_type=WideInteger)
    purchase_id: int | None = Field(default=None, index=True, sa_type=WideInteger)
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


class PendingKind(StrEnum):
    """Why money is promised.

    `EARNING`: a tutor's share, until the session was held and can no longer be contested. `CREDIT_KEPT`:
    a student's credit, while the rest of a price is being paid. `DISPUTED`: a tutor's share of a payment that
    the payer's bank questions.
    """

    EARNING = "EARNING"
    CREDIT_KEPT = "CREDIT_KEPT"
    DISPUTED = "DISPUTED"


class PendingState(StrEnum):
    """What became of a pending transfer."""

    OPEN = "OPEN"
    POSTED = "POSTED"
    VOIDED = "VOIDED"


class PendingTransfer(SQLModel, table=True):
    """A promised transfer between two accounts: while it is open, its amount is not to be had elsewhere.

    Attributes:
        key: The same promise is never made twice.
        source_id: The account that it will debit.
        target_id: The account that it will credit.
        due_at: When it may be posted by the clock; None when something else decides.
        transaction_id: What posting it wrote.
        ended_at: When it was posted or voided.
    """

    __tablename__ = "pending_transfer"
    __table_args__ = (
        CheckConstraint("amount_kobo > 0", name="ck_pending_amount"),
        CheckConstraint(
            "(state = 'POSTED') = (transaction_id IS NOT NULL) AND (state = 'OPEN') = (ended_at IS NULL)",
            name="ck_pending_end",
        ),
        Index(
            "ix_pending_source", "source_id", sqlite_where=text(OPEN_ONLY), postgresql_where=text(OPEN_ONLY)
        ),
        Index(
            "ix_pending_due", "kind", "due_at", sqlite_where=text(OPEN_ONLY), postgresql_where=text(OPEN_ONLY)
        ),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    key: str = Field(unique=True, max_length=80)
    kind: str = Field(max_length=16)
    source_id: int = Field(foreign_key="ledger_account.id", sa_type=WideInteger)
    target_id: int = Field(foreign_key="ledger_account.id", sa_type=WideInteger)
    amount_kobo: int = Field(sa_type=WideInteger)
    session_id: int | None = Field(default=None, index=True, sa_type=WideInteger)
    payment_id: int | None = Field(default=None, index=True, sa_type=WideInteger)
    due_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    state: str = Field(default=PendingState.OPEN, max_length=8)
    transaction_id: int | None = Field(
        default=None, unique=True, foreign_key="ledger_transaction.id", sa_type=WideInteger
    )
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    ended_at: datetime | None = Field(default=None, sa_type=UtcMoment)


class LedgerProof(SQLModel, table=True):
    """One run of the proof that the ledger adds up.

    Attributes:
        problems: One sentence per kobo out of place, line by line; empty means that all is well.
    """

    __tablename__ = "ledger_proof"

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    proven_at: datetime = Field(default_factory=utc_now, index=True, sa_type=UtcMoment)
    entries: int = Field(default=0, sa_type=WideInteger)
    problems: str = Field(default="")
