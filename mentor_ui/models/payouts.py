"""Bank accounts of tutors, and money on its way to them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now

CURRENT_ACCOUNT = "removed_at IS NULL"
UNFINISHED_PAYOUT = "state IN ('REQUESTED', 'PENDING', 'OTP', 'UNKNOWN')"


class BankAccount(SQLModel, table=True):
    """A bank account whose holder the bank confirmed; one of a tutor is current, the others are history.

    Attributes:
        account_number: Ten digits (NUBAN).
        account_name: As the bank spells it.
        recipient_code: Paystack's name for it, `RCP_…`.
        removed_at: When it was replaced or taken away; payouts that went there keep it.
    """

    __tablename__ = "bank_account"
    __table_args__ = (
        Index(
            "ux_bank_account_current",
            "tutor_id",
            unique=True,
            sqlite_where=text(CURRENT_ACCOUNT),
            postgresql_where=text(CURRENT_ACCOUNT),
        ),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(index=True, foreign_key="person.id", sa_type=WideInteger)
    bank_code: str = Field(max_length=20)
    bank_name: str = Field(max_length=120)
    account_number: str = Field(max_length=20)
    account_name: str = Field(max_length=160)
    recipient_code: str = Field(max_length=60)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    removed_at: datetime | None = Field(default=None, sa_type=UtcMoment)


class PayoutState(StrEnum):
    """Where a payout is.

    `REQUESTED`: not sent yet, or not known to be. `PENDING`, `OTP`, `UNKNOWN`: Paystack has it, nothing is
    conclusive. `PAID`, `FAILED`, `REVERSED`: conclusive; of the last two the money is back in the wallet.
    """

    REQUESTED = "REQUESTED"
    PENDING = "PENDING"
    OTP = "OTP"
    UNKNOWN = "UNKNOWN"
    PAID = "PAID"
    FAILED = "FAILED"
    REVERSED = "REVERSED"


class Payout(SQLModel, table=True):
    """Money that a tutor takes out of the wallet; one at a time per tutor.

    Attributes:
        reference: Ours, known to Paystack, `[a-z0-9-]{16,50}`; the same until conclusive.
        amount_kobo: What arrives in the bank.
        fee_kobo: What the sending costs, taken from the wallet beside it.
        charged_kobo: What Paystack charged for it; None until it was paid.
        kept_kobo: What Paystack kept of that though the money came back.
        provider_word: Paystack's last word on it.
        checks: How often Paystack was asked.
        next_check_at: When the sweeper asks again; a paid one is looked at for a week, as it may come back.
        refused_at: Since when Paystack refuses to send it; it is not sent again.
        reason: Why it failed, for the tutor.
    """

    __tablename__ = "payout"
    __table_args__ = (
        CheckConstraint("amount_kobo > 0 AND fee_kobo >= 0", name="ck_payout_amount"),
        Index("ix_payout_check", "next_check_at"),
        Index("ix_payout_tutor", "tutor_id", "created_at"),
        Index(
            "ux_payout_unfinished",
            "tutor_id",
            unique=True,
            sqlite_where=text(UNFINISHED_PAYOUT),
            postgresql_where=text(UNFINISHED_PAYOUT),
        ),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(foreign_key="person.id", sa_type=WideInteger)
    bank_account_id: int = Field(foreign_key="bank_account.id", sa_type=WideInteger)
    reference: str = Field(unique=True, max_length=50)
    amount_kobo: int = Field(sa_type=WideInteger)
    fee_kobo: int = Field(sa_type=WideInteger)
    charged_kobo: int | None = Field(default=None, sa_type=WideInteger)
    kept_kobo: int = Field(default=0, sa_type=WideInteger)
    state: str = Field(default=PayoutState.REQUESTED, index=True, max_length=12)
    transfer_code: str = Field(default="", max_length=60)
    provider_word: str = Field(default="", max_length=60)
    reason: str = Field(default="", max_length=300)
    checks: int = Field(default=0)
    next_check_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    refused_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    ended_at: datetime | None = Field(default=None, sa_type=UtcMoment)
